//! Services that must not be open to anyone with this provider: management ports of network devices, and services without a
//! password.

use std::collections::{HashMap, HashSet};

use super::RuleContext;
use super::entries::{entry_span, entry_text, named};
use super::plain_text_protocol::is_plain_text;
use super::services::service_of;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::expose::Exposure;
use crate::provider::Audience;

pub(crate) const RULE: &Rule = &Rule::new("open-to-anyone", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if !context.lab.has_entry(|entry| entry.acl.is_empty()) {
        return;
    }
    let mut order = Vec::new();
    let mut by_entry: HashMap<_, Vec<&Exposure<'_>>> = HashMap::new();
    // If another entry of the node restricts the port, `wider-than-sibling` reports it, and this finding is shown only if
    // that one is ignored.
    let port = |exposure: &Exposure<'_>| (exposure.socket.node.name.place.range(), exposure.socket.entry.port);
    let has_acl = |exposure: &Exposure<'_>| !exposure.socket.entry.acl.is_empty();
    let is_known = |exposure: &Exposure<'_>| service_of(exposure.socket.node, exposure.socket.entry.port).is_some();
    let all = &context.exposures.all;
    let restricted = all.iter().filter(|exposure| has_acl(exposure) && is_known(exposure));
    let restricted: HashSet<_> = restricted.map(port).collect();
    let is_wanted = |exposure: &Exposure<'_>| {
        is_found(context, exposure)
            && (context.exposures.is_published(exposure) || restricted.contains(&port(exposure)))
    };
    for exposure in all.iter().filter(|exposure| is_wanted(exposure)) {
        let sockets = by_entry.entry(exposure.socket.item.identity()).or_default();
        if sockets.is_empty() {
            order.push(exposure.socket.item.identity());
        }
        sockets.push(exposure);
    }
    for sockets in order.iter().filter_map(|place| by_entry.get(place)) {
        let (exposure, first) = (sockets[0], &sockets[0].socket);
        let Some(service) = service_of(first.node, first.entry.port) else { continue };
        let node = quoted(context.lab.shown(first.node.name));
        let whose = match sockets.len() - 1 {
            0 => node,
            others => format!("{node} and {others} more"),
        };
        let also = if is_plain_text(context, exposure) { ", in plain text" } else { "" };
        let names = sockets.iter().map(|exposure| context.lab.shown(exposure.socket.node.name).to_owned());
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
            .suppressed_by((!context.exposures.is_published(exposure)).then_some(super::wider_than_sibling::RULE))
            .help(named(context, first)),
        );
    }
}

/// Whether a socket opens such a service to anyone with this provider. A type that the provider does not carry is not open to
/// anyone yet.
pub(super) fn is_found(context: &RuleContext<'_>, exposure: &Exposure<'_>) -> bool {
    let socket = &exposure.socket;
    let is_for_anyone = socket.entry.acl.is_empty() && context.capabilities.access.without_acl == Audience::Anyone;
    is_for_anyone && exposure.way.is_some() && service_of(socket.node, socket.entry.port).is_some()
}
