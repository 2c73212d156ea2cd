//! Hostnames of sockets that are not valid in DNS, or that two sockets would share (RFC 1035, RFC 1123).

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::dns::LONGEST_LABEL;
use crate::base::{Finding, Rule, Severity, plain};
use crate::expose::Exposure;
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("host-name-not-usable", &[Severity::Error]);

/// The finding for a socket that would have the hostname of an earlier one.
pub(super) fn shared(context: &RuleContext<'_>, exposure: &Exposure<'_>, first: &LabSocket<'_, '_>) -> Finding {
    let socket = &exposure.socket;
    let node = |socket: &LabSocket<'_, '_>| plain(context.lab.shown(socket.node.name));
    let shown = context.exposures.shown_host_name(exposure).expect("two sockets share a hostname that both have");
    let (here, there) = (entry_span(context, socket.item), entry_span(context, first.item));
    let finding = Finding::error(RULE, format!("two sockets would share the hostname `{}`", plain(&shown)))
        .affects(vec![node(first), node(socket)]);
    let finding = if here == there {
        finding.at(here, format!("on {} and {}", node(first), node(socket)))
    } else {
        finding.at(here, format!("on {}", node(socket))).at(there, format!("on {}", node(first)))
    };
    finding.help("set a `template` under `[names]` in publish-plan.toml that gives each socket its own name, for example `{node}-{type}-{port}.{domain}`, or rename one of the nodes")
}

/// The finding for a socket that would have a hostname of the relay's own.
pub(super) fn of_relay(context: &RuleContext<'_>, exposure: &Exposure<'_>) -> Finding {
    let socket = &exposure.socket;
    let shown = context.exposures.shown_host_name(exposure).expect("a hostname of the relay is a hostname");
    let node = plain(context.lab.shown(socket.node.name));
    Finding::error(RULE, format!("the hostname `{}` is one that the relay uses itself", plain(&shown)))
        .at(entry_span(context, socket.item), format!("on {node}"))
        .affects(vec![node])
        .help("rename the node, or set another `template` under `[names]` in publish-plan.toml")
}

/// One finding for all sockets whose hostnames are not valid in DNS. None if there is no such socket.
pub(super) fn not_valid(context: &RuleContext<'_>, sockets: &[&Exposure<'_>]) -> Option<Finding> {
    let [one, others @ ..] = sockets else { return None };
    let others = match others.len() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let text = entry_text(context, one.socket.item);
    let shown = context.exposures.shown_host_name(one).expect("a hostname that is not valid is a hostname");
    let node = context.lab.shown(one.socket.node.name);
    let finding = Finding::error(
        RULE,
        format!("{text} on `{}`{others} would have a hostname that is not valid in DNS", plain(node)),
    );
    let label = format!(
        "`{}`: expected labels of 1 to {LONGEST_LABEL} letters, digits, and `-`, with no `-` at either end",
        plain(&shown)
    );
    let nodes = sockets.iter().map(|exposure| context.lab.shown(exposure.socket.node.name).to_owned());
    Some(
        finding
            .at(entry_span(context, one.socket.item), label)
            .affects(nodes.collect())
            .help("rename the node, or set another `template` under `[names]` in publish-plan.toml"),
    )
}
