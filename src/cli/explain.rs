//! `publish-plan explain RULE`: the rule's page, through a pager on a terminal.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::failure::Failure;
use super::options::ExplainOptions;
use super::{Exit, Streams, input, rules};
use crate::report::page;

/// What pages where `PAGER` says nothing; it ends by itself when the page fits the screen.
const PAGER: &str = "less -FRX";

/// Prints the page.
pub(super) fn run(
    options: &ExplainOptions,
    variables: &[(String, String)],
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let rule = options.rule;
    let mut text = rule.page.to_owned();
    let _ = writeln!(text, "\n{}", rules::url(rule));
    if input::is_colored(options.color, variables, streams.terminal.stdout) {
        text = page::colored(&text);
    }
    if streams.terminal.stdout && is_paged(&text, variables) {
        return Ok(Exit::Clean);
    }
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// Whether a pager took the text.
fn is_paged(text: &str, variables: &[(String, String)]) -> bool {
    let pager = variables.iter().find(|(name, _)| name == "PAGER").map_or(PAGER, |(_, pager)| pager.as_str());
    let words = shlex::split(pager).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else { return false };
    let Ok(mut child) = Command::new(program).args(arguments).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever leaves the pager early has read enough.
        let _ = stdin.write_all(text.as_bytes());
    }
    // Shown is shown, however the pager ends.
    let _ = child.wait();
    true
}
