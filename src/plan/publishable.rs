use std::collections::HashMap;

use super::host_name;
use crate::base::twins;
use crate::provider::{Audience, Capabilities, ExposeOptions, is_host_name};
use crate::resolve::{Lab, LabNode, LabSocket};

/// The sockets of a lab that can be opened as they are written: the provider carries them, and no other socket has their name,
/// their hostname, or their port. Every socket that is left out has a finding that says why. Only these sockets are planned and
/// counted.
pub(crate) fn publishable<'s, 'l>(
    lab: &'s Lab<'l>,
    capabilities: &Capabilities,
    expose_options: &ExposeOptions,
) -> Vec<LabSocket<'s, 'l>> {
    let is_taken = |socket: &LabSocket<'_, '_>| {
        let acl = lab.acl(socket.entry);
        let is_refused = |domain: &String| capabilities.refuses_domain(expose_options, domain).is_some();
        capabilities.supports(socket.entry.socket_type, &acl) && !acl.domains.iter().any(is_refused)
    };
    let effective_type = |socket: &LabSocket<'_, '_>| {
        capabilities.effective_type(socket.entry.socket_type, !socket.entry.acl.is_empty())
    };
    // If two sockets claim the same, nobody knows which one was meant: neither is opened.
    let (mut owners, mut by_name, mut by_host) = (HashMap::new(), HashMap::new(), HashMap::new());
    let owner = |node: &LabNode<'_>| capabilities.socket_owner(node.name.value, &lab.container(node));
    let nodes = lab.publishing_nodes().filter(|node| node.sockets().next().is_some());
    let nodes: Vec<(&LabNode<'_>, String)> = nodes.map(|node| (node, owner(node))).collect();
    for (_, owner) in &nodes {
        *owners.entry(owner.as_str()).or_insert(0_usize) += 1;
    }
    let is_shared = |owner: &str| owners.get(owner).is_some_and(|nodes| *nodes > 1);
    let may_share = owners.len() < nodes.len() || expose_options.host_names.domain.is_some();
    for (node, owner) in nodes.iter().filter(|_| may_share) {
        let is_shared = is_shared(owner);
        for socket in node.sockets() {
            if is_shared {
                let name = (owner.as_str(), effective_type(&socket), socket.entry.port);
                *by_name.entry(name).or_insert(0_usize) += 1;
            }
            if let Some(host) = host_name(lab, capabilities, expose_options, &socket).filter(|_| is_taken(&socket)) {
                *by_host.entry(host).or_insert(0_usize) += 1;
            }
        }
    }
    let mut publishable = Vec::new();
    for (node, owner) in &nodes {
        let written = twins(node.sockets().map(|socket| (socket.entry.port, socket.entry.socket_type)).collect());
        let effective = twins(node.sockets().map(|socket| (socket.entry.port, effective_type(&socket))).collect());
        // If one socket of a port restricts it, no other socket may open it to everyone.
        let mut kept: Vec<u16> = node
            .sockets()
            .filter(|socket| !socket.entry.acl.is_empty() && capabilities.without_acl != Audience::Nobody)
            .map(|socket| socket.entry.port)
            .collect();
        kept.sort_unstable();
        let is_shared = is_shared(owner);
        for socket in node.sockets() {
            let (port, socket_type) = (socket.entry.port, effective_type(&socket));
            let has_twin = written.binary_search(&(port, socket.entry.socket_type)).is_ok()
                || effective.binary_search(&(port, socket_type)).is_ok()
                || is_shared && by_name.get(&(owner.as_str(), socket_type, port)) != Some(&1);
            let host = host_name(lab, capabilities, expose_options, &socket);
            let has_usable_host = host.is_none_or(|host| is_host_name(&host) && by_host.get(&host) == Some(&1));
            let is_affordable = capabilities.affords(socket_type, expose_options.subscription);
            let is_wider = socket.entry.acl.is_empty() && kept.binary_search(&port).is_ok();
            if is_taken(&socket) && is_affordable && !has_twin && has_usable_host && !is_wider {
                publishable.push(socket);
            }
        }
    }
    publishable
}
