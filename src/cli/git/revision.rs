use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::{Blobs, Repository, Tree, tree};
use crate::cli::failure::Failure;
use crate::text::MAX_SIZE;

/// A commit, and what it holds.
pub(in crate::cli) struct Revision {
    pub(in crate::cli) repository: Repository,
    /// The name of its object: no word of the user's is handed to git twice.
    pub(in crate::cli) commit: String,
    pub(in crate::cli) tree: Tree,
    blobs: RefCell<Blobs>,
    /// The largest file that is read, in bytes.
    max_size: u64,
}

impl Revision {
    /// What `name` names in the repository of `folder`: a branch, a tag, `HEAD~1`. Files of more than `max_size` bytes are not
    /// read.
    pub(in crate::cli) fn new(folder: &Path, name: &str, max_size: u64) -> Result<Self, Failure> {
        let unknown = |reason: String| Failure::NoRevision { name: name.to_owned(), reason };
        let repository = Repository::of(folder)?.map_err(unknown)?;
        let commit = repository.commit(name)?.map_err(unknown)?;
        let tree = repository.tree(&commit)?;
        let blobs = RefCell::new(Blobs::new(&repository)?);
        Ok(Self { repository, commit, tree, blobs, max_size: max_size.min(MAX_SIZE) })
    }

    /// Whether `name` is the whole name of this commit's object: then it can be nothing else, whatever files there are.
    pub(in crate::cli) fn is_called(&self, name: &str) -> bool {
        tree::is_object(name) && self.commit.eq_ignore_ascii_case(name)
    }

    /// The bytes that a path had; none where there was no file, or where it is outside of the repository.
    pub(in crate::cli) fn file(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        self.repository.inside(path).map_or(Ok(None), |path| self.blob(&self.tree, &path))
    }

    /// The nearest file of a name, from a folder up to the root of the repository: its path from there, and its text.
    pub(in crate::cli) fn nearest(&self, folder: &Path, name: &str) -> Result<Option<(PathBuf, String)>, Failure> {
        for folder in folder.ancestors() {
            let path = folder.join(name);
            if let Some(bytes) = self.blob(&self.tree, &path)? {
                return Ok(Some((path, String::from_utf8_lossy(&bytes).into_owned())));
            }
        }
        Ok(None)
    }

    /// Whether it has a file at a path of the repository, links followed.
    pub(in crate::cli) fn has_file(&self, path: &Path) -> Result<bool, Failure> {
        Ok(self.tree.file(path, &mut self.blobs.borrow_mut())?.is_some())
    }

    /// The bytes of a file of one of the repository's trees, links followed as on disk.
    pub(in crate::cli) fn blob(&self, tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let mut blobs = self.blobs.borrow_mut();
        let object = tree.file(path, &mut blobs)?.map(|entry| entry.object.clone());
        object.map(|object| blobs.read(&object, self.max_size)).transpose()
    }

    /// The parents of a commit, as it names them itself: a clone that is not deep need not have them.
    pub(in crate::cli) fn parents(&self, commit: &str) -> Result<Vec<String>, Failure> {
        let bytes = self.blobs.borrow_mut().read(commit, self.max_size)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let head = text.lines().take_while(|line| !line.is_empty());
        Ok(head.filter_map(|line| line.strip_prefix("parent ")).map(str::to_owned).collect())
    }
}
