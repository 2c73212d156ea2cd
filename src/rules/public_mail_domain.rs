//! A domain in an acl at which anyone can get an address: millions of people are let in.

use std::collections::HashSet;

use super::RuleContext;
use super::acl_domain_not_own::{self, is_refused};
use super::entries::{entry_text, part_text, span};
use crate::base::{AclKind, Finding, Findings, Rule, Severity};
use crate::provider::is_public_mail_domain;
use crate::syntax::entry::AclItem;

pub(crate) const RULE: &Rule = &Rule::new("public-mail-domain", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let is_public = |word: &&AclItem| {
        let (kind, name) = context.lab.acl_item(word);
        kind == AclKind::Domain && is_public_mail_domain(name)
    };
    for (item, entry) in context.lab.entries(|entry| entry.acl.iter().any(|word| is_public(&word))) {
        let mut said = HashSet::new();
        for word in entry.acl.iter().filter(is_public).filter(|word| said.insert(&word.canonical)) {
            findings.push(
                Finding::warning(
                    RULE,
                    format!(
                        "{} in the acl of {} lets in millions of people",
                        part_text(context, item, &word.range),
                        entry_text(context, item)
                    ),
                )
                .at(span(context, item, &word.range), "anyone can get an address at this domain")
                .affects(context.nodes_with(item))
                .suppressed_by(is_refused(context, entry, word).then_some(acl_domain_not_own::RULE))
                .help("name each person by full address, `user@domain.com`, separated by commas"),
            );
        }
    }
}
