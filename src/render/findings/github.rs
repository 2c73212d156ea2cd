//! Workflow commands that GitHub turns into annotations of a change (its documentation, "Workflow commands for GitHub
//! Actions"): `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`.

use std::fmt::Write as _;

use super::Report;
use crate::base::{Severity, whole};

pub(super) fn text(report: &Report<'_>) -> String {
    let mut out = String::new();
    for failure in &report.failures {
        let _ = writeln!(out, "::error title=publish-plan::{}", data(failure));
    }
    for file in &report.files {
        for reported in report.shown(file).0 {
            let finding = reported.finding;
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let span = finding.labels.first().map(|label| label.span);
            let (start, end) = (finding.start(), span.map_or(0, |span| span.end));
            let (start, end) = (file.file.position(start), file.file.position(end));
            let _ = write!(
                out,
                "::{command} file={},line={}",
                property(&whole(&file.seen_from(report.folder.as_deref()))),
                start.line
            );
            if span.is_some() {
                let _ = write!(out, ",col={},endLine={}", start.column, end.line);
                // GitHub accepts columns only within one line.
                if start.line == end.line {
                    let _ = write!(out, ",endColumn={}", end.column);
                }
            }
            let _ = writeln!(out, ",title={}::{}", property(finding.rule.name), data(&reported.whole_text()));
        }
    }
    out
}

/// Text after the `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
