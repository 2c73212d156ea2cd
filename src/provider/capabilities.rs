use super::own_domain;
use super::{
    Audience, Carried, DefaultImage, DomainRefusal, ExposeOptions, Ingress, Naming, OwnDomain, ProxyUse, RelayPorts,
    Setting, Subscription,
};
use crate::base::{AccountClass, Acl, AclKind, SocketType};

/// Everything that is known about a provider before a topology is read, in groups. Where it is shown, it is taken apart without
/// `..`, so that no fact is forgotten.
#[derive(Debug)]
pub struct Capabilities {
    /// The name for `--provider`. None for the rules of containerlab's documentation, which apply while no provider is
    /// selected.
    pub name: Option<&'static str>,
    /// How it names sockets.
    pub(crate) naming: Naming,
    /// The lab names that it accepts, with a description. None if it accepts all of them.
    pub(crate) lab_name: Option<LabName>,
    /// The types that it carries, in alphabetical order, and how. It rejects other types.
    pub(crate) carries: &'static [Carried],
    /// Who is let in.
    pub(crate) access: Access,
    /// What the account is needed for, and what it allows.
    pub(crate) account: Account,
    /// The node that runs its client in topologies of old.
    pub(crate) node: LegacyNode,
    /// Whether sockets are reached through a relay of the user's own, and the ports of sockets.
    pub(crate) relay: RelayUse,
    /// The settings and flags that its client uses.
    pub(crate) reads: Reads,
    /// What else to know.
    pub(crate) about: About,
}

/// Who is let in by a provider.
#[derive(Debug)]
pub(crate) struct Access {
    /// Who may connect to a socket whose entry has no acl.
    pub(crate) without_acl: Audience,
    /// tcp with an acl becomes tls, because a visitor can only be identified inside TLS (spec/entries.md#rewritten-types).
    pub(crate) identity_tcp_becomes_tls: bool,
    /// A domain in an acl must be the account's own. None if it enforces any domain.
    pub(crate) own_domain: Option<OwnDomain>,
    /// The items of an acl that its files can name exactly. None if they can name all of them.
    pub(crate) exact: Option<ExactItems>,
    /// Everything that a socket carries is encrypted between its client and the visitor's program.
    pub(crate) encrypts: bool,
}

/// The items of an acl that a provider's files can name exactly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactItems {
    /// Whether an item is one of them.
    pub(crate) is_one: fn(&str) -> bool,
    /// What they consist of, as text.
    pub(crate) expected: &'static str,
}

/// What an account with a provider is needed for, and what it allows.
#[derive(Debug)]
pub(crate) struct Account {
    /// Publishing needs an account with the provider.
    pub(crate) is_needed: bool,
    /// How many sockets an account may have at once.
    pub(crate) limits: &'static [Limit],
    /// The hostnames that a free account may have.
    pub(crate) free_names: FreeNames,
    /// How many people may log in per month with a free account. None if there is no limit.
    pub(crate) free_people: Option<usize>,
    /// Without a domain of the user's, sockets with [`Ingress::HostName`] get names from the provider.
    pub(crate) gives_domain: bool,
    /// What the account needs before any http or https socket is served, as text.
    pub(crate) pages_need: Option<&'static str>,
}

/// The node of a topology that ran the provider's client, before containerlab 0.62.
#[derive(Debug)]
pub(crate) struct LegacyNode {
    /// Its kind. None if there was no such node.
    pub(crate) kind: Option<&'static str>,
    /// In a topology with it, every item of an acl is a policy name (spec/entries.md#items-of-an-acl).
    pub(crate) makes_policies: bool,
    /// It must have an image.
    pub(crate) needs_image: bool,
    /// The bind mount that gives it its token.
    pub(crate) token: Option<TokenBind>,
    /// Its client reads the HTTP proxy in its `extras`.
    pub(crate) reads_proxy: bool,
}

/// Whether sockets are reached through a relay, and at which ports.
#[derive(Debug)]
pub(crate) struct RelayUse {
    /// Its sockets are reached through a relay that the user names.
    pub(crate) is_needed: bool,
    /// The ports that sockets with [`Ingress::Port`] may have. If empty, the user chooses the range.
    pub(crate) only_ports: &'static [u16],
    /// Every socket has a port of the relay; one that visitors reach in another way, on its loopback interface.
    pub(crate) has_all_ports: bool,
    /// Labels below the domain that the relay uses itself.
    pub(crate) own_labels: &'static [&'static str],
}

/// The settings and flags that a provider's client uses.
#[derive(Debug)]
pub(crate) struct Reads {
    /// Whether it can reach the service through an HTTP proxy.
    pub(crate) proxy: ProxyUse,
    /// The flags of `compile` that it uses in addition to its own and to those that all providers use, without their dashes.
    pub(crate) flags: &'static [&'static str],
    /// The settings that it has for itself. Their values reach its artifacts by [`Values::get`](super::Values::get).
    pub(crate) settings: &'static [Setting],
}

/// What else to know about a provider.
#[derive(Debug)]
pub(crate) struct About {
    /// The images that its compose.yaml runs or builds on.
    pub(crate) images: &'static [DefaultImage],
    /// Secrets that its client needs at run time and that are in no generated file.
    pub(crate) secrets: &'static [Secret],
    /// What has been run for real, as text: the generated files against the real program, or against a stand-in.
    pub(crate) tried: &'static str,
    /// How its sockets look from outside, to `verify`, as text. For the sources, see spec/providers.md#how-to-read-this-page.
    pub(crate) from_outside: &'static str,
    /// Something else to know before selecting it, as one sentence.
    pub(crate) note: Option<&'static str>,
    /// Why it no longer works, if so: "was shut down in 2022".
    pub(crate) shut_down: Option<&'static str>,
}

/// The hostnames that a free account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FreeNames {
    /// Any name.
    Any,
    /// One label below the registered domain, because its certificates cover no more.
    Flat,
    /// Only the domain itself.
    DomainOnly,
}

/// A secret, named by where it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    /// What it is, as text.
    pub(crate) what: &'static str,
    /// The environment variable or the file that has it, as text.
    pub(crate) found: &'static str,
}

/// The most sockets that an account may have at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The class of sockets that count. None if all of them do.
    pub(crate) class: Option<AccountClass>,
    /// The most that there may be.
    pub(crate) most: usize,
    /// Where the number comes from, as text.
    pub(crate) source: &'static str,
    /// It applies to free accounts only.
    pub(crate) is_free_only: bool,
}

impl Limit {
    /// A limit of one class that applies to every account.
    #[must_use]
    pub(crate) const fn of(class: AccountClass, most: usize, source: &'static str) -> Self {
        Self { class: Some(class), most, source, is_free_only: false }
    }

    /// `5 tcp-based`, `3 in all`.
    #[must_use]
    pub(crate) fn words(&self) -> String {
        match self.class {
            Some(class) => format!("{} {}-based", self.most, class.word()),
            None => format!("{} in total", self.most),
        }
    }
}

/// A file that the tunnel node must find in its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenBind {
    /// Its path in the container.
    pub(crate) destination: &'static str,
    /// Its usual path on the host, for the help of a finding.
    pub(crate) usual_source: &'static str,
}

/// The lab names that a provider accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabName {
    /// Whether it accepts a name.
    pub(crate) is_taken: fn(&str) -> bool,
    /// What it accepts, as text.
    pub(crate) expected: &'static str,
}

impl Access {
    pub(crate) const UNKNOWN: Self = Self {
        without_acl: Audience::Nobody,
        identity_tcp_becomes_tls: false,
        own_domain: None,
        exact: None,
        encrypts: false,
    };
}

impl Account {
    pub(crate) const UNKNOWN: Self = Self {
        is_needed: false,
        limits: &[],
        free_names: FreeNames::Any,
        free_people: None,
        gives_domain: false,
        pages_need: None,
    };
}

impl LegacyNode {
    pub(crate) const UNKNOWN: Self =
        Self { kind: None, makes_policies: false, needs_image: false, token: None, reads_proxy: false };
}

impl RelayUse {
    pub(crate) const UNKNOWN: Self = Self { is_needed: false, only_ports: &[], has_all_ports: false, own_labels: &[] };
}

impl Reads {
    pub(crate) const UNKNOWN: Self = Self { proxy: ProxyUse::No, flags: &[], settings: &[] };
}

impl About {
    pub(crate) const UNKNOWN: Self =
        Self { images: &[], secrets: &[], tried: "", from_outside: "", note: None, shut_down: None };
}

impl Capabilities {
    /// A provider about which nothing is known: it carries nothing, and nobody may connect. Change the fields that differ.
    pub(crate) const UNKNOWN: Self = Self {
        name: None,
        naming: Naming::Container,
        lab_name: None,
        carries: &[],
        access: Access::UNKNOWN,
        account: Account::UNKNOWN,
        node: LegacyNode::UNKNOWN,
        relay: RelayUse::UNKNOWN,
        reads: Reads::UNKNOWN,
        about: About::UNKNOWN,
    };

    /// Why it does not enforce `domain` in an acl, although it enforces domains. None if it does.
    #[must_use]
    pub(crate) fn refuses_domain(&self, expose_options: &ExposeOptions, domain: &str) -> Option<DomainRefusal> {
        let own = self.access.own_domain.as_ref()?;
        own_domain::refusal(expose_options.settings.get(&own.setting).as_ref(), domain)
    }

    /// How it carries an entry of a type, which is the type after its rewrite, with an acl or without one. None if it does not.
    #[must_use]
    pub(crate) fn way(&self, effective_type: SocketType, has_acl: bool) -> Option<&'static Carried> {
        self.ways(effective_type).find(|carried| carried.applies.covers(has_acl))
    }

    /// Every way in which it carries a type, with an acl or without one.
    pub(crate) fn ways(&self, socket_type: SocketType) -> impl Iterator<Item = &'static Carried> + use<> {
        self.carries.iter().filter(move |carried| carried.socket_type == socket_type)
    }

    /// Whether it enforces acl items of this kind for at least one type: everyone else is kept out.
    #[must_use]
    pub(crate) fn enforces(&self, kind: AclKind) -> bool {
        self.carries.iter().any(|carried| carried.enforces.contains(&kind))
    }

    /// The type that a socket has after the provider's rewrite.
    #[must_use]
    pub(crate) fn effective_type(&self, written: SocketType, has_acl: bool) -> SocketType {
        if self.access.identity_tcp_becomes_tls && has_acl && written == SocketType::Tcp {
            SocketType::Tls
        } else {
            written
        }
    }

    /// Who may connect to a socket with this acl.
    #[must_use]
    pub(crate) fn audience(&self, acl: &Acl) -> Audience {
        if acl.is_empty() { self.access.without_acl.clone() } else { Audience::Named(acl.clone()) }
    }

    /// Whether anyone on the Internet may use a socket with this acl: then [`audience`](Self::audience) is [`Audience::Anyone`].
    #[must_use]
    pub(crate) fn opens_to_anyone(&self, acl: &Acl) -> bool {
        acl.is_empty() && self.access.without_acl == Audience::Anyone
    }

    /// The most sockets of a class, or of all classes for None. None if there is no limit.
    #[must_use]
    pub(crate) fn limit(&self, class: Option<AccountClass>, subscription: Subscription) -> Option<Limit> {
        let holds = |limit: &Limit| !limit.is_free_only || subscription == Subscription::Free;
        self.account.limits.iter().copied().find(|limit| limit.class == class && holds(limit))
    }

    /// The ports that its sockets may have.
    #[must_use]
    pub(crate) fn ports(&self, expose_options: &ExposeOptions) -> RelayPorts {
        if self.relay.only_ports.is_empty() {
            expose_options.relay_ports
        } else {
            RelayPorts::Only(self.relay.only_ports)
        }
    }

    /// Whether a socket that visitors reach in this way has a port.
    #[must_use]
    pub(crate) fn has_port(&self, ingress: Ingress) -> bool {
        self.relay.has_all_ports || ingress == Ingress::Port
    }

    /// Whether visitors reach any type that it carries in this way.
    #[must_use]
    pub(crate) fn has_ingress(&self, ingress: Ingress) -> bool {
        self.carries.iter().any(|carried| carried.ingress == ingress)
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.name.unwrap_or("the documentation")
    }
}
