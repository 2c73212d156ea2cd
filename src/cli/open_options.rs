//! The flags of `up`, and of the commands for what it opened, with the words that `--help` prints.

use std::path::PathBuf;

use clap::Args;

use super::compile_options::LabOptions;
use super::flags::{CommonOptions, EntriesOptions, INPUT, OUTPUT, TopologyOptions};
use super::values::provider_names;

// Of a lab with several providers.
#[derive(Debug, Args)]
pub(super) struct OnlyOptions {
    /// Only the sockets of this provider, if the lab has several; can be repeated
    #[arg(long = "only", value_name = "PROVIDER", value_parser = provider_names())]
    pub(super) providers: Vec<String>,
}

impl OnlyOptions {
    /// The arguments of a script with the same meaning.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().flat_map(|provider| ["--only", provider])
    }
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct UpOptions {
    /// Open without asking, even if more people get in than now
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Close the tunnels after this time: 90m, 4h, 2d, or 1h30m
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub(super) time: Option<String>,
    /// Run the tunnel client in a container, not on this host
    #[arg(long)]
    pub(super) compose: bool,
    /// Then try the sockets like `verify`, and close everything if one is open wider than planned
    #[arg(long)]
    pub(super) verify: bool,
    /// Deploy the lab first, with the containerlab that is on PATH
    #[arg(long)]
    pub(super) deploy: bool,
    #[command(flatten)]
    pub(super) only: OnlyOptions,
    #[command(flatten)]
    pub(super) lab: LabOptions,
}

/// A time as publish.sh reads it: each of the units d, h, m, and s at most once, the largest first.
fn time(text: &str) -> Result<String, String> {
    let expected = || "expected a time such as 90m, 4h, 2d, or 1h30m".to_owned();
    let (mut units, mut digits, mut sum) = ("dhms".chars(), 0, 0_u64);
    for letter in text.chars() {
        if let Some(digit) = letter.to_digit(10) {
            (digits, sum) = (digits + 1, sum + u64::from(digit));
        } else if digits > 0 && units.any(|unit| unit == letter) {
            digits = 0;
        } else {
            return Err(expected());
        }
    }
    // A number without a unit, or only zeros.
    if digits > 0 || sum == 0 { Err(expected()) } else { Ok(text.to_owned()) }
}

// A lab that was compiled before.
#[derive(Debug, Args)]
pub(super) struct CompiledOptions {
    #[command(flatten)]
    pub(super) entries: EntriesOptions,
    /// Directory of the generated files [default: `<stem>.publish` next to the topology, or to the entries file]
    #[arg(long, short, value_name = "DIR", help_heading = INPUT)]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) only: OnlyOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
#[command(mut_arg("file", |file| file.help("Topology or entries file, or a directory with one [default: the current directory]")))]
pub(super) struct DownOptions {
    #[command(flatten)]
    pub(super) topology: TopologyOptions,
    #[command(flatten)]
    pub(super) compiled: CompiledOptions,
}

#[derive(Debug, Args)]
#[command(mut_arg("file", |file| file.help("Topology or entries file, or a directory with one [default: the current directory]")))]
pub(super) struct StatusOptions {
    #[command(flatten)]
    pub(super) topology: TopologyOptions,
    /// Print it as JSON
    #[arg(long, help_heading = OUTPUT)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) compiled: CompiledOptions,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct VerifyOptions {
    /// Also try the sockets as this person, with `--key`, `--cookie`, or both
    #[arg(long = "as", value_name = "ADDRESS")]
    pub(super) person: Option<String>,
    /// The person's ssh key; its certificate is next to it, as FILE-cert.pub
    #[arg(long, value_name = "FILE", requires = "person")]
    pub(super) key: Option<PathBuf>,
    /// A file with a session of the person at the pages: NAME=VALUE, as a browser shows the cookie
    #[arg(long, value_name = "FILE", requires = "person")]
    pub(super) cookie: Option<PathBuf>,
    /// Remember what answers now; each later verification compares with it
    #[arg(long)]
    pub(super) trust: bool,
    /// Remember it in this file [default: in `$XDG_STATE_HOME/publish-plan-verified`, or below ~/.local/state]
    #[arg(long, value_name = "FILE")]
    pub(super) marks: Option<PathBuf>,
    /// Trust the certificates of this authority, in PEM
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, help_heading = OUTPUT, conflicts_with = "junit")]
    pub(super) json: bool,
    /// Print the result as XML for CI servers, like `check --format junit`
    #[arg(long, help_heading = OUTPUT)]
    pub(super) junit: bool,
    #[command(flatten)]
    pub(super) only: OnlyOptions,
    #[command(flatten)]
    pub(super) lab: LabOptions,
}

#[derive(Debug, Args)]
pub(super) struct VisitOptions {
    /// Topology or entries file, or a directory with one [default: the current directory], and then the socket: a node, NODE:PORT, or a socket's name
    #[arg(value_name = "[FILE] SOCKET", num_args = 1..=2, required = true)]
    pub(super) words: Vec<String>,
    #[command(flatten)]
    pub(super) compiled: CompiledOptions,
}

#[derive(Debug, Args)]
pub(super) struct LogsOptions {
    /// Topology or entries file, or a directory with one [default: the current directory], and a socket, for only its lines
    #[arg(value_name = "[FILE] [SOCKET]", num_args = 0..=2)]
    pub(super) words: Vec<String>,
    /// Keep printing new lines
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) follow: bool,
    #[command(flatten)]
    pub(super) compiled: CompiledOptions,
}

#[derive(Debug, Args)]
pub(super) struct PsOptions {
    /// Print it as JSON
    #[arg(long)]
    pub(super) json: bool,
}
