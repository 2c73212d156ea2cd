//! A policy name with a provider that keeps no policies: it could not be enforced.

use super::Subject;
use super::entries::{part_text, span};
use crate::base::{AclKind, Finding, Findings};
use crate::syntax::entry::AclItem;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(provider) = subject.capabilities.name else { return };
    // Where nobody can be named at all, `acl-not-enforced` says so.
    if subject.capabilities.enforces(AclKind::Policy) || !subject.capabilities.enforces(AclKind::Email) {
        return;
    }
    let is_policy = |word: &&AclItem| subject.lab.acl_item(word).0 == AclKind::Policy;
    for (item, entry) in subject.lab.entries_to_publish(|entry| entry.acl.iter().any(|word| is_policy(&word))) {
        for word in entry.acl.iter().filter(is_policy) {
            let name = part_text(subject, item, &word.range);
            let reading = if word.kind == AclKind::Policy {
                "a domain needs a dot and an email address needs an `@`"
            } else {
                "with a border0 node in the topology, every acl item is read as a policy name; `--acl identities` reads it as an address or domain"
            };
            let by = subject.providers_that(|other| other.enforces(AclKind::Policy)).unwrap_or_default();
            findings.push(
                Finding::error(
                    "policy-without-provider",
                    format!("{provider} does not support policies, so it cannot enforce {name}"),
                )
                .at(span(subject, item, &word.range), "read as a policy name")
                .help(format!("{reading}; to use policies, choose {by}")),
            );
        }
    }
}
