//! The text of a label: the entries of a list, in the words of the file.

use crate::model::{Item, PublishList};
use crate::resolve::Lab;
use crate::syntax::entry::{Entry, canonical};

/// Entries on one line; more are a block with one per line.
const MOST_IN_A_LINE: usize = 4;

/// Columns of a line.
const WIDTH: usize = 100;

/// An entry as it can be written in a label; none if it cannot.
pub(super) fn text_of(lab: &Lab<'_>, item: &Item<'_>) -> Option<String> {
    let place = item.place_of(&(0..item.text.value.len()));
    let written = lab.original(place);
    let is_one_word = |text: &str| {
        !text.is_empty() && !text.contains(|letter: char| letter.is_whitespace() || "\"'\\".contains(letter))
    };
    // A value from the environment may contain what the file does not show.
    if item.verbatim_start.is_some() && is_one_word(written) && is_one_word(item.text.value) {
        return Some(written.to_owned());
    }
    // Spaces and quotes around it have no meaning; a value from the environment is not written out.
    if lab.source.is_substituted(item.text.place) {
        return None;
    }
    let plain = match &*item.entry {
        Entry::Socket(entry) => canonical(entry),
        Entry::OptOut => "none".to_owned(),
        Entry::Malformed(_) => return None,
    };
    is_one_word(&plain).then_some(plain)
}

/// A label `publish`.
#[derive(Debug)]
pub(super) struct Label {
    entries: Vec<String>,
    is_quoted: bool,
}

impl Label {
    /// For a list whose entries can all be written in one.
    pub(super) fn new(lab: &Lab<'_>, list: &PublishList<'_>) -> Self {
        let written = |item: &Item<'_>| &lab.source.text()[item.text.place.range()];
        Self {
            entries: list.items.iter().filter_map(|item| text_of(lab, item)).collect(),
            is_quoted: list.items.iter().any(|item| written(item).starts_with(['"', '\''])),
        }
    }

    /// On one line, for a map inside brackets, with the key between `quote`s: `publish: "tcp/22 tls/830"`.
    pub(super) fn in_flow(&self, quote: &str) -> String {
        format!("{quote}publish{quote}: \"{}\"", self.entries.join(" "))
    }

    /// Whether it fits on a line after so many spaces.
    pub(super) fn is_short(&self, indentation: usize) -> bool {
        self.entries.len() <= MOST_IN_A_LINE && indentation + self.in_flow("").len() <= WIDTH
    }

    /// Its lines after `indentation` spaces, with `step` more for a block.
    pub(super) fn lines(&self, indentation: usize, step: usize) -> Vec<String> {
        let blanks = " ".repeat(indentation);
        if !self.is_short(indentation) {
            let entry = |entry: &String| format!("{blanks}{}{entry}", " ".repeat(step));
            return std::iter::once(format!("{blanks}publish: |-")).chain(self.entries.iter().map(entry)).collect();
        }
        if self.is_quoted {
            return vec![format!("{blanks}{}", self.in_flow(""))];
        }
        vec![format!("{blanks}publish: {}", self.entries.join(" "))]
    }
}
