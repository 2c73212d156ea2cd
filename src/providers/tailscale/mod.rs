//! tailscale (spec/providers.md#tailscale): a node of a tailnet for the lab. `tailscale` serves its members, as far as grants of the
//! tailnet policy allow; `tailscale-funnel`, which must be selected by name, serves anyone.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::artifact::digest;
use super::kubernetes::Destination;
use super::node::{self, Confirmation, SecretFile};
use super::script::{Client, scripts};
use super::template::{Values, render, slug};
use super::values::{LabValues, SocketValues};
use super::{Artifact, ClientContainer, JumpWay, Provider, Refusal, Request};
use crate::base::{AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Account, Audience, Capabilities, Carried, DefaultImage, Domain, Flag, Ingress, Key, OwnDomain,
    ProxyUse, Reads, RelayUse, Secret, Setting, Table,
};

/// The provider for the members of the tailnet.
pub(super) struct Serve;

/// The provider for anyone on the Internet.
pub(super) struct Funnel;

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.tailscale",
        "Image of tailscale, with containerboot and a shell.",
        r#""mirror.example.net/tailscale:v1.82.0""#,
    )),
    reference: "tailscale/tailscale:v1.82.0@sha256:d26fc9bb035b0559900cc6f23506f6b1ddab61a690ffab4f5d84feceb3de811e",
    purpose: "the client",
};
/// The tailnet's own domain.
const DOMAIN: Key<Domain> = Key::text(Setting {
    key: "tailscale.domain",
    table: Some(Table {
        description: "What the provider tailscale needs.",
        comment: "tailscale: the tailnet's own domain, the only one that an acl may name.",
    }),
    pattern: Domain::PATTERN,
    flag: Some(Flag::plan(
        "tailnet-domain",
        "DOMAIN",
        "The tailnet's own domain, with tailscale: the only domain that an acl may name",
    )),
    description: "The tailnet's own domain, the only one that an acl may name, like `--tailnet-domain`.",
    example: r#""example.com""#,
    ..Setting::OWN
});
const SECRETS: &[Secret] =
    &[Secret { what: "an auth key for the lab's tag", found: "`TS_AUTHKEY`, or the file given with `--secret`" }];
const TRIED: &str = "script tested with a mock container; by hand, serve.json with containerboot and tailscaled 1.82 on a tailnet of headscale 0.26: people reached the sockets that they may use, and no others; the form of the grants, against a recording of the service; never the service itself";
const FUNNEL_TRIED: &str = "files checked for form, script tested with a mock client; never run against the service";
/// Without them, containerboot 1.82 applies nothing of serve.json and logs `serve proxy: this node is configured as a proxy that
/// exposes an HTTPS endpoint`.
const CERTIFICATES: &str = "HTTPS certificates turned on in the tailnet, or no socket is served";
const CLIENT: Client = Client { runtime: &[include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };

static SERVE: Capabilities = Capabilities {
    name: Some("tailscale"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::Port).for_whom(IDENTITIES),
        Carried::new(SocketType::Https).at(Ingress::Port).for_whom(IDENTITIES),
        Carried::new(SocketType::Tcp).at(Ingress::Port).for_whom(IDENTITIES),
        Carried::new(SocketType::Tls).at(Ingress::Port).for_whom(IDENTITIES),
    ],
    access: Access {
        without_acl: Audience::Members,
        own_domain: Some(OwnDomain {
            setting: DOMAIN,
            owner: "the tailnet",
            // Tailscale's policy syntax, "Users": `user:*@domain`.
            otherwise: "accepts `user:*@DOMAIN` for the tailnet's own domain only, and refuses the whole policy otherwise",
        }),
        encrypts: true,
        ..Access::UNKNOWN
    },
    reads: Reads { settings: &[DOMAIN.setting], proxy: ProxyUse::Yes, flags: &["secret"] },
    account: Account { pages_need: Some(CERTIFICATES), is_needed: true, ..Account::UNKNOWN },
    about: About {
        images: &[IMAGE],
        secrets: SECRETS,
        from_outside: "nothing: only members of the tailnet reach it, so it is not tried",
        tried: TRIED,
        note: Some(
            "the tailnet policy decides who may use what: add grants.json to it, and make sure that no wider rule reaches the lab's tag",
        ),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

static FUNNEL: Capabilities = Capabilities {
    name: Some("tailscale-funnel"),
    carries: &[Carried::new(SocketType::Https).at(Ingress::Port), Carried::new(SocketType::Tls).at(Ingress::Port)],
    access: Access { without_acl: Audience::Anyone, encrypts: true, ..Access::UNKNOWN },
    reads: Reads { proxy: ProxyUse::Yes, flags: &["secret"], ..Reads::UNKNOWN },
    account: Account { pages_need: Some(CERTIFICATES), is_needed: true, ..Account::UNKNOWN },
    relay: RelayUse { only_ports: &[443, 8443, 10000], ..RelayUse::UNKNOWN },
    about: About {
        images: &[IMAGE],
        secrets: SECRETS,
        from_outside: "a page or port that anyone reaches; only the machine that opened the lab knows its name",
        tried: FUNNEL_TRIED,
        note: Some("Funnel lets in anyone on the Internet, not only tailnet members"),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

impl Provider for Serve {
    fn capabilities(&self) -> &'static Capabilities {
        &SERVE
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        artifacts(request, false)
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        container(request, false)
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        jump_way(request, socket)
    }
}

impl Provider for Funnel {
    fn capabilities(&self) -> &'static Capabilities {
        &FUNNEL
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        artifacts(request, true)
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        container(request, true)
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        jump_way(request, socket)
    }
}

fn jump_way(request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
    let port = Some(port(request, socket)?);
    Ok(JumpWay { host: Some(host(&request.plan.lab)), port, proxy_command: None })
}

/// What the templates can use of a lab.
#[derive(Serialize)]
struct TailscaleValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    secret: Option<&'r str>,
    ts_host: &'r str,
    is_funnel: bool,
    has_grants: bool,
    grants_digest: String,
    serve_digest: String,
}

fn artifacts(request: &Request<'_>, is_funnel: bool) -> Result<Vec<Artifact>, Refusal> {
    let host = host(&request.plan.lab);
    let socket = |socket| {
        let port = port(request, socket)?;
        let address = match socket.socket_type {
            SocketType::Http | SocketType::Https => format!("https://{host}:{port}/"),
            _ => format!("{host}:{port}"),
        };
        Ok(SocketValues::new(socket, Some(address)))
    };
    let sockets: Vec<_> = request.plan.sockets.iter().map(socket).collect::<Result<_, Refusal>>()?;
    let grants = grants(request, is_funnel)?;
    let serve = Artifact::json("serve.json", &serve(request, is_funnel)?)?;
    let values = TailscaleValues {
        lab: LabValues::new(request, &IMAGE),
        secret: request.client_settings.secret.as_deref(),
        ts_host: &host,
        is_funnel,
        has_grants: has_grants(request),
        grants_digest: grants.digest(),
        serve_digest: serve.digest(),
    };
    let values = Values::new(&values, &sockets)?;
    let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
    let [publish, runtime] = scripts(CLIENT, &values)?;
    let mut artifacts = vec![
        file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
        publish,
        runtime,
        serve,
        grants,
        file("tailnet.md", include_str!("templates/tailnet.md.hbs"))?,
    ];
    artifacts.extend(node::script(request, include_str!("templates/node.sh.hbs"), &values)?);
    Ok(artifacts)
}

/// grants.json, to add to the tailnet policy.
fn grants(request: &Request<'_>, is_funnel: bool) -> Result<Artifact, Refusal> {
    let tag = format!("tag:{}", host(&request.plan.lab));
    Artifact::json("grants.json", &policy(request, &tag, is_funnel)?)
}

/// Whether visitors of a socket are named in the tailnet policy.
fn has_grants(request: &Request<'_>) -> bool {
    request.plan.sockets.iter().any(|socket| !socket.acl.is_empty())
}

/// The container of the client as a node.
fn container(request: &Request<'_>, is_funnel: bool) -> Result<ClientContainer, Refusal> {
    let secret = "a file with an auth key, because variables can be read by others where the client runs: use `--secret FILE`, or set `secret` in publish-plan.toml";
    let secret = request.needs(request.client_settings.secret.as_deref(), secret)?;
    let confirmation = if has_grants(request) {
        Some(Confirmation {
            variable: "GRANTS_TAKEN",
            digest: grants(request, is_funnel)?.digest(),
            what: "your tailnet policy has grants.json, and no other rule reaches the lab's tag",
        })
    } else {
        None
    };
    Ok(ClientContainer {
        files: &["serve.json"],
        secrets: vec![SecretFile::new(secret, "/run/secrets/secret")],
        // The node's key: without it, every start would create a new node in the tailnet.
        volume: Some((request.project.to_owned(), "/var/lib/tailscale")),
        // Tailscale's documentation, "What firewall ports should I open": 443, and UDP to any port for direct connections.
        destinations: vec![Destination::anywhere("TCP", Some(443)), Destination::anywhere("UDP", None)],
        confirmation,
        ..ClientContainer::new(request.image(&IMAGE))
    })
}

fn port(request: &Request<'_>, socket: &PlannedSocket) -> Result<u16, Refusal> {
    request.needs(socket.public_port, &format!("a port for {}", socket.shown_name()))
}

/// The name of the node in the tailnet and of its tag. Two labs must not share a tag, because a grant for one would also apply to the
/// other. If the lab's name has other characters, a digest of it is added.
fn host(lab: &str) -> String {
    let plain = slug(lab);
    if plain == lab { format!("clab-{plain}") } else { format!("clab-{plain}-{}", digest(lab, 6)) }
}

/// serve.json: which port leads to which node. The container replaces `TS_CERT_DOMAIN`.
fn serve(request: &Request<'_>, is_funnel: bool) -> Result<Value, Refusal> {
    let (mut tcp, mut web, mut funnel) = (Map::new(), Map::new(), Map::new());
    for socket in &request.plan.sockets {
        let port = port(request, socket)?;
        let place = format!("${{TS_CERT_DOMAIN}}:{port}");
        let target = super::request::target(socket);
        let proxy = match socket.socket_type {
            SocketType::Http => Some(format!("http://{target}")),
            // A node's certificate is not publicly trusted; the connection to the node stays on the lab's network.
            SocketType::Https => Some(format!("https+insecure://{target}")),
            _ => None,
        };
        match proxy {
            Some(proxy) => {
                tcp.insert(port.to_string(), json!({ "HTTPS": true }));
                web.insert(place.clone(), json!({ "Handlers": { "/": { "Proxy": proxy } } }));
            }
            None => {
                tcp.insert(port.to_string(), json!({ "TCPForward": target }));
            }
        }
        funnel.insert(place, json!(true));
    }
    let mut config = json!({});
    config["TCP"] = tcp.into();
    config["Web"] = web.into();
    if is_funnel {
        config["AllowFunnel"] = funnel.into();
    }
    Ok(config)
}

/// grants.json, to add to the tailnet policy: the owner of the tag, and one grant per port.
fn policy(request: &Request<'_>, tag: &str, is_funnel: bool) -> Result<Value, Refusal> {
    if is_funnel {
        return Ok(json!({
            "tagOwners": { tag: ["autogroup:admin"] },
            "nodeAttrs": [{ "target": [tag], "attr": ["funnel"] }],
        }));
    }
    let mut grants: Vec<Value> = Vec::new();
    for socket in &request.plan.sockets {
        let emails = socket.acl.emails.iter().cloned();
        let domains = socket.acl.domains.iter().map(|domain| format!("user:*@{domain}"));
        let mut who: Vec<String> = emails.chain(domains).collect();
        if who.is_empty() {
            who.push("autogroup:member".to_owned());
        }
        grants.push(json!({ "src": who, "dst": [tag], "ip": [format!("tcp:{}", port(request, socket)?)] }));
    }
    let mut policy = json!({ "tagOwners": { tag: ["autogroup:admin"] } });
    policy["grants"] = grants.into();
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_labs_have_two_tags() {
        assert_eq!(host("demo"), "clab-demo");
        let names = [host("a_b"), host("a-b"), host("a.b"), host("A-b")];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{names:?}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
    }
}
