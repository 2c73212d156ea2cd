use serde::Serialize;

use super::Audience;
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
    /// Its client reaches the service through an HTTP proxy, if it is told one.
    pub takes_proxy: bool,
    /// What lab names it takes, beside the words that say so.
    pub lab_name: Option<LabName>,
    /// Its sockets are ports of a relay that the user names: each needs one of its own.
    pub relay: bool,
    /// The images that its compose file runs or builds on.
    pub images: &'static [&'static str],
    /// What its client must have at run time and no generated file holds.
    pub secrets: &'static [Secret],
    /// What of it has been run, in words: the artifacts against the real program, or nothing but text.
    pub tried: &'static str,
    /// What else to know before choosing it, in a sentence.
    pub note: Option<&'static str>,
    /// Why it no longer works, if it does not: "was shut down in 2022".
    pub shut_down: Option<&'static str>,
}

/// A type that a provider carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Which one, after the provider's own rewrite.
    pub socket_type: SocketType,
    /// How it reaches the visitor.
    pub carriage: Carriage,
    /// The words of an acl that the provider enforces for it. Any other word is refused.
    pub enforces: &'static [AclKind],
}

/// How a type reaches the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Carriage {
    /// As what it is; by a name of its own where the type has names.
    Native,
    /// As a plain port of the relay: no name, no certificate for it.
    Raw,
    /// By name, with a client program that the visitor needs.
    Visitor,
}

/// Something that must be kept from everyone else, named by where it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is, in words.
    pub what: &'static str,
    /// The environment variable or the file that holds it.
    pub found: &'static str,
}

/// The most sockets of one class that an account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which sockets count.
    pub class: AccountClass,
    /// How many there may be.
    pub most: usize,
    /// Where the number comes from, in words.
    pub source: &'static str,
}

/// How a provider names the socket of an entry (semantics.md, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `clab-<node>-<type>-<port>`
    Node,
    /// `<container>-<type>-<port>`
    Container,
    /// `<container>-<type>-<port>` in lower case, with `.`, space and `_` as `-`.
    FoldedContainer,
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
        match self.naming {
            Naming::Node => format!("clab-{node}-{effective_type}-{port}"),
            Naming::Container => format!("{container}-{effective_type}-{port}"),
            Naming::FoldedContainer => {
                format!("{container}-{effective_type}-{port}").to_lowercase().replace(['.', ' ', '_'], "-")
            }
        }
    }

    /// The most sockets of a class; none where there is no limit.
    #[must_use]
    pub fn limit(&self, class: AccountClass) -> Option<Limit> {
        self.limits.iter().copied().find(|limit| limit.class == class)
    }

    /// The name in a sentence.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.name.unwrap_or("the documentation")
    }
}
