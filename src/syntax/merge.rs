//! Merge keys (`<<`) as yaml.v2 applies them: at the place where they are written, so that one after a key overrides it
//! (spec/before-yaml.md#merge-keys-in-order). It decodes the merged map into the same value as the map that merges it, so that a map on both
//! sides becomes one map, and a null in between removes what was there before (its decode.go: `merge`, `mapping`,
//! `mappingStruct`, `scalar`).

use std::collections::HashMap;

use super::tree::{Merged, Node, NodeId, Pair, Scalar, Tree};
use super::yaml_error;
use crate::base::Findings;
use crate::base::limits::MOST_MERGED_PAIRS;
use crate::base::rule::TOO_MUCH_MERGED;
use crate::text::Source;

/// How deep maps are joined below one that merges; publishing reads nothing deeper (`topology.defaults.labels`). Below that, the
/// later map applies.
const DEEPEST_JOIN: usize = 3;

/// A plain `<<`; a quoted or tagged one and an alias of one are ordinary keys.
pub(crate) fn is_merge_key(tree: &Tree<'_>, key: NodeId) -> bool {
    matches!(tree.written(key), Node::Scalar(Scalar { is_plain: true, value: "<<", .. }))
}

/// Applies the merges of a mapping that has some, as soon as it has ended: what it merges has ended before it, so nothing
/// recurses.
pub(super) fn work_in(tree: &mut Tree<'_>, mapping: NodeId, source: &Source, findings: &mut Findings) {
    let written: Vec<Pair> = tree.written_pairs(mapping).collect();
    let mut merged = Overlay::default();
    for pair in written {
        if !is_merge_key(tree, pair.key) {
            if merged.put(tree, pair, DEEPEST_JOIN).is_none() {
                return too_much(tree, pair.key, source, findings);
            }
            continue;
        }
        let Some(sources) = sources_of(tree, pair.value) else {
            findings.push(yaml_error::merge_value(source, tree.place(pair.value)));
            continue;
        };
        for from in sources {
            if merged.put_all(tree, from, DEEPEST_JOIN).is_none() {
                return too_much(tree, pair.key, source, findings);
            }
        }
    }
    tree.set_merged(mapping, merged.into_merged(false));
}

fn too_much(tree: &Tree<'_>, key: NodeId, source: &Source, findings: &mut Findings) {
    // Every later merge exceeds the limit too, so only the first is reported.
    if findings.iter().all(|finding| finding.rule != TOO_MUCH_MERGED) {
        findings.push(yaml_error::too_much_merged(source, tree.place(key), MOST_MERGED_PAIRS));
    }
}

/// The mappings that a merge adds, the weakest first: in a list of them, the first one is the strongest.
fn sources_of(tree: &Tree<'_>, value: NodeId) -> Option<Vec<NodeId>> {
    match tree.get(value) {
        Node::Mapping => Some(vec![tree.resolve(value)]),
        // The list itself must be written in the merge; an alias to a list is not accepted.
        Node::Sequence if tree.resolve(value) == value => {
            let items = tree.items(value)?;
            let maps = items.iter().all(|item| tree.is_mapping(*item));
            maps.then(|| items.iter().rev().map(|item| tree.resolve(*item)).collect())
        }
        _ => None,
    }
}

/// Pairs in the order of their first appearance, each key with its latest value, and the maps that they came from.
#[derive(Default)]
struct Overlay {
    pairs: Vec<Pair>,
    by_key: HashMap<String, usize>,
    overridden: Vec<(Pair, Pair)>,
    sources: Vec<NodeId>,
}

impl Overlay {
    /// Adds all pairs of a mapping; none if that exceeds the limit.
    fn put_all(&mut self, tree: &mut Tree<'_>, from: NodeId, depth: usize) -> Option<()> {
        // What a null removed there was still read, and joined with what came before it.
        let is_gone = |(lost, won): &&(Pair, Pair)| {
            (tree.is_null(won.value) || tree.is_anew(won.value))
                && tree.is_mapping(lost.value)
                && !tree.is_anew(lost.value)
        };
        let gone = tree.overridden(from).iter().filter(is_gone).map(|(lost, _)| *lost);
        let pairs: Vec<Pair> = gone.chain(tree.pairs(from)).collect();
        if tree.merged_pairs() + self.pairs.len() + self.overridden.len() + pairs.len() > MOST_MERGED_PAIRS {
            return None;
        }
        self.sources.push(from);
        pairs.into_iter().try_for_each(|pair| self.put(tree, pair, depth))
    }

    fn put(&mut self, tree: &mut Tree<'_>, pair: Pair, depth: usize) -> Option<()> {
        let Some(key) = tree.key_text(pair.key) else { return Some(()) };
        let Some(index) = self.by_key.get(key).copied() else {
            self.by_key.insert(key.to_owned(), self.pairs.len());
            self.pairs.push(pair);
            return Some(());
        };
        let before = self.pairs[index];
        self.overridden.push((before, pair));
        self.pairs[index] = Pair { key: pair.key, value: joined(tree, before.value, pair.value, depth)? };
        Some(())
    }

    fn into_merged(self, is_anew: bool) -> Merged {
        Merged { pairs: self.pairs, overridden: self.overridden, sources: self.sources, is_anew }
    }
}

/// The value of a key after another value for the same key follows it; none if that exceeds the limit.
fn joined(tree: &mut Tree<'_>, before: NodeId, after: NodeId, depth: usize) -> Option<NodeId> {
    let joins = tree.is_mapping(before) || tree.is_null(before);
    if depth == 0 || !joins || !tree.is_mapping(after) || tree.is_anew(after) {
        return Some(after);
    }
    let mut both = Overlay::default();
    let is_anew = tree.is_null(before) || tree.is_anew(before);
    if tree.is_mapping(before) {
        both.put_all(tree, tree.resolve(before), depth - 1)?;
    }
    both.put_all(tree, tree.resolve(after), depth - 1)?;
    let id = tree.add_joined(tree.place(after));
    tree.set_merged(id, both.into_merged(is_anew));
    Some(id)
}
