mod joined;
mod merged;

use std::borrow::Cow;
use std::collections::HashMap;

pub(in crate::syntax) use merged::Merged;

use crate::base::narrow;
use crate::text::Place;

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// YAML as an arena: nodes in the order in which they end, the children of a node next to each other.
///
/// Aliases are nodes of their own and are followed on access, never copied: a file of nested aliases stays as small as
/// it is written. A node needs few bytes, and a scalar that is in the text letter for letter needs no more.
#[derive(Debug)]
pub struct Tree<'s> {
    text: &'s str,
    nodes: Vec<Entry>,
    children: Vec<NodeId>,
    /// Scalars that are not in the text as they are read: escapes, folded lines.
    unlike: Vec<String>,
    root: Option<NodeId>,
    /// Of two joined trees, the root of the first one.
    first_root: Option<NodeId>,
    merged: HashMap<NodeId, Merged>,
    merged_pairs: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    place: Place,
    /// Depends on `shape`: a range of the text, of the children, or one index.
    start: u32,
    end: u32,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Its value is a range of the text.
    Scalar {
        is_null: bool,
        is_plain: bool,
    },
    /// Its value is one of those that differ from the text.
    Unlike {
        is_null: bool,
        is_plain: bool,
    },
    Sequence {
        is_flow: bool,
    },
    Mapping {
        is_flow: bool,
    },
    Alias,
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub enum Node<'t> {
    /// A word, or nothing.
    Scalar(Scalar<'t>),
    /// Its items are its children.
    Sequence,
    /// Its keys and values are its children, in turn.
    Mapping,
    /// Refers to another node, which is not an alias.
    Alias(NodeId),
}

/// A word of the file.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'t> {
    /// As YAML reads it: without quotes, with escapes and folded lines resolved.
    pub value: &'t str,
    /// `~`, `null`, or nothing at all: yaml.v2 reads it as an empty string if a string is expected.
    pub is_null: bool,
    /// Without quotes and without a tag, so that it may be a merge key.
    pub is_plain: bool,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: NodeId,
    pub(crate) value: NodeId,
}

impl<'s> Tree<'s> {
    /// A tree of nothing yet.
    pub(super) fn new(text: &'s str) -> Self {
        Self {
            text,
            // A rough estimate; memory that is not needed is never touched.
            nodes: Vec::with_capacity(text.len() / 16),
            children: Vec::with_capacity(text.len() / 16),
            unlike: Vec::new(),
            root: None,
            first_root: None,
            merged: HashMap::new(),
            merged_pairs: 0,
        }
    }

    pub(super) fn add_scalar(&mut self, value: Cow<'_, str>, is_null: bool, is_plain: bool, place: Place) -> NodeId {
        if let Cow::Borrowed(borrowed) = value
            && let Some(range) = part_of(self.text, borrowed)
        {
            return self.add(place, range, Shape::Scalar { is_null, is_plain });
        }
        let index = narrow(self.unlike.len());
        self.unlike.push(value.into_owned());
        self.add(place, (index, index), Shape::Unlike { is_null, is_plain })
    }

    pub(super) fn add_alias(&mut self, target: NodeId, place: Place) -> NodeId {
        self.add(place, (target.0, target.0), Shape::Alias)
    }

    pub(super) fn add_collection(
        &mut self,
        children: &[NodeId],
        is_mapping: bool,
        is_flow: bool,
        place: Place,
    ) -> NodeId {
        let start = narrow(self.children.len());
        self.children.extend_from_slice(children);
        let shape = if is_mapping { Shape::Mapping { is_flow } } else { Shape::Sequence { is_flow } };
        self.add(place, (start, narrow(self.children.len())), shape)
    }

    fn add(&mut self, place: Place, (start, end): (u32, u32), shape: Shape) -> NodeId {
        self.nodes.push(Entry { place, start, end, shape });
        NodeId(narrow(self.nodes.len() - 1))
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = Some(root);
    }

    /// The first document's node; an empty file has none.
    #[must_use]
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The node itself, an alias replaced by what it stands for.
    pub(crate) fn get(&self, id: NodeId) -> Node<'_> {
        self.written(self.resolve(id))
    }

    /// What an alias refers to; any other node is itself.
    pub(crate) fn resolve(&self, id: NodeId) -> NodeId {
        // An alias never refers to another alias: one step is enough.
        let entry = self.entry(id);
        if matches!(entry.shape, Shape::Alias) { NodeId(entry.start) } else { id }
    }

    /// Where the node is written; for an alias, the alias.
    #[must_use]
    pub fn place(&self, id: NodeId) -> Place {
        self.entry(id).place
    }

    pub(crate) fn scalar(&self, id: NodeId) -> Option<Scalar<'_>> {
        match self.get(id) {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        let entry = self.entry(self.resolve(id));
        matches!(entry.shape, Shape::Sequence { .. }).then(|| self.slice(entry))
    }

    /// Whether a collection is written inside brackets.
    pub(crate) fn is_flow(&self, id: NodeId) -> bool {
        let shape = self.entry(self.resolve(id)).shape;
        matches!(shape, Shape::Sequence { is_flow: true } | Shape::Mapping { is_flow: true })
    }

    /// Every alias with what it refers to, in the order of the file.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        let aliases = self.nodes.iter().enumerate().filter(|(_, entry)| matches!(entry.shape, Shape::Alias));
        aliases.map(|(index, entry)| (NodeId(narrow(index)), NodeId(entry.start)))
    }

    /// The node as it is written: an alias stays one.
    #[must_use]
    pub fn written(&self, id: NodeId) -> Node<'_> {
        let entry = self.entry(id);
        match entry.shape {
            Shape::Scalar { is_null, is_plain } => {
                let value = &self.text[entry.start as usize..entry.end as usize];
                Node::Scalar(Scalar { value, is_null, is_plain })
            }
            Shape::Unlike { is_null, is_plain } => {
                Node::Scalar(Scalar { value: &self.unlike[entry.start as usize], is_null, is_plain })
            }
            Shape::Sequence { .. } => Node::Sequence,
            Shape::Mapping { .. } => Node::Mapping,
            Shape::Alias => Node::Alias(NodeId(entry.start)),
        }
    }

    /// The children of a collection as they are written: items, or keys and values in turn. Empty for any other node.
    #[must_use]
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        let entry = self.entry(id);
        match entry.shape {
            Shape::Sequence { .. } | Shape::Mapping { .. } => self.slice(entry),
            _ => &[],
        }
    }

    /// The pairs of a mapping as they are written, `<<` among them.
    pub(crate) fn written_pairs(&self, id: NodeId) -> impl Iterator<Item = Pair> {
        let entry = self.entry(self.resolve(id));
        let children = if matches!(entry.shape, Shape::Mapping { .. }) { self.slice(entry) } else { &[] };
        children.as_chunks::<2>().0.iter().map(|[key, value]| Pair { key: *key, value: *value })
    }

    /// Whether two nodes are equal strings, or lists of equal strings. Deeper values are not compared.
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
        self.scalar(key).map(|scalar| if scalar.is_null { "" } else { scalar.value })
    }

    /// The pair of `mapping` whose key is `name`. The last one, if a broken file has several.
    pub(crate) fn lookup(&self, mapping: NodeId, name: &str) -> Option<Pair> {
        self.pairs(mapping).filter(|pair| self.key_text(pair.key) == Some(name)).last()
    }

    pub(crate) fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.entry(self.resolve(id)).shape, Shape::Mapping { .. })
    }

    pub(crate) fn is_scalar(&self, id: NodeId) -> bool {
        matches!(self.entry(self.resolve(id)).shape, Shape::Scalar { .. } | Shape::Unlike { .. })
    }

    pub(crate) fn is_null(&self, id: NodeId) -> bool {
        let shape = self.entry(self.resolve(id)).shape;
        matches!(shape, Shape::Scalar { is_null: true, .. } | Shape::Unlike { is_null: true, .. })
    }

    /// A null that yaml.v2 decodes into what a pointer points to, and not into the pointer: `Null` or `NULL` (its decode.go,
    /// `prepare`).
    pub(crate) fn is_null_behind_pointer(&self, id: NodeId) -> bool {
        self.scalar(id).is_some_and(|scalar| scalar.is_null && matches!(scalar.value, "Null" | "NULL"))
    }

    fn entry(&self, id: NodeId) -> &Entry {
        &self.nodes[id.0 as usize]
    }

    fn slice(&self, entry: &Entry) -> &[NodeId] {
        &self.children[entry.start as usize..entry.end as usize]
    }
}

/// The range of the text that a value was borrowed from. None if it was borrowed from elsewhere.
#[inline] // of every word of a file
pub(super) fn part_of(text: &str, value: &str) -> Option<(u32, u32)> {
    if value.is_empty() {
        return Some((0, 0));
    }
    let start = value.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    let end = start.checked_add(value.len()).filter(|end| *end <= text.len())?;
    Some((narrow(start), narrow(end)))
}
