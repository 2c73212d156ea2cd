//! Searches a directory for topologies and entries files. Its files may be a stranger's: links must not lead out of the repository, only regular
//! files are read, and only git's own ignore files count (gitignore(5)).

use std::ffi::OsString;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::failure::Failure;
use super::input::{is_of_lab, unreadable};
use super::{paths, settings_file};

/// The largest ignore file that is read, in bytes; that of a large project is a hundredth of it.
pub(super) const LARGEST: u64 = 256 * 1024;

/// The ignore patterns that apply, the strongest last. None outside of a repository.
type Patterns = Option<Rc<Vec<Rc<Gitignore>>>>;

/// The topologies and entries files below `folder`, sorted by path, each with whether it is a link. Ignored and hidden files are skipped. What
/// cannot be read is added to the failures.
pub(super) fn topologies_in(folder: &Path, failures: &mut Vec<Failure>) -> Vec<(PathBuf, bool)> {
    let said_before = failures.len();
    let mut walk = Walk::of(folder, failures);
    if let Err(failure) = walk.run() {
        walk.failures.push(failure);
    }
    let mut files = walk.files;
    files.sort();
    if files.is_empty() && failures.len() == said_before {
        failures.push(Failure::NoTopology { folder: folder.to_string_lossy().into_owned() });
    }
    files
}

/// The directory and those below it that are searched for topologies.
pub(super) fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let mut failures = Vec::new();
    let mut walk = Walk::of(folder, &mut failures);
    // What cannot be read cannot be watched either.
    let _ = walk.run();
    walk.folders
}

/// A search of one directory.
struct Walk<'w> {
    /// The directory as the user gave it.
    folder: &'w Path,
    /// The same without links.
    root: PathBuf,
    files: Vec<(PathBuf, bool)>,
    folders: Vec<PathBuf>,
    failures: &'w mut Vec<Failure>,
}

impl<'w> Walk<'w> {
    fn of(folder: &'w Path, failures: &'w mut Vec<Failure>) -> Self {
        Self { folder, root: PathBuf::new(), files: Vec::new(), folders: Vec::new(), failures }
    }

    fn run(&mut self) -> Result<(), Failure> {
        self.root = fs::canonicalize(self.folder).map_err(|error| unreadable(self.folder, error))?;
        // Ignore files in the directories above count up to the root of the repository.
        let above: Vec<PathBuf> = self.root.ancestors().map(Path::to_owned).collect();
        let top = above.iter().position(|folder| is_repository(folder)).unwrap_or(0);
        let mut patterns = None;
        for folder in above[..=top].iter().skip(1).rev() {
            patterns = within(folder, folder, patterns)?;
        }
        // Directories relative to the root, each with the patterns of those above it.
        let mut waiting = vec![(PathBuf::new(), patterns)];
        while let Some((folder, patterns)) = waiting.pop() {
            match self.look(&folder, patterns) {
                Ok(folders) => waiting.extend(folders.into_iter().rev()),
                Err(failure) => self.failures.push(failure),
            }
        }
        Ok(())
    }

    /// Adds the files of one directory, and returns its subdirectories.
    fn look(&mut self, folder: &Path, patterns: Patterns) -> Result<Vec<(PathBuf, Patterns)>, Failure> {
        let shown = self.shown(folder);
        self.folders.push(shown.clone());
        let patterns = within(&self.root.join(folder), &shown, patterns)?;
        let failed = |error| unreadable(&shown, error);
        let entries = fs::read_dir(self.root.join(folder)).map_err(failed)?;
        let mut names: Vec<(OsString, FileType)> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            names.push((entry.file_name(), entry.file_type().map_err(failed)?));
        }
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut folders = Vec::new();
        for (name, kind) in names {
            let path = folder.join(&name);
            let sets = patterns.iter().flat_map(|patterns| patterns.iter().rev()).map(Rc::as_ref);
            if is_passed_over(&self.root.join(&path), kind.is_dir(), sets) {
                continue;
            }
            if kind.is_dir() {
                folders.push((path, patterns.clone()));
            } else if is_of_lab(&name) {
                self.take(&path, kind);
            }
        }
        Ok(folders)
    }

    /// Adds a file if it is a regular one.
    fn take(&mut self, path: &Path, kind: FileType) {
        let (shown, is_link) = (self.shown(path), kind.is_symlink());
        if kind.is_file() {
            self.files.push((shown, is_link));
            return;
        }
        let real = self.root.join(path);
        let target = if is_link { fs::canonicalize(&real) } else { Ok(real) };
        match target.and_then(|target| Ok((fs::metadata(&target)?, target))) {
            Ok((there, _)) if there.is_dir() => {}
            // Reading a pipe or a device would block.
            Ok((there, _)) if !there.is_file() => {
                self.failures.push(unreadable(&shown, io::Error::other("it is not a file")));
            }
            Ok((_, target)) => match self.leads_out(path, &shown, &target) {
                Some(failure) => self.failures.push(failure),
                None => self.files.push((shown, is_link)),
            },
            Err(error) => self.failures.push(unreadable(&shown, error)),
        }
    }

    /// The failure of a link that leads out of its repository, or out of the searched directory outside of a repository:
    /// findings quote the text of a file, and it could be a secret of the user's.
    fn leads_out(&self, path: &Path, shown: &Path, target: &Path) -> Option<Failure> {
        let from = self.root.join(path.parent().unwrap_or(Path::new("")));
        let root = settings_file::root_of(&from).unwrap_or(&self.root);
        if paths::may_lead(&from, target, root) {
            return None;
        }
        let folder = if root == self.root { self.folder } else { root };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Some(Failure::LeadsOut { name: text(shown), target: text(target), folder: text(folder) })
    }

    /// A path in the directory as people write it: `lab.clab.yml`, not `./lab.clab.yml`.
    fn shown(&self, path: &Path) -> PathBuf {
        if path.as_os_str().is_empty() {
            return self.folder.to_owned();
        }
        let path = self.folder.join(path);
        path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
    }
}

/// Whether a search skips a file or a directory. `sets` are the patterns that apply to it, the strongest first.
pub(super) fn is_passed_over<'p>(path: &Path, is_dir: bool, sets: impl Iterator<Item = &'p Gitignore>) -> bool {
    let decided = sets.map(|set| set.matched(path, is_dir)).find(|decided| !decided.is_none());
    let is_hidden = || path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    decided.map_or_else(is_hidden, |decided| decided.is_ignore())
}

/// Whether a directory is the root of a repository, so that patterns of the directories above do not apply.
fn is_repository(folder: &Path) -> bool {
    [".git", ".jj"].iter().any(|name| fs::symlink_metadata(folder.join(name)).is_ok())
}

/// The patterns for the files in `folder`, which is a path without links and called `shown` in messages: those from `above` and
/// its own.
fn within(folder: &Path, shown: &Path, above: Patterns) -> Result<Patterns, Failure> {
    let above = if is_repository(folder) { Some(Rc::new(of_user(folder)?)) } else { above };
    let Some(above) = above else { return Ok(None) };
    let file = folder.join(".gitignore");
    let metadata = match fs::symlink_metadata(&file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(above)),
        Err(error) => return Err(unreadable(&shown.join(".gitignore"), error)),
    };
    // git does not follow a link there either.
    let own = patterns(folder, &file, &shown.join(".gitignore"), &metadata)?;
    Ok(Some(Rc::new(above.iter().cloned().chain([Rc::new(own)]).collect())))
}

/// The user's own patterns for the repository with the root `folder`: those for all repositories (`core.excludesFile`) and
/// those for this one.
fn of_user(folder: &Path) -> Result<Vec<Rc<Gitignore>>, Failure> {
    // An invalid pattern there is not this repository's fault; git skips it too.
    let (everywhere, _) = GitignoreBuilder::new(folder).build_global();
    let mut sets = vec![Rc::new(everywhere)];
    if let Some(file) = settings_file::own_patterns(folder)
        && let Ok(metadata) = fs::metadata(&file)
    {
        sets.push(Rc::new(patterns(folder, &file, &file, &metadata)?));
    }
    Ok(sets)
}

/// The patterns in an ignore file, for the files below `folder`. Invalid patterns are skipped.
fn patterns(folder: &Path, file: &Path, shown: &Path, metadata: &fs::Metadata) -> Result<Gitignore, Failure> {
    let refused = |reason: &str| unreadable(shown, io::Error::other(reason.to_owned()));
    if !metadata.is_file() {
        return Err(refused("it is not a regular file, so what git ignores is not known"));
    }
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(shown, error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused(&format!("it is larger than {LARGEST} bytes")));
    }
    read_patterns(folder, &bytes).map_err(|error| refused(&format!("its patterns cannot be used: {error}")))
}

/// The patterns in the bytes of a .gitignore, for the files below `folder`. Invalid patterns are skipped.
pub(super) fn read_patterns(folder: &Path, bytes: &[u8]) -> Result<Gitignore, ignore::Error> {
    let text = String::from_utf8_lossy(bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build()
}
