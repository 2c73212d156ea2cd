//! ssh (providers.md, "ssh"): an OpenSSH client that asks any sshd to listen on ports for it. It knows nobody's identity: an
//! entry with an acl is refused.

use serde_json::json;

use super::script::script;
use super::template::render;
use super::{Artifact, Provider, Refusal, Relay, Request};
use crate::base::{AclKind, SocketType};
use crate::capability::{Audience, Capabilities, Carriage, Carried, Naming, ProxyAddress, Secret};

/// The provider.
pub(super) struct Ssh;

const NO_ACL: &[AclKind] = &[];

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("ssh"),
    carries: &[
        Carried { socket_type: SocketType::Http, carriage: Carriage::Raw, enforces: NO_ACL },
        Carried { socket_type: SocketType::Https, carriage: Carriage::Raw, enforces: NO_ACL },
        Carried { socket_type: SocketType::Tcp, carriage: Carriage::Native, enforces: NO_ACL },
        Carried { socket_type: SocketType::Tls, carriage: Carriage::Raw, enforces: NO_ACL },
    ],
    node_makes_policies: false,
    identity_tcp_becomes_tls: false,
    without_acl: Audience::Anyone,
    // With the lab in it, so that two labs do not ask the relay for the same ports.
    naming: Naming::Container,
    limits: &[],
    tunnel_kind: None,
    needs_image: false,
    token_bind: None,
    reads_proxy: false,
    takes_proxy: true,
    lab_name: None,
    relay: true,
    images: &["alpine:3, with its openssh-client"],
    secrets: &[Secret { what: "a private key that the relay knows", found: "the file given with `--identity`" }],
    tried: "end to end: script and container against a real sshd",
    note: None,
    shut_down: None,
};

impl Provider for Ssh {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let relay = request.relay.ok_or_else(|| Refusal(
            "ssh needs a relay to listen there: `--relay user@host[:port]`, or `address` under `[relay]` in publish-plan.toml".to_owned(),
        ))?;
        let values = values(request, relay)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        Ok(vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            file("Dockerfile", include_str!("templates/Dockerfile.hbs"))?,
            script(include_str!("templates/client.sh.hbs"), &values)?,
            file("ssh_config", include_str!("templates/ssh_config.hbs"))?,
            file("authorized_keys", include_str!("templates/authorized_keys.hbs"))?,
            file("relay.md", include_str!("templates/relay.md.hbs"))?,
        ])
    }
}

/// What the templates of ssh name beside the common values.
fn values(request: &Request<'_>, relay: &Relay) -> Result<serde_json::Value, Refusal> {
    let no_identity = || {
        Refusal("ssh needs the private key that the relay knows: `--identity FILE`, or `identity` under `[relay]` in publish-plan.toml".to_owned())
    };
    let identity = relay.identity.as_ref().ok_or_else(no_identity)?;
    let public_key = relay.public_key.as_ref().ok_or_else(no_identity)?;
    let mut values = request.values();
    let proxy = request.surroundings.proxy.as_deref().map(str::parse::<ProxyAddress>).transpose();
    let proxy = proxy.map_err(|error| Refusal(format!("ssh cannot use this proxy: {error}")))?;
    // In the words of socat(1); `%h` and `%p` are ssh's.
    values["proxy_command"] =
        json!(proxy.map(|proxy| format!("socat - PROXY:{}:%h:%p,proxyport={}", proxy.host, proxy.port)));
    values["relay"] = json!({
        "host": relay.address.host,
        "port": relay.address.port,
        "user": relay.address.user,
        "identity": identity,
        "public_key": public_key,
        "known_hosts": relay.known_hosts,
        "known_hosts_file": relay.known_hosts.as_deref().unwrap_or("~/.ssh/known_hosts"),
    });
    let host =
        if relay.address.host.contains(':') { format!("[{}]", relay.address.host) } else { relay.address.host.clone() };
    // Of the address family that the relay is named by; its `permitlisten` says the same.
    let every_interface = if relay.address.host.contains(':') { "[::]" } else { "0.0.0.0" };
    for (values, socket) in values["sockets"].as_array_mut().into_iter().flatten().zip(&request.plan.sockets) {
        let port = socket.relay_port.ok_or_else(|| Refusal(format!("{} has no port on the relay", socket.name)))?;
        values["bind"] = json!(format!("{every_interface}:{port}"));
        values["address"] = json!(format!("{host}:{port}"));
    }
    Ok(values)
}
