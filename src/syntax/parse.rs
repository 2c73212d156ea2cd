//! Turns YAML events into a [`Tree`], and reports what yaml.v2 rejects and granit-parser accepts.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span as EventSpan};

use super::keys;
use super::merge;
use super::tabs::{self, Tabs};
use super::tag::{Tagged, tagged};
use super::tree::{NodeId, Tree, part_of};
use super::yaml_error;
use crate::base::Findings;
use crate::base::limits::MOST_VALUES;
use crate::text::{Place, Source};

/// Builds the tree of the first document; yaml.v2 never reads a second one. There is no tree if the text is not YAML.
#[must_use]
pub fn parse(source: &Source) -> (Option<Tree<'_>>, Findings) {
    let mut builder = Builder {
        source,
        tree: Tree::new(source.text()),
        open: Vec::new(),
        flow_depth: 0,
        children: Vec::new(),
        anchors: HashMap::new(),
        apart: Vec::new(),
        tabs: Tabs::of(source.text()),
        findings: Findings::default(),
    };
    let mut end = source.text().len();
    for event in Parser::new_from_str_with_options(source.text(), options()) {
        match event {
            Ok((Event::DocumentEnd, span)) => {
                end = place_of(&span).range().start;
                break;
            }
            Ok((event, span)) => {
                if builder.tree.len() >= MOST_VALUES {
                    builder.findings.push(yaml_error::too_many_values(source, place_of(&span), MOST_VALUES));
                    return (None, builder.findings);
                }
                builder.event(event, &span);
            }
            Err(error) => {
                builder.findings.push(yaml_error::scan_error(source, &error));
                return (None, builder.findings);
            }
        }
    }
    if let Some(place) = end_before_all(source.text()) {
        builder.findings.push(yaml_error::end_before_all(source, place));
    }
    if let Some(tabs) = builder.tabs {
        tabs.check(end, source, &mut builder.findings);
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
    /// Collections that have begun but not ended.
    open: Vec<Open>,
    /// How many of them are flow collections, or inside one.
    flow_depth: usize,
    /// Their children so far, those of the innermost one last.
    children: Vec<NodeId>,
    anchors: HashMap<usize, Anchored>,
    /// Scalars inside brackets whose anchor or tag is on an earlier line.
    apart: Vec<NodeId>,
    /// None if the file has no tabs.
    tabs: Option<Tabs>,
    findings: Findings,
}

struct Open {
    is_mapping: bool,
    anchor: usize,
    start: Place,
    /// The column of its keys or dashes; 0 for a flow collection, inside one, or if the file has no tabs.
    column: usize,
    /// Where its children begin in [`Builder::children`].
    first_child: usize,
}

impl Open {
    /// A block collection has no opening character, a flow collection has its bracket.
    fn is_flow(&self) -> bool {
        !self.start.is_empty()
    }
}

#[derive(Clone, Copy)]
enum Anchored {
    /// The node has not ended yet: an alias to it would refer to a value that contains it.
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
            // An empty one is where its head ends.
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
                self.look_at_signs(style, place);
                // The parser reports a missing value as `~` with an empty span.
                let value = if is_plain && place.is_empty() { "".into() } else { value };
                let (is_null, value) = match tag.as_deref().map(|tag| tagged(tag, &value)) {
                    None => (is_plain && matches!(&*value, "" | "~" | "null" | "Null" | "NULL"), value),
                    Some(Tagged::Text) => (false, value),
                    Some(Tagged::Null) => (true, "".into()),
                    Some(Tagged::Unknown) => {
                        self.findings.push(yaml_error::tag(self.source, place));
                        (false, value)
                    }
                };
                let id = self.tree.add_scalar(value, is_null, is_plain && tag.is_none(), place);
                if self.flow_depth > 0 && (anchor != 0 || tag.is_some()) && self.is_first_of_line(place) {
                    self.apart.push(id);
                }
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

    /// Reports what yaml.v2 reads differently in a scalar: signs inside brackets, tabs.
    fn look_at_signs(&mut self, style: ScalarStyle, place: Place) {
        let is_in_flow = self.flow_depth > 0;
        if !is_in_flow && self.tabs.is_none() || place.is_empty() {
            return;
        }
        let text = self.source.text();
        let word = &text[place.range()];
        if is_in_flow && style == ScalarStyle::Plain && (word.starts_with(':') || word.contains('?')) {
            self.findings.push(yaml_error::sign_in_flow(self.source, place));
        }
        if let Some(tabs) = &mut self.tabs {
            let block = self.open.iter().take_while(|open| !open.is_flow()).last().map_or(0, |open| open.column);
            match style {
                ScalarStyle::Plain => tabs.plain(place, block, is_in_flow),
                ScalarStyle::Literal | ScalarStyle::Folded => tabs.block_text(place, text),
                ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => tabs.quoted(place, is_in_flow),
            }
        }
    }

    fn is_first_of_line(&self, place: Place) -> bool {
        let before = &self.source.text()[..place.range().start];
        before.trim_end_matches([' ', '\t']).ends_with(['\n', '\r'])
    }

    /// The outermost brackets decide where tabs are allowed.
    fn look_at_brackets(&mut self, open: &Open, offset: usize, is_begin: bool) {
        if let Some(tabs) = self.tabs.as_mut().filter(|_| open.is_flow() && self.flow_depth == 0) {
            tabs.brackets(offset, is_begin);
        }
    }

    fn begin(&mut self, is_mapping: bool, anchor: usize, start: Place) {
        self.remember(anchor, Anchored::Open);
        let first_child = self.children.len();
        let is_in_block = start.is_empty() && self.tabs.is_some() && self.flow_depth == 0;
        let column = if is_in_block { tabs::column(self.source.text(), start.range().start) } else { 0 };
        let open = Open { is_mapping, anchor, start, column, first_child };
        self.look_at_brackets(&open, start.range().start, true);
        self.flow_depth += usize::from(self.flow_depth > 0 || open.is_flow());
        self.open.push(open);
    }

    fn end(&mut self, end: Place) {
        let open = self.open.pop().expect("an end closes a collection that was opened");
        self.flow_depth = self.flow_depth.saturating_sub(1);
        let children = &self.children[open.first_child..];
        let place = self.collection_place(&open, children, end);
        let id = self.tree.add_collection(children, open.is_mapping, open.is_flow(), place);
        self.look_at_brackets(&open, place.range().end, false);
        self.children.truncate(open.first_child);
        let apart = (self.flow_depth > 0 || open.is_flow()).then_some(&self.apart[..]);
        if open.is_mapping && keys::check(&self.tree, id, apart, self.source, &mut self.findings) {
            merge::work_in(&mut self.tree, id, self.source, &mut self.findings);
        }
        self.remember(open.anchor, Anchored::Done(id));
        self.attach(id);
    }

    /// A flow collection runs from bracket to bracket, a block one from its first child to its last.
    fn collection_place(&self, open: &Open, children: &[NodeId], end: Place) -> Place {
        match (open.is_flow(), children.first(), children.last()) {
            (false, Some(first), Some(last)) => self.tree.place(*first).to(self.tree.place(*last)),
            _ => open.start.to(end),
        }
    }

    fn alias(&mut self, anchor: usize, place: Place) {
        if let Some(Anchored::Done(target)) = self.anchors.get(&anchor) {
            let target = self.tree.resolve(*target);
            let id = self.tree.add_alias(target, place);
            self.attach(id);
        } else {
            self.findings.push(yaml_error::alias_to_itself(self.source, place));
            self.attach_null(place);
        }
    }

    fn attach_null(&mut self, place: Place) {
        let id = self.tree.add_scalar("".into(), true, true, place);
        self.attach(id);
    }

    fn remember(&mut self, anchor: usize, anchored: Anchored) {
        if anchor != 0 {
            self.anchors.insert(anchor, anchored);
        }
    }

    fn attach(&mut self, id: NodeId) {
        if self.open.is_empty() {
            self.tree.set_root(id);
        } else {
            self.children.push(id);
        }
    }
}

pub(super) fn place_of(span: &EventSpan) -> Place {
    span.byte_range().map_or(Place::new(0, 0), |range| Place::new(range.start, range.end))
}

/// libyaml's characters for anchors; granit-parser follows YAML 1.2, which accepts nearly everything.
fn is_anchor_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The `...` that ends a document before there is one.
fn end_before_all(text: &str) -> Option<Place> {
    let is_nothing = |line: &str| line.is_empty() || line.starts_with('#');
    let line =
        text.trim_start_matches('\u{feff}').lines().map(str::trim_end).find(|line| !is_nothing(line.trim_start()))?;
    let behind = line.strip_prefix("...")?;
    let (start, end) = part_of(text, &line[..line.len() - behind.len()])?;
    (behind.is_empty() || behind.starts_with([' ', '\t'])).then(|| Place::new(start as usize, end as usize))
}
