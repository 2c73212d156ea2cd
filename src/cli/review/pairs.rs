//! Which file of the work tree is compared with which file of the revision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::git::{Change, Entry, Kind, Tree};
use super::super::tracked::Scope;
use crate::render::review::Moved;
use crate::settings;

/// A topology of the work tree, by its path in the repository.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) path: PathBuf,
    /// Its path in the revision, if it was renamed.
    pub(super) was: Option<PathBuf>,
    /// Whether the revision has a file there.
    pub(super) has_before: bool,
    /// The reason why it is not read, in words.
    pub(super) not_read: Option<String>,
    /// Whether a file with variables for it changed: they matter if it is a template.
    pub(super) has_other_variables: bool,
    /// Whether its new path is in the compared paths, not only its old one.
    pub(super) is_looked_at: bool,
}

impl Pair {
    /// Its path in the revision.
    pub(super) fn was(&self) -> &Path {
        self.was.as_ref().unwrap_or(&self.path)
    }
}

/// Everything that a change might have touched.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// In the order of their paths.
    pub(super) there: Vec<Pair>,
    /// Topologies of the revision that no longer exist.
    pub(super) gone: Vec<PathBuf>,
    /// Links to directories that lead elsewhere.
    pub(super) moved: Vec<Moved>,
    /// Submodules that are new or at a different commit.
    pub(super) submodules: Vec<PathBuf>,
}

/// The links that are in both trees and lead to different directories.
fn moved(scope: &Scope, change: &Change) -> Result<Vec<Moved>, Failure> {
    let Change { revision, index } = change;
    let mut moved = Vec::new();
    let links = index.entries.iter().filter(|(path, entry)| entry.kind == Kind::Link && scope.touches(path));
    for (link, _) in links.filter(|(path, _)| revision.tree.entries.get(*path).is_some_and(|it| it.kind == Kind::Link))
    {
        let places = (revision.real_folder(&revision.tree, link)?, revision.real_folder(index, link)?);
        if let (Some(before), Some(after)) = places
            && before != after
            && [(&revision.tree, &before), (index, &after)].iter().all(|(tree, place)| tree.is_folder(place))
        {
            moved.push(Moved { link: link.clone(), before, after });
        }
    }
    Ok(moved)
}

/// Pairs the topologies of the index with those of the revision. A renamed file is followed, whatever its new name is.
pub(super) fn pairs(scope: &Scope, change: &Change) -> Result<Pairs, Failure> {
    let Change { revision, index } = change;
    let then = &revision.tree;
    let renamed = scope.repository.renamed(&revision.commit)?;
    // A file that was in the compared paths is compared under its new name too. One that was not is new.
    let was: BTreeMap<&Path, &Path> = renamed
        .iter()
        .map(|(new, old)| (new.as_path(), old.as_path()))
        .filter(|(new, old)| scope.holds(old) && !then.entries.contains_key(*new))
        .collect();
    let followed = was.keys().filter_map(|new| index.entries.get_key_value(*new));
    let followed = followed.map(|(path, entry)| (path.as_path(), entry));
    let templates = index.entries.iter().filter(|(path, _)| scope.touches(path) && is_template(path));
    let templates = templates.map(|(path, entry)| (path.as_path(), entry));
    let mut now: BTreeMap<&Path, &Entry> = scope.of(index).chain(followed).chain(templates).collect();
    // A link in place of the directory of a topology can lead to another topology.
    for (path, _) in scope.of(then).filter(|(path, _)| !index.entries.contains_key(*path)) {
        if let Some(entry) = revision.entry(index, path)? {
            now.insert(path, entry);
        }
    }
    // What an unreadable file leads to, and which settings apply to it, can be unchanged only if none of these changed.
    let same_ways = ways(then) == ways(index);
    let variables = changed_variables(change)?;
    let has_other_variables = |path: &Path| {
        let path = path.as_os_str().as_encoded_bytes();
        variables.iter().any(|start| path.strip_prefix(start.as_slice()).is_some_and(|rest| rest.starts_with(b".")))
    };
    let mut found = Pairs::default();
    let mut read = BTreeSet::new();
    for (path, entry) in now {
        let was = was.get(path).copied();
        let before = was.unwrap_or(path);
        read.extend([path, before]);
        let is_new = !then.entries.contains_key(before) || !scope.holds(before) && !is_template(before);
        let has_before = !is_new && revision.entry(then, before)?.is_some();
        let is_same = was.is_none() && then.entries.get(path) == Some(entry);
        let not_read = match scope.real(path, entry, index) {
            _ if is_template(path) && is_same && same_ways && !has_other_variables(path) => continue,
            _ if is_template(path) => Some("it is a template that was not rendered".to_owned()),
            Ok(_) => None,
            Err(_) if is_same && same_ways && (entry.kind != Kind::Link || !has_before) => continue,
            Err(reason) => Some(reason),
        };
        found.there.push(Pair {
            path: path.to_owned(),
            was: was.map(Path::to_owned),
            has_before,
            not_read,
            has_other_variables: has_other_variables(path),
            is_looked_at: scope.holds(path),
        });
    }
    found.moved = moved(scope, change)?;
    let is_gone = |path: &&Path| !read.contains(path);
    found.gone = scope.of(then).map(|(path, _)| path).filter(is_gone).map(Path::to_owned).collect();
    let submodules = index.entries.iter().filter(|(_, entry)| entry.kind == Kind::Submodule);
    let changed = submodules.filter(|(path, entry)| scope.touches(path) && then.entries.get(*path) != Some(entry));
    found.submodules = changed.map(|(path, _)| path.clone()).collect();
    Ok(found)
}

/// The links and the settings files of a tree, each with its object.
fn ways(tree: &Tree) -> Vec<(&PathBuf, &str)> {
    let is_settings = |path: &Path| path.file_name().is_some_and(|name| name == settings::FILE_NAME);
    let ways = tree.entries.iter().filter(|(path, entry)| entry.kind == Kind::Link || is_settings(path));
    ways.map(|(path, entry)| (path, entry.object.as_str())).collect()
}

/// Whether a file is named like a template of a topology: `lab.clab.gotmpl` (containerlab's documentation, "Generated
/// topologies").
fn is_template(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.ends_with(b".clab.gotmpl") || name.ends_with(b".clab.yml.gotmpl") || name.ends_with(b".clab.yaml.gotmpl")
}

/// The files with template variables that differ between the trees, each as the beginning of its topologies' paths:
/// `labs/lab.clab` of `labs/lab.clab_vars.yml`.
fn changed_variables(change: &Change) -> Result<Vec<Vec<u8>>, Failure> {
    let Change { revision, index } = change;
    let mut changed = Vec::new();
    for path in revision.tree.entries.keys().chain(index.entries.keys()) {
        let bytes = path.as_os_str().as_encoded_bytes();
        let Some(end) = bytes.windows(VARIABLES.len()).rposition(|part| part == VARIABLES) else { continue };
        if revision.entry(&revision.tree, path)? != revision.entry(index, path)? {
            changed.push(bytes[..end].to_vec());
        }
    }
    Ok(changed)
}

/// What follows the name of a template in the name of a file with its variables.
const VARIABLES: &[u8] = b"_vars.";
