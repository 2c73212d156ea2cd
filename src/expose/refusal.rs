//! Why an entry is not opened as it is written.

use std::sync::Arc;

use crate::base::AclKind;
use crate::provider::{Capabilities, Carried, DomainRefusal, ExposeOptions};
use crate::resolve::Lab;
use crate::syntax::entry::SocketEntry;

/// Why an entry on a node is not opened. The rules put each of them into words (`rules::refused`). Other exposures are given by their
/// indices.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// For reasons that do not depend on the node, at least one.
    Entry(Arc<[EntryRefusal]>),
    /// Its list has the same type and port twice.
    Duplicate,
    /// Another socket would have the same name at the provider: the first of them. None for the first itself, and where a finding
    /// about the duplicate is enough.
    SameName(Option<usize>),
    /// Its hostname is not valid in DNS.
    HostNameNotValid,
    /// Its hostname is one that the relay uses itself.
    HostNameOfRelay,
    /// Another socket would have the same hostname: the first of them, as for [`SameName`](Self::SameName).
    SameHostName(Option<usize>),
    /// It has no acl, and another entry of the node restricts its port: the first of those, and how many more there are.
    WiderThanSibling(Sibling, usize),
    /// The jump host's SSH cannot forward it.
    NotForwarded,
    /// The jump host lets in people whom its own entry does not name.
    WiderThroughJumpHost,
}

/// An entry of the same node, by its index.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sibling {
    Here(usize),
    /// Another provider opens it.
    Elsewhere(usize),
}

/// Why a provider does not open an entry, on whatever node it is. Items of an acl are given by their indices.
#[derive(Clone, Debug)]
pub(crate) enum EntryRefusal {
    /// It does not carry the type.
    TypeNotCarried,
    /// It does not enforce these items for the type, so anyone could connect.
    AclNotEnforced(Vec<usize>),
    /// Its files cannot name these items exactly, so someone else might be let in.
    ItemsNotExact(Vec<usize>),
    /// It enforces addresses and domains, and no policies at all.
    PoliciesNotSupported(Vec<usize>),
    /// It enforces only the account's own domain.
    DomainsNotOwn(Vec<(usize, DomainRefusal)>),
    /// It carries the type only on a paid tier.
    NeedsPaidTier,
}

impl EntryRefusal {
    /// Whether what a provider offers for an entry says it: how it carries the type and enforces the acl.
    pub(crate) fn is_an_offer(&self) -> bool {
        match self {
            Self::TypeNotCarried
            | Self::AclNotEnforced(_)
            | Self::ItemsNotExact(_)
            | Self::PoliciesNotSupported(_)
            | Self::NeedsPaidTier => true,
            Self::DomainsNotOwn(_) => false,
        }
    }
}

/// Every reason why a provider would not open an entry of a lab. None while no provider is selected: nothing is compiled then, and
/// every entry can be shown.
pub(crate) fn entry_refusals(
    lab: &Lab<'_>,
    provider: &Capabilities,
    options: &ExposeOptions,
    entry: &SocketEntry,
) -> Vec<EntryRefusal> {
    let mut refusals = Vec::new();
    if provider.name.is_none() {
        return refusals;
    }
    let has_acl = !entry.acl.is_empty();
    let way = provider.way(provider.effective_type(entry.socket_type, has_acl), has_acl);
    if way.is_none() {
        refusals.push(EntryRefusal::TypeNotCarried);
    }
    if way.is_some_and(|way| !way.is_afforded(options.subscription)) {
        refusals.push(EntryRefusal::NeedsPaidTier);
    }
    if has_acl {
        refusals.extend(acl_refusals(lab, provider, options, entry, way));
    }
    refusals
}

/// Those that are about the acl.
fn acl_refusals(
    lab: &Lab<'_>,
    provider: &Capabilities,
    options: &ExposeOptions,
    entry: &SocketEntry,
    way: Option<&Carried>,
) -> impl Iterator<Item = EntryRefusal> {
    // If people can be named, policies are a matter of their own.
    let knows_people_only = !provider.enforces(AclKind::Policy) && provider.enforces(AclKind::Email);
    let (mut unenforced, mut policies, mut domains, mut not_exact) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let is_exact = |name: &str| provider.access.exact.is_none_or(|exact| (exact.is_one)(name));
    for (index, item) in entry.acl.iter().enumerate() {
        let (kind, name) = lab.acl_item(item);
        let is_enforced = way.map(|way| way.enforces.contains(&kind));
        if kind == AclKind::Policy && knows_people_only {
            policies.push(index);
        } else if is_enforced == Some(false) {
            unenforced.push(index);
        } else if is_enforced == Some(true) && !is_exact(name) {
            not_exact.push(index);
        } else if let (AclKind::Domain, Some(true), Some(refusal)) =
            (kind, is_enforced, provider.refuses_domain(options, name))
        {
            domains.push((index, refusal));
        }
    }
    let some = |indices: Vec<usize>| (!indices.is_empty()).then_some(indices);
    let domains = (!domains.is_empty()).then_some(EntryRefusal::DomainsNotOwn(domains));
    let unenforced = some(unenforced).map(EntryRefusal::AclNotEnforced);
    let policies = some(policies).map(EntryRefusal::PoliciesNotSupported);
    let not_exact = some(not_exact).map(EntryRefusal::ItemsNotExact);
    unenforced.into_iter().chain(not_exact).chain(policies).chain(domains)
}

/// Whether a provider would open an entry of a lab: it carries the type with this account, and enforces every item of the acl.
pub(crate) fn can_open(lab: &Lab<'_>, provider: &Capabilities, options: &ExposeOptions, entry: &SocketEntry) -> bool {
    entry_refusals(lab, provider, options, entry).is_empty()
}
