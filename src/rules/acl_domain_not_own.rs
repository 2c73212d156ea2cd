//! A domain in an acl that the provider does not enforce, because it is not the account's own (spec/providers.md#tailscale).

use std::collections::HashSet;

use super::RuleContext;
use super::entries::{entry_text, part_text, span};
use crate::base::{AclKind, Finding, Findings, quoted};
use crate::provider::{DomainRefusal, Setting};
use crate::syntax::entry::{AclItem, SocketEntry};

const RULE: &str = "acl-domain-not-own";

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(provider), Some(own)) = (context.capabilities.name, &context.capabilities.own_domain) else { return };
    let is_wanted = |entry: &SocketEntry| entry.acl.iter().any(|word| is_refused(context, entry, word));
    for (item, entry) in context.lab.entries_to_publish(is_wanted) {
        let mut seen = HashSet::new();
        for word in entry.acl.iter().filter(|word| seen.insert(&word.canonical)) {
            let Some(refusal) = refusal(context, entry, word) else { continue };
            let named = part_text(context, item, &word.range);
            let of = entry_text(context, item);
            let people = "name each person by full address, `user@domain.com`, separated by commas";
            let (message, expected, help) = match refusal {
                DomainRefusal::Public => (
                    format!("{named} in the acl of {of} is a shared domain, which is never {}'s own", own.owner),
                    "anyone can get an address at this domain".to_owned(),
                    people.to_owned(),
                ),
                DomainRefusal::Unknown => (
                    format!("{named} in the acl of {of} is not known to be {}'s own domain", own.owner),
                    format!("expected {}'s own domain, which is not set", own.owner),
                    format!("if it is, set it with {}; otherwise {people}", set_by(&own.setting.setting)),
                ),
                DomainRefusal::Other(domain) => (
                    format!("{named} in the acl of {of} is not {}'s own domain", own.owner),
                    format!("expected {}", quoted(domain.as_str())),
                    people.to_owned(),
                ),
            };
            findings.push(
                Finding::error(RULE, message)
                    .at(span(context, item, &word.range), expected)
                    .affects(context.nodes_with(item))
                    .help(format!("{help}; {provider} {}", own.otherwise)),
            );
        }
    }
}

/// Whether a word of an entry's acl gets a finding of this rule.
pub(super) fn is_refused(context: &RuleContext<'_>, entry: &SocketEntry, word: &AclItem) -> bool {
    refusal(context, entry, word).is_some()
}

/// Why a word of an entry's acl is not enforced. None if the provider enforces no domains for the entry's type at all:
/// `acl-not-enforced` covers that.
fn refusal(context: &RuleContext<'_>, entry: &SocketEntry, word: &AclItem) -> Option<DomainRefusal> {
    let (AclKind::Domain, domain) = context.lab.acl_item(word) else { return None };
    let carried = context.capabilities.carried(context.type_of(entry))?;
    if !carried.enforces.contains(&AclKind::Domain) {
        return None;
    }
    context.capabilities.refuses_domain(context.expose_options, domain)
}

/// The flag and the key that set a setting, as text.
fn set_by(setting: &Setting) -> String {
    let (flag, key) = setting.ways();
    flag.map_or_else(|| key.clone(), |flag| format!("{flag}, or {key}"))
}
