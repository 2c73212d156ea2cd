//! Every flag, with the words that `--help` prints.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use super::means::MeansOptions;
use super::values::{
    AccountPlan, AclWords, Color, Destination, FailOn, FailOnChange, LimitClass, PlanFormat, ProvidersFormat,
    RulesFormat, destinations, limit, rules,
};
use crate::capability::{Domain, JumpHost, NodeAddress, RelayPorts};
use crate::providers;
use crate::rules::Rule;

/// Check and plan the `publish:` entries of containerlab topologies: which ports people outside may reach, and who they are.
#[derive(Debug, Parser)]
#[command(name = "publish-plan", version, propagate_version = true)]
pub(super) struct Arguments {
    /// Without one, what can be done next is said.
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Say what is wrong with the entries of topologies, each at its place
    Check(CheckOptions),
    /// Show what would be published, and who could reach it
    Plan(PlanOptions),
    /// Write the files that run the tunnels, and a topology that today's containerlab deploys
    Compile(CompileOptions),
    /// Write a publish-plan.toml with every setting in a comment
    Init(InitOptions),
    /// Print the page of a rule: what it finds, why, and what to write instead
    Explain(ExplainOptions),
    /// List the rules
    Rules(RulesOptions),
    /// Move entries into labels, which today's containerlab deploys, and remove tunnel nodes
    Migrate(MigrateOptions),
    /// Print the topology without what today's containerlab refuses
    Strip(StripOptions),
    /// Show what each provider can do
    Providers(ProvidersOptions),
    /// Print what makes a shell complete verbs, flags, rules, providers and formats
    Completions(CompletionsOptions),
    /// Print a manual page
    Man(ManOptions),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct CheckOptions {
    /// Topologies, folders to look through for *.clab.yml and *.clab.yaml, or `-` for standard input
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Exit with 1 from this severity on
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(super) fail_on: FailOn,
    /// Leave out what publish-plan.toml excludes also where it is named, as pre-commit names files
    #[arg(long)]
    pub(super) force_exclude: bool,
    /// Check the files that git tracks, even those that .gitignore names, and no others
    #[arg(long)]
    pub(super) tracked: bool,
    /// All files are of one account: count their sockets together
    #[arg(long)]
    pub(super) one_account: bool,
    /// Show at most this many findings of a file; the rest is counted
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) max_findings: usize,
    /// Check nothing; print the settings that hold for each file, and where each comes from
    #[arg(long)]
    pub(super) show_settings: bool,
    /// Say how many findings there are of each rule, instead of the findings
    #[arg(long, conflicts_with = "format")]
    pub(super) statistics: bool,
    /// How to report: human, concise, github, gitlab, json, junit or sarif; with =FILE into a file. Can be repeated
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = destinations(), hide_possible_values = true)]
    pub(super) format: Vec<Destination>,
    /// Leave the last line out
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Mend in the files what can be mended without changing what is published, except as the finding says
    #[arg(long, conflicts_with_all = ["statistics", "write_baseline", "show_settings"])]
    pub(super) fix: bool,
    /// Write nothing; show what --fix would change, and exit with 1 where that is anything
    #[arg(long, conflicts_with_all = ["fix", "statistics", "write_baseline", "show_settings"])]
    pub(super) diff: bool,
    /// With --fix or --diff: also what may change what is published
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    #[command(flatten)]
    pub(super) rules: ControlOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

/// What is wanted of rules.
#[derive(Debug, Args)]
pub(super) struct ControlOptions {
    /// Only these rules; once for each, or separated by commas
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) select: Vec<&'static Rule>,
    /// Count what these rules find without showing it
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) ignore: Vec<&'static Rule>,
    /// Show what these rules find as warnings
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) warn: Vec<&'static Rule>,
    /// Show what these rules find as errors; wins over --warn, as --ignore wins over both
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) error: Vec<&'static Rule>,
    /// Show only what is not in this file of earlier findings
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write what is found into this file, for --baseline, and show nothing of it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "statistics"])]
    pub(super) write_baseline: Option<PathBuf>,
    /// Show what comments in the files silence
    #[arg(long)]
    pub(super) no_ignores: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanOptions {
    /// A topology, or `-` for standard input; with `--format github-comment`, topologies and directories of a repository
    #[arg(value_name = "FILE", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// How to write the plan; `github-comment`, with `--against`: what a change to a repository opens, and for whom
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: PlanFormat,
    /// With `--format github-comment`: also write this file, with room for more than a comment
    #[arg(long, value_name = "FILE")]
    pub(super) summary: Option<PathBuf>,
    /// Show what changed for whom: against another topology, or this one in a revision of its repository
    #[arg(long, value_name = "REV|FILE")]
    pub(super) against: Option<String>,
    /// Exit with 1 if somebody gets in who did not, or something might lead elsewhere (`widened`), if a socket is newly reachable
    /// (`new`), or if anything changed (`any`)
    #[arg(long, value_name = "WHAT", requires = "against")]
    pub(super) fail_on: Option<FailOnChange>,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct CompileOptions {
    /// A topology
    #[arg(value_name = "FILE")]
    pub(super) path: PathBuf,
    /// Where to write; `<stem>.publish` beside the topology unless given
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) means: MeansOptions,
    /// Write nothing; exit with 1 where the files on disk are not what would be written
    #[arg(long)]
    pub(super) check: bool,
    /// Write nothing; show how the files on disk differ from what would be written
    #[arg(long)]
    pub(super) diff: bool,
    /// Write nothing; print the file of this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["check", "diff"])]
    pub(super) stdout: Option<String>,
    /// Overwrite files that were edited, or that something else wrote
    #[arg(long, conflicts_with_all = ["check", "diff", "stdout"])]
    pub(super) force: bool,
    /// Write also where a port or host name of the folder's plan.json would lead to another socket than before
    #[arg(long, conflicts_with_all = ["check", "diff", "stdout"])]
    pub(super) allow_port_changes: bool,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct MigrateOptions {
    /// A topology, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub(super) path: PathBuf,
    /// Write nothing; show what would change, and exit with 1 where that is anything
    #[arg(long)]
    pub(super) diff: bool,
    /// Put the result in the place of the file, instead of printing it
    #[arg(long, conflicts_with = "diff")]
    pub(super) in_place: bool,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct StripOptions {
    /// A topology, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct ExplainOptions {
    /// The rule's name, as findings show it
    #[arg(value_name = "RULE", value_parser = rules(), hide_possible_values = true)]
    pub(super) rule: &'static Rule,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

#[derive(Debug, Args)]
pub(super) struct InitOptions {
    /// Where to write it
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
    /// Write a small lab too, to try the program on
    #[arg(long)]
    pub(super) example: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsOptions {
    /// The shell that reads it
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManOptions {
    /// The verb that it is about; else the program
    #[arg(value_name = "VERB")]
    pub(super) verb: Option<String>,
    /// Write the pages of the program and of every verb into this folder
    #[arg(long, short, value_name = "DIR", conflicts_with = "verb")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RulesOptions {
    /// How to write the list
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(super) struct ProvidersOptions {
    /// All that is known of this one
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(providers::capabilities().iter().filter_map(|provider| provider.name)))]
    pub(super) name: Option<String>,
    /// For every socket of a topology, which provider could carry it, and with what loss of comfort
    #[arg(long = "for", value_name = "FILE")]
    pub(super) topology: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: ProvidersFormat,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct CommonOptions {
    /// The tunnel provider; else publish-plan.toml, else the topology's tunnel node says which
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(providers::capabilities().iter().filter_map(|provider| provider.name)))]
    pub(super) provider: Option<String>,
    /// What the words of an acl are; else policies in a topology with a border0 node, identities in any other
    #[arg(long, value_name = "READING")]
    pub(super) acl: Option<AclWords>,
    /// What the account may have, for example `tcp=20,http=50`
    #[arg(long, value_name = "CLASS=N,…", value_delimiter = ',', value_parser = limit)]
    pub(super) limit: Vec<(LimitClass, usize)>,
    /// What is paid for the account: it decides what the provider carries, and how much of it; free unless given
    #[arg(long, value_name = "PLAN")]
    pub(super) plan: Option<AccountPlan>,
    /// The ports where visitors come in, on the relay of ssh, frp or bore, or on tailscale's node; 20000-29999 unless given
    #[arg(long, value_name = "FIRST-LAST", value_parser = clap::value_parser!(RelayPorts))]
    pub(super) relay_ports: Option<RelayPorts>,
    /// Where there are more sockets than the account may have, publish only the SSH of this node, and reach the others through it
    #[arg(long, value_name = "NODE[:PORT]", value_parser = clap::value_parser!(JumpHost))]
    pub(super) jump_host: Option<JumpHost>,
    /// Reach them through the jump host in any case
    #[arg(long)]
    pub(super) fold: bool,
    /// The domain under which sockets have host names, with a provider that gives them
    #[arg(long, value_name = "DOMAIN", value_parser = clap::value_parser!(Domain))]
    pub(super) domain: Option<Domain>,
    /// The tailnet's own domain, with tailscale: the only domain that an acl may name
    #[arg(long, value_name = "DOMAIN", value_parser = clap::value_parser!(Domain))]
    pub(super) tailnet_domain: Option<Domain>,
    /// Where a node answers, if not under its container's name; for each node once
    #[arg(long, value_name = "NODE=ADDRESS", value_parser = clap::value_parser!(NodeAddress))]
    pub(super) address: Vec<NodeAddress>,
    /// Settings, also those of another user; else publish-plan.toml from the topology's folder up to the root of its repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Look for no publish-plan.toml
    #[arg(long)]
    pub(super) no_config: bool,
    /// Show information too
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Colours in findings
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
    /// Variables for `${…}` in topologies, one `NAME=value` a line; they win over the environment
    #[arg(long, value_name = "FILE")]
    pub(super) env_file: Vec<PathBuf>,
    /// Leave the environment out: only --env-file counts
    #[arg(long)]
    pub(super) no_env: bool,
    /// Refuse larger files, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    pub(super) max_size: u64,
    /// The name to show for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(super) stdin_filename: String,
}
