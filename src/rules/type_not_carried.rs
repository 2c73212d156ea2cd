//! A type that the selected provider does not carry.

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{Finding, Rule, Severity};
use crate::model::Item;
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("type-not-carried", &[Severity::Error]);

/// The finding for an entry whose type is not carried.
pub(super) fn finding(context: &RuleContext<'_>, item: &Item<'_>, entry: &SocketEntry) -> Finding {
    let provider = context.capabilities.title();
    let mut carried: Vec<&str> =
        context.capabilities.carries.iter().map(|carried| carried.socket_type.word()).collect();
    // One type can be carried in several ways.
    carried.dedup();
    let by = context.providers_that(|other| context.supports(other, entry));
    let help = by.map_or_else(
        || "no provider in service carries this entry as written; use a type that is carried, if the node supports it".to_owned(),
        |names| format!("choose a provider that carries it ({names}), or use a type that {provider} carries, if the node supports it"),
    );
    Finding::error(
        RULE,
        format!("{provider} does not carry {}, which {} needs", entry.socket_type, entry_text(context, item)),
    )
    .at(span(context, item, &entry.type_range), format!("{provider} carries {}", carried.join(", ")))
    .help(help)
}
