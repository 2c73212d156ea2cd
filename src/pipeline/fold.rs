//! More sockets than the account allows, reached through one jump host instead.

use crate::base::{Findings, SocketType};
use crate::provider::{Carried, SSH_PORT};
use crate::resolve::LabSocket;
use crate::rules::too_many_sockets::{self, AccountLimits};
use crate::rules::{RuleContext, folded_wider, jump_host_not_usable};

/// What is published, and what is reached through it.
pub(super) struct Fold<'s> {
    /// The jump host's socket, and all that can be reached through it as it is written, in the order of the file.
    pub(super) publishable: Vec<LabSocket<'s, 's>>,
    pub(super) jump: LabSocket<'s, 's>,
}

/// Puts the publishable sockets behind the jump host, if that is wanted: always, or because there are more than the account
/// allows.
pub(super) fn fold<'s>(context: &RuleContext<'s>, limits: &AccountLimits, findings: &mut Findings) -> Option<Fold<'s>> {
    let wanted = context.expose_options.jump_host.as_ref()?;
    if !context.expose_options.folds_always
        && !too_many_sockets::is_over(context.capabilities, context.publishable, limits)
    {
        return None;
    }
    let is_wanted = |socket: &&LabSocket<'_, '_>| {
        let (socket_type, port) = (socket.entry.socket_type, socket.entry.port);
        let is_ssh = match wanted.port {
            Some(wanted) => port == wanted,
            None => port == SSH_PORT || socket_type == SocketType::Ssh,
        };
        let leads_ssh = context.capabilities.carried(context.effective_type(socket)).is_some_and(Carried::leads_ssh);
        socket.node.name.value == wanted.node && is_ssh && leads_ssh
    };
    let Some(jump) = context.publishable.iter().find(is_wanted).copied() else {
        findings.push(jump_host_not_usable::finding(context, wanted));
        return None;
    };
    let mut publishable = Vec::new();
    for socket in context.publishable {
        match folded_wider::finding(context, socket, &jump) {
            Some(finding) if !socket.is(&jump) => findings.push(finding),
            _ => publishable.push(*socket),
        }
    }
    Some(Fold { publishable, jump })
}
