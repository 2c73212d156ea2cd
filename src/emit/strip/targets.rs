//! What has to go.

use std::collections::{HashMap, HashSet};

use crate::base::{Finding, quoted};
use crate::model::{Part, parts};
use crate::resolve::{Lab, Standing};
use crate::syntax::{NodeId, Pair, Tree, is_merge_key};
use crate::text::{Place, Source, outermost};

/// Children of collections to remove: a key with its value, or an item of a list.
#[derive(Clone, Debug, Default)]
pub(in crate::emit) struct Cuts {
    /// In the order of the file: the collection, and the child's first node (the key, or the item).
    pub(in crate::emit) children: Vec<(NodeId, NodeId)>,
    /// Those of them that are lists of entries.
    pub(in crate::emit) lists: Vec<(NodeId, Pair)>,
    /// The value of each key that is removed; for an item, the item itself.
    values: HashMap<NodeId, NodeId>,
    seen: HashSet<NodeId>,
}

impl Cuts {
    pub(in crate::emit) fn add_pair(&mut self, mapping: NodeId, pair: Pair) {
        if self.seen.insert(pair.key) {
            self.children.push((mapping, pair.key));
            self.values.insert(pair.key, pair.value);
        }
    }

    fn add_item(&mut self, list: NodeId, item: NodeId) {
        self.add_pair(list, Pair { key: item, value: item });
    }

    /// Whether the key or item is removed.
    pub(in crate::emit) fn holds(&self, child: NodeId) -> bool {
        self.seen.contains(&child)
    }

    /// The places of whole keys and items to remove, without those inside another one; in the order of the file.
    pub(in crate::emit) fn outermost(&self, tree: &Tree<'_>) -> Vec<Place> {
        outermost(self.values.iter().map(|(child, value)| tree.place(*child).to(tree.place(*value))).collect())
    }

    /// The same cuts, each alone.
    pub(super) fn one_by_one(&self) -> impl Iterator<Item = Self> {
        self.children.iter().map(|(collection, child)| {
            let value = self.values.get(child).copied().unwrap_or(*child);
            Self {
                children: vec![(*collection, *child)],
                lists: Vec::new(),
                values: HashMap::from([(*child, value)]),
                seen: HashSet::from([*child]),
            }
        })
    }

    /// Every node that is removed, with everything in it.
    pub(in crate::emit) fn gone(&self, tree: &Tree<'_>) -> HashSet<NodeId> {
        let mut gone = HashSet::new();
        let mut open: Vec<NodeId> = self.values.values().chain(&self.seen).copied().collect();
        while let Some(node) = open.pop() {
            if gone.insert(node) {
                open.extend(tree.children(node));
            }
        }
        gone
    }
}

/// Finds it. A node that shares a network with one that is removed cannot stay as it is: a finding.
pub(in crate::emit) fn find(tree: &Tree<'_>, source: &Source, lab: &Lab<'_>) -> Result<Cuts, Vec<Finding>> {
    let gone: HashSet<&str> = lab.tunnel_nodes().map(|node| node.name.value).collect();
    let mut search = Search { tree, gone, cuts: Cuts::default(), waits: HashSet::new() };
    let mut uses: HashMap<NodeId, usize> = HashMap::new();
    for (part, map) in parts(tree) {
        search.part(part, map);
        *uses.entry(map).or_default() += 1;
    }
    let mut findings = riders(lab, source, &search.gone);
    let shared = search.cuts.children.iter().filter(|(map, _)| uses.get(map).is_some_and(|uses| *uses > 1));
    findings.extend(shared.map(|(_, child)| used_twice(source, tree.place(*child))));
    search.cuts.children.sort_by_key(|(_, child)| tree.place(*child).range().start);
    search.cuts.lists.sort_by_key(|(_, list)| tree.place(list.key).range().start);
    if findings.is_empty() { Ok(search.cuts) } else { Err(findings) }
}

/// The defaults, kinds, groups and nodes of a topology.
pub(in crate::emit) fn levels(tree: &Tree<'_>) -> Vec<Pair> {
    let Some(topology) = tree.root().and_then(|root| tree.lookup(root, "topology")) else { return Vec::new() };
    let defaults = tree.lookup(topology.value, "defaults");
    let maps = ["kinds", "groups", "nodes"].into_iter().filter_map(|key| tree.lookup(topology.value, key));
    defaults.into_iter().chain(maps.flat_map(|map| tree.pairs(map.value))).collect()
}

struct Search<'s, 't> {
    tree: &'s Tree<'t>,
    /// The names of the tunnel nodes.
    gone: HashSet<&'s str>,
    cuts: Cuts,
    /// Lists of nodes to look for, that were searched.
    waits: HashSet<NodeId>,
}

impl Search<'_, '_> {
    /// What is removed from a map itself: the maps that it merges are others.
    fn part(&mut self, part: Part, map: NodeId) {
        let tree = self.tree;
        // A node may be called `<<`.
        for pair in tree.written_pairs(map).filter(|pair| !is_merge_key(tree, pair.key)) {
            match (part, tree.key_text(pair.key).unwrap_or_default()) {
                // The tunnel nodes themselves.
                (Part::Nodes, name) if self.gone.contains(name) => self.cuts.add_pair(map, pair),
                (Part::Level, "publish") => {
                    self.cuts.add_pair(map, pair);
                    self.cuts.lists.push((map, pair));
                }
                (Part::Level, "stages") => self.stages(pair.value),
                // Entries in places where nothing reads them are rejected by containerlab too; only the tunnel client read the
                // proxy.
                (Part::File | Part::Topology, "publish") | (Part::Extras, "mysocket-proxy") => {
                    self.cuts.add_pair(map, pair);
                }
                (Part::Topology, "links") => self.links(map, pair),
                _ => {}
            }
        }
    }

    /// Nodes that wait for one that never comes.
    fn stages(&mut self, stages: NodeId) {
        let waits: Vec<NodeId> = self
            .tree
            .pairs(stages)
            .filter_map(|stage| self.tree.lookup(stage.value, "wait-for"))
            .map(|pair| self.tree.resolve(pair.value))
            .collect();
        for list in waits {
            if !self.waits.insert(list) {
                continue;
            }
            let items = self.tree.items(list).unwrap_or_default().to_vec();
            for item in items {
                if self.names_gone(item, "node") {
                    self.cuts.add_item(list, item);
                }
            }
        }
    }

    /// Links with an end that is removed; the whole list if none is left, because containerlab rejects an empty one.
    fn links(&mut self, topology: NodeId, links: Pair) {
        let list = self.tree.resolve(links.value);
        let items = self.tree.items(list).unwrap_or_default().to_vec();
        let dead: Vec<NodeId> = items.iter().copied().filter(|item| self.is_dead_link(*item)).collect();
        if !dead.is_empty() && dead.len() == items.len() {
            self.cuts.add_pair(topology, links);
        } else {
            for item in dead {
                self.cuts.add_item(list, item);
            }
        }
    }

    /// `endpoints: [node:interface, …]`, the same as maps with `node:`, or one `endpoint:`.
    fn is_dead_link(&self, link: NodeId) -> bool {
        let ends = self.tree.lookup(link, "endpoints").map(|pair| self.tree.items(pair.value).unwrap_or_default());
        let is_dead_end = |end: &NodeId| match self.tree.scalar(*end) {
            Some(scalar) => scalar.value.split(':').next().is_some_and(|node| self.gone.contains(node)),
            None => self.names_gone(*end, "node"),
        };
        ends.is_some_and(|ends| ends.iter().any(is_dead_end))
            || self.tree.lookup(link, "endpoint").is_some_and(|pair| is_dead_end(&pair.value))
    }

    fn names_gone(&self, mapping: NodeId, key: &str) -> bool {
        let name = self.tree.lookup(mapping, key).and_then(|pair| self.tree.scalar(pair.value));
        name.is_some_and(|name| self.gone.contains(name.value))
    }
}

/// A tunnel node's settings would stay as those of a kind.
fn used_twice(source: &Source, place: Place) -> Finding {
    Finding::error(super::RULE, "an alias uses this map as something else too")
        .at(source.span(place), "this must be removed in one place and kept in the other")
        .help("write the map twice, without the alias")
}

/// Nodes that use the network of one that is removed.
fn riders(lab: &Lab<'_>, source: &Source, gone: &HashSet<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &lab.nodes {
        let Standing::OtherNetwork(mode) = node.standing else { continue };
        let owner =
            source.text().get(mode.range()).and_then(|mode| mode.trim_matches(['"', '\'']).strip_prefix("container:"));
        if owner.is_some_and(|owner| gone.contains(owner)) {
            findings.push(
                Finding::error(
                    super::RULE,
                    format!("{} shares the network of a tunnel node", quoted(lab.shown(node.name))),
                )
                .at(source.span(mode), "that node is removed because containerlab no longer supports its kind")
                .help("give the node its own network"),
            );
        }
    }
    findings
}
