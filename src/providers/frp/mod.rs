//! frp (spec/providers.md#frp): one client for all sockets, and a relay with ports and hostnames. It cannot identify visitors.

use serde::Serialize;

use super::kubernetes::Destination;
use super::node::{self, SecretFile};
use super::script::{CLIENTS, Client, scripts};
use super::template::{NamedValues, Value, Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, ClientContainer, JumpWay, Provider, Refusal, Relay, Request};
use crate::base::SocketType;
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Audience, Capabilities, Carried, DefaultImage, Ingress, Key, ProxyUse, Reads, RelayUse, Secret,
};

/// The provider.
pub(super) struct Frp;

const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image("images.frp", "Image of frpc.", r#""mirror.example.net/frpc:v0.70.0""#)),
    reference: "fatedier/frpc:v0.70.0",
    purpose: "the client",
};
/// The only action of frpc.toml: frpc and frps render their files as Go templates (frp 0.70, `pkg/config/load.go`,
/// `RenderWithTemplate`).
const TOKEN_FILE: &str = "{{ .Envs.FRP_TOKEN_FILE }}";
/// The port where the relay listens for clients, unless its address has another one.
const USUAL_PORT: u16 = 7000;
const CLIENT: Client =
    Client { runtime: &[CLIENTS, include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("frp"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::HostName),
        Carried::new(SocketType::Https).at(Ingress::HostName),
        Carried::new(SocketType::Tcp).at(Ingress::Port),
        Carried::new(SocketType::Tls).at(Ingress::HostName),
        Carried::new(SocketType::Udp).at(Ingress::Port),
    ],
    access: Access { without_acl: Audience::Anyone, ..Access::UNKNOWN },
    reads: Reads { proxy: ProxyUse::Yes, flags: &["relay", "relay-web-ports", "secret"], ..Reads::UNKNOWN },
    relay: RelayUse { is_needed: true, ..RelayUse::UNKNOWN },
    about: About {
        images: &[IMAGE],
        secrets: &[Secret { what: "the relay token", found: "the file given with `--secret`" }],
        from_outside: "a port of the relay, or a hostname at its web ports; nobody is asked who they are. A name that it does not know, and a node that does not answer, get the same page of frp",
        tried: "script tested with a mock client, and with real frpc and frps if they are on PATH; by hand with frpc and frps 0.70.0: http by hostname, https and tls by SNI, tcp, udp, a wrong token, a forbidden port, a relay that is killed and comes back; with 0.66.0: a reload, which interrupts nothing that stays the same; its container never ran",
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

/// What the templates can use of a lab.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a condition of a template")]
struct FrpValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    secret: &'r str,
    relay: RelayValues<'r>,
    has_http: bool,
    has_tls: bool,
    has_names: bool,
    no_ports: bool,
    domain: Option<String>,
}

#[derive(Serialize)]
struct RelayValues<'r> {
    host: &'r str,
    port: u16,
    http_port: u16,
    https_port: u16,
}

/// What the templates can use of a socket.
struct FrpSocketValues<'r> {
    socket: SocketValues<'r>,
    /// In frp, `https` means any TLS: connections are told apart by SNI and passed through.
    frp_type: &'static str,
}

impl<'r> FrpSocketValues<'r> {
    fn new(request: &Request<'_>, relay: &Relay, socket: &'r PlannedSocket) -> Result<Self, Refusal> {
        let web = relay.web_ports;
        if socket.socket_type == SocketType::Tcp || socket.socket_type == SocketType::Udp {
            let port = request.relay_port(socket)?;
            if [own_port(relay), web.http, web.https].contains(&port) {
                return Err(Request::own_port(socket, port));
            }
            let address = format!("{}:{port}", relay.address.url_host());
            return Ok(Self { socket: SocketValues::new(socket, Some(address)), frp_type: socket.socket_type.word() });
        }
        let name = request.host_name(socket)?;
        let is_http = socket.socket_type == SocketType::Http;
        let (frp_type, port, usual) = if is_http { ("http", web.http, 80) } else { ("https", web.https, 443) };
        let place = if port == usual { name.to_owned() } else { format!("{name}:{port}") };
        let address = match socket.socket_type {
            SocketType::Http => format!("http://{place}/"),
            SocketType::Https => format!("https://{place}/"),
            _ => format!("{name}:{port}"),
        };
        Ok(Self { socket: SocketValues::new(socket, Some(address)), frp_type })
    }
}

impl NamedValues for FrpSocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "frp_type" => self.frp_type.into(),
            _ => return self.socket.value(name),
        })
    }
}

/// The port where the relay listens for clients.
fn own_port(relay: &Relay) -> u16 {
    relay.address.port.unwrap_or(USUAL_PORT)
}

/// The file with the relay's token.
fn secret<'r>(request: &Request<'r>) -> Result<&'r str, Refusal> {
    let secret = "a file with the relay's token (without a token, anyone may open ports there): use `--secret FILE`, or set `secret` in publish-plan.toml";
    request.needs(request.client_settings.secret.as_deref(), secret)
}

impl Provider for Frp {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let relay = request.relay("host[:port]")?;
        let secret = secret(request)?;
        let sockets = request.plan.sockets.iter().map(|socket| FrpSocketValues::new(request, relay, socket));
        let sockets: Vec<_> = sockets.collect::<Result<_, _>>()?;
        let has = |frp_type| sockets.iter().any(|socket| socket.frp_type == frp_type);
        let values = FrpValues {
            lab: LabValues::new(request, &IMAGE),
            secret,
            relay: RelayValues {
                host: &relay.address.host,
                port: own_port(relay),
                http_port: relay.web_ports.http,
                https_port: relay.web_ports.https,
            },
            has_http: has("http"),
            has_tls: has("https"),
            has_names: has("http") || has("https"),
            no_ports: request.plan.sockets.iter().all(|socket| socket.public_port.is_none()),
            domain: request.client_settings.host_names.domain.as_ref().map(ToString::to_string),
        };
        let values = Values::new(&values, &sockets)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let rendered = |name: &str, template: &str, actions: &[&str]| {
            Artifact::go_template(name, render(name, template, &[], &values)?, actions)
        };
        let [publish, runtime] = scripts(CLIENT, &values)?;
        let mut artifacts = vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            publish,
            runtime,
            rendered("frpc.toml", include_str!("templates/frpc.toml.hbs"), &[TOKEN_FILE])?,
            rendered("frps.toml", include_str!("templates/frps.toml.hbs"), &[])?,
            file("relay.md", include_str!("templates/relay.md.hbs"))?,
        ];
        artifacts.extend(node::script(request, include_str!("templates/node.sh.hbs"), &values)?);
        Ok(artifacts)
    }

    fn server_ports(&self, request: &Request<'_>) -> Vec<u16> {
        let of = |relay: &Relay| vec![own_port(relay), relay.web_ports.http, relay.web_ports.https];
        request.client_settings.relay.as_ref().map(of).unwrap_or_default()
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        let relay = request.relay("host[:port]")?;
        Ok(ClientContainer {
            files: &["frpc.toml"],
            secrets: vec![SecretFile::new(secret(request)?, "/run/secrets/secret")],
            destinations: vec![Destination::new(&relay.address.host, own_port(relay))],
            ..ClientContainer::new(request.image(&IMAGE))
        })
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(request.relay_way(socket))
    }
}
