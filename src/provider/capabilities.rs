use super::own_domain;
use super::{
    Audience, Carried, DefaultImage, DomainRefusal, ExposeOptions, Ingress, Naming, OwnDomain, ProxyUse, RelayPorts,
    Setting, Subscription,
};
use crate::base::{AccountClass, Acl, AclKind, SocketType};

/// Everything that is known about a provider before a topology is read.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts about a provider, not states of it
pub struct Capabilities {
    /// The name for `--provider`. None for the rules of containerlab's documentation, which apply while no provider is
    /// selected.
    pub name: Option<&'static str>,
    /// The types that it carries, in alphabetical order. It rejects other types.
    pub(crate) carries: &'static [Carried],
    /// In a topology with its tunnel node, every item of an acl is a policy name (spec/entries.md#items-of-an-acl).
    pub(crate) node_makes_policies: bool,
    /// tcp with an acl becomes tls, because a visitor can only be identified inside TLS (spec/entries.md#rewritten-types).
    pub(crate) identity_tcp_becomes_tls: bool,
    /// Who may connect to a socket whose entry has no acl.
    pub(crate) without_acl: Audience,
    /// How it names sockets.
    pub(crate) naming: Naming,
    /// How many sockets a regular account may have at once.
    pub(crate) limits: &'static [Limit],
    /// The kind of the topology's node that runs its client, if it has one.
    pub(crate) tunnel_kind: Option<&'static str>,
    /// The topology's tunnel node must have an image.
    pub(crate) needs_image: bool,
    /// The bind mount that gives the tunnel node its token.
    pub(crate) token_bind: Option<TokenBind>,
    /// It reads the HTTP proxy in the tunnel node's `extras`.
    pub(crate) reads_proxy: bool,
    /// Whether its client can reach the service through an HTTP proxy.
    pub(crate) proxy: ProxyUse,
    /// The lab names that it accepts, with a description.
    pub(crate) lab_name: Option<LabName>,
    /// Its sockets are reached through a relay that the user names.
    pub(crate) relay: bool,
    /// The ports that sockets with [`Ingress::Port`] may have. If empty, the user chooses the range.
    pub(crate) only_ports: &'static [u16],
    /// The hostnames that a free account may have.
    pub(crate) free_names: FreeNames,
    /// Without a domain of the user's, sockets with [`Ingress::HostName`] get names from the provider.
    pub(crate) has_own_domain: bool,
    /// A domain in an acl must be the account's own. None if it enforces any domain.
    pub(crate) own_domain: Option<OwnDomain>,
    /// What the account needs before any http or https socket is served, as text.
    pub(crate) pages_need: Option<&'static str>,
    /// How many people may log in per month with a free account.
    pub(crate) free_people: Option<usize>,
    /// Everything that a socket carries is encrypted between its client and the visitor's program.
    pub(crate) encrypts: bool,
    /// Publishing needs an account with the provider.
    pub(crate) needs_account: bool,
    /// The flags of `compile` that it uses in addition to its own and to those that all providers use, without their dashes.
    pub(crate) reads: &'static [&'static str],
    /// The settings that it has for itself. Their values reach its artifacts by [`Values::get`](super::Values::get).
    pub(crate) settings: &'static [Setting],
    /// The images that its compose.yaml runs or builds on.
    pub(crate) images: &'static [DefaultImage],
    /// Secrets that its client needs at run time and that are in no generated file.
    pub(crate) secrets: &'static [Secret],
    /// What has been run for real, as text: the generated files against the real program, or against a stand-in.
    pub(crate) tried: &'static str,
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

impl Capabilities {
    /// A provider about which nothing is known: it carries nothing, and nobody may connect. Change the fields that differ.
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
        settings: &[],
        images: &[],
        secrets: &[],
        tried: "",
        note: None,
        shut_down: None,
    };

    /// Why it does not enforce `domain` in an acl, although it enforces domains. None if it does.
    #[must_use]
    pub(crate) fn refuses_domain(&self, expose_options: &ExposeOptions, domain: &str) -> Option<DomainRefusal> {
        let own = self.own_domain.as_ref()?;
        own_domain::refusal(expose_options.settings.get(&own.setting).as_ref(), domain)
    }

    /// How it carries entries of a type, which is the type after its rewrite. None if it does not.
    #[must_use]
    pub(crate) fn way(&self, effective_type: SocketType) -> Option<&'static Carried> {
        self.carries.iter().find(|carried| carried.socket_type == effective_type)
    }

    /// Whether it enforces acl items of this kind for at least one type: everyone else is kept out.
    #[must_use]
    pub(crate) fn enforces(&self, kind: AclKind) -> bool {
        self.carries.iter().any(|carried| carried.enforces.contains(&kind))
    }

    /// The type that a socket has after the provider's rewrite.
    #[must_use]
    pub(crate) fn effective_type(&self, written: SocketType, has_acl: bool) -> SocketType {
        if self.identity_tcp_becomes_tls && has_acl && written == SocketType::Tcp { SocketType::Tls } else { written }
    }

    /// Who may connect to a socket with this acl.
    #[must_use]
    pub(crate) fn audience(&self, acl: &Acl) -> Audience {
        if acl.is_empty() { self.without_acl.clone() } else { Audience::Named(acl.clone()) }
    }

    /// Whether anyone on the Internet may use a socket with this acl: then [`audience`](Self::audience) is [`Audience::Anyone`].
    #[must_use]
    pub(crate) fn opens_to_anyone(&self, acl: &Acl) -> bool {
        acl.is_empty() && self.without_acl == Audience::Anyone
    }

    /// The most sockets of a class, or of all classes for None. None if there is no limit.
    #[must_use]
    pub(crate) fn limit(&self, class: Option<AccountClass>, subscription: Subscription) -> Option<Limit> {
        let holds = |limit: &Limit| !limit.is_free_only || subscription == Subscription::Free;
        self.limits.iter().copied().find(|limit| limit.class == class && holds(limit))
    }

    /// The ports that its sockets may have.
    #[must_use]
    pub(crate) fn ports(&self, expose_options: &ExposeOptions) -> RelayPorts {
        if self.only_ports.is_empty() { expose_options.relay_ports } else { RelayPorts::Only(self.only_ports) }
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
