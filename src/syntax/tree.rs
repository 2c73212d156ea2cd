use std::borrow::Cow;
use std::collections::HashMap;

use crate::text::Place;

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

/// YAML as an arena: nodes in the order in which they end, children after one another.
///
/// Aliases are nodes of their own and are followed on access, never copied: a file of nested aliases stays as small as
/// it is written.
#[derive(Debug, Default)]
pub(crate) struct Tree<'s> {
    nodes: Vec<Entry<'s>>,
    children: Vec<NodeId>,
    root: Option<NodeId>,
    merged: HashMap<NodeId, Merged>,
    merged_pairs: usize,
}

#[derive(Debug)]
struct Entry<'s> {
    node: Node<'s>,
    place: Place,
}

#[derive(Debug)]
pub(crate) enum Node<'s> {
    Scalar(Scalar<'s>),
    Sequence(Children),
    Mapping(Children),
    Alias(NodeId),
}

#[derive(Debug)]
pub(crate) struct Scalar<'s> {
    pub(crate) value: Cow<'s, str>,
    /// `~`, `null` or nothing at all: yaml.v2 reads it as an empty string where a string is wanted.
    pub(crate) is_null: bool,
    /// Without quotes, so that it may be a merge key.
    pub(crate) is_plain: bool,
}

/// Where the children of a collection stand in the arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children {
    start: u32,
    end: u32,
    /// Between brackets.
    is_flow: bool,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: NodeId,
    pub(crate) value: NodeId,
}

/// A mapping with its `<<` worked in.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) pairs: Vec<Pair>,
    /// A key that came twice, through a merge: (the one that lost, the one that won).
    pub(super) overridden: Vec<(Pair, Pair)>,
}

impl<'s> Tree<'s> {
    pub(super) fn add(&mut self, node: Node<'s>, place: Place) -> NodeId {
        self.nodes.push(Entry { node, place });
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    pub(super) fn add_children(&mut self, children: &[NodeId], is_flow: bool) -> Children {
        let narrow = |length| u32::try_from(length).unwrap_or(u32::MAX);
        let start = narrow(self.children.len());
        self.children.extend_from_slice(children);
        Children { start, end: narrow(self.children.len()), is_flow }
    }

    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = Some(root);
    }

    pub(super) fn set_merged(&mut self, mapping: NodeId, merged: Merged) {
        self.merged_pairs += merged.pairs.len();
        self.merged.insert(mapping, merged);
    }

    /// How many pairs all merges of the file have made so far.
    pub(super) fn merged_pairs(&self) -> usize {
        self.merged_pairs
    }

    /// The first document's node; an empty file has none.
    pub(crate) fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The node itself, an alias replaced by what it stands for.
    pub(crate) fn get(&self, id: NodeId) -> &Node<'s> {
        let node = &self.nodes[id.0 as usize].node;
        // An alias stands for a node that is none itself: one step is enough.
        match node {
            Node::Alias(target) => &self.nodes[target.0 as usize].node,
            other => other,
        }
    }

    /// What an alias stands for, else the node itself.
    pub(crate) fn resolve(&self, id: NodeId) -> NodeId {
        match &self.nodes[id.0 as usize].node {
            Node::Alias(target) => *target,
            _ => id,
        }
    }

    /// Where the node is written; for an alias, the alias.
    pub(crate) fn place(&self, id: NodeId) -> Place {
        self.nodes[id.0 as usize].place
    }

    pub(crate) fn scalar(&self, id: NodeId) -> Option<&Scalar<'s>> {
        match self.get(id) {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.get(id) {
            Node::Sequence(children) => Some(self.slice(*children)),
            _ => None,
        }
    }

    /// Whether a collection is written between brackets.
    pub(crate) fn is_flow(&self, id: NodeId) -> bool {
        matches!(self.get(id), Node::Sequence(children) | Node::Mapping(children) if children.is_flow)
    }

    /// Every alias with what it stands for, in the order of the file.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        self.nodes.iter().enumerate().filter_map(|(index, entry)| match entry.node {
            Node::Alias(target) => Some((NodeId(u32::try_from(index).unwrap_or(u32::MAX)), target)),
            _ => None,
        })
    }

    /// The node as it is written: an alias stays one.
    pub(crate) fn written(&self, id: NodeId) -> &Node<'s> {
        &self.nodes[id.0 as usize].node
    }

    /// The children of a collection as they are written: items, or keys and values by turns. Nothing for any other node.
    pub(crate) fn children(&self, id: NodeId) -> &[NodeId] {
        match self.written(id) {
            Node::Sequence(children) | Node::Mapping(children) => self.slice(*children),
            _ => &[],
        }
    }

    /// The pairs of a mapping as they are written, `<<` among them.
    pub(crate) fn written_pairs(&self, id: NodeId) -> impl Iterator<Item = Pair> {
        let children = match self.get(id) {
            Node::Mapping(children) => self.slice(*children),
            _ => &[],
        };
        children.as_chunks::<2>().0.iter().map(|[key, value]| Pair { key: *key, value: *value })
    }

    /// The pairs of a mapping with merges worked in; nothing for any other node.
    pub(crate) fn pairs(&self, id: NodeId) -> impl Iterator<Item = Pair> {
        let id = self.resolve(id);
        let merged = self.merged.get(&id);
        let written = if merged.is_none() { Some(self.written_pairs(id)) } else { None };
        merged.into_iter().flat_map(|merged| merged.pairs.iter().copied()).chain(written.into_iter().flatten())
    }

    /// Keys of a mapping that came twice through a merge: (the one that lost, the one that won).
    pub(crate) fn overridden(&self, id: NodeId) -> &[(Pair, Pair)] {
        self.merged.get(&self.resolve(id)).map_or(&[], |merged| &merged.overridden)
    }

    /// Whether two nodes are the same word, or lists of the same words. Nobody asks about anything deeper.
    pub(crate) fn is_alike(&self, one: NodeId, other: NodeId) -> bool {
        let is_word = |one: NodeId, other: NodeId| match (self.scalar(one), self.scalar(other)) {
            (Some(one), Some(other)) => one.value == other.value && one.is_null == other.is_null,
            _ => false,
        };
        match (self.items(one), self.items(other)) {
            (Some(one), Some(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_word(*one, *other))
            }
            _ => self.resolve(one) == self.resolve(other) || is_word(one, other),
        }
    }

    /// The text of a key; complex keys have none.
    pub(crate) fn key_text(&self, key: NodeId) -> Option<&str> {
        self.scalar(key).map(|scalar| if scalar.is_null { "" } else { &*scalar.value })
    }

    /// The pair of `mapping` whose key is `name`. The last one, where a broken file has several.
    pub(crate) fn lookup(&self, mapping: NodeId, name: &str) -> Option<Pair> {
        self.pairs(mapping).filter(|pair| self.key_text(pair.key) == Some(name)).last()
    }

    pub(crate) fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.get(id), Node::Mapping(_))
    }

    pub(crate) fn is_null(&self, id: NodeId) -> bool {
        self.scalar(id).is_some_and(|scalar| scalar.is_null)
    }

    fn slice(&self, children: Children) -> &[NodeId] {
        &self.children[children.start as usize..children.end as usize]
    }
}
