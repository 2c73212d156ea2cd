//! Findings of one file, told on the side: standard output is for the document that was asked for.

use super::failure::Failure;
use super::options::CommonOptions;
use super::settings::Wanted;
use super::{Streams, input, paths, settings_file};
use crate::base::{self, Finding, Severity, SourceFile, whole};
use crate::line::Examined;
use crate::report::human;
use crate::report::{Look, Summary};
use crate::suppress::{Levels, ignore};

/// How findings look on standard error.
pub(super) fn look(options: &CommonOptions, variables: &[(String, String)], streams: &Streams<'_>) -> Look {
    input::look(options, variables, streams.terminal.stderr, streams.terminal)
}

/// The findings that `plan` and `compile` show: without what comments and the configuration silence, and with all that stops
/// `compile`, whatever they say.
pub(super) fn wanted(examined: &Examined, levels: &Levels) -> Vec<Finding> {
    let (kept, _) = ignore::apply(&examined.ignores, examined.findings.clone(), &examined.file, &[]);
    let mut findings = levels.without_ignored(kept);
    findings.retain(|finding| !finding.blocks_compile);
    findings.extend(examined.findings.iter().filter(|finding| finding.blocks_compile).cloned());
    base::one_cause_one_finding(&mut findings);
    base::sort(&mut findings);
    findings
}

/// Tells findings on standard error, information only on request. Gives what there was.
pub(super) fn findings(
    file: &SourceFile,
    findings: &[Finding],
    options: &CommonOptions,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Summary, Failure> {
    let shown_from = if options.verbose { Severity::Info } else { Severity::Warning };
    let mut summary = Summary { files: 1, hides_infos: !options.verbose, ..Summary::default() };
    for finding in findings {
        summary.count(finding);
        if finding.severity >= shown_from {
            streams.stderr.write_all(human::finding(file, finding, look).as_bytes())?;
        }
    }
    Ok(summary)
}

/// Names the settings file that was used, if there is one; `of` says for what, if it is not the topology that was given.
pub(super) fn settings(wanted: &Wanted, of: Option<&str>, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let Some(file) = &wanted.file else { return Ok(()) };
    // The way to a file of a revision goes up from the topology's folder.
    let file = if of.is_some() { &paths::plain(file) } else { file };
    let of = of.map_or_else(String::new, |of| format!(" of {}", whole(of)));
    writeln!(streams.stderr, "settings{of}: {}", whole(&settings_file::shown(file)))?;
    Ok(())
}
