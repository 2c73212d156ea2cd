//! What `compile` does with the files that it generated: it prints one of them, compares them with those on disk, or writes them.

use std::io::Write;
use std::path::PathBuf;

use super::ready::Ready;
use crate::base::{counted, whole};
use crate::cli::failure::{Failure, listed};
use crate::cli::{Exit, Streams};
use crate::emit;
use crate::emit::folder::{Difference, Written};
use crate::provider::Capabilities;
use crate::providers;
use crate::render::{Look, diff};

/// Prints one of the files.
pub(in crate::cli) fn print(ready: &Ready, name: &str, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let text = ready.text(name).ok_or_else(|| Failure::NoArtifact { name: name.to_owned(), names: ready.names() })?;
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// Shows which files on disk differ from the generated ones, as diffs or by name.
pub(in crate::cli) fn compare(
    ready: &Ready,
    as_diff: bool,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let mut is_same = true;
    for output in ready.outputs() {
        let differences = output.differences().map_err(Failure::Emit)?;
        is_same &= differences.is_empty();
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
    }
    for retiring in &ready.abandoned {
        is_same = false;
        retiring.tell(&ready.deploy_name, streams)?;
    }
    Ok(if is_same { Exit::Clean } else { Exit::Findings })
}

/// Says that a cluster may still run what files were removed for.
pub(in crate::cli) fn tell_of_cluster(removed: &[PathBuf], stderr: &mut dyn Write) -> Result<(), Failure> {
    if removed.iter().any(|path| path.ends_with("kubernetes/deployment.yaml")) {
        writeln!(
            stderr,
            "note: if you applied the files of `kubernetes`, the tunnels of the cluster are still open: `kubectl get deployments -A -l app.kubernetes.io/name=publish-tunnel` lists them"
        )?;
    }
    Ok(())
}

/// Writes the files, if all of them can be written.
pub(in crate::cli) fn write(ready: &Ready, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if ready.above.is_some() {
        ready.outputs().try_for_each(|output| output.check(ready.force)).map_err(Failure::Emit)?;
    }
    let (mut done, mut removed) = (Written::default(), Vec::new());
    for retiring in &ready.abandoned {
        let retired = emit::retire(&retiring.destination, &ready.deploy_name, false).map_err(Failure::Emit)?;
        removed.extend(retired.into_iter().flat_map(|retired| retired.removed));
    }
    // Those above the others first: where one provider had its files before, it has none when the others get theirs.
    for output in ready.outputs() {
        let of_one = output.write(ready.force).map_err(Failure::Emit)?;
        done.new += of_one.new;
        done.unchanged += of_one.unchanged;
        removed.extend(of_one.removed);
        done.strangers.extend(of_one.strangers);
    }
    let titles: Vec<&str> = ready.parts.iter().map(|part| part.provider.title()).collect();
    let stderr = &mut streams.stderr;
    let folder = whole(&ready.folder().to_string_lossy());
    writeln!(
        stderr,
        "wrote {0} to {folder} for {2} ({1} unchanged)",
        counted(done.new, "file"),
        done.unchanged,
        titles.join(", ")
    )?;
    for path in &removed {
        writeln!(stderr, "removed {}, which is no longer generated", whole(&path.to_string_lossy()))?;
    }
    tell_of_cluster(&removed, stderr)?;
    if !done.strangers.is_empty() {
        writeln!(stderr, "note: publish-plan did not write {}", listed(&done.strangers))?;
    }
    ready.parts.iter().try_for_each(|part| tell_of_provider(part.provider, stderr))
}

/// What to know about a provider before its tunnels are opened.
fn tell_of_provider(provider: &Capabilities, stderr: &mut dyn Write) -> Result<(), Failure> {
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
