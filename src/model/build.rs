//! Tree to topology, by the keys of schemas/topology.schema.json.

use std::collections::{HashMap, HashSet, hash_map};
use std::rc::Rc;

use super::bounds::Bounds;
use super::label;
use super::near::is_near_publish;
use super::parts::set_twice;
use super::topology::{Extras, Item, Level, Levels, Named, Notation, PublishList, Text, Topology};
use crate::base::Findings;
use crate::syntax::entry::{self, Entry};
use crate::syntax::{NodeId, Pair, Tree};
use crate::text::{Place, Source, outermost};

/// What is read of a level.
const LEVEL_KEYS: &[&str] =
    &["binds", "components", "extras", "group", "image", "kind", "labels", "network-mode", "publish", "type"];

/// Reads what publishing needs. The findings are about keys that a merge repeats in a map, and about what exceeds a limit.
pub(crate) fn build<'t>(tree: &'t Tree<'t>, source: &Source) -> (Topology<'t>, Findings) {
    let mut builder = Builder {
        tree,
        source,
        topology: Topology { tree: Some(tree), ..Topology::default() },
        lists: HashMap::new(),
        entries: HashMap::new(),
        bounds: Bounds::new(),
        told: HashSet::new(),
    };
    if let Some(root) = tree.root() {
        builder.root(root);
    }
    builder.topology.shared = outermost(tree.aliases().map(|(_, target)| tree.place(target)).collect());
    let mut findings = builder.bounds.into_findings(!builder.topology.lists.is_empty());
    findings.extend(set_twice(tree, source));
    builder.topology.distinct = builder.entries.into_values().collect();
    builder.topology.lists.sort_by_key(|list| list.key.range().start);
    (builder.topology, findings)
}

struct Builder<'b, 't> {
    tree: &'t Tree<'t>,
    source: &'b Source,
    topology: Topology<'t>,
    /// A list that many nodes share through an alias is built once.
    lists: HashMap<NodeId, Rc<PublishList<'t>>>,
    /// Labs repeat themselves, so every distinct entry is parsed once.
    entries: HashMap<&'t str, Rc<Entry>>,
    bounds: Bounds,
    /// Places of keys that were reported: a map that many nodes share through an alias is reported once.
    told: HashSet<std::ops::Range<usize>>,
}

impl<'t> Builder<'_, 't> {
    fn root(&mut self, root: NodeId) {
        self.topology.name = self.word(root, "name").map(|name| self.bounds.name(name, self.source));
        self.topology.prefix = self.prefix(root).map(|prefix| self.bounds.name(prefix, self.source));
        self.topology.management_network = self
            .tree
            .lookup(root, "mgmt")
            .and_then(|mgmt| self.word(mgmt.value, "network"))
            .filter(|word| !word.value.is_empty());
        let Some(topology) = self.tree.lookup(root, "topology") else { return };
        for outside in [root, topology.value] {
            let key = self.tree.lookup(outside, "publish").and_then(|pair| self.key(pair.key));
            self.topology.misplaced.extend(key);
        }
        self.topology.key = Some(self.tree.place(topology.key));
        if let Some(defaults) = self.tree.lookup(topology.value, "defaults") {
            self.topology.defaults_key = Some(self.tree.place(defaults.key));
            self.topology.defaults = self.level(defaults.value);
        }
        self.topology.kinds = Levels::new(self.levels(topology.value, "kinds"));
        self.topology.groups = Levels::new(self.levels(topology.value, "groups"));
        self.topology.nodes = self.levels(topology.value, "nodes");
    }

    fn levels(&mut self, topology: NodeId, key: &str) -> Vec<Named<'t>> {
        let Some(map) = self.tree.lookup(topology, key) else { return Vec::new() };
        let pairs: Vec<Pair> = self.tree.pairs(map.value).collect();
        if !self.bounds.takes_levels(pairs.len(), self.tree.place(map.key), self.source) {
            return Vec::new();
        }
        let mut levels = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if let Some(name) = self.key(pair.key) {
                let name = if key == "nodes" { self.bounds.name(name, self.source) } else { name };
                levels.push((name, self.level(pair.value)));
            }
        }
        levels
    }

    fn level(&mut self, id: NodeId) -> Level<'t> {
        let mut level = Level::default();
        if !self.tree.is_mapping(id) && !self.tree.is_null(id) {
            // What it was meant to say is not known: nothing is published through it, and nothing is inherited past it.
            let place = self.tree.place(id);
            level.publish = Some(Rc::new(nothing(Notation::Publish, id, place, place)));
        }
        self.lost_to_merges(id);
        let (mut label, mut near_misses) = (None, Vec::new());
        let pairs: Vec<Pair> = self.tree.pairs(id).collect();
        for pair in pairs {
            let Some(key) = self.key(pair.key) else { continue };
            match key.value {
                "kind" => level.kind = self.filled(pair.value),
                "group" => level.group = self.filled(pair.value),
                "image" => level.image = self.filled(pair.value),
                "network-mode" => level.network_mode = self.filled(pair.value),
                "type" => level.node_type = self.filled(pair.value),
                "components" => level.components = (!self.tree.is_null(pair.value)).then_some(pair.value),
                "publish" => level.publish = Some(self.list(key.place, pair.value)),
                "binds" => level.binds = self.words(pair.value),
                "aliases" => {
                    let words = self.words(pair.value);
                    self.topology.dns_aliases.extend(words);
                }
                "labels" => label = self.label(pair.value, &mut near_misses),
                "extras" => level.extras = self.extras(pair.value),
                other if is_near_publish(other) => near_misses.push(key),
                _ => {}
            }
        }
        let is_only = level.publish.is_none() && label.is_none() && near_misses.len() == 1;
        near_misses.retain(|key| self.told.insert(key.place.range()));
        self.topology.near_misses.extend(near_misses.into_iter().map(|key| (key, is_only)));
        level.publish = self.of_two(level.publish, label);
        level
    }

    /// The entries of a level that may have both carriers. If it has both, neither is used, because nobody but the author knows
    /// which one is meant.
    fn of_two(
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
    fn label(&mut self, labels: NodeId, near_misses: &mut Vec<Text<'t>>) -> Option<Rc<PublishList<'t>>> {
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

    /// Keys written in this map that a later merge overrides; if two maps are merged, neither is written here.
    fn lost_to_merges(&mut self, id: NodeId) {
        let overridden = self.tree.overridden(id);
        if overridden.is_empty() {
            return;
        }
        let written: HashSet<NodeId> = self.tree.written_pairs(id).map(|pair| pair.key).collect();
        let loses_a_proxy = self.loses_a_proxy(id);
        for (lost, won) in
            overridden.iter().filter(|(lost, won)| written.contains(&lost.key) && !written.contains(&won.key))
        {
            let (Some(lost_key), Some(won_key)) = (self.key(lost.key), self.key(won.key)) else { continue };
            // Two maps are joined.
            let is_lost = if self.tree.is_mapping(lost.value) && self.tree.is_mapping(won.value) {
                lost_key.value == "extras" && loses_a_proxy
            } else {
                LEVEL_KEYS.contains(&lost_key.value) && !self.tree.is_alike(lost.value, won.value)
            };
            if is_lost && self.told.insert(lost_key.place.range()) {
                self.topology.lost_to_merges.push((lost_key, won_key));
            }
        }
    }

    /// Whether the `extras` of a level are joined from several with different proxies.
    fn loses_a_proxy(&self, id: NodeId) -> bool {
        let extras = self.tree.lookup(id, "extras").map_or(&[][..], |extras| self.tree.overridden(extras.value));
        extras.iter().any(|(lost, won)| {
            self.tree.key_text(won.key) == Some("mysocket-proxy") && !self.tree.is_alike(lost.value, won.value)
        })
    }

    /// A map; or a null that containerlab reads as an empty map.
    fn extras(&self, id: NodeId) -> Option<Extras<'t>> {
        let is_map = self.tree.is_mapping(id) || self.tree.is_null_behind_pointer(id);
        is_map.then(|| Extras { mysocket_proxy: self.word(id, "mysocket-proxy") })
    }

    fn list(&mut self, key: Place, id: NodeId) -> Rc<PublishList<'t>> {
        let id = self.tree.resolve(id);
        if let Some(list) = self.lists.get(&id) {
            return Rc::clone(list);
        }
        let scalars = self.tree.items(id).unwrap_or_default();
        if !self.bounds.takes_entries(scalars.len(), key, self.source) {
            return self.keep(id, nothing(Notation::Publish, id, key, key));
        }
        // Exactly as many as there are: a list may be most of a file.
        let mut items = Vec::with_capacity(scalars.len());
        items.extend(scalars.iter().filter_map(|item| self.item(*item)));
        let is_broken = !self.tree.is_null(id) && (self.tree.items(id).is_none() || items.len() < scalars.len());
        let place = if self.tree.is_null(id) { key } else { self.tree.place(id) };
        let is_flow = self.tree.is_flow(id);
        self.keep(id, PublishList { items, is_flow, is_broken, ..nothing(Notation::Publish, id, key, place) })
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

    /// The scalar at `mapping.name`; none for null.
    fn word(&self, mapping: NodeId, name: &str) -> Option<Text<'t>> {
        let pair = self.tree.lookup(mapping, name)?;
        (!self.tree.is_null(pair.value)).then(|| self.scalar(pair.value))?
    }

    /// A null prefix counts as absent, except for the spellings that containerlab reads as an empty prefix.
    fn prefix(&self, root: NodeId) -> Option<Text<'t>> {
        let value = self.tree.lookup(root, "prefix")?.value;
        if self.tree.is_null_behind_pointer(value) { self.scalar(value) } else { self.word(root, "prefix") }
    }

    /// A scalar that is not empty: containerlab treats an empty one as absent.
    fn filled(&self, id: NodeId) -> Option<Text<'t>> {
        self.scalar(id).filter(|text| !text.value.is_empty())
    }

    fn words(&self, id: NodeId) -> Vec<Text<'t>> {
        self.tree.items(id).unwrap_or_default().iter().filter_map(|item| self.scalar(*item)).collect()
    }

    /// A scalar as yaml.v2 reads it into a string: as written, null as nothing. For an alias, the value of its anchor at
    /// the anchor's place.
    fn scalar(&self, id: NodeId) -> Option<Text<'t>> {
        let id = self.tree.resolve(id);
        let scalar = self.tree.scalar(id)?;
        let value = if scalar.is_null { "" } else { scalar.value };
        Some(Text { value, place: self.tree.place(id) })
    }

    fn key(&self, id: NodeId) -> Option<Text<'t>> {
        Some(Text { value: self.tree.key_text(id)?, place: self.tree.place(id) })
    }
}

/// A listing that publishes nothing and lets nothing be inherited.
fn nothing<'t>(notation: Notation, node: NodeId, key: Place, place: Place) -> PublishList<'t> {
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
