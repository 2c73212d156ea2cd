use serde::Serialize;

use crate::base::{AclKind, SocketType};

/// A type that a provider carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Which one, after the provider's own rewrite.
    pub socket_type: SocketType,
    /// How it reaches the visitor.
    pub carriage: Carriage,
    /// The words of an acl that the provider enforces for it. Any other word is refused.
    pub enforces: &'static [AclKind],
    /// Where visitors come in.
    pub entrance: Entrance,
    /// What the account needs for it.
    pub needs: Option<Need>,
}

/// Where visitors come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// Where the provider says, once the tunnel stands.
    Given,
    /// At a port that belongs to the socket alone.
    Port,
    /// At a host name under the user's domain that belongs to the socket alone.
    HostName,
}

/// What an account needs beyond being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A payment card on record, though nothing is charged.
    Card,
    /// A plan that is paid for.
    PaidPlan,
}

/// Whether a client reaches its service through an HTTP proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyUse {
    /// It cannot.
    No,
    /// It can.
    Yes,
    /// It can, with an account that is paid for.
    PaidPlan,
}

impl Carried {
    /// Carried as what it is, at a place of the provider's choice, without knowing anyone; change what differs.
    #[must_use]
    pub const fn new(socket_type: SocketType) -> Self {
        Self { socket_type, carriage: Carriage::Native, enforces: &[], entrance: Entrance::Given, needs: None }
    }

    /// As a plain port, or with a client.
    #[must_use]
    pub const fn by(self, carriage: Carriage) -> Self {
        Self { carriage, ..self }
    }

    /// Where visitors come in.
    #[must_use]
    pub const fn at(self, entrance: Entrance) -> Self {
        Self { entrance, ..self }
    }

    /// The words of an acl that are enforced.
    #[must_use]
    pub const fn for_whom(self, enforces: &'static [AclKind]) -> Self {
        Self { enforces, ..self }
    }

    /// Whether an SSH client gets to an SSH server through it: bytes are passed on as they are, and not by a name inside TLS.
    #[must_use]
    pub fn leads_ssh(&self) -> bool {
        match self.socket_type {
            SocketType::Tcp => true,
            SocketType::Tls => self.entrance != Entrance::HostName,
            // A service of the provider's own otherwise, through which nothing can be forwarded.
            SocketType::Ssh => self.carriage == Carriage::Visitor,
            SocketType::Http | SocketType::Https | SocketType::Udp => false,
        }
    }

    /// What the account needs.
    #[must_use]
    pub const fn with(self, need: Need) -> Self {
        Self { needs: Some(need), ..self }
    }
}

/// How a type reaches the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Carriage {
    /// As what it is; by a name of its own where the type has names.
    Native,
    /// As a plain port: no name, no certificate for it.
    Raw,
    /// By name, with a client program that the visitor needs.
    Visitor,
}
