//! The types of flag values, and how they are parsed.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};

use crate::base::{closest, did_you_mean};
use crate::providers;
use crate::render::findings::Format;
use crate::rules::{ListedRule, RULES};

/// The names of the providers.
pub(super) fn provider_names() -> PossibleValuesParser {
    PossibleValuesParser::new(providers::capabilities().iter().filter_map(|provider| provider.name))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Info,
}

/// Where `migrate` moves entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MigrateTo {
    /// Labels called `publish`, which containerlab accepts
    Labels,
    /// An entries file next to the topology
    Entries,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FailOnChange {
    Widened,
    New,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    Table,
    Json,
    Yaml,
    Markdown,
    Svg,
    Html,
    Mermaid,
    Dot,
    GithubComment,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProvidersFormat {
    Table,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RulesFormat {
    Table,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether colors are used without a terminal too.
    pub(super) fn is_always(self) -> bool {
        matches!(self, Self::Always)
    }
}

const FORMATS: [(&str, Format); 7] = [
    ("concise", Format::Concise),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("human", Format::Human),
    ("json", Format::Json),
    ("junit", Format::Junit),
    ("sarif", Format::Sarif),
];

/// A report format and its file; None is standard output.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

/// A value with a parser of its own that shells can still complete.
#[derive(Clone)]
pub(super) struct Completed<T> {
    read: fn(&str) -> Result<T, String>,
    words: fn() -> Vec<PossibleValue>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Completed<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<T, clap::Error> {
        let read = self.read;
        StringValueParser::new().try_map(move |text| read(&text)).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.words)().into_iter()))
    }
}

/// The name of a rule.
pub(super) fn rules() -> Completed<&'static ListedRule> {
    let words = || RULES.iter().map(completed).collect();
    Completed { read: rule, words }
}

/// A rule and its summary. The script for fish has the summary in double quotes, without escapes.
fn completed(rule: &ListedRule) -> PossibleValue {
    PossibleValue::new(rule.name).help(rule.summary().replace(['`', '$', '"', '\\'], ""))
}

/// A report format, optionally with a file.
pub(super) fn destinations() -> Completed<Destination> {
    Completed { read: destination, words: || FORMATS.iter().map(|(word, _)| PossibleValue::new(*word)).collect() }
}

/// The rule with this name.
fn rule(name: &str) -> Result<&'static ListedRule, String> {
    let name = name.trim();
    RULES.iter().find(|rule| rule.name == name).ok_or_else(|| {
        let guess = closest(name, RULES.iter().map(|rule| rule.name));
        let guess = guess.map_or_else(String::new, |guess| did_you_mean(guess) + " ");
        format!("unknown rule; {guess}run `publish-plan rules` for a list")
    })
}

/// Parses `sarif` or `sarif=out.sarif`.
fn destination(text: &str) -> Result<Destination, String> {
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    let Some((_, format)) = FORMATS.iter().find(|(word, _)| *word == name) else {
        let guess = closest(name, FORMATS.iter().map(|(word, _)| *word));
        let guess = guess.map_or_else(String::new, |guess| format!("; {}", did_you_mean(guess)));
        let names: Vec<&str> = FORMATS.iter().map(|(word, _)| *word).collect();
        return Err(format!("expected one of {}{guess}", names.join(", ")));
    };
    match file {
        Some("") => Err("expected a file name after the `=`".to_owned()),
        None | Some("-") => Ok(Destination { format: *format, file: None }),
        Some(file) => Ok(Destination { format: *format, file: Some(PathBuf::from(file)) }),
    }
}
