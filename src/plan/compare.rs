//! What changed between two plans, and for whom: what a reviewer must know before merging a change.

use std::collections::HashSet;

use serde::Serialize;

use super::differing::differing;
use super::pairs::{Pair, pairs};
use super::socket::{audience_words, type_word};
use super::{Address, Differing, DoorKind, End, OtherDoor, Plan, PlannedSocket, Rewired, Through, rewired};
use crate::base::SocketType;
use crate::provider::{Audience, Weight};

/// The version of the JSON form; it grows when a field changes its meaning or is removed.
const VERSION: u32 = 1;

/// The version if one of the plans has several providers.
const VERSION_OF_SEVERAL: u32 = 2;

/// Two plans, socket by socket. The form is schemas/comparison.schema.json.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    /// 1, or 2 with several providers.
    pub(crate) version: u32,
    /// The older plan; null if the topology was not there, or was not a topology.
    pub(crate) before: Option<End>,
    /// The newer plan.
    pub(crate) after: End,
    /// Every socket that changed, in the order of the nodes of the new plan, then of the old one.
    pub(crate) changes: Vec<Change>,
    /// Every address that led to one socket and leads to another, in the order of the new plan.
    pub(crate) rewired: Vec<Rewired>,
    /// Facts other than sockets that changed; empty if there was no topology.
    pub(crate) differing: Vec<Differing>,
    /// Other doors of the new topology that the old one does not have.
    pub(crate) new_doors: Vec<OtherDoor>,
    /// Variables of either topology whose values are not known, by their names: what they publish with a value is not compared.
    pub(crate) unknown_variables: Vec<String>,
    /// Sockets that did not change.
    pub(crate) unchanged: usize,
}

/// A port of a node that changed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    /// What happened to it.
    pub(crate) kind: ChangeKind,
    /// The node.
    pub(crate) node: String,
    /// Its port.
    pub(crate) port: u16,
    /// Before; missing if it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Side>,
    /// After; missing if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<Side>,
    /// Who gets in now and did not before, including everyone about whom this cannot be known.
    #[serde(serialize_with = "audience_words")]
    pub(crate) gained: Audience,
    /// Who got in before and no longer does.
    #[serde(serialize_with = "audience_words")]
    pub(crate) lost: Audience,
}

/// A socket in one of the plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Side {
    /// Its name at the provider.
    pub(crate) socket: String,
    /// The provider; missing if there is one for all sockets of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<&'static str>,
    /// Its type, after the provider's rewrite.
    #[serde(rename = "type", serialize_with = "type_word")]
    pub(crate) socket_type: SocketType,
    /// Who may use it.
    #[serde(serialize_with = "audience_words")]
    pub(crate) audience: Audience,
    /// The container that the tunnel client reaches.
    pub(crate) container: String,
    /// Where the node answers, if that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    /// The node's kind; missing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// The public port, with a provider whose sockets have ports.
    #[serde(rename = "relay_port", skip_serializing_if = "Option::is_none")]
    pub(crate) public_port: Option<u16>,
    /// The hostname, with a provider whose sockets have hostnames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_name: Option<String>,
    /// How it is reached through the jump host; missing if it is published itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<Through>,
}

/// What happened to a socket, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ChangeKind {
    /// Nobody could reach it before, and someone can now.
    NewlyReachable,
    /// Someone gets in who did not before.
    Widened,
    /// It is at an address where another socket was: anyone who knows the address now gets somewhere else.
    Rewired,
    /// It leads to another container, address, or kind of node, or there through another jump host.
    LeadsElsewhere,
    /// Nobody can reach it anymore.
    NoLongerReachable,
    /// Someone no longer gets in, and nobody new does.
    Narrowed,
    /// The same people reach it in another way: another type.
    Retyped,
    /// The same people reach it under another name or port.
    Moved,
}

impl ChangeKind {
    /// `newly reachable`.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NewlyReachable => "newly reachable",
            Self::Widened => "widened",
            Self::Rewired => "rewired",
            Self::LeadsElsewhere => "leads elsewhere",
            Self::NoLongerReachable => "no longer reachable",
            Self::Narrowed => "narrowed",
            Self::Retyped => "type changed",
            Self::Moved => "moved",
        }
    }

    /// Whether someone gets in who did not before, including anyone who knows an address that led elsewhere, or a socket that
    /// did.
    #[must_use]
    pub(crate) fn is_wider(self) -> bool {
        matches!(self, Self::NewlyReachable | Self::Widened | Self::Rewired | Self::LeadsElsewhere)
    }
}

impl Comparison {
    /// Whether `compile` refused the old topology and does not refuse the new one: then it opens what it did not.
    #[must_use]
    pub(crate) fn is_let_through(&self) -> bool {
        let publishes = self.unchanged + self.changes.len() > 0;
        self.before.as_ref().is_some_and(|before| before.stopped > 0) && self.after.stopped == 0 && publishes
    }

    /// Whether someone might get in, or get somewhere, who did not before.
    #[must_use]
    pub(crate) fn is_wider(&self) -> bool {
        self.changes.iter().any(|change| change.kind.is_wider())
            || self.differing.iter().any(|differing| differing.weight == Weight::LeadsElsewhere)
            || !self.new_doors.is_empty()
            || !self.unknown_variables.is_empty()
            || self.is_let_through()
    }

    /// Whether anything changed.
    #[must_use]
    pub(crate) fn is_any(&self) -> bool {
        !self.changes.is_empty() || !self.differing.is_empty() || self.is_wider()
    }

    /// How many changes there are of a kind.
    #[must_use]
    pub(crate) fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }
}

/// Compares two plans. A socket is known by its node and port; of several there, those of one type belong together, then the
/// rest in their order. `unknown_variables` are those whose values decide and are not known.
#[must_use]
pub(crate) fn compare(
    before: Option<(&Plan, End)>,
    plan: &Plan,
    after: End,
    unknown_variables: Vec<String>,
) -> Comparison {
    let (old_plan, before) = before.unzip();
    let pairs = pairs(old_plan, plan);
    let rewired = old_plan.map_or_else(Vec::new, |old| rewired(&old.ways(), &plan.ways()));
    let elsewhere: HashSet<&Address> = rewired.iter().map(|rewired| &rewired.address).collect();
    let is_rewired =
        |new: Option<&PlannedSocket>| new.is_some_and(|new| new.addresses().any(|one| elsewhere.contains(&one)));
    let is_of_several = [old_plan, Some(plan)].iter().flatten().any(|plan| !plan.providers.is_empty());
    let changes: Vec<Change> =
        pairs.iter().filter_map(|pair| change(pair, is_of_several, is_rewired(pair.new))).collect();
    let differing = before.as_ref().map_or_else(Vec::new, |before| differing(before, &after));
    // Every lab has this one unless it is switched off, so a new lab says nothing with it.
    let is_usual = |door: &OtherDoor| old_plan.is_none() && door.kind == DoorKind::ManagementNetwork;
    let old_doors: HashSet<&OtherDoor> = old_plan.iter().flat_map(|old| &old.other_doors).collect();
    let is_new = |door: &&OtherDoor| !is_usual(door) && !old_doors.contains(door);
    let new_doors = plan.other_doors.iter().filter(is_new).cloned().collect();
    Comparison {
        version: if is_of_several { VERSION_OF_SEVERAL } else { VERSION },
        before,
        after,
        unchanged: pairs.len() - changes.len(),
        changes,
        rewired,
        differing,
        new_doors,
        unknown_variables,
    }
}

fn change(pair: &Pair<'_>, is_of_several: bool, is_rewired: bool) -> Option<Change> {
    let Pair { old, new, providers: [old_provider, new_provider] } = *pair;
    let socket = new.or(old)?;
    let audience = |socket: Option<&PlannedSocket>| socket.map_or(Audience::Nobody, |socket| socket.audience.clone());
    let (was, is) = (audience(old), audience(new));
    let same_provider = pair.has_one_provider();
    let (gained, lost) = (is.beyond(&was, same_provider), was.beyond(&is, same_provider));
    let side =
        |socket, provider: Option<&'static str>| Side { provider: provider.filter(|_| is_of_several), ..side(socket) };
    let (before, after) = (old.map(|old| side(old, old_provider)), new.map(|new| side(new, new_provider)));
    let both = before.as_ref().zip(after.as_ref());
    let kind = if was.is_empty() && !is.is_empty() {
        ChangeKind::NewlyReachable
    } else if !gained.is_empty() {
        ChangeKind::Widened
    } else if is_rewired {
        ChangeKind::Rewired
    } else if !is.is_empty() && both.is_some_and(|(before, after)| before.leads_elsewhere(after)) {
        ChangeKind::LeadsElsewhere
    } else if !was.is_empty() && is.is_empty() {
        ChangeKind::NoLongerReachable
    } else if !lost.is_empty() {
        ChangeKind::Narrowed
    } else if both.is_none_or(|(before, after)| before.socket_type != after.socket_type) {
        ChangeKind::Retyped
    } else if both.is_some_and(|(before, after)| before.is_elsewhere(after)) {
        ChangeKind::Moved
    } else {
        return None;
    };
    Some(Change { kind, node: socket.node.clone(), port: socket.port, before, after, gained, lost })
}

impl Side {
    /// Whether its target changed, or the jump host in front of it.
    fn leads_elsewhere(&self, after: &Self) -> bool {
        let other_jump_host = match (&self.through, &after.through) {
            (Some(before), Some(after)) => before.jump_host != after.jump_host,
            _ => false,
        };
        let target = |side: &Self| (side.container.clone(), side.address.clone(), side.kind.clone());
        target(self) != target(after) || other_jump_host
    }

    /// Whether anything other than the audience changed.
    fn is_elsewhere(&self, after: &Self) -> bool {
        Self { audience: after.audience.clone(), ..self.clone() } != *after
    }
}

fn side(socket: &PlannedSocket) -> Side {
    Side {
        socket: socket.name.clone(),
        provider: None,
        socket_type: socket.socket_type,
        audience: socket.audience.clone(),
        container: socket.container.clone(),
        address: socket.address.clone(),
        kind: socket.kind.clone(),
        public_port: socket.public_port,
        host_name: socket.host_name.clone(),
        through: socket.through.clone(),
    }
}
