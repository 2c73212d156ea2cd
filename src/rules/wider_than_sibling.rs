//! A port of a node that one socket restricts and another opens to everyone: the acl of the first keeps nobody out.

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Rule, Severity};
use crate::provider::Audience;
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("wider-than-sibling", &[Severity::Error]);

/// The finding for an entry without an acl, with the first entry that restricts its port and the number of others that do.
pub(super) fn finding(
    context: &RuleContext<'_>,
    open: &LabSocket<'_, '_>,
    first: &LabSocket<'_, '_>,
    others: usize,
) -> Finding {
    let everyone = match context.capabilities.access.without_acl {
        Audience::Members => "every member of the tailnet",
        _ => "anyone",
    };
    let others = match others {
        0 => String::new(),
        1 => " (and another entry)".to_owned(),
        others => format!(" (and {others} other entries)"),
    };
    let (open_text, kept_text) = (entry_text(context, open.item), entry_text(context, first.item));
    Finding::error(RULE, format!("{open_text} opens to {everyone} a port that {kept_text} restricts{others}"))
        .at(entry_span(context, open.item), "no acl")
        .at(entry_span(context, first.item), "the same port, with an acl")
        .affects(context.nodes_with(open.item))
        .help("put the acl on both entries, or remove the one without an acl")
}
