//! Services that must not be open to anyone with this provider: management ports of network devices, and services without a
//! password.

use std::collections::{HashMap, HashSet};

use super::entries::{entry_span, entry_text, named};
use super::plain_text_protocol::is_plain_text;
use super::services::{Service, service};
use super::{RuleContext, wider_than_sibling};
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::model::Identity;
use crate::provider::Audience;
use crate::resolve::{LabNode, LabSocket};

pub(crate) const RULE: &Rule = &Rule::new("open-to-anyone", &[Severity::Warning]);

/// Kinds that are not network devices: only their owner knows what listens on most of their ports.
const OTHER_KINDS: &[&str] =
    &["bridge", "ext-container", "freebsd", "generic_vm", "host", "k8s-kind", "linux", "openbsd", "ovs-bridge"];

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if !context.lab.has_entry(|entry| entry.acl.is_empty()) {
        return;
    }
    let mut order = Vec::new();
    let mut by_entry: HashMap<_, Vec<LabSocket<'_, '_>>> = HashMap::new();
    // If another entry of the node restricts the port, `wider-than-sibling` reports it, and this finding is shown only if
    // that one is ignored.
    let is_known = |socket: &LabSocket<'_, '_>| service_of(socket.node, socket.entry.port).is_some();
    let publishable: HashSet<_> = context.publishable.iter().filter(|socket| is_known(socket)).map(key).collect();
    let port = |socket: &LabSocket<'_, '_>| (socket.node.name.place.range(), socket.entry.port);
    let kept = context.lab.sockets().filter(|socket| is_known(socket) && !socket.entry.acl.is_empty());
    let kept: HashSet<_> = kept.map(|socket| port(&socket)).collect();
    let wanted = |socket: &LabSocket<'_, '_>| publishable.contains(&key(socket)) || kept.contains(&port(socket));
    for socket in context.lab.sockets().filter(|socket| is_found(context, socket) && wanted(socket)) {
        let sockets = by_entry.entry(socket.item.identity()).or_default();
        if sockets.is_empty() {
            order.push(socket.item.identity());
        }
        sockets.push(socket);
    }
    for sockets in order.iter().filter_map(|place| by_entry.get(place)) {
        let Some(first) = sockets.first() else { continue };
        let Some(service) = service_of(first.node, first.entry.port) else { continue };
        let node = quoted(context.lab.shown(first.node.name));
        let whose = match sockets.len() - 1 {
            0 => node,
            others => format!("{node} and {others} more"),
        };
        let also = if is_plain_text(context, first) { ", in plain text" } else { "" };
        let names = sockets.iter().map(|socket| context.lab.shown(socket.node.name).to_owned());
        findings.push(
            Finding::warning(
                RULE,
                format!(
                    "{} opens {} on {whose} to anyone on the Internet{also}",
                    entry_text(context, first.item),
                    service.name
                ),
            )
            .at(entry_span(context, first.item), service.label)
            .affects(names.collect())
            .suppressed_by((!publishable.contains(&key(first))).then_some(wider_than_sibling::RULE))
            .help(named(context, first)),
        );
    }
}

/// What tells a socket from every other.
fn key(socket: &LabSocket<'_, '_>) -> (std::ops::Range<usize>, Identity) {
    (socket.node.name.place.range(), socket.item.identity())
}

/// Whether a socket opens such a service to anyone with this provider. A type that the provider does not carry is not open to
/// anyone yet.
pub(super) fn is_found(context: &RuleContext<'_>, socket: &LabSocket<'_, '_>) -> bool {
    let is_for_anyone = socket.entry.acl.is_empty() && context.capabilities.without_acl == Audience::Anyone;
    is_for_anyone
        && context.capabilities.carried(context.effective_type(socket)).is_some()
        && service_of(socket.node, socket.entry.port).is_some()
}

/// What listens on a port of a node; none if nothing is known to.
fn service_of(node: &LabNode<'_>, port: u16) -> Option<&'static Service> {
    service(port, || node.kind.is_some_and(|kind| !OTHER_KINDS.contains(&kind.value)))
}
