//! A port of a node that one socket restricts and another opens to everyone: the acl of the first keeps nobody out.

use std::collections::{HashMap, HashSet};

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, Severity};
use crate::model::Identity;
use crate::provider::Audience;
use crate::resolve::{LabNode, LabSocket};

pub(crate) const RULE: &Rule = &Rule::new("wider-than-sibling", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if context.capabilities.without_acl == Audience::Nobody || !context.lab.has_entry(|entry| entry.acl.is_empty()) {
        return;
    }
    let everyone = match context.capabilities.without_acl {
        Audience::Members => "every member of the tailnet",
        _ => "anyone",
    };
    let mut said = HashSet::new();
    for node in context.lab.publishing_nodes() {
        if node.sockets().any(|socket| socket.entry.acl.is_empty()) {
            look(context, node, everyone, &mut said, findings);
        }
    }
}

/// The entries for a port that name people, by the type as written: the first of them, and their number.
type Kept<'s, 'l> = Vec<(LabSocket<'s, 'l>, usize)>;

fn look(
    context: &RuleContext<'_>,
    node: &LabNode<'_>,
    everyone: &str,
    said: &mut HashSet<(Identity, Identity)>,
    findings: &mut Findings,
) {
    let mut by_port: HashMap<u16, Kept<'_, '_>> = HashMap::new();
    for socket in node.sockets().filter(|socket| !socket.entry.acl.is_empty()) {
        let kept = by_port.entry(socket.entry.port).or_default();
        match kept.iter_mut().find(|(first, _)| first.entry.socket_type == socket.entry.socket_type) {
            Some((_, count)) => *count += 1,
            None => kept.push((socket, 1)),
        }
    }
    for open in node.sockets().filter(|socket| socket.entry.acl.is_empty()) {
        // Entries of one type, as written or as carried, would be one socket: `duplicate-socket` and `socket-name-collision`
        // cover that.
        let is_one_socket = |other: &LabSocket<'_, '_>| {
            other.entry.socket_type == open.entry.socket_type
                || context.effective_type(other) == context.effective_type(&open)
        };
        let kept = by_port.get(&open.entry.port).into_iter().flatten();
        let kept: Vec<_> = kept.filter(|(first, _)| !is_one_socket(first)).collect();
        let Some((first, _)) = kept.iter().min_by_key(|(first, _)| first.item.text.place.range().start) else {
            continue;
        };
        if !said.insert((open.item.identity(), first.item.identity())) {
            continue;
        }
        let others = match kept.iter().map(|(_, count)| count).sum::<usize>() - 1 {
            0 => String::new(),
            1 => " (and another entry)".to_owned(),
            others => format!(" (and {others} other entries)"),
        };
        let (open_text, kept_text) = (entry_text(context, open.item), entry_text(context, first.item));
        findings.push(
            Finding::error(RULE, format!("{open_text} opens to {everyone} a port that {kept_text} restricts{others}"))
                .at(entry_span(context, open.item), "no acl")
                .at(entry_span(context, first.item), "the same port, with an acl")
                .affects(context.nodes_with(open.item))
                .help("put the acl on both entries, or remove the one without an acl"),
        );
    }
}
