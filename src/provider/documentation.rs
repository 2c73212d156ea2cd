use super::{Access, Account, Audience, Capabilities, Carried, Limit, Naming};
use crate::base::{AccountClass, AclKind, SocketType};

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];

/// What containerlab's documentation promised. It applies while no provider is selected (spec/limits.md#two-classes-of-sockets).
pub(crate) const DOCUMENTATION: Capabilities = Capabilities {
    carries: &[
        Carried::new(SocketType::Http).for_whom(IDENTITIES),
        Carried::new(SocketType::Https).for_whom(IDENTITIES),
        Carried::new(SocketType::Tcp).for_whom(IDENTITIES),
        Carried::new(SocketType::Tls).for_whom(IDENTITIES),
    ],
    naming: Naming::Node,
    access: Access { identity_tcp_becomes_tls: true, without_acl: Audience::Anyone, ..Access::UNKNOWN },
    account: Account {
        limits: &[
            Limit::of(AccountClass::Tcp, 5, "a regular account in containerlab's documentation"),
            Limit::of(AccountClass::Http, 10, "a regular account in containerlab's documentation"),
        ],
        ..Account::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};
