//! What `compile` does with the files that it generated: it prints one of them, compares them with those on disk, or writes them.

use std::io::Write;
use std::path::PathBuf;

use super::failure::{Failure, listed};
use super::{Exit, Streams};
use crate::base::{counted, whole};
use crate::emit::folder::{Difference, Output};
use crate::provider::Capabilities;
use crate::providers;
use crate::render::{Look, diff};

/// Prints one of the files.
pub(super) fn print(output: &Output, name: &str, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let text = output.text(name).ok_or_else(|| Failure::NoArtifact { name: name.to_owned(), names: output.names() })?;
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// Shows which files on disk differ from the generated ones, as diffs or by name.
pub(super) fn compare(output: &Output, as_diff: bool, look: Look, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let differences = output.differences().map_err(Failure::Emit)?;
    for Difference { path, old, new } in &differences {
        if as_diff {
            let color = look.color && streams.terminal.stdout;
            streams.stdout.write_all(diff::unified(path, old.as_deref(), *new, color).as_bytes())?;
        } else {
            let what = match (old, new) {
                (None, _) => "is missing",
                (_, None) => "is no longer generated",
                _ => "differs",
            };
            writeln!(streams.stdout, "{} {what}", whole(&path.to_string_lossy()))?;
        }
    }
    Ok(if differences.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Says that a cluster may still run what files were removed for.
pub(super) fn tell_of_cluster(removed: &[PathBuf], stderr: &mut dyn Write) -> Result<(), Failure> {
    if removed.iter().any(|path| path.ends_with("kubernetes/deployment.yaml")) {
        writeln!(
            stderr,
            "note: if you applied the files of `kubernetes`, the tunnels of the cluster are still open: `kubectl get deployments -A -l app.kubernetes.io/name=publish-tunnel` lists them"
        )?;
    }
    Ok(())
}

/// Writes the files.
pub(super) fn write(
    output: &Output,
    force: bool,
    provider: &Capabilities,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let done = output.write(force).map_err(Failure::Emit)?;
    let stderr = &mut streams.stderr;
    let folder = whole(&output.folder().to_string_lossy());
    writeln!(
        stderr,
        "wrote {0} to {folder} for {2} ({1} unchanged)",
        counted(done.new, "file"),
        done.unchanged,
        provider.title()
    )?;
    for path in &done.removed {
        writeln!(stderr, "removed {}, which is no longer generated", whole(&path.to_string_lossy()))?;
    }
    tell_of_cluster(&done.removed, stderr)?;
    if !done.strangers.is_empty() {
        writeln!(stderr, "note: publish-plan did not write {}", listed(&done.strangers))?;
    }
    if let Some(shut_down) = provider.about.shut_down {
        let alive = providers::capabilities().iter().filter(|provider| provider.about.shut_down.is_none());
        let alive: Vec<&str> = alive.filter_map(|provider| provider.name).collect();
        writeln!(
            stderr,
            "note: the {} service {shut_down}; providers still in service: {}",
            provider.title(),
            alive.join(", ")
        )?;
    }
    if let Some(note) = provider.about.note {
        writeln!(stderr, "note: {note}")?;
    }
    Ok(())
}
