//! The commands and their own flags, with the words that `--help` prints. Fields are in the order in which `--help` lists them; a
//! heading is where its first flag is.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::client_settings::ClientOptions;
use super::compile_options::CompileOptions;
use super::examples;
use super::failure::Failure;
use super::flags::{
    AccountOptions, CLIENT, COMPARISON, CommonOptions, EntriesOptions, FIXES, INPUT, OUTPUT, RULES, StdinOptions,
    TopoOptions, TopologyOptions,
};
use super::open_options::{DownOptions, LogsOptions, PsOptions, StatusOptions, UpOptions, VerifyOptions, VisitOptions};
use super::reference_options::{CompletionsOptions, ExplainOptions, InitOptions, ManOptions, RulesOptions};
use super::setting_flags::{AclFlag, CheckFlags, SettingFlags};
use super::values::{
    Destination, FailOn, FailOnChange, MigrateTo, PlanFormat, ProvidersFormat, destinations, provider_names, rules,
};
use crate::rules::ListedRule;

/// Check, plan, and compile the `publish:` entries of containerlab topologies: which ports people outside may reach, and who those people are.
#[derive(Debug, Parser)]
#[command(name = "publish-plan", version, propagate_version = true, max_term_width = 80, after_help = examples::PROGRAM)]
pub(super) struct Arguments {
    /// If there is none, the program suggests what to run.
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// The flags of a command are put together when it is called: the others have hundreds. clap then takes a doc comment on a structure of
/// flags for the description of the command, so these have plain comments.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Verb {
    /// Check the publish entries of topologies
    #[command(after_help = examples::CHECK)]
    Check(CheckOptions),
    /// Show what would be published and who could reach it
    #[command(after_help = examples::PLAN)]
    Plan(PlanOptions),
    /// Generate the files that run the tunnels and a topology that current containerlab can deploy
    #[command(after_help = examples::COMPILE)]
    Compile(CompileOptions),
    /// Check and compile a lab, and open its tunnels
    #[command(after_help = examples::UP)]
    Up(UpOptions),
    /// Close the tunnels of a lab
    #[command(after_help = examples::DOWN)]
    Down(DownOptions),
    /// Show what is up of a lab, who may connect, and when it closes
    #[command(after_help = examples::STATUS)]
    Status(StatusOptions),
    /// Show how to connect to a socket, and who may
    #[command(after_help = examples::VISIT)]
    Visit(VisitOptions),
    /// Try the sockets of a lab as somebody outside would, and compare with the plan
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyOptions),
    /// Show the log of a lab's tunnel client
    #[command(after_help = examples::LOGS)]
    Logs(LogsOptions),
    /// List the labs that are open from this account
    #[command(after_help = examples::PS)]
    Ps(PsOptions),
    /// Print an invitation for one visitor: what to open, and how
    #[command(after_help = examples::INVITE)]
    Invite(InviteOptions),
    /// Create a settings file, an example lab, or an entries file
    #[command(after_help = examples::INIT)]
    Init(InitOptions),
    /// Explain a rule: what it finds, why, and what to write instead
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainOptions),
    /// List the rules
    #[command(after_help = examples::RULES)]
    Rules(RulesOptions),
    /// Run a language server for editors, over standard input and output
    #[command(after_help = examples::LSP)]
    Lsp(LspOptions),
    /// Move entries into labels, which current containerlab can deploy, and remove tunnel nodes
    #[command(after_help = examples::MIGRATE)]
    Migrate(MigrateOptions),
    /// Print the topology without the parts that current containerlab rejects
    #[command(after_help = examples::STRIP)]
    Strip(StripOptions),
    /// Show what each tunnel provider supports
    #[command(after_help = examples::PROVIDERS)]
    Providers(ProvidersOptions),
    /// Generate a shell completion script
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsOptions),
    /// Print a manual page, or write them all
    #[command(after_help = examples::MAN)]
    Man(ManOptions),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags, each on its own
pub(super) struct CheckOptions {
    /// Topologies and entries files, directories to search for *.clab.yml, *.clab.yaml, and *.publish.yml, or `-` for standard input
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Check the files that git tracks, even those that .gitignore names, and no others
    #[arg(long, help_heading = INPUT)]
    pub(super) tracked: bool,
    /// Apply `exclude` from publish-plan.toml even to files passed by name, as pre-commit passes them
    #[arg(long, help_heading = INPUT)]
    pub(super) force_exclude: bool,
    #[command(flatten)]
    pub(super) entries: EntriesOptions,
    #[command(flatten)]
    pub(super) stdin: StdinOptions,
    /// Report format: human, concise, github, gitlab, json, junit, or sarif; add =FILE to write it to a file. Can be repeated
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = destinations(), hide_possible_values = true, help_heading = OUTPUT)]
    pub(super) format: Vec<Destination>,
    /// Exit with code 1 on findings of this severity or higher
    #[arg(long, value_name = "SEVERITY", default_value = "error", help_heading = OUTPUT)]
    pub(super) fail_on: FailOn,
    /// Also show findings of severity info
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) verbose: bool,
    /// Omit the summary line
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) quiet: bool,
    /// Show at most this many findings per file; the rest are only counted
    #[arg(long, value_name = "N", default_value_t = 1000, help_heading = OUTPUT)]
    pub(super) max_findings: usize,
    /// Show the number of findings per rule instead of the findings
    #[arg(long, conflicts_with = "format", help_heading = OUTPUT)]
    pub(super) statistics: bool,
    /// Check nothing; print the settings that apply to each file and where each one comes from
    #[arg(long, help_heading = OUTPUT)]
    pub(super) show_settings: bool,
    /// Check again whenever a file changes, until you press Ctrl+C
    #[arg(long, conflicts_with_all = ["fix", "diff", "write_baseline", "show_settings"], help_heading = OUTPUT)]
    pub(super) watch: bool,
    #[command(flatten, next_help_heading = RULES)]
    pub(super) rules: ControlOptions,
    /// Apply safe fixes to the files; they change what is published only as the finding says
    #[arg(long, conflicts_with_all = ["statistics", "write_baseline", "show_settings"], help_heading = FIXES)]
    pub(super) fix: bool,
    /// Write nothing; show what --fix would change, and exit with code 1 if there is anything to change
    #[arg(long, conflicts_with_all = ["fix", "statistics", "write_baseline", "show_settings"], help_heading = FIXES)]
    pub(super) diff: bool,
    /// With --fix or --diff, include fixes that may change what is published
    #[arg(long, help_heading = FIXES)]
    pub(super) unsafe_fixes: bool,
    #[command(flatten)]
    pub(super) account: AccountOptions,
    #[command(flatten, next_help_heading = super::flags::ACCOUNT)]
    pub(super) settings: CheckFlags,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

impl CheckOptions {
    /// The flags that override settings, its own as well.
    pub(super) fn account(&self) -> AccountOptions {
        let settings = SettingFlags(self.settings.0.over(self.account.settings.0.clone()));
        AccountOptions { settings, ..self.account.clone() }
    }
}

#[derive(Debug, Args)]
pub(super) struct LspOptions {
    /// Accepted because many editors pass it; there is no other way
    #[arg(long, help_heading = INPUT)]
    stdio: bool,
    #[command(flatten)]
    pub(super) account: AccountOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

// Which findings are shown, and how severe they are.
#[derive(Debug, Default, Args)]
pub(super) struct ControlOptions {
    /// Show only these rules. Can be repeated, or separated by commas
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) select: Vec<&'static ListedRule>,
    /// Count the findings of these rules without showing them
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) ignore: Vec<&'static ListedRule>,
    /// Show the findings of these rules as warnings
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) warn: Vec<&'static ListedRule>,
    /// Show the findings of these rules as errors; overrides --warn, and --ignore overrides both
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules(), hide_possible_values = true)]
    pub(super) error: Vec<&'static ListedRule>,
    /// Show findings even if comments in the files ignore them
    #[arg(long)]
    pub(super) no_ignores: bool,
    /// Show only findings that are not in this baseline file
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write all findings to this file for --baseline instead of showing them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "statistics"])]
    pub(super) write_baseline: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct PlanOptions {
    /// Topology or entries file, or `-` for standard input; with `--format github-comment`, files and directories of a repository [default: the only *.clab.yml, *.clab.yaml, or *.publish.yml in the current directory]
    #[arg(id = "file", value_name = "FILE")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) topo: TopoOptions,
    #[command(flatten)]
    pub(super) entries: EntriesOptions,
    #[command(flatten)]
    pub(super) stdin: StdinOptions,
    /// Output format; svg, html, mermaid, and dot draw a map; `github-comment`, with `--against`, shows what a change to a repository opens, and for whom
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = OUTPUT)]
    pub(super) format: PlanFormat,
    /// With `--format github-comment`, also write a version that may be longer than a comment to this file
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) summary: Option<PathBuf>,
    /// Also show findings of severity info
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) verbose: bool,
    /// Show what changed, and for whom, compared with another topology or with a Git revision of this one
    #[arg(long, value_name = "REV|FILE", help_heading = COMPARISON)]
    pub(super) against: Option<String>,
    /// Exit with code 1 if more people get in, or a socket might lead somewhere else (`widened`), if a socket is newly reachable (`new`), or if anything changed (`any`)
    #[arg(long, value_name = "WHAT", requires = "against", help_heading = COMPARISON)]
    pub(super) fail_on: Option<FailOnChange>,
    #[command(flatten)]
    pub(super) account: AccountOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

impl PlanOptions {
    /// The topologies that were given, by either flag or argument.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.paths.iter().chain(&self.topo.topo).cloned().collect()
    }

    /// The same for a comment about a change, which is about what was given and nothing else.
    pub(super) fn paths_of_change(&self) -> Result<Vec<PathBuf>, Failure> {
        Some(self.paths()).filter(|paths| !paths.is_empty()).ok_or(Failure::CommentWithoutPath)
    }
}

#[derive(Debug, Args)]
#[command(mut_arg("file", |file| file.help("Topology or entries file [default: the only *.clab.yml, *.clab.yaml, or *.publish.yml in the current directory]")))]
pub(super) struct InviteOptions {
    #[command(flatten)]
    pub(super) topology: TopologyOptions,
    #[command(flatten)]
    pub(super) entries: EntriesOptions,
    #[command(flatten)]
    pub(super) stdin: StdinOptions,
    /// Email address of the visitor
    #[arg(long = "for", value_name = "ADDRESS")]
    pub(super) visitor: String,
    /// Until when the lab is open, in words for the mail: `Friday, 6 pm`
    #[arg(long, value_name = "WORDS")]
    pub(super) until: Option<String>,
    #[command(flatten)]
    pub(super) account: AccountOptions,
    #[command(flatten, next_help_heading = CLIENT)]
    pub(super) client_settings: ClientOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct MigrateOptions {
    #[command(flatten)]
    pub(super) topology: TopologyOptions,
    #[command(flatten)]
    pub(super) stdin: StdinOptions,
    #[command(flatten, next_help_heading = INPUT)]
    pub(super) acl: AclFlag,
    /// Where to move the entries
    #[arg(long, value_enum, default_value_t = MigrateTo::Labels, help_heading = OUTPUT)]
    pub(super) to: MigrateTo,
    /// Write nothing; show what would change, and exit with code 1 if there is anything to change
    #[arg(long, help_heading = OUTPUT)]
    pub(super) diff: bool,
    /// Write the files instead of printing the result
    #[arg(long, conflicts_with = "diff", help_heading = OUTPUT)]
    pub(super) in_place: bool,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

#[derive(Debug, Args)]
pub(super) struct StripOptions {
    #[command(flatten)]
    pub(super) topology: TopologyOptions,
    #[command(flatten)]
    pub(super) stdin: StdinOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}

// All but the name and the format is about a topology, so it needs `--for`.
#[derive(Debug, Args)]
#[command(
    mut_arg("address", |flag| flag.requires("topology")),
    mut_group("PlanFlags", |flags| flags.requires("topology")),
    mut_group("CommonOptions", |flags| flags.requires("topology")),
    mut_group("StdinOptions", |flags| flags.requires("topology")),
)]
pub(super) struct ProvidersOptions {
    /// Show everything about this provider
    #[arg(value_name = "NAME", value_parser = provider_names())]
    pub(super) name: Option<String>,
    /// Show which providers could carry each socket of this topology, and with what limitations; `-` for standard input
    #[arg(long = "for", value_name = "FILE", help_heading = INPUT)]
    pub(super) topology: Option<PathBuf>,
    #[command(flatten)]
    pub(super) entries: EntriesOptions,
    #[command(flatten)]
    pub(super) stdin: StdinOptions,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = OUTPUT)]
    pub(super) format: ProvidersFormat,
    /// Also show findings of severity info
    #[arg(long, short, requires = "topology", help_heading = OUTPUT)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) account: AccountOptions,
    #[command(flatten)]
    pub(super) common: CommonOptions,
}
