//! Which file of the work tree is compared with which file of the revision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::git::{Change, Kind, Tree};
use super::super::tracked::{NotRead, Scope};

/// A topology of the work tree, by its path in the repository.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) path: PathBuf,
    /// The path that it had in the revision, where it is another.
    pub(super) was: Option<PathBuf>,
    /// The revision has a file there that can be read.
    pub(super) has_before: bool,
    /// Why it is not read, in words.
    pub(super) not_read: Option<String>,
}

impl Pair {
    /// The path that it had in the revision.
    pub(super) fn was(&self) -> &Path {
        self.was.as_ref().unwrap_or(&self.path)
    }
}

/// All that a change may have touched.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// In the order of their paths.
    pub(super) there: Vec<Pair>,
    /// Topologies of the revision that are nowhere now.
    pub(super) gone: Vec<PathBuf>,
    /// Submodules that are at another commit, or are new.
    pub(super) submodules: Vec<PathBuf>,
}

/// Pairs what is looked at in the index with what the revision has. A file that has another name is followed, whatever it is
/// called now.
pub(super) fn pairs(scope: &Scope, change: &Change) -> Result<Pairs, Failure> {
    let Change { revision, index } = change;
    let then = &revision.tree;
    let renamed = scope.repository.renamed(&revision.commit)?;
    let was: BTreeMap<&Path, &Path> = renamed.iter().map(|(new, old)| (new.as_path(), old.as_path())).collect();
    // What was looked at is looked at under its new name too.
    let followed =
        renamed.iter().filter(|(_, old)| scope.holds(old)).filter_map(|(new, _)| index.entries.get_key_value(new));
    let followed = followed.map(|(path, entry)| (path.as_path(), entry));
    let mut now: BTreeMap<&Path, _> = scope.of(index).chain(followed).collect();
    // Where one was, a link in place of its folder may lead to another one.
    for (path, _) in scope.of(then).filter(|(path, _)| !index.entries.contains_key(*path)) {
        if let Some(entry) = revision.entry(index, path)? {
            now.insert(path, entry);
        }
    }
    let same_links = links(then) == links(index);
    let mut found = Pairs::default();
    let mut read = BTreeSet::new();
    for (path, entry) in now {
        let was = was.get(path).copied().filter(|_| !then.entries.contains_key(path));
        let before = was.unwrap_or(path);
        let has_before = revision.entry(then, before)?.is_some();
        // Where it leads is nothing that a change of the repository could have changed.
        let is_same = match entry.kind {
            Kind::Link => same_links,
            Kind::Submodule => then.entries.get(path) == Some(entry),
            Kind::File | Kind::Unmerged => false,
        };
        let not_read = match scope.real(path, entry, index) {
            Ok(_) => None,
            Err(NotRead::Gone) => continue,
            Err(NotRead::Because(_)) if is_same && has_before => continue,
            Err(NotRead::Because(_)) if is_same => {
                read.insert(path);
                continue;
            }
            Err(NotRead::Because(reason)) => Some(reason),
        };
        read.extend([path, before]);
        found.there.push(Pair { path: path.to_owned(), was: was.map(Path::to_owned), has_before, not_read });
    }
    let is_gone = |path: &&Path| !read.contains(path);
    found.gone = scope.of(then).map(|(path, _)| path).filter(is_gone).map(Path::to_owned).collect();
    let submodules = index.entries.iter().filter(|(_, entry)| entry.kind == Kind::Submodule);
    let changed = submodules.filter(|(path, entry)| then.entries.get(*path) != Some(entry));
    found.submodules = changed.map(|(path, _)| path.clone()).collect();
    Ok(found)
}

/// The links of a tree, and where each leads.
fn links(tree: &Tree) -> Vec<(&PathBuf, &str)> {
    let links = tree.entries.iter().filter(|(_, entry)| entry.kind == Kind::Link);
    links.map(|(path, entry)| (path, entry.object.as_str())).collect()
}
