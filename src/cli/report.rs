//! Writes the findings in every requested format, each to its destination.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::checked::Checked;
use super::failure::Failure;
use super::options::CheckOptions;
use super::values::Destination;
use super::{fingerprint, input, rule_facts};
use crate::base::{Finding, Severity, Suppression};
use crate::pipeline::ExaminedFile;
use crate::render::findings::{FileReport, Format, Report, Reported};
use crate::render::{Look, Summary};
use crate::triage::{Fingerprint, Triage};

/// The destinations of reports, and how reports look there.
pub(super) struct Stage<'o> {
    destinations: Vec<Destination>,
    look: Look,
    project: Option<String>,
    options: &'o CheckOptions,
}

impl<'o> Stage<'o> {
    /// Rejects flags that send more than one report to standard output.
    pub(super) fn new(options: &'o CheckOptions, variables: &[(String, String)], look: Look) -> Result<Self, Failure> {
        let mut destinations = options.format.clone();
        if destinations.is_empty() {
            destinations.push(Destination { format: Format::Human, file: None });
        }
        if destinations.iter().filter(|destination| destination.file.is_none()).count() > 1 {
            return Err(Failure::TwoReports);
        }
        let project = input::variable(variables, "CI_PROJECT_DIR").filter(|project| !project.is_empty());
        Ok(Self { destinations, look, project: project.map(str::to_owned), options })
    }

    /// How standard output looks.
    pub(super) fn look(&self) -> Look {
        self.look
    }

    /// Rejects a report that would overwrite a file that is read, or another report.
    pub(super) fn look_out(&self, read: &[&Path]) -> Result<(), Failure> {
        let whole = |path: &Path| std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
        let files: Vec<&Path> =
            self.destinations.iter().filter_map(|destination| destination.file.as_deref()).collect();
        if files.is_empty() {
            return Ok(());
        }
        let mut taken: Vec<PathBuf> = read.iter().filter_map(|path| whole(path)).collect();
        for path in files {
            let Some(place) = whole(path).map(|path| super::paths::plain(&path)) else { continue };
            if taken.contains(&place) {
                return Err(Failure::ReportOverFile { name: path.to_string_lossy().into_owned() });
            }
            taken.push(place);
        }
        Ok(())
    }
}

/// Writes every report, those to files first, so that nothing is printed if one of them cannot be written.
pub(super) fn write(
    options: &CheckOptions,
    checked: &[Checked],
    summary: Summary,
    failures: Vec<String>,
    stage: &Stage<'_>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let files: Vec<(&Checked, &ExaminedFile, &Triage)> =
        checked.iter().flat_map(|lab| lab.files().map(move |(file, triage)| (lab, file, triage))).collect();
    let all: Vec<Vec<(&Finding, Option<Suppression>)>> = files.iter().map(|(.., triage)| in_order(triage)).collect();
    let wants_fingerprints = stage.destinations.iter().any(|destination| destination.format.has_fingerprints());
    // Read once: per file it would be a system call each.
    let folder = std::env::current_dir().ok();
    let files = files.iter().zip(&all).map(|((lab, file, _), findings)| FileReport {
        file: &file.file,
        absolute: folder.as_deref().and_then(|folder| lab.absolute(file, folder)),
        findings: reported(file, findings, wants_fingerprints.then(|| known_as(file, folder.as_deref()))),
    });
    let report = Report {
        files: files.collect(),
        failures,
        summary,
        rules: rule_facts::all(),
        shown_from: if options.verbose { Severity::Info } else { Severity::Warning },
        most: options.max_findings,
        is_quiet: options.quiet,
        folder: folder.as_deref().map(slashed),
        project: stage.project.clone(),
        version: env!("CARGO_PKG_VERSION"),
        home: env!("CARGO_PKG_REPOSITORY"),
    };
    let for_files = Look { color: stage.options.common.color.is_always(), links: false, ..stage.look };
    for Destination { format, file } in &stage.destinations {
        if let Some(path) = file {
            let mut bytes = Vec::new();
            report.write(*format, for_files, &mut bytes)?;
            into_file(path, &bytes)?;
        }
    }
    for Destination { format, file } in &stage.destinations {
        if file.is_none() {
            report.write(*format, stage.look, out)?;
        }
    }
    Ok(())
}

/// A path with forward slashes on every system.
pub(super) fn slashed(path: &Path) -> String {
    let path = path.to_string_lossy();
    // On other systems a backslash is part of a name.
    if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() }
}

/// All findings of a file, shown or not, in the order of their places.
fn in_order(triage: &Triage) -> Vec<(&Finding, Option<Suppression>)> {
    let shown = triage.shown.iter().map(|finding| (finding, None));
    let suppressed = triage.suppressed.iter().map(|(finding, suppression)| (finding, Some(*suppression)));
    let mut all: Vec<_> = shown.chain(suppressed).collect();
    all.sort_by_key(|(finding, suppression)| (finding.start(), suppression.is_some()));
    all
}

/// The file's name in fingerprints: the same for a relative and an absolute path.
fn known_as(file: &ExaminedFile, folder: Option<&Path>) -> String {
    let name = Path::new(file.file.name());
    slashed(folder.and_then(|folder| name.strip_prefix(folder).ok()).unwrap_or(name))
}

/// Findings with their fingerprints for a report. Fingerprints are computed only if `known_as`, the file's name in them, is
/// given.
fn reported<'r>(
    file: &ExaminedFile,
    findings: &[(&'r Finding, Option<Suppression>)],
    known_as: Option<String>,
) -> Vec<Reported<'r>> {
    let all = findings.iter().map(|(finding, _)| *finding);
    let fingerprints = known_as.map_or_else(Vec::new, |name| fingerprint::all(&name, file, all));
    let digests = fingerprints.iter().map(Fingerprint::digest).chain(std::iter::repeat(String::new()));
    findings
        .iter()
        .zip(digests)
        .map(|((finding, suppression), fingerprint)| Reported { finding, fingerprint, suppression: *suppression })
        .collect()
}

/// Replaces the file in one step, so that a reader gets either the old report or the new one.
pub(super) fn into_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let unwritable = |error| Failure::Unwritable { name: path.to_string_lossy().into_owned(), error };
    // A pipe or a device such as `/dev/stderr` is written to directly.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(path, bytes).map_err(unwritable);
    }
    crate::emit::write_new(path, bytes).map_err(unwritable)
}
