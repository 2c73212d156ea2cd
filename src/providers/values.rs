//! What the templates of every provider can use. A provider flattens these into structures with what is its own.

use std::fmt::Write as _;

use serde::Serialize;

use super::node::words;
use super::request::{SourceFileDigest, state_name, target};
use super::template::{NamedValues, Value};
use super::users::user_of;
use super::visitors::NodeNames;
use super::{Request, visitors};
use crate::base::{steers, steers_a_terminal};
use crate::plan::PlannedSocket;
use crate::provider::{Audience, DefaultImage};

/// What every template can use of a lab.
#[derive(Serialize)]
pub(super) struct LabValues<'r> {
    source: &'r str,
    provider: Option<&'static str>,
    lab: &'r str,
    lab_json: String,
    state_name: String,
    project: &'r str,
    topology: SourceFileValues<'r>,
    entries: Vec<SourceFileValues<'r>>,
    settings: Vec<SourceFileValues<'r>>,
    pub(super) proxy: &'r str,
    network: &'r str,
    /// The container of the node that runs the client; empty without one.
    node: &'r str,
    /// Its name in the topology.
    node_name: &'r str,
    /// The topology that has it.
    node_topology: &'r str,
    /// The client runs in a pod.
    is_pod: bool,
    /// The files that are mounted into it, with spaces between them.
    node_files: String,
    pub(super) image: String,
    is_folded: bool,
    /// How visitors connect to the first socket, which is the jump host's if sockets are folded.
    jump: Option<String>,
    folded: Vec<FoldedValues<'r>>,
}

/// What templates can use of a file that the lab was compiled from.
#[derive(Serialize)]
struct SourceFileValues<'r> {
    path: &'r str,
    /// `-` for a file that does not exist.
    sha256: &'r str,
}

/// What templates can use of a socket that is reached through the jump host.
#[derive(Serialize)]
struct FoldedValues<'r> {
    name: &'r str,
    #[serde(rename = "type")]
    socket_type: &'static str,
    host: &'r str,
    port: u16,
    visit: String,
    audience: String,
    node: &'r str,
}

/// What every template can use of a socket.
pub(super) struct SocketValues<'r> {
    name: &'r str,
    node: &'r str,
    user: &'static str,
    socket_type: &'static str,
    host: &'r str,
    port: u16,
    pub(super) target: String,
    /// The public address, for visitors; `-` if it is known only once the tunnel is open.
    address: String,
    audience: String,
    auth: &'static str,
    has_acl: bool,
    /// Its items, with spaces between them, in small letters.
    acl_words: String,
    emails: &'r [String],
    domains: &'r [String],
    policies: &'r [String],
    relay_port: Option<u16>,
    host_name: Option<&'r str>,
}

impl<'r> LabValues<'r> {
    /// `image` is the provider's default for the client's container.
    pub(super) fn new(request: &Request<'r>, image: &'static DefaultImage) -> Self {
        let plan = request.plan;
        let node_names = NodeNames::new(request);
        Self {
            source: request.source,
            provider: plan.provider,
            lab: &plan.lab,
            lab_json: plain_json(&plan.lab),
            state_name: state_name(&plan.lab, plan.provider.filter(|_| request.is_part)),
            project: request.project,
            topology: SourceFileValues::new(&request.compiled_from.topology),
            entries: request.compiled_from.entries.iter().map(SourceFileValues::new).collect(),
            settings: request.compiled_from.settings.iter().map(SourceFileValues::new).collect(),
            proxy: request.lab_context.proxy.as_deref().unwrap_or_default(),
            network: &request.lab_context.network,
            node: request.node.map_or("", |node| node.container),
            node_name: request.node.map_or("", |node| node.name),
            node_topology: request.node.map_or("", |node| node.topology),
            is_pod: request.is_pod,
            node_files: request.node.map_or_else(String::new, |node| words(node.client.mounted())),
            image: request.image(image),
            is_folded: !request.folded.is_empty(),
            jump: plan.sockets.first().map(|jump| visitors::visit(&node_names, jump)),
            folded: request.folded.iter().map(|socket| FoldedValues::new(&node_names, socket)).collect(),
        }
    }
}

impl<'r> SourceFileValues<'r> {
    fn new(file: &'r SourceFileDigest) -> Self {
        Self { path: &file.path, sha256: file.sha256.as_deref().unwrap_or("-") }
    }
}

impl<'r> FoldedValues<'r> {
    fn new(node_names: &NodeNames<'_>, socket: &'r PlannedSocket) -> Self {
        Self {
            name: &socket.name,
            socket_type: socket.socket_type.word(),
            host: socket.host(),
            port: socket.port,
            visit: visitors::visit(node_names, socket),
            audience: socket.audience.to_string(),
            node: &socket.node,
        }
    }
}

/// The acl of a socket, as publish.sh reads it.
fn acl_words(socket: &PlannedSocket) -> String {
    let acl = &socket.acl;
    let domains = acl.domains.iter().map(|domain| format!("@{domain}"));
    let policies = acl.policies.iter().map(|policy| format!("policy:{}", policy.replace(' ', "_")));
    let words: Vec<String> = acl.emails.iter().cloned().chain(domains).chain(policies).collect();
    words.join(" ").to_lowercase()
}

impl<'r> SocketValues<'r> {
    /// A socket with its public address, if that is known.
    pub(super) fn new(socket: &'r PlannedSocket, address: Option<String>) -> Self {
        let (target, audience) = (target(socket), socket.audience.to_string());
        Self {
            name: &socket.name,
            node: &socket.node,
            user: user_of(socket.kind.as_deref()),
            socket_type: socket.socket_type.word(),
            host: socket.host(),
            port: socket.port,
            target,
            address: address.unwrap_or_else(|| "-".to_owned()),
            audience,
            auth: if asks_who(&socket.audience) { "yes" } else { "no" },
            has_acl: !socket.acl.is_empty(),
            acl_words: acl_words(socket),
            emails: &socket.acl.emails,
            domains: &socket.acl.domains,
            policies: &socket.acl.policies,
            relay_port: socket.public_port,
            host_name: socket.host_name.as_deref(),
        }
    }
}

impl NamedValues for SocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "name" => self.name.into(),
            "node" => self.node.into(),
            "user" => self.user.into(),
            "type" => self.socket_type.into(),
            "host" => self.host.into(),
            "port" => self.port.into(),
            "target" => (&self.target).into(),
            "address" => (&self.address).into(),
            "audience" => (&self.audience).into(),
            "auth" => self.auth.into(),
            "has_acl" => self.has_acl.into(),
            "acl_words" => (&self.acl_words).into(),
            "emails" => self.emails.into(),
            "domains" => self.domains.into(),
            "policies" => self.policies.into(),
            "relay_port" => self.relay_port.into(),
            "host_name" => self.host_name.into(),
            _ => return None,
        })
    }
}

/// JSON in which characters that control a terminal are written as numbers.
pub(super) fn plain_json(value: &str) -> String {
    #[expect(clippy::expect_used, reason = "text has a form in JSON")]
    let text = serde_json::to_string(value).expect("text becomes JSON");
    if !steers(&text) {
        return text;
    }
    let mut plain = String::new();
    for character in text.chars() {
        if steers_a_terminal(character) {
            // All of these are below U+10000, and outside strings there are none.
            let _ = write!(plain, "\\u{:04x}", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Whether visitors must log in: for scripts, which must not depend on the words of an audience.
fn asks_who(audience: &Audience) -> bool {
    match audience {
        Audience::Anyone | Audience::Members => false,
        Audience::Nobody | Audience::Named(_) => true,
    }
}
