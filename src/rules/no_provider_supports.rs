//! An entry that none of several providers can open (spec/providers.md#several-providers-in-one-lab).

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Rule, Severity, any_of};
use crate::expose::{EntryRefusal, Nowhere};
use crate::provider::Capabilities;
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("no-provider-supports", &[Severity::Error]);

/// The finding for an entry, with what each of the providers lacks.
pub(super) fn finding(context: &RuleContext<'_>, nowhere: &Nowhere<'_>) -> Finding {
    let (item, entry) = (nowhere.item, nowhere.item.socket().expect("only sockets go nowhere"));
    let titles: Vec<&str> = nowhere.lacks.iter().map(|(provider, _)| provider.title()).collect();
    let providers = any_of(&titles).unwrap_or_else(|| "no provider".to_owned());
    let lacks =
        nowhere.lacks.iter().flat_map(|(provider, refusals)| refusals.iter().map(|one| lack(provider, entry, one)));
    let lacks: Vec<String> = lacks.collect();
    let is_listed = |provider: &Capabilities| nowhere.lacks.iter().any(|(listed, _)| listed.name == provider.name);
    let others = context.providers_that(|provider| !is_listed(provider) && context.supports(provider, entry));
    let help = match others {
        Some(others) => format!("add a provider that can open it ({others}), or change the entry"),
        None => "change the entry; no provider can open it".to_owned(),
    };
    let text = entry_text(context, item);
    let (message, label) = match lacks.as_slice() {
        [] => (format!("no route fits {text}, and `provider` is not set"), "goes to no provider".to_owned()),
        lacks => (format!("{text} cannot be opened by {providers}"), lacks.join("; ")),
    };
    Finding::error(RULE, message).at(entry_span(context, item), label).affects(context.nodes_with(item)).help(help)
}

/// What a provider lacks to open an entry, in words.
fn lack(provider: &Capabilities, entry: &SocketEntry, refusal: &EntryRefusal) -> String {
    let title = provider.title();
    match refusal {
        EntryRefusal::TypeNotCarried => format!("{title} does not carry {}", entry.socket_type),
        EntryRefusal::AclNotEnforced(_) => format!("{title} cannot enforce this acl on {}", entry.socket_type),
        EntryRefusal::ItemsNotExact(_) => format!("{title} cannot name everyone in this acl exactly"),
        EntryRefusal::PoliciesNotSupported(_) => format!("{title} has no policies"),
        EntryRefusal::DomainsNotOwn(_) => match &provider.access.own_domain {
            Some(own) => format!("{title} enforces only {}'s own domain", own.owner),
            None => format!("{title} does not enforce this domain"),
        },
        EntryRefusal::NeedsPaidTier => format!("{title} carries {} only on a paid tier", entry.socket_type),
    }
}
