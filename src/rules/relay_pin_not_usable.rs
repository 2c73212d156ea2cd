//! A pin that gives a socket a port outside the ports for sockets.

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, plain, quoted};
use crate::capability::Entrance;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (lab, capabilities, pins) = (subject.lab, subject.capabilities, &subject.terms.pins);
    if pins.is_empty() {
        return;
    }
    let ports = capabilities.ports(subject.terms);
    for socket in subject.healthy {
        let is_at_port = capabilities.entrance(subject.effective_type(socket)) == Entrance::Port;
        let pin = pins.get(&subject.socket_name(socket)).filter(|port| is_at_port && !ports.has(**port));
        let (Some(port), node) = (pin, lab.shown(socket.node.name)) else { continue };
        let text = entry_text(subject, socket.item);
        findings.push(
            Finding::error(
                "relay-pin-not-usable",
                format!("{text} of {} is pinned to a port that it cannot have", quoted(node)),
            )
            .at(entry_span(subject, socket.item), format!("expected one of {ports}, found {port} in `[relay.pins]`"))
            .concerns(vec![plain(node)])
            .help(if capabilities.only_ports.is_empty() {
                "pin another port in publish-plan.toml, or widen `--relay-ports`"
            } else {
                "pin another port in publish-plan.toml"
            }),
        );
    }
}
