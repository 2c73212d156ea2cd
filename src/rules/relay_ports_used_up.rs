//! More sockets than public ports: each socket needs one (spec/providers.md#ssh).

use super::Subject;
use super::entries::{entry_span, entry_text, socket_text};
use crate::base::{Finding, Findings, quoted};
use crate::capability::Entrance;
use crate::resolve::LabSocket;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (lab, capabilities) = (subject.lab, subject.capabilities);
    let ports = capabilities.ports(subject.terms);
    let has_port =
        |socket: &&LabSocket<'_, '_>| capabilities.entrance(subject.effective_type(socket)) == Entrance::Port;
    let at_ports: Vec<&LabSocket<'_, '_>> = subject.healthy.iter().filter(has_port).collect();
    // Pins are reserved for their sockets, even if the lab does not have them.
    if at_ports.len() + subject.terms.pins.len() <= ports.count() {
        return;
    }
    let names: Vec<String> = at_ports.iter().map(|socket| subject.socket_name(socket)).collect();
    let assigned = ports.assign(names.iter().map(String::as_str), &subject.terms.pins);
    let is_without = |index: &usize| assigned[*index].is_none() && !subject.terms.pins.contains_key(&names[*index]);
    let beyond: Vec<_> = (0..at_ports.len()).filter(is_without).map(|index| at_ports[index]).collect();
    let [first, others @ ..] = &beyond[..] else { return };
    let others = others.len();
    let all = at_ports.iter();
    let whose = if capabilities.relay { "the relay" } else { capabilities.title() };
    // Not the whole entry: its acl may be most of the file, and is the same on every node that inherits it.
    let socket = |socket: &&LabSocket<'_, '_>| {
        format!("{}/{}", lab.shown(socket.node.name), socket_text(subject, socket.item, socket.entry))
    };
    let sockets = all.map(socket);
    let message = match others {
        0 => format!("{whose} has no port left for {}", entry_text(subject, first.item)),
        _ => format!("{whose} has no port left for {} and {others} more", entry_text(subject, first.item)),
    };
    findings.push(
        Finding::error("relay-ports-used-up", message)
            .at(
                entry_span(subject, first.item),
                format!("on {}: ports {ports} are all taken", quoted(lab.shown(first.node.name))),
            )
            .of_the_file()
            .concerns(sockets.collect())
            .help(if capabilities.only_ports.is_empty() {
                "widen `--relay-ports`, or publish fewer ports"
            } else {
                "publish fewer ports, or choose another provider"
            }),
    );
}
