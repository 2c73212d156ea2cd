use serde::Serialize;

use super::Subscription;
use crate::base::{AclKind, SocketType};

/// A way in which a provider carries a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The type, after the provider's own rewrite.
    pub(crate) socket_type: SocketType,
    /// The entries of the type that it carries in this way.
    pub(crate) applies: Applies,
    /// How it reaches visitors.
    pub(crate) carriage: Carriage,
    /// The kinds of acl items that the provider enforces for it. It rejects the others.
    pub(crate) enforces: &'static [AclKind],
    /// How visitors reach it.
    pub(crate) ingress: Ingress,
    /// How it finds out who a visitor of a socket with an acl is. None if the provider's service decides.
    pub(crate) login: Option<Login>,
    /// What the account needs for it.
    pub(crate) needs: Option<Need>,
}

/// The entries that a provider carries in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applies {
    /// All of them.
    Always,
    /// Those with an acl.
    WithAcl,
    /// Those without one.
    WithoutAcl,
}

impl Applies {
    /// Whether it applies to an entry with an acl, or to one without.
    #[must_use]
    pub(crate) const fn covers(self, has_acl: bool) -> bool {
        match self {
            Self::Always => true,
            Self::WithAcl => has_acl,
            Self::WithoutAcl => !has_acl,
        }
    }
}

/// How visitors reach a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ingress {
    /// At an address that the provider tells once the tunnel is up.
    Given,
    /// At a port that belongs to one socket.
    Port,
    /// At a hostname under the user's domain that belongs to one socket.
    HostName,
    /// Through the sshd of the relay, with a certificate that names the visitor.
    Certificate,
}

/// How a provider finds out who a visitor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Login {
    /// The visitor logs in with a browser.
    Browser,
    /// The visitor's ssh shows a certificate.
    Certificate,
}

impl Login {
    /// After the people whom an entry names: `user@domain.com by browser login`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Browser => "by browser login",
            Self::Certificate => "by ssh certificate",
        }
    }
}

/// What an account needs for a type, besides existing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A payment card on file, although nothing is charged.
    Card,
    /// A paid tier.
    PaidPlan,
}

/// Whether a client can reach its service through an HTTP proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyUse {
    /// It cannot.
    No,
    /// It can.
    Yes,
    /// It can with a paid tier.
    PaidPlan,
}

impl Carried {
    /// A type that is carried natively, at an address that the provider tells, without enforcing any acl. Change the fields
    /// that differ.
    #[must_use]
    pub(crate) const fn new(socket_type: SocketType) -> Self {
        Self {
            socket_type,
            applies: Applies::Always,
            carriage: Carriage::Native,
            enforces: &[],
            ingress: Ingress::Given,
            login: None,
            needs: None,
        }
    }

    /// Sets the entries that are carried in this way.
    #[must_use]
    pub(crate) const fn only(self, applies: Applies) -> Self {
        Self { applies, ..self }
    }

    /// Whether an account of this tier may have it.
    #[must_use]
    pub(crate) fn is_afforded(&self, subscription: Subscription) -> bool {
        self.needs != Some(Need::PaidPlan) || subscription == Subscription::Paid
    }

    /// Sets the carriage.
    #[must_use]
    pub(crate) const fn by(self, carriage: Carriage) -> Self {
        Self { carriage, ..self }
    }

    /// Sets how visitors reach it.
    #[must_use]
    pub(crate) const fn at(self, ingress: Ingress) -> Self {
        Self { ingress, ..self }
    }

    /// Sets how it finds out who a visitor is.
    #[must_use]
    pub(crate) const fn by_login(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    /// Sets the kinds of acl items that are enforced.
    #[must_use]
    pub(crate) const fn for_whom(self, enforces: &'static [AclKind]) -> Self {
        Self { enforces, ..self }
    }

    /// Whether an SSH client can reach an SSH server through it: bytes are passed on unchanged, and not selected by a name
    /// inside TLS.
    #[must_use]
    pub(crate) fn leads_ssh(&self) -> bool {
        match self.socket_type {
            // The relay's sshd is a jump host itself.
            _ if self.ingress == Ingress::Certificate => false,
            SocketType::Tcp => true,
            SocketType::Tls => self.ingress != Ingress::HostName,
            // Otherwise it is a service of the provider's own, which cannot forward connections.
            SocketType::Ssh => self.carriage == Carriage::ClientRequired,
            SocketType::Http | SocketType::Https | SocketType::Udp => false,
        }
    }

    /// Sets what the account needs.
    #[must_use]
    pub(crate) const fn with(self, need: Need) -> Self {
        Self { needs: Some(need), ..self }
    }
}

/// How a type reaches visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Carriage {
    /// As the type that it is, with a hostname if the type has one.
    Native,
    /// As a plain port, without a hostname or certificate.
    Raw,
    /// By name, through a client program that visitors need.
    #[serde(rename = "visitor")]
    ClientRequired,
}
