//! Which file of the work tree is compared with which file of the revision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::git::{Change, Entry, Kind, Tree};
use super::super::tracked::Scope;
use crate::config;

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
    /// A file with variables for it changed: they matter if it is a template.
    pub(super) has_other_variables: bool,
    /// It is looked at also without what it was.
    pub(super) is_looked_at: bool,
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
    /// Links to folders that lead elsewhere.
    pub(super) moved: Vec<Moved>,
    /// Submodules that are at another commit, or are new.
    pub(super) submodules: Vec<PathBuf>,
}

/// A link to a folder that leads to another folder than before: another topology is at the same path through it.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) link: PathBuf,
    pub(super) before: PathBuf,
    pub(super) after: PathBuf,
}

/// The links to folders of both trees that lead to other ones.
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

/// Pairs what is looked at in the index with what the revision has. A file that has another name is followed, whatever it is
/// called now.
pub(super) fn pairs(scope: &Scope, change: &Change) -> Result<Pairs, Failure> {
    let Change { revision, index } = change;
    let then = &revision.tree;
    let renamed = scope.repository.renamed(&revision.commit)?;
    // What was looked at is looked at under its new name too. What was not is new.
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
    // Where one was, a link in place of its folder may lead to another one.
    for (path, _) in scope.of(then).filter(|(path, _)| !index.entries.contains_key(*path)) {
        if let Some(entry) = revision.entry(index, path)? {
            now.insert(path, entry);
        }
    }
    // Where an unreadable file leads, and which settings hold for it, can be what it was only if none of these changed.
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
            _ if is_template(path) => Some("it is a template, and was not rendered".to_owned()),
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

/// The links and the settings files of a tree, and the object of each.
fn ways(tree: &Tree) -> Vec<(&PathBuf, &str)> {
    let is_settings = |path: &Path| path.file_name().is_some_and(|name| name == config::FILE_NAME);
    let ways = tree.entries.iter().filter(|(path, entry)| entry.kind == Kind::Link || is_settings(path));
    ways.map(|(path, entry)| (path, entry.object.as_str())).collect()
}

/// Whether a file is called like a template of a topology: `lab.clab.gotmpl` (containerlab's documentation, "Generated
/// topologies").
fn is_template(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.ends_with(b".clab.gotmpl") || name.ends_with(b".clab.yml.gotmpl") || name.ends_with(b".clab.yaml.gotmpl")
}

/// The files with variables of templates that are not the same in both trees, each as what their topologies' paths begin with:
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

/// What comes after the name of the template in that of a file with its variables.
const VARIABLES: &[u8] = b"_vars.";
