//! Takes the findings of some files. Gives a report in one format. There is one module per format; none of them knows a rule, and
//! none decides the exit code.
//!
//! A module has `text(&Report) -> String` (large ones: `write(&Report, out)`, as `json.rs`), and its first line says whose format it
//! is. A format for programs that read everything (`json`, `sarif`) contains all of `file.findings`, with the reason why a finding is
//! not shown; others contain `report.shown(file)`. One that is read without an exit code also contains `report.failures` (with a line
//! at the end of the test `several_reports_go_to_several_places`).
//!
//! It escapes whatever the format would act on, line breaks too, and replaces what it cannot contain by U+FFFD. Paths for another
//! program are `file.seen_from(report.folder.as_deref())` (`github.rs` is the model), paths for people `file.file.name()`, both
//! through `whole` first and then through the escapes of the format. A finding in one text, with its labels and its help, is
//! `reported.whole_text()`. One without a place is at line 1 and column 1, unless the format can leave that out.

mod concise;
mod github;
mod gitlab;
pub(crate) mod human;
mod human_source;
mod json;
mod junit;
mod sarif;
mod statistics;

pub(crate) use statistics::statistics;

use std::io::{self, Write};

use super::{Look, Summary};
use crate::base::{Finding, Severity, SourceFile, Suppression};

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Concise,
    Github,
    Gitlab,
    Human,
    Json,
    Junit,
    Sarif,
}

impl Format {
    /// Whether its readers recognize findings by their fingerprints.
    pub(crate) fn has_fingerprints(self) -> bool {
        match self {
            Self::Gitlab | Self::Json | Self::Sarif => true,
            Self::Concise | Self::Github | Self::Human | Self::Junit => false,
        }
    }
}

/// Everything that a run found.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    /// In the order in which they were named.
    pub(crate) files: Vec<FileReport<'r>>,
    pub(crate) summary: Summary,
    /// What could not be read or done: one message each.
    pub(crate) failures: Vec<String>,
    /// All rules, in alphabetical order.
    pub(crate) rules: Vec<RuleFacts>,
    /// The lowest severity in formats for people and annotations; formats for programs have all.
    pub(crate) shown_from: Severity,
    /// The most findings per file in formats for people and annotations.
    pub(crate) most: usize,
    /// Whether the summary line is left out.
    pub(crate) is_quiet: bool,
    /// The working directory, with forward slashes.
    pub(crate) folder: Option<String>,
    /// The project's directory, from which GitLab counts paths, if it is known.
    pub(crate) project: Option<String>,
    /// This program's version.
    pub(crate) version: &'static str,
    /// The address of this program's repository.
    pub(crate) home: &'static str,
}

/// One file of a report.
#[derive(Debug)]
pub(crate) struct FileReport<'r> {
    pub(crate) file: &'r SourceFile,
    /// Its absolute path, with forward slashes; none for standard input.
    pub(crate) absolute: Option<String>,
    /// In the order of their places.
    pub(crate) findings: Vec<Reported<'r>>,
}

/// A finding with what a report adds to it.
#[derive(Debug)]
pub(crate) struct Reported<'r> {
    pub(crate) finding: &'r Finding,
    /// What identifies it: unique in a report. Empty if no format of the run needs it.
    pub(crate) fingerprint: String,
    /// Why it is not shown to people; none if it is shown.
    pub(crate) suppression: Option<Suppression>,
}

/// What a report says about a rule.
#[derive(Clone, Debug)]
pub(crate) struct RuleFacts {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    /// Its page, in Markdown.
    pub(crate) page: &'static str,
    /// The address of that page.
    pub(crate) url: String,
    /// Those of its findings, the most severe first.
    pub(crate) severities: &'static [Severity],
    /// Whether `check --fix` can fix at least some of what it finds.
    pub(crate) is_fixable: bool,
    pub(crate) blocks_compile: bool,
}

impl Report<'_> {
    /// Writes the report in a format. The look applies to the format for people only.
    pub(crate) fn write(&self, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
        let text = match format {
            Format::Concise => concise::text(self),
            Format::Github => github::text(self),
            Format::Gitlab => gitlab::text(self)?,
            Format::Human => human::text(self, look),
            Format::Json => return json::write(self, out),
            Format::Junit => junit::text(self),
            Format::Sarif => return sarif::write(self, out),
        };
        out.write_all(text.as_bytes())
    }

    /// The findings of a file for people and annotations, and the number of findings above the limit.
    fn shown<'f>(&self, file: &'f FileReport<'f>) -> (Vec<&'f Reported<'f>>, usize) {
        let wanted =
            |reported: &&Reported<'_>| reported.suppression.is_none() && reported.finding.severity >= self.shown_from;
        let mut shown: Vec<&Reported<'_>> = file.findings.iter().filter(wanted).collect();
        let unshown = shown.len().saturating_sub(self.most);
        shown.truncate(self.most);
        (shown, unshown)
    }

    /// The findings that are shown, each as `one` draws it.
    fn drawn(&self, one: impl Fn(&FileReport<'_>, &Reported<'_>) -> String) -> String {
        let shown = self.files.iter().flat_map(|file| self.shown(file).0.into_iter().map(move |it| (file, it)));
        shown.map(|(file, reported)| one(file, reported)).collect()
    }

    /// The summary line as [`Summary::line`] makes it; empty if it is not wanted, or if there was no file.
    fn summary_line(&self, color: bool, columns: Option<usize>) -> String {
        if self.is_quiet || self.summary.files + self.summary.excluded == 0 {
            return String::new();
        }
        let unshown = self.files.iter().map(|file| self.shown(file).1).sum();
        Summary { unshown, ..self.summary }.line(color, columns)
    }

    fn rule(&self, name: &str) -> Option<&RuleFacts> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}

impl Reported<'_> {
    /// The message with the first label and the help, for formats that have one text per finding.
    fn whole_text(&self) -> String {
        let finding = self.finding;
        let label = finding.labels.first().map(|label| format!(": {}", label.text)).unwrap_or_default();
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        format!("{}{label}{help}", finding.message)
    }
}

impl FileReport<'_> {
    /// Its path from a directory, with forward slashes; the absolute path if the file is not below that directory.
    fn seen_from(&self, folder: Option<&str>) -> String {
        let Some(absolute) = &self.absolute else { return self.file.name().to_owned() };
        let below = folder.and_then(|folder| absolute.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/'));
        below.unwrap_or(absolute).to_owned()
    }
}
