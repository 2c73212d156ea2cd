//! The part of a [`Tree`] that merges create.

use super::{NodeId, Pair, Tree};
use crate::text::Place;

/// A mapping with its `<<` applied.
#[derive(Debug)]
pub(in crate::syntax) struct Merged {
    pub(in crate::syntax) pairs: Vec<Pair>,
    /// A key that a merge repeats: (the one that is overridden, the one that applies). If both values are maps, they are joined.
    pub(in crate::syntax) overridden: Vec<(Pair, Pair)>,
    /// The mappings that are merged or joined here, in the order in which they are read.
    pub(in crate::syntax) sources: Vec<NodeId>,
    /// Joined after a null: what another map has before it is gone.
    pub(in crate::syntax) is_anew: bool,
}

impl Tree<'_> {
    /// A mapping that is not written anywhere: [`Self::set_merged`] sets its pairs. Its place is that of the last map in it.
    pub(in crate::syntax) fn add_joined(&mut self, place: Place) -> NodeId {
        // The size of an empty one in memory.
        self.merged_pairs += 16;
        self.add_collection(&[], true, false, place)
    }

    pub(in crate::syntax) fn set_merged(&mut self, mapping: NodeId, merged: Merged) {
        self.merged_pairs += merged.pairs.len() + merged.overridden.len();
        self.merged.insert(mapping, merged);
    }

    /// How many pairs all merges of the file have produced so far; a joined mapping counts for some.
    pub(in crate::syntax) fn merged_pairs(&self) -> usize {
        self.merged_pairs
    }

    /// The pairs of a mapping with merges applied; empty for any other node.
    pub(crate) fn pairs(&self, id: NodeId) -> impl Iterator<Item = Pair> {
        let id = self.resolve(id);
        let merged = if self.merged.is_empty() { None } else { self.merged.get(&id) };
        let written = if merged.is_none() { Some(self.written_pairs(id)) } else { None };
        merged.into_iter().flat_map(|merged| merged.pairs.iter().copied()).chain(written.into_iter().flatten())
    }

    /// Keys of a mapping that a merge repeats: (the one that is overridden, the one that applies).
    pub(crate) fn overridden(&self, id: NodeId) -> &[(Pair, Pair)] {
        self.merged.get(&self.resolve(id)).map_or(&[], |merged| &merged.overridden)
    }

    /// Whether any mapping has a merge.
    pub(crate) fn has_merges(&self) -> bool {
        !self.merged.is_empty()
    }

    /// The mappings that are merged into one, or joined to it, in the order in which they are read.
    pub(crate) fn sources(&self, id: NodeId) -> &[NodeId] {
        if self.merged.is_empty() {
            &[]
        } else {
            self.merged.get(&self.resolve(id)).map_or(&[], |merged| &merged.sources)
        }
    }

    /// Whether a mapping replaces an earlier one, as if a null were between them.
    pub(in crate::syntax) fn is_anew(&self, id: NodeId) -> bool {
        self.merged.get(&self.resolve(id)).is_some_and(|merged| merged.is_anew)
    }
}
