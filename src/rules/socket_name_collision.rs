//! Two entries whose sockets would have the same name although they are written differently: after tcp became tls, or because the
//! provider treats the names of two nodes as the same.

use super::entries::{entry_span, entry_text};
use super::{Pair, RuleContext};
use crate::base::{Finding, Rule, Severity, quoted};
use crate::expose::Exposure;
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("socket-name-collision", &[Severity::Error]);

/// What is reported once: two entries of a list, however many nodes inherit it; otherwise two nodes.
pub(super) fn pair(exposure: &Exposure<'_>, first: &LabSocket<'_, '_>) -> Pair {
    let socket = &exposure.socket;
    if std::ptr::eq(first.node, socket.node) {
        (first.item.identity(), socket.item.identity())
    } else {
        ((first.node.name.place.range(), 0), (socket.node.name.place.range(), 0))
    }
}

/// The finding for a socket that would have the name of an earlier one.
pub(super) fn finding(context: &RuleContext<'_>, exposure: &Exposure<'_>, first: &LabSocket<'_, '_>) -> Finding {
    let socket = &exposure.socket;
    let shown = context.exposures.shown_name(exposure);
    let finding = Finding::error(RULE, format!("two sockets would be named {}", quoted(&shown)));
    if std::ptr::eq(first.node, socket.node) {
        finding
            .at(entry_span(context, socket.item), "this entry")
            .at(entry_span(context, first.item), "and this entry")
            .help(format!(
                "keep one of them; with this provider, {} and {} are the same socket",
                entry_text(context, first.item),
                entry_text(context, socket.item)
            ))
    } else {
        finding
            .at(context.lab.span(socket.node.name.place), "on this node")
            .at(context.lab.span(first.node.name.place), "and on this node")
            .help("rename one of the nodes; the provider treats their names as the same")
    }
}
