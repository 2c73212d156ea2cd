use std::io::{self, Write};

use crate::base::whole;
use crate::text::EnvironmentFileError;

/// Why a run could not do what it was asked for. Not about the user's topology: that would be a finding.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("cannot read `{}`: {}", whole(.name), reason(.error))]
    Unreadable { name: String, error: io::Error },
    #[error("cannot read `{}`: {}", whole(.folder), whole(.reason))]
    Walk { folder: String, reason: String },
    #[error("`{}` is larger than {most} bytes; `--max-size` raises the limit", whole(.name))]
    TooLarge { name: String, most: u64 },
    #[error("no topology found in `{}`: looked for *.clab.yml and *.clab.yaml; give other files by name", whole(.folder))]
    NoTopology { folder: String },
    #[error("`{}` is not a containerlab topology: it has no `topology:`", whole(.name))]
    NotATopology { name: String },
    #[error("cannot use `{}` as an environment file: {error}", whole(.name))]
    EnvironmentFile { name: String, error: EnvironmentFileError },
    #[error("cannot write the output: {0}")]
    Write(#[from] io::Error),
    #[error("cannot write the plan: {0}")]
    Format(String),
}

impl Failure {
    /// One line; a stream that is gone cannot be told.
    pub(super) fn tell(&self, stderr: &mut dyn Write) {
        let _ = writeln!(stderr, "publish-plan: {self}");
    }
}

/// The operating system's words without its number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
