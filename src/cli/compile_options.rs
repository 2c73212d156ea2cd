//! The flags of `compile`, most of which `up` has too, with the words that `--help` prints.

use std::path::PathBuf;

use clap::Args;

use super::client_settings::ClientOptions;
use super::flags::{AccountOptions, CLIENT, CommonOptions, EntriesOptions, OUTPUT, TopologyOptions};

// One lab, and how its files are generated.
#[derive(Debug, Args)]
#[command(mut_arg("file", |file| file.help("Topology or entries file [default: the only *.clab.yml, *.clab.yaml, or *.publish.yml in the current directory]")))]
pub(super) struct LabOptions {
    #[command(flatten)]
    pub(super) topology: TopologyOptions,
    #[command(flatten)]
    pub(super) entries: EntriesOptions,
    /// Output directory [default: `<stem>.publish` next to the topology, or to the entries file]
    #[arg(long, short, value_name = "DIR", help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,
    /// Overwrite files that were edited or that publish-plan did not write
    #[arg(long, help_heading = OUTPUT)]
    pub(super) force: bool,
    /// Write even if a port or hostname in the directory's plan.json would now lead to another socket
    #[arg(long, help_heading = OUTPUT)]
    pub(super) allow_port_changes: bool,
    /// Also show findings of severity info
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) account: AccountOptions,
    #[command(flatten, next_help_heading = CLIENT)]
    pub(super) client_settings: ClientOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct CompileOptions {
    #[command(flatten)]
    pub(super) lab: LabOptions,
    /// Write nothing; exit with code 1 if the files on disk differ from what would be written
    #[arg(long, conflicts_with_all = ["force", "allow_port_changes"], help_heading = OUTPUT)]
    pub(super) check: bool,
    /// Write nothing; show how the files on disk differ from what would be written
    #[arg(long, conflicts_with_all = ["force", "allow_port_changes"], help_heading = OUTPUT)]
    pub(super) diff: bool,
    /// Write nothing; print the generated file with this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["check", "diff", "force", "allow_port_changes"], help_heading = OUTPUT)]
    pub(super) stdout: Option<String>,
}

/// What is done with the files that `compile` generates.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'o> {
    Write,
    /// Somebody else looks at them.
    Look,
    /// They are compared with those on disk; as diffs if it is true.
    Compare(bool),
    /// The one of this name is printed.
    Print(&'o str),
}

impl CompileOptions {
    pub(super) fn purpose(&self) -> Purpose<'_> {
        match &self.stdout {
            Some(name) => Purpose::Print(name),
            None if self.check || self.diff => Purpose::Compare(self.diff),
            None => Purpose::Write,
        }
    }
}
