//! Sockets that are open to anyone on the Internet, whatever listens there: the gate of `check --error open-socket`.
//!
//! It reports exactly the rows that `plan` shows with that audience, so it runs on what is planned and after the sockets behind
//! a jump host are known. No other rule's finding takes its place, and no limit on the number of findings drops it.

use std::collections::HashMap;

use super::RuleContext;
use super::entries::{entry_span, entry_text, named};
use crate::base::{Finding, Findings, OpenCount, Rule, Severity, counted, quoted};
use crate::expose::Exposure;
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("open-socket", &[Severity::Info]);

/// Reports each entry whose sockets are open. `planned` are the sockets that the plan has; with a jump host, that socket decides
/// who reaches all of them. Returns how many are open.
pub(crate) fn check(context: &RuleContext<'_>, planned: &[&Exposure<'_>], findings: &mut Findings) -> OpenCount {
    let jump = context.exposures.jump().filter(|_| !planned.is_empty()).map(|jump| &jump.socket);
    let is_open = |socket: &&LabSocket<'_, '_>| {
        let deciding = jump.map_or(socket.entry, |jump| jump.entry);
        context.capabilities.opens_to_anyone(&context.lab.acl(deciding))
    };
    let mut by_entry: Vec<Vec<&LabSocket<'_, '_>>> = Vec::new();
    let mut index = HashMap::new();
    for socket in planned.iter().map(|exposure| &exposure.socket).filter(is_open) {
        let at = *index.entry(socket.item.identity()).or_insert_with(|| {
            by_entry.push(Vec::new());
            by_entry.len() - 1
        });
        by_entry[at].push(socket);
    }
    for sockets in &by_entry {
        findings.keep(finding(context, sockets, jump));
    }
    OpenCount { open: by_entry.iter().map(Vec::len).sum(), all: planned.len() }
}

/// The finding of one entry; `sockets` are those of all nodes that have it.
fn finding(context: &RuleContext<'_>, sockets: &[&LabSocket<'_, '_>], jump: Option<&LabSocket<'_, '_>>) -> Finding {
    let lab = context.lab;
    let first = sockets[0];
    let (entry, node) = (entry_text(context, first.item), quoted(lab.shown(first.node.name)));
    let others = match sockets.len() - 1 {
        0 => String::new(),
        others => format!(" and {}", counted(others, "more node")),
    };
    let through = jump.filter(|jump| jump.item.identity() != first.item.identity());
    let via = through
        .map_or_else(String::new, |jump| format!(" through the jump host {}", quoted(lab.shown(jump.node.name))));
    let finding = Finding::info(RULE, format!("{entry} on {node}{others} is open to anyone on the Internet{via}"))
        .at(entry_span(context, first.item), "no acl")
        .affects(sockets.iter().map(|socket| lab.shown(socket.node.name).to_owned()).collect())
        .help(named(context, first));
    match through {
        Some(jump) => finding.at(entry_span(context, jump.item), "the jump host has no acl either"),
        None => finding,
    }
}
