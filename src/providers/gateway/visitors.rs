//! For visitors of what only a certificate opens: a configuration of the OpenSSH client.

use serde::Serialize;

use super::is_closed;
use crate::plan::PlannedSocket;
use crate::providers::users::user_of;
use crate::providers::visitors::{names, tell_apart};
use crate::providers::{Refusal, Request};

/// What the template can use of a node: its SSH if that is closed, and its other closed ports.
#[derive(Serialize)]
pub(super) struct NodeValues<'r> {
    names: Vec<&'r str>,
    container: &'r str,
    /// The name with which its ports are forwarded. No node can have it.
    ports_name: String,
    ssh: Option<PortValues<'r>>,
    forwards: Vec<PortValues<'r>>,
}

#[derive(Serialize)]
struct PortValues<'r> {
    name: &'r str,
    audience: String,
    user: &'static str,
    port: u16,
}

/// The nodes with closed sockets.
///
/// # Errors
/// ssh cannot tell two nodes apart.
pub(super) fn nodes<'r>(request: &'r Request<'_>) -> Result<Vec<NodeValues<'r>>, Refusal> {
    let closed: Vec<&PlannedSocket> = request.plan.sockets.iter().filter(|socket| is_closed(socket)).collect();
    tell_apart(closed.iter().copied())?;
    let nodes = closed.chunk_by(|one, next| one.node == next.node).map(|sockets| node(request, sockets));
    Ok(nodes.collect())
}

fn node<'r>(request: &'r Request<'_>, sockets: &[&'r PlannedSocket]) -> NodeValues<'r> {
    let first = sockets[0];
    let jumped = sockets.iter().find(|socket| socket.is_ssh());
    let forwards = sockets.iter().filter(|socket| jumped.is_none_or(|jumped| jumped.name != socket.name));
    NodeValues {
        names: names(request, first),
        container: &first.container,
        ports_name: ports_name(request, first),
        ssh: jumped.map(|socket| PortValues::new(socket)),
        forwards: forwards.map(|socket| PortValues::new(socket)).collect(),
    }
}

/// How a visitor connects to a closed socket with the file: a command, and the address to open while it runs.
pub(super) fn command(request: &Request<'_>, socket: &PlannedSocket) -> String {
    let of_node = request.plan.sockets.iter().filter(|other| is_closed(other) && other.node == socket.node);
    let jumped = of_node.clone().find(|other| other.is_ssh());
    if jumped.is_some_and(|jumped| jumped.name == socket.name) {
        return format!("ssh -F visitors/ssh_config {}", names(request, socket)[0]);
    }
    let port = socket.public_port.expect("every socket of a gateway has a port");
    format!("ssh -F visitors/ssh_config {}   # and 127.0.0.1:{port} while it runs", ports_name(request, socket))
}

fn ports_name(request: &Request<'_>, socket: &PlannedSocket) -> String {
    format!("{}+ports", names(request, socket)[0])
}

impl<'r> PortValues<'r> {
    fn new(socket: &'r PlannedSocket) -> Self {
        Self {
            name: &socket.name,
            audience: socket.audience.to_string(),
            user: user_of(socket.kind.as_deref()),
            port: socket.public_port.expect("every socket of a gateway has a port"),
        }
    }
}
