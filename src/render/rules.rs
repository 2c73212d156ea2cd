//! The rules, one per line.

use std::fmt::Write as _;

use serde::Serialize;

use super::findings::RuleFacts;
use super::json as serialized;
use super::table::Table;
use crate::base::Severity;

/// The version of the JSON form. It is raised when a field changes its meaning or is removed.
const VERSION: u32 = 1;

const HEADER: [&str; 5] = ["RULE", "SEVERITY", "FIXABLE", "BLOCKS COMPILE", "SUMMARY"];

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    rules: Vec<Row<'r>>,
}

/// A rule in the JSON form.
#[derive(Serialize)]
struct Row<'r> {
    name: &'static str,
    /// The most severe first.
    severity: Vec<&'static str>,
    summary: &'static str,
    /// `check --fix` can fix at least some of what it finds.
    fixable: bool,
    blocks_compile: bool,
    url: &'r str,
}

/// `error, warning`.
fn severities(rule: &RuleFacts) -> String {
    rule.severities.iter().copied().map(Severity::word).collect::<Vec<_>>().join(", ")
}

fn row(rule: &RuleFacts) -> Row<'_> {
    Row {
        name: rule.name,
        severity: rule.severities.iter().copied().map(Severity::word).collect(),
        summary: rule.summary,
        fixable: rule.is_fixable,
        blocks_compile: rule.blocks_compile,
        url: &rule.url,
    }
}

fn cells(rule: &RuleFacts) -> [String; 5] {
    let word = |is_true: bool| if is_true { "yes" } else { "" }.to_owned();
    [rule.name.to_owned(), severities(rule), word(rule.is_fixable), word(rule.blocks_compile), rule.summary.to_owned()]
}

/// A table in at most `columns`, if there is a limit.
pub(crate) fn table(rules: &[RuleFacts], columns: Option<usize>) -> String {
    let rows = rules.iter().map(|rule| cells(rule).map(|cell| cell.replace('`', "")).to_vec());
    Table::new(&HEADER, rows).wrapping(&["SUMMARY"]).leaving("FIXABLE").leaving("BLOCKS COMPILE").text(columns)
}

/// A table in Markdown, in which the names are links.
pub(crate) fn markdown(rules: &[RuleFacts]) -> String {
    let mut text = format!("| {} |\n| --- | --- | --- | --- | --- |\n", HEADER.join(" | ").to_lowercase());
    for rule in rules {
        let [name, severities, fixable, blocks, summary] = cells(rule);
        let _ = writeln!(text, "| [{name}]({}) | {severities} | {fixable} | {blocks} | {summary} |", rule.url);
    }
    text
}

/// Everything, for programs. The error says why it cannot be written.
pub(crate) fn json(rules: &[RuleFacts]) -> Result<String, String> {
    serialized(&Document { version: VERSION, rules: rules.iter().map(row).collect() })
}
