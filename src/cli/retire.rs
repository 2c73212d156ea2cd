//! `compile` of a topology that publishes nothing: what an earlier run wrote would still open what is no longer published.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::{Failure, listed};
use super::topology_file::TopologyFile;
use super::{Exit, Streams};
use crate::base::{Spelled, counted, whole};
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

/// Removes what an earlier run wrote for a topology, unless its tunnels are open: only the script can close them, and
/// its `up` refuses a topology that has changed. With `dry`, it only says what it would remove.
///
/// # Errors
/// [`Failure::NothingPublished`] if no earlier run wrote anything.
pub(super) fn run(
    (topology, lab): (&TopologyFile, &Spelled),
    destination: &Destination,
    state: Option<&Path>,
    dry: bool,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let shown = whole(&destination.output.shown.to_string_lossy());
    let (name, deploy) = (topology.shown.clone(), topology.deploy_name());
    let would = folder::retire(destination, &deploy, true).map_err(Failure::Emit)?;
    let Some(would) = would else { return Err(Failure::NothingPublished { name }) };
    if dry {
        for path in &would.removed {
            writeln!(streams.stdout, "{} is no longer generated", whole(&path.to_string_lossy()))?;
        }
        return Ok(Exit::Findings);
    }
    let own = providers::state_name(&lab.value);
    if let Some(open) = state.and_then(|state| open_from(state, &own, &destination.output.shown)) {
        let gone = open.gone.map_or_else(String::new, |gone| format!(" (from {}, which is gone)", whole(&gone)));
        writeln!(
            streams.stderr,
            "`{}` publishes nothing, but tunnels are still open, by {}{gone}: run `sh {shown}/publish.sh down`, and then compile again; nothing was removed",
            whole(&name),
            whole(&open.how),
        )?;
        return Ok(Exit::Findings);
    }
    let retired = folder::retire(destination, &deploy, false).map_err(Failure::Emit)?;
    let Retired { removed, edited, project } = retired.unwrap_or(would);
    writeln!(
        streams.stderr,
        "`{}` publishes nothing: removed {} of an earlier run from {shown}; you opened no tunnel from there that is still open",
        whole(&name),
        counted(removed.len(), "file"),
    )?;
    if let Some(project) = project.filter(|project| providers::is_project_name(project, &lab.value)) {
        // The lab's name is in it.
        let (project, how) = if lab.is_plain() {
            (project.as_str(), "")
        } else {
            ("PROJECT", "; `docker compose ls` lists the projects")
        };
        writeln!(
            streams.stderr,
            "note: if you started its container without `publish.sh`, close it with `docker compose -p {project} down`{how}"
        )?;
    }
    if !edited.is_empty() {
        writeln!(streams.stderr, "note: edited since, so not removed: {}", listed(&edited))?;
    }
    Ok(Exit::Clean)
}

/// A lab whose tunnels the script in an output directory opened, by what it wrote down.
#[derive(Debug)]
pub(super) struct Open {
    /// The name of its folder below the state folder ([`providers::state_name`]).
    pub(super) state: String,
    /// `host`, `compose` or `run`.
    how: String,
    /// Where the script was, if it is not there anymore.
    gone: Option<String>,
}

/// The tunnels that this user opened from `output`, under whatever name the lab had then; and those of the lab whose state is
/// called `own` if the script that opened them is gone: the output directory may have been moved.
pub(super) fn open_from(states: &Path, own: &str, output: &Path) -> Option<Open> {
    let output = fs::canonicalize(output).ok()?;
    let mut found: Vec<Open> = Vec::new();
    for state in fs::read_dir(states).into_iter().flatten().flatten() {
        let read = |name: &str| {
            fs::read_to_string(state.path().join(name)).ok().map(|text| text.trim_end_matches('\n').to_owned())
        };
        let (Some(how), Some(here)) = (read("how"), read("here")) else { continue };
        let name = state.file_name().to_string_lossy().into_owned();
        match fs::canonicalize(&here) {
            Ok(here) if here == output => found.push(Open { state: name, how, gone: None }),
            Err(_) if name == own => found.push(Open { state: name, how, gone: Some(here) }),
            _ => {}
        }
    }
    // The same one, whatever the order of the disk is.
    found.into_iter().min_by(|a, b| a.state.cmp(&b.state))
}

/// Refuses to replace a script that opened tunnels under another name of the lab: the new one would not know how to close them.
pub(super) fn refuse_another_lab(
    states: Option<&Path>,
    lab: &Spelled,
    output: &Path,
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let own = providers::state_name(&lab.value);
    let open = states.and_then(|states| open_from(states, &own, output)).filter(|open| open.state != own);
    if let Some(open) = &open {
        // A variable of the lab's name may have had another value.
        let other = if lab.is_plain() { format!("lab `{}`", whole(&open.state)) } else { "another lab".to_owned() };
        writeln!(
            streams.stderr,
            "the tunnels of {other} are open from {}, by {}: run `sh {0}/publish.sh down`, and then compile again; nothing was written",
            whole(&output.to_string_lossy()),
            whole(&open.how),
        )?;
    }
    Ok(open.is_some())
}
