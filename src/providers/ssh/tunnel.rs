//! The tunnel of an OpenSSH client to a relay, also for the provider gateway: its files, and what their templates can use.

use serde::Serialize;
use serde_json::json;

use crate::plan::PlannedSocket;
use crate::provider::{DefaultImage, ProxyAddress};
use crate::providers::artifact::digest;
use crate::providers::kubernetes::Destination;
use crate::providers::node::{self, SecretFile};
use crate::providers::template::{NamedValues, Value, Values, render};
use crate::providers::values::{LabValues, SocketValues};
use crate::providers::{Artifact, ClientContainer, Refusal, Relay, Request};

/// The part of runtime.sh for the client.
pub(in crate::providers) const RUNTIME: &str = include_str!("client.sh");

/// What is missing without a key.
const KEY: &str =
    "a private key for the relay: use `--identity FILE`, or set `identity` under `[relay]` in publish-plan.toml";

/// The default port of sshd.
const USUAL_PORT: u16 = 22;

/// What the templates can use of a lab.
#[derive(Serialize)]
pub(in crate::providers) struct TunnelValues<'r> {
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
    user: String,
    identity: &'r str,
    public_key: &'r str,
    known_hosts: Option<&'r str>,
    known_hosts_file: &'r str,
}

/// What the templates can use of a socket.
pub(in crate::providers) struct TunnelSocketValues<'r> {
    socket: SocketValues<'r>,
    /// Where the relay listens for it.
    bind: String,
}

impl<'r> TunnelValues<'r> {
    /// With the account `user` of the relay.
    ///
    /// # Errors
    /// Something is missing, or ssh cannot use the proxy.
    pub(in crate::providers) fn new(
        request: &Request<'r>,
        relay: &'r Relay,
        user: String,
        image: &'static DefaultImage,
    ) -> Result<Self, Refusal> {
        let identity = request.needs(relay.identity.as_ref(), KEY)?;
        let public_key = request.needs(relay.public_key.as_ref(), KEY)?;
        let proxy = request.lab_context.proxy.as_deref().map(str::parse::<ProxyAddress>).transpose();
        let proxy = proxy.map_err(|error| Refusal(format!("ssh cannot use this proxy: {error}")))?;
        // The form is that of socat(1). ssh expands `%h` and `%p`.
        let proxy_command = proxy.map(|proxy| format!("socat - PROXY:{}:%h:%p,proxyport={}", proxy.host, proxy.port));
        let lab = LabValues::new(request, image);
        Ok(Self {
            image_tag: digest(&format!("{} {}", json!(lab.image), proxy_command.is_some()), 12),
            lab,
            proxy_command,
            relay: RelayValues {
                host: &relay.address.host,
                port: port(relay),
                user,
                identity,
                public_key,
                known_hosts: relay.known_hosts.as_deref(),
                known_hosts_file: known_hosts(relay),
            },
        })
    }
}

impl<'r> TunnelSocketValues<'r> {
    /// A socket at a port of the relay. With `address`, the relay listens on its loopback interface, and visitors reach the socket
    /// there; otherwise it listens on every interface, and visitors connect to the port.
    ///
    /// # Errors
    /// The socket has no port, or the one on which the relay itself listens.
    pub(in crate::providers) fn new(
        request: &Request<'_>,
        relay: &Relay,
        socket: &'r PlannedSocket,
        address: Option<String>,
    ) -> Result<Self, Refusal> {
        let own = request.relay_port(socket)?;
        if own == port(relay) {
            return Err(Request::own_port(socket, own));
        }
        let interface = match address {
            Some(_) => "127.0.0.1",
            // The address family of the relay's address; `permitlisten` names the same one.
            None if relay.address.host.contains(':') => "[::]",
            None => "0.0.0.0",
        };
        let address = address.unwrap_or_else(|| format!("{}:{own}", relay.address.url_host()));
        Ok(Self { socket: SocketValues::new(socket, Some(address)), bind: format!("{interface}:{own}") })
    }
}

impl NamedValues for TunnelSocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "bind" => (&self.bind).into(),
            _ => return self.socket.value(name),
        })
    }
}

/// The file with the relay's host key.
fn known_hosts(relay: &Relay) -> &str {
    relay.known_hosts.as_deref().unwrap_or("~/.ssh/known_hosts")
}

/// The container of the client as a node, with an image that has an OpenSSH client.
///
/// # Errors
/// There is no key.
pub(in crate::providers) fn container(
    request: &Request<'_>,
    relay: &Relay,
    image: &DefaultImage,
) -> Result<ClientContainer, Refusal> {
    let identity = request.needs(relay.identity.as_ref(), KEY)?;
    Ok(ClientContainer {
        files: &["relay.ssh_config"],
        secrets: vec![
            SecretFile::new(identity, "/run/secrets/identity"),
            SecretFile::new(known_hosts(relay), "/run/secrets/known_hosts"),
        ],
        destinations: vec![Destination::new(&relay.address.host, port(relay))],
        ..ClientContainer::new(request.image(image))
    })
}

/// What a node starts, if the client runs as one.
///
/// # Errors
/// A value cannot be written safely.
pub(in crate::providers) fn node_script(
    request: &Request<'_>,
    values: &Values<'_>,
) -> Result<Option<Artifact>, Refusal> {
    node::script(request, include_str!("templates/node.sh.hbs"), values)
}

/// The port of the relay's sshd.
pub(in crate::providers) fn port(relay: &Relay) -> u16 {
    relay.address.port.unwrap_or(USUAL_PORT)
}

/// The files of the client, besides its scripts.
///
/// # Errors
/// A value cannot be written safely.
pub(in crate::providers) fn files(values: &Values<'_>) -> Result<[Artifact; 3], Refusal> {
    let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], values)?));
    Ok([
        file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
        file("Dockerfile", include_str!("templates/Dockerfile.hbs"))?,
        file("relay.ssh_config", include_str!("templates/relay.ssh_config.hbs"))?,
    ])
}
