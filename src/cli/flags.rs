//! Flags that several commands share, and the headings that `--help` groups flags under.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::input::Input;
use super::lab::{FileReader, Lab};
use super::setting_flags::PlanFlags;
use super::settings::EffectiveSettings;
use super::values::Color;
use super::{Streams, input, topology_here};
use crate::pipeline::NamedFile;
use crate::provider::NodeAddress;

/// What is read.
pub(super) const INPUT: &str = "Input";
/// What is written or shown, and what the exit code says.
pub(super) const OUTPUT: &str = "Output";
/// Which findings are shown, and how severe they are.
pub(super) const RULES: &str = "Rules";
/// Changes to the checked files.
pub(super) const FIXES: &str = "Fixes";
/// What a plan is compared with.
pub(super) const COMPARISON: &str = "Comparison";
/// The provider and what the account allows.
pub(super) const ACCOUNT: &str = "Provider and account";
/// Relays, secrets, and ids that the tunnel client uses.
pub(super) const CLIENT: &str = "Tunnel client";
/// publish-plan.toml and variables.
pub(super) const SETTINGS: &str = "Settings and environment";

/// The largest file that is read, in bytes, if `--max-size` is not given.
pub(super) const USUAL_MAX_SIZE: u64 = 64 * 1024 * 1024;

// The flags of every command that reads a topology.
#[derive(Debug, Args)]
pub(super) struct CommonOptions {
    /// Reject files larger than this, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = USUAL_MAX_SIZE, help_heading = INPUT)]
    pub(super) max_size: u64,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub(super) color: Color,
    /// Settings file, even if another user owns it [default: publish-plan.toml in the topology's directory or above, up to the root of its repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", help_heading = SETTINGS)]
    pub(super) config: Option<PathBuf>,
    /// Do not look for a publish-plan.toml
    #[arg(long, help_heading = SETTINGS)]
    pub(super) no_config: bool,
    /// File with variables for `${…}` in topologies, one `NAME=value` per line; overrides the environment. Can be repeated
    #[arg(long, value_name = "FILE", help_heading = SETTINGS)]
    pub(super) env_file: Vec<PathBuf>,
    /// Ignore the environment; use only --env-file
    #[arg(long, help_heading = SETTINGS)]
    pub(super) no_env: bool,
}

/// The name of standard input if nobody gives it one.
pub(super) const UNNAMED: &str = "<stdin>";

// The flag of commands that accept `-` for standard input.
#[derive(Debug, Default, Args)]
pub(super) struct StdinOptions {
    /// Name to show for standard input
    #[arg(long = "stdin-filename", value_name = "NAME", default_value = UNNAMED, help_heading = INPUT)]
    pub(super) shown: String,
}

// The flags of commands that decide what can be published: the provider, the account, and how nodes are reached.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = ACCOUNT)]
pub(super) struct AccountOptions {
    #[command(flatten)]
    pub(super) settings: PlanFlags,
    /// Address of a node that cannot be reached by its container name. Can be repeated
    #[arg(long, value_name = "NODE=ADDRESS", value_parser = clap::value_parser!(NodeAddress))]
    pub(super) address: Vec<NodeAddress>,
}

// The flag of commands that plan one lab.
#[derive(Debug, Default, Args)]
pub(super) struct EntriesOptions {
    /// File with the entries of a topology that itself stays as it is [default: `<stem>.publish.yml` next to the topology]
    #[arg(id = "entries", long = "entries", value_name = "FILE", help_heading = INPUT)]
    pub(super) file: Option<PathBuf>,
}

impl EntriesOptions {
    /// The entries file, if one was given: settings are those that apply to it.
    pub(super) fn input(&self) -> Option<Input> {
        self.file.as_deref().map(|entries| Input::File(input::named(entries)))
    }

    /// The lab of a file, with these entries if they were given.
    pub(super) fn lab(
        &self,
        path: Option<&Path>,
        file: NamedFile,
        wanted: &EffectiveSettings,
        reader: &dyn FileReader,
    ) -> Result<Lab, Failure> {
        match &self.file {
            Some(entries) => Lab::with(path, file, Some(&input::named(entries)), reader),
            None => Lab::of(path, file, wanted, reader),
        }
    }
}

// The one topology that a command reads.
#[derive(Debug, Args)]
pub(super) struct TopologyOptions {
    /// Topology file, or `-` for standard input [default: the only *.clab.yml or *.clab.yaml in the current directory]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    topo: TopoOptions,
}

// containerlab's flag for the topology.
#[derive(Debug, Args)]
pub(super) struct TopoOptions {
    /// Topology file; the same flag as in containerlab
    #[arg(long, short = 't', value_name = "FILE", conflicts_with = "file", help_heading = INPUT)]
    pub(super) topo: Option<PathBuf>,
}

impl TopologyOptions {
    /// The path that was given, if one was.
    pub(super) fn given(&self) -> Option<&Path> {
        self.file.as_deref().or(self.topo.topo.as_deref())
    }

    /// The path of the topology: as given, otherwise the only one in the current directory.
    ///
    /// # Errors
    /// If none is given and the current directory has none or several.
    pub(super) fn path(&self, streams: &mut Streams<'_>) -> Result<PathBuf, Failure> {
        match self.given() {
            Some(path) => Ok(path.to_owned()),
            None => topology_here::only(streams),
        }
    }
}
