//! How containerlab reads each map of a topology, with merges applied; also maps whose values others override, because it reads
//! them too.

use std::collections::HashSet;

use crate::base::{Finding, quoted, rule};
use crate::syntax::{NodeId, Tree};
use crate::text::{Place, Source};

/// What a map is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// The whole file.
    File,
    Topology,
    /// Kinds and groups by their names.
    Levels,
    /// Nodes by their names.
    Nodes,
    /// The defaults, a kind, a group, a node.
    Level,
    Labels,
    /// Words by their names, as in `env`.
    Words,
    Extras,
}

impl Part {
    /// Whether it is a map of containerlab's, in which a merge may override no key, and not a structure.
    fn is_map(self) -> bool {
        matches!(self, Self::Levels | Self::Nodes | Self::Labels | Self::Words)
    }

    /// How the value of one of its keys is read, if it is a map too.
    fn of(self, key: &str) -> Option<Self> {
        match (self, key) {
            (Self::File, "topology") => Some(Self::Topology),
            (Self::Topology, "kinds" | "groups") => Some(Self::Levels),
            (Self::Topology, "nodes") => Some(Self::Nodes),
            (Self::Topology, "defaults") | (Self::Levels | Self::Nodes, _) => Some(Self::Level),
            (Self::Level, "labels") => Some(Self::Labels),
            (Self::Level, "env" | "sysctls" | "tmpfs") => Some(Self::Words),
            (Self::Level, "extras") => Some(Self::Extras),
            _ => None,
        }
    }
}

/// Every map that is read, once for each way in which it is read. A joined map is listed as well; it has no place in the file.
pub(crate) fn parts(tree: &Tree<'_>) -> Vec<(Part, NodeId)> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut open: Vec<(Part, NodeId)> = tree.root().map(|root| (Part::File, root)).into_iter().collect();
    while let Some((part, id)) = open.pop() {
        let id = tree.resolve(id);
        if !tree.is_mapping(id) || !seen.insert((part, id)) {
            continue;
        }
        found.push((part, id));
        open.extend(tree.sources(id).iter().map(|source| (part, *source)));
        let replaced = tree.overridden(id).iter().map(|(lost, _)| *lost);
        for pair in tree.pairs(id).chain(replaced) {
            let part = tree.key_text(pair.key).and_then(|key| part.of(key));
            open.extend(part.map(|part| (part, pair.value)));
        }
    }
    found
}

/// Findings about keys that a merge repeats in a map in which it must not.
pub(super) fn set_twice(tree: &Tree<'_>, source: &Source) -> Vec<Finding> {
    if !tree.has_merges() {
        return Vec::new();
    }
    let mut told = HashSet::new();
    let maps = parts(tree).into_iter().filter(|(part, _)| part.is_map());
    let twice = maps.flat_map(|(_, map)| tree.overridden(map).iter());
    let twice = twice.filter(|(first, second)| told.insert((first.key, second.key)));
    twice.map(|(first, second)| key_already_set(source, tree.place(first.key), tree.place(second.key))).collect()
}

fn key_already_set(source: &Source, first: Place, second: Place) -> Finding {
    let key = quoted(source.original(second));
    Finding::error(rule::DUPLICATE_KEY, format!("duplicate key {key}: one of them comes from a merge"))
        .at(source.span(second), "repeated here")
        .at(source.span(first), "first here")
        .help("keep one of them; in this map, containerlab does not let a merge override a key")
}
