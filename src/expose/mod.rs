//! Takes a [`Lab`], a provider, and the user's options for it. Gives [`Exposures`]: every entry of every node that can publish, with
//! the type, name, and address that it would have, and every reason why it is not opened. Names, ports, duplicates, and what a
//! provider can carry are worked out here and nowhere else: rules put the reasons into words, the plan takes the exposures without
//! a reason, and an account counts them.

mod account;
mod conflicts;
mod jump_host;
mod names;
mod refusal;
mod routed;

pub(crate) use account::{AccountLimits, AccountUse, UsedSocket, account_use};
pub(crate) use names::socket_name;
pub(crate) use refusal::{EntryRefusal, Refusal, Sibling, can_open, entry_refusals};
pub(crate) use routed::{Ambiguous, Nowhere, Routed, RoutedPart, routed};

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::SocketType;
use crate::provider::{Audience, Capabilities, Carried, ExposeOptions, Ingress, JumpHost};
use crate::resolve::{Lab, LabNode, LabSocket};
use crate::syntax::entry::SocketEntry;

/// Every entry of every node that can publish, in the order of nodes and entries, as one provider would open it.
#[derive(Debug)]
pub(crate) struct Exposures<'l> {
    pub(crate) lab: &'l Lab<'l>,
    /// The selected provider; without one, what containerlab's documentation promised.
    pub(crate) provider: &'l Capabilities,
    pub(crate) options: &'l ExposeOptions,
    /// Those that are refused, too. A list that contains `none` or is broken gives none.
    pub(crate) all: Vec<Exposure<'l>>,
    /// The sockets of these nodes that other providers open.
    elsewhere: Vec<LabSocket<'l, 'l>>,
    /// The jump host's socket, by its index, if the other sockets are reached through it.
    jump: Option<usize>,
    /// The jump host that is needed, and has no socket that can be one.
    pub(crate) missing_jump_host: Option<&'l JumpHost>,
}

/// An entry on a node, as a provider would open it.
#[derive(Clone, Debug)]
pub(crate) struct Exposure<'l> {
    pub(crate) socket: LabSocket<'l, 'l>,
    /// The type that the socket has at the provider.
    pub(crate) socket_type: SocketType,
    /// How the provider carries it; none if it does not.
    pub(crate) way: Option<&'static Carried>,
    /// Every reason why it is not opened. Empty if it is.
    pub(crate) refusals: Vec<Refusal>,
}

/// Works out how a provider would open every entry of a lab. If there are more than `limits` allow, or the user always wants it, only
/// the jump host's socket is published, and the others are reached through it.
pub(crate) fn exposures<'l>(
    lab: &'l Lab<'l>,
    provider: &'l Capabilities,
    options: &'l ExposeOptions,
    limits: &AccountLimits,
) -> Exposures<'l> {
    // A long acl that many nodes inherit is looked at once.
    let mut known: HashMap<*const SocketEntry, Option<Arc<[EntryRefusal]>>> = HashMap::new();
    let all = lab.sockets().map(|socket| {
        let has_acl = !socket.entry.acl.is_empty();
        let socket_type = provider.effective_type(socket.entry.socket_type, has_acl);
        let refusals = || {
            let refusals = entry_refusals(lab, provider, options, socket.entry);
            (!refusals.is_empty()).then(|| Arc::from(refusals))
        };
        let refusals = if has_acl { known.entry(socket.entry).or_insert_with(refusals).clone() } else { refusals() };
        let refusals = refusals.map_or_else(Vec::new, |refusals| vec![Refusal::Entry(refusals)]);
        Exposure { socket, socket_type, way: provider.way(socket_type, has_acl), refusals }
    });
    let all = all.collect();
    let elsewhere = lab.publishing_nodes().flat_map(LabNode::sockets_elsewhere).collect();
    let mut exposures = Exposures { lab, provider, options, all, elsewhere, jump: None, missing_jump_host: None };
    conflicts::mark(&mut exposures);
    jump_host::put_in_front(&mut exposures, limits);
    exposures
}

impl<'l> Exposures<'l> {
    /// What is opened, itself or through the jump host.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Exposure<'l>> {
        self.all.iter().filter(|exposure| exposure.is_open())
    }

    /// What has a socket of its own at the provider, and counts against the account's limits.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Exposure<'l>> {
        self.all.iter().filter(|exposure| self.is_published(exposure))
    }

    /// Whether one of them has.
    pub(crate) fn is_published(&self, exposure: &Exposure<'_>) -> bool {
        exposure.is_open() && self.jump().is_none_or(|jump| jump.socket.is(&exposure.socket))
    }

    /// The entry that restricts a port which another one opens.
    pub(crate) fn sibling(&self, sibling: Sibling) -> &LabSocket<'l, 'l> {
        match sibling {
            Sibling::Here(index) => &self.all[index].socket,
            Sibling::Elsewhere(index) => &self.elsewhere[index],
        }
    }

    /// The jump host's socket, if the others are reached through it.
    pub(crate) fn jump(&self) -> Option<&Exposure<'l>> {
        self.jump.map(|index| &self.all[index])
    }

    /// Who may connect to a socket by the acl of its own entry.
    pub(crate) fn own_audience(&self, exposure: &Exposure<'_>) -> Audience {
        self.provider.audience(&self.lab.acl(exposure.socket.entry))
    }
}

impl Exposure<'_> {
    /// Whether nothing speaks against opening it as it is written.
    pub(crate) fn is_open(&self) -> bool {
        self.refusals.is_empty()
    }

    /// How visitors reach it.
    pub(crate) fn ingress(&self) -> Ingress {
        self.way.map_or(Ingress::Given, |way| way.ingress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::AclKind;
    use crate::provider::{Access, Applies, Carriage, HostNames};
    use crate::resolve::{Conventions, resolve};
    use crate::text::Environment;
    use crate::{model, syntax, text};

    /// tcp with an acl by a hostname, without one by a port.
    const PROVIDER: Capabilities = Capabilities {
        name: Some("provider"),
        carries: &[
            Carried::new(SocketType::Tcp)
                .only(Applies::WithAcl)
                .by(Carriage::ClientRequired)
                .at(Ingress::HostName)
                .for_whom(&[AclKind::Email]),
            Carried::new(SocketType::Tcp).only(Applies::WithoutAcl).by(Carriage::Raw).at(Ingress::Port),
            Carried::new(SocketType::Tls).only(Applies::WithAcl).for_whom(&[AclKind::Email]),
        ],
        access: Access { without_acl: Audience::Anyone, ..Access::UNKNOWN },
        ..Capabilities::UNKNOWN
    };

    /// What a provider makes of an entry: the way, the hostname, whether it has a port, and the reasons against it.
    type Exposed = (Option<Carriage>, Option<String>, bool, Vec<String>);

    /// What it makes of the entries of one node.
    fn exposed(provider: &Capabilities, entries: &str) -> Vec<Exposed> {
        let text = format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{entries}]}}\n");
        let (_, source, _) = text::read("l", text.into_bytes(), &Environment::default());
        let source = source.unwrap();
        let (tree, _) = syntax::parse(&source);
        let tree = tree.unwrap();
        let (topology, _) = model::build(&tree, &source);
        let (lab, _) = resolve(&topology, &source, &Conventions::default());
        let host_names = HostNames { domain: "example.net".parse().ok(), ..HostNames::default() };
        let options = ExposeOptions { host_names, ..ExposeOptions::default() };
        let exposures = exposures(&lab, provider, &options, &AccountLimits::default());
        let named: Vec<_> = exposures.all.iter().map(|exposure| (exposure, exposures.name(exposure))).collect();
        let named: Vec<_> = named.iter().map(|(exposure, name)| (*exposure, name.as_str())).collect();
        let ports = exposures.ports(&named);
        let exposed = exposures.all.iter().zip(ports).map(|(exposure, port)| {
            let reasons = exposure.refusals.iter().map(|refusal| format!("{refusal:?}"));
            let way = exposure.way.map(|way| way.carriage);
            (way, exposures.host_name(exposure), port.is_some(), reasons.collect())
        });
        exposed.collect()
    }

    #[test]
    fn a_type_is_carried_in_one_way_with_an_acl_and_in_another_without() {
        let name = || Some("r1-22.example.net".to_owned());
        let exposed = |entries| exposed(&PROVIDER, entries);
        assert_eq!(exposed("tcp/22/a@b.com"), [(Some(Carriage::ClientRequired), name(), false, vec![])]);
        assert_eq!(exposed("tcp/22"), [(Some(Carriage::Raw), None, true, vec![])]);
        // An acl is enforced by the way that has one, or the entry is refused; it is never carried in the other way.
        assert_eq!(exposed("tcp/22/b.com")[0].3, ["Entry([AclNotEnforced([0])])"]);
        assert_eq!(exposed("tls/22"), [(None, None, false, vec!["Entry([TypeNotCarried])".to_owned()])]);
        assert_eq!(exposed("tls/22/a@b.com")[0].0, Some(Carriage::Native));
        assert_eq!(exposed("udp/22")[0].3, ["Entry([TypeNotCarried])"]);
    }

    #[test]
    fn one_entry_does_not_open_what_another_restricts() {
        let exposed = exposed(&PROVIDER, "tcp/22/a@b.com, tls/22/a@b.com, tcp/80, tcp/80");
        let reasons: Vec<_> = exposed.into_iter().map(|(.., reasons)| reasons).collect();
        assert_eq!(reasons[..2], [Vec::<String>::new(), Vec::new()]);
        assert_eq!(reasons[2], ["Duplicate", "SameName(None)"]);
        assert_eq!(reasons[3], ["Duplicate", "SameName(None)"]);
    }
}
