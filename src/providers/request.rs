use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::template::slug;
use super::{JumpWay, visitors};
use crate::base::{hexadecimal, steers_a_terminal};
use crate::capability::{AccessTag, Audience, HostNames, RelayAddress, Team, TunnelId, WebPorts};
use crate::plan::{Plan, PlannedSocket, Surroundings};

/// What is to be compiled.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// What is to be published. Every socket of it is carried and every acl enforced, or it would not be in there.
    pub plan: &'r Plan,
    /// What else the topology says that a client needs.
    pub surroundings: &'r Surroundings,
    /// The topology's file, without its folder: for the head of each file.
    pub source: &'r str,
    /// What flags and settings say that a client needs.
    pub means: &'r Means,
    /// Sockets that are reached through the plan's one, which is a jump host's.
    pub folded: &'r [PlannedSocket],
    /// The name of the Compose project ([`project_name`]).
    pub project: &'r str,
    /// The files whose bytes the script compares with what they were.
    pub compiled_from: &'r CompiledFrom,
}

/// The files that a compilation was made from. Where one of them changes, what was compiled may open more than it says now.
#[derive(Clone, Debug, Default)]
pub struct CompiledFrom {
    /// The topology.
    pub topology: SourceFileDigest,
    /// The publish-plan.toml, and before it the places where there was none and one would have been used instead, without a digest.
    pub settings: Vec<SourceFileDigest>,
}

/// A file and its bytes.
#[derive(Clone, Debug, Default)]
pub struct SourceFileDigest {
    /// Seen from the folder of the artifacts.
    pub path: String,
    /// SHA-256 in hexadecimal digits; none of a file that is not there.
    pub sha256: Option<String>,
}

impl SourceFileDigest {
    /// For the script, where `-` is the digest of a file that is not there.
    fn values(&self) -> Value {
        json!({ "path": self.path, "sha256": self.sha256.as_deref().unwrap_or("-") })
    }
}

/// The name of the Compose project for the artifacts of a lab in the folder `place`, an absolute path without links: of the letters
/// that Compose takes, and another one for each lab and each place, so that no two labs share a container or a volume. Two labs
/// whose files have one name would share a project that Compose names after the folder.
#[must_use]
pub fn project_name(lab: &str, place: &std::path::Path) -> String {
    let digest = Sha256::new().chain_update(lab).chain_update([0]).chain_update(place.as_os_str().as_encoded_bytes());
    format!("{}{}", project_start(lab), &hexadecimal(&digest.finalize())[..PROJECT_DIGITS])
}

/// Whether a text could be the name of the Compose project for a lab somewhere.
#[must_use]
pub fn is_project_name(text: &str, lab: &str) -> bool {
    text.strip_prefix(&project_start(lab)).is_some_and(|digits| {
        digits.len() == PROJECT_DIGITS && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Hexadecimal digits of a digest at the end of a project's name: 128 bits, so that nobody finds a lab whose project is another's.
const PROJECT_DIGITS: usize = 32;

fn project_start(lab: &str) -> String {
    format!("publish-{}-", slug(lab))
}

/// What a client needs beside the topology. Paths are seen from the folder of the artifacts; `~/` is the home folder.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// The relay, where one was named.
    pub relay: Option<Relay>,
    /// The file with what the client must know.
    pub secret: Option<String>,
    /// What host names are made of.
    pub host_names: HostNames,
    /// What Cloudflare gave.
    pub cloudflare: Cloudflare,
}

/// What Cloudflare gave.
#[derive(Clone, Debug, Default)]
pub struct Cloudflare {
    /// The tunnel.
    pub tunnel: Option<TunnelId>,
    /// The file of its credentials.
    pub credentials: Option<String>,
    /// Whose Access applications they are.
    pub team: Option<Team>,
    /// Of Access applications; the first one of a host name holds.
    pub tags: Vec<AccessTag>,
}

/// A relay and what it takes to be let in there.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Where it is.
    pub address: RelayAddress,
    /// The private key's file.
    pub identity: Option<String>,
    /// Its public half, in one line without a comment: for the relay's administrator.
    pub public_key: Option<String>,
    /// The file with the relay's host key; none is the user's own.
    pub known_hosts: Option<String>,
    /// Where it takes visitors in who come by host name.
    pub web_ports: WebPorts,
}

/// Why a plan could not be compiled, in words: what is missing, and how to give it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Request<'_> {
    /// The provider's name in a sentence.
    fn provider(&self) -> &'static str {
        self.plan.provider.unwrap_or("this provider")
    }

    /// The relay. `form` is how its address is written: `host[:port]`.
    pub(super) fn relay(&self, form: &str) -> Result<&Relay, Refusal> {
        self.means.relay.as_ref().ok_or_else(|| {
            Refusal(format!(
                "{} needs a relay: use `--relay {form}`, or set `address` under `[relay]` in publish-plan.toml",
                self.provider()
            ))
        })
    }

    /// The image of the topology's tunnel node, else the provider's own.
    pub(super) fn image(&self, own: &'static str) -> &str {
        self.surroundings.image.as_ref().map_or(own, |image| &image.value)
    }

    /// Something that was given, or the words of what it is and how it is given: "the tunnel's UUID: `--tunnel UUID`".
    pub(super) fn needs<T>(&self, given: Option<T>, what: &str) -> Result<T, Refusal> {
        given.ok_or_else(|| Refusal(format!("{} needs {what}", self.provider())))
    }

    /// The host name of a socket.
    pub(super) fn host_name<'s>(&self, socket: &'s PlannedSocket) -> Result<&'s str, Refusal> {
        let how = "a domain for its hostnames: use `--domain lab.example.net`, or set `domain` under `[names]` in publish-plan.toml";
        self.needs(socket.host_name.as_deref(), how)
    }

    /// The way to a port of the relay.
    pub(super) fn relay_way(&self, socket: &PlannedSocket) -> JumpWay {
        let host = self.means.relay.as_ref().map(|relay| relay.address.host.clone());
        JumpWay { host, port: socket.relay_port, proxy_command: None }
    }

    /// Adds to each socket's values.
    pub(super) fn each(
        &self,
        values: &mut Value,
        mut add: impl FnMut(&PlannedSocket, &mut Value) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let values = values["sockets"].as_array_mut().into_iter().flatten();
        values.zip(&self.plan.sockets).try_for_each(|(values, socket)| add(socket, values))
    }

    /// What the script says of a socket behind the jump host.
    fn folded_values(&self, socket: &PlannedSocket) -> Value {
        json!({
            "name": socket.name,
            "type": socket.socket_type.word(),
            "host": socket.host(),
            "port": socket.port,
            "visit": visitors::visit(self, socket),
            "audience": socket.audience.to_string(),
        })
    }

    /// What every template may name; a provider adds its own.
    pub(super) fn values(&self) -> Value {
        let mut values = json!({
            "source": self.source,
            "provider": self.plan.provider,
            "lab": self.plan.lab,
            "lab_json": plain_json(&self.plan.lab),
            "state_name": state_name(&self.plan.lab),
            "project": self.project,
            "topology": self.compiled_from.topology.values(),
            "settings": self.compiled_from.settings.iter().map(SourceFileDigest::values).collect::<Vec<_>>(),
            "proxy": self.surroundings.proxy.as_deref().unwrap_or_default(),
            "network": self.surroundings.network,
            "is_folded": !self.folded.is_empty(),
            "jump": self.plan.sockets.first().map(|jump| visitors::visit(self, jump)),
        });
        // Put in, not named in the macro, which would copy them.
        values["folded"] = self.folded.iter().map(|socket| self.folded_values(socket)).collect();
        values["sockets"] = self.plan.sockets.iter().map(socket).collect();
        values
    }
}

/// The name of the folder below `$XDG_STATE_HOME/publish-plan` in which the script of a lab keeps what it must know again: what
/// could lead elsewhere or steer a terminal is written as its bytes.
#[must_use]
pub fn state_name(lab: &str) -> String {
    let mut name = String::new();
    for byte in lab.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || (matches!(byte, b'-' | b'.') && !name.is_empty()) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02x}");
        }
    }
    name
}

/// The node's `host:port`, an IPv6 address in brackets.
pub(super) fn target(socket: &PlannedSocket) -> String {
    let host = socket.host();
    if host.contains(':') { format!("[{host}]:{}", socket.port) } else { format!("{host}:{}", socket.port) }
}

/// What `status --json` says of a socket beside how it stands.
#[derive(Serialize)]
struct Static<'s> {
    name: &'s str,
    node: &'s str,
    #[serde(rename = "type")]
    socket_type: &'s str,
    target: &'s str,
    audience: &'s str,
}

/// JSON in which what steers a terminal is written as its number.
fn plain_json(value: &(impl Serialize + ?Sized)) -> String {
    let mut plain = String::new();
    #[expect(clippy::expect_used, reason = "text and structures of text have a form in JSON")]
    for character in serde_json::to_string(value).expect("text becomes JSON").chars() {
        if steers_a_terminal(character) {
            // All of these are below U+10000, and outside strings there are none.
            let _ = write!(plain, "\\u{:04x}", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Whether the provider wants to know who a visitor is: for scripts, which must not go by the words of an audience.
fn asks_who(audience: &Audience) -> bool {
    match audience {
        Audience::Anyone | Audience::Members => false,
        Audience::Nobody | Audience::Named(_) => true,
    }
}

fn socket(socket: &PlannedSocket) -> Value {
    let (target, audience) = (target(socket), socket.audience.to_string());
    let said = Static {
        name: &socket.name,
        node: &socket.node,
        socket_type: socket.socket_type.word(),
        target: &target,
        audience: &audience,
    };
    json!({
        "json": plain_json(&said),
        "name": socket.name,
        "type": socket.socket_type.word(),
        "container": socket.container,
        "port": socket.port,
        "host": socket.host(),
        "target": target,
        "address": "-",
        "audience": audience,
        "auth": if asks_who(&socket.audience) { "yes" } else { "no" },
        "emails": socket.acl.emails,
        "domains": socket.acl.domains,
        "policies": socket.acl.policies,
        "has_acl": !socket.acl.is_empty(),
        "relay_port": socket.relay_port,
        "host_name": socket.host_name,
    })
}
