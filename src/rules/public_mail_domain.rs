//! A domain in an acl at which anyone can get an address: millions of people are let in.

use std::collections::HashSet;

use super::Subject;
use super::acl_domain_not_own::is_refused;
use super::entries::{entry_text, part_text, span};
use crate::base::{AclKind, Finding, Findings};
use crate::capability::is_public_mail_domain;
use crate::syntax::entry::AclItem;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let is_public = |word: &&AclItem| {
        let (kind, name) = subject.lab.acl_item(word);
        kind == AclKind::Domain && is_public_mail_domain(name)
    };
    for (item, entry) in subject.lab.entries(|entry| entry.acl.iter().any(|word| is_public(&word))) {
        let mut said = HashSet::new();
        for word in entry.acl.iter().filter(is_public).filter(|word| said.insert(&word.canonical)) {
            findings.push(
                Finding::warning(
                    "public-mail-domain",
                    format!(
                        "{} in the acl of {} lets in millions of people",
                        part_text(subject, item, &word.range),
                        entry_text(subject, item)
                    ),
                )
                .at(span(subject, item, &word.range), "anyone can get an address at this domain")
                .concerns(subject.nodes_with(item))
                .behind(is_refused(subject, entry, word).then_some("acl-domain-not-own"))
                .help("name each person by full address, `user@domain.com`, separated by commas"),
            );
        }
    }
}
