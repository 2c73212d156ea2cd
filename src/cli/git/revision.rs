use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::{Blobs, Entry, Repository, Tree, tree};
use crate::cli::failure::Failure;
use crate::cli::paths;
use crate::text::MAX_SIZE;

/// A commit and its files.
pub(in crate::cli) struct Revision {
    pub(in crate::cli) repository: Repository,
    /// Its full object name, so that the user's word for it is passed to git only once.
    pub(in crate::cli) commit: String,
    pub(in crate::cli) tree: Tree,
    blobs: Mutex<Blobs>,
    /// The largest file that is read, in bytes.
    max_size: u64,
}

impl Revision {
    /// The commit that `name` refers to in the repository of `folder`: a branch, a tag, `HEAD~1`. Files of more than `max_size`
    /// bytes are not read.
    pub(in crate::cli) fn new(folder: &Path, name: &str, max_size: u64) -> Result<Self, Failure> {
        let unknown = |reason: String| Failure::NoRevision { name: name.to_owned(), reason };
        let repository = Repository::of(folder)?.map_err(unknown)?;
        let commit = repository.commit(name)?.map_err(unknown)?;
        let tree = repository.tree(&commit)?;
        let blobs = Mutex::new(Blobs::new(&repository)?);
        Ok(Self { repository, commit, tree, blobs, max_size: max_size.min(MAX_SIZE) })
    }

    /// Whether `name` is the full object name of this commit. Then it cannot mean anything else, such as a file.
    pub(in crate::cli) fn is_called(&self, name: &str) -> bool {
        tree::is_object(name) && self.commit.eq_ignore_ascii_case(name)
    }

    /// The bytes of a file in this commit. None if there was no file, or if the path is outside of the repository.
    pub(in crate::cli) fn file(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        self.repository.inside(path).map_or(Ok(None), |path| self.blob(&self.tree, &path))
    }

    /// The path of a directory in this commit, with symbolic links resolved. None outside of the repository.
    pub(in crate::cli) fn folder(&self, folder: &Path) -> Result<Option<PathBuf>, Failure> {
        let inside = self.repository.inside(folder);
        inside.map_or(Ok(None), |inside| self.tree.real_folder(&inside, &mut self.blobs()))
    }

    /// A path of one of the repository's trees with symbolic links resolved. None if it leads outside.
    pub(in crate::cli) fn real_folder(&self, tree: &Tree, path: &Path) -> Result<Option<PathBuf>, Failure> {
        tree.real_folder(path, &mut self.blobs())
    }

    /// The nearest path called `name`, from a directory of the repository up to the root. It may be anything: a file, a link, a
    /// directory.
    pub(in crate::cli) fn nearest(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        folder.ancestors().map(|folder| folder.join(name)).find(|path| self.tree.has(path))
    }

    /// The text of a file at a path without links in its directories. If the file is a link itself, it is followed as on disk.
    pub(in crate::cli) fn text(&self, path: &Path) -> Result<Option<String>, Failure> {
        let target = self.tree.real_folder(path, &mut self.blobs())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let target = target.filter(|target| paths::may_lead(folder, target, Path::new("")));
        let bytes = target.map_or(Ok(None), |target| self.blob(&self.tree, &target))?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// The entry of a file in one of the repository's trees. Links are followed as on disk.
    pub(in crate::cli) fn entry<'t>(&self, tree: &'t Tree, path: &Path) -> Result<Option<&'t Entry>, Failure> {
        tree.file(path, &mut self.blobs())
    }

    /// The bytes of a file in one of the repository's trees. Links are followed as on disk.
    ///
    /// # Errors
    /// If git cannot read it, or if it is larger than `max_size`.
    pub(in crate::cli) fn blob(&self, tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let mut blobs = self.blobs();
        let Some(entry) = tree.file(path, &mut blobs)? else { return Ok(None) };
        let too_large = || Failure::TooLarge { name: path.to_string_lossy().into_owned(), most: self.max_size };
        blobs.read(&entry.object, self.max_size)?.ok_or_else(too_large).map(Some)
    }

    /// The same, but None if the file is too large.
    pub(in crate::cli) fn small_blob(&self, tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        match self.blob(tree, path) {
            Err(Failure::TooLarge { .. }) => Ok(None),
            other => other,
        }
    }

    /// The resolved path of a file in one of the repository's trees, and its object name.
    pub(in crate::cli) fn real(&self, tree: &Tree, path: &Path) -> Result<Option<(PathBuf, String)>, Failure> {
        let real = tree.real(path, &mut self.blobs())?;
        Ok(real.map(|(path, entry)| (path, entry.object.clone())))
    }

    /// What identifies the contents of a file in one of the repository's trees: its object name, and that of its public half if
    /// it is a key. If the tree does not have the file, its path; if that is outside of the repository, the links that lead
    /// there. Empty for a path outside of the repository that no link leads to. `path` is relative to `folder`, which is
    /// absolute.
    fn contents(&self, tree: &Tree, folder: &Path, path: &str) -> Result<String, Failure> {
        let mut names: Vec<String> = Vec::new();
        for (path, is_key) in [(path.to_owned(), false), (format!("{path}.pub"), true)] {
            let Ok(inside) = folder.join(path).strip_prefix(&self.repository.top).map(Path::to_owned) else {
                return Ok(String::new());
            };
            let mut links = Vec::new();
            names.push(match tree.there(&inside, &mut self.blobs(), &mut links)? {
                Some((_, Some(entry))) => entry.object.clone(),
                _ if is_key => continue,
                Some((place, None)) => place.to_string_lossy().into_owned(),
                // For a path that leads out of the repository, only the links are known.
                None => format!("{links:?} {}", inside.display()),
            });
        }
        Ok(names.join(" "))
    }

    fn blobs(&self) -> MutexGuard<'_, Blobs> {
        self.blobs.lock().expect("nothing panics while git is asked")
    }

    /// The parents of a commit, as named in the commit itself: a shallow clone need not have them.
    pub(in crate::cli) fn parents(&self, commit: &str) -> Result<Vec<String>, Failure> {
        let too_large = || Failure::TooLarge { name: format!("commit {commit}"), most: self.max_size };
        let bytes = self.blobs().read(commit, self.max_size)?.ok_or_else(too_large)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // They are the lines after the one of the tree. A `parent` further down is part of the message (git-cat-file(1)).
        let parents = text.lines().skip(1).map_while(|line| line.strip_prefix("parent "));
        Ok(parents.filter(|parent| tree::is_object(parent)).map(str::to_owned).collect())
    }
}

/// A change: a commit, and the index as it is now.
pub(in crate::cli) struct Change {
    pub(in crate::cli) revision: Revision,
    pub(in crate::cli) index: Tree,
}

impl Change {
    /// The change since a commit.
    pub(in crate::cli) fn since(revision: Revision) -> Result<Self, Failure> {
        Ok(Self { index: revision.repository.index()?, revision })
    }

    /// What identifies the contents of a file in the commit. `path` is relative to `folder`, which is absolute.
    pub(in crate::cli) fn contents_before(&self, folder: &Path, path: &str) -> String {
        // If they cannot be read, they count as changed.
        let contents = self.revision.contents(&self.revision.tree, folder, path);
        contents.unwrap_or_else(|failure| format!("before: {failure}"))
    }

    /// The same for a file in the index.
    pub(in crate::cli) fn contents_after(&self, folder: &Path, path: &str) -> String {
        let real = std::fs::canonicalize(folder);
        let contents = self.revision.contents(&self.index, real.as_deref().unwrap_or(folder), path);
        contents.unwrap_or_else(|failure| format!("after: {failure}"))
    }
}
