//! GitLab's Code Quality report (its documentation, "Code Quality report format"): findings with stable fingerprints, and paths
//! from the project's directory.

use serde::Serialize;

use super::Report;
use crate::base::Severity;

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'static str,
    fingerprint: &'r str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

pub(super) fn text(report: &Report<'_>) -> Result<String, serde_json::Error> {
    let mut issues = Vec::new();
    for file in &report.files {
        for reported in report.shown(file).0 {
            let finding = reported.finding;
            let end = finding.labels.first().map_or(0, |label| label.span.end);
            issues.push(Issue {
                description: reported.whole_text(),
                check_name: finding.rule.name,
                fingerprint: &reported.fingerprint,
                severity: match finding.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Info => "info",
                },
                location: Location {
                    path: file.seen_from(report.project.as_deref().or(report.folder.as_deref())),
                    lines: Lines { begin: file.file.position(finding.start()).line, end: file.file.position(end).line },
                },
            });
        }
    }
    Ok(serde_json::to_string_pretty(&issues)? + "\n")
}
