//! A port of a node that one socket keeps for some and another opens to all: the acl of the first keeps nobody out.

use std::collections::{HashMap, HashSet};

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::Finding;
use crate::capability::Audience;
use crate::model::Identity;
use crate::resolve::{LabNode, LabSocket};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.capabilities.without_acl == Audience::Nobody || !subject.lab.has_entry(|entry| entry.acl.is_empty()) {
        return;
    }
    let everyone = match subject.capabilities.without_acl {
        Audience::Members => "every member of the tailnet",
        _ => "anyone",
    };
    let mut said = HashSet::new();
    for node in subject.lab.publishing_nodes() {
        if node.sockets().any(|socket| socket.entry.acl.is_empty()) {
            look(subject, node, everyone, &mut said, findings);
        }
    }
}

fn look(
    subject: &Subject<'_>,
    node: &LabNode<'_>,
    everyone: &str,
    said: &mut HashSet<(Identity, Identity)>,
    findings: &mut Vec<Finding>,
) {
    let effective = |socket: &LabSocket<'_, '_>| subject.effective_type(socket);
    let mut by_port: HashMap<u16, Vec<LabSocket<'_, '_>>> = HashMap::new();
    for socket in node.sockets() {
        by_port.entry(socket.entry.port).or_default().push(socket);
    }
    for open in node.sockets().filter(|socket| socket.entry.acl.is_empty()) {
        let siblings = by_port.get(&open.entry.port).into_iter().flatten();
        // Of one type, written or carried, they would be one socket: `duplicate-socket` and `socket-name-collision` say so.
        let kept = siblings.filter(|other| {
            let is_one_socket =
                other.entry.socket_type == open.entry.socket_type || effective(other) == effective(&open);
            !other.entry.acl.is_empty() && !is_one_socket
        });
        for kept in kept {
            if !said.insert((open.item.identity(), kept.item.identity())) {
                continue;
            }
            findings.push(
                Finding::error(
                    "wider-than-sibling",
                    format!(
                        "{} opens to {everyone} what {} keeps for some",
                        entry_text(subject, open.item),
                        entry_text(subject, kept.item)
                    ),
                )
                .at(entry_span(subject, open.item), "no acl")
                .at(entry_span(subject, kept.item), "the same port, with an acl")
                .concerns(subject.nodes_with(open.item))
                .help("write the acl on both, or keep one of them"),
            );
        }
    }
}
