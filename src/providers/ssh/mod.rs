//! ssh (spec/providers.md#ssh): an OpenSSH client that asks any sshd to listen on ports for it. It cannot identify visitors, so an
//! entry with an acl is refused.

pub(super) mod tunnel;

use tunnel::{TunnelSocketValues, TunnelValues};

use super::script::{CLIENTS, Client, scripts};
use super::template::{Values, render};
use super::{Artifact, ClientContainer, JumpWay, Provider, Refusal, Request};
use crate::base::SocketType;
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Audience, Capabilities, Carriage, Carried, DefaultImage, Ingress, Key, ProxyUse, Reads, RelayUse,
    Secret,
};

/// The provider.
pub(super) struct Ssh;

const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.ssh",
        "Image that the OpenSSH client is added to, with apk.",
        r#""mirror.example.net/alpine:3.22.2""#,
    )),
    ..CLIENT_IMAGE
};
const NODE: DefaultImage = node_image("images.ssh-node");
/// What a node of the topology runs: unlike the one that is built, containerlab can pull it.
/// `setting` is the key of the setting that names another one.
pub(super) const fn node_image(setting: &'static str) -> DefaultImage {
    DefaultImage {
        setting: Some(Key::image(
            setting,
            "Image with an OpenSSH client, for the node of the tunnels.",
            r#""mirror.example.net/network-multitool:v0.6.0""#,
        )),
        reference: "ghcr.io/srl-labs/network-multitool:v0.6.0",
        purpose: "the client, as a node of the topology",
    }
}
/// What the client's image is built on.
pub(super) const CLIENT_IMAGE: DefaultImage = DefaultImage {
    setting: None,
    reference: "alpine:3.22.2@sha256:4b7ce07002c69e8f3d704a9c5d6fd3053be500b7f1c69fc0d80990c2ad8dd412",
    purpose: "base of the image that is built, with openssh-client added",
};
const CLIENT: Client = Client { runtime: &[CLIENTS, tunnel::RUNTIME], lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("ssh"),
    carries: &[
        Carried::new(SocketType::Http).by(Carriage::Raw).at(Ingress::Port),
        Carried::new(SocketType::Https).by(Carriage::Raw).at(Ingress::Port),
        Carried::new(SocketType::Tcp).at(Ingress::Port),
        Carried::new(SocketType::Tls).by(Carriage::Raw).at(Ingress::Port),
    ],
    access: Access { without_acl: Audience::Anyone, ..Access::UNKNOWN },
    reads: Reads { proxy: ProxyUse::Yes, flags: &["relay", "identity", "known-hosts"], ..Reads::UNKNOWN },
    relay: RelayUse { is_needed: true, ..RelayUse::UNKNOWN },
    about: About {
        images: &[IMAGE, NODE],
        secrets: &[Secret { what: "a private key that the relay accepts", found: "the file given with `--identity`" }],
        from_outside: "a port of the relay; nobody is asked who they are",
        tried: "end to end: script and container with a real sshd",
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

impl Provider for Ssh {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let relay = request.relay("user@host[:port]")?;
        let account = format!("a user account on the relay: use `--relay user@{}`", relay.address);
        let user = request.needs(relay.address.user.clone(), &account)?;
        let lab = TunnelValues::new(request, relay, user, &IMAGE)?;
        let sockets = request.plan.sockets.iter().map(|socket| TunnelSocketValues::new(request, relay, socket, None));
        let sockets: Vec<_> = sockets.collect::<Result<_, _>>()?;
        let values = Values::new(&lab, &sockets)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let mut artifacts = Vec::from(tunnel::files(&values)?);
        artifacts.extend(scripts(CLIENT, &values)?);
        artifacts.extend(tunnel::node_script(request, &values)?);
        artifacts.push(file("authorized_keys", include_str!("templates/authorized_keys.hbs"))?);
        artifacts.push(file("relay.md", include_str!("templates/relay.md.hbs"))?);
        Ok(artifacts)
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        tunnel::container(request, request.relay("user@host[:port]")?, &NODE)
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(request.relay_way(socket))
    }
}
