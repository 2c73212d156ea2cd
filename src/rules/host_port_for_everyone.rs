//! Ports of the lab host that lead to nodes, bound on every address: doors that no entry opens (spec/doors.md#host-ports).

use std::collections::{BTreeMap, HashMap};

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use super::services::{Service, service_among};
use crate::base::{Finding, Findings, Fix, Rule, Severity, SocketType, counted, quoted};
use crate::model::Text;
use crate::resolve::{LabNode, LabSocket};
use crate::syntax::{Bound, PortMapping};
use crate::text::Place;

pub(crate) const RULE: &Rule = &Rule::new("host-port-for-everyone", &[Severity::Warning, Severity::Info]).fixable();

/// An item of `ports:`, and what is behind it.
struct HostPort<'c> {
    text: Text<'c>,
    mapping: PortMapping<'c>,
    nodes: Vec<&'c LabNode<'c>>,
    /// The first entry that names who may use one of its ports.
    restricted: Option<LabSocket<'c, 'c>>,
    service: Option<&'static Service>,
}

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if context.lab.topology.cluster.is_some() {
        // Those of a pod, not of a host: `load-balancer-for-everyone` reports them.
        return;
    }
    let mut ports: Vec<HostPort<'_>> = Vec::new();
    let mut by_place = HashMap::new();
    for node in context.lab.nodes.iter().filter(|node| !node.host_ports().is_empty()) {
        let restricted = node.sockets().filter(|socket| !socket.entry.acl.is_empty());
        let restricted: BTreeMap<u16, LabSocket<'_, '_>> =
            restricted.map(|socket| (socket.entry.port, socket)).collect();
        for text in node.host_ports() {
            let Some(mapping) = PortMapping::parse(text.value).filter(|mapping| mapping.bound() == Bound::Everywhere)
            else {
                continue;
            };
            let index = *by_place.entry(text.place.range()).or_insert_with(|| {
                ports.push(HostPort { text: *text, mapping, nodes: Vec::new(), restricted: None, service: None });
                ports.len() - 1
            });
            let port = &mut ports[index];
            port.nodes.push(node);
            let behind = mapping.ports();
            port.restricted =
                port.restricted.or_else(|| restricted.range(behind.clone()).next().map(|(_, socket)| *socket));
            port.service = port.service.or_else(|| service_among(node, &behind));
        }
    }
    for port in &ports {
        findings.push(finding(context, port));
    }
}

fn finding(context: &RuleContext<'_>, port: &HostPort<'_>) -> Finding {
    let lab = context.lab;
    let shown = quoted(lab.shown(port.text));
    let first = quoted(lab.shown(port.nodes[0].name));
    let whose = match port.nodes.len() - 1 {
        0 => first,
        others => format!("{first} and {}", counted(others, "more node")),
    };
    let everyone = "to anyone who can reach the lab host";
    let finding = match (port.restricted, port.service) {
        (Some(socket), _) => Finding::warning(
            RULE,
            format!("the host port {shown} bypasses the acl of {}", entry_text(context, socket.item)),
        ),
        (None, Some(service)) => {
            Finding::warning(RULE, format!("the host port {shown} opens {} on {whose} {everyone}", service.name))
        }
        (None, None) => Finding::info(RULE, format!("the host port {shown} opens {whose} {everyone}")),
    };
    let label = if port.mapping.has_address() {
        "this is every address of the host"
    } else {
        "without an address, Docker binds it to every address of the host"
    };
    let finding = finding
        .at(lab.span(port.text.place), label)
        .affects(port.nodes.iter().map(|node| lab.shown(node.name).to_owned()).collect())
        .fix(on_loopback(context, port));
    match port.restricted {
        Some(socket) => finding
            .at(entry_span(context, socket.item), "this acl does not apply there")
            .help("bind it to `127.0.0.1`, or remove it; people outside come in through the entry"),
        // Its port may be a secret of the environment.
        None if lab.source.is_substituted(port.text.place) => {
            finding.help("bind it to `127.0.0.1`; for people outside, publish the port with an entry that names them")
        }
        None => {
            let first = *port.mapping.ports().start();
            finding.help(format!(
                "bind it to `127.0.0.1`; for people outside, publish the port with an entry that names them, such as `{}/{first}/user@domain.com`",
                SocketType::likely(first)
            ))
        }
    }
}

/// The same mapping on the loopback address, if it is written letter for letter and for nothing else.
fn on_loopback(context: &RuleContext<'_>, port: &HostPort<'_>) -> Option<Fix> {
    let lab = context.lab;
    let (text, place) = (port.text, port.text.place);
    if lab.source.is_substituted(place) || lab.topology.is_shared(place) {
        return None;
    }
    let start = text.verbatim_start(lab.source.text())?;
    let inside = Place::new(start, start + text.value.len());
    lab.source.edit(inside, port.mapping.on_loopback()).map(Fix::safe)
}
