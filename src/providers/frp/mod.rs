//! frp (spec/providers.md#frp): one client for all sockets, and a relay with ports and hostnames. It cannot identify visitors.

use serde_json::json;

use super::script::{Client, scripts};
use super::template::{ready, render};
use super::{Artifact, JumpWay, Provider, Refusal, Request};
use crate::base::SocketType;
use crate::plan::PlannedSocket;
use crate::provider::{Audience, Capabilities, Carried, DefaultImage, Ingress, ProxyUse, Secret};

/// The provider.
pub(super) struct Frp;

const IMAGE: DefaultImage =
    DefaultImage { key: Some("frp"), reference: "fatedier/frpc:v0.70.0", purpose: "the client" };
/// The only action of frpc.toml: frpc and frps render their files as Go templates (frp 0.70, `pkg/config/load.go`,
/// `RenderWithTemplate`).
const TOKEN_FILE: &str = "{{ .Envs.FRP_TOKEN_FILE }}";
/// The port where the relay listens for clients, unless its address has another one.
const USUAL_PORT: u16 = 7000;
const CLIENT: Client = Client { runtime: include_str!("client.sh"), lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("frp"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::HostName),
        Carried::new(SocketType::Https).at(Ingress::HostName),
        Carried::new(SocketType::Tcp).at(Ingress::Port),
        Carried::new(SocketType::Tls).at(Ingress::HostName),
        Carried::new(SocketType::Udp).at(Ingress::Port),
    ],
    without_acl: Audience::Anyone,
    proxy: ProxyUse::Yes,
    relay: true,
    reads: &["relay", "relay-web-ports", "secret"],
    images: &[IMAGE],
    secrets: &[Secret { what: "the relay token", found: "the file given with `--secret`" }],
    tried: "script tested with a mock client, and with real frpc and frps if they are on PATH; by hand with frpc and frps 0.70.0: http by hostname, https and tls by SNI, tcp, udp, a wrong token, a forbidden port, a relay that is killed and comes back; its container never ran",
    ..Capabilities::UNKNOWN
};

impl Provider for Frp {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let relay = request.relay("host[:port]")?;
        let secret = "a file with the relay's token (without a token, anyone may open ports there): use `--secret FILE`, or set `secret` in publish-plan.toml";
        let secret = request.needs(request.client_settings.secret.as_ref(), secret)?;
        let (host, web) = (relay.address.url_host(), relay.web_ports);
        let mut values = request.values();
        values["image"] = json!(request.image(&IMAGE));
        values["secret"] = json!(secret);
        values["relay"] = json!({
            "host": relay.address.host,
            "port": relay.address.port.unwrap_or(USUAL_PORT),
            "http_port": web.http,
            "https_port": web.https,
        });
        let (mut has_http, mut has_tls) = (false, false);
        request.each(&mut values, |socket, values| {
            if socket.socket_type == SocketType::Tcp || socket.socket_type == SocketType::Udp {
                let port = request.needs(socket.public_port, &format!("a relay port for {}", socket.shown_name()))?;
                if [relay.address.port.unwrap_or(USUAL_PORT), web.http, web.https].contains(&port) {
                    return Err(Request::own_port(socket, port));
                }
                values["frp_type"] = json!(socket.socket_type.word());
                values["address"] = json!(format!("{host}:{port}"));
                return Ok(());
            }
            let name = request.host_name(socket)?;
            let is_http = socket.socket_type == SocketType::Http;
            has_http |= is_http;
            has_tls |= !is_http;
            // In frp, `https` means any TLS: connections are told apart by SNI and passed through.
            values["frp_type"] = json!(if is_http { "http" } else { "https" });
            let (port, usual) = if is_http { (web.http, 80) } else { (web.https, 443) };
            let place = if port == usual { name.to_owned() } else { format!("{name}:{port}") };
            values["address"] = json!(match socket.socket_type {
                SocketType::Http => format!("http://{place}/"),
                SocketType::Https => format!("https://{place}/"),
                _ => format!("{name}:{port}"),
            });
            Ok(())
        })?;
        values["has_http"] = json!(has_http);
        values["has_tls"] = json!(has_tls);
        values["no_ports"] = json!(request.plan.sockets.iter().all(|socket| socket.public_port.is_none()));
        values["has_names"] = json!(has_http || has_tls);
        values["domain"] = json!(request.client_settings.host_names.domain.as_ref().map(ToString::to_string));
        let values = ready(values);
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let rendered = |name: &str, template: &str, actions: &[&str]| {
            Artifact::go_template(name, render(name, template, &[], &values)?, actions)
        };
        let [publish, runtime] = scripts(CLIENT, &values)?;
        Ok(vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            publish,
            runtime,
            rendered("frpc.toml", include_str!("templates/frpc.toml.hbs"), &[TOKEN_FILE])?,
            rendered("frps.toml", include_str!("templates/frps.toml.hbs"), &[])?,
            file("relay.md", include_str!("templates/relay.md.hbs"))?,
        ])
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(request.relay_way(socket))
    }
}
