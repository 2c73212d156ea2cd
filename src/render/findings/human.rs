//! Findings for people: a headline, the lines of the file with the places marked, and what to do.

use std::borrow::Cow;
use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan, ThemeStyles};

use super::Report;
use super::human_source::Window;
use crate::base::{Finding, Label, Severity, SourceFile};
use crate::render::Look;
use crate::render::wrap::{self, INDENT};

/// The most labels of one finding that are drawn; the rest are counted.
const MOST_LABELS: usize = 24;

/// How a help line begins.
const HELP: &str = "  help: ";

/// The columns of `╰── ` before a label.
const ARROW: usize = 4;

/// The fewest columns that a label is broken to: far to the right, it is wider than the terminal.
const NARROWEST: usize = 24;

/// Every finding, and the summary line.
pub(super) fn text(report: &Report<'_>, look: Look) -> String {
    let drawn = report.drawn(|file, reported| {
        let url = report.rule(reported.finding.rule.name).map(|rule| rule.url.as_str());
        finding_with(file.file, reported.finding, url, look)
    });
    drawn + &report.summary_line(look.color, look.columns)
}

/// One finding, followed by an empty line.
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
    let word = finding.severity.word();
    let message = message(finding, look);
    let rule = match url.filter(|_| look.links) {
        Some(url) => format!("\u{1b}]8;;{url}\u{1b}\\{}\u{1b}]8;;\u{1b}\\", finding.rule.name),
        None => finding.rule.name.to_owned(),
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

/// The message of a finding, broken to the width if there is one.
fn message(finding: &Finding, look: Look) -> Cow<'_, str> {
    let Some(columns) = look.columns else { return Cow::Borrowed(&finding.message) };
    // Before it, there is `error[rule]: `.
    let before = finding.severity.word().len() + finding.rule.name.len() + 4;
    let lines = wrap::lines(&finding.message, columns.saturating_sub(before), columns - INDENT);
    Cow::Owned(lines.join(&format!("\n{:INDENT$}", "")))
}

fn snippet(out: &mut String, file: &SourceFile, labels: &[Label], look: Look) {
    let view = View { window: Window::new(file, labels), labels, columns: look.columns };
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
    // Its first line is its own headline.
    if handler.render_report(&mut drawn, &view).is_ok() {
        out.push_str(drawn.split_once('\n').map_or("", |(_, rest)| rest));
    }
}

/// What to do. Not miette's own: that one breaks lines inside of entries and commands.
fn footer(out: &mut String, help: &str, look: Look) {
    let room = look.width.saturating_sub(HELP.len() + 2);
    let lines = wrap::lines(help, room, room).join(&format!("\n{:indent$}", "", indent = HELP.len()));
    let _ = if look.color { writeln!(out, "\u{1b}[36m{HELP}\u{1b}[0m{lines}") } else { writeln!(out, "{HELP}{lines}") };
}

/// The places of a finding in one file, for miette.
#[derive(Debug)]
struct View<'v> {
    window: Option<Window<'v>>,
    labels: &'v [Label],
    /// The width that labels are broken to, if there is one.
    columns: Option<usize>,
}

impl View<'_> {
    /// The text of a label in lines that fit next to the place it points to.
    fn text(&self, label: &Label, column: usize) -> String {
        let Some(columns) = self.columns else { return label.text.to_string() };
        let room = columns.saturating_sub(column + ARROW).max(NARROWEST);
        wrap::lines(&label.text, room, room).join("\n")
    }
}

impl std::fmt::Display for View<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for View<'_> {}

impl Diagnostic for View<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.window.as_ref()?)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let window = self.window.as_ref()?;
        Some(Box::new(self.labels.iter().enumerate().map(|(index, label)| {
            let range = window.shown(label.span);
            let span = SourceSpan::from((range.start, range.len()));
            let text = Some(self.text(label, window.label_column(&range)));
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}
