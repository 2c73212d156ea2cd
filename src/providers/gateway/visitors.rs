//! For visitors of what only a certificate opens: a configuration of the OpenSSH client.

use std::collections::HashMap;

use serde::Serialize;

use super::is_closed;
use crate::plan::PlannedSocket;
use crate::providers::users::{UNKNOWN, user_of};
use crate::providers::visitors::{NodeNames, tell_apart};
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
    /// The user stands for one that the visitor knows.
    is_unknown_user: bool,
    port: u16,
}

/// How a visitor reaches a socket with the file.
#[derive(Clone, Debug)]
pub(super) struct WayValues {
    pub(super) host: String,
    /// The port of the visitor's machine that leads to the socket while ssh runs; none if ssh itself does.
    pub(super) local_port: Option<u16>,
}

/// How visitors reach what is closed.
pub(super) struct Visitors<'r> {
    pub(super) nodes: Vec<NodeValues<'r>>,
    /// By the name of a socket.
    pub(super) ways: HashMap<&'r str, WayValues>,
}

impl<'r> Visitors<'r> {
    /// # Errors
    /// ssh cannot tell two nodes apart.
    pub(super) fn new(request: &'r Request<'_>) -> Result<Self, Refusal> {
        let closed: Vec<&PlannedSocket> = request.plan.sockets.iter().filter(|socket| is_closed(socket)).collect();
        tell_apart(closed.iter().copied())?;
        let node_names = NodeNames::new(request);
        let mut visitors = Self { nodes: Vec::new(), ways: HashMap::new() };
        for sockets in closed.chunk_by(|one, next| one.node == next.node) {
            visitors.add(node_names.of(sockets[0]), sockets);
        }
        Ok(visitors)
    }

    /// Adds a node with these names and sockets.
    fn add(&mut self, names: Vec<&'r str>, sockets: &[&'r PlannedSocket]) {
        let jumped = sockets.iter().find(|socket| socket.is_ssh());
        let forwards = sockets.iter().filter(|socket| jumped.is_none_or(|jumped| jumped.name != socket.name));
        let forwards: Vec<PortValues<'r>> = forwards.map(|socket| PortValues::new(socket)).collect();
        let ports_name = format!("{}+ports", names[0]);
        let to_node = WayValues { host: names[0].to_owned(), local_port: None };
        self.ways.extend(jumped.map(|socket| (socket.name.as_str(), to_node)));
        let to_port = |port| WayValues { host: ports_name.clone(), local_port: Some(port) };
        self.ways.extend(forwards.iter().map(|forward| (forward.name, to_port(forward.port))));
        self.nodes.push(NodeValues {
            names,
            container: &sockets[0].container,
            ports_name,
            ssh: jumped.map(|socket| PortValues::new(socket)),
            forwards,
        });
    }
}

impl<'r> PortValues<'r> {
    fn new(socket: &'r PlannedSocket) -> Self {
        Self {
            name: &socket.name,
            audience: socket.audience.to_string(),
            user: user_of(socket.kind.as_deref()),
            is_unknown_user: user_of(socket.kind.as_deref()) == UNKNOWN,
            port: socket.public_port.expect("every socket of a gateway has a port"),
        }
    }
}
