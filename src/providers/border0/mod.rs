//! border0 (semantics.md, section 6; providers.md): every socket is behind a policy or a list of people.

use crate::base::{AccountClass, AclKind, SocketType};
use crate::capability::{Audience, Capabilities, Carriage, LabName, Limit, Naming};

pub(super) const CAPABILITIES: Capabilities = Capabilities {
    name: Some("border0"),
    carries: &[
        (SocketType::Http, Carriage::Native),
        (SocketType::Https, Carriage::Native),
        (SocketType::Ssh, Carriage::Native),
        (SocketType::Tls, Carriage::Visitor),
    ],
    enforces: &[AclKind::Email, AclKind::Domain, AclKind::Policy],
    node_makes_policies: true,
    identity_tcp_becomes_tls: false,
    without_acl: Audience::Nobody,
    naming: Naming::FoldedContainer,
    limits: &[
        Limit { class: AccountClass::Tcp, most: 5, source: "a regular border0 account" },
        Limit { class: AccountClass::Http, most: 10, source: "a regular border0 account" },
    ],
    tunnel_kind: Some("border0"),
    needs_image: false,
    token_bind: None,
    reads_proxy: false,
    lab_name: Some(LabName {
        is_taken: is_connector_name,
        expected: "1 to 200 letters, digits and `-`, with no `-` at either end",
    }),
    shut_down: None,
};

/// The lab's name becomes the connector's.
fn is_connector_name(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric();
    (1..=200).contains(&name.len())
        && name.bytes().all(|byte| is_word(byte) || byte == b'-')
        && name.bytes().next().is_some_and(is_word)
        && name.bytes().next_back().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connector_name_is_a_dns_like_word() {
        for (name, is_taken) in [
            ("lab", true),
            ("a", true),
            ("my-lab2", true),
            ("my_lab", false),
            ("my.lab", false),
            ("-a", false),
            ("a-", false),
            ("", false),
        ] {
            assert_eq!(is_connector_name(name), is_taken, "{name}");
        }
        assert!(is_connector_name(&"a".repeat(200)) && !is_connector_name(&"a".repeat(201)));
    }
}
