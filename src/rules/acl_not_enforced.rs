//! An acl on a type that the selected provider carries without keeping anyone out: the port would be open wider than written.

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{Finding, Rule, Severity, SocketType, quoted};
use crate::model::Item;
use crate::provider::{Capabilities, ExactItems};
use crate::syntax::entry::{AclItem, SocketEntry};

pub(crate) const RULE: &Rule = &Rule::new("acl-not-enforced", &[Severity::Error]);

/// The finding for an entry with items of its acl, at least one, that are not enforced.
pub(super) fn finding(
    context: &RuleContext<'_>,
    item: &Item<'_>,
    entry: &SocketEntry,
    unenforced: &[usize],
) -> Finding {
    let provider = context.capabilities.title();
    let (Some(first), Some(last)) = (unenforced.first(), unenforced.last()) else { unreachable!("it has an item") };
    let range = entry.acl[*first].range.start..entry.acl[*last].range.end;
    let by = context.providers_that(|other| context.supports(other, entry));
    let choose = by.map_or_else(
        || format!("no provider in service enforces it for {}", entry.socket_type),
        |names| format!("choose a provider that enforces it: {names}"),
    );
    Finding::error(
        RULE,
        format!("{provider} cannot enforce the acl of {}, so anyone could connect", entry_text(context, item)),
    )
    .at(span(context, item, &range), knows_nobody(context.capabilities, context.type_of(entry)))
    .help(format!("{choose}, or remove the entry; without its acl, it would be open to anyone on the Internet"))
}

/// The finding for an item of an acl that the provider's files cannot name exactly.
pub(super) fn not_exact(context: &RuleContext<'_>, item: &Item<'_>, acl_item: &AclItem, exact: &ExactItems) -> Finding {
    let provider = context.capabilities.title();
    let text = quoted(context.lab.shown_part(item, &acl_item.range));
    Finding::error(RULE, format!("{provider} cannot enforce {text} exactly, so someone else might get in"))
        .at(span(context, item, &acl_item.range), format!("expected {}", exact.expected))
        .help("name these people by other addresses, or remove the entry")
}

fn knows_nobody(capabilities: &Capabilities, socket_type: SocketType) -> String {
    let provider = capabilities.title();
    if capabilities.carries.iter().all(|carried| carried.enforces.is_empty()) {
        format!("{provider} cannot identify visitors")
    } else {
        format!("{provider} cannot identify visitors of {socket_type} sockets")
    }
}
