//! Merge keys (`<<`) as yaml.v2 works them in: at the place where they stand, so that one behind a key wins over it
//! (semantics.md, section 7).

use std::collections::HashMap;

use super::tree::{Merged, Node, NodeId, Pair, Scalar, Tree};
use super::yaml_error;
use crate::base::Findings;
use crate::text::Source;

/// Pairs that merges may produce in one file. Real topologies stay below a few thousand.
const MOST_MERGED_PAIRS: usize = 1_000_000;

/// A plain `<<`; a quoted one is an ordinary key.
pub(crate) fn is_merge_key(key: &Scalar<'_>) -> bool {
    key.is_plain && key.value == "<<"
}

/// Works the merges of a mapping that has some in, as soon as it has ended: what it merges has ended before it, so nothing recurses.
pub(super) fn work_in(tree: &mut Tree<'_>, mapping: NodeId, source: &Source, findings: &mut Findings) {
    let is_merge = |tree: &Tree<'_>, pair: &Pair| tree.scalar(pair.key).is_some_and(|key| is_merge_key(&key));
    let written: Vec<Pair> = tree.written_pairs(mapping).collect();
    let mut result = Overlay::default();
    for pair in written {
        if !is_merge(tree, &pair) {
            result.put(tree, pair);
            continue;
        }
        let Some(merged) = sources_of(tree, pair.value) else {
            findings.push(yaml_error::merge_value(source, tree.place(pair.value)));
            continue;
        };
        for from in merged {
            let pairs: Vec<Pair> = tree.pairs(from).collect();
            if tree.merged_pairs() + result.pairs.len() + pairs.len() > MOST_MERGED_PAIRS {
                // Every merge behind it goes over the limit too: one of them is told.
                if findings.iter().all(|finding| finding.rule != yaml_error::TOO_MUCH_MERGED) {
                    findings.push(yaml_error::too_much_merged(source, tree.place(pair.key), MOST_MERGED_PAIRS));
                }
                return;
            }
            for pair in pairs {
                result.put(tree, pair);
            }
        }
    }
    tree.set_merged(mapping, Merged { pairs: result.pairs, overridden: result.overridden });
}

/// The mappings that a merge takes from, the weakest first: in a list of them the first one is the strongest.
pub(crate) fn sources_of(tree: &Tree<'_>, value: NodeId) -> Option<Vec<NodeId>> {
    match tree.get(value) {
        Node::Mapping => Some(vec![value]),
        Node::Sequence => {
            let items = tree.items(value)?;
            items.iter().all(|item| tree.is_mapping(*item)).then(|| items.iter().rev().copied().collect())
        }
        _ => None,
    }
}

/// Pairs in the order of their first appearance, each key with its latest value.
#[derive(Default)]
struct Overlay {
    pairs: Vec<Pair>,
    by_key: HashMap<String, usize>,
    overridden: Vec<(Pair, Pair)>,
}

impl Overlay {
    fn put(&mut self, tree: &Tree<'_>, pair: Pair) {
        let Some(key) = tree.key_text(pair.key) else { return };
        if let Some(index) = self.by_key.get(key) {
            self.overridden.push((self.pairs[*index], pair));
            self.pairs[*index] = pair;
        } else {
            self.by_key.insert(key.to_owned(), self.pairs.len());
            self.pairs.push(pair);
        }
    }
}
