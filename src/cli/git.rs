//! Files as they were in a revision, read through git.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::failure::Failure;

/// A commit of the repository that a folder stands in.
pub(super) struct Revision {
    /// Its object name: no word of the user's is handed to git twice.
    commit: String,
    folder: PathBuf,
}

impl Revision {
    /// What `name` names in the repository of `folder`: a branch, a tag, `HEAD~1`.
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, Failure> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let wanted = format!("{name}^{{commit}}");
        let output = git(folder, &["rev-parse", "--verify", "--end-of-options", &wanted], "")?;
        let unknown = |reason: String| Failure::NoRevision { name: name.to_owned(), reason };
        let commit = output.map(|bytes| text(&bytes)).map_err(unknown)?;
        // `^v1` is a word of git's, and no commit.
        if commit.is_empty() || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown("it names no commit".to_owned()));
        }
        Ok(Self { commit, folder: folder.to_owned() })
    }

    /// The bytes that a path had; none where there was no file, or where it is in no repository with that commit.
    pub(super) fn file(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Some(name) = path.file_name() else { return Ok(None) };
        let Some(prefix) = prefix(folder)? else { return Ok(None) };
        self.blob(folder, &format!("{prefix}{}", name.to_string_lossy()))
    }

    /// The nearest file of a name, from the revision's folder up to the root of the repository: its way up, and its text.
    pub(super) fn nearest(&self, name: &str) -> Result<Option<(PathBuf, String)>, Failure> {
        let Some(whole) = prefix(&self.folder)? else { return Ok(None) };
        let mut prefix = whole.as_str();
        let mut up = self.folder.clone();
        loop {
            if let Some(bytes) = self.blob(&self.folder, &format!("{prefix}{name}"))? {
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

    /// The bytes at a path of the tree; links that the tree holds are followed, as they are on disk.
    fn blob(&self, folder: &Path, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        let wanted = format!("{}:{path}\n", self.commit);
        let output = git(folder, &["cat-file", "--batch", "--follow-symlinks"], &wanted)?;
        let Ok(bytes) = output else { return Ok(None) };
        // `<object> blob <size>`, the bytes, a line break; anything else is no file.
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut words = head.rsplit(' ');
        let (size, kind) = (words.next().and_then(|size| size.parse::<usize>().ok()), words.next());
        Ok(size
            .filter(|_| kind == Some("blob"))
            .and_then(|size| bytes.get(end + 1..end + 1 + size))
            .map(<[u8]>::to_vec))
    }
}

/// Where a folder stands in its repository: empty at the root, else with a `/` behind.
fn prefix(folder: &Path) -> Result<Option<String>, Failure> {
    let output = git(folder, &["rev-parse", "--show-prefix"], "")?;
    Ok(output.ok().map(|bytes| text(&bytes)))
}

/// Settings that a repository cannot override (git-config(1)). The settings of a repository can name programs, and the
/// repository may be a stranger's: no file monitor, hook, or pager is started, no protocol is used, and a directory that only
/// looks like a bare repository is not used. The generated scripts have the same list (`tracked` in `common.sh.hbs`).
const SETTINGS: [&str; 4] =
    ["core.fsmonitor=", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.bareRepository=explicit"];

/// Variables with the same purpose (git(1)). `GIT_ALLOW_PROTOCOL` outranks a repository's `protocol.ext.allow`, which
/// outranks `protocol.allow`; `none` is no protocol's name. An object is itself, whatever `refs/replace` has in its place.
const VARIABLES: [(&str, &str); 5] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Variables of the caller that lead git to another repository, to other objects or to other settings than those of the folder:
/// what `git rev-parse --local-env-vars` prints, and where the search for a repository ends. A hook has some of them too, and
/// git finds the same repository without.
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

/// Runs git in `folder` with `input` on its standard input: what it prints, or the reason that it gives.
fn git(folder: &Path, arguments: &[&str], input: &str) -> Result<Result<Vec<u8>, String>, Failure> {
    let mut command = Command::new("git");
    for name in UNSET {
        command.env_remove(name);
    }
    let started = command
        .arg("--no-pager")
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .envs(VARIABLES)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|error| Failure::NoGit { error })?;
    if let Some(mut stdin) = child.stdin.take() {
        // What it does not want to read, it says itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| Failure::NoGit { error })?;
    let reason = || text(&output.stderr).lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
    Ok(if output.status.success() { Ok(output.stdout) } else { Err(reason()) })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}
