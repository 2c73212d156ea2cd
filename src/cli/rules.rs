//! `publish-plan rules`: lists the rules, one per line.

use std::fmt::Write as _;

use serde::Serialize;

use super::failure::Failure;
use super::options::RulesOptions;
use super::table::Table;
use super::values::RulesFormat;
use super::{Exit, Streams, input};
use crate::base::Severity;
use crate::rules::{ListedRule, RULES};

/// The version of the JSON form. It is raised when a field changes its meaning or is removed.
const VERSION: u32 = 1;

const HEADER: [&str; 5] = ["RULE", "SEVERITY", "FIXABLE", "BLOCKS COMPILE", "SUMMARY"];

#[derive(Serialize)]
struct Document {
    version: u32,
    rules: Vec<Row>,
}

/// A rule in the JSON form.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    /// The most severe first.
    severity: Vec<&'static str>,
    summary: &'static str,
    /// `check --fix` can fix at least some of what it finds.
    fixable: bool,
    blocks_compile: bool,
    url: String,
}

/// Prints the table of rules.
pub(super) fn run(
    options: &RulesOptions,
    variables: &[(String, String)],
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let text = match options.format {
        RulesFormat::Table => text(input::columns(variables, streams.terminal.stdout, streams.terminal)),
        RulesFormat::Markdown => markdown(),
        RulesFormat::Json => {
            let rules = RULES.iter().map(row).collect();
            let json = serde_json::to_string_pretty(&Document { version: VERSION, rules });
            json.map_err(|error| Failure::Format(error.to_string()))?
        }
    };
    writeln!(streams.stdout, "{}", text.trim_end())?;
    Ok(Exit::Clean)
}

/// The address of a rule's page at the tag of this version.
pub(super) fn url(rule: &ListedRule) -> String {
    let (repository, version) = (env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
    format!("{repository}/blob/v{version}/src/rules/{}.md", rule.name.replace('-', "_"))
}

/// `error, warning`.
fn severities(rule: &ListedRule) -> String {
    rule.severities.iter().copied().map(Severity::word).collect::<Vec<_>>().join(", ")
}

fn row(rule: &ListedRule) -> Row {
    Row {
        name: rule.name,
        severity: rule.severities.iter().copied().map(Severity::word).collect(),
        summary: rule.summary(),
        fixable: rule.is_fixable,
        blocks_compile: rule.blocks_compile,
        url: url(rule),
    }
}

fn cells(rule: &ListedRule) -> [String; 5] {
    let word = |is_true: bool| if is_true { "yes" } else { "" }.to_owned();
    [
        rule.name.to_owned(),
        severities(rule),
        word(rule.is_fixable),
        word(rule.blocks_compile),
        rule.summary().to_owned(),
    ]
}

fn text(columns: Option<usize>) -> String {
    let rows = RULES.iter().map(|rule| cells(rule).map(|cell| cell.replace('`', "")).to_vec());
    Table::new(&HEADER, rows).wrapping(&["SUMMARY"]).leaving("FIXABLE").leaving("BLOCKS COMPILE").text(columns)
}

fn markdown() -> String {
    let mut text = format!("| {} |\n| --- | --- | --- | --- | --- |\n", HEADER.join(" | ").to_lowercase());
    for rule in RULES {
        let [name, severities, fixable, blocks, summary] = cells(rule);
        let _ = writeln!(text, "| [{name}]({}) | {severities} | {fixable} | {blocks} | {summary} |", url(rule));
    }
    text
}
