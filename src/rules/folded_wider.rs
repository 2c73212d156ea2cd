//! A socket that anyone who may use the jump host could reach, although its entry does not name them; or one that SSH cannot
//! forward.

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Rule, Severity, SocketType, quoted};
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("folded-wider", &[Severity::Error]);

/// The finding for a socket that is to be reached through the jump host's; none if it can be.
pub(crate) fn finding(
    context: &RuleContext<'_>,
    socket: &LabSocket<'_, '_>,
    jump: &LabSocket<'_, '_>,
) -> Option<Finding> {
    let (lab, capabilities) = (context.lab, context.capabilities);
    let jump_host = quoted(lab.shown(jump.node.name));
    let node = lab.shown(socket.node.name);
    let entry = entry_text(context, socket.item);
    if socket.entry.socket_type == SocketType::Udp {
        return Some(
            Finding::error(RULE, format!("{entry} cannot be reached through the jump host {jump_host}"))
                .at(entry_span(context, socket.item), "SSH cannot forward UDP")
                .affects(vec![node.to_owned()])
                .help("publish it in a separate lab, or remove it"),
        );
    }
    let comes_in = capabilities.audience(&lab.acl(jump.entry));
    let gained = comes_in.beyond(&capabilities.audience(&lab.acl(socket.entry)), true);
    if gained.is_empty() {
        return None;
    }
    let finding = Finding::error(
        RULE,
        format!("through jump host {jump_host}, people whom {entry} does not name could reach it"),
    )
    .at(entry_span(context, socket.item), "does not name everyone the jump host lets in")
    .at(entry_span(context, jump.item), "anyone let in here can reach it");
    Some(finding.affects(vec![node.to_owned()]).help(
        "name fewer people on the jump host, or publish this entry in a separate lab; anyone who logs in to the jump host can reach every node behind it",
    ))
}
