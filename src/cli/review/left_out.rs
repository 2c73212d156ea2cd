//! Whether a `check` of a directory skips a topology in one tree of a repository: because of .gitignore files or hidden names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;

use super::super::failure::Failure;
use super::super::git::{Kind, Revision, Tree};
use super::super::walk;

/// The ignore patterns of a tree.
pub(super) struct LeftOut<'t> {
    revision: &'t Revision,
    tree: &'t Tree,
    /// By the directory of their .gitignore.
    patterns: HashMap<PathBuf, Option<Gitignore>>,
}

impl<'t> LeftOut<'t> {
    /// The patterns of a tree of the revision's repository; they are read when they are needed.
    pub(super) fn new(revision: &'t Revision, tree: &'t Tree) -> Self {
        Self { revision, tree, patterns: HashMap::new() }
    }

    /// Whether a file is skipped: itself, or with a directory that it is in.
    pub(super) fn has(&mut self, path: &Path) -> Result<bool, Failure> {
        let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
        above.reverse();
        for folder in &above {
            self.look(folder)?;
        }
        let parts: Vec<&Path> = above.iter().skip(1).copied().chain([path]).collect();
        Ok(parts.iter().enumerate().any(|(depth, part)| {
            let sets = above[..=depth].iter().rev().filter_map(|folder| self.patterns[*folder].as_ref());
            walk::is_passed_over(&self.revision.repository.top.join(part), *part != path, sets)
        }))
    }

    /// Reads the patterns of a directory. A .gitignore that is a link is not read, as in git.
    fn look(&mut self, folder: &Path) -> Result<(), Failure> {
        if self.patterns.contains_key(folder) {
            return Ok(());
        }
        let file = folder.join(".gitignore");
        let is_file = self.tree.entries.get(&file).is_some_and(|entry| entry.kind == Kind::File);
        let bytes = if is_file { self.revision.small_blob(self.tree, &file)? } else { None };
        let here = self.revision.repository.top.join(folder);
        let patterns = bytes.and_then(|bytes| walk::read_patterns(&here, &bytes).ok());
        self.patterns.insert(folder.to_owned(), patterns);
        Ok(())
    }
}
