//! `publish-plan explain RULE`: prints the page of a rule, through a pager on a terminal.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::cli::failure::Failure;
use crate::cli::reference_options::ExplainOptions;
use crate::cli::{Exit, Streams, input, rule_facts};
use crate::render::page;

/// The pager if `PAGER` is not set. It exits by itself if the page fits the screen.
const PAGER: &str = "less -FRX";

/// Prints the page of the rule.
pub(super) fn run(
    options: &ExplainOptions,
    variables: &[(String, String)],
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let rule = options.rule;
    let mut text = rule.page.to_owned();
    let _ = writeln!(text, "\n{}", rule_facts::of(rule).url);
    if let Some(columns) = input::columns(variables, streams.terminal.stdout, streams.terminal) {
        text = page::filled(&text, columns);
    }
    if input::is_colored(options.color, variables, streams.terminal.stdout) {
        text = page::colored(&text);
    }
    if streams.terminal.stdout && is_paged(&text, variables) {
        return Ok(Exit::Clean);
    }
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// Shows the text in the user's pager. Returns false if there is none that starts.
fn is_paged(text: &str, variables: &[(String, String)]) -> bool {
    let pager = variables.iter().find(|(name, _)| name == "PAGER").map_or(PAGER, |(_, pager)| pager.as_str());
    let words = shlex::split(pager).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else { return false };
    let Ok(mut child) = Command::new(program).args(arguments).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        // The user may quit the pager before it has read everything.
        let _ = stdin.write_all(text.as_bytes());
    }
    // The text was shown, whatever the pager's exit code is.
    let _ = child.wait();
    true
}
