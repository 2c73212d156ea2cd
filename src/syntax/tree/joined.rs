//! Two trees as one: that of an entries file, and that of the topology behind it.

use super::{Entry, Merged, NodeId, Pair, Shape, Tree};
use crate::base::narrow;
use crate::text::Source;

impl<'s> Tree<'s> {
    /// The tree of a joined source, of the trees of its two parts. Its root is that of the second one.
    ///
    /// # Panics
    ///
    /// If `source` is not joined.
    #[must_use]
    pub(crate) fn join(first: Tree<'_>, second: Tree<'_>, source: &'s Source) -> Self {
        let (text_start, _) = source.second_start().expect("a source of two files knows where the second one begins");
        let by = Moves {
            text: text_start,
            nodes: narrow(first.nodes.len()),
            children: narrow(first.children.len()),
            unlike: narrow(first.unlike.len()),
        };
        let mut joined = Self {
            text: source.text(),
            nodes: first.nodes,
            children: first.children,
            unlike: first.unlike,
            root: second.root.map(|root| by.node(root)),
            first_root: first.root,
            merged: first.merged,
            merged_pairs: first.merged_pairs + second.merged_pairs,
        };
        joined.nodes.extend(second.nodes.into_iter().map(|entry| by.entry(entry)));
        joined.children.extend(second.children.into_iter().map(|child| by.node(child)));
        joined.unlike.extend(second.unlike);
        joined.merged.extend(second.merged.into_iter().map(|(id, merged)| (by.node(id), by.merged(merged))));
        joined
    }

    /// The root of the first of two joined trees.
    pub(crate) fn first_root(&self) -> Option<NodeId> {
        self.first_root
    }
}

/// How far everything of the second tree moves.
struct Moves {
    text: u32,
    nodes: u32,
    children: u32,
    unlike: u32,
}

impl Moves {
    fn node(&self, id: NodeId) -> NodeId {
        NodeId(id.0 + self.nodes)
    }

    fn entry(&self, entry: Entry) -> Entry {
        let by = match entry.shape {
            Shape::Scalar { .. } => self.text,
            Shape::Unlike { .. } => self.unlike,
            Shape::Sequence { .. } | Shape::Mapping { .. } => self.children,
            Shape::Alias => self.nodes,
        };
        Entry { place: entry.place.moved(self.text), start: entry.start + by, end: entry.end + by, shape: entry.shape }
    }

    fn merged(&self, merged: Merged) -> Merged {
        let pair = |pair: Pair| Pair { key: self.node(pair.key), value: self.node(pair.value) };
        Merged {
            pairs: merged.pairs.into_iter().map(pair).collect(),
            overridden: merged.overridden.into_iter().map(|(lost, won)| (pair(lost), pair(won))).collect(),
            sources: merged.sources.into_iter().map(|source| self.node(source)).collect(),
            is_anew: merged.is_anew,
        }
    }
}
