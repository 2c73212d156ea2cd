//! A pin that gives a socket a port outside the ports for sockets.

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, Severity, plain, quoted};

pub(crate) const RULE: &Rule = &Rule::new("relay-pin-not-usable", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (lab, capabilities, pins) = (context.lab, context.capabilities, &context.exposures.options.pins);
    if pins.is_empty() {
        return;
    }
    let ports = capabilities.ports(context.exposures.options);
    for exposure in context.exposures.published() {
        let socket = &exposure.socket;
        let is_at_port = capabilities.has_port(exposure.ingress());
        let pin = pins.get(&context.exposures.name(exposure)).filter(|port| is_at_port && !ports.has(**port));
        let (Some(port), node) = (pin, lab.shown(socket.node.name)) else { continue };
        let text = entry_text(context, socket.item);
        findings.push(
            Finding::error(RULE, format!("{text} of {} is pinned to a port that it cannot have", quoted(node)))
                .at(
                    entry_span(context, socket.item),
                    format!("expected one of {ports}, found {port} in `[relay.pins]`"),
                )
                .affects(vec![plain(node)])
                .help(if capabilities.relay.only_ports.is_empty() {
                    "pin another port in publish-plan.toml, or widen `--relay-ports`"
                } else {
                    "pin another port in publish-plan.toml"
                }),
        );
    }
}
