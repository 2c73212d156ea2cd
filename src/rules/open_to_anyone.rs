//! A port by which a network device is managed, open to anyone with this provider.

use std::collections::{HashMap, HashSet};

use super::Subject;
use super::entries::{entry_span, entry_text, socket_text};
use super::plain_text_protocol::is_plain_text;
use crate::base::{Finding, Findings, plain, quoted};
use crate::capability::{Audience, Capabilities};
use crate::model::Identity;
use crate::resolve::{LabNode, LabSocket};

/// Kinds that are no network devices of their own: what stands behind their ports is the user's.
const OTHER_KINDS: &[&str] =
    &["bridge", "ext-container", "freebsd", "generic_vm", "host", "k8s-kind", "linux", "openbsd", "ovs-bridge"];

/// Ports by which network devices are managed, and what listens there (IANA's registry of port numbers; 6030, 50051 and
/// 57400 are the usual gRPC ports of Arista, of several others, and of Nokia).
const MANAGEMENT_PORTS: &[(u16, &str)] = &[
    (22, "SSH"),
    (23, "Telnet"),
    (80, "HTTP"),
    (161, "SNMP"),
    (443, "HTTPS"),
    (830, "NETCONF"),
    (6030, "gNMI"),
    (8080, "HTTP"),
    (8443, "HTTPS"),
    (9339, "gNMI"),
    (50051, "gRPC"),
    (57400, "gNMI"),
];

/// Nobody serves anything else there, whatever the kind.
const ALWAYS_MANAGEMENT: u16 = 57400;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if !subject.lab.has_entry(|entry| entry.acl.is_empty()) {
        return;
    }
    let mut order = Vec::new();
    let mut by_entry: HashMap<_, Vec<LabSocket<'_, '_>>> = HashMap::new();
    // What another socket of the port keeps for some has a finding of its own, which has the word; where somebody ignores
    // that one, this is still true.
    let is_management =
        |socket: &LabSocket<'_, '_>| MANAGEMENT_PORTS.iter().any(|(management, _)| *management == socket.entry.port);
    let healthy: HashSet<_> = subject.healthy.iter().filter(|socket| is_management(socket)).map(key).collect();
    let port = |socket: &LabSocket<'_, '_>| (socket.node.name.place.range(), socket.entry.port);
    let kept = subject.lab.sockets().filter(|socket| is_management(socket) && !socket.entry.acl.is_empty());
    let kept: HashSet<_> = kept.map(|socket| port(&socket)).collect();
    let wanted = |socket: &LabSocket<'_, '_>| healthy.contains(&key(socket)) || kept.contains(&port(socket));
    for socket in subject.lab.sockets().filter(|socket| is_found(subject, socket) && wanted(socket)) {
        let sockets = by_entry.entry(socket.item.identity()).or_default();
        if sockets.is_empty() {
            order.push(socket.item.identity());
        }
        sockets.push(socket);
    }
    for sockets in order.iter().filter_map(|place| by_entry.get(place)) {
        let Some(first) = sockets.first() else { continue };
        let service = service(first.node, first.entry.port).unwrap_or_default();
        let node = quoted(subject.lab.shown(first.node.name));
        let whose = match sockets.len() - 1 {
            0 => node,
            others => format!("{node} and {others} more"),
        };
        let also = if is_plain_text(subject, first) { ", in plain text" } else { "" };
        let names = sockets.iter().map(|socket| subject.lab.shown(socket.node.name).to_owned());
        findings.push(
            Finding::warning(
                "open-to-anyone",
                format!(
                    "{} opens {service} on {whose} to anyone on the Internet{also}",
                    entry_text(subject, first.item)
                ),
            )
            .at(entry_span(subject, first.item), "no acl, so anyone can try passwords here")
            .concerns(names.collect())
            .behind((!healthy.contains(&key(first))).then_some("wider-than-sibling"))
            .help(named(subject, first)),
        );
    }
}

/// What tells a socket from every other.
fn key(socket: &LabSocket<'_, '_>) -> (std::ops::Range<usize>, Identity) {
    (socket.node.name.place.range(), socket.item.identity())
}

/// Whether a socket is a management port that is open to anyone with this provider. What the provider does not carry is open
/// to nobody yet.
pub(super) fn is_found(subject: &Subject<'_>, socket: &LabSocket<'_, '_>) -> bool {
    let is_for_anyone = socket.entry.acl.is_empty() && subject.capabilities.without_acl == Audience::Anyone;
    is_for_anyone
        && subject.capabilities.carried(subject.effective_type(socket)).is_some()
        && service(socket.node, socket.entry.port).is_some()
}

/// What manages a node at this port; none where nothing is known to.
fn service(node: &LabNode<'_>, port: u16) -> Option<&'static str> {
    let is_device = node.kind.is_some_and(|kind| !OTHER_KINDS.contains(&kind.value));
    let (_, service) = MANAGEMENT_PORTS.iter().find(|(management, _)| *management == port)?;
    (is_device || port == ALWAYS_MANAGEMENT).then_some(service)
}

/// What to write, where the provider lets people be named.
fn named(subject: &Subject<'_>, socket: &LabSocket<'_, '_>) -> String {
    let capabilities = subject.capabilities;
    let can_name = |capabilities: &Capabilities| {
        let written = capabilities.effective_type(socket.entry.socket_type, true);
        capabilities.carried(written).is_some_and(|carried| !carried.enforces.is_empty())
    };
    if can_name(capabilities) {
        let written = plain(socket_text(subject, socket.item, socket.entry));
        return format!("name who may connect in a third segment, for example `{written}/user@domain.com`");
    }
    match subject.providers_that(can_name) {
        Some(names) => format!(
            "choose a provider that can enforce an acl ({names}) and name who may connect, or publish a jump host instead"
        ),
        None => "publish a jump host instead".to_owned(),
    }
}
