//! `compile` of a topology that publishes nothing: removes what an earlier run wrote, which would still open what is no longer
//! published.

use std::path::Path;

use super::failure::{Failure, listed};
use super::node_record::NodeRecord;
use super::state::open_from;
use super::topology_file::TopologyFile;
use super::{Exit, Streams, hand_over, node_record};
use crate::base::{Spelled, counted, whole};
use crate::emit::folder::{self, Destination, Retired};
use crate::providers;

/// Removes what an earlier run wrote for a topology. If its tunnels are open, it removes nothing: only the script can close
/// them, and its `up` rejects a topology that has changed. With `dry`, it only prints what it would remove.
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
        let gone = if open.is_there {
            String::new()
        } else {
            format!(" (from {}, which is gone)", whole(&open.here.to_string_lossy()))
        };
        writeln!(
            streams.stderr,
            "`{}` publishes nothing, but tunnels are still open ({}){gone}; run `sh {shown}/publish.sh down` and compile again; nothing was removed",
            whole(&name),
            whole(&open.how),
        )?;
        return Ok(Exit::Findings);
    }
    let retired = folder::retire(destination, &deploy, false).map_err(Failure::Emit)?;
    node_record::keep(state, &destination.output.shown, None)?;
    let Retired { removed, edited, project } = retired.unwrap_or(would);
    writeln!(
        streams.stderr,
        "`{}` publishes nothing: removed {} of an earlier run from {shown}; none of the tunnels that you opened from there is still open",
        whole(&name),
        counted(removed.len(), "file"),
    )?;
    hand_over::tell_of_cluster(&removed, streams.stderr)?;
    if let Some(project) = project.filter(|project| providers::is_project_name(project, &lab.value)) {
        // The lab's name is part of the project's name, so it may only be shown if it has no variable.
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

/// Returns true, with a message, if the script in `output` opened tunnels under another name of the lab. The new script could
/// not close them, so the old one must not be replaced.
pub(super) fn refuse_another_lab(
    states: Option<&Path>,
    lab: &Spelled,
    output: &Path,
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let own = providers::state_name(&lab.value);
    let open = states.and_then(|states| open_from(states, &own, output)).filter(|open| open.state != own);
    if let Some(open) = &open {
        // A variable in the lab's name might have had another value, which must not be shown.
        let other = if lab.is_plain() { format!("lab `{}`", whole(&open.state)) } else { "another lab".to_owned() };
        writeln!(
            streams.stderr,
            "the tunnels of {other} are open from {} ({}); run `sh {0}/publish.sh down` and compile again; nothing was written",
            whole(&output.to_string_lossy()),
            whole(&open.how),
        )?;
    }
    Ok(open.is_some())
}

/// Returns true, with a message, if the node of the tunnels that was compiled before runs, and the new files would not close it: they
/// have no node, or one with another `container`. With `force`, what is not known does not count.
pub(super) fn refuse_another_node(
    record: Option<&NodeRecord>,
    container: Option<&str>,
    force: bool,
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let Some(record) = record.filter(|record| container != Some(record.container.as_str())) else { return Ok(false) };
    let here = whole(&record.here.to_string_lossy());
    match record.status() {
        Ok(None) => return Ok(false),
        Ok(Some(_)) => writeln!(
            streams.stderr,
            "the tunnels of this lab are open, as a node of its topology; run `sh {here}/publish.sh down` and compile again; nothing was written"
        )?,
        Err(()) if force => return Ok(false),
        Err(()) => writeln!(
            streams.stderr,
            "this lab was compiled with a node for its tunnels, and {here}/publish.sh cannot say whether they are open: it was changed, or may not ask Docker; look with `docker ps`, and compile again with `--force`; nothing was written"
        )?,
    }
    Ok(true)
}
