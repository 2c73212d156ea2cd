//! `publish-plan rules`: lists the rules, one per line.

use crate::cli::failure::Failure;
use crate::cli::reference_options::RulesOptions;
use crate::cli::values::RulesFormat;
use crate::cli::{Exit, Streams, input, rule_facts};
use crate::render::rules;

/// Prints the table of rules.
pub(super) fn run(
    options: &RulesOptions,
    variables: &[(String, String)],
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let all = rule_facts::all();
    let text = match options.format {
        RulesFormat::Table => rules::table(&all, input::columns(variables, streams.terminal.stdout, streams.terminal)),
        RulesFormat::Markdown => rules::markdown(&all),
        RulesFormat::Json => rules::json(&all).map_err(Failure::format("the list of rules"))?,
    };
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}
