//! ssh (spec/providers.md#ssh): an OpenSSH client that asks any sshd to listen on ports for it. It cannot identify visitors, so an
//! entry with an acl is refused.

use serde::Serialize;
use serde_json::json;

use super::artifact::digest;
use super::script::{Client, scripts};
use super::template::{Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, JumpWay, Provider, Refusal, Relay, Request};
use crate::base::SocketType;
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Audience, Capabilities, Carriage, Carried, DefaultImage, Ingress, Key, ProxyAddress, ProxyUse,
    Reads, RelayUse, Secret,
};

/// The provider.
pub(super) struct Ssh;

/// The default port of sshd.
const USUAL_PORT: u16 = 22;
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.ssh",
        "Image that the OpenSSH client is added to, with apk.",
        r#""mirror.example.net/alpine:3.22.2""#,
    )),
    reference: "alpine:3.22.2@sha256:4b7ce07002c69e8f3d704a9c5d6fd3053be500b7f1c69fc0d80990c2ad8dd412",
    purpose: "base of the image that is built, with openssh-client added",
};
const CLIENT: Client = Client { runtime: include_str!("client.sh"), lab: include_str!("templates/lab.sh.hbs") };

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
        images: &[IMAGE],
        secrets: &[Secret { what: "a private key that the relay accepts", found: "the file given with `--identity`" }],
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
        let lab = lab_values(request, relay)?;
        let sockets = request.plan.sockets.iter().map(|socket| socket_values(request, relay, socket));
        let values = Values::new(&lab, &sockets.collect::<Result<Vec<_>, _>>()?)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let [publish, runtime] = scripts(CLIENT, &values)?;
        Ok(vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            file("Dockerfile", include_str!("templates/Dockerfile.hbs"))?,
            publish,
            runtime,
            file("relay.ssh_config", include_str!("templates/relay.ssh_config.hbs"))?,
            file("authorized_keys", include_str!("templates/authorized_keys.hbs"))?,
            file("relay.md", include_str!("templates/relay.md.hbs"))?,
        ])
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(request.relay_way(socket))
    }
}

/// What the templates can use of a lab.
#[derive(Serialize)]
struct SshValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    proxy_command: Option<String>,
    /// Another one for every Dockerfile, so that Compose builds the image again.
    image_tag: String,
    relay: RelayValues<'r>,
}

#[derive(Serialize)]
struct RelayValues<'r> {
    host: &'r str,
    port: u16,
    user: &'r str,
    identity: &'r str,
    public_key: &'r str,
    known_hosts: Option<&'r str>,
    known_hosts_file: &'r str,
}

/// What the templates can use of a socket.
#[derive(Serialize)]
struct SshSocketValues<'r> {
    #[serde(flatten)]
    socket: SocketValues<'r>,
    bind: String,
}

fn lab_values<'r>(request: &Request<'r>, relay: &'r Relay) -> Result<SshValues<'r>, Refusal> {
    let key =
        "a private key for the relay: use `--identity FILE`, or set `identity` under `[relay]` in publish-plan.toml";
    let identity = request.needs(relay.identity.as_ref(), key)?;
    let public_key = request.needs(relay.public_key.as_ref(), key)?;
    let account = format!("a user account on the relay: use `--relay user@{}`", relay.address);
    let user = request.needs(relay.address.user.as_ref(), &account)?;
    let proxy = request.lab_context.proxy.as_deref().map(str::parse::<ProxyAddress>).transpose();
    let proxy = proxy.map_err(|error| Refusal(format!("ssh cannot use this proxy: {error}")))?;
    // The form is that of socat(1). ssh expands `%h` and `%p`.
    let proxy_command = proxy.map(|proxy| format!("socat - PROXY:{}:%h:%p,proxyport={}", proxy.host, proxy.port));
    let lab = LabValues::new(request, &IMAGE);
    Ok(SshValues {
        image_tag: digest(&format!("{} {}", json!(lab.image), proxy_command.is_some()), 12),
        lab,
        proxy_command,
        relay: RelayValues {
            host: &relay.address.host,
            port: relay.address.port.unwrap_or(USUAL_PORT),
            user,
            identity,
            public_key,
            known_hosts: relay.known_hosts.as_deref(),
            known_hosts_file: relay.known_hosts.as_deref().unwrap_or("~/.ssh/known_hosts"),
        },
    })
}

fn socket_values<'r>(
    request: &Request<'_>,
    relay: &Relay,
    socket: &'r PlannedSocket,
) -> Result<SshSocketValues<'r>, Refusal> {
    let port = request.relay_port(socket)?;
    if port == relay.address.port.unwrap_or(USUAL_PORT) {
        return Err(Request::own_port(socket, port));
    }
    // The address family of the relay's address; `permitlisten` names the same one.
    let every_interface = if relay.address.host.contains(':') { "[::]" } else { "0.0.0.0" };
    Ok(SshSocketValues {
        socket: SocketValues::new(socket, Some(format!("{}:{port}", relay.address.url_host()))),
        bind: format!("{every_interface}:{port}"),
    })
}
