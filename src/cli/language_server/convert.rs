//! What was found, in the words of the protocol.

use std::path::Path;

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Message, TextEdit,
    Uri,
};

use super::positions::Encoding;
use crate::base::{Edit, Finding, Severity, SourceFile, Span};
use crate::cli::rule_facts;
use crate::rules::RULES;

/// Who found it: editors show it beside each diagnostic.
pub(super) const SOURCE: &str = "publish-plan";

/// The most other places of one diagnostic: a finding about an account has one for each of its sockets.
const MOST_RELATED: usize = 20;

/// How the editor calls a file. The path is absolute.
pub(super) fn uri(path: &Path) -> Uri {
    Uri::from_file_path(path).expect("an editor names files by absolute paths")
}

/// A finding in `file`, which the editor calls `uri`.
pub(super) fn diagnostic(finding: &Finding, file: &SourceFile, uri: &Uri, encoding: Encoding) -> Diagnostic {
    let labels = finding.labels.iter().skip(1);
    let here = labels.filter(|label| !label.text.is_empty()).map(|label| DiagnosticRelatedInformation {
        location: Location { uri: uri.clone(), range: encoding.range(file, label.span) },
        message: label.text.to_string(),
    });
    let elsewhere = finding.elsewhere.iter().filter_map(|place| {
        let uri = Uri::from_file_path(place.file.name()).ok()?;
        let range = encoding.range(&place.file, place.label.span);
        Some(DiagnosticRelatedInformation { location: Location { uri, range }, message: place.label.text.to_string() })
    });
    let related: Vec<DiagnosticRelatedInformation> = here.chain(elsewhere).take(MOST_RELATED).collect();
    let facts = RULES.iter().find(|rule| rule.name == finding.rule.name).map(rule_facts::of);
    Diagnostic {
        range: encoding.range(file, place(finding)),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Info => DiagnosticSeverity::Information,
        }),
        code: Some(Code::String(finding.rule.name.to_owned())),
        code_description: facts.and_then(|facts| Uri::parse(&facts.url).ok()).map(|href| CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message: Message::String(words(finding)),
        tags: None,
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// A diagnostic at the beginning of a file that cannot be checked.
pub(super) fn failure(reason: &str) -> Diagnostic {
    Diagnostic {
        range: gen_lsp_types::Range::default(),
        severity: Some(DiagnosticSeverity::Error),
        code: None,
        code_description: None,
        source: Some(SOURCE.to_owned()),
        message: Message::String(format!("not checked: {reason}")),
        tags: None,
        related_information: None,
        data: None,
    }
}

/// Where a finding is; the beginning of the file for one that is about all of it.
pub(super) fn place(finding: &Finding) -> Span {
    finding.labels.first().map_or(Span::new(0, 0), |label| label.span)
}

/// Whether a finding is about something inside of a span.
pub(super) fn is_within(finding: &Finding, span: Span) -> bool {
    finding.labels.iter().any(|label| span.start <= label.span.start && label.span.end <= span.end)
}

/// What is wrong, what is known about the place, and what to do, in lines of their own.
fn words(finding: &Finding) -> String {
    let label = finding.labels.first().map(|label| label.text.as_ref()).filter(|text| !text.is_empty());
    let help = finding.help.as_ref().map(|help| format!("help: {help}"));
    [Some(finding.message.as_ref()), label, help.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// An edit of a file.
pub(super) fn text_edit(edit: &Edit, file: &SourceFile, encoding: Encoding) -> TextEdit {
    TextEdit { range: encoding.range(file, edit.span), new_text: edit.content.clone() }
}
