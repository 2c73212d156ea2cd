//! A type that the provider carries only on a paid tier (spec/providers.md#ngrok).

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{Finding, Rule, Severity};
use crate::expose::EntryRefusal;
use crate::model::Item;
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("needs-paid-plan", &[Severity::Error]);

/// The finding for an entry whose type needs a paid tier.
pub(super) fn finding(context: &RuleContext<'_>, item: &Item<'_>, entry: &SocketEntry) -> Finding {
    let provider = context.capabilities.title();
    let by = context.providers_that(|other| {
        context.supports(other, entry)
            && !context.refusals_by(other, entry).iter().any(|refusal| matches!(refusal, EntryRefusal::NeedsPaidTier))
    });
    let others = by.map_or_else(String::new, |names| {
        format!("; or choose a provider that carries it without a paid tier: {names}")
    });
    Finding::error(
        RULE,
        format!(
            "{provider} carries {} only on a paid tier, and {} needs it",
            entry.socket_type,
            entry_text(context, item)
        ),
    )
    .at(span(context, item, &entry.type_range), "the account's tier is `free`")
    .help(format!("if the account is paid, set `tier = \"paid\"` in publish-plan.toml or use `--tier paid`{others}"))
}
