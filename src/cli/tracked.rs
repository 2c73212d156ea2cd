//! The topologies that git tracks, even if .gitignore names them: for `check --tracked` and for the comparison of a change.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::git::{Entry, Kind, Repository, Tree};
use super::input::{Input, is_of_lab, unreadable};
use super::paths;

/// The paths given on the command line, which are in one repository.
pub(super) struct Scope {
    pub(super) repository: Repository,
    /// Each given path as text, and its places in the repository: its own, and for a link to a directory, also what it resolves
    /// to. The root is an empty path.
    named: Vec<(String, Vec<PathBuf>)>,
    /// The current directory, without links.
    here: PathBuf,
}

impl Scope {
    /// A scope of these files and directories; they need not exist.
    ///
    /// # Errors
    /// If they are not in one repository, or if git cannot read it.
    pub(super) fn new(paths: &[PathBuf]) -> Result<Self, Failure> {
        let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
        let folder = first.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new(""));
        let shown = || folder.to_string_lossy().into_owned();
        let repository = Repository::of(folder)?.map_err(|reason| Failure::Repository {
            folder: if shown().is_empty() { ".".to_owned() } else { shown() },
            reason,
        })?;
        let outside = |name: &str| Failure::NotInRepository {
            name: name.to_owned(),
            folder: repository.top.to_string_lossy().into_owned(),
        };
        let mut named = Vec::new();
        for path in paths {
            let name = path.to_string_lossy().into_owned();
            let mut places = vec![repository.inside(path).ok_or_else(|| outside(&name))?];
            if path.is_dir() {
                let real = fs::canonicalize(path).map_err(|error| unreadable(path, error))?;
                let real = real.strip_prefix(&repository.top).map_err(|_| outside(&name))?.to_owned();
                places.extend(Some(real).filter(|real| *real != places[0]));
            }
            named.push((name, places));
        }
        let here = std::env::current_dir().and_then(fs::canonicalize);
        let here = here.map_err(|error| unreadable(Path::new("."), error))?;
        Ok(Self { repository, named, here })
    }

    /// Whether a file of the repository is in scope: it was given itself, or it has the name of a topology and is below a given
    /// directory.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.named.iter().any(|(_, places)| are_among(places, path))
    }

    /// Whether a file was given itself.
    fn names(&self, path: &Path) -> bool {
        self.named.iter().any(|(_, places)| places.iter().any(|place| place == path))
    }

    /// Whether a path of the repository is below or above a given one.
    pub(super) fn touches(&self, path: &Path) -> bool {
        let touches = |place: &PathBuf| path.starts_with(place) || place.starts_with(path);
        self.named.iter().any(|(_, places)| places.iter().any(touches))
    }

    /// The given paths without a topology in any of these trees: for them, nothing would be checked.
    pub(super) fn missing(&self, trees: &[&Tree]) -> Vec<String> {
        let has = |places: &Vec<PathBuf>| {
            trees.iter().flat_map(|tree| tree.entries.keys()).any(|path| are_among(places, path))
        };
        self.named.iter().filter(|(_, places)| !has(places)).map(|(name, _)| name.clone()).collect()
    }

    /// The files of a tree that are in scope.
    pub(super) fn of<'t>(&self, tree: &'t Tree) -> impl Iterator<Item = (&'t Path, &'t Entry)> {
        tree.entries.iter().map(|(path, entry)| (path.as_path(), entry)).filter(|(path, _)| self.holds(path))
    }

    /// The path of a file of the repository for messages, which also opens it from the current directory.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        let path = self.repository.top.join(path);
        if path.starts_with(&self.here) || self.here.starts_with(&self.repository.top) {
            paths::seen_from(&self.here, &path)
        } else {
            path
        }
    }

    /// The regular file that an entry of the index is in the work tree: itself, or the target of a link if git tracks that too.
    ///
    /// # Errors
    /// The reason why it must not be read.
    pub(super) fn real(&self, path: &Path, entry: &Entry, index: &Tree) -> Result<PathBuf, String> {
        let because = |reason: &str| reason.to_owned();
        let real = self.repository.top.join(path);
        let metadata = match fs::symlink_metadata(&real) {
            Ok(metadata) => metadata,
            // Also in a sparse checkout.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(because("git tracks it, but it is not in the work tree"));
            }
            Err(error) => return Err(because(&error.to_string())),
        };
        match entry.kind {
            Kind::File | Kind::Unmerged if metadata.is_file() => Ok(path.to_owned()),
            Kind::File | Kind::Unmerged => Err(because("it is a regular file in git, but not on disk")),
            Kind::Submodule => Err(because("it is a submodule")),
            Kind::Link => {
                let target = fs::canonicalize(&real).ok();
                let target = target.as_deref().and_then(|target| target.strip_prefix(&self.repository.top).ok());
                let is_file = |path: &&Path| {
                    index.entries.get(*path).is_some_and(|entry| matches!(entry.kind, Kind::File | Kind::Unmerged))
                };
                let outside = || because("it is a symbolic link that does not lead to a file of the repository");
                target.filter(is_file).map(Path::to_owned).ok_or_else(outside)
            }
        }
    }
}

/// Whether a file is one of these places, or has the name of a topology and is below one.
fn are_among(places: &[PathBuf], path: &Path) -> bool {
    let is_called_so = path.file_name().is_some_and(is_of_lab);
    places.iter().any(|place| place == path || is_called_so && path.starts_with(place))
}

/// The topologies among these files and directories that git tracks. Those that cannot be read are added to the failures.
pub(super) fn inputs(paths: &[PathBuf], failures: &mut Vec<Failure>) -> Result<Vec<Input>, Failure> {
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::StdinNotTracked);
    }
    let scope = Scope::new(paths)?;
    let index = scope.repository.index()?;
    let mut inputs = Vec::new();
    for (path, entry) in scope.of(&index) {
        let shown = scope.shown(path);
        match scope.real(path, entry, &index) {
            // The target is checked itself. From another directory it is checked again, because other settings might apply.
            Ok(real) if real != path && scope.holds(&real) && real.parent() == path.parent() => {}
            Ok(_) if scope.names(path) => inputs.push(Input::File(shown)),
            Ok(_) => inputs.push(Input::Found(shown)),
            Err(reason) => failures.push(unreadable(&shown, io::Error::other(reason))),
        }
    }
    let names = scope.missing(&[&index]);
    if !names.is_empty() {
        failures.push(Failure::NothingTracked { names });
    }
    Ok(inputs)
}
