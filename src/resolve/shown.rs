//! Words of a topology as messages may show them: as the file has them, and never with a value from the environment.
//!
//! A word is its value if no part of it came from a variable; otherwise it is the text in the file, without its quotes. A name
//! that consists of several words is built from what is shown of each: `clab-${LAB}-r1-tcp-22`. Whatever a provider does to the
//! letters of a name is not done to a word with a variable in it: nobody could read `${lab}`, and so nobody could look for it.
//! The type of a socket is one of the six words of the language; a rule that is about a type says which one it is.

use std::borrow::Cow;
use std::ops::Range;

use super::{Lab, LabNode, LabSocket, names};
use crate::base::{Acl, Spelled, beginning};
use crate::model::{Item, Text};
use crate::syntax::entry::SocketEntry;
use crate::text::Place;

/// How the words in the names of a socket are shown.
#[derive(Debug)]
pub(crate) struct ShownWords {
    pub(crate) lab: String,
    pub(crate) node: String,
    pub(crate) container: String,
    pub(crate) port: String,
}

/// A scalar of the file without the quotes around it.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

impl<'l> Lab<'l> {
    /// The text in the file at `place`, if any of it came from the environment.
    fn spelling(&self, place: Place) -> Option<&'l str> {
        self.source.is_substituted(place).then(|| unquoted(self.source.original(place)))
    }

    /// A word; no more of it than a name has.
    pub(crate) fn shown(&self, text: Text<'l>) -> &'l str {
        beginning(self.spelling(text.place).unwrap_or(text.value))
    }

    /// A word with its value, however long it is.
    pub(crate) fn spelled(&self, text: Text<'l>) -> Spelled {
        Spelled { value: text.value.to_owned(), shown: self.spelling(text.place).unwrap_or(text.value).to_owned() }
    }

    /// A part of an entry's text; no more of it than a name has.
    pub(crate) fn shown_part<'i>(&self, item: &'i Item<'_>, range: &Range<usize>) -> &'i str
    where
        'l: 'i,
    {
        let place = item.place_of(range);
        match (self.spelling(place), item.text.value.get(range.clone())) {
            (None, Some(value)) => beginning(value),
            (spelling, _) => beginning(spelling.unwrap_or_else(|| self.source.original(place))),
        }
    }

    /// Who may use an entry's socket: names for messages, not for comparison.
    pub(crate) fn shown_acl(&self, item: &Item<'_>, entry: &SocketEntry) -> Acl {
        let shown = |range: &Range<usize>| self.spelling(item.place_of(range)).map(beginning);
        Acl::of(entry.acl.iter().map(|word| {
            let (kind, name) = self.acl_item(word);
            (kind, shown(&word.range).unwrap_or(name))
        }))
    }

    /// The name of the container that has a node's network.
    pub(crate) fn shown_container(&self, node: &LabNode<'l>) -> String {
        names::container(self.topology, node, |text| self.shown(text).into())
    }

    /// The words of a socket's names, with `fold` applied to those that contain no variable.
    pub(crate) fn shown_words(&self, socket: &LabSocket<'_, 'l>, fold: impl Fn(&str) -> String) -> ShownWords {
        let folded = |text: Text<'l>| -> Cow<'l, str> {
            match self.spelling(text.place) {
                Some(_) => self.shown(text).into(),
                None => fold(text.value).into(),
            }
        };
        ShownWords {
            lab: self.topology.name.map_or_else(String::new, |name| folded(name).into_owned()),
            node: folded(socket.node.name).into_owned(),
            container: names::container(self.topology, socket.node, folded),
            port: self.shown_port(socket).into_owned(),
        }
    }

    /// The port of a socket.
    pub(crate) fn shown_port(&self, socket: &LabSocket<'_, 'l>) -> Cow<'l, str> {
        self.spelling(socket.item.place_of(&socket.entry.port_range))
            .map_or_else(|| socket.entry.port.to_string().into(), |port| beginning(port).into())
    }
}
