//! More sockets than public ports: each socket needs one (spec/providers.md#ssh).

use super::RuleContext;
use super::entries::{entry_span, entry_text, socket_text};
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::provider::Ingress;
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("relay-ports-used-up", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (lab, capabilities) = (context.lab, context.capabilities);
    let ports = capabilities.ports(context.expose_options);
    let has_port = |socket: &&LabSocket<'_, '_>| capabilities.ingress(context.effective_type(socket)) == Ingress::Port;
    let at_ports: Vec<&LabSocket<'_, '_>> = context.publishable.iter().filter(has_port).collect();
    // Pins are reserved for their sockets, even if the lab does not have them.
    if at_ports.len() + context.expose_options.pins.len() <= ports.count() {
        return;
    }
    let names: Vec<String> = at_ports.iter().map(|socket| context.socket_name(socket)).collect();
    let assigned = ports.assign(names.iter().map(String::as_str), &context.expose_options.pins);
    let is_without =
        |index: &usize| assigned[*index].is_none() && !context.expose_options.pins.contains_key(&names[*index]);
    let beyond: Vec<_> = (0..at_ports.len()).filter(is_without).map(|index| at_ports[index]).collect();
    let [first, others @ ..] = &beyond[..] else { return };
    let others = others.len();
    let all = at_ports.iter();
    let whose = if capabilities.relay { "the relay" } else { capabilities.title() };
    // Not the whole entry: its acl may be most of the file, and is the same on every node that inherits it.
    let socket = |socket: &&LabSocket<'_, '_>| {
        format!("{}/{}", lab.shown(socket.node.name), socket_text(context, socket.item, socket.entry))
    };
    let sockets = all.map(socket);
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
            .help(if capabilities.only_ports.is_empty() {
                "widen `--relay-ports`, or publish fewer ports"
            } else {
                "publish fewer ports, or choose another provider"
            }),
    );
}
