//! A type that the provider carries only on a paid tier (spec/providers.md#ngrok).

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{Finding, Findings, Rule, Severity};
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("needs-paid-plan", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let Some(provider) = context.capabilities.name else { return };
    let subscription = context.expose_options.subscription;
    let is_wanted = |entry: &SocketEntry| !context.capabilities.affords(context.type_of(entry), subscription);
    for (item, entry) in context.lab.entries_to_publish(is_wanted) {
        let acl = context.lab.acl(entry);
        let by = context.providers_that(|other| {
            other.supports(entry.socket_type, &acl) && other.affords(entry.socket_type, subscription)
        });
        let others = by.map_or_else(String::new, |names| {
            format!("; or choose a provider that carries it without a paid tier: {names}")
        });
        findings.push(
            Finding::error(
                RULE,
                format!(
                    "{provider} carries {} only on a paid tier, and {} needs it",
                    entry.socket_type,
                    entry_text(context, item)
                ),
            )
            .at(span(context, item, &entry.type_range), "the account's tier is `free`")
            .help(format!(
                "if the account is paid, set `tier = \"paid\"` in publish-plan.toml or use `--tier paid`{others}"
            )),
        );
    }
}
