//! Two entries whose sockets would have the same name although they are written differently: after tcp became tls, or because the
//! provider treats the names of two nodes as the same.

use std::collections::{HashMap, HashSet};

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("socket-name-collision", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if context.are_all_publishable() {
        return;
    }
    let mut first: HashMap<String, LabSocket<'_, '_>> = HashMap::new();
    let mut said = HashSet::new();
    for socket in context.lab.sockets() {
        let name = context.socket_name(&socket);
        let Some(earlier) = first.get(&name) else {
            first.insert(name, socket);
            continue;
        };
        let is_same_node = earlier.node.name.place == socket.node.name.place;
        if is_same_node && earlier.entry.socket_type == socket.entry.socket_type {
            continue; // duplicate-socket says it
        }
        if !is_same_node && earlier.node.name.value == socket.node.name.value {
            continue; // duplicate-key says it
        }
        // A list that many nodes inherit is reported once, and so is each pair of nodes.
        let key = if is_same_node {
            (earlier.item.identity(), socket.item.identity())
        } else {
            ((earlier.node.name.place.range(), 0), (socket.node.name.place.range(), 0))
        };
        if !said.insert(key) {
            continue;
        }
        let shown = context.shown_socket_name(&socket);
        let finding = Finding::error(RULE, format!("two sockets would be named {}", quoted(&shown)));
        findings.push(if is_same_node {
            finding
                .at(entry_span(context, socket.item), "this entry")
                .at(entry_span(context, earlier.item), "and this entry")
                .help(format!(
                    "keep one of them; with this provider, {} and {} are the same socket",
                    entry_text(context, earlier.item),
                    entry_text(context, socket.item)
                ))
        } else {
            finding
                .at(context.lab.span(socket.node.name.place), "on this node")
                .at(context.lab.span(earlier.node.name.place), "and on this node")
                .help("rename one of the nodes; the provider treats their names as the same")
        });
    }
}
