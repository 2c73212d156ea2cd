//! A type that the selected provider does not carry.

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{Finding, Findings, Rule, Severity};
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("type-not-carried", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let Some(provider) = context.capabilities.name else { return };
    let is_wanted = |entry: &SocketEntry| context.capabilities.carried(context.type_of(entry)).is_none();
    for (item, entry) in context.lab.entries_to_publish(is_wanted) {
        let carried: Vec<&str> =
            context.capabilities.carries.iter().map(|carried| carried.socket_type.word()).collect();
        let acl = context.lab.acl(entry);
        let by = context.providers_that(|other| other.supports(entry.socket_type, &acl));
        let help = by.map_or_else(
            || "no provider in service carries this entry as written; use a type that is carried, if the node supports it".to_owned(),
            |names| format!("choose a provider that carries it ({names}), or use a type that {provider} carries, if the node supports it"),
        );
        findings.push(
            Finding::error(
                RULE,
                format!("{provider} does not carry {}, which {} needs", entry.socket_type, entry_text(context, item)),
            )
            .at(span(context, item, &entry.type_range), format!("{provider} carries {}", carried.join(", ")))
            .help(help),
        );
    }
}
