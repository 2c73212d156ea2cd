//! For visitors of sockets that are reached through a jump host: a configuration of the OpenSSH client with one `Host` per node.

use std::collections::HashMap;

use serde::Serialize;

use super::template::{Values, render};
use super::{Artifact, JumpWay, Refusal, Request};
use crate::base::whole;
use crate::plan::PlannedSocket;
use crate::provider::SSH_PORT;

/// The file name.
const NAME: &str = "ssh_config";
/// The host if it is known only once the tunnel is open (RFC 2606); `publish.sh ssh-config` replaces it.
const UNKNOWN_HOST: &str = "jump-host.invalid";
/// The same for a port. Nothing listens there.
const UNKNOWN_PORT: u16 = 65_535;

/// The file for the sockets that are reached through the one that `request` publishes. `way` is how visitors reach that one.
///
/// # Errors
/// Something cannot be written safely; the text says what.
pub(crate) fn ssh_config(request: &Request<'_>, way: &JumpWay) -> Result<Artifact, Refusal> {
    let jump = request.needs(request.plan.sockets.first(), "a jump host")?;
    tell_apart(std::iter::once(jump).chain(request.folded))?;
    let node_names = NodeNames::new(request);
    let is_known = way.host.is_some() || way.proxy_command.is_some();
    let (own, others): (Vec<&PlannedSocket>, Vec<&PlannedSocket>) =
        request.folded.iter().partition(|socket| socket.node == jump.node);
    // The sockets of one node follow each other.
    let nodes =
        others.chunk_by(|one, next| one.node == next.node).map(|sockets| NodeValues::new(&node_names, jump, sockets));
    let values = VisitorValues {
        source: request.source,
        provider: request.plan.provider,
        audience: jump.audience.to_string(),
        jump: JumpValues {
            names: node_names.of(jump),
            host: way.host.as_deref().unwrap_or(UNKNOWN_HOST),
            port: way.port.unwrap_or(if is_known { SSH_PORT } else { UNKNOWN_PORT }),
            is_unknown: way.host.is_none(),
            proxy_command: way.proxy_command,
            container: &jump.container,
            forwards: forwards(&own),
        },
        nodes: nodes.collect(),
    };
    let values = Values::of_lab(&values)?;
    Ok(Artifact::new(NAME, render(NAME, include_str!("ssh_config.hbs"), &[], &values)?))
}

/// What the template can use.
#[derive(Serialize)]
struct VisitorValues<'r> {
    source: &'r str,
    provider: Option<&'static str>,
    audience: String,
    jump: JumpValues<'r>,
    nodes: Vec<NodeValues<'r>>,
}

/// What the template can use of the jump host.
#[derive(Serialize)]
struct JumpValues<'r> {
    names: Vec<&'r str>,
    host: &'r str,
    port: u16,
    is_unknown: bool,
    proxy_command: Option<&'static str>,
    container: &'r str,
    forwards: Vec<ForwardValues<'r>>,
}

/// What it can use of a node behind the jump host: its SSH if that is folded, and its other ports.
#[derive(Serialize)]
struct NodeValues<'r> {
    names: Vec<&'r str>,
    container: &'r str,
    /// A second name for the jump host, with the forwards of this node. No node can have this name.
    via: String,
    jump_name: &'r str,
    jumps_with_ports: bool,
    is_ports_only: bool,
    forwards: Vec<ForwardValues<'r>>,
    ssh: Option<SshValues<'r>>,
}

#[derive(Serialize)]
struct SshValues<'r> {
    host: &'r str,
    port: u16,
}

/// What it can use of a port that is forwarded from the visitor's machine.
#[derive(Serialize)]
struct ForwardValues<'r> {
    name: &'r str,
    local: String,
    target: String,
    visit: Option<String>,
}

/// How a visitor connects to a folded socket with this file: a command, and the address to open while it runs.
pub(super) fn visit(node_names: &NodeNames<'_>, socket: &PlannedSocket) -> String {
    let node = node_names.of(socket)[0];
    match forwarded(socket) {
        Some(place) => format!("ssh -F {NAME} {node}   # and {place} while it runs"),
        None => format!("ssh -F {NAME} {node}"),
    }
}

/// Refuses container names that differ only in case, because ssh treats them as one host.
pub(super) fn tell_apart<'s>(sockets: impl Iterator<Item = &'s PlannedSocket>) -> Result<(), Refusal> {
    let mut seen: HashMap<String, &PlannedSocket> = HashMap::new();
    for socket in sockets {
        let first = seen.entry(socket.container.to_lowercase()).or_insert(socket);
        if first.container != socket.container {
            return Err(Refusal(format!(
                "ssh treats {} and {} as one host; rename one of the nodes",
                whole(first.shown_container()),
                whole(socket.shown_container())
            )));
        }
    }
    Ok(())
}

impl<'r> NodeValues<'r> {
    /// The values for a node that has these folded sockets, of which there is at least one.
    fn new(node_names: &NodeNames<'r>, jump: &'r PlannedSocket, sockets: &[&'r PlannedSocket]) -> Self {
        let (first, forwards) = (sockets[0], forwards(sockets));
        let is_jumped_to =
            |socket: &&&PlannedSocket| socket.through.as_ref().is_some_and(|through| through.local_port.is_none());
        let ssh = sockets.iter().find(is_jumped_to).map(|socket| SshValues { host: socket.host(), port: socket.port });
        Self {
            names: node_names.of(first),
            container: &first.container,
            via: format!("{}+ports", first.container),
            jump_name: &jump.container,
            jumps_with_ports: ssh.is_some() && !forwards.is_empty(),
            is_ports_only: ssh.is_none(),
            forwards,
            ssh,
        }
    }
}

fn forwards<'r>(sockets: &[&'r PlannedSocket]) -> Vec<ForwardValues<'r>> {
    let forward = |socket: &&'r PlannedSocket| {
        let port = socket.through.as_ref()?.local_port?;
        Some(ForwardValues {
            name: &socket.name,
            local: format!("127.0.0.1:{port}"),
            target: super::request::target(socket),
            visit: forwarded(socket),
        })
    };
    sockets.iter().filter_map(forward).collect()
}

/// The address that a visitor opens while a forward is active; none for SSH.
fn forwarded(socket: &PlannedSocket) -> Option<String> {
    let port = socket.through.as_ref()?.local_port?;
    Some(match socket.socket_type.word() {
        word @ ("http" | "https") => format!("{word}://127.0.0.1:{port}/"),
        _ => format!("127.0.0.1:{port}"),
    })
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// The names that nodes can have in a file for visitors.
pub(super) struct NodeNames<'r> {
    /// The nodes with a name or a container of this name, in lower case. None if there are several.
    owners: HashMap<String, Option<&'r str>>,
}

impl<'r> NodeNames<'r> {
    pub(super) fn new(request: &'r Request<'_>) -> Self {
        let mut owners: HashMap<String, Option<&str>> = HashMap::new();
        for socket in request.plan.sockets.iter().chain(request.folded) {
            let node = socket.node.as_str();
            for name in [node, &socket.container] {
                let owner = owners.entry(name.to_ascii_lowercase()).or_insert(Some(node));
                *owner = owner.filter(|owner| *owner == node);
            }
        }
        Self { owners }
    }

    /// The names of a socket's node: its own, if that is a plain word and no other node has it, and that of its container.
    pub(super) fn of(&self, socket: &'r PlannedSocket) -> Vec<&'r str> {
        let own = socket.node.as_str();
        let is_its_own = self.owners.get(&own.to_ascii_lowercase()) == Some(&Some(own));
        let own = Some(own).filter(|name| is_plain(name) && is_its_own && *name != socket.container);
        own.into_iter().chain([socket.container.as_str()]).collect()
    }
}
