//! A socket that two routes of one kind fit (spec/providers.md#several-providers-in-one-lab).

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Rule, Severity, plain, quoted};
use crate::expose::Ambiguous;

pub(crate) const RULE: &Rule = &Rule::new("ambiguous-route", &[Severity::Error]);

/// The finding for a socket.
pub(super) fn finding(context: &RuleContext<'_>, ambiguous: &Ambiguous<'_>) -> Finding {
    let Ambiguous { socket, routes: [one, other] } = ambiguous;
    let node = context.lab.shown(socket.node.name);
    let [one, other] = [one, other].map(|route| quoted(&route.fits.to_string()));
    let text = entry_text(context, socket.item);
    Finding::error(RULE, format!("two routes fit {text} on {}: {one} and {other}", quoted(node)))
        .at(entry_span(context, socket.item), "goes to no provider")
        .affects(vec![plain(node)])
        .help(
            "in publish-plan.toml, under `[routes]`, change them so that only one fits, or add a route for the socket",
        )
}
