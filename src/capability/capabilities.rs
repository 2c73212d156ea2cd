use super::own_domain;
use super::{
    Audience, Carried, DefaultImage, DomainRefusal, Entrance, Named, Naming, Need, OwnDomain, ProxyUse, RelayPorts,
    Subscription, Terms, dns_safe,
};
use crate::base::{AccountClass, Acl, AclKind, SocketType};

/// Everything that is known of a provider before a topology is read.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts about a provider, not states of it
pub struct Capabilities {
    /// The name for `--provider`; none for the rules of the documentation, which hold while no provider is chosen.
    pub name: Option<&'static str>,
    /// The types it carries, in alphabetical order. A type that is missing is refused.
    pub carries: &'static [Carried],
    /// In a topology with its tunnel node, every word of an acl is a policy name (semantics.md, section 4).
    pub node_makes_policies: bool,
    /// tcp with an acl becomes tls, because an identity is only known inside TLS (semantics.md, section 2).
    pub identity_tcp_becomes_tls: bool,
    /// Who may use a socket whose entry names nobody.
    pub without_acl: Audience,
    /// How it names sockets.
    pub naming: Naming,
    /// What a regular account may have at once.
    pub limits: &'static [Limit],
    /// The kind of the topology's node that runs its client, where it has one.
    pub tunnel_kind: Option<&'static str>,
    /// The topology's tunnel node must have an image.
    pub needs_image: bool,
    /// The bind by which the tunnel node gets its token.
    pub token_bind: Option<TokenBind>,
    /// The HTTP proxy in the tunnel node's `extras` is read.
    pub reads_proxy: bool,
    /// Whether its client reaches the service through an HTTP proxy, if it is told one.
    pub proxy: ProxyUse,
    /// What lab names it takes, beside the words that say so.
    pub lab_name: Option<LabName>,
    /// Its sockets lead through a relay that the user names.
    pub relay: bool,
    /// The ports that sockets with [`Entrance::Port`] may have; those of the user's own choice where it is empty.
    pub only_ports: &'static [u16],
    /// What host names a free account may have.
    pub free_names: FreeNames,
    /// Without a domain of the user's, sockets with [`Entrance::HostName`] get names of the provider's.
    pub has_own_domain: bool,
    /// A domain in an acl must be the account's own; none where any domain is enforced.
    pub own_domain: Option<OwnDomain>,
    /// What its sockets of http and https need of the account, without which no socket is served, in words.
    pub pages_need: Option<&'static str>,
    /// How many people may log in with a free account, in a month.
    pub free_people: Option<usize>,
    /// Whatever a socket carries is encrypted from its client to the visitor's program.
    pub encrypts: bool,
    /// Whoever publishes has an account there.
    pub needs_account: bool,
    /// The flags of `compile` that it reads beside those that all do, without their dashes.
    pub reads: &'static [&'static str],
    /// The images that its compose file runs or builds on.
    pub images: &'static [DefaultImage],
    /// What its client must have at run time and no generated file holds.
    pub secrets: &'static [Secret],
    /// What of it has been run, in words: the artifacts against the real program, or nothing but text.
    pub tried: &'static str,
    /// What else to know before choosing it, in a sentence.
    pub note: Option<&'static str>,
    /// Why it no longer works, if it does not: "was shut down in 2022".
    pub shut_down: Option<&'static str>,
}

/// What host names a free account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeNames {
    /// Any.
    Any,
    /// One label before the registered domain: its certificates cover no more.
    Flat,
    /// The domain itself, and none below it.
    DomainOnly,
}

/// Something that must be kept from everyone else, named by where it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is, in words.
    pub what: &'static str,
    /// The environment variable or the file that holds it.
    pub found: &'static str,
}

/// The most sockets that an account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which sockets count; none is all of them.
    pub class: Option<AccountClass>,
    /// How many there may be.
    pub most: usize,
    /// Where the number comes from, in words.
    pub source: &'static str,
    /// It holds for free accounts only.
    pub is_free_only: bool,
}

impl Limit {
    /// Of one class, for every account.
    #[must_use]
    pub const fn of(class: AccountClass, most: usize, source: &'static str) -> Self {
        Self { class: Some(class), most, source, is_free_only: false }
    }

    /// `5 tcp-based`, `3 in all`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.class {
            Some(class) => format!("{} {}-based", self.most, class.word()),
            None => format!("{} in total", self.most),
        }
    }
}

/// A file that the tunnel node must find inside its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBind {
    /// The path in the container.
    pub destination: &'static str,
    /// The usual path on the host, for the way out.
    pub usual_source: &'static str,
}

/// What a provider takes for a lab's name.
#[derive(Clone, Copy, Debug)]
pub struct LabName {
    /// Whether a name is taken.
    pub is_taken: fn(&str) -> bool,
    /// What it takes, in words.
    pub expected: &'static str,
}

impl Capabilities {
    /// A provider of which nothing is known but its name: it carries nothing, and nobody may use it. Change what differs.
    pub(crate) const UNKNOWN: Self = Self {
        name: None,
        carries: &[],
        node_makes_policies: false,
        identity_tcp_becomes_tls: false,
        without_acl: Audience::Nobody,
        naming: Naming::Container,
        limits: &[],
        tunnel_kind: None,
        needs_image: false,
        token_bind: None,
        reads_proxy: false,
        proxy: ProxyUse::No,
        lab_name: None,
        relay: false,
        only_ports: &[],
        free_names: FreeNames::Any,
        has_own_domain: false,
        own_domain: None,
        pages_need: None,
        free_people: None,
        encrypts: false,
        needs_account: false,
        reads: &[],
        images: &[],
        secrets: &[],
        tried: "",
        note: None,
        shut_down: None,
    };

    /// Whether an entry can be compiled for it: the type is carried and every word of the acl is enforced. While no
    /// provider is chosen nothing is compiled, and everything can be shown.
    #[must_use]
    pub fn takes(&self, written: SocketType, acl: &Acl) -> bool {
        let effective = self.effective_type(written, !acl.is_empty());
        self.name.is_none()
            || self.carried(effective).is_some_and(|carried| {
                (acl.emails.is_empty() || carried.enforces.contains(&AclKind::Email))
                    && (acl.domains.is_empty() || carried.enforces.contains(&AclKind::Domain))
                    && (acl.policies.is_empty() || carried.enforces.contains(&AclKind::Policy))
            })
    }

    /// Why it does not enforce `domain` in an acl, although it enforces domains; none where it does.
    #[must_use]
    pub fn refuses_domain(&self, terms: &Terms, domain: &str) -> Option<DomainRefusal> {
        self.own_domain.and_then(|_| own_domain::refusal(terms.own_domain.as_ref(), domain))
    }

    /// How it carries a type; none where it does not.
    #[must_use]
    pub fn carried(&self, socket_type: SocketType) -> Option<&'static Carried> {
        self.carries.iter().find(|carried| carried.socket_type == socket_type)
    }

    /// Whether it keeps everyone out whom a word of this kind does not name, for at least one type.
    #[must_use]
    pub fn enforces(&self, kind: AclKind) -> bool {
        self.carries.iter().any(|carried| carried.enforces.contains(&kind))
    }

    /// The type that an entry really gets.
    #[must_use]
    pub fn effective_type(&self, written: SocketType, has_acl: bool) -> SocketType {
        if self.identity_tcp_becomes_tls && has_acl && written == SocketType::Tcp { SocketType::Tls } else { written }
    }

    /// Who may use a socket with this acl.
    #[must_use]
    pub fn audience(&self, acl: &Acl) -> Audience {
        if acl.is_empty() { self.without_acl.clone() } else { Audience::Named(acl.clone()) }
    }

    /// The socket's name at the provider, of the effective type.
    #[must_use]
    pub fn socket_name(&self, node: &str, container: &str, effective_type: SocketType, port: u16) -> String {
        self.joined_name(node, &self.naming.folded(container), effective_type, &port.to_string())
    }

    /// The same of words that are [`folded`](Naming::folded) already, or that messages are to show as they are.
    #[must_use]
    pub fn joined_name(&self, node: &str, container: &str, effective_type: SocketType, port: &str) -> String {
        format!("{}-{effective_type}-{port}", self.naming.owner(node, container))
    }

    /// What the names of a node's sockets begin with. Types and ports hold no `-`: names are the same where this, the type and
    /// the port are.
    #[must_use]
    pub fn socket_owner(&self, node: &str, container: &str) -> String {
        self.naming.owner(node, &self.naming.folded(container))
    }

    /// The most sockets of a class, or of all; none where there is no limit.
    #[must_use]
    pub fn limit(&self, class: Option<AccountClass>, subscription: Subscription) -> Option<Limit> {
        let holds = |limit: &Limit| !limit.is_free_only || subscription == Subscription::Free;
        self.limits.iter().copied().find(|limit| limit.class == class && holds(limit))
    }

    /// Whether a type is carried with an account of this kind.
    #[must_use]
    pub fn affords(&self, socket_type: SocketType, subscription: Subscription) -> bool {
        let needs = self.carried(socket_type).and_then(|carried| carried.needs);
        needs != Some(Need::PaidPlan) || subscription == Subscription::Paid
    }

    /// The ports that its sockets may have.
    #[must_use]
    pub fn ports(&self, terms: &Terms) -> RelayPorts {
        if self.only_ports.is_empty() { terms.relay_ports } else { RelayPorts::Only(self.only_ports) }
    }

    /// The port of each socket, by its effective type and its name, in their order; none where it has none of its own, where
    /// all are taken, and where its pin is none of them.
    #[must_use]
    pub fn assign_ports(&self, terms: &Terms, sockets: &[(SocketType, &str)]) -> Vec<Option<u16>> {
        let has_port = |socket_type| self.entrance(socket_type) == Entrance::Port;
        let names = sockets.iter().filter(|(socket_type, _)| has_port(*socket_type)).map(|(_, name)| *name);
        let mut ports = self.ports(terms).assign(names, &terms.pins).into_iter();
        let mut next = |has_port: bool| if has_port { ports.next().flatten() } else { None };
        sockets.iter().map(|(socket_type, _)| next(has_port(*socket_type))).collect()
    }

    /// Where visitors of a type come in.
    #[must_use]
    pub fn entrance(&self, socket_type: SocketType) -> Entrance {
        self.carried(socket_type).map_or(Entrance::Given, |carried| carried.entrance)
    }

    /// Whether visitors of any type that it carries come in there.
    #[must_use]
    pub fn has_entrance(&self, entrance: Entrance) -> bool {
        self.carries.iter().any(|carried| carried.entrance == entrance)
    }

    /// The host name of a socket, of the effective type; none where the type has none, or where no domain was said.
    #[must_use]
    pub fn host_name(
        &self,
        terms: &Terms,
        lab: &str,
        node: &str,
        effective_type: SocketType,
        port: u16,
    ) -> Option<String> {
        self.joined_host_name(terms, &dns_safe(lab), &dns_safe(node), effective_type, &port.to_string())
    }

    /// The same of words that are [`dns_safe`] already, or that messages are to show as they are.
    #[must_use]
    pub fn joined_host_name(
        &self,
        terms: &Terms,
        lab: &str,
        node: &str,
        effective_type: SocketType,
        port: &str,
    ) -> Option<String> {
        let has_name = self.entrance(effective_type) == Entrance::HostName;
        let named = Named { lab, node, socket_type: effective_type.word(), port };
        terms.host_names.of(&named).filter(|_| has_name)
    }

    /// The name in a sentence.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.name.unwrap_or("the documentation")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tcp becomes with an acl is what must be carried, and must enforce it.
    #[test]
    fn an_entry_is_taken_as_what_it_becomes() {
        const CARRIES: &[Carried] =
            &[Carried::new(SocketType::Tcp), Carried::new(SocketType::Tls).for_whom(&[AclKind::Email])];
        let provider = Capabilities {
            name: Some("provider"),
            carries: CARRIES,
            identity_tcp_becomes_tls: true,
            ..Capabilities::UNKNOWN
        };
        let acl = Acl { emails: vec!["a@b.com".to_owned()], ..Acl::default() };
        assert!(provider.takes(SocketType::Tcp, &acl) && provider.takes(SocketType::Tcp, &Acl::default()));
        let as_it_is = Capabilities { identity_tcp_becomes_tls: false, ..provider };
        assert!(!as_it_is.takes(SocketType::Tcp, &acl));
    }
}
