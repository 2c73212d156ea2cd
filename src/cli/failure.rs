use std::io::{self, Write};
use std::path::PathBuf;

use crate::base::{did_you_mean, whole};
use crate::emit::{ReplaceError, WriteError};
use crate::providers::Refusal;
use crate::text::EnvironmentFileError;

/// Why a run failed (exit code 2). It is never about the user's topology; that would be a finding.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("cannot read `{}`: {}", whole(.name), reason(.error))]
    Unreadable { name: String, error: io::Error },
    #[error("`{}` was not read: it is a symbolic link to `{}`, which is hidden or outside of `{}`; pass that file by its own path to read it", whole(.name), whole(.target), whole(.folder))]
    LeadsOut { name: String, target: String, folder: String },
    #[error("`{}` is larger than {most} bytes; raise the limit with `--max-size`", whole(.name))]
    TooLarge { name: String, most: u64 },
    #[error("no topology found in `{}` (searched for *.clab.yml, *.clab.yaml, and *.publish.yml); pass other files by name", whole(.folder))]
    NoTopology { folder: String },
    #[error(
        "no topology found in the current directory (searched for *.clab.yml, *.clab.yaml, and *.publish.yml, but not in subdirectories); pass a file by name"
    )]
    NoTopologyHere,
    #[error("no topology found in `{}` (searched for *.clab.yml, *.clab.yaml, and *.publish.yml, but not in subdirectories); pass a file by name", whole(.folder))]
    NoTopologyIn { folder: String },
    #[error("cannot watch files: {error}")]
    NotWatched { error: notify::Error },
    #[error("`--watch` needs files or directories; standard input is read once")]
    WatchesStdin,
    #[error("cannot run {}: {}", whole(.program), reason(.error))]
    NotStarted { program: String, error: io::Error },
    #[error("the directory has several topologies; pass one of them: {}", several(.names))]
    SeveralTopologies { names: Vec<String> },
    #[error("`{}` is not a containerlab topology: no top-level `topology:`", whole(.name))]
    NotATopology { name: String },
    #[error("`{0}` cannot be read as a topology; `publish-plan check {0}` says what is wrong", whole(.name))]
    NotReadAsTopology { name: String },
    #[error("cannot use `{}` as an environment file: {error}", whole(.name))]
    EnvironmentFile { name: String, error: EnvironmentFileError },
    #[error("{report}publish-plan: invalid settings file `{}`", whole(.name))]
    Config { report: String, name: String },
    #[error("cannot use `{}`: `{}` belongs to user {owner}, not to you (user {user}) or root; read it, then pass it with `--config`, or ignore it with `--no-config`", whole(.file), whole(.path))]
    #[cfg_attr(not(unix), allow(dead_code, reason = "owners are known on Unix only"))]
    SettingsOfAnother { file: String, path: String, owner: u32, user: u32 },
    #[error("cannot use `{}`: it is a symbolic link to `{}`, which is hidden or outside of `{}`; read that file, then pass it with `--config`, or ignore it with `--no-config`", whole(.file), whole(.target), whole(.folder))]
    SettingsElsewhere { file: String, target: String, folder: String },
    #[error("cannot use the entries in `{}`: the file belongs to user {owner}, not to you (user {user}), root, or the owner of the topology; read it, then pass it with `--entries`", whole(.name))]
    #[cfg_attr(not(unix), allow(dead_code, reason = "owners are known on Unix only"))]
    EntriesOfAnother { name: String, owner: u32, user: u32 },
    #[error("`--entries` is for one topology; pass that alone")]
    EntriesOfSeveral,
    #[error("`{}` is an entries file; pass its topology", whole(.name))]
    EntriesFile { name: String },
    #[error("nothing was written: `{}` already exists; move the lists of the topology there by hand", whole(.name))]
    EntriesThere { name: String },
    #[error("`{}` is not used: `entries` in publish-plan.toml lists it, but it is hidden or outside of `{}`; pass it with `--entries`", whole(.name), whole(.folder))]
    ListedOutside { name: String, folder: String },
    #[error("`{}` is not used: `entries` in publish-plan.toml lists it, but it is not an entries file; its name does not end in `.publish.yml`, and it has no `topology:`", whole(.name))]
    NotEntries { name: String },
    #[error("a topology has one entries file, not {}; remove one of them, or pass one with `--entries`", several(.names))]
    SeveralEntries { names: Vec<String> },
    #[error("invalid `exclude` patterns in `{}`: {}", whole(.name), whole(.reason))]
    Exclude { name: String, reason: String },
    #[error("cannot use `{}` as a baseline: {}; create one with `--write-baseline`", whole(.name), whole(.reason))]
    Baseline { name: String, reason: String },
    #[error("nothing was written: `{}` exists and is not a baseline", whole(.name))]
    NoBaseline { name: String },
    #[error("cannot write `{}`: {}", whole(.name), reason(.error))]
    Unwritable { name: String, error: io::Error },
    #[error("`compile` needs a topology file, because the generated files are named after it")]
    NotAFile,
    #[error("`{}` cannot be compiled: its file name is not UTF-8, and the generated files are named after it; rename it", whole(.name))]
    NameNotUtf8 { name: String },
    #[error("rename `{}`: containerlab would mistake the copy to deploy for another topology", whole(.name))]
    DeployName { name: String },
    #[error("nothing to compile: `{}` publishes nothing", whole(.name))]
    NothingPublished { name: String },
    #[error("{}", no_provider(.could))]
    NoProvider { could: Vec<&'static str> },
    #[error("this lab has no provider `{name}`, so `--only` would have no effect; expected one of {}", .names.join(", "))]
    NotAProviderOfTheLab { name: String, names: Vec<&'static str> },
    #[error("no socket is planned on node `{}`, so `--address` would have no effect", whole(.node))]
    NoSuchNode { node: String },
    #[error("`{0}` is a file here and looks like a flag; for the file, put `--` before file names or write `./{0}`; for the flag, rename the file", whole(.name))]
    FlagAndFile { name: String },
    #[error("`{old}` is the old name of `{new}`; use only `{new}`")]
    BothNames { old: &'static str, new: &'static str },
    #[error("unknown command `{}`; {}run `publish-plan --help` for a list", whole(.verb), perhaps(.guess.as_deref()))]
    NoVerb { verb: String, guess: Option<String> },
    #[error("folding needs a jump host: use `--jump-host NODE`, or set `jump-host` in publish-plan.toml")]
    NoJumpHost,
    #[error("{0}")]
    Refused(Refusal),
    #[error("no generated file is named `{}`; expected one of {}", whole(.name), .names.join(", "))]
    NoArtifact { name: String, names: Vec<String> },
    #[error("cannot read the public key `{}`: {}; create it with `ssh-keygen -y -f KEY > KEY.pub`", whole(.name), .error.as_ref().map_or("expected one complete OpenSSH public key, not a certificate".to_owned(), reason))]
    PublicKey { name: String, error: Option<io::Error> },
    #[error("`{}` was not changed: {}", whole(.name), replace_error(.error))]
    NotFixed { name: String, error: ReplaceError },
    #[error(
        "`--fix` cannot be used on standard input and files together, because the fixed text goes to standard output"
    )]
    FixesStdin,
    #[error(
        "only one report can go to standard output; write the others to files, for example `--format sarif=out.sarif`"
    )]
    TwoReports,
    #[error("`{}` is neither a file nor a Git revision: {}", whole(.name), whole(.reason))]
    NoRevision { name: String, reason: String },
    #[error("`{0}` is both a file and a Git revision; write `./{0}` for the file, or the full ref name, for example `refs/heads/{0}`", whole(.name))]
    FileAndRevision { name: String },
    #[error("cannot write a report to `{}`: it is one of the files being checked or already written", whole(.name))]
    ReportOverFile { name: String },
    #[error("`--format github-comment` needs `--against REV`: a comment is about a change")]
    CommentWithoutRevision,
    #[error("`--format github-comment` needs the topologies or directories to compare, for example `.`")]
    CommentWithoutPath,
    #[error("`--summary` needs `--format github-comment`")]
    SummaryWithoutComment,
    #[error("pass one topology; only `--format github-comment` accepts several")]
    OneTopology,
    #[error("standard input has no Git revisions; compare it with a file")]
    NoRevisionOfStdin,
    #[error("git cannot read the repository `{}`: {}", whole(.folder), whole(.reason))]
    Repository { folder: String, reason: String },
    #[error("`{}` is not in the repository `{}`", whole(.name), whole(.folder))]
    NotInRepository { name: String, folder: String },
    #[error("git tracks no topology in {} (searched for *.clab.yml, *.clab.yaml, and *.publish.yml); pass other files by name", quoted_names(.names))]
    NothingTracked { names: Vec<String> },
    #[error("standard input is not in a repository; omit `--tracked`")]
    StdinNotTracked,
    #[error("cannot run git: {}", reason(.error))]
    NoGit { error: io::Error },
    #[error("nothing was written: cannot compare addresses with `{}`, which an earlier run wrote: {reason}; restore it, or use `--allow-port-changes` to write without the comparison", whole(.name))]
    OldPlan { name: String, reason: String },
    #[error("{}", emit(.0))]
    Emit(WriteError),
    #[error("cannot write the output: {0}")]
    Write(#[from] io::Error),
    #[error("cannot write {what}: {reason}")]
    Format { what: &'static str, reason: String },
}

impl Failure {
    /// The failure to write `what`, as text ("the plan"), in its format; the reason is still to come.
    pub(super) fn format<E: ToString>(what: &'static str) -> impl Fn(E) -> Self {
        move |reason| Self::Format { what, reason: reason.to_string() }
    }

    /// The failure in one line.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Config { report, name } => {
                let first = report.lines().next().unwrap_or_default();
                format!("`{}` cannot be used: {first}", whole(name))
            }
            other => other.to_string(),
        }
    }

    /// Why a file could not be read, without its name.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Unreadable { error, .. } => reason(error),
            other => other.reason(),
        }
    }

    /// Prints the failure. If standard error is closed, there is nobody to tell.
    pub(super) fn tell(&self, stderr: &mut dyn Write) {
        let program = if matches!(self, Self::Config { .. }) { "" } else { "publish-plan: " };
        let _ = writeln!(stderr, "{program}{self}");
    }
}

fn perhaps(guess: Option<&str>) -> String {
    guess.map_or_else(String::new, |guess| did_you_mean(guess) + " ")
}

fn no_provider(could: &[&str]) -> String {
    match could {
        [] => "no provider is selected, and none in service can carry every entry as written; run `check --provider NAME` to see why".to_owned(),
        names => format!("no provider is selected; these can carry every entry: {}; select one with `--provider NAME` or in publish-plan.toml", names.join(", ")),
    }
}

fn emit(error: &WriteError) -> String {
    match error {
        WriteError::Disk(path, error) => {
            format!("cannot write `{}`: {}", whole(&path.to_string_lossy()), reason(error))
        }
        WriteError::NotAFile(path) => format!(
            "nothing was written: `{}` is not a regular file; move it away, or choose another directory with `--output`",
            whole(&path.to_string_lossy())
        ),
        WriteError::NotADirectory(path) => format!(
            "nothing was written: `{}` is not a directory; choose another one with `--output`",
            whole(&path.to_string_lossy())
        ),
        WriteError::Link(path) => format!(
            "nothing was written: `{}` is a symbolic link, which might lead anywhere; remove it, or give the directory that it leads to as an absolute path with `--output`",
            whole(&path.to_string_lossy())
        ),
        WriteError::Planted(paths) => format!(
            "nothing was written: Docker would load {}, which publish-plan did not write; read and remove {}, or keep {} with `--force`",
            listed(paths),
            if paths.len() == 1 { "it" } else { "them" },
            if paths.len() == 1 { "it" } else { "them" },
        ),
        WriteError::NotOurs(paths) => {
            let is = if paths.len() == 1 { "is" } else { "are" };
            format!(
                "nothing was written: {} {is} not what an earlier run wrote; use `--diff` to compare or `--force` to overwrite",
                listed(paths)
            )
        }
    }
}

/// Paths in backticks, separated by commas.
pub(super) fn listed(paths: &[PathBuf]) -> String {
    quoted_names(&paths.iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>())
}

/// The first names, and the number of the others.
fn several(names: &[String]) -> String {
    let most = 20;
    match names.len().saturating_sub(most) {
        0 => quoted_names(names),
        rest => format!("{}, and {rest} more", quoted_names(&names[..most])),
    }
}

fn quoted_names(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", whole(name))).collect::<Vec<_>>().join(", ")
}

fn replace_error(error: &ReplaceError) -> String {
    match error {
        ReplaceError::Disk(error) => reason(error),
        other => other.to_string(),
    }
}

/// The operating system's message without the error number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AlreadyExists => "it already exists and was not changed".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the disk".to_owned(),
        _ => error.to_string(),
    }
}
