//! Takes [`Exposures`]. Gives a [`Plan`]: one row per socket, in the order of nodes in the file,
//! then of entries, with its audience in words. The same exposures give the same plan.

mod bound;
mod claims;
mod compare;
mod differing;
mod joined;
mod lab_context;
mod other_doors;
mod pairs;
mod rewired;
mod socket;
mod written;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

pub(crate) use bound::too_large;
pub(crate) use claims::Claims;
pub(crate) use compare::{Change, ChangeKind, Comparison, Side, compare};
pub(crate) use differing::{Differing, End};
pub(crate) use joined::joined;
pub use lab_context::LabContext;
pub(crate) use lab_context::{bound_to, lab_context};
pub use other_doors::{DoorKind, OtherDoor};
pub(crate) use rewired::WrittenPlan;
pub(crate) use rewired::{Address, Led, Rewired, Way, rewired};
pub use socket::{Origin, PlannedSocket, Shown, Through};

use crate::base::{AccountClass, OpenCount, SocketType};
use crate::expose::{Exposure, Exposures};
use crate::provider::{Audience, Limit, NodeAddress, Pins, RelayPorts};

/// The version of the plan's JSON form; it grows when a field changes its meaning or is removed.
const VERSION: u32 = 1;

/// The version of one that several providers open: then [`Plan::provider`] is null although providers are selected.
const VERSION_OF_SEVERAL: u32 = 2;

/// Everything that would be published. The form is schemas/plan.schema.json.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// 1, or 2 with several providers.
    pub version: u32,
    /// The lab's name; empty if it has none.
    pub lab: String,
    /// The same, as messages may show it.
    #[serde(skip)]
    pub shown_lab: String,
    /// The provider; null if none is selected, or several are.
    pub provider: Option<&'static str>,
    /// The providers, in the order of the settings, if there are several; then each socket says its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderCounts>,
    /// The sockets that can be opened as they are written.
    pub sockets: Vec<PlannedSocket>,
    /// How many sockets of an account they use.
    pub counts: Counts,
    /// What leads to its nodes although no entry opens it.
    pub other_doors: Vec<OtherDoor>,
}

/// Makes every socket except the jump host's reachable only through that one.
fn fold(sockets: &mut [PlannedSocket], exposures: &Exposures<'_>, jump: &Exposure<'_>) {
    let (jump_host, pins) = (jump.socket.node.name.value, &exposures.options.pins);
    let audience = exposures.own_audience(jump);
    let name = exposures.name(jump);
    let mut folded: Vec<&mut PlannedSocket> = sockets.iter_mut().filter(|socket| socket.name != name).collect();
    // If a node has several SSH sockets, visitors jump to the one of type ssh, otherwise to the one with the lowest port, in
    // whatever order they are written.
    let mut jumped: HashMap<&str, (bool, u16, &str)> = HashMap::new();
    for socket in folded.iter().filter(|socket| socket.is_ssh() && socket.node != jump_host) {
        let one = (socket.socket_type != SocketType::Ssh, socket.port, socket.name.as_str());
        jumped.entry(&socket.node).and_modify(|best| *best = one.min(*best)).or_insert(one);
    }
    let jumps: Vec<bool> = folded
        .iter()
        .map(|socket| jumped.get(socket.node.as_str()).is_some_and(|(_, _, name)| *name == socket.name))
        .collect();
    let forwarded = folded.iter().zip(&jumps).filter(|(_, jumps)| !**jumps).map(|(socket, _)| socket.name.as_str());
    // A pin beyond them is about the relay.
    let pins = pins.iter().filter(|(_, port)| LOCAL_PORTS.has(**port));
    let pins: Pins = pins.map(|(name, port)| (name.clone(), *port)).collect();
    let mut ports = LOCAL_PORTS.assign(forwarded, &pins).into_iter();
    for (socket, jumps) in folded.iter_mut().zip(jumps) {
        let local_port = if jumps { None } else { ports.next().flatten() };
        socket.through = Some(Through { jump_host: jump_host.to_owned(), local_port });
        socket.audience = audience.clone();
        (socket.carriage, socket.login) = (None, None);
    }
}

impl Plan {
    /// The same plan with only what is published itself.
    #[must_use]
    pub(crate) fn published(&self) -> Cow<'_, Self> {
        if self.sockets.iter().all(|socket| socket.through.is_none()) {
            return Cow::Borrowed(self);
        }
        let sockets = self.sockets.iter().filter(|socket| socket.through.is_none()).cloned().collect();
        Cow::Owned(Self { sockets, ..self.clone() })
    }

    /// How many of its rows have the audience "anyone on the Internet".
    pub(crate) fn open_count(&self) -> OpenCount {
        let open = self.sockets.iter().filter(|socket| socket.audience == Audience::Anyone).count();
        OpenCount { open, all: self.sockets.len() }
    }

    /// Sets where nodes answer, if not under the names of their containers. If a node is given twice, the last one applies.
    pub(crate) fn put_addresses(&mut self, addresses: &[NodeAddress]) {
        for socket in &mut self.sockets {
            let address = addresses.iter().rev().find(|address| address.node == socket.node);
            socket.address = address.map(|address| address.address.clone());
        }
    }
}

/// How many sockets a plan has with one of several providers.
#[derive(Clone, Debug, Serialize)]
pub struct ProviderCounts {
    /// The provider.
    pub name: &'static str,
    /// How many sockets of its account.
    pub counts: Counts,
}

/// How many sockets of an account a plan uses.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// tcp, tls, ssh and udp.
    pub tcp: Count,
    /// http and https.
    pub http: Count,
    /// All of them; missing if only classes have limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Count>,
}

/// How many sockets of one class an account has, and may have.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Count {
    /// How many sockets the plan has.
    pub used: usize,
    /// The maximum number; null if there is no limit.
    pub limit: Option<usize>,
}

/// The first port for forwards on the machines of a jump host's visitors. There are as many as for the relay, so that a pin can
/// be about either.
const LOCAL_PORTS: RelayPorts = RelayPorts::Range { first: 20_000, last: 29_999 };

/// Plans the exposures that are open; each gets the port or the hostname at which visitors connect. With a jump host's socket, only
/// that one is published, and all the others are reached through it, by the people who may use it. `planned` are all that are open,
/// or none if they are too many.
pub(crate) fn plan(
    exposures: &Exposures<'_>,
    planned: &[&Exposure<'_>],
    limit: impl Fn(Option<AccountClass>) -> Option<Limit>,
) -> Plan {
    let lab = exposures.lab;
    let mut sockets: Vec<PlannedSocket> = planned.iter().map(|exposure| socket::planned(exposures, exposure)).collect();
    if let Some(jump) = exposures.jump().filter(|_| !planned.is_empty()) {
        fold(&mut sockets, exposures, jump);
    }
    let published: Vec<usize> = (0..sockets.len()).filter(|index| sockets[*index].through.is_none()).collect();
    let named: Vec<_> = published.iter().map(|index| (planned[*index], sockets[*index].name.as_str())).collect();
    let ports = exposures.ports(&named);
    let count = |class: AccountClass| Count {
        used: published.iter().filter(|index| sockets[**index].account_class() == class).count(),
        limit: limit(Some(class)).map(|limit| limit.most),
    };
    let all = limit(None).map(|limit| Count { used: published.len(), limit: Some(limit.most) });
    let counts = Counts { tcp: count(AccountClass::Tcp), http: count(AccountClass::Http), all };
    for (index, port) in published.into_iter().zip(ports) {
        sockets[index].host_name = exposures.host_name(planned[index]);
        sockets[index].public_port = port;
    }
    let shown_lab = lab.topology.name.map_or("", |name| lab.shown(name)).to_owned();
    let provider = exposures.provider.name;
    let other_doors = other_doors::other_doors(lab);
    let (lab, providers) = (lab.name().to_owned(), Vec::new());
    Plan { version: VERSION, lab, shown_lab, provider, providers, sockets, counts, other_doors }
}
