//! More sockets than public ports: each socket needs one (spec/providers.md#ssh).

use super::RuleContext;
use super::entries::{entry_span, entry_text, socket_text};
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::expose::Exposure;

pub(crate) const RULE: &Rule = &Rule::new("relay-ports-used-up", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (lab, capabilities) = (context.lab, context.capabilities);
    let (ports, pins) = (capabilities.ports(context.exposures.options), &context.exposures.options.pins);
    let at_ports: Vec<&Exposure<'_>> =
        context.exposures.published().filter(|exposure| capabilities.has_port(exposure.ingress())).collect();
    // Pins are reserved for their sockets, even if the lab does not have them.
    if at_ports.len() + pins.len() + context.exposures.taken_ports().len() <= ports.count() {
        return;
    }
    let names: Vec<String> = at_ports.iter().map(|exposure| context.exposures.name(exposure)).collect();
    let named: Vec<_> = at_ports.iter().copied().zip(names.iter().map(String::as_str)).collect();
    let assigned = context.exposures.ports(&named);
    let without = named.iter().zip(assigned).filter(|((_, name), port)| port.is_none() && !pins.contains_key(*name));
    let beyond: Vec<_> = without.map(|((exposure, _), _)| &exposure.socket).collect();
    let [first, others @ ..] = &beyond[..] else { return };
    let others = others.len();
    let all = at_ports.iter();
    let whose = if capabilities.relay.is_needed { "the relay" } else { capabilities.title() };
    // Not the whole entry: its acl may be most of the file, and is the same on every node that inherits it.
    let sockets = all
        .map(|exposure| &exposure.socket)
        .map(|socket| format!("{}/{}", lab.shown(socket.node.name), socket_text(context, socket.item, socket.entry)));
    let message = match others {
        0 => format!("{whose} has no port left for {}", entry_text(context, first.item)),
        _ => format!("{whose} has no port left for {} and {others} more", entry_text(context, first.item)),
    };
    findings.push(
        Finding::error(RULE, message)
            .at(
                entry_span(context, first.item),
                format!("on {}: ports {ports} are all taken", quoted(lab.shown(first.node.name))),
            )
            .of_the_file()
            .affects(sockets.collect())
            .help(if capabilities.relay.only_ports.is_empty() {
                "widen `--relay-ports`, or publish fewer ports"
            } else {
                "publish fewer ports, or choose another provider"
            }),
    );
}
