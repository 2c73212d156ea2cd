//! Providers in service that could carry a lab's sockets and have no limit on their number: the advice of `too-many-sockets` if no
//! provider is selected.

use super::RuleContext;
use crate::base::AccountClass;
use crate::provider::Capabilities;
use crate::resolve::LabSocket;

/// Returns, per class, the providers that carry every socket of the class as it is written, enforce its acl, and have no limit.
/// Returns nothing if a provider is selected.
pub(super) fn unlimited(context: &RuleContext<'_>) -> Vec<(AccountClass, &'static str)> {
    if context.capabilities.name.is_some() {
        return Vec::new();
    }
    let mut unlimited = Vec::new();
    for class in [AccountClass::Tcp, AccountClass::Http] {
        let of_class = |socket: &&LabSocket<'_, '_>| context.effective_type(socket).account_class() == class;
        let sockets: Vec<&LabSocket<'_, '_>> = context.publishable.iter().filter(of_class).collect();
        let fits = |provider: &&&Capabilities| can_carry(context, provider, class, &sockets);
        let names = context.providers.iter().filter(fits).filter_map(|provider| provider.name);
        unlimited.extend(names.map(|name| (class, name)));
    }
    unlimited
}

fn can_carry(
    context: &RuleContext<'_>,
    provider: &Capabilities,
    class: AccountClass,
    sockets: &[&LabSocket<'_, '_>],
) -> bool {
    let tier = context.expose_options.subscription;
    let is_limited = provider.limit(Some(class), tier).is_some() || provider.limit(None, tier).is_some();
    // A provider with a few ports of its own has a limit in all but name.
    let has_ports = provider.only_ports.is_empty() || sockets.len() <= provider.only_ports.len();
    let carries = |socket: &&LabSocket<'_, '_>| {
        let (acl, written) = (context.lab.acl(socket.entry), socket.entry.socket_type);
        let effective = provider.effective_type(written, !acl.is_empty());
        provider.supports(written, &acl)
            && provider.affords(effective, tier)
            && acl.domains.iter().all(|domain| provider.refuses_domain(context.expose_options, domain).is_none())
    };
    provider.shut_down.is_none() && !is_limited && has_ports && sockets.iter().all(carries)
}
