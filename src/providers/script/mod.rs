//! publish.sh: one script with the same commands for all providers. A provider adds the functions for its client.

use super::template::{Values, render};
use super::{Artifact, Refusal};

/// The file name.
const NAME: &str = "publish.sh";

/// The script with the part of a provider, `client`. That part sets `client_file`, the artifact that the client reads, and defines:
///
/// - `client_check` stops if something is missing.
/// - `client_prepare` sets variables and files that the client needs.
/// - `client_run` becomes the client. It passes the number of every other process that it starts to `keep`.
/// - `client_rows` prints one status row per socket. If the plan has the public addresses, it uses `standing_rows`, which calls
///   `client_standing` for each socket.
/// - `client_why` prints why the sockets are not up.
/// - `client_record` records what the client created in an account, and `client_close` deletes it.
/// - `client_visit`, `client_mark`, and `client_login` are for `visit`, `logs`, and `login`.
pub(super) fn script(client: &str, values: &Values) -> Result<Artifact, Refusal> {
    let parts = [
        ("client", client),
        ("clock", include_str!("clock.sh.hbs")),
        ("common", include_str!("common.sh.hbs")),
        ("lock", include_str!("lock.sh.hbs")),
        ("views", include_str!("views.sh.hbs")),
        ("verbs", include_str!("verbs.sh.hbs")),
        ("words", include_str!("words.sh.hbs")),
    ];
    Ok(Artifact::program(NAME, render(NAME, include_str!("publish.sh.hbs"), &parts, values)?))
}
