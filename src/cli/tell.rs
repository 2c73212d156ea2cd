//! Findings of one file on standard error. Standard output has only the document that was asked for.

use std::sync::Arc;

use super::failure::Failure;
use super::flags::{CommonOptions, EntriesOptions};
use super::lab::Lab;
use super::settings::EffectiveSettings;
use super::{Streams, input, paths, settings_file};
use crate::base::{Finding, Severity, SourceFile, whole};
use crate::render::findings::human;
use crate::render::{Look, Summary};
use crate::rules::key_refused_by_containerlab;

/// How findings look on standard error.
pub(super) fn look(options: &CommonOptions, variables: &[(String, String)], streams: &Streams<'_>) -> Look {
    input::look(options, variables, streams.terminal.stderr, streams.terminal)
}

/// Shows findings on standard error, those of severity info only if `verbose`. Returns their counts, with those that were not
/// shown.
pub(super) fn findings<'f>(
    files: impl IntoIterator<Item = &'f (Arc<SourceFile>, Vec<Finding>)>,
    verbose: bool,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Summary, Failure> {
    let shown_from = if verbose { Severity::Info } else { Severity::Warning };
    let mut summary = Summary { hides_infos: !verbose, ..Summary::default() };
    for (file, findings) in files {
        summary.files += 1;
        for finding in findings {
            summary.count(finding);
            if finding.severity >= shown_from {
                streams.stderr.write_all(human::finding(file, finding, look).as_bytes())?;
            }
        }
    }
    Ok(summary)
}

/// Names the other file of a lab, if nobody named it: the entries beside a topology, or the topology that entries are for.
pub(super) fn lab(lab: &Lab, given: &str, entries: &EntriesOptions, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let Some(file) = lab.files.entries.as_ref().filter(|_| entries.file.is_none()) else { return Ok(()) };
    if file.name == given {
        writeln!(streams.stderr, "topology: {}", whole(&lab.files.topology.name))?;
    } else {
        writeln!(streams.stderr, "entries: {}", whole(&file.name))?;
    }
    Ok(())
}

/// Names the settings file that was used, if there is one. `of` names the revision or file that the settings are for, if it is
/// not the given topology.
pub(super) fn settings(wanted: &EffectiveSettings, of: Option<&str>, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let Some(file) = &wanted.file else { return Ok(()) };
    // The path of a settings file in a revision goes up from the topology's directory.
    let file = if of.is_some() { &paths::plain(file) } else { file };
    let of = of.map_or_else(String::new, |of| format!(" of {}", whole(of)));
    writeln!(streams.stderr, "settings{of}: {}", whole(&settings_file::shown(file)))?;
    Ok(())
}

/// Says, once per run, that current containerlab rejects the topology as it is, and what to deploy instead. With `verbose` the
/// finding that says so is shown; if it is ignored, so is this.
pub(super) fn rejected(
    files: &[(Arc<SourceFile>, Vec<Finding>)],
    verbose: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let mut findings = files.iter().flat_map(|(_, findings)| findings);
    if !verbose && findings.any(|finding| finding.rule == key_refused_by_containerlab::RULE) {
        writeln!(
            streams.stderr,
            "note: containerlab 0.62+ rejects `publish:`; deploy the copy that `compile` writes, or run `migrate`"
        )?;
    }
    Ok(())
}
