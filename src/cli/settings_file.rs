//! Finds the publish-plan.toml that applies to the topologies of a directory, and checks its owner.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::paths;
use crate::settings::FILE_NAME;

/// The largest file in a `.git` that is read, in bytes: each of them has one line.
const LARGEST: u64 = 64 * 1024;

/// The users whose settings files apply without being named: the user who runs the program, root, and if root runs it by sudo,
/// the user who called sudo. git trusts the same users (git-config(1), `safe.directory`), except root. On systems other than
/// Unix every file is trusted, because the standard library does not know owners there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owners {
    #[cfg(unix)]
    user: u32,
    #[cfg(unix)]
    sudo_user: Option<u32>,
}

impl Owners {
    /// The effective user of this process, and the environment's `SUDO_UID` if that is root.
    #[cfg(unix)]
    pub(super) fn of(variables: &[(String, String)]) -> Self {
        let user = rustix::process::geteuid().as_raw();
        let sudo_user = super::input::variable(variables, "SUDO_UID").and_then(|id| id.parse().ok());
        Self { user, sudo_user: sudo_user.filter(|_| user == 0) }
    }

    #[cfg(not(unix))]
    pub(super) fn of(_variables: &[(String, String)]) -> Self {
        Self {}
    }

    /// The failure if `path` belongs to another user; a link belongs to the user who made it. A path that cannot be read is
    /// accepted here, because reading the file fails anyway.
    #[cfg(unix)]
    fn check(self, file: &Path, path: &Path) -> Result<(), Failure> {
        use std::os::unix::fs::MetadataExt;
        let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
        let owner = metadata.uid();
        if owner == 0 || owner == self.user || self.sudo_user == Some(owner) {
            return Ok(());
        }
        Err(Failure::SettingsOfAnother { file: shown(file), path: shown(path), owner, user: self.user })
    }

    #[cfg(not(unix))]
    fn check(self, _file: &Path, _path: &Path) -> Result<(), Failure> {
        Ok(())
    }
}

/// The publish-plan.toml for `folder`: its own, or the nearest one above it, up to the root of the repository. Outside of a
/// repository, only its own.
///
/// # Errors
///
/// If the file, its directory, or the repository that makes it apply belongs to an untrusted user, or if the file is a link
/// that leads out of the repository. Ignoring it could drop a restriction, so the user decides.
pub(super) fn find(folder: &Path, owners: Owners) -> Result<Option<PathBuf>, Failure> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let own = here.join(FILE_NAME);
    if is_there(&own) {
        check(&own, &[], owners)?;
        return Ok(Some(own));
    }
    // Links are resolved: a link to a directory must not make other settings apply than the directory itself.
    let Some(absolute) = real(here) else { return Ok(None) };
    let Some((root, git)) = absolute.ancestors().find_map(|folder| Some((folder, repository(folder)?))) else {
        return Ok(None);
    };
    let above = absolute.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    let Some(file) = above.map(|folder| folder.join(FILE_NAME)).find(|file| is_there(file)) else { return Ok(None) };
    check(&file, &[root.to_owned(), root.join(".git"), git], owners)?;
    Ok(Some(file))
}

/// A directory as an absolute path without links. (On Windows links are kept, because resolved paths have another form.)
fn real(folder: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok()?;
    let real = if cfg!(unix) { fs::canonicalize(&absolute).ok() } else { None };
    Some(real.unwrap_or_else(|| paths::plain(&absolute)))
}

/// The paths where a publish-plan.toml for a directory is searched, in order. `folder` is absolute.
pub(super) fn places(folder: &Path) -> Vec<PathBuf> {
    let root = root_of(folder).unwrap_or(folder);
    let folders = folder.ancestors().take_while(|above| above.starts_with(root));
    folders.map(|folder| folder.join(FILE_NAME)).collect()
}

/// The path of a settings file in messages: relative if it is below the current directory.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let seen = path.strip_prefix(here).ok().filter(|seen| !seen.as_os_str().is_empty()).unwrap_or(path);
    seen.strip_prefix(".")
        .ok()
        .filter(|seen| !seen.as_os_str().is_empty())
        .unwrap_or(seen)
        .to_string_lossy()
        .into_owned()
}

/// Whether there is anything at this path, readable or not: a broken link must not make the next file apply in its place.
fn is_there(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok()
}

/// Checks the owners of a file, of its directory, of what both resolve to, and of `others`.
fn check(file: &Path, others: &[PathBuf], owners: Owners) -> Result<(), Failure> {
    let target = fs::canonicalize(file).ok();
    let folder = file.parent().map(|folder| fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()));
    let target_folder = target.as_deref().and_then(Path::parent).map(Path::to_owned);
    let of_file = [Some(file.to_owned()), folder, target, target_folder].into_iter().flatten();
    of_file.chain(others.iter().cloned()).try_for_each(|path| owners.check(file, &path))?;
    stays_inside(file)
}

/// The root of the repository that contains a directory, given as an absolute path. None outside of a repository.
pub(super) fn root_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| repository(folder).is_some())
}

/// Checks that a settings file that is a link leads to a file of its repository, or of its own directory if it is in none:
/// messages quote settings, and a link that somebody committed could lead to a secret of the user's.
fn stays_inside(file: &Path) -> Result<(), Failure> {
    if !fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_symlink()) {
        return Ok(());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A broken link is reported when the file is opened.
    let (Ok(target), Ok(folder)) = (fs::canonicalize(file), fs::canonicalize(folder)) else { return Ok(()) };
    let root = root_of(&folder).unwrap_or(&folder);
    if paths::may_lead(&folder, &target, root) {
        return Ok(());
    }
    Err(Failure::SettingsElsewhere { file: shown(file), target: shown(&target), folder: shown(root) })
}

/// The git directory of a repository's root: its `.git`, or the one that its gitfile names (gitrepository-layout(5)). None if
/// the directory is not the root of a repository.
fn repository(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    let git = match line(&git) {
        Some(line) => folder.join(line.strip_prefix("gitdir: ")?),
        None => git,
    };
    is_git_directory(&git).then(|| fs::canonicalize(&git).unwrap_or(git))
}

/// The test of git's `is_git_directory`: a valid HEAD, `objects`, and `refs`. In another work tree, `commondir` says where
/// those are.
fn is_git_directory(git: &Path) -> bool {
    let is_head = match (fs::read_link(git.join("HEAD")), line(&git.join("HEAD"))) {
        (Ok(target), _) => target.starts_with("refs"),
        (Err(_), Some(line)) => {
            let name = line.strip_prefix("ref:").map(str::trim_start);
            let is_object = || matches!(line.len(), 40 | 64) && line.bytes().all(|byte| byte.is_ascii_hexdigit());
            name.map_or_else(is_object, |name| name.starts_with("refs/"))
        }
        (Err(_), None) => false,
    };
    let common = common(git);
    is_head && common.join("objects").is_dir() && common.join("refs").is_dir()
}

/// The part of a git directory that all work trees of a repository share.
fn common(git: &Path) -> PathBuf {
    line(&git.join("commondir")).map_or_else(|| git.to_owned(), |common| git.join(common))
}

/// The path of the user's own exclude patterns for a repository (gitignore(5)), whether the file exists or not. None if the
/// directory is not the root of a repository.
pub(super) fn own_patterns(folder: &Path) -> Option<PathBuf> {
    repository(folder).map(|git| common(&git).join("info/exclude"))
}

/// The text of a small file that has one line. None for a pipe, which would block.
fn line(file: &Path) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    let text = (metadata.is_file() && metadata.len() <= LARGEST).then(|| fs::read_to_string(file).ok())??;
    Some(text.trim_end_matches(['\r', '\n']).to_owned())
}
