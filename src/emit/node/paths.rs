//! Paths of a topology whose copy is in another directory. containerlab resolves relative paths against the directory of the file that
//! it deploys (0.79, `ResolvePath` in utils/file.go), so the path to the original's directory is put before them:
//!
//! | key | what stays as it is |
//! |---|---|
//! | `startup-config`, `license` | an absolute path, one from the home directory (`~`), a URL, the text of a file itself |
//! | `binds`, their first part | an absolute path, `~` |
//! | `env-files`, `identity-file`, `ceos-copy-to-flash`, the certificate authority | the same |
//!
//! Everything in containerlab's own directory of the lab (`__clabDir__`, `__clabNodeDir__`, `__clabLabName__`, `clab-NAME/`) stays too: it is beside the copy now.

use std::collections::HashSet;

use super::RULE;
use crate::base::{Edit, Finding};
use crate::emit::strip::targets::levels;
use crate::resolve::Lab;
use crate::syntax::{Node, NodeId, Tree};
use crate::text::{Place, Source};

/// A path that is written differently in the copy.
pub(super) struct Move {
    pub(super) node: NodeId,
    /// Its new value.
    pub(super) value: String,
    pub(super) edit: Edit,
}

/// A finding for each path that cannot be kept.
pub(super) fn findings(tree: &Tree<'_>, lab: &Lab<'_>) -> Vec<Finding> {
    let search = Search { tree, source: lab.source, moved: "x", lab: format!("clab-{}", lab.name()) };
    let unclear = |place| {
        Finding::error(
            RULE,
            "the copy of this topology is in another directory, and where this path leads from there is not known",
        )
        .at(
            lab.span(place),
            "it begins with a variable, leaves the directory that it begins in, or is used by an alias",
        )
        .help("keep the entries file in the topology's directory, or open the tunnels without `--node`")
    };
    search.moves().into_iter().filter_map(Result::err).map(unclear).collect()
}

/// The paths to change if the topology's directory is at `moved`, seen from that of the copy. None if one cannot be kept.
pub(super) fn moves(tree: &Tree<'_>, source: &Source, moved: &str) -> Option<Vec<Move>> {
    let name = tree.root().and_then(|root| tree.lookup(root, "name")).and_then(|name| tree.scalar(name.value));
    let lab = format!("clab-{}", name.map_or("", |name| name.value));
    Search { tree, source, moved, lab }.moves().into_iter().collect::<Result<_, _>>().ok()
}

struct Search<'s, 't> {
    tree: &'s Tree<'t>,
    source: &'s Source,
    moved: &'s str,
    /// The name of containerlab's own directory.
    lab: String,
}

impl Search<'_, '_> {
    fn moves(&self) -> Vec<Result<Move, Place>> {
        let tree = self.tree;
        let aliased: HashSet<NodeId> = tree.aliases().map(|(_, target)| target).collect();
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for path in self.paths() {
            let node = tree.resolve(path.node);
            if !seen.insert(node) {
                continue;
            }
            let Some(value) = self.moved(&path) else {
                if self.leaves_lab(&path) || self.is_variable(&path) {
                    found.push(Err(tree.place(path.node)));
                }
                continue;
            };
            let is_shared = aliased.contains(&node) || path.list.is_some_and(|list| aliased.contains(&list));
            let place = tree.place(node);
            let edit = if is_shared { None } else { self.edit(place, &value) };
            found.push(edit.map(|edit| Move { node, value, edit }).ok_or_else(|| tree.place(path.node)));
        }
        found
    }

    /// Every path of the topology.
    fn paths(&self) -> Vec<Path> {
        let tree = self.tree;
        let mut paths = Vec::new();
        for level in levels(tree) {
            for (key, kind) in [("startup-config", Kind::File), ("license", Kind::File), ("identity-file", Kind::Path)]
            {
                paths.extend(self.value(level.value, key, kind));
            }
            if let Some(credentials) = tree.lookup(level.value, "credentials") {
                paths.extend(self.value(credentials.value, "identity-file", Kind::Path));
            }
            paths.extend(self.items(level.value, "binds", Kind::Bind));
            paths.extend(self.items(level.value, "env-files", Kind::Path));
            if let Some(extras) = tree.lookup(level.value, "extras") {
                paths.extend(self.items(extras.value, "ceos-copy-to-flash", Kind::Path));
            }
        }
        let settings = tree.root().and_then(|root| tree.lookup(root, "settings"));
        let authority = settings.and_then(|settings| tree.lookup(settings.value, "certificate-authority"));
        for key in ["cert", "key"] {
            paths.extend(authority.and_then(|authority| self.value(authority.value, key, Kind::Path)));
        }
        paths
    }

    fn value(&self, mapping: NodeId, key: &str, kind: Kind) -> Option<Path> {
        self.tree.lookup(mapping, key).map(|pair| Path { node: pair.value, list: None, kind })
    }

    fn items(&self, mapping: NodeId, key: &str, kind: Kind) -> Vec<Path> {
        let list = self.tree.lookup(mapping, key).map(|pair| self.tree.resolve(pair.value));
        let items = list.and_then(|list| self.tree.items(list)).unwrap_or_default();
        items.iter().map(|item| Path { node: *item, list, kind }).collect()
    }

    /// A path as it is to be written; none if it stays.
    fn moved(&self, path: &Path) -> Option<String> {
        let Node::Scalar(scalar) = self.tree.get(path.node) else { return None };
        let value = scalar.value;
        // `host:container[:options]`; a bind without a host's part has one part only.
        let own = if path.kind == Kind::Bind { value.split_once(':')?.0 } else { value };
        let is_of_lab = self.is_of_lab(own);
        let is_url = path.kind == Kind::File && own.contains("://");
        let is_text = path.kind == Kind::File && own.contains('\n');
        let stays = scalar.is_null || own.is_empty() || own.starts_with(['/', '~']) || is_of_lab || is_url || is_text;
        (!stays).then(|| format!("{}/{value}", self.moved))
    }

    /// Whether a path is in containerlab's own directory of the lab.
    fn is_of_lab(&self, own: &str) -> bool {
        let first = own.split('/').find(|part| !part.is_empty() && *part != ".").unwrap_or_default();
        [&self.lab, "__clabDir__", "__clabNodeDir__", "__clabLabName__"].contains(&first)
    }

    /// Whether a path begins with a variable, which may have another value when the copy is deployed.
    fn is_variable(&self, path: &Path) -> bool {
        self.tree.is_scalar(path.node) && unquoted(self.source.original(self.tree.place(path.node))).starts_with('$')
    }

    /// Whether a path begins in that directory and leaves it, so that it is not known which of the two places is meant.
    fn leaves_lab(&self, path: &Path) -> bool {
        let Node::Scalar(scalar) = self.tree.get(path.node) else { return false };
        let own = scalar.value.split(':').next().unwrap_or_default();
        self.is_of_lab(own) && own.split('/').any(|part| part == "..")
    }

    /// The edit that puts the directory before a path. None if it begins with a variable, or is not written in the file as it is read.
    fn edit(&self, place: Place, value: &str) -> Option<Edit> {
        let written = self.source.original(place);
        let quotes = written.len() - written.trim_start_matches(['"', '\'']).len();
        if written[quotes..].starts_with('$') || written.starts_with(['|', '>']) {
            return None;
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
        let start = place.range().start + quotes;
        if quotes <= 1 && self.moved.chars().all(is_plain) {
            return self.source.edit(Place::new(start, start), format!("{}/", self.moved));
        }
        if self.source.has_values(place) {
            return None;
        }
        // A `$` would be a variable's.
        self.source.edit(place, serde_json::Value::from(value.replace('$', "$$")).to_string())
    }
}

fn unquoted(written: &str) -> &str {
    written.trim_start_matches(['"', '\''])
}

struct Path {
    node: NodeId,
    /// The list that it is an item of.
    list: Option<NodeId>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A path, a URL, or the text of a file.
    File,
    Path,
    Bind,
}
