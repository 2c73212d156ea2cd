//! A domain in an acl that the provider does not enforce, because it is not the account's own (spec/providers.md#tailscale).

use super::RuleContext;
use super::entries::{entry_text, part_text, span};
use crate::base::{Finding, Rule, Severity, quoted};
use crate::model::Item;
use crate::provider::{DomainRefusal, OwnDomain, Setting};
use crate::syntax::entry::AclItem;

pub(crate) const RULE: &Rule = &Rule::new("acl-domain-not-own", &[Severity::Error]);

/// The finding for a domain in an acl; `own` is the provider's rule about the account's own domain.
pub(super) fn finding(
    context: &RuleContext<'_>,
    item: &Item<'_>,
    word: &AclItem,
    refusal: &DomainRefusal,
    own: &OwnDomain,
) -> Finding {
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
    Finding::error(RULE, message)
        .at(span(context, item, &word.range), expected)
        .affects(context.nodes_with(item))
        .help(format!("{help}; {} {}", context.capabilities.title(), own.otherwise))
}

/// The flag and the key that set a setting, as text.
fn set_by(setting: &Setting) -> String {
    let (flag, key) = setting.ways();
    flag.map_or_else(|| key.clone(), |flag| format!("{flag}, or {key}"))
}
