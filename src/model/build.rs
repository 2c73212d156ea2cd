//! Tree to topology, by the keys of schemas/topology.schema.json.

mod publishing;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::bounds::Bounds;
use super::entries::{Lists, Section};
use super::near::is_near_publish;
use super::parts::set_twice;
use super::topology::{Extras, Level, Levels, Named, Notation, PublishList, Text, Topology};
use crate::base::Findings;
use crate::syntax::entry::Entry;
use crate::syntax::{NodeId, Pair, Tree};
use crate::text::{Source, outermost};
use publishing::nothing;

/// What is read of a level.
const LEVEL_KEYS: &[&str] =
    &["binds", "components", "extras", "group", "image", "kind", "labels", "network-mode", "ports", "publish", "type"];

/// Reads what publishing needs. The findings are about keys that a merge repeats in a map, and about what exceeds a limit.
pub(crate) fn build<'t>(tree: &'t Tree<'t>, source: &Source) -> (Topology<'t>, Findings) {
    let mut builder = Builder {
        tree,
        source,
        topology: Topology { tree: Some(tree), ..Topology::default() },
        lists: HashMap::new(),
        replacing: Lists::default(),
        entries: HashMap::new(),
        bounds: Bounds::new(),
        told: HashSet::new(),
    };
    if let Some(root) = tree.first_root() {
        builder.entries_file(root);
    }
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
    /// Lists of an entries file, each of which takes the place of those of a level.
    replacing: Lists<'t>,
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
        self.topology.external_access =
            self.tree.lookup(root, "mgmt").and_then(|mgmt| self.word(mgmt.value, "external-access"));
        let Some(topology) = self.tree.lookup(root, "topology") else { return };
        for outside in [root, topology.value] {
            let key = self.tree.lookup(outside, "publish").and_then(|pair| self.key(pair.key));
            self.topology.misplaced.extend(key);
        }
        self.topology.key = Some(self.tree.place(topology.key));
        let replacing = self.replacing.take_defaults();
        if let Some(defaults) = self.tree.lookup(topology.value, "defaults") {
            self.topology.defaults_key = Some(self.tree.place(defaults.key));
            self.topology.defaults = self.level(defaults.value, replacing);
        } else {
            self.topology.defaults.publish = replacing.and_then(|pair| self.replaced(pair));
        }
        let [mut kinds, mut groups, nodes] = Section::NAMED.map(|section| self.levels(topology.value, section));
        self.topology.nodes = nodes;
        if self.topology.entries_file.is_some() {
            self.only_in_entries_file(Section::Kinds, &mut kinds, &groups);
            let kinds = &kinds;
            self.only_in_entries_file(Section::Groups, &mut groups, kinds);
            self.only_in_entries_file(Section::Nodes, &mut Vec::new(), &[]);
        }
        self.topology.kinds = Levels::new(kinds);
        self.topology.groups = Levels::new(groups);
    }

    fn levels(&mut self, topology: NodeId, section: Section) -> Vec<Named<'t>> {
        let key = section.key();
        let Some(map) = self.tree.lookup(topology, key) else { return Vec::new() };
        let pairs: Vec<Pair> = self.tree.pairs(map.value).collect();
        if !self.bounds.takes_levels(pairs.len(), self.tree.place(map.key), self.source) {
            return Vec::new();
        }
        let mut levels = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if let Some(name) = self.key(pair.key) {
                // By the whole name: one that is cut below could be that of another node.
                let replacing = self.replacing.take(section, name.value);
                let name = if section == Section::Nodes { self.bounds.name(name, self.source) } else { name };
                levels.push((name, self.level(pair.value, replacing)));
            }
        }
        levels
    }

    /// A level; with an entry of the entries file for it, that one has its list.
    fn level(&mut self, id: NodeId, replacing: Option<Pair>) -> Level<'t> {
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
                "publish" | "labels" if replacing.is_some() => {}
                "publish" => level.publish = Some(self.list(Notation::Publish, key.place, pair.value)),
                "binds" => level.binds = self.words(pair.value),
                "ports" => level.ports = self.words(pair.value),
                "aliases" => {
                    let words = self.words(pair.value);
                    self.topology.dns_aliases.extend(words);
                }
                "labels" => label = self.label(pair.value, &mut near_misses),
                "extras" => level.extras = self.extras(pair.value),
                other if replacing.is_none() && is_near_publish(other) => near_misses.push(key),
                _ => {}
            }
        }
        let is_only = level.publish.is_none() && label.is_none() && near_misses.len() == 1;
        near_misses.retain(|key| self.told.insert(key.place.range()));
        self.topology.near_misses.extend(near_misses.into_iter().map(|key| (key, is_only)));
        level.publish = match replacing {
            Some(pair) => self.replaced(pair),
            None => self.of_two(level.publish, label),
        };
        level
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
