//! Takes a [`Lab`] and the capabilities of a provider. Gives a [`Plan`]: a row a socket, in the order of nodes in the file,
//! then of entries, with its audience in words. The same lab gives the same plan.

mod compare;
mod socket;
mod surroundings;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

pub use compare::{Change, ChangeKind, Comparison, End, Side, compare};
pub use socket::{Origin, PlannedSocket, Through};
pub use surroundings::Surroundings;
pub(crate) use surroundings::surroundings;

use crate::base::{AccountClass, SocketType};
use crate::capability::{Audience, Capabilities, Limit, NodeAddress, RelayPorts, Terms, is_host_name};
use crate::resolve::{Lab, LabSocket};
use crate::syntax::entry::SocketEntry;

/// The version of the plan's JSON form; it grows when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// Everything that would be published. The form is schemas/plan.schema.json.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Always 1.
    pub version: u32,
    /// The lab's name; empty where it has none.
    pub lab: String,
    /// The provider; null where none is chosen.
    pub provider: Option<&'static str>,
    /// The sockets that can be opened as they are written.
    pub sockets: Vec<PlannedSocket>,
    /// What they take of an account.
    pub counts: Counts,
}

/// Puts every socket but the jump host's behind that one.
fn fold(sockets: &mut [PlannedSocket], healthy: &[LabSocket<'_, '_>], jump: &LabSocket<'_, '_>, audience: &Audience) {
    let mut folded: Vec<&mut PlannedSocket> =
        sockets.iter_mut().zip(healthy).filter_map(|(planned, socket)| (!socket.is(jump)).then_some(planned)).collect();
    // To one SSH of a node visitors jump.
    let mut jumped = HashSet::from([jump.node.name.value.to_owned()]);
    let jumps: Vec<bool> = folded.iter().map(|socket| socket.is_ssh() && jumped.insert(socket.node.clone())).collect();
    let forwarded = folded.iter().zip(&jumps).filter(|(_, jumps)| !**jumps).map(|(socket, _)| socket.name.as_str());
    let mut ports = LOCAL_PORTS.assign(forwarded).into_iter();
    for (socket, jumps) in folded.iter_mut().zip(jumps) {
        let local_port = if jumps { None } else { ports.next().flatten() };
        socket.through = Some(Through { jump_host: jump.node.name.value.to_owned(), local_port });
        socket.audience = audience.clone();
        socket.carriage = None;
    }
}

impl Plan {
    /// The same plan with only what is published itself.
    #[must_use]
    pub fn published(&self) -> Self {
        let sockets = self.sockets.iter().filter(|socket| socket.through.is_none()).cloned().collect();
        Self { sockets, ..self.clone() }
    }

    /// Says where nodes answer, if not under the names of their containers. The last one of a node holds.
    pub(crate) fn put_addresses(&mut self, addresses: &[NodeAddress]) {
        for socket in &mut self.sockets {
            let address = addresses.iter().rev().find(|address| address.node == socket.node);
            socket.address = address.map(|address| address.address.clone());
        }
    }
}

/// What the sockets of a plan take of an account.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// tcp, tls, ssh and udp.
    pub tcp: Count,
    /// http and https.
    pub http: Count,
    /// All of them; missing where only classes have limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Count>,
}

/// Of one class.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Count {
    /// How many sockets the plan has.
    pub used: usize,
    /// How many there may be; null where there is no limit.
    pub limit: Option<usize>,
}

/// The sockets of a lab that can be opened as they are written: the provider takes them, and their name, their host name and
/// their port are theirs alone. What is left out has a finding that says why. Only these are planned, and only these count.
pub(crate) fn healthy<'s, 'l>(lab: &'s Lab<'l>, capabilities: &Capabilities, terms: &Terms) -> Vec<LabSocket<'s, 'l>> {
    let is_taken = |socket: &LabSocket<'_, '_>| capabilities.takes(socket.entry.socket_type, &lab.acl(socket.entry));
    let effective_type = |socket: &LabSocket<'_, '_>| {
        capabilities.effective_type(socket.entry.socket_type, !socket.entry.acl.is_empty())
    };
    // Which of two that claim the same was meant, nobody knows: neither is opened.
    let (mut owners, mut by_name, mut by_host) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut claims = Vec::new();
    for socket in lab.sockets() {
        let next = owners.len();
        let owner = capabilities.socket_owner(socket.node.name.value, &socket.node.container);
        let claim = (*owners.entry(owner).or_insert(next), effective_type(&socket), socket.entry.port);
        *by_name.entry(claim).or_insert(0_usize) += 1;
        claims.push(claim);
        if let Some(host) = host_name(lab, capabilities, terms, &socket).filter(|_| is_taken(&socket)) {
            *by_host.entry(host).or_insert(0_usize) += 1;
        }
    }
    let mut claims = claims.iter();
    let mut healthy = Vec::with_capacity(claims.len());
    for node in lab.publishing_nodes() {
        let mut written: Vec<(u16, SocketType)> =
            node.sockets().map(|socket| (socket.entry.port, socket.entry.socket_type)).collect();
        written.sort_unstable();
        let is_twice = |entry: &SocketEntry| {
            let at = written.partition_point(|other| *other < (entry.port, entry.socket_type));
            written.get(at + 1) == Some(&(entry.port, entry.socket_type))
        };
        // What one socket of a port keeps for some, another must not open to all.
        let mut kept: Vec<u16> = node
            .sockets()
            .filter(|socket| !socket.entry.acl.is_empty() && capabilities.without_acl != Audience::Nobody)
            .map(|socket| socket.entry.port)
            .collect();
        kept.sort_unstable();
        let is_wider = |entry: &SocketEntry| entry.acl.is_empty() && kept.binary_search(&entry.port).is_ok();
        for socket in node.sockets() {
            let is_alone = claims.next().is_some_and(|claim| by_name.get(claim) == Some(&1));
            let host = host_name(lab, capabilities, terms, &socket);
            let has_usable_host = host.is_none_or(|host| is_host_name(&host) && by_host.get(&host) == Some(&1));
            let is_affordable = capabilities.affords(effective_type(&socket), terms.subscription);
            let is_open = is_twice(socket.entry) || is_wider(socket.entry);
            if is_taken(&socket) && is_affordable && is_alone && has_usable_host && !is_open {
                healthy.push(socket);
            }
        }
    }
    healthy
}

fn host_name(lab: &Lab<'_>, capabilities: &Capabilities, terms: &Terms, socket: &LabSocket<'_, '_>) -> Option<String> {
    let entry = socket.entry;
    let socket_type = capabilities.effective_type(entry.socket_type, !entry.acl.is_empty());
    capabilities.host_name(terms, lab.name(), socket.node.name.value, socket_type, entry.port)
}

/// Where forwards of a jump host's visitors begin on their own machines.
const LOCAL_PORTS: RelayPorts = RelayPorts::Range { first: 20_000, last: 29_999 };

/// Plans the [`healthy`] sockets of a lab; each gets the port or the host name at which visitors come in. With a jump host's
/// socket, only that one is published, and all the others are reached through it: by whoever may use that one.
pub(crate) fn plan(
    lab: &Lab<'_>,
    capabilities: &Capabilities,
    healthy: &[LabSocket<'_, '_>],
    jump: Option<&LabSocket<'_, '_>>,
    terms: &Terms,
    limit: impl Fn(Option<AccountClass>) -> Option<Limit>,
) -> Plan {
    let mut sockets: Vec<PlannedSocket> =
        healthy.iter().map(|socket| socket::planned(lab, capabilities, socket)).collect();
    if let Some(jump) = jump {
        fold(&mut sockets, healthy, jump, &capabilities.audience(&lab.acl(jump.entry)));
    }
    for (planned, socket) in sockets.iter_mut().zip(healthy).filter(|(planned, _)| planned.through.is_none()) {
        planned.host_name = host_name(lab, capabilities, terms, socket);
    }
    let published: Vec<_> = sockets.iter().filter(|socket| socket.through.is_none()).collect();
    let named: Vec<_> = published.iter().map(|socket| (socket.socket_type, socket.name.as_str())).collect();
    let ports = capabilities.assign_ports(terms, &named);
    let count = |class: AccountClass| Count {
        used: published.iter().filter(|socket| socket.account_class() == class).count(),
        limit: limit(Some(class)).map(|limit| limit.most),
    };
    let all = limit(None).map(|limit| Count { used: published.len(), limit: Some(limit.most) });
    let counts = Counts { tcp: count(AccountClass::Tcp), http: count(AccountClass::Http), all };
    for (socket, port) in sockets.iter_mut().filter(|socket| socket.through.is_none()).zip(ports) {
        socket.relay_port = port;
    }
    Plan { version: VERSION, lab: lab.name().to_owned(), provider: capabilities.name, sockets, counts }
}
