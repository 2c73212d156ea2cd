//! Lists as they are written elsewhere: each with its level, its entries in the words of the file, and the comments about them.

use std::collections::HashSet;

use super::comments::{Beside, Comments};
use crate::base::{Span, narrow};
use crate::model::{Item, Level, Notation, PublishList, Section, Text};
use crate::resolve::Lab;
use crate::syntax::entry::{Entry, canonical};

/// The list of a level.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(super) section: Section,
    /// The name of the kind, the group, or the node; the section's key for the defaults.
    pub(super) name: String,
    /// The same as it is written.
    pub(super) key: String,
    /// Comments about all of it.
    above: Vec<String>,
    /// A comment on its line, if it has only one.
    beside: Option<String>,
    entries: Vec<Listed>,
    /// Comments below the last entry.
    below: Vec<String>,
    /// Written inside brackets.
    is_flow: bool,
}

/// An entry, and the comments about it.
#[derive(Debug, Default)]
struct Listed {
    above: Vec<String>,
    /// As it is written.
    text: String,
    /// As it is read.
    value: String,
    beside: Option<String>,
}

/// A level, and its list.
type Levelled<'l> = (Section, Option<Text<'l>>, &'l PublishList<'l>);

/// The levels whose lists are written in a notation. Their nodes and kinds come in the order of the file.
pub(super) fn levels<'l>(lab: &'l Lab<'_>, notation: Notation) -> Vec<Levelled<'l>> {
    let topology = lab.topology;
    let tunnels: &HashSet<&str> = &lab.tunnel_nodes().map(|node| node.name.value).collect();
    let list = |level: &'l Level<'_>| level.publish.as_deref().filter(|list| list.notation == notation);
    let defaults = list(&topology.defaults).map(|list| (Section::Defaults, None, list));
    let named = [
        (Section::Kinds, &topology.kinds.all),
        (Section::Groups, &topology.groups.all),
        (Section::Nodes, &topology.nodes),
    ];
    let named = named.into_iter().flat_map(|(section, levels)| {
        let levels = levels.iter().filter(move |(name, _)| section != Section::Nodes || !tunnels.contains(name.value));
        levels.filter_map(move |(name, level)| Some((section, Some(*name), list(level)?)))
    });
    defaults.into_iter().chain(named).collect()
}

/// An entry as another file can have it; none if it is on several lines, or if a variable has a part of it.
pub(super) fn text_of(lab: &Lab<'_>, item: &Item<'_>) -> Option<String> {
    let written = lab.source.file().slice(lab.source.exact_span(item.text.place)?);
    let is_block = written.starts_with(['|', '>']);
    if !is_block && !written.is_empty() && !written.contains(['\n', '\r']) {
        return Some(written.to_owned());
    }
    if lab.source.is_substituted(item.text.place) {
        return None;
    }
    match &*item.entry {
        Entry::Socket(entry) => Some(canonical(entry)),
        Entry::OptOut => Some("none".to_owned()),
        Entry::Malformed(_) => None,
    }
}

impl Listing {
    /// The list of a level, whose entries can all be written. Comments come along if they are `wanted`.
    pub(super) fn new(lab: &Lab<'_>, level: &Levelled<'_>, comments: Option<&Comments<'_>>) -> Self {
        let (section, name, list) = *level;
        let key = name.map_or(section.key(), |name| {
            let span = lab.source.exact_span(name.place).filter(|span| !lab.source.file().slice(*span).contains('\n'));
            span.map_or(name.value, |span| lab.source.file().slice(span))
        });
        let listed = |item: &Item<'_>| {
            let text = text_of(lab, item).expect("what cannot be written is an obstacle");
            Listed { text, value: item.text.value.to_owned(), ..Listed::default() }
        };
        let mut listing = Self {
            section,
            name: name.map_or(section.key(), |name| name.value).to_owned(),
            key: key.to_owned(),
            above: Vec::new(),
            beside: None,
            entries: list.items.iter().map(listed).collect(),
            below: Vec::new(),
            is_flow: list.is_flow,
        };
        if let Some(comments) = comments {
            listing.take_comments(lab, list, comments);
        }
        listing
    }

    fn take_comments(&mut self, lab: &Lab<'_>, list: &PublishList<'_>, comments: &Comments<'_>) {
        let file = lab.source.file();
        let key = lab.span(list.key).start;
        if !file.slice(Span::new(file.whole_line(key).start, key)).trim().is_empty() {
            // In brackets, with others: a comment on this line is about all of them.
            return;
        }
        let region = region(lab, list, comments);
        self.above =
            comments.above(region, column(lab, list)).into_iter().map(|comment| comments.text(comment)).collect();
        if list.is_flow {
            match &comments.inside(lab, region, list)[..] {
                [said] if said.is_beside => self.beside = Some(said.text.clone()),
                said => self.above.extend(said.iter().map(|said| said.text.clone())),
            }
            return;
        }
        for (text, beside) in comments.by_entry(lab, region, list) {
            match beside {
                Beside::Line(index) if self.entries[index].beside.is_none() => self.entries[index].beside = Some(text),
                Beside::Line(index) | Beside::Above(index) => self.entries[index].above.push(text),
                Beside::Key => self.above.push(text),
                Beside::End => self.below.push(text),
            }
        }
    }

    /// How many entries it has.
    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// Whether the next level has its turn: an empty list publishes nothing and replaces one that does.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the text of a label has the same entries.
    pub(super) fn is_in(&self, label: &str) -> bool {
        label.split_ascii_whitespace().eq(self.entries.iter().map(|entry| entry.value.trim()))
    }

    /// On one line: `[tcp/22, tls/830]`.
    pub(super) fn in_brackets(&self) -> String {
        let bare = |text: &str| text.starts_with(['"', '\'']) || !text.contains([',', '[', ']', '{', '}', '#', ':']);
        let entry = |entry: &Listed| {
            if self.is_flow || bare(&entry.text) { entry.text.clone() } else { format!("\"{}\"", entry.text) }
        };
        format!("[{}]", self.entries.iter().map(entry).collect::<Vec<_>>().join(", "))
    }

    /// Every comment, in the order of the file.
    pub(super) fn comments(&self) -> impl Iterator<Item = &str> {
        let of_entries = self.entries.iter().flat_map(|entry| entry.above.iter().chain(&entry.beside));
        self.above.iter().chain(&self.beside).chain(of_entries).chain(&self.below).map(String::as_str)
    }

    /// The lines of a key with this list as its value, after `column` spaces, with `step` more for each entry.
    pub(super) fn lines(&self, key: &str, column: usize, step: usize) -> Vec<String> {
        let (blanks, deeper) = (" ".repeat(column), " ".repeat(column + step));
        let mut lines: Vec<String> = self.above.iter().map(|comment| format!("{blanks}{comment}")).collect();
        if self.is_flow || self.is_empty() {
            lines.push(with(&format!("{blanks}{key}: {}", self.in_brackets()), self.beside.as_deref()));
        } else {
            lines.push(format!("{blanks}{key}:"));
        }
        for entry in self.entries.iter().filter(|_| !self.is_flow) {
            lines.extend(entry.above.iter().map(|comment| format!("{deeper}{comment}")));
            lines.push(with(&format!("{deeper}- {}", entry.text), entry.beside.as_deref()));
        }
        lines.extend(self.below.iter().map(|comment| format!("{deeper}{comment}")));
        lines
    }
}

/// A line, with a comment behind it.
fn with(line: &str, comment: Option<&str>) -> String {
    comment.map_or_else(|| line.to_owned(), |comment| format!("{line}  {comment}"))
}

/// The lines of a list with its key, and comments below that are about it; between brackets, the list alone.
pub(super) fn region(lab: &Lab<'_>, list: &PublishList<'_>, comments: &Comments<'_>) -> Span {
    let file = lab.source.file();
    let (key, place) = (lab.span(list.key), lab.span(list.place));
    if list.is_flow || list.items.is_empty() {
        let end = key.end.max(place.end);
        return Span::new(file.whole_line(key.start).start, file.whole_line(end.saturating_sub(1)).end);
    }
    let end = list.items.iter().map(|item| lab.span(item.text.place).end).filter(|end| *end <= place.end);
    let end = end.max().unwrap_or(key.end).max(key.end);
    let lines = Span::new(file.whole_line(key.start).start, file.whole_line(end.saturating_sub(1)).end);
    Span::new(lines.start, narrow(comments.end_below(lines, column(lab, list)) as usize))
}

/// The spaces before the key of a list.
pub(super) fn column(lab: &Lab<'_>, list: &PublishList<'_>) -> usize {
    lab.source.file().position(lab.span(list.key).start).column - 1
}
