//! bore (spec/providers.md#bore): one client per socket, each with a port of the relay. It cannot identify visitors and does not
//! encrypt anything between client and relay.

use serde::Serialize;
use serde_json::json;

use super::artifact::digest;
use super::kubernetes::{Destination, EachSocket};
use super::node::{self, SecretFile};
use super::script::{CLIENTS, Client, scripts};
use super::template::{Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, ClientContainer, JumpWay, Provider, Refusal, Request};
use crate::base::SocketType;
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Audience, Capabilities, Carriage, Carried, DefaultImage, Ingress, Key, Reads, RelayUse, Secret,
};

/// The provider.
pub(super) struct Bore;

/// The port where its server listens for clients; no flag changes it (observed, 0.6).
const CONTROL_PORT: u16 = 7835;
/// The name of the image that is built.
const BUILT_IMAGE: &str = "publish-plan/bore-client";
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.bore",
        "Image that the bore program is copied from.",
        r#""mirror.example.net/bore:0.6.0""#,
    )),
    reference: "ekzhang/bore:0.6.0",
    purpose: "the bore program is copied from it",
};
const BASE_IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.bore-base",
        "Image that bore is added to. It needs a shell.",
        r#""mirror.example.net/alpine:3.22.2""#,
    )),
    reference: "alpine:3.22.2@sha256:4b7ce07002c69e8f3d704a9c5d6fd3053be500b7f1c69fc0d80990c2ad8dd412",
    purpose: "base of the image that is built, with a shell",
};
const CLIENT: Client =
    Client { runtime: &[CLIENTS, include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("bore"),
    carries: &[
        Carried::new(SocketType::Http).by(Carriage::Raw).at(Ingress::Port),
        Carried::new(SocketType::Https).by(Carriage::Raw).at(Ingress::Port),
        Carried::new(SocketType::Tcp).at(Ingress::Port),
        Carried::new(SocketType::Tls).by(Carriage::Raw).at(Ingress::Port),
    ],
    access: Access { without_acl: Audience::Anyone, ..Access::UNKNOWN },
    relay: RelayUse { is_needed: true, ..RelayUse::UNKNOWN },
    reads: Reads { flags: &["relay", "secret"], ..Reads::UNKNOWN },
    about: About {
        images: &[IMAGE, BASE_IMAGE],
        secrets: &[Secret {
            what: "the relay secret, if it has one",
            found: "`BORE_SECRET`, or the file given with `--secret`",
        }],
        from_outside: "a port of the relay; nobody is asked who they are",
        tried: "end to end: script and container with a real bore 0.6 relay",
        note: Some(
            "bore does not encrypt anything between the lab and the relay; traffic that is not already encrypted can be read on the way",
        ),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

/// What the templates can use of a lab.
#[derive(Serialize)]
struct BoreValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    base_image: String,
    image_tag: String,
    relay: RelayValues<'r>,
    secret: Option<&'r str>,
    first_port: Option<u16>,
    last_port: Option<u16>,
}

#[derive(Serialize)]
struct RelayValues<'r> {
    host: &'r str,
    port: u16,
}

/// The tag of the image that is built: another one for every pair of images.
fn image_tag(request: &Request<'_>) -> String {
    digest(&format!("{} {}", json!(request.image(&IMAGE)), json!(request.image(&BASE_IMAGE))), 12)
}

impl Provider for Bore {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let relay = request.relay("host")?;
        if relay.address.port.is_some_and(|port| port != CONTROL_PORT) {
            return Err(Refusal(format!(
                "a bore relay listens only on port {CONTROL_PORT}: use `--relay {}`",
                relay.address.url_host()
            )));
        }
        let mut ports = Vec::new();
        let socket = |socket| {
            let port = request.relay_port(socket)?;
            ports.push(port);
            Ok(SocketValues::new(socket, Some(format!("{}:{port}", relay.address.url_host()))))
        };
        let sockets: Vec<_> = request.plan.sockets.iter().map(socket).collect::<Result<_, Refusal>>()?;
        let values = BoreValues {
            image_tag: image_tag(request),
            base_image: request.image(&BASE_IMAGE),
            lab: LabValues::new(request, &IMAGE),
            relay: RelayValues { host: &relay.address.host, port: CONTROL_PORT },
            secret: request.client_settings.secret.as_deref(),
            first_port: ports.iter().min().copied(),
            last_port: ports.iter().max().copied(),
        };
        let values = Values::new(&values, &sockets)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let [publish, runtime] = scripts(CLIENT, &values)?;
        let mut artifacts = vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            file("Dockerfile", include_str!("templates/Dockerfile.hbs"))?,
            publish,
            runtime,
            file("relay.md", include_str!("templates/relay.md.hbs"))?,
        ];
        artifacts.extend(node::script(request, include_str!("templates/node.sh.hbs"), &values)?);
        Ok(artifacts)
    }

    fn server_ports(&self, _: &Request<'_>) -> Vec<u16> {
        vec![CONTROL_PORT]
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        let relay = request.relay("host")?;
        let command = |socket: &PlannedSocket| {
            let (port, relay_port) = (socket.port.to_string(), request.relay_port(socket)?.to_string());
            let words = [
                "/bore",
                "local",
                &port,
                "--local-host",
                socket.host(),
                "--to",
                &relay.address.host,
                "--port",
                &relay_port,
            ];
            Ok(words.map(str::to_owned).to_vec())
        };
        let commands = request.plan.sockets.iter().map(command).collect::<Result<_, Refusal>>()?;
        let secret = request.client_settings.secret.as_deref();
        Ok(ClientContainer {
            is_built: true,
            files: &["publish.sh", "runtime.sh"],
            secrets: secret.map(|secret| SecretFile::new(secret, "/run/secrets/secret")).into_iter().collect(),
            // A server takes sockets at any port of its own, but clients talk to it at this one.
            destinations: vec![Destination::new(&relay.address.host, CONTROL_PORT)],
            each_socket: Some(EachSocket { image: request.image(&IMAGE), commands, variable: "BORE_SECRET" }),
            ..ClientContainer::new(format!("{BUILT_IMAGE}:{}", image_tag(request)))
        })
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(request.relay_way(socket))
    }
}
