//! Findings for people: a headline, the lines of the file with the places marked, what to do (design.md, "The look").

use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan, ThemeStyles};

use super::human_source::Window;
use crate::base::{Applicability, Finding, Label, Severity, SourceFile};

/// The labels of one finding that are drawn; the rest is counted.
const MOST_LABELS: usize = 24;

/// How findings are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// With terminal colours.
    pub(crate) color: bool,
    /// Columns.
    pub(crate) width: usize,
}

/// One finding with an empty line behind it.
pub(crate) fn finding(file: &SourceFile, finding: &Finding, look: Look) -> String {
    let mut out = headline(finding, look);
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
        let _ = writeln!(out, "   … and {unseen} more places");
    }
    if let Some(help) = &finding.help {
        footer(&mut out, help, look);
    }
    out.push('\n');
    out
}

fn headline(finding: &Finding, look: Look) -> String {
    let (word, rule, message) = (finding.severity.word(), finding.rule, &finding.message);
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
        ..GraphicalTheme::unicode_nocolor()
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
                LabeledSpan::new_primary_with_span(Some(label.text.clone()), span)
            } else {
                LabeledSpan::new_with_span(Some(label.text.clone()), span)
            }
        })))
    }
}

/// What a run found, in one line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    pub(crate) files: usize,
    pub(crate) sockets: usize,
    /// Findings that were counted but not drawn, because there are too many of them.
    pub(crate) unshown: usize,
    /// Findings that a program can mend without asking.
    pub(crate) fixable: usize,
    /// Findings that it can mend by a guess.
    pub(crate) guessable: usize,
    /// Findings that were mended.
    pub(crate) fixed: usize,
    /// Findings of rules that the user does not want to see.
    pub(crate) ignored: usize,
    /// Files that the configuration leaves out.
    pub(crate) excluded: usize,
    /// Findings that a baseline holds.
    pub(crate) baselined: usize,
    /// Information is counted and drawn only on request.
    pub(crate) hides_infos: bool,
}

impl Summary {
    /// Counts one finding.
    pub(crate) fn count(&mut self, finding: &Finding) {
        self.fixable += usize::from(finding.is_fixable());
        let fix = finding.fix.as_ref();
        self.guessable += usize::from(fix.is_some_and(|fix| fix.applicability == Applicability::Unsafe));
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.infos += 1,
        }
    }

    /// The line.
    pub(crate) fn line(&self) -> String {
        let mut found = Vec::new();
        for (count, word) in [(self.errors, "error"), (self.warnings, "warning")] {
            if count > 0 {
                found.push(counted(count, word));
            }
        }
        if self.infos > 0 {
            let hidden = if self.hides_infos { " (shown with --verbose)" } else { "" };
            found.push(format!("{} info{hidden}", self.infos));
        }
        let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
        let mut line = format!("{found} in {}, {}", counted(self.files, "file"), counted(self.sockets, "socket"));
        if self.excluded > 0 {
            let _ = write!(line, "; {} excluded", counted(self.excluded, "file"));
        }
        if self.fixed > 0 {
            let _ = write!(line, "; {} fixed", self.fixed);
        }
        if self.fixable > 0 {
            let _ = write!(line, "; {} fixable with --fix", self.fixable);
        }
        if self.guessable > 0 {
            let _ = write!(line, "; {} with --unsafe-fixes", self.guessable);
        }
        if self.ignored > 0 {
            let _ = write!(line, "; {} ignored", self.ignored);
        }
        if self.baselined > 0 {
            let _ = write!(line, "; {} in the baseline", self.baselined);
        }
        if self.unshown > 0 {
            let _ = write!(line, "; {} not shown (--max-findings)", counted(self.unshown, "finding"));
        }
        line.push('\n');
        line
    }
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
