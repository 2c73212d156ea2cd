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

/// Check, plan, and compile the `publish:` entries of containerlab topologies: which ports people outside may reach, and who those people are.
#[derive(Debug, Parser)]
#[command(name = "publish-plan", version, propagate_version = true)]
pub(super) struct Arguments {
    /// Without one, what can be done next is said.
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Check the publish entries of topologies
    Check(CheckOptions),
    /// Show what would be published and who could reach it
    Plan(PlanOptions),
    /// Generate the files that run the tunnels and a topology that current containerlab can deploy
    Compile(CompileOptions),
    /// Create a publish-plan.toml with every setting commented out
    Init(InitOptions),
    /// Explain a rule: what it finds, why, and what to write instead
    Explain(ExplainOptions),
    /// List the rules
    Rules(RulesOptions),
    /// Move entries into labels, which current containerlab can deploy, and remove tunnel nodes
    Migrate(MigrateOptions),
    /// Print the topology without the parts that current containerlab rejects
    Strip(StripOptions),
    /// Show what each tunnel provider supports
    Providers(ProvidersOptions),
    /// Generate a shell completion script
    Completions(CompletionsOptions),
    /// Print a manual page, or write them all
    Man(ManOptions),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct CheckOptions {
    /// Topology files, directories to search for *.clab.yml and *.clab.yaml, or `-` for standard input
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Exit with code 1 on findings of this severity or higher
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(super) fail_on: FailOn,
    /// Apply `exclude` from publish-plan.toml even to files passed by name, as pre-commit passes them
    #[arg(long)]
    pub(super) force_exclude: bool,
    /// Check the files that git tracks, even those that .gitignore names, and no others
    #[arg(long)]
    pub(super) tracked: bool,
    /// Count the sockets of all files together, as one account
    #[arg(long)]
    pub(super) one_account: bool,
    /// Show at most this many findings per file; the rest are only counted
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) max_findings: usize,
    /// Check nothing; print the settings that apply to each file and where each one comes from
    #[arg(long)]
    pub(super) show_settings: bool,
    /// Show the number of findings per rule instead of the findings
    #[arg(long, conflicts_with = "format")]
    pub(super) statistics: bool,
    /// Report format: human, concise, github, gitlab, json, junit, or sarif; add =FILE to write it to a file. Can be repeated
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = destinations(), hide_possible_values = true)]
    pub(super) format: Vec<Destination>,
    /// Omit the summary line
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Apply safe fixes to the files; they change what is published only as the finding says
    #[arg(long, conflicts_with_all = ["statistics", "write_baseline", "show_settings"])]
    pub(super) fix: bool,
    /// Write nothing; show what --fix would change, and exit with code 1 if there is anything to change
    #[arg(long, conflicts_with_all = ["fix", "statistics", "write_baseline", "show_settings"])]
    pub(super) diff: bool,
    /// With --fix or --diff, include fixes that may change what is published
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
    /// Show only these rules. Can be repeated, or separated by commas
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) select: Vec<&'static Rule>,
    /// Count the findings of these rules without showing them
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) ignore: Vec<&'static Rule>,
    /// Show the findings of these rules as warnings
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) warn: Vec<&'static Rule>,
    /// Show the findings of these rules as errors; overrides --warn, and --ignore overrides both
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) error: Vec<&'static Rule>,
    /// Show only findings that are not in this baseline file
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write all findings to this file for --baseline instead of showing them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "statistics"])]
    pub(super) write_baseline: Option<PathBuf>,
    /// Show findings even if comments in the files ignore them
    #[arg(long)]
    pub(super) no_ignores: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanOptions {
    /// Topology file, or `-` for standard input; with `--format github-comment`, topologies and directories of a repository
    #[arg(value_name = "FILE", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Output format; `github-comment`, with `--against`: what a change to a repository opens, and for whom
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: PlanFormat,
    /// With `--format github-comment`: also write this file, with room for more than a comment
    #[arg(long, value_name = "FILE")]
    pub(super) summary: Option<PathBuf>,
    /// Show what changed, and for whom, compared with another topology or with a Git revision of this one
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
    /// Topology file
    #[arg(value_name = "FILE")]
    pub(super) path: PathBuf,
    /// Output directory [default: `<stem>.publish` next to the topology]
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) means: MeansOptions,
    /// Write nothing; exit with code 1 if the files on disk differ from what would be written
    #[arg(long)]
    pub(super) check: bool,
    /// Write nothing; show how the files on disk differ from what would be written
    #[arg(long)]
    pub(super) diff: bool,
    /// Write nothing; print the generated file with this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["check", "diff"])]
    pub(super) stdout: Option<String>,
    /// Overwrite files that were edited or that publish-plan did not write
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
    /// Topology file, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub(super) path: PathBuf,
    /// Write nothing; show what would change, and exit with code 1 if there is anything to change
    #[arg(long)]
    pub(super) diff: bool,
    /// Overwrite the file instead of printing the result
    #[arg(long, conflicts_with = "diff")]
    pub(super) in_place: bool,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct StripOptions {
    /// Topology file, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct ExplainOptions {
    /// Rule name, as shown in findings
    #[arg(value_name = "RULE", value_parser = rules(), hide_possible_values = true)]
    pub(super) rule: &'static Rule,
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

#[derive(Debug, Args)]
pub(super) struct ProvidersOptions {
    /// Show everything about this provider
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(providers::capabilities().iter().filter_map(|provider| provider.name)))]
    pub(super) name: Option<String>,
    /// Show which providers could carry each socket of this topology, and with what limitations
    #[arg(long = "for", value_name = "FILE")]
    pub(super) topology: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: ProvidersFormat,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct CommonOptions {
    /// Tunnel provider [default: from publish-plan.toml, otherwise from the topology's tunnel node]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(providers::capabilities().iter().filter_map(|provider| provider.name)))]
    pub(super) provider: Option<String>,
    /// How to read the items of an acl, the access list (who may connect) [default: policies if the topology has a border0 node, otherwise identities]
    #[arg(long, value_name = "READING")]
    pub(super) acl: Option<AclWords>,
    /// Number of sockets the account allows, for example `tcp=20,http=50`
    #[arg(long, value_name = "CLASS=N,…", value_delimiter = ',', value_parser = limit)]
    pub(super) limit: Vec<(LimitClass, usize)>,
    /// Account tier (`--tier`): decides which types and how many sockets the provider carries [default: free]
    #[arg(long, value_name = "PLAN")]
    pub(super) plan: Option<AccountPlan>,
    /// The ports where visitors come in, on the relay of ssh, frp or bore, or on tailscale's node; [default: 20000-29999]
    #[arg(long, value_name = "FIRST-LAST", value_parser = clap::value_parser!(RelayPorts))]
    pub(super) relay_ports: Option<RelayPorts>,
    /// If there are more sockets than the account allows, publish only this node's SSH port and reach the other nodes through it
    #[arg(long, value_name = "NODE[:PORT]", value_parser = clap::value_parser!(JumpHost))]
    pub(super) jump_host: Option<JumpHost>,
    /// Always reach the other nodes through the jump host
    #[arg(long)]
    pub(super) fold: bool,
    /// Domain for the hostnames of sockets, with providers that use hostnames
    #[arg(long, value_name = "DOMAIN", value_parser = clap::value_parser!(Domain))]
    pub(super) domain: Option<Domain>,
    /// The tailnet's own domain, with tailscale: the only domain that an acl may name
    #[arg(long, value_name = "DOMAIN", value_parser = clap::value_parser!(Domain))]
    pub(super) tailnet_domain: Option<Domain>,
    /// Address of a node that cannot be reached by its container name. Repeat for each node
    #[arg(long, value_name = "NODE=ADDRESS", value_parser = clap::value_parser!(NodeAddress))]
    pub(super) address: Vec<NodeAddress>,
    /// Settings, also those of another user; else publish-plan.toml from the topology's folder up to the root of its repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Do not look for a publish-plan.toml
    #[arg(long)]
    pub(super) no_config: bool,
    /// Also show findings of severity info
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// When to use color in findings
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
    /// File with variables for `${…}` in topologies, one `NAME=value` per line; overrides the environment
    #[arg(long, value_name = "FILE")]
    pub(super) env_file: Vec<PathBuf>,
    /// Ignore the environment; use only --env-file
    #[arg(long)]
    pub(super) no_env: bool,
    /// Reject files larger than this, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    pub(super) max_size: u64,
    /// Name to show for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(super) stdin_filename: String,
}
