//! border0 (spec/old-providers.md#border0): a policy or a list of people decides who may use each socket.

use super::script::{Client, scripts};
use super::template::{Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, JumpWay, Provider, Refusal, Request};
use crate::base::{AccountClass, AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Account, Audience, Capabilities, Carriage, Carried, DefaultImage, Key, LabName, LegacyNode, Limit,
    Naming, Secret,
};

/// The provider.
pub(super) struct Border0;

const EVERY_WORD: &[AclKind] = &[AclKind::Email, AclKind::Domain, AclKind::Policy];
/// A version that has the file of sockets; tags are made by `git describe --long` (`.github/workflows/build_and_release.yml` of
/// borderzero/border0-cli).
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image("images.border0", "Image of the border0 client.", r#""mirror.example.net/border0:1""#)),
    reference: "ghcr.io/borderzero/border0:v1.1-688-g33db4761",
    purpose: "the client",
};
const CLIENT: Client = Client { runtime: &[include_str!("client.sh")], lab: "" };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("border0"),
    carries: &[
        Carried::new(SocketType::Http).for_whom(EVERY_WORD),
        Carried::new(SocketType::Https).for_whom(EVERY_WORD),
        Carried::new(SocketType::Ssh).for_whom(EVERY_WORD),
        Carried::new(SocketType::Tls).by(Carriage::ClientRequired).for_whom(EVERY_WORD),
    ],
    naming: Naming::FoldedContainer,
    lab_name: Some(LabName {
        is_taken: is_connector_name,
        expected: "1 to 200 letters, digits, and `-`, with no `-` at either end",
    }),
    node: LegacyNode { makes_policies: true, kind: Some("border0"), ..LegacyNode::UNKNOWN },
    access: Access { without_acl: Audience::Nobody, ..Access::UNKNOWN },
    account: Account {
        limits: &[
            Limit::of(AccountClass::Tcp, 5, "a regular border0 account"),
            Limit::of(AccountClass::Http, 10, "a regular border0 account"),
        ],
        is_needed: true,
        ..Account::UNKNOWN
    },
    about: About {
        images: &[IMAGE],
        secrets: &[Secret {
            what: "a connector token",
            found: "`BORDER0_TOKEN` or `BORDER0_ADMIN_TOKEN`, or `~/.border0/token`",
        }],
        from_outside: "nothing can be told without border0's own client, so it is not tried",
        tried: "script tested with a mock client; never run against the service",
        note: Some(
            "Tailscale bought border0 in March 2026 and is turning it into Tailscale PAM; check what your account still supports, and check your organization's policies, which apply to every socket",
        ),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

impl Provider for Border0 {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let sockets: Vec<_> = request.plan.sockets.iter().map(|socket| SocketValues::new(socket, None)).collect();
        let values = Values::new(&LabValues::new(request, &IMAGE), &sockets)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let [publish, runtime] = scripts(CLIENT, &values)?;
        Ok(vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            publish,
            runtime,
            file("border0.yaml", include_str!("templates/border0.yaml.hbs"))?,
        ])
    }

    fn jump_way(&self, _: &Request<'_>, _: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(JumpWay { proxy_command: Some("border0 client tls --host %h"), ..JumpWay::default() })
    }
}

/// Whether a lab name can be the name of the connector.
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
