use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::{Blobs, Entry, Repository, Tree, tree};
use crate::cli::failure::Failure;
use crate::cli::paths;
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

    /// Where a folder really was in the repository, by its path on disk; none outside of it.
    pub(in crate::cli) fn folder(&self, folder: &Path) -> Result<Option<PathBuf>, Failure> {
        let inside = self.repository.inside(folder);
        inside.map_or(Ok(None), |inside| self.tree.real_folder(&inside, &mut self.blobs()))
    }

    /// Where a path of one of the repository's trees leads; none where that is outside.
    pub(in crate::cli) fn real_folder(&self, tree: &Tree, path: &Path) -> Result<Option<PathBuf>, Failure> {
        tree.real_folder(path, &mut self.blobs())
    }

    /// The path of the nearest of what has a name, from a folder of the repository up to its root, whatever it is.
    pub(in crate::cli) fn nearest(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        folder.ancestors().map(|folder| folder.join(name)).find(|path| self.tree.has(path))
    }

    /// The text at a path that leads through no link, if it is a file that would be read on disk, or a link to one.
    pub(in crate::cli) fn text(&self, path: &Path) -> Result<Option<String>, Failure> {
        let target = self.tree.real_folder(path, &mut self.blobs())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let target = target.filter(|target| paths::may_lead(folder, target, Path::new("")));
        let bytes = target.map_or(Ok(None), |target| self.blob(&self.tree, &target))?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// The entry of a file of one of the repository's trees, links followed as on disk.
    pub(in crate::cli) fn entry<'t>(&self, tree: &'t Tree, path: &Path) -> Result<Option<&'t Entry>, Failure> {
        tree.file(path, &mut self.blobs())
    }

    /// The bytes of a file of one of the repository's trees, links followed as on disk.
    ///
    /// # Errors
    /// Also if the file is larger than this value was told to read.
    pub(in crate::cli) fn blob(&self, tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let mut blobs = self.blobs();
        let Some(entry) = tree.file(path, &mut blobs)? else { return Ok(None) };
        let too_large = || Failure::TooLarge { name: path.to_string_lossy().into_owned(), most: self.max_size };
        blobs.read(&entry.object, self.max_size)?.ok_or_else(too_large).map(Some)
    }

    /// The same, but a file that is too large is none.
    pub(in crate::cli) fn small_blob(&self, tree: &Tree, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        match self.blob(tree, path) {
            Err(Failure::TooLarge { .. }) => Ok(None),
            other => other,
        }
    }

    /// The path without links, and the name of the object, of a file of one of the repository's trees.
    pub(in crate::cli) fn real(&self, tree: &Tree, path: &Path) -> Result<Option<(PathBuf, String)>, Failure> {
        let real = tree.real(path, &mut self.blobs())?;
        Ok(real.map(|(path, entry)| (path, entry.object.clone())))
    }

    /// What a file is known by in one of the repository's trees: the name of its object, and that of its public half if it is a
    /// key; where the tree has none, its place, and where that is outside of the repository, the links that lead there. Empty for
    /// what is outside without a link. `path` is seen from `folder`, an absolute path.
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
                // Where it leads out of the repository, the links are all that can be told.
                None => format!("{links:?} {}", inside.display()),
            });
        }
        Ok(names.join(" "))
    }

    #[expect(clippy::expect_used, reason = "what happens while it is locked returns its failures")]
    fn blobs(&self) -> MutexGuard<'_, Blobs> {
        self.blobs.lock().expect("nothing panics while git is asked")
    }

    /// The parents of a commit, as it names them itself: a clone that is not deep need not have them.
    pub(in crate::cli) fn parents(&self, commit: &str) -> Result<Vec<String>, Failure> {
        let bytes = self.blobs().read(commit, self.max_size)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // They are the lines after that of the tree; what else a commit calls a parent is none (git-cat-file(1)).
        let parents = text.lines().skip(1).map_while(|line| line.strip_prefix("parent "));
        Ok(parents.filter(|parent| tree::is_object(parent)).map(str::to_owned).collect())
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

    /// What tells the contents of a file in the commit from others. The path is seen from a folder, an absolute path.
    pub(in crate::cli) fn contents_before(&self, folder: &Path, path: &str) -> String {
        // Whatever went wrong, they count as changed.
        let contents = self.revision.contents(&self.revision.tree, folder, path);
        contents.unwrap_or_else(|failure| format!("before: {failure}"))
    }

    /// The same of a file as the index has it.
    pub(in crate::cli) fn contents_after(&self, folder: &Path, path: &str) -> String {
        let real = std::fs::canonicalize(folder);
        let contents = self.revision.contents(&self.index, real.as_deref().unwrap_or(folder), path);
        contents.unwrap_or_else(|failure| format!("after: {failure}"))
    }
}
