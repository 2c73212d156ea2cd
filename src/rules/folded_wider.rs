//! A socket that anyone who may use the jump host could reach, although its entry does not name them; or one that SSH cannot
//! forward.

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Rule, Severity, quoted};
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("folded-wider", &[Severity::Error]);

/// The finding for a socket that the jump host cannot forward.
pub(super) fn not_forwarded(
    context: &RuleContext<'_>,
    socket: &LabSocket<'_, '_>,
    jump: &LabSocket<'_, '_>,
) -> Finding {
    let jump_host = quoted(context.lab.shown(jump.node.name));
    let entry = entry_text(context, socket.item);
    Finding::error(RULE, format!("{entry} cannot be reached through the jump host {jump_host}"))
        .at(entry_span(context, socket.item), "SSH cannot forward UDP")
        .affects(vec![context.lab.shown(socket.node.name).to_owned()])
        .help("publish it in a separate lab, or remove it")
}

/// The finding for a socket that people could reach whom its entry does not name.
pub(super) fn wider(context: &RuleContext<'_>, socket: &LabSocket<'_, '_>, jump: &LabSocket<'_, '_>) -> Finding {
    let jump_host = quoted(context.lab.shown(jump.node.name));
    let entry = entry_text(context, socket.item);
    Finding::error(RULE, format!("through jump host {jump_host}, people whom {entry} does not name could reach it"))
        .at(entry_span(context, socket.item), "does not name everyone the jump host lets in")
        .at(entry_span(context, jump.item), "anyone let in here can reach it")
        .affects(vec![context.lab.shown(socket.node.name).to_owned()])
        .help(
            "name fewer people on the jump host, or publish this entry in a separate lab; anyone who logs in to the jump host can reach every node behind it",
        )
}
