//! mysocketio (semantics.md, section 6; providers.md): the provider that containerlab began with.

use crate::base::{AccountClass, AclKind, SocketType};
use crate::capability::{Audience, Capabilities, Carriage, Limit, Naming, TokenBind};

pub(super) const CAPABILITIES: Capabilities = Capabilities {
    name: Some("mysocketio"),
    carries: &[
        (SocketType::Http, Carriage::Native),
        (SocketType::Https, Carriage::Native),
        (SocketType::Tcp, Carriage::Native),
        (SocketType::Tls, Carriage::Native),
    ],
    enforces: &[AclKind::Email, AclKind::Domain],
    node_makes_policies: false,
    identity_tcp_becomes_tls: true,
    without_acl: Audience::Anyone,
    naming: Naming::Node,
    limits: &[
        Limit { class: AccountClass::Tcp, most: 5, source: "a regular mysocketio account" },
        Limit { class: AccountClass::Http, most: 10, source: "a regular mysocketio account" },
    ],
    tunnel_kind: Some("mysocketio"),
    needs_image: true,
    token_bind: Some(TokenBind { destination: "/root/.mysocketio_token", usual_source: ".mysocketio_token" }),
    reads_proxy: true,
    lab_name: None,
    shut_down: Some("was shut down in 2022"),
};
