//! Takes what was found in some files. Gives the text of a format; writing it is the caller's. One file a format: none of them
//! knows a rule, and none decides how a run ends.

mod concise;
mod github;
mod gitlab;
pub(crate) mod human;
mod human_source;
mod json;
mod junit;
pub(crate) mod page;
mod sarif;
mod summary;

use std::io::{self, Write};

use crate::base::{Finding, Severity, SourceFile, Suppression};

pub(crate) use summary::Summary;

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
    /// What reads it knows findings again by their fingerprints.
    pub(crate) fn has_fingerprints(self) -> bool {
        match self {
            Self::Gitlab | Self::Json | Self::Sarif => true,
            Self::Concise | Self::Github | Self::Human | Self::Junit => false,
        }
    }
}

/// How a report is drawn for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// With terminal colours.
    pub(crate) color: bool,
    /// Rule names lead to their pages (OSC 8).
    pub(crate) links: bool,
    /// Frames of nothing but ASCII characters.
    pub(crate) ascii: bool,
    /// Columns.
    pub(crate) width: usize,
}

/// Everything that a run found.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    /// In the order in which they were given.
    pub(crate) files: Vec<FileReport<'r>>,
    pub(crate) summary: Summary,
    /// What could not be read or done, in words.
    pub(crate) failures: Vec<String>,
    /// What is known of rules, in alphabetical order.
    pub(crate) rules: Vec<RuleFacts>,
    /// People and annotations get findings from here on; data has all.
    pub(crate) shown_from: Severity,
    /// People and annotations get no more of a file than these.
    pub(crate) most: usize,
    /// The last line is left out.
    pub(crate) is_quiet: bool,
    /// The folder that the program runs in, with forward slashes.
    pub(crate) folder: Option<String>,
    /// The folder that paths are seen from in GitLab, where it says so.
    pub(crate) project: Option<String>,
    /// This program's version.
    pub(crate) version: &'static str,
    /// Where this program is at home.
    pub(crate) home: &'static str,
}

/// One file of a report.
#[derive(Debug)]
pub(crate) struct FileReport<'r> {
    pub(crate) file: &'r SourceFile,
    /// Its whole path, with forward slashes; none for standard input.
    pub(crate) absolute: Option<String>,
    /// In the order of their places.
    pub(crate) findings: Vec<Reported<'r>>,
}

/// A finding and what a report says of it.
#[derive(Debug)]
pub(crate) struct Reported<'r> {
    pub(crate) finding: &'r Finding,
    /// What it is known by; no two of a report have the same one. Empty where no format of the run wants it.
    pub(crate) fingerprint: String,
    /// Why it is not shown to people, where it is not.
    pub(crate) suppression: Option<Suppression>,
}

/// What a report says of a rule.
#[derive(Clone, Debug)]
pub(crate) struct RuleFacts {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    /// Its page, in Markdown.
    pub(crate) page: &'static str,
    /// Where that page stands.
    pub(crate) url: String,
    pub(crate) severity: Severity,
}

impl Report<'_> {
    /// Writes a format. Only the one for people has a look.
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

    /// The findings of a file for people and annotations, and how many are left out because there are too many.
    fn shown<'f>(&self, file: &'f FileReport<'f>) -> (Vec<&'f Reported<'f>>, usize) {
        let wanted =
            |reported: &&Reported<'_>| reported.suppression.is_none() && reported.finding.severity >= self.shown_from;
        let mut shown: Vec<&Reported<'_>> = file.findings.iter().filter(wanted).collect();
        let unshown = shown.len().saturating_sub(self.most);
        shown.truncate(self.most);
        (shown, unshown)
    }

    /// What is shown, drawn one by one, and the summary line if it is wanted, with colors if `color` is set.
    fn drawn(&self, color: bool, one: impl Fn(&FileReport<'_>, &Reported<'_>) -> String) -> String {
        let mut out = String::new();
        let mut unshown = 0;
        for file in &self.files {
            let (shown, left) = self.shown(file);
            unshown += left;
            out.extend(shown.into_iter().map(|reported| one(file, reported)));
        }
        let is_wanted = !self.is_quiet && self.summary.files + self.summary.excluded > 0;
        if is_wanted { out + &Summary { unshown, ..self.summary }.line(color) } else { out }
    }

    fn rule(&self, name: &str) -> Option<&RuleFacts> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}

impl Reported<'_> {
    /// The message with what was expected and what to do, for formats that have one text.
    fn whole_text(&self) -> String {
        let finding = self.finding;
        let label = finding.labels.first().map(|label| format!(": {}", label.text)).unwrap_or_default();
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        format!("{}{label}{help}", finding.message)
    }
}

impl FileReport<'_> {
    /// Its path as it is seen from a folder, with forward slashes; the whole one where it is not below it.
    fn seen_from(&self, folder: Option<&str>) -> String {
        let Some(absolute) = &self.absolute else { return self.file.name().to_owned() };
        let below = folder.and_then(|folder| absolute.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/'));
        below.unwrap_or(absolute).to_owned()
    }
}
