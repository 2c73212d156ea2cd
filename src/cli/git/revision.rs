use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::{Blobs, Repository, Tree, tree};
use crate::cli::failure::Failure;
use crate::text::MAX_SIZE;

/// A commit, and what it holds.
pub(in crate::cli) struct Revision {
    pub(in crate::cli) repository: Repository,
    /// The name of its object: no word of the user's is handed to git twice.
    pub(in crate::cli) commit: String,
    pub(in crate::cli) tree: Tree,
    blobs: Mutex<Blobs>,
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
        let blobs = Mutex::new(Blobs::new(&repository)?);
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
        Ok(self.tree.file(path, &mut self.blobs())?.is_some())
    }

    /// The bytes of a file of one of the repository's trees, links followed as on disk.
    pub(in crate::cli) fn blob(&self, tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let mut blobs = self.blobs();
        let object = tree.file(path, &mut blobs)?.map(|entry| entry.object.clone());
        object.map(|object| blobs.read(&object, self.max_size)).transpose()
    }

    /// The path without links, and the name of the object, of a file of one of the repository's trees.
    pub(in crate::cli) fn real(&self, tree: &Tree, path: &Path) -> Result<Option<(PathBuf, String)>, Failure> {
        let real = tree.real(path, &mut self.blobs())?;
        Ok(real.map(|(path, entry)| (path, entry.object.clone())))
    }

    /// What tells the contents of a file of one of the repository's trees from others: the names of its object, and of its public
    /// half's if it is a key. Empty for what the tree does not have, which no change of it could have changed.
    pub(in crate::cli) fn contents(&self, tree: &Tree, path: &Path) -> Result<String, Failure> {
        let Some(inside) = self.repository.inside(path) else { return Ok(String::new()) };
        let mut public = inside.clone().into_os_string();
        public.push(".pub");
        let mut names = Vec::new();
        for path in [inside, PathBuf::from(public)] {
            names.push(tree.file(&path, &mut self.blobs())?.map_or("", |entry| entry.object.as_str()));
        }
        Ok(names.join(" "))
    }

    #[expect(clippy::expect_used, reason = "what happens while it is locked returns its failures")]
    fn blobs(&self) -> MutexGuard<'_, Blobs> {
        self.blobs.lock().expect("nothing panics while git is asked")
    }

    /// The parents of a commit, as it names them itself: a clone that is not deep need not have them.
    pub(in crate::cli) fn parents(&self, commit: &str) -> Result<Vec<String>, Failure> {
        let bytes = self.blobs().read(commit, self.max_size)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let head = text.lines().take_while(|line| !line.is_empty());
        Ok(head.filter_map(|line| line.strip_prefix("parent ")).map(str::to_owned).collect())
    }
}

/// What became of a commit: the commit, and what the index has now.
pub(in crate::cli) struct Change {
    pub(in crate::cli) revision: Revision,
    pub(in crate::cli) index: Tree,
}

impl Change {
    /// Since a commit.
    pub(in crate::cli) fn since(revision: Revision) -> Result<Self, Failure> {
        Ok(Self { index: revision.repository.index()?, revision })
    }

    /// What tells the contents of a file in the commit from others.
    pub(in crate::cli) fn contents_before(&self, path: &Path) -> String {
        // Whatever went wrong, they count as changed.
        self.revision.contents(&self.revision.tree, path).unwrap_or_else(|failure| format!("before: {failure}"))
    }

    /// What tells the contents of a file now from others.
    pub(in crate::cli) fn contents_after(&self, path: &Path) -> String {
        self.revision.contents(&self.index, path).unwrap_or_else(|failure| format!("after: {failure}"))
    }
}
