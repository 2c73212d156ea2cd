//! Files as they were in a revision, read through git.

use std::path::Path;
use std::process::Command;

use super::failure::Failure;

/// A commit of the repository that a folder stands in.
pub(super) struct Revision {
    /// Its object name: no word of the user's is handed to git twice.
    commit: String,
    /// Where the folder stands in the repository: empty, or with a `/` behind.
    prefix: String,
    folder: std::path::PathBuf,
}

impl Revision {
    /// What `name` names in the repository of `folder`: a branch, a tag, `HEAD~1`.
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, Failure> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let wanted = format!("{name}^{{commit}}");
        let commit = git(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        let unknown = || Failure::NoRevision { name: name.to_owned() };
        let commit = commit.map(|bytes| text(&bytes)).filter(|commit| !commit.is_empty()).ok_or_else(unknown)?;
        let prefix = git(folder, &["rev-parse", "--show-prefix"])?.map(|bytes| text(&bytes)).ok_or_else(unknown)?;
        Ok(Self { commit, prefix, folder: folder.to_owned() })
    }

    /// The bytes of a file that is named from the folder; none where it was not there.
    pub(super) fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.blob(&format!("{}{name}", self.prefix))
    }

    /// The nearest file of a name, from the folder up to the root of the repository: its way up from the folder, and its text.
    pub(super) fn nearest(&self, name: &str) -> Result<Option<(std::path::PathBuf, String)>, Failure> {
        let mut prefix = self.prefix.as_str();
        let mut up = self.folder.clone();
        loop {
            if let Some(bytes) = self.blob(&format!("{prefix}{name}"))? {
                return Ok(Some((up.join(name), String::from_utf8_lossy(&bytes).into_owned())));
            }
            if prefix.is_empty() {
                return Ok(None);
            }
            let parent = prefix.trim_end_matches('/').rfind('/').map_or(0, |slash| slash + 1);
            prefix = &prefix[..parent];
            up.push("..");
        }
    }

    fn blob(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        git(&self.folder, &["cat-file", "blob", &format!("{}:{path}", self.commit)])
    }
}

/// What git prints; none where it says no.
fn git(folder: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, Failure> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    let output = output.map_err(|error| Failure::NoGit { error })?;
    Ok(output.status.success().then_some(output.stdout))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}
