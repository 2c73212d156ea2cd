use std::fmt::Write as _;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::template::slug;
use super::{JumpWay, TunnelNode};
use crate::base::hexadecimal;
use crate::plan::{LabContext, Plan, PlannedSocket};
use crate::provider::{DefaultImage, HostNames, Key, RelayAddress, Values, WebPorts};

/// What to compile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'r> {
    /// The sockets to publish. The provider carries every one of them and enforces every acl; others are not in a plan.
    pub(crate) plan: &'r Plan,
    /// What the topology says about the client.
    pub(crate) lab_context: &'r LabContext,
    /// The file name of the topology, without its directory, for the head of each file.
    pub(crate) source: &'r str,
    /// What flags and settings say about the client.
    pub(crate) client_settings: &'r ClientSettings,
    /// Sockets that are reached through the only socket of the plan, which is the jump host's.
    pub(crate) folded: &'r [PlannedSocket],
    /// The name of the Compose project ([`project_name`]).
    pub(crate) project: &'r str,
    /// The files that the script checks for changes.
    pub(crate) compiled_from: &'r CompiledFrom,
    /// The node of the topology that runs the client, if one does.
    pub(crate) node: Option<TunnelNode<'r>>,
    /// The files are for a pod.
    pub(crate) is_pod: bool,
    /// The plan is that of one of several providers of the lab.
    pub(crate) is_part: bool,
}

/// The files that a compilation was made from. If one of them changes, the artifacts may open more than it allows now.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompiledFrom {
    /// The topology.
    pub(crate) topology: SourceFileDigest,
    /// The entries file and, before it and without a digest, the places where another one would be found first.
    pub(crate) entries: Vec<SourceFileDigest>,
    /// The publish-plan.toml and, before it and without a digest, the places where another one would take precedence.
    pub(crate) settings: Vec<SourceFileDigest>,
}

/// A file and its digest.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceFileDigest {
    /// Relative to the directory of the artifacts.
    pub(crate) path: String,
    /// SHA-256 in hexadecimal digits; none if the file does not exist.
    pub(crate) sha256: Option<String>,
}

/// The name of the Compose project for the artifacts of a lab in the directory `place`, an absolute path without links. It has only
/// characters that Compose accepts and is different for each lab and each directory, so that two labs never share a container or a
/// volume. By default, Compose uses the name of the directory, which two labs can have in common.
#[must_use]
pub(crate) fn project_name(lab: &str, place: &std::path::Path) -> String {
    let digest = Sha256::new().chain_update(lab).chain_update([0]).chain_update(place.as_os_str().as_encoded_bytes());
    format!("{}{}", project_start(lab), &hexadecimal(&digest.finalize())[..PROJECT_DIGITS])
}

/// Whether a text can be the name of the Compose project for a lab in some directory.
#[must_use]
pub(crate) fn is_project_name(text: &str, lab: &str) -> bool {
    text.strip_prefix(&project_start(lab)).is_some_and(|digits| {
        digits.len() == PROJECT_DIGITS && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The number of hexadecimal digits at the end of a project name: 128 bits, so that nobody can construct a lab with the same name.
const PROJECT_DIGITS: usize = 32;

fn project_start(lab: &str) -> String {
    format!("publish-{}-", slug(lab))
}

/// What a client needs in addition to the topology. Paths are relative to the directory of the artifacts; `~/` is the home directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientSettings {
    /// The relay, if one is set.
    pub(crate) relay: Option<Relay>,
    /// The file with the client's secret.
    pub(crate) secret: Option<String>,
    /// How hostnames are formed.
    pub(crate) host_names: HostNames,
    /// The provider's own settings ([`own_settings`](crate::provider::Capabilities::own_settings)), and the images that settings name.
    pub(crate) own: Values,
}

/// A relay and how to log in there.
#[derive(Clone, Debug)]
pub(crate) struct Relay {
    /// Its address.
    pub(crate) address: RelayAddress,
    /// The file of the private key.
    pub(crate) identity: Option<String>,
    /// The public key, in one line without a comment, for the relay's administrator.
    pub(crate) public_key: Option<String>,
    /// The file with the relay's host key; none for the user's `known_hosts`.
    pub(crate) known_hosts: Option<String>,
    /// The ports where it accepts visitors by hostname.
    pub(crate) web_ports: WebPorts,
}

/// Why a plan cannot be compiled: what is missing and how to set it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub String);

impl Request<'_> {
    /// The provider's name, for messages.
    fn provider(&self) -> &'static str {
        self.plan.provider.unwrap_or("this provider")
    }

    /// The relay. `form` is the expected form of its address, such as `host[:port]`.
    pub(super) fn relay(&self, form: &str) -> Result<&Relay, Refusal> {
        self.client_settings.relay.as_ref().ok_or_else(|| {
            Refusal(format!(
                "{} needs a relay: use `--relay {form}`, or set `address` under `[relay]` in publish-plan.toml",
                self.provider()
            ))
        })
    }

    /// The image to use: that of the settings, or otherwise that of the topology's tunnel node, or the provider's default.
    pub(super) fn image(&self, default: &DefaultImage) -> String {
        let configured = default.setting.as_ref().and_then(|key| self.client_settings.own.get(key));
        let of_topology = || self.lab_context.image.as_ref().map(|image| image.value.clone());
        configured.map(|image| image.to_string()).or_else(of_topology).unwrap_or_else(|| default.reference.to_owned())
    }

    /// The port of a socket at the relay.
    pub(super) fn relay_port(&self, socket: &PlannedSocket) -> Result<u16, Refusal> {
        let missing = || self.needs(None, &format!("a relay port for {}", socket.shown_name()));
        socket.public_port.map_or_else(missing, Ok)
    }

    /// The refusal of a socket whose port is one on which the relay itself listens.
    pub(super) fn own_port(socket: &PlannedSocket, port: u16) -> Refusal {
        Refusal(format!(
            "port {port} of {} is used by the relay itself; choose other ports with `--relay-ports`",
            socket.shown_name()
        ))
    }

    /// A value that is set, or a refusal that says what is missing and how to set it: "a tunnel: use `--tunnel UUID`".
    pub(super) fn needs<T>(&self, given: Option<T>, what: &str) -> Result<T, Refusal> {
        given.ok_or_else(|| Refusal(format!("{} needs {what}", self.provider())))
    }

    /// The value of a setting of the provider's own, or a refusal that says what is missing ("a tunnel") and how to set it.
    pub(super) fn own<T: FromStr>(&self, key: &Key<T>, what: &str) -> Result<T, Refusal> {
        let (flag, set) = key.setting.ways();
        let how = flag.map_or_else(|| format!("set {set}"), |flag| format!("use {flag}, or set {set}"));
        self.needs(self.client_settings.own.get(key), &format!("{what}: {how}"))
    }

    /// The hostname of a socket.
    pub(super) fn host_name<'s>(&self, socket: &'s PlannedSocket) -> Result<&'s str, Refusal> {
        let how = "a domain for its hostnames: use `--domain lab.example.net`, or set `domain` under `[names]` in publish-plan.toml";
        self.needs(socket.host_name.as_deref(), how)
    }

    /// How SSH reaches a port of the relay.
    pub(super) fn relay_way(&self, socket: &PlannedSocket) -> JumpWay {
        let host = self.client_settings.relay.as_ref().map(|relay| relay.address.host.clone());
        JumpWay { host, port: socket.public_port, proxy_command: None }
    }
}

/// The name of the directory below `$XDG_STATE_HOME/publish-plan` where the script of a lab keeps its state. Characters that could point
/// to another directory or control a terminal are written as the numbers of their bytes. `provider` is given if the lab has several,
/// whose scripts have states of their own.
#[must_use]
pub(crate) fn state_name(lab: &str, provider: Option<&str>) -> String {
    let mut name = String::new();
    for byte in lab.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || (matches!(byte, b'-' | b'.') && !name.is_empty()) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02x}");
        }
    }
    // No lab's own has this character.
    provider.map_or_else(|| name.clone(), |provider| format!("{name}@{provider}"))
}

/// `host:port` of the node, with an IPv6 address in brackets.
pub(super) fn target(socket: &PlannedSocket) -> String {
    let host = socket.host();
    if host.contains(':') { format!("[{host}]:{}", socket.port) } else { format!("{host}:{}", socket.port) }
}
