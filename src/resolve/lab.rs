use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use serde::Serialize;

use super::components::{Container, Containers};
use super::standing::Standing;
use super::{bounds, inherit, names, standing};
use crate::base::{Acl, AclKind, Finding, Span};
use crate::model::{Identity, Item, PublishList, Text, Topology};
use crate::syntax::entry::{Entry, SocketEntry};
use crate::text::{Place, Source};

/// What the table of providers says about topologies, passed in so that no provider is known here by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conventions {
    /// Kinds of nodes that run a tunnel client.
    pub(crate) tunnel_kinds: Vec<&'static str>,
    /// Those of them that turn every word of an acl into a policy name.
    pub(crate) policy_kinds: Vec<&'static str>,
    /// How to read acls, independently of the nodes.
    pub(crate) acl_reading: Option<AclReading>,
}

/// What the words of an acl are (spec/entries.md#items-of-an-acl).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AclReading {
    /// With an `@`, it is an email address; with a dot, a domain; otherwise a policy name.
    Identities,
    /// Policy names only, even if they look like addresses or domains.
    Policies,
}

/// A topology with inheritance resolved.
#[derive(Debug)]
pub(crate) struct Lab<'l> {
    pub(crate) source: &'l Source,
    pub(crate) topology: &'l Topology<'l>,
    pub(crate) acl_reading: AclReading,
    /// In the order of the file.
    pub(crate) nodes: Vec<LabNode<'l>>,
    /// The entries that only other providers open.
    pub(super) elsewhere: HashSet<Identity>,
    /// Those that no provider opens.
    pub(super) nowhere: HashSet<Identity>,
}

/// A node and what applies to it.
#[derive(Clone, Debug)]
pub(crate) struct LabNode<'l> {
    pub(crate) name: Text<'l>,
    pub(crate) kind: Option<Text<'l>>,
    /// The group, its own, its kind's, or that of the defaults, whether it is defined or not.
    pub(crate) group: Option<Text<'l>>,
    /// The node itself has a `kind`.
    pub(crate) writes_kind: bool,
    pub(crate) image: Option<Text<'l>>,
    /// Merged over the levels by their destination in the container.
    pub(crate) binds: Vec<Text<'l>>,
    pub(crate) network_mode: Option<Text<'l>>,
    ports: &'l [Text<'l>],
    pub(crate) proxy: Option<Text<'l>>,
    /// The slot of the component that has its network, if its components have containers of their own.
    pub(crate) slot: Option<Text<'l>>,
    pub(crate) standing: Standing,
    /// The name of the container that has its network, once it was asked for: every name of a socket begins with it.
    container: OnceCell<String>,
    /// The list that applies; none if no level has one with entries.
    pub(crate) publish: Option<Inherited<'l>>,
    /// The next less specific list, which it replaces.
    pub(crate) hidden: Option<Inherited<'l>>,
    /// The next less specific label, which would apply if there were no lists.
    pub(crate) label_behind: Option<Inherited<'l>>,
    /// Lists of more specific levels that are empty and therefore do not apply.
    pub(crate) passed_over: Vec<Inherited<'l>>,
    /// Those of its entries that other providers open.
    pub(super) elsewhere: Option<Rc<HashSet<Identity>>>,
}

/// A list and the level it was found on.
#[derive(Clone, Debug)]
pub(crate) struct Inherited<'l> {
    pub(crate) level: LevelKind,
    pub(crate) list: Rc<PublishList<'l>>,
}

/// Where a list was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LevelKind {
    Node,
    Group,
    Kind,
    Defaults,
}

/// A well-formed entry on a node that can publish.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabSocket<'s, 'l> {
    pub(crate) node: &'s LabNode<'l>,
    pub(crate) inherited: &'s Inherited<'l>,
    pub(crate) item: &'s Item<'l>,
    pub(crate) entry: &'s SocketEntry,
}

impl LabSocket<'_, '_> {
    /// The same entry of the same node.
    pub(crate) fn is(&self, other: &LabSocket<'_, '_>) -> bool {
        self.node.name.place == other.node.name.place && self.item.identity() == other.item.identity()
    }
}

/// Works out what applies to every node.
///
/// The finding says that there are more sockets than any lab has; then there are no sockets at all.
pub(crate) fn resolve<'l>(
    topology: &'l Topology<'l>,
    source: &'l Source,
    conventions: &Conventions,
) -> (Lab<'l>, Option<Finding>) {
    let mut containers = Containers::new(topology, source);
    let mut nodes: Vec<LabNode<'l>> = topology
        .nodes
        .iter()
        .map(|(name, level)| {
            let levels = inherit::levels(topology, level);
            let lists = levels.publish();
            let kind = levels.kind;
            let container = containers.of(&levels);
            LabNode {
                name: *name,
                kind,
                group: levels.group,
                writes_kind: level.kind.is_some(),
                image: levels.first(|level| level.image),
                binds: levels.binds(),
                network_mode: levels.first(|level| level.network_mode),
                ports: levels
                    .first(|level| Some(&level.ports[..]).filter(|ports| !ports.is_empty()))
                    .unwrap_or_default(),
                proxy: levels.extras().and_then(|extras| extras.mysocket_proxy),
                slot: if let Container::OfSlot(slot) = container { Some(slot) } else { None },
                standing: Standing::of(kind, levels.first(|level| level.network_mode), container, conventions),
                container: OnceCell::new(),
                publish: lists.holding,
                hidden: lists.hidden,
                label_behind: lists.label_behind,
                passed_over: lists.passed_over,
                elsewhere: None,
            }
        })
        .collect();
    let makes_policies = |node: &LabNode<'_>| node.is_of_kind(&conventions.policy_kinds);
    let by_nodes = if nodes.iter().any(makes_policies) { AclReading::Policies } else { AclReading::Identities };
    let finding = bounds::exceeded(source, &nodes);
    if finding.is_some() {
        for node in &mut nodes {
            (node.publish, node.ports) = (None, &[]);
        }
    }
    let acl_reading = conventions.acl_reading.unwrap_or(by_nodes);
    (Lab { source, topology, acl_reading, nodes, elsewhere: HashSet::new(), nowhere: HashSet::new() }, finding)
}

/// Each of the items once. Only an alias can repeat one.
fn once<'i, 'l: 'i>(
    topology: &Topology<'l>,
    items: impl Iterator<Item = &'i Item<'l>>,
) -> impl Iterator<Item = &'i Item<'l>> {
    let mut seen = HashSet::new();
    let has_aliases = !topology.shared.is_empty();
    items.filter(move |item| !has_aliases || seen.insert(item.identity()))
}

impl<'l> Lab<'l> {
    /// Every well-formed entry of every node that can publish, in the order of nodes and entries. A list that contains `none` or
    /// is broken gives nothing.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = LabSocket<'_, 'l>> {
        self.publishing_nodes().flat_map(LabNode::sockets)
    }

    /// The nodes that can publish, whether they do or not.
    pub(crate) fn publishing_nodes(&self) -> impl Iterator<Item = &LabNode<'l>> {
        self.nodes.iter().filter(|node| node.standing == Standing::Reachable)
    }

    /// Every entry of the file once, used or not, even if aliases put it into several lists. Those that only other providers open
    /// are not among them.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item<'l>> {
        self.here(once(self.topology, self.topology.lists.iter().flat_map(|list| &list.items)))
    }

    fn here<'i>(&self, items: impl Iterator<Item = &'i Item<'l>>) -> impl Iterator<Item = &'i Item<'l>>
    where
        'l: 'i,
    {
        items.filter(|item| self.elsewhere.is_empty() || !self.elsewhere.contains(&item.identity()))
    }

    /// Whether the file has a well-formed entry for which `is_wanted` is true. Labs repeat themselves, so only distinct entries
    /// are checked.
    pub(crate) fn has_entry(&self, is_wanted: impl Fn(&SocketEntry) -> bool) -> bool {
        self.topology.distinct.iter().any(|entry| matches!(&**entry, Entry::Socket(entry) if is_wanted(entry)))
    }

    /// Every well-formed entry of the file for which `is_wanted` is true, once, used or not.
    pub(crate) fn entries(&self, is_wanted: impl Fn(&SocketEntry) -> bool) -> Vec<(&Item<'l>, &SocketEntry)> {
        if !self.has_entry(&is_wanted) {
            return Vec::new();
        }
        let entries = self.items().filter_map(|item| item.socket().map(|entry| (item, entry)));
        entries.filter(|(_, entry)| is_wanted(entry)).collect()
    }

    /// The same without the entries on nodes that cannot publish: how a provider would carry those does not matter.
    pub(crate) fn entries_to_publish(
        &self,
        is_wanted: impl Fn(&SocketEntry) -> bool,
    ) -> Vec<(&Item<'l>, &SocketEntry)> {
        if !self.has_entry(&is_wanted) {
            return Vec::new();
        }
        let own = |inherited: &&Inherited<'l>| inherited.level == LevelKind::Node;
        let lists = |is_reachable: bool| -> HashSet<Range<usize>> {
            let nodes = self.nodes.iter().filter(|node| (node.standing == Standing::Reachable) == is_reachable);
            let lists = nodes.filter_map(|node| node.publish.as_ref()).filter(own);
            lists.map(|inherited| inherited.list.key.range()).collect()
        };
        let idle = lists(false);
        let used = if idle.is_empty() { HashSet::new() } else { lists(true) };
        let is_idle =
            move |list: &PublishList<'_>| idle.contains(&list.key.range()) && !used.contains(&list.key.range());
        let lists = self.topology.lists.iter().filter(move |list| !is_idle(list));
        let items = self.here(once(self.topology, lists.flat_map(|list| &list.items)));
        let items = items.filter(|item| self.nowhere.is_empty() || !self.nowhere.contains(&item.identity()));
        let entries = items.filter_map(|item| item.socket().map(|entry| (item, entry)));
        entries.filter(|(_, entry)| is_wanted(entry)).collect()
    }

    /// The nodes that run a tunnel client.
    pub(crate) fn tunnel_nodes(&self) -> impl Iterator<Item = &LabNode<'l>> {
        self.nodes.iter().filter(|node| node.standing == Standing::Tunnel)
    }

    /// Who may use an entry's socket.
    pub(crate) fn acl<'e>(&self, entry: &'e SocketEntry) -> Cow<'e, Acl> {
        match self.acl_reading {
            AclReading::Identities => Cow::Borrowed(&entry.identities),
            AclReading::Policies => Cow::Owned(Acl::of(entry.acl.iter().map(|item| self.acl_item(item)))),
        }
    }

    /// What one word of an acl names, as this topology is read.
    pub(crate) fn acl_item<'i>(&self, item: &'i crate::syntax::entry::AclItem) -> (AclKind, &'i str) {
        match self.acl_reading {
            AclReading::Identities => (item.kind, &item.canonical),
            AclReading::Policies => (AclKind::Policy, &item.text),
        }
    }

    /// Whether the lab host forwards to the management network (spec/doors.md#the-management-network).
    pub(crate) fn has_external_access(&self) -> bool {
        let is_off =
            |text: &Text<'_>| ["n", "no", "false", "off"].iter().any(|off| off.eq_ignore_ascii_case(text.value));
        !self.topology.external_access.as_ref().is_some_and(is_off)
    }

    /// Where `place` is in the file.
    pub(crate) fn span(&self, place: Place) -> Span {
        self.source.span(place)
    }

    /// The words of the file at `place`, for messages.
    pub(crate) fn original(&self, place: Place) -> &'l str {
        self.source.original(place)
    }

    /// The name of the container that has a node's network.
    pub(crate) fn container<'n>(&self, node: &'n LabNode<'l>) -> &'n str {
        node.container.get_or_init(|| names::container(self.topology, node, |text| text.value.into()))
    }

    /// The lab's name; empty if it has none.
    pub(crate) fn name(&self) -> &'l str {
        self.topology.name.map_or("", |name| name.value)
    }
}

impl<'l> LabNode<'l> {
    pub(crate) fn is_of_kind(&self, kinds: &[&str]) -> bool {
        self.kind.is_some_and(|kind| kinds.contains(&kind.value))
    }

    /// Whether it is a network device, by its kind. Of other nodes, only their owner knows what listens on most of their ports.
    pub(crate) fn is_device(&self) -> bool {
        self.kind.is_some_and(|kind| !standing::OTHER_KINDS.contains(&kind.value))
    }

    /// Whether containerlab starts it on the management network.
    pub(crate) fn has_management_network(&self) -> bool {
        matches!(self.standing, Standing::Reachable | Standing::Tunnel | Standing::UnknownContainer(_))
    }

    /// Ports of the lab host that lead to it. Without the management network, Docker binds none.
    pub(crate) fn host_ports(&self) -> &'l [Text<'l>] {
        if self.has_management_network() && !self.is_of_kind(&["ext-container"]) { self.ports } else { &[] }
    }

    /// Its well-formed entries, whether it can publish or not.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = LabSocket<'_, 'l>> {
        self.all_sockets().filter(|socket| self.elsewhere.is_none() || !self.is_elsewhere(&socket.item.identity()))
    }

    /// The same with those that another provider opens.
    pub(super) fn all_sockets(&self) -> impl Iterator<Item = LabSocket<'_, 'l>> {
        let holding = self.publish.as_ref().filter(|inherited| !inherited.list.opts_out() && !inherited.list.is_broken);
        holding.into_iter().flat_map(move |inherited| {
            inherited
                .list
                .items
                .iter()
                .filter_map(move |item| Some(LabSocket { node: self, inherited, item, entry: item.socket()? }))
        })
    }
}

impl LevelKind {
    /// The word as messages have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Group => "group",
            Self::Kind => "kind",
            Self::Defaults => "defaults",
        }
    }
}
