//! A policy name with a provider that does not support policies: it could not be enforced.

use super::RuleContext;
use super::entries::{is_written, part_text, span, who_is_meant};
use crate::base::{AclKind, Finding, Rule, Severity};
use crate::model::Item;
use crate::syntax::entry::{AclItem, means_everyone};

pub(crate) const RULE: &Rule = &Rule::new("policy-without-provider", &[Severity::Error]);

/// The finding for an item of an acl that is a policy.
pub(super) fn finding(context: &RuleContext<'_>, item: &Item<'_>, word: &AclItem) -> Finding {
    let (provider, name) = (context.capabilities.title(), part_text(context, item, &word.range));
    Finding::error(RULE, format!("{provider} does not support policies, so it cannot enforce {name}"))
        .at(span(context, item, &word.range), "read as a policy name")
        .help(help(context, item, word))
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
