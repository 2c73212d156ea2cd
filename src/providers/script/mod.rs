//! publish.sh: one frame and one set of verbs for all providers; a provider adds what its client needs.

use super::template::{Values, render};
use super::{Artifact, Refusal};

/// The name of the file.
const NAME: &str = "publish.sh";

/// The script with a provider's `client`. Its functions are named and explained in the ones that there are: `client_check`
/// says what is missing, `client_prepare` sets what the client needs, `client_run` becomes the client (what it starts beside
/// itself it hands to `keep`), `client_rows` says what stands (where the plan knows the places outside, by `standing_rows` and
/// `client_standing`), `client_why` why it does not, `client_record` and `client_close` keep and take back what was made,
/// `client_visit`, `client_mark` and `client_login` serve the verbs of these names.
pub(super) fn script(client: &str, values: &Values) -> Result<Artifact, Refusal> {
    let parts = [
        ("client", client),
        ("common", include_str!("common.sh.hbs")),
        ("lock", include_str!("lock.sh.hbs")),
        ("views", include_str!("views.sh.hbs")),
        ("verbs", include_str!("verbs.sh.hbs")),
        ("words", include_str!("words.sh.hbs")),
    ];
    Ok(Artifact::program(NAME, render(NAME, include_str!("publish.sh.hbs"), &parts, values)?))
}
