//! What an earlier run wrote that is not generated anymore: all of a topology that publishes nothing, or the directory of a provider that
//! gets nothing. It would still open what is no longer published.

use std::path::Path;

use super::hand_over;
use crate::base::{Spelled, counted, whole};
use crate::cli::failure::{Failure, listed};
use crate::cli::state::open_from;
use crate::cli::topology_file::TopologyFile;
use crate::cli::{Exit, Streams, script_record};
use crate::emit::folder::Destination;
use crate::emit::{self, Retired};
use crate::providers;

/// A directory that an earlier run may have written.
pub(in crate::cli) struct Retiring {
    pub(in crate::cli) destination: Destination,
    /// The provider, if it is the directory of one of several.
    pub(in crate::cli) provider: Option<&'static str>,
}

impl Retiring {
    /// The directory.
    pub(in crate::cli) fn folder(&self) -> &Path {
        &self.destination.output.shown
    }

    /// Whether an earlier run for the topology wrote anything there; `deploy` is the name of its copy for containerlab.
    pub(in crate::cli) fn is_there(&self, deploy: &str) -> Result<bool, Failure> {
        Ok(self.folder().is_dir() && self.would(deploy)?.is_some())
    }

    /// Prints what would be removed.
    pub(in crate::cli) fn tell(&self, deploy: &str, streams: &mut Streams<'_>) -> Result<(), Failure> {
        for path in self.would(deploy)?.iter().flat_map(|would| &would.removed) {
            writeln!(streams.stdout, "{} is no longer generated", whole(&path.to_string_lossy()))?;
        }
        Ok(())
    }

    fn would(&self, deploy: &str) -> Result<Option<Retired>, Failure> {
        emit::retire(&self.destination, deploy, true).map_err(Failure::Emit)
    }
}

/// Removes what an earlier run wrote for a topology: the first of these is its output directory. If its tunnels are open, it removes
/// nothing: only the script can close them, and its `up` rejects a topology that has changed. With `dry`, it only prints what it would
/// remove.
///
/// # Errors
/// [`Failure::NothingPublished`] if no earlier run wrote anything.
pub(super) fn run(
    (topology, lab): (&TopologyFile, &Spelled),
    all: &[Retiring],
    state: Option<&Path>,
    dry: bool,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let output = all.first().expect("a lab has an output directory").folder();
    let (name, deploy, shown) = (&topology.shown, topology.deploy_name(), whole(&output.to_string_lossy()));
    let mut is_there = false;
    for retiring in all {
        is_there |= retiring.would(&deploy)?.is_some();
    }
    if !is_there {
        return Err(Failure::NothingPublished { name: name.clone() });
    }
    if dry {
        all.iter().try_for_each(|retiring| retiring.tell(&deploy, streams))?;
        return Ok(Exit::Findings);
    }
    if tell_open((name, lab), all, state, streams)? {
        return Ok(Exit::Findings);
    }
    let mut of_all = Retired::default();
    let mut projects = Vec::new();
    // The directories of providers are in the first one.
    for retiring in all.iter().rev() {
        let retired = emit::retire(&retiring.destination, &deploy, false).map_err(Failure::Emit)?.unwrap_or_default();
        script_record::keep_node(state, retiring.folder(), None)?;
        of_all.removed.extend(retired.removed);
        of_all.edited.extend(retired.edited);
        projects.extend(retired.project);
    }
    script_record::keep_several(state, output, false)?;
    let Retired { removed, edited, .. } = of_all;
    writeln!(
        streams.stderr,
        "`{}` publishes nothing: removed {} of an earlier run from {shown}; none of the tunnels that you opened from there is still open",
        whole(name),
        counted(removed.len(), "file"),
    )?;
    hand_over::tell_of_cluster(&removed, streams.stderr)?;
    for project in projects.iter().filter(|project| providers::is_project_name(project, &lab.value)) {
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

/// Returns true, with a message, if tunnels are open from one of the directories of a lab whose topology has this name.
fn tell_open(
    (name, lab): (&str, &Spelled),
    all: &[Retiring],
    state: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let open = |retiring: &Retiring| {
        let own = providers::state_name(&lab.value, retiring.provider);
        open_from(state?, &own, retiring.folder())
    };
    let Some(open) = all.iter().find_map(open) else { return Ok(false) };
    let gone = if open.is_there {
        String::new()
    } else {
        format!(" (from {}, which is gone)", whole(&open.here.to_string_lossy()))
    };
    writeln!(
        streams.stderr,
        "`{}` publishes nothing, but tunnels are still open ({}){gone}; run `sh {}/publish.sh down` and compile again; nothing was removed",
        whole(name),
        whole(&open.how),
        whole(&all[0].folder().to_string_lossy()),
    )?;
    Ok(true)
}

/// Returns true, with a message, if the script in `output` opened tunnels that the new one there could not close: its state has another
/// name than `own`, or there is to be no script for them (None). The script in `above` closes them.
pub(super) fn refuse_another_lab(
    states: Option<&Path>,
    (lab, own): (&Spelled, Option<&str>),
    (output, above): (&Path, &Path),
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let open = states.and_then(|states| open_from(states, own.unwrap_or_default(), output));
    let open = open.filter(|open| own != Some(open.state.as_str()));
    if let Some(open) = &open {
        // A variable in the lab's name might have had another value, which must not be shown.
        let other = if own.is_none() {
            "another provider".to_owned()
        } else if lab.is_plain() {
            format!("lab `{}`", whole(open.state.split('@').next().unwrap_or(&open.state)))
        } else {
            "another lab".to_owned()
        };
        writeln!(
            streams.stderr,
            "the tunnels of {other} are open from {} ({}); run `sh {}/publish.sh down` and compile again; nothing was written",
            whole(&output.to_string_lossy()),
            whole(&open.how),
            whole(&above.to_string_lossy()),
        )?;
    }
    Ok(open.is_some())
}

/// Returns true, with a message, if the node of the tunnels that was compiled before into `output` runs, and the new files would not
/// close it: they have no node, or one with another `container`. With `force`, what is not known does not count.
pub(super) fn refuse_another_node(
    states: Option<&Path>,
    output: &Path,
    container: Option<&str>,
    force: bool,
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let record = states.and_then(|states| script_record::of_node(states, output));
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
