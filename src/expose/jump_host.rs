//! More sockets than the account allows, reached through one jump host instead (spec/limits.md#two-classes-of-sockets).

use super::{AccountLimits, Exposure, Exposures, Refusal};
use crate::base::SocketType;
use crate::provider::{Carried, JumpHost, SSH_PORT};

/// Puts the open exposures behind the jump host, if that is wanted: always, or because there are more than the account allows. Those
/// that cannot be reached through it, or only by people whom they do not name, are refused.
pub(super) fn put_in_front(exposures: &mut Exposures<'_>, limits: &AccountLimits) {
    let Some(wanted) = &exposures.options.jump_host else { return };
    if !exposures.options.folds_always && !limits.are_exceeded_by(exposures.open()) {
        return;
    }
    let is_jump = |exposure: &Exposure<'_>| exposure.is_open() && is_usable(exposure, wanted);
    let Some(jump) = exposures.all.iter().position(is_jump) else {
        exposures.missing_jump_host = Some(wanted);
        return;
    };
    let comes_in = exposures.own_audience(&exposures.all[jump]);
    for index in 0..exposures.all.len() {
        let exposure = &exposures.all[index];
        if index == jump || !exposure.is_open() {
            continue;
        }
        let refusal = if exposure.socket.entry.socket_type == SocketType::Udp {
            Refusal::NotForwarded
        } else if !comes_in.beyond(&exposures.own_audience(exposure), true).is_empty() {
            Refusal::WiderThroughJumpHost
        } else {
            continue;
        };
        exposures.all[index].refusals.push(refusal);
    }
    exposures.jump = Some(jump);
}

/// Whether it is the SSH port of the wanted node, and an SSH client can log in there.
fn is_usable(exposure: &Exposure<'_>, wanted: &JumpHost) -> bool {
    let entry = exposure.socket.entry;
    let is_ssh = match wanted.port {
        Some(wanted) => entry.port == wanted,
        None => entry.port == SSH_PORT || entry.socket_type == SocketType::Ssh,
    };
    exposure.socket.node.name.value == wanted.node && is_ssh && exposure.way.is_some_and(Carried::leads_ssh)
}
