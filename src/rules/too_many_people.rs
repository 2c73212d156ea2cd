//! More people than a free account lets log in (spec/providers.md#ngrok).

use std::collections::BTreeSet;

use super::RuleContext;
use super::entries::entry_span;
use crate::base::{Finding, Findings, Rule, Severity};
use crate::provider::Subscription;

pub(crate) const RULE: &Rule = &Rule::new("too-many-people", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(provider), Some(most)) = (context.capabilities.name, context.capabilities.account.free_people) else {
        return;
    };
    if context.exposures.options.subscription != Subscription::Free {
        return;
    }
    let mut emails = BTreeSet::new();
    let mut has_domain = false;
    let mut last = None;
    for socket in context.exposures.published().map(|exposure| &exposure.socket) {
        let acl = context.lab.acl(socket.entry);
        if emails.len() > most || has_domain {
            break;
        }
        emails.extend(acl.emails.iter().cloned());
        has_domain |= !acl.domains.is_empty();
        last = Some(socket);
    }
    let Some(socket) = last.filter(|_| emails.len() > most || has_domain) else { return };
    let label = if has_domain {
        "a domain can be many people".to_owned()
    } else {
        format!("{} people are named up to here", emails.len())
    };
    findings.push(
        Finding::warning(
            RULE,
            format!("a free {provider} account lets {most} people log in per month"),
        )
        .at(entry_span(context, socket.item), label)
        .of_the_file()
        .help(
            "name fewer people, or set `tier = \"paid\"` if the account is paid; people beyond the limit are not let in",
        ),
    );
}
