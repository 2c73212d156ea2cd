//! Everything, for programs: schemas/report.schema.json. Version 1 keeps its fields and their meaning; fields can be added.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};

use super::{FileReport, Report, Reported};
use crate::base::{Applicability, SourceFile, Span, Suppression};

/// It is raised when a field changes its meaning or is removed.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    findings: Findings<'r>,
    summary: JsonSummary,
    /// What could not be read or done.
    failures: &'r [String],
}

/// The findings of all files, each made when it is written.
struct Findings<'r>(&'r [FileReport<'r>]);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(self.0.iter().flat_map(|file| file.findings.iter().map(|reported| finding(file, reported))))
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct JsonFinding<'r> {
    rule: &'static str,
    severity: &'static str,
    message: &'r str,
    file: &'r str,
    start: Option<JsonPosition>,
    end: Option<JsonPosition>,
    help: Option<&'r str>,
    labels: Vec<JsonLabel<'r>>,
    fix: Option<JsonFix<'r>>,
    fingerprint: &'r str,
    suppressed: Option<&'static str>,
    blocks_compile: bool,
}

/// A place: line and column as editors count them, and the offset in bytes.
#[derive(Serialize)]
struct JsonPosition {
    line: usize,
    column: usize,
    offset: u32,
}

#[derive(Serialize)]
struct JsonLabel<'r> {
    file: &'r str,
    start: JsonPosition,
    end: JsonPosition,
    text: &'r str,
}

#[derive(Serialize)]
struct JsonFix<'r> {
    applicability: &'static str,
    edits: Vec<JsonEdit<'r>>,
}

#[derive(Serialize)]
struct JsonEdit<'r> {
    start: JsonPosition,
    end: JsonPosition,
    content: &'r str,
}

#[derive(Serialize)]
struct JsonSummary {
    files: usize,
    sockets: usize,
    open_sockets: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    fixable: usize,
    fixed: usize,
    ignored: usize,
    baselined: usize,
    excluded: usize,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    let document = Document {
        version: VERSION,
        tool: Tool { name: "publish-plan", version: report.version },
        findings: Findings(&report.files),
        summary: JsonSummary {
            files: summary.files,
            sockets: summary.sockets,
            open_sockets: summary.open.open,
            errors: summary.errors,
            warnings: summary.warnings,
            infos: summary.infos,
            fixable: summary.fixable,
            fixed: summary.fixed,
            ignored: summary.ignored,
            baselined: summary.baselined,
            excluded: summary.excluded,
        },
        failures: &report.failures,
    };
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn finding<'r>(file: &'r FileReport<'_>, reported: &'r Reported<'_>) -> JsonFinding<'r> {
    let finding = reported.finding;
    let span = finding.labels.first().map(|label| label.span);
    let own = finding.labels.iter().map(|label| (file.file, label));
    let others = finding.elsewhere.iter().map(|elsewhere| (&*elsewhere.file, &elsewhere.label));
    JsonFinding {
        rule: finding.rule.name,
        severity: finding.severity.word(),
        message: &finding.message,
        file: file.file.name(),
        start: span.map(|span| start(file.file, span)),
        end: span.map(|span| end(file.file, span)),
        help: finding.help.as_deref(),
        labels: own
            .chain(others)
            .map(|(file, label)| JsonLabel {
                file: file.name(),
                start: start(file, label.span),
                end: end(file, label.span),
                text: &label.text,
            })
            .collect(),
        fix: finding.fix.as_ref().map(|fix| JsonFix {
            applicability: match fix.applicability {
                Applicability::Display => "display",
                Applicability::Unsafe => "unsafe",
                Applicability::Safe => "safe",
            },
            edits: fix
                .edits
                .iter()
                .map(|edit| JsonEdit {
                    start: start(file.file, edit.span),
                    end: end(file.file, edit.span),
                    content: &edit.content,
                })
                .collect(),
        }),
        fingerprint: &reported.fingerprint,
        suppressed: reported.suppression.map(|suppression| match suppression {
            Suppression::Comment => "comment",
            Suppression::Level => "level",
            Suppression::Baseline => "baseline",
        }),
        blocks_compile: finding.blocks_compile,
    }
}

fn start(file: &SourceFile, span: Span) -> JsonPosition {
    position(file, span.start)
}

fn end(file: &SourceFile, span: Span) -> JsonPosition {
    position(file, span.end)
}

fn position(file: &SourceFile, offset: u32) -> JsonPosition {
    let position = file.position(offset);
    JsonPosition { line: position.line, column: position.column, offset }
}
