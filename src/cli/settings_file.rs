//! Which publish-plan.toml applies to the topologies of a directory, and whether its owner may decide about them.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::paths;
use crate::config::FILE_NAME;

/// The largest file of a repository's own that is read, in bytes: each of them has one line.
const LARGEST: u64 = 64 * 1024;

/// The users whose settings files apply without being named: the one who runs the program and root, and if root runs it by
/// sudo, the one who called sudo. That is what git trusts (git-config(1), `safe.directory`), and root with it. On systems
/// other than Unix every file is trusted: the standard library tells no owner there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owners {
    #[cfg(unix)]
    user: u32,
    #[cfg(unix)]
    sudo_user: Option<u32>,
}

impl Owners {
    /// Of the effective user of this process, with the environment's `SUDO_UID`.
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

    /// The failure that names `path`, if it belongs to somebody else; a link belongs to who made it. What cannot be looked at
    /// does not apply either: what reads it reports that.
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

/// The publish-plan.toml for `folder`: its own, or the nearest above it up to the root of the repository. Outside of a
/// repository only the folder itself counts.
///
/// # Errors
///
/// If the file, its folder, or the repository that makes it count belongs to somebody whose settings do not apply, or if the
/// file is a link that leads out of the repository. Not using it could drop a restriction that it has, so the user decides.
pub(super) fn find(folder: &Path, owners: Owners) -> Result<Option<PathBuf>, Failure> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let own = here.join(FILE_NAME);
    if is_there(&own) {
        check(&own, &[], owners)?;
        return Ok(Some(own));
    }
    // Where the folder really is: a link to it must not make other settings apply than for everybody else.
    let Some(absolute) = real(here) else { return Ok(None) };
    let Some((root, git)) = absolute.ancestors().find_map(|folder| Some((folder, repository(folder)?))) else {
        return Ok(None);
    };
    let above = absolute.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    let Some(file) = above.map(|folder| folder.join(FILE_NAME)).find(|file| is_there(file)) else { return Ok(None) };
    check(&file, &[root.to_owned(), root.join(".git"), git], owners)?;
    Ok(Some(file))
}

/// A folder as an absolute path without links. (On Windows links are kept: without them, a path has another form.)
fn real(folder: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok()?;
    let real = if cfg!(unix) { fs::canonicalize(&absolute).ok() } else { None };
    Some(real.unwrap_or_else(|| paths::plain(&absolute)))
}

/// Where a publish-plan.toml for a folder is looked for, an absolute path, the first place first.
pub(super) fn places(folder: &Path) -> Vec<PathBuf> {
    let root = root_of(folder).unwrap_or(folder);
    let folders = folder.ancestors().take_while(|above| above.starts_with(root));
    folders.map(|folder| folder.join(FILE_NAME)).collect()
}

/// A settings file as messages name it: from the current folder if it is below it.
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

/// Also what cannot be read: a link that leads nowhere must not make the next file apply in its place.
fn is_there(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok()
}

/// Checks the owners of a file, of its folder, of where both lead, and of `others`.
fn check(file: &Path, others: &[PathBuf], owners: Owners) -> Result<(), Failure> {
    let target = fs::canonicalize(file).ok();
    let folder = file.parent().map(|folder| fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()));
    let target_folder = target.as_deref().and_then(Path::parent).map(Path::to_owned);
    let of_file = [Some(file.to_owned()), folder, target, target_folder].into_iter().flatten();
    of_file.chain(others.iter().cloned()).try_for_each(|path| owners.check(file, &path))?;
    stays_inside(file)
}

/// The root of the repository that a directory, an absolute path, is in; none outside of a repository.
pub(super) fn root_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| repository(folder).is_some())
}

/// Checks that a file which is a link leads to a file of its repository, or of its own folder where it is in none: messages
/// quote a settings file, and a link that somebody committed could lead to a secret of the user's.
fn stays_inside(file: &Path) -> Result<(), Failure> {
    if !fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_symlink()) {
        return Ok(());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // What leads nowhere is not read either, and that is said where it is opened.
    let (Ok(target), Ok(folder)) = (fs::canonicalize(file), fs::canonicalize(folder)) else { return Ok(()) };
    let root = root_of(&folder).unwrap_or(&folder);
    if paths::may_lead(&folder, &target, root) {
        return Ok(());
    }
    Err(Failure::SettingsElsewhere { file: shown(file), target: shown(&target), folder: shown(root) })
}

/// The git directory of a folder that is the root of a repository: its `.git`, or where its gitfile leads
/// (gitrepository-layout(5)).
fn repository(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    let git = match line(&git) {
        Some(line) => folder.join(line.strip_prefix("gitdir: ")?),
        None => git,
    };
    is_git_directory(&git).then(|| fs::canonicalize(&git).unwrap_or(git))
}

/// As git's `is_git_directory` has it: a HEAD that can be one, and `objects` and `refs`, which a further work tree has where
/// `commondir` leads.
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

/// Where the parts of a git directory lie that all work trees of a repository share.
fn common(git: &Path) -> PathBuf {
    line(&git.join("commondir")).map_or_else(|| git.to_owned(), |common| git.join(common))
}

/// The patterns that the user leaves out in the repository whose root a folder is (gitignore(5)), whether there are any or
/// not; none where the folder is no such root.
pub(super) fn own_patterns(folder: &Path) -> Option<PathBuf> {
    repository(folder).map(|git| common(&git).join("info/exclude"))
}

/// The line of a small file that has one; none for a pipe, which would be waited for.
fn line(file: &Path) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    let text = (metadata.is_file() && metadata.len() <= LARGEST).then(|| fs::read_to_string(file).ok())??;
    Some(text.trim_end_matches(['\r', '\n']).to_owned())
}
