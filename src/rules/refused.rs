//! Puts every reason why an entry is not opened into words. The matches are exhaustive: a new reason does not compile before a rule
//! reports it.

use std::collections::HashSet;

use super::{
    Pair, RuleContext, acl_domain_not_own, acl_not_enforced, folded_wider, host_name_not_usable, jump_host_not_usable,
    needs_paid_plan, policy_without_provider, socket_name_collision, type_not_carried, wider_than_sibling,
};
use crate::base::{Finding, Findings};
use crate::expose::{EntryRefusal, Exposure, Refusal};
use crate::model::Item;
use crate::syntax::entry::SocketEntry;

/// Reports every refusal of every exposure, and the jump host that is missing.
pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let said = |refusal: &EntryRefusal| !context.leaves_out_offers || !refusal.is_an_offer();
    let refusals = |entry: &SocketEntry| context.refusals_by(context.capabilities, entry).into_iter().filter(said);
    let mut domains = HashSet::new();
    for (item, entry) in context.lab.entries_to_publish(|entry| refusals(entry).next().is_some()) {
        // An offer is about the lab: a domain in a thousand acls is one reason.
        if !context.leaves_out_offers {
            domains.clear();
        }
        for refusal in refusals(entry) {
            of_entry(context, item, entry, &refusal, &mut domains, findings);
        }
    }
    let mut said = HashSet::new();
    let mut not_valid = Vec::new();
    for exposure in &context.exposures.all {
        for refusal in &exposure.refusals {
            match refusal {
                Refusal::HostNameNotValid => not_valid.push(exposure),
                refusal => findings.extend(of_exposure(context, exposure, refusal, &mut said)),
            }
        }
    }
    findings.extend(host_name_not_usable::not_valid(context, &not_valid));
    findings.extend(context.exposures.missing_jump_host.map(|wanted| jump_host_not_usable::finding(context, wanted)));
}

/// Reports why an entry is not opened, on whatever node it is. Of the domains that the provider does not enforce, those in
/// `known_domains` are reported already.
fn of_entry<'c>(
    context: &'c RuleContext<'_>,
    item: &Item<'_>,
    entry: &'c SocketEntry,
    refusal: &EntryRefusal,
    known_domains: &mut HashSet<&'c str>,
    findings: &mut Findings,
) {
    match refusal {
        EntryRefusal::TypeNotCarried => findings.push(type_not_carried::finding(context, item, entry)),
        EntryRefusal::NeedsPaidTier => findings.push(needs_paid_plan::finding(context, item, entry)),
        EntryRefusal::AclNotEnforced(items) => {
            findings.push(acl_not_enforced::finding(context, item, entry, items));
        }
        EntryRefusal::ItemsNotExact(items) => {
            let exact = context.capabilities.access.exact.expect("a provider that names every item refuses none");
            let items = items.iter().map(|index| &entry.acl[*index]);
            findings.extend(items.map(|one| acl_not_enforced::not_exact(context, item, one, &exact)));
        }
        EntryRefusal::PoliciesNotSupported(items) => {
            let policies = items.iter().map(|index| &entry.acl[*index]);
            findings.extend(policies.map(|policy| policy_without_provider::finding(context, item, policy)));
        }
        EntryRefusal::DomainsNotOwn(domains) => {
            let own =
                context.capabilities.access.own_domain.as_ref().expect("a provider without an own domain refuses none");
            let domains = domains.iter().map(|(index, refusal)| (&entry.acl[*index], refusal));
            findings.extend(
                domains
                    .filter(|(domain, _)| known_domains.insert(&domain.canonical))
                    .map(|(domain, refusal)| acl_domain_not_own::finding(context, item, domain, refusal, own)),
            );
        }
    }
}

/// What pairs of entries or nodes were reported, by rule.
type Said = HashSet<(&'static str, Pair)>;

/// The finding for a reason that depends on the node. None if another finding covers it.
fn of_exposure(
    context: &RuleContext<'_>,
    exposure: &Exposure<'_>,
    refusal: &Refusal,
    said: &mut Said,
) -> Option<Finding> {
    let socket = &exposure.socket;
    let other = |index: usize| &context.exposures.all[index].socket;
    let jump = || &context.exposures.jump().expect("nothing is refused for a jump host that is not there").socket;
    match refusal {
        // Reported above: each entry once, also in lists that no node uses, and all hostnames together.
        Refusal::Entry(_) | Refusal::HostNameNotValid
        // Reported by `duplicate-socket`, each list once, also one that no node uses; or with the other socket.
        | Refusal::Duplicate | Refusal::SameName(None) | Refusal::SameHostName(None) => None,
        Refusal::SameName(Some(first)) => {
            let first = other(*first);
            let is_new = said.insert(("name", socket_name_collision::pair(exposure, first)));
            is_new.then(|| socket_name_collision::finding(context, exposure, first))
        }
        Refusal::SameHostName(Some(first)) => {
            let first = other(*first);
            let is_new = said.insert(("host name", (first.item.identity(), socket.item.identity())));
            is_new.then(|| host_name_not_usable::shared(context, exposure, first))
        }
        Refusal::HostNameOfRelay => {
            let is_new = said.insert(("host name of the relay", (socket.item.identity(), socket.item.identity())));
            is_new.then(|| host_name_not_usable::of_relay(context, exposure))
        }
        Refusal::WiderThanSibling(first, others) => {
            let first = context.exposures.sibling(*first);
            let is_new = said.insert(("wider", (socket.item.identity(), first.item.identity())));
            is_new.then(|| wider_than_sibling::finding(context, socket, first, *others))
        }
        Refusal::NotForwarded => Some(folded_wider::not_forwarded(context, socket, jump())),
        Refusal::WiderThroughJumpHost => Some(folded_wider::wider(context, socket, jump())),
    }
}
