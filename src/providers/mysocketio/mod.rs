//! mysocketio (spec/old-providers.md#mysocketio): the first provider of containerlab, which was shut down in 2022.

use serde::Serialize;

use super::script::{Client, scripts};
use super::template::{NamedValues, Value, Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, JumpWay, Provider, Refusal, Request};
use crate::base::{AccountClass, AclKind, SocketType, quoted};
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Account, Audience, Capabilities, Carried, DefaultImage, LegacyNode, Limit, Naming, ProxyUse, Reads,
    Secret, TokenBind,
};

/// The provider.
pub(super) struct Mysocketio;

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];
const IMAGE: DefaultImage =
    DefaultImage { setting: None, reference: "ghcr.io/hellt/mysocketctl:0.5.0", purpose: "the client" };
/// The file where `mysocketctl login` writes the token.
const USUAL_TOKEN: &str = "~/.mysocketio_token";
const CLIENT: Client = Client { runtime: &[include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("mysocketio"),
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
            Limit::of(AccountClass::Tcp, 5, "a regular mysocketio account"),
            Limit::of(AccountClass::Http, 10, "a regular mysocketio account"),
        ],
        is_needed: true,
        ..Account::UNKNOWN
    },
    node: LegacyNode {
        kind: Some("mysocketio"),
        needs_image: true,
        token: Some(TokenBind { destination: "/root/.mysocketio_token", usual_source: ".mysocketio_token" }),
        reads_proxy: true,
        ..LegacyNode::UNKNOWN
    },
    reads: Reads { proxy: ProxyUse::Yes, ..Reads::UNKNOWN },
    about: About {
        images: &[IMAGE],
        secrets: &[Secret { what: "the account's token, which expires after 5 hours", found: "`~/.mysocketio_token`" }],
        from_outside: "nothing: the service no longer exists",
        tried: "script tested with a mock client; the service no longer exists",
        shut_down: Some("was shut down in 2022"),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

/// What the templates can use of a lab.
#[derive(Serialize)]
struct MysocketioValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    token: &'r str,
}

/// What the templates can use of a socket. The client expects commas between the items of a list; the grammar allows none within an
/// item.
struct MysocketioSocketValues<'r> {
    socket: SocketValues<'r>,
    email_list: String,
    domain_list: String,
}

impl NamedValues for MysocketioSocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "email_list" => (&self.email_list).into(),
            "domain_list" => (&self.domain_list).into(),
            _ => return self.socket.value(name),
        })
    }
}

impl Provider for Mysocketio {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        if request.lab_context.proxy.as_deref().is_some_and(|proxy| proxy.contains('@')) {
            // The client gets it as an argument, which every user of the machine can read.
            return Err(Refusal("the tunnel node's proxy contains a password, which would be visible in publish.sh and in the process list; use a proxy without a password".to_owned()));
        }
        let bound = request.lab_context.token.as_ref();
        let token = bound.map_or(USUAL_TOKEN, |token| token.value.as_str());
        if token.rsplit('/').next() != USUAL_TOKEN.rsplit('/').next() {
            // The container reads it as root, and the topology chooses the image.
            return Err(Refusal(format!(
                "the tunnel node binds {} as its token: expected a file named .mysocketio_token, as `mysocketctl login` writes it, so that a topology cannot pass another file of yours to the container",
                quoted(bound.map_or(USUAL_TOKEN, |token| token.shown.as_str()))
            )));
        }
        let socket = |socket| MysocketioSocketValues {
            socket: SocketValues::new(socket, None),
            email_list: socket.acl.emails.join(","),
            domain_list: socket.acl.domains.join(","),
        };
        let sockets: Vec<_> = request.plan.sockets.iter().map(socket).collect();
        let values = Values::new(&MysocketioValues { lab: LabValues::new(request, &IMAGE), token }, &sockets)?;
        let [publish, runtime] = scripts(CLIENT, &values)?;
        Ok(vec![
            Artifact::new(
                "compose.yaml",
                render("compose.yaml", include_str!("templates/compose.yaml.hbs"), &[], &values)?,
            ),
            publish,
            runtime,
        ])
    }

    fn jump_way(&self, _: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        let is_tls = socket.socket_type == SocketType::Tls;
        let proxy_command = is_tls.then_some("mysocketctl client tls --host %h");
        Ok(JumpWay { proxy_command, ..JumpWay::default() })
    }
}
