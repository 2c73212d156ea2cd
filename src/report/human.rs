//! Findings for people: a headline, the lines of the file with the places marked, what to do (design.md, "The look").

use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan, ThemeStyles};

use super::human_source::Window;
use super::{Look, Report};
use crate::base::{Finding, Label, Severity, SourceFile};

/// The labels of one finding that are drawn; the rest is counted.
const MOST_LABELS: usize = 24;

/// Every finding, and what there was in one line.
pub(super) fn text(report: &Report<'_>, look: Look) -> String {
    report.drawn(look.color, |file, reported| {
        let url = report.rule(reported.finding.rule).map(|rule| rule.url.as_str());
        finding_with(file.file, reported.finding, url, look)
    })
}

/// One finding with an empty line behind it.
pub(crate) fn finding(file: &SourceFile, finding: &Finding, look: Look) -> String {
    finding_with(file, finding, None, look)
}

fn finding_with(file: &SourceFile, finding: &Finding, url: Option<&str>, look: Look) -> String {
    let mut out = headline(finding, url, look);
    let (drawn, left) = finding.labels.split_at(finding.labels.len().min(MOST_LABELS));
    if finding.labels.is_empty() {
        let _ = writeln!(out, "   in {}", crate::base::whole(file.name()));
    } else {
        snippet(&mut out, file, drawn, look);
    }
    let others = finding.elsewhere.len().min(MOST_LABELS);
    for elsewhere in &finding.elsewhere[..others] {
        snippet(&mut out, &elsewhere.file, std::slice::from_ref(&elsewhere.label), look);
    }
    let unseen = left.len() + finding.elsewhere.len() - others;
    if unseen > 0 {
        let dots = if look.ascii { "..." } else { "…" };
        let _ = writeln!(out, "   {dots} and {unseen} more places");
    }
    if let Some(help) = &finding.help {
        footer(&mut out, help, look);
    }
    out.push('\n');
    out
}

fn headline(finding: &Finding, url: Option<&str>, look: Look) -> String {
    let (word, message) = (finding.severity.word(), &finding.message);
    let rule = match url.filter(|_| look.links) {
        Some(url) => format!("\u{1b}]8;;{url}\u{1b}\\{}\u{1b}]8;;\u{1b}\\", finding.rule),
        None => finding.rule.to_owned(),
    };
    if !look.color {
        return format!("{word}[{rule}]: {message}\n");
    }
    let style = match finding.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Info => "1;36",
    };
    format!("\u{1b}[{style}m{word}[{rule}]\u{1b}[0m\u{1b}[1m: {message}\u{1b}[0m\n")
}

fn snippet(out: &mut String, file: &SourceFile, labels: &[Label], look: Look) {
    let view = View { window: Window::new(file, labels), labels, help: None };
    draw(out, &view, look);
}

fn footer(out: &mut String, help: &str, look: Look) {
    let view = View { window: None, labels: &[], help: Some(help) };
    draw(out, &view, look);
}

/// Lets miette draw all but its own headline, which is the first line.
fn draw(out: &mut String, view: &View<'_>, look: Look) {
    let mut drawn = String::new();
    let theme = GraphicalTheme {
        styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
        ..if look.ascii { GraphicalTheme::none() } else { GraphicalTheme::unicode_nocolor() }
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_context_lines(0)
        .with_links(false)
        .without_syntax_highlighting();
    if handler.render_report(&mut drawn, view).is_ok() {
        out.push_str(drawn.split_once('\n').map_or("", |(_, rest)| rest));
    }
}

/// A finding as miette sees it.
#[derive(Debug)]
struct View<'v> {
    window: Option<Window<'v>>,
    labels: &'v [Label],
    help: Option<&'v str>,
}

impl std::fmt::Display for View<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for View<'_> {}

impl Diagnostic for View<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.help?))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.window.as_ref()?)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let window = self.window.as_ref()?;
        Some(Box::new(self.labels.iter().enumerate().map(|(index, label)| {
            let range = window.shown(label.span);
            let span = SourceSpan::from((range.start, range.len()));
            if index == 0 {
                LabeledSpan::new_primary_with_span(Some(label.text.to_string()), span)
            } else {
                LabeledSpan::new_with_span(Some(label.text.to_string()), span)
            }
        })))
    }
}
