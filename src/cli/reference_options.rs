//! The flags of commands that read no topology, with the words that `--help` prints.

use std::path::PathBuf;

use clap::Args;

use super::values::{Color, RulesFormat, rules};
use crate::rules::ListedRule;

#[derive(Debug, Args)]
pub(super) struct ExplainOptions {
    /// Rule name, as shown in findings
    #[arg(value_name = "RULE", value_parser = rules(), hide_possible_values = true)]
    pub(super) rule: &'static ListedRule,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

#[derive(Debug, Args)]
pub(super) struct InitOptions {
    /// Directory to write it to
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
    /// Also write a small example lab
    #[arg(long)]
    pub(super) example: bool,
    /// Write an entries file for this topology instead: its nodes, and what probably listens on them; nothing is published yet
    #[arg(long, value_name = "TOPOLOGY", conflicts_with = "example")]
    pub(super) entries: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsOptions {
    /// Shell to generate the script for
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManOptions {
    /// Command to describe [default: publish-plan itself]
    #[arg(value_name = "COMMAND")]
    pub(super) verb: Option<String>,
    /// Write the pages of publish-plan and of every command to this directory
    #[arg(long, short, value_name = "DIR", conflicts_with = "verb")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RulesOptions {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: RulesFormat,
}
