//! A domain in an acl at which anyone can get an address: millions of people are let in.

use std::collections::HashSet;

use super::RuleContext;
use super::entries::{entry_text, part_text, span};
use crate::base::{AclKind, Finding, Findings, Rule, Severity};
use crate::expose::EntryRefusal;
use crate::provider::is_public_mail_domain;
use crate::syntax::entry::{AclItem, SocketEntry};

pub(crate) const RULE: &Rule = &Rule::new("public-mail-domain", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let is_public = |word: &&AclItem| {
        let (kind, name) = context.lab.acl_item(word);
        kind == AclKind::Domain && is_public_mail_domain(name)
    };
    for (item, entry) in context.lab.entries(|entry| entry.acl.iter().any(|word| is_public(&word))) {
        let mut said = HashSet::new();
        let refused = refused_domains(context, entry);
        let public = entry.acl.iter().enumerate().filter(|(_, word)| is_public(word));
        for (index, word) in public.filter(|(_, word)| said.insert(&word.canonical)) {
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
                .suppressed_by(refused.contains(&index).then_some(super::acl_domain_not_own::RULE))
                .help("name each person by full address, `user@domain.com`, separated by commas"),
            );
        }
    }
}

/// The items of an acl that get a finding of `acl-domain-not-own`.
fn refused_domains(context: &RuleContext<'_>, entry: &SocketEntry) -> HashSet<usize> {
    let refusals = context.refusals_by(context.capabilities, entry).into_iter();
    let domains = refusals.filter_map(|refusal| match refusal {
        EntryRefusal::DomainsNotOwn(domains) => Some(domains),
        _ => None,
    });
    domains.flatten().map(|(index, _)| index).collect()
}
