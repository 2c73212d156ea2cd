//! SARIF 2.1.0 (OASIS), as code-scanning services read it. Columns count Unicode code points, paths begin at the root of the
//! sources, and findings that are not shown to people are there with the reason.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{FileReport, Report, Reported};
use crate::base::{Applicability, Edit, Fix, Severity, SourceFile, Span, Suppression};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole log. The results come last, each written as it is made.
#[derive(Serialize)]
struct Document<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Value,
    column_kind: &'static str,
    original_uri_base_ids: Value,
    invocations: Value,
    results: Results<'r>,
}

/// The findings of all files, each made when it is written.
struct Results<'r>(&'r Report<'r>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0.files.iter().flat_map(|file| file.findings.iter().map(|reported| result(self.0, file, reported))),
        )
    }
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|rule| {
            let worst = rule.severities.first().expect("a rule has at least one severity");
            json!({
                "id": rule.name,
                "shortDescription": { "text": rule.summary },
                "fullDescription": { "text": rule.summary },
                "helpUri": rule.url,
                "help": { "text": rule.page, "markdown": rule.page },
                "defaultConfiguration": { "level": level(*worst) },
            })
        })
        .collect();
    let notifications: Vec<Value> =
        report.failures.iter().map(|failure| json!({ "level": "error", "message": { "text": failure } })).collect();
    let run = Run {
        column_kind: "unicodeCodePoints",
        invocations: json!([{
            "executionSuccessful": report.failures.is_empty(),
            "toolExecutionNotifications": notifications,
        }]),
        original_uri_base_ids: json!({
            "%SRCROOT%": { "description": { "text": "the directory that publish-plan ran in" } }
        }),
        results: Results(report),
        tool: json!({ "driver": {
            "name": "publish-plan",
            "version": report.version,
            "semanticVersion": report.version,
            "informationUri": report.home,
            "rules": rules,
        } }),
    };
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &Document { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    out.write_all(b"\n")?;
    out.flush()
}

fn result(report: &Report<'_>, file: &FileReport<'_>, reported: &Reported<'_>) -> Value {
    let finding = reported.finding;
    let location = |file: &SourceFile, place: Option<(Span, &str)>| location(report, file, place);
    let help = finding.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.rule.name,
        "level": level(finding.severity),
        "message": { "text": format!("{}{help}", finding.message) },
        "locations": [location(file.file, finding.labels.first().map(|label| (label.span, &*label.text)))],
        "partialFingerprints": { "publishPlan/v1": reported.fingerprint },
    });
    if let Some(index) = report.rules.iter().position(|rule| rule.name == finding.rule.name) {
        result["ruleIndex"] = json!(index);
    }
    let own = finding.labels.iter().skip(1).map(|label| (file.file, label));
    let others = finding.elsewhere.iter().map(|elsewhere| (&*elsewhere.file, &elsewhere.label));
    let related: Vec<Value> =
        own.chain(others).map(|(file, label)| location(file, Some((label.span, &label.text)))).collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.applicability > Applicability::Display) {
        result["fixes"] = json!([self::fix(report, file.file, fix, finding.help.as_deref())]);
    }
    if let Some(suppression) = reported.suppression {
        result["suppressions"] = json!([suppressed(suppression)]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn suppressed(suppression: Suppression) -> Value {
    match suppression {
        Suppression::Comment => json!({ "kind": "inSource", "justification": "a comment in the file" }),
        Suppression::Level => json!({ "kind": "external", "justification": "the rule is ignored" }),
        Suppression::Baseline => json!({ "kind": "external", "justification": "the finding is in the baseline" }),
    }
}

fn location(report: &Report<'_>, file: &SourceFile, place: Option<(Span, &str)>) -> Value {
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact(report, file) } });
    if let Some((span, text)) = place {
        location["physicalLocation"]["region"] = region(file, span);
        location["message"] = json!({ "text": text });
    }
    location
}

fn artifact(report: &Report<'_>, file: &SourceFile) -> Value {
    let of_run = report.files.iter().find(|other| std::ptr::eq(other.file, file));
    let path = of_run.map_or_else(|| file.name().to_owned(), |file| file.seen_from(report.folder.as_deref()));
    let uri = uri(&path);
    if path.starts_with('/') {
        return json!({ "uri": format!("file://{uri}") });
    }
    json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": span.start,
        "byteLength": span.end - span.start,
    })
}

fn fix(report: &Report<'_>, file: &SourceFile, fix: &Fix, help: Option<&str>) -> Value {
    let replacement =
        |edit: &Edit| json!({ "deletedRegion": region(file, edit.span), "insertedContent": { "text": edit.content } });
    let replacements: Vec<Value> = fix.edits.iter().map(replacement).collect();
    let word = if fix.applicability == Applicability::Safe { "safe" } else { "unsafe" };
    let text = help.map_or_else(|| word.to_owned(), |help| format!("{help} ({word})"));
    json!({
        "description": { "text": text },
        "artifactChanges": [{ "artifactLocation": artifact(report, file), "replacements": replacements }],
    })
}

/// A path as a URI reference (RFC 3986): every byte that is not an unreserved character or a slash is percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}
