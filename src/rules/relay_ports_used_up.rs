//! More sockets than the relay has ports for: each needs one of its own (providers.md, "ssh").

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.capabilities.relay {
        return;
    }
    let lab = subject.lab;
    let ports = subject.relay_ports;
    let beyond = subject.healthy.get(ports.count()..).unwrap_or_default();
    let [first, others @ ..] = beyond else { return };
    let others = others.len();
    let all = subject.healthy.iter();
    let sockets = all.map(|socket| format!("{}/{}", lab.shown(socket.node.name), lab.original(socket.item.text.place)));
    let message = match others {
        0 => format!("the relay has no port left for {}", entry_text(subject, first.item)),
        _ => format!("the relay has no port left for {} and {others} more", entry_text(subject, first.item)),
    };
    findings.push(
        Finding::error("relay-ports-used-up", message)
            .at(
                entry_span(subject, first.item),
                format!("on {}: all of {ports} are taken", quoted(lab.shown(first.node.name))),
            )
            .of_the_file()
            .concerns(sockets.collect())
            .help("widen `--relay-ports`, or publish less"),
    );
}
