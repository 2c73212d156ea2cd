use super::{Audience, Capabilities, Carriage, Carried, Limit, Naming};
use crate::base::{AccountClass, AclKind, SocketType};

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];

/// What containerlab's documentation promised, which holds while no provider is chosen (semantics.md, sections 2, 5 and 6).
pub(crate) const DOCUMENTATION: Capabilities = Capabilities {
    name: None,
    carries: &[
        Carried { socket_type: SocketType::Http, carriage: Carriage::Native, enforces: IDENTITIES },
        Carried { socket_type: SocketType::Https, carriage: Carriage::Native, enforces: IDENTITIES },
        Carried { socket_type: SocketType::Tcp, carriage: Carriage::Native, enforces: IDENTITIES },
        Carried { socket_type: SocketType::Tls, carriage: Carriage::Native, enforces: IDENTITIES },
    ],
    node_makes_policies: false,
    identity_tcp_becomes_tls: true,
    without_acl: Audience::Anyone,
    naming: Naming::Node,
    limits: &[
        Limit { class: AccountClass::Tcp, most: 5, source: "a regular account of the documentation" },
        Limit { class: AccountClass::Http, most: 10, source: "a regular account of the documentation" },
    ],
    tunnel_kind: None,
    needs_image: false,
    token_bind: None,
    reads_proxy: false,
    takes_proxy: false,
    lab_name: None,
    relay: false,
    images: &[],
    secrets: &[],
    tried: "",
    note: None,
    shut_down: None,
};
