//! A policy name with a provider that does not support policies: it could not be enforced.

use super::RuleContext;
use super::entries::{is_written, part_text, span, who_is_meant};
use crate::base::{AclKind, Finding, Findings, Rule, Severity};
use crate::model::Item;
use crate::syntax::entry::{AclItem, means_everyone};

pub(crate) const RULE: &Rule = &Rule::new("policy-without-provider", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let Some(provider) = context.capabilities.name else { return };
    // If the provider cannot enforce any acl, `acl-not-enforced` covers it.
    if context.capabilities.enforces(AclKind::Policy) || !context.capabilities.enforces(AclKind::Email) {
        return;
    }
    let is_policy = |word: &&AclItem| context.lab.acl_item(word).0 == AclKind::Policy;
    for (item, entry) in context.lab.entries_to_publish(|entry| entry.acl.iter().any(|word| is_policy(&word))) {
        for word in entry.acl.iter().filter(is_policy) {
            let name = part_text(context, item, &word.range);
            findings.push(
                Finding::error(RULE, format!("{provider} does not support policies, so it cannot enforce {name}"))
                    .at(span(context, item, &word.range), "read as a policy name")
                    .help(help(context, item, word)),
            );
        }
    }
}

fn help(context: &RuleContext<'_>, item: &Item<'_>, word: &AclItem) -> String {
    if is_written(context, item, &word.range) && means_everyone(&word.text) {
        return who_is_meant(context);
    }
    let reading = if word.kind == AclKind::Policy {
        "a domain needs a dot and an email address needs an `@`"
    } else {
        "with a border0 node in the topology, every acl item is read as a policy name; `--acl identities` reads it as an address or domain"
    };
    let by = context.providers_that(|other| other.enforces(AclKind::Policy)).unwrap_or_default();
    format!("{reading}; to use policies, choose {by}")
}
