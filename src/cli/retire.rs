//! `compile` of a topology that publishes nothing: what an earlier run wrote would still open what is no longer published.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::{Failure, listed};
use super::{Exit, Streams};
use crate::base::{counted, whole};
use crate::emit::folder::{self, Destination, Retired};
use crate::providers;

/// Where scripts keep what they must know again: `$XDG_STATE_HOME/publish-plan`, or below the home folder; none without either.
/// As publish.sh has it: a relative `XDG_STATE_HOME` does not count.
pub(super) fn state_folder(variables: &[(String, String)]) -> Option<PathBuf> {
    let value = |wanted: &str| variables.iter().find(|(name, _)| name == wanted).map(|(_, value)| PathBuf::from(value));
    let state = value("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state = state.or_else(|| value("HOME").filter(|home| home.is_absolute()).map(|home| home.join(".local/state")));
    state.map(|state| state.join("publish-plan"))
}

/// Removes what an earlier run wrote for the topology `name`, unless its tunnels are open: only the script can close them, and
/// its `up` refuses a topology that has changed. With `dry`, it only says what it would remove.
///
/// # Errors
/// [`Failure::NothingPublished`] if no earlier run wrote anything.
pub(super) fn run(
    (name, lab): (String, &str),
    destination: &Destination,
    state: Option<&Path>,
    dry: bool,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let shown = whole(&destination.output.shown.to_string_lossy());
    let would = folder::retire(destination, true).map_err(Failure::Emit)?;
    let Some(would) = would else { return Err(Failure::NothingPublished { name }) };
    if dry {
        for path in &would.removed {
            writeln!(streams.stdout, "{} is no longer made", whole(&path.to_string_lossy()))?;
        }
        return Ok(Exit::Findings);
    }
    if let Some(how) =
        state.and_then(|state| open_from(&state.join(providers::state_name(lab)), &destination.output.shown))
    {
        writeln!(
            streams.stderr,
            "`{}` publishes nothing, but its tunnels are still open, by {}: run `sh {shown}/publish.sh down`, and then compile again; nothing was removed",
            whole(&name),
            whole(&how),
        )?;
        return Ok(Exit::Findings);
    }
    let retired = folder::retire(destination, false).map_err(Failure::Emit)?;
    let Retired { removed, edited, project } = retired.unwrap_or(would);
    writeln!(
        streams.stderr,
        "`{}` publishes nothing: removed {} of an earlier run from {shown}; no tunnel of `publish.sh` is open",
        whole(&name),
        counted(removed.len(), "file"),
    )?;
    if let Some(project) = project.filter(|project| providers::is_project_name(project, lab)) {
        writeln!(
            streams.stderr,
            "note: if you started its container without `publish.sh`, close it with `docker compose -p {project} down`"
        )?;
    }
    if !edited.is_empty() {
        writeln!(streams.stderr, "note: edited since, so not removed: {}", listed(&edited))?;
    }
    Ok(Exit::Clean)
}

/// How the tunnels of the script in `output` are open, by what it wrote down: `host`, `compose` or `run`; none if they are not, or
/// if they are open from another folder.
fn open_from(state: &Path, output: &Path) -> Option<String> {
    let how = fs::read_to_string(state.join("how")).ok()?;
    let here = fs::read_to_string(state.join("here")).ok()?;
    let here = fs::canonicalize(here.trim_end_matches('\n')).ok()?;
    (here == fs::canonicalize(output).ok()?).then(|| how.trim().to_owned())
}
