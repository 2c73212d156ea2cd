//! YAML events to a [`Tree`], with what yaml.v2 refuses and granit-parser lets pass.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span as EventSpan, Tag};

use super::merge;
use super::tree::{Node, NodeId, Pair, Scalar, Tree};
use super::yaml_error;
use crate::base::{Finding, quoted};
use crate::text::{Place, Source};

/// Builds the tree of the first document; yaml.v2 never looks at a second one. There is no tree where the text is not YAML.
pub(crate) fn parse(source: &Source) -> (Option<Tree<'_>>, Vec<Finding>) {
    let mut builder = Builder {
        source,
        tree: Tree::default(),
        open: Vec::new(),
        anchors: HashMap::new(),
        has_tabs: source.text().contains('\t'),
        findings: Vec::new(),
    };
    for event in Parser::new_from_str_with_options(source.text(), options()) {
        match event {
            Ok((Event::DocumentEnd, _)) => break,
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                builder.findings.push(yaml_error::scan_error(source, &error));
                return (None, builder.findings);
            }
        }
    }
    (Some(builder.tree), builder.findings)
}

fn options() -> Options {
    granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
    }
}

struct Builder<'s> {
    source: &'s Source,
    tree: Tree<'s>,
    /// Collections that have begun and not ended.
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    has_tabs: bool,
    findings: Vec<Finding>,
}

struct Open {
    is_mapping: bool,
    anchor: usize,
    start: Place,
    children: Vec<NodeId>,
}

impl Open {
    /// A block collection begins with nothing, one between brackets with its bracket.
    fn is_flow(&self) -> bool {
        !self.start.range().is_empty()
    }
}

#[derive(Clone, Copy)]
enum Anchored {
    /// The node has not ended yet: an alias to it would hold itself.
    Open,
    Done(NodeId),
}

impl<'s> Builder<'s> {
    fn event(&mut self, event: Event<'s>, span: &EventSpan) {
        let mut place = place_of(span);
        if matches!(event, Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..)) {
            // The span runs on to the next token.
            let text = self.source.text();
            let written = text[place.range()].trim_end();
            // One with nothing in it is where its head ends.
            let start =
                if written.is_empty() { text[..place.range().start].trim_end().len() } else { place.range().start };
            place = Place::new(start, start + written.len());
        }
        match event {
            Event::DocumentStart(_, Some(version)) if (version.major, version.minor) != (1, 1) => {
                self.findings.push(yaml_error::version(self.source, place));
            }
            Event::Scalar(value, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let tag_name = tag.as_deref().and_then(Tag::core_suffix);
                let is_null = match tag_name {
                    None => tag.is_none() && is_plain && matches!(&*value, "" | "~" | "null" | "Null" | "NULL"),
                    Some(name) => name == "null",
                };
                // An implicit null is reported as `~` with an empty span.
                let value = if is_null && place.range().is_empty() { "".into() } else { value };
                let id = self.tree.add(Node::Scalar(Scalar { value, is_null, is_plain }), place);
                self.remember(anchor, Anchored::Done(id));
                self.attach(id);
            }
            Event::SequenceStart(_, anchor, _) => self.begin(false, anchor, place),
            Event::MappingStart(_, anchor, _) => self.begin(true, anchor, place),
            Event::SequenceEnd | Event::MappingEnd => self.end(place),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::UnresolvedAlias(_) => {
                self.findings.push(yaml_error::unknown_alias(self.source, place));
                self.attach_null(place);
            }
            Event::Anchor(_, name) if !is_anchor_name(&name) => {
                self.findings.push(yaml_error::anchor_name(self.source, place));
            }
            _ => {}
        }
    }

    fn begin(&mut self, is_mapping: bool, anchor: usize, start: Place) {
        self.remember(anchor, Anchored::Open);
        self.open.push(Open { is_mapping, anchor, start, children: Vec::new() });
    }

    fn end(&mut self, end: Place) {
        let Some(open) = self.open.pop() else { return };
        let children = self.tree.add_children(&open.children, open.is_flow());
        let place = self.collection_place(&open, end);
        let node = if open.is_mapping { Node::Mapping(children) } else { Node::Sequence(children) };
        let id = self.tree.add(node, place);
        if open.is_mapping {
            self.check_keys(id);
            merge::work_in(&mut self.tree, id, self.source, &mut self.findings);
        }
        self.remember(open.anchor, Anchored::Done(id));
        self.attach(id);
    }

    /// A flow collection runs from bracket to bracket, a block one from its first child to its last.
    fn collection_place(&self, open: &Open, end: Place) -> Place {
        match (open.is_flow(), open.children.first(), open.children.last()) {
            (false, Some(first), Some(last)) => self.tree.place(*first).to(self.tree.place(*last)),
            _ => open.start.to(end),
        }
    }

    fn alias(&mut self, anchor: usize, place: Place) {
        if let Some(Anchored::Done(target)) = self.anchors.get(&anchor) {
            let target = self.tree.resolve(*target);
            let id = self.tree.add(Node::Alias(target), place);
            self.attach(id);
        } else {
            self.findings.push(yaml_error::alias_to_itself(self.source, place));
            self.attach_null(place);
        }
    }

    fn attach_null(&mut self, place: Place) {
        let id = self.tree.add(Node::Scalar(Scalar { value: "".into(), is_null: true, is_plain: true }), place);
        self.attach(id);
    }

    fn remember(&mut self, anchor: usize, anchored: Anchored) {
        if anchor != 0 {
            self.anchors.insert(anchor, anchored);
        }
    }

    fn attach(&mut self, id: NodeId) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(id),
            None => self.tree.set_root(id),
        }
    }

    /// Keys: plain words, each once, not behind a tab.
    fn check_keys(&mut self, mapping: NodeId) {
        let pairs: Vec<Pair> = self.tree.written_pairs(mapping).collect();
        let mut seen = KeySet::new(pairs.len());
        for pair in &pairs {
            let place = self.tree.place(pair.key);
            if self.has_tabs && is_behind_tab(self.source.text(), place) {
                self.findings.push(yaml_error::tab(self.source, place));
            }
            let Some(scalar) = self.tree.scalar(pair.key) else {
                self.findings.push(yaml_error::complex_key(self.source, place));
                continue;
            };
            if scalar.is_null && place.range().is_empty() && self.source.text()[place.range().start..].starts_with(':')
            {
                self.findings.push(yaml_error::empty_key(self.source, place));
            }
            if merge::is_merge_key(scalar) {
                continue;
            }
            if let Some(first) = seen.insert(&self.tree, pair.key) {
                let finding = Finding::error(
                    "duplicate-key",
                    format!("the key {} stands twice", quoted(self.source.original(place))),
                )
                .at(self.source.span(place), "again here")
                .at(self.source.span(self.tree.place(first)), "first here")
                .help("keep one of them; containerlab refuses a topology with a key twice");
                self.findings.push(finding);
            }
        }
    }
}

/// The keys seen so far: few are compared, many are hashed.
enum KeySet {
    Few(Vec<NodeId>),
    Many(HashMap<String, NodeId>),
}

impl KeySet {
    fn new(expected: usize) -> Self {
        if expected <= 16 {
            Self::Few(Vec::with_capacity(expected))
        } else {
            Self::Many(HashMap::with_capacity(expected))
        }
    }

    /// Adds a key and gives the earlier one of the same text.
    fn insert(&mut self, tree: &Tree<'_>, key: NodeId) -> Option<NodeId> {
        let text = tree.key_text(key)?;
        match self {
            Self::Few(keys) => {
                let earlier = keys.iter().copied().find(|other| tree.key_text(*other) == Some(text));
                if earlier.is_none() {
                    keys.push(key);
                }
                earlier
            }
            Self::Many(keys) => {
                let earlier = keys.get(text).copied();
                if earlier.is_none() {
                    keys.insert(text.to_owned(), key);
                }
                earlier
            }
        }
    }
}

pub(super) fn place_of(span: &EventSpan) -> Place {
    span.byte_range().map_or(Place::new(0, 0), |range| Place::new(range.start, range.end))
}

/// libyaml's alphabet for anchors; granit-parser follows YAML 1.2, which takes nearly everything.
fn is_anchor_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether a tab stands in the indentation before `place`.
fn is_behind_tab(text: &str, place: Place) -> bool {
    let before = &text[..place.range().start];
    let indentation = &before[before.trim_end_matches([' ', '\t']).len()..];
    let begins_line =
        before.len() == indentation.len() || before[..before.len() - indentation.len()].ends_with(['\n', '\r']);
    begins_line && indentation.contains('\t')
}
