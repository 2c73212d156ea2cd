//! The lists of entries: of levels, of labels, and of an entries file.

use std::collections::{HashSet, hash_map};
use std::rc::Rc;

use super::super::entries::{EntriesFile, Listed, Lists, Section, TOPOLOGY};
use super::super::label;
use super::super::near::is_near_publish;
use super::super::topology::{Item, Level, Named, Notation, PublishList, Text};
use super::Builder;
use crate::syntax::entry::{self, Entry};
use crate::syntax::{NodeId, Pair};
use crate::text::Place;

impl<'t> Builder<'_, 't> {
    /// Takes the lists of an entries file, for the levels that they belong to.
    pub(super) fn entries_file(&mut self, root: NodeId) {
        self.replacing = Lists::of(self.tree, root);
        let listed = self.replacing.keys().filter_map(|(section, key)| Some(Listed { section, name: self.key(key)? }));
        let listed = listed.collect();
        let topology = self.tree.lookup(root, TOPOLOGY).and_then(|pair| self.scalar(pair.value));
        self.topology.entries_file = Some(EntriesFile { topology, listed, unknown: Vec::new() });
    }

    /// Adds the kinds or groups that only the entries file has, if a level of the topology names them. The others, and the nodes that
    /// only it has, are unknown.
    pub(super) fn only_in_entries_file(&mut self, section: Section, levels: &mut Vec<Named<'t>>, others: &[Named<'t>]) {
        let named = |level: &Level<'t>| match section {
            Section::Kinds => level.kind,
            Section::Groups => level.group,
            Section::Nodes | Section::Defaults => None,
        };
        let topology = &self.topology;
        let all = topology.nodes.iter().chain(others).map(|(_, level)| level).chain([&topology.defaults]);
        let known: HashSet<&str> = all.filter_map(named).map(|name| name.value).collect();
        for pair in self.replacing.rest(self.tree, section) {
            let Some(name) = self.key(pair.key) else { continue };
            let publish = self.replaced(pair);
            if known.contains(name.value) {
                levels.push((name, Level { publish, ..Level::default() }));
            } else if let Some(file) = &mut self.topology.entries_file {
                file.unknown.push(Listed { section, name });
            }
        }
    }

    /// The list that an entries file has for a level.
    pub(super) fn replaced(&mut self, pair: Pair) -> Option<Rc<PublishList<'t>>> {
        let key = self.key(pair.key)?;
        Some(self.list(Notation::Entries, key.place, pair.value))
    }

    /// The entries of a level that may have both carriers. If it has both, neither is used, because nobody but the author knows
    /// which one is meant.
    pub(super) fn of_two(
        &mut self,
        list: Option<Rc<PublishList<'t>>>,
        label: Option<Rc<PublishList<'t>>>,
    ) -> Option<Rc<PublishList<'t>>> {
        let (Some(list), Some(label)) = (&list, &label) else { return list.or(label) };
        if list.falls_through() || label.falls_through() {
            return Some(Rc::clone(if list.falls_through() { label } else { list }));
        }
        if self.told.insert(label.key.range()) {
            self.topology.two_carriers.push((list.key, label.key));
        }
        Some(Rc::new(nothing(Notation::Publish, list.node, list.key, list.place)))
    }

    /// The entries of the label `publish`; labels that were surely meant to be it are near misses.
    pub(super) fn label(&mut self, labels: NodeId, near_misses: &mut Vec<Text<'t>>) -> Option<Rc<PublishList<'t>>> {
        if !self.tree.is_mapping(labels) {
            return None;
        }
        let pairs: Vec<Pair> = self.tree.pairs(labels).collect();
        let mut found = None;
        for pair in pairs {
            let Some(key) = self.key(pair.key) else { continue };
            if key.value == "publish" {
                found = Some(self.label_listing(key.place, pair.value));
            } else if is_near_publish(key.value) && self.holds_entries(pair.value) {
                near_misses.push(key);
            }
        }
        found
    }

    /// Labels are the user's own: one called `published` is a typo only if it contains entries.
    fn holds_entries(&self, id: NodeId) -> bool {
        let words = self.scalar(id).map(|text| text.value.split_ascii_whitespace()).into_iter().flatten();
        let mut entries = words.map(|word| matches!(entry::parse(word), Entry::Socket(_) | Entry::OptOut)).peekable();
        entries.peek().is_some() && entries.all(|is_entry| is_entry)
    }

    fn label_listing(&mut self, key: Place, id: NodeId) -> Rc<PublishList<'t>> {
        let id = self.tree.resolve(id);
        if let Some(list) = self.lists.get(&id) {
            return Rc::clone(list);
        }
        let place = if self.tree.is_null(id) { key } else { self.tree.place(id) };
        let items = match self.scalar(id) {
            Some(text) => {
                let parted = self.source.parted_words(text.place);
                if parted.is_empty() {
                    self.label_entries(key, id, text)
                } else {
                    // A reader of the file cannot tell which entries were meant, so none of them is used.
                    self.topology.parted.extend(parted);
                    None
                }
            }
            None => None,
        };
        let is_broken = items.is_none();
        let items = items.unwrap_or_default();
        self.keep(id, PublishList { items, is_broken, ..nothing(Notation::Label, id, key, place) })
    }

    /// The words of a label; none if they exceed a limit.
    fn label_entries(&mut self, key: Place, id: NodeId, text: Text<'t>) -> Option<Vec<Item<'t>>> {
        let count = text.value.split_ascii_whitespace().count();
        if !self.bounds.takes_entries(count, key, self.source) {
            return None;
        }
        let words = label::words(self.source.text(), text.value, text.place);
        let items = words.into_iter().enumerate().map(|(index, word)| {
            let place = word.place;
            let text = Text { value: word.text, place: place.unwrap_or(text.place) };
            let verbatim_start = place.map(|place| place.range().start);
            Some(Item { entry: self.entry(&text)?, text, verbatim_start, node: id, word: index })
        });
        items.collect()
    }

    fn keep(&mut self, id: NodeId, list: PublishList<'t>) -> Rc<PublishList<'t>> {
        let is_malformed = list.items.iter().any(|item| matches!(*item.entry, Entry::Malformed(_)));
        let says_none = list.items.iter().any(|item| *item.entry == Entry::OptOut);
        let list = Rc::new(PublishList { is_malformed, says_none, ..list });
        self.lists.insert(id, Rc::clone(&list));
        self.topology.lists.push(Rc::clone(&list));
        list
    }

    /// The value of a key that is a list of entries.
    pub(super) fn list(&mut self, notation: Notation, key: Place, id: NodeId) -> Rc<PublishList<'t>> {
        let id = self.tree.resolve(id);
        if let Some(list) = self.lists.get(&id) {
            return Rc::clone(list);
        }
        let scalars = self.tree.items(id).unwrap_or_default();
        if !self.bounds.takes_entries(scalars.len(), key, self.source) {
            return self.keep(id, nothing(notation, id, key, key));
        }
        // Exactly as many as there are: a list may be most of a file.
        let mut items = Vec::with_capacity(scalars.len());
        items.extend(scalars.iter().filter_map(|item| self.item(*item)));
        let is_broken = !self.tree.is_null(id) && (self.tree.items(id).is_none() || items.len() < scalars.len());
        let place = if self.tree.is_null(id) { key } else { self.tree.place(id) };
        let is_flow = self.tree.is_flow(id);
        self.keep(id, PublishList { items, is_flow, is_broken, ..nothing(notation, id, key, place) })
    }

    fn item(&mut self, id: NodeId) -> Option<Item<'t>> {
        let text = self.scalar(id)?;
        let verbatim_start = text.verbatim_start(self.source.text());
        Some(Item { text, entry: self.entry(&text)?, verbatim_start, node: id, word: 0 })
    }

    /// None if the limit is exceeded.
    fn entry(&mut self, text: &Text<'t>) -> Option<Rc<Entry>> {
        match self.entries.entry(text.value) {
            hash_map::Entry::Occupied(known) => Some(Rc::clone(known.get())),
            hash_map::Entry::Vacant(new) => {
                let is_within = self.bounds.takes_words(text, self.source);
                is_within.then(|| Rc::clone(new.insert(Rc::new(entry::parse(text.value)))))
            }
        }
    }
}

/// A listing that publishes nothing and lets nothing be inherited.
pub(super) fn nothing<'t>(notation: Notation, node: NodeId, key: Place, place: Place) -> PublishList<'t> {
    PublishList {
        notation,
        node,
        key,
        place,
        items: Vec::new(),
        is_flow: false,
        is_broken: true,
        is_malformed: false,
        says_none: false,
    }
}
