//! A socket that whoever may use the jump host would reach, although its entry does not name them; or that SSH cannot forward.

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, SocketType, quoted};
use crate::resolve::LabSocket;

/// The finding for a socket that was to be reached through the jump host's; none where it can be.
pub(crate) fn finding(subject: &Subject<'_>, socket: &LabSocket<'_, '_>, jump: &LabSocket<'_, '_>) -> Option<Finding> {
    const RULE: &str = "folded-wider";
    let (lab, capabilities) = (subject.lab, subject.capabilities);
    let jump_host = quoted(lab.shown(jump.node.name));
    let node = lab.shown(socket.node.name);
    let entry = entry_text(subject, socket.item);
    if socket.entry.socket_type == SocketType::Udp {
        return Some(
            Finding::error(RULE, format!("{entry} cannot be reached through the jump host {jump_host}"))
                .at(entry_span(subject, socket.item), "SSH forwards no udp")
                .concerns(vec![node.to_owned()])
                .help("publish it in a lab of its own, or leave it out"),
        );
    }
    let comes_in = capabilities.audience(&lab.acl(jump.entry));
    let gained = comes_in.beyond(&capabilities.audience(&lab.acl(socket.entry)), true);
    if gained.is_empty() {
        return None;
    }
    let finding = Finding::error(
        RULE,
        format!("through the jump host {jump_host}, more people would reach {entry} than it names"),
    )
    .at(entry_span(subject, socket.item), "does not name all of them")
    .at(entry_span(subject, jump.item), "whoever comes in here reaches it");
    Some(finding.concerns(vec![node.to_owned()]).help(
        "name fewer people at the jump host, or name them here too: whoever logs in there reaches every node behind it",
    ))
}
