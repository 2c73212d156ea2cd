//! Removes parts of a file: whole lines of a block, or an item and its comma inside brackets.

use std::collections::HashSet;

use crate::base::Edit;
use crate::syntax::{Node, NodeId, Tree};
use crate::text::{Place, Source, line_start, outermost};

/// The edits of [`super::Editor::remove`].
pub(super) fn edits(tree: &Tree<'_>, source: &Source, children: &[(NodeId, NodeId)]) -> Result<Vec<Edit>, Place> {
    let places = places(tree, source, children)?;
    let out = places.out.into_iter().map(|place| (place, ""));
    out.chain(places.empty).map(|(place, content)| source.edit(place, content).ok_or(place)).collect()
}

/// The places to remove, and the brackets to insert where nothing is left.
#[derive(Debug, Default)]
struct Places {
    out: Vec<Place>,
    empty: Vec<(Place, &'static str)>,
}

fn places(tree: &Tree<'_>, source: &Source, cuts: &[(NodeId, NodeId)]) -> Result<Places, Place> {
    let cutter = Cutter { tree, text: source.text() };
    let holds: HashSet<NodeId> = cuts.iter().map(|(_, child)| *child).collect();
    let mut places = Places::default();
    let mut done = HashSet::new();
    for (collection, child) in cuts {
        if !done.insert(*collection) {
            continue;
        }
        let children = match cuts {
            [_] => cutter.around(*collection, *child),
            _ => cutter.elements(tree.children(*collection), *collection),
        };
        let goes: Vec<bool> = children.iter().map(|element| holds.contains(&element.first)).collect();
        let found = if tree.is_flow(*collection) {
            cutter.flow(*collection, &children, &goes)
        } else {
            cutter.block(*collection, &children, &goes)
        };
        let found = found.ok_or_else(|| tree.place(*child))?;
        places.out.extend(found.out);
        places.empty.extend(found.empty);
    }
    // A part inside another part that is removed needs no edit of its own.
    places.out = outermost(places.out);
    Ok(places)
}

/// A pair or an item.
#[derive(Clone, Copy, Debug)]
struct Element {
    /// Its key, or the item itself.
    first: NodeId,
    /// Its value, or the item itself.
    last: NodeId,
}

struct Cutter<'c, 't> {
    tree: &'c Tree<'t>,
    text: &'c str,
}

impl Cutter<'_, '_> {
    /// An element and its neighbors, so that a cut from a long list does not walk all of it.
    fn around(&self, collection: NodeId, child: NodeId) -> Vec<Element> {
        let children = self.tree.children(collection);
        // Children are in the order in which they end.
        let index = children.binary_search(&child).expect("what is cut is a child of its collection") & !1;
        let (start, end) = (index.saturating_sub(2), children.len().min(index + 4));
        self.elements(&children[start..end], collection)
    }

    fn elements(&self, children: &[NodeId], collection: NodeId) -> Vec<Element> {
        match self.tree.written(collection) {
            Node::Mapping => {
                children.as_chunks::<2>().0.iter().map(|[key, value]| Element { first: *key, last: *value }).collect()
            }
            _ => children.iter().map(|item| Element { first: *item, last: *item }).collect(),
        }
    }

    fn start(&self, element: Element) -> usize {
        self.tree.place(element.first).range().start
    }

    /// The byte after the last character of an element. An empty value ends with the colon before it.
    fn end(&self, element: Element) -> usize {
        let mut end = self.tree.place(element.first).range().end;
        let mut open = vec![element.last];
        while let Some(node) = open.pop() {
            end = end.max(self.tree.place(node).range().end.min(self.text.len()));
            if !self.tree.is_flow(node) {
                open.extend(self.tree.children(node));
            }
        }
        let is_bare = element.first != element.last && self.tree.place(element.last).range().is_empty();
        let rest = &self.text[end..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if is_bare && rest[blanks..].starts_with(':') { end + blanks + 1 } else { end }
    }

    /// Whole lines; a collection of which nothing is left becomes a pair of brackets after its key.
    fn block(&self, collection: NodeId, elements: &[Element], goes: &[bool]) -> Option<Places> {
        let mut places = Places::default();
        let is_list = matches!(self.tree.written(collection), Node::Sequence);
        for (element, _) in elements.iter().zip(goes).filter(|(_, goes)| **goes) {
            let start =
                if is_list { self.line_of_dash(self.start(*element))? } else { self.own_line(self.start(*element))? };
            let end = self.end_of_line(self.end(*element))?;
            places.out.push(Place::new(start, end));
        }
        if goes.iter().all(|goes| *goes) {
            let behind = self.behind_key_of(collection)?;
            places.empty.push((Place::new(behind, behind), if is_list { " []" } else { " {}" }));
        }
        Some(places)
    }

    /// The start of the line that `offset` is the first character of.
    fn own_line(&self, offset: usize) -> Option<usize> {
        // Not from the start of the line: one line may contain a whole file.
        let before = self.text[..offset].trim_end_matches(' ');
        (before.is_empty() || before.ends_with(['\n', '\r'])).then_some(before.len())
    }

    /// The start of the line with the dash of the item at `offset`; anchors, tags, and comments may be between them.
    fn line_of_dash(&self, offset: usize) -> Option<usize> {
        let (start, code) = self.code_before(offset)?;
        let mut words = code.split_whitespace();
        (words.next() == Some("-") && words.all(is_property)).then_some(start)
    }

    /// The text before `offset` without comments: on its line, or on the nearest line above that is not empty. Also gives the
    /// start of that line.
    fn code_before(&self, offset: usize) -> Option<(usize, &str)> {
        let mut start = line_start(self.text, offset);
        let mut code = &self.text[start..offset];
        while code.trim().is_empty() {
            let end = self.text[..start].trim_end_matches(['\n', '\r']).len();
            if end == 0 {
                return None;
            }
            start = line_start(self.text, end);
            code = without_comment(&self.text[start..end]);
        }
        Some((start, code.trim_end()))
    }

    /// The byte after the line break of the line of `offset`, if only a comment follows on that line.
    fn end_of_line(&self, offset: usize) -> Option<usize> {
        let rest = &self.text[offset..];
        let tail = rest.trim_start_matches([' ', '\t']);
        let blanks = rest.len() - tail.len();
        let is_comment = tail.starts_with('#') && (blanks > 0 || offset == 0);
        let line = if is_comment { rest.find(['\n', '\r']).unwrap_or(rest.len()) } else { blanks };
        let is_free = is_comment || tail.is_empty() || tail.starts_with(['\n', '\r']);
        let break_length = match rest.as_bytes().get(line..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        is_free.then_some(offset + line + break_length)
    }

    /// The byte after the colon of the key whose value is `collection`, and after its anchor and tag.
    fn behind_key_of(&self, collection: NodeId) -> Option<usize> {
        let first =
            self.elements(self.tree.children(collection), collection).first().map(|element| self.start(*element))?;
        let is_list = matches!(self.tree.written(collection), Node::Sequence);
        let head = if is_list { self.line_of_dash(first)? } else { self.own_line(first)? };
        let (start, code) = self.code_before(head)?;
        let key = code.split_whitespace().rev().find(|word| !is_property(word))?;
        key.ends_with(':').then_some(start + code.len())
    }

    /// An element with its comma.
    fn flow(&self, collection: NodeId, elements: &[Element], goes: &[bool]) -> Option<Places> {
        let mut places = Places::default();
        let place = self.tree.place(collection).range();
        if goes.iter().all(|goes| *goes) {
            places.out.push(Place::new(place.start + 1, place.end.checked_sub(1)?));
            return Some(places);
        }
        let mut index = 0;
        while index < elements.len() {
            if !goes[index] {
                index += 1;
                continue;
            }
            let run = goes[index..].iter().take_while(|goes| **goes).count();
            let (first, last) = (elements[index], elements[index + run - 1]);
            let end = self.end(last);
            let comma = self.comma_behind(end);
            let own_lines = self.own_line(self.start(first)).zip(self.end_of_line(comma.unwrap_or(end)));
            let previous = index.checked_sub(1).map(|previous| self.end(elements[previous]));
            places.out.push(match (own_lines, previous, comma) {
                (Some((start, end)), _, _) => Place::new(start, end),
                (None, Some(previous), _) if self.text[previous..self.start(first)].contains('#') => {
                    Place::new(self.start(first), end)
                }
                (None, Some(previous), _) => Place::new(previous, end),
                (None, None, Some(comma)) => Place::new(self.start(first), self.skip_blanks(comma)),
                (None, None, None) => return None,
            });
            index += run;
        }
        Some(places)
    }

    /// The byte after the comma that follows `offset`; comments and line breaks may be between them.
    fn comma_behind(&self, offset: usize) -> Option<usize> {
        let mut position = offset;
        loop {
            let rest = self.text.get(position..)?;
            match rest.chars().next()? {
                ',' => return Some(position + 1),
                '#' => position += rest.find(['\n', '\r'])?,
                blank if blank.is_whitespace() => position += blank.len_utf8(),
                _ => return None,
            }
        }
    }

    fn skip_blanks(&self, offset: usize) -> usize {
        let rest = &self.text[offset..];
        offset + rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }
}

/// An anchor or a tag.
fn is_property(word: &str) -> bool {
    word.starts_with(['&', '!'])
}

/// A line up to a `#` after a space. A `#` in quotes is treated the same: then the key is not found, and nothing is cut.
fn without_comment(line: &str) -> &str {
    line.match_indices('#')
        .find(|(index, _)| *index == 0 || line[..*index].ends_with([' ', '\t']))
        .map_or(line, |(index, _)| &line[..index])
}
