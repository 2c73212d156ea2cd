//! Runs git on a repository that may be a stranger's: where it is, which files a commit and the index have, and what was
//! renamed. No path is passed to git, which could take it for a pattern or a flag: git lists everything, and objects are read
//! by their names.

mod blobs;
mod revision;
mod tree;

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::failure::Failure;
use super::paths;

pub(super) use blobs::Blobs;
pub(super) use revision::{Change, Revision};
pub(super) use tree::{Entry, Kind, Tree};

/// A repository with a work tree.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// The root of its work tree, without symbolic links.
    pub(super) top: PathBuf,
}

impl Repository {
    /// The repository that contains a directory; an empty path is the current directory.
    ///
    /// # Errors
    /// The message of git if there is no repository, or if git refuses it because it belongs to another user (git-config(1),
    /// `safe.directory`).
    pub(super) fn of(folder: &Path) -> Result<Result<Self, String>, Failure> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Ok(git(folder, &["rev-parse", "--show-toplevel"])?.and_then(|bytes| {
            let top = tree::path(bytes.strip_suffix(b"\n").unwrap_or(&bytes))?;
            fs::canonicalize(&top).map(|top| Self { top }).map_err(|error| error.to_string())
        }))
    }

    /// A path relative to the repository's root, as git writes it: `labs//core.yml` is `labs/core.yml`. It need not exist.
    /// Symbolic links in it are kept, because they might lead somewhere else in each commit. None outside of the repository.
    pub(super) fn inside(&self, path: &Path) -> Option<PathBuf> {
        let absolute = std::path::absolute(if path.as_os_str().is_empty() { Path::new(".") } else { path }).ok()?;
        // Only the file system can tell where a `..` leads.
        let goes_up = absolute.components().any(|part| part == Component::ParentDir);
        let mut above: Vec<&Path> = absolute.ancestors().skip(1).filter(|above| above.is_dir()).collect();
        if !goes_up {
            above.push(&absolute);
            above.sort();
        }
        let real = above.into_iter().find_map(|there| {
            let real = fs::canonicalize(there).ok().filter(|real| real.starts_with(&self.top))?;
            Some(real.join(absolute.strip_prefix(there).ok()?))
        });
        paths::plain(&real?).strip_prefix(&self.top).ok().map(Path::to_owned)
    }

    /// The full object name of the commit that `name` refers to: a branch, a tag, `HEAD~1`.
    ///
    /// # Errors
    /// The message of git if it refers to no commit.
    pub(super) fn commit(&self, name: &str) -> Result<Result<String, String>, Failure> {
        let wanted = format!("{name}^{{commit}}");
        Ok(self.run(&["rev-parse", "--verify", "--end-of-options", &wanted])?.and_then(|bytes| {
            let commit = text(&bytes);
            // git also accepts `^v1`, which is not the name of a commit.
            if tree::is_object(&commit) { Ok(commit) } else { Err("it does not name a commit".to_owned()) }
        }))
    }

    /// The files of a commit.
    pub(super) fn tree(&self, commit: &str) -> Result<Tree, Failure> {
        let listed = self.run(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        listed.and_then(|bytes| Tree::of_commit(&bytes)).map_err(|reason| self.failed(reason))
    }

    /// The files of the index: those of the work tree that git tracks.
    pub(super) fn index(&self) -> Result<Tree, Failure> {
        let listed = self.run(&["ls-files", "-z", "--stage"])?;
        listed.and_then(|bytes| Tree::of_index(&bytes)).map_err(|reason| self.failed(reason))
    }

    /// The files of the index that had another name in a commit, according to git: pairs of the new name and the old one.
    pub(super) fn renamed(&self, commit: &str) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
        let flags = ["--cached", "--raw", "-z", "--no-abbrev", "--find-renames", "-l1000", "-O/dev/null"];
        let listed = self.run(&[&["diff-index"], &flags[..], &["--ignore-submodules=none", commit, "--"]].concat())?;
        listed.and_then(|bytes| tree::renames(&bytes)).map_err(|reason| self.failed(reason))
    }

    /// The failure if git cannot read this repository.
    fn failed(&self, reason: String) -> Failure {
        Failure::Repository { folder: self.top.to_string_lossy().into_owned(), reason }
    }

    fn run(&self, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Failure> {
        git(&self.top, arguments)
    }
}

/// Settings that a repository cannot override (git-config(1)). The settings of a repository can name programs to run, and the
/// repository may be a stranger's: no file monitor, hook, or pager is started, no protocol is used, and a directory that only
/// looks like a bare repository is not used. The generated scripts have the same list (`tracked` in `common.sh`).
const SETTINGS: [&str; 4] =
    ["core.fsmonitor=", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.bareRepository=explicit"];

/// Environment variables with the same purpose (git(1)). `GIT_ALLOW_PROTOCOL` overrides a repository's `protocol.ext.allow`,
/// which overrides `protocol.allow`; there is no protocol called `none`. Objects are read as they are, without replacements
/// from `refs/replace`.
const VARIABLES: [(&str, &str); 5] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Variables of the caller that would point git to another repository, other objects, or other settings than those of the
/// directory: what `git rev-parse --local-env-vars` prints, and the limit of the search for a repository. In a hook some of
/// them are set; git finds the same repository without them.
const UNSET: [&str; 15] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// A git command that will run in `folder`, without variables of the caller and without programs of a stranger's repository.
fn command(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new("git");
    for name in UNSET {
        command.env_remove(name);
    }
    command
        .arg("--no-pager")
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .envs(VARIABLES)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs git in `folder`. Returns what it prints, or its error message.
fn git(folder: &Path, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Failure> {
    let output = command(folder, arguments).output().map_err(|error| Failure::NoGit { error })?;
    let reason = || text(&output.stderr).lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
    Ok(if output.status.success() { Ok(output.stdout) } else { Err(reason()) })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}
