//! For visitors of sockets that are reached through a jump host: a configuration of the OpenSSH client, a `Host` a node.

use serde_json::{Value, json};

use super::template::render;
use super::{Artifact, JumpWay, Refusal, Request};
use crate::capability::SSH_PORT;
use crate::plan::{Plan, PlannedSocket};

/// The name of the file.
const NAME: &str = "ssh_config";
/// What stands for a host that is known only once the tunnel stands (RFC 2606); `publish.sh ssh-config` fills it in.
const UNKNOWN_HOST: &str = "jump-host.invalid";
/// The same for a port; nobody listens there.
const UNKNOWN_PORT: u16 = 65_535;

/// The file for a plan with sockets behind the one that `request` publishes. `way` is how visitors reach that one.
///
/// # Errors
/// What cannot be written safely, in words.
pub(crate) fn ssh_config(request: &Request<'_>, whole: &Plan, way: &JumpWay) -> Result<Artifact, Refusal> {
    let jump = request.plan.sockets.first().ok_or_else(|| Refusal("there is no jump host".to_owned()))?;
    // Sockets of one node stand in a row.
    let folded: Vec<&PlannedSocket> = whole.sockets.iter().filter(|socket| socket.through.is_some()).collect();
    let nodes: Vec<Value> =
        folded.chunk_by(|one, next| one.node == next.node).map(|sockets| node(jump, sockets)).collect();
    let is_known = way.host.is_some() || way.proxy_command.is_some();
    let values = json!({
        "source": request.source,
        "provider": request.plan.provider,
        "audience": jump.audience.to_string(),
        "jump": {
            "names": names(jump),
            "host": way.host.as_deref().unwrap_or(UNKNOWN_HOST),
            "port": way.port.unwrap_or(if is_known { SSH_PORT } else { UNKNOWN_PORT }),
            "is_unknown": way.host.is_none(),
            "proxy_command": way.proxy_command,
            "container": jump.container,
        },
        "nodes": nodes,
    });
    Ok(Artifact::new(NAME, render(NAME, include_str!("ssh_config.hbs"), &[], &values)?))
}

/// A node's `Host`: its SSH where that is folded, and its other ports.
fn node(jump: &PlannedSocket, sockets: &[&PlannedSocket]) -> Value {
    let forwards: Vec<Value> = sockets
        .iter()
        .filter_map(|socket| {
            let port = socket.through.as_ref()?.local_port?;
            Some(json!({
                "name": socket.name,
                "port": port,
                "local": format!("127.0.0.1:{port}"),
                "target": super::request::target(socket),
                "visit": visit(socket, port),
            }))
        })
        .collect();
    let ssh = sockets
        .iter()
        .find(|socket| is_jumped_to(socket))
        .map(|socket| json!({ "host": socket.host(), "port": socket.port }));
    // A second name for the way through the jump host, with this node's forwards.
    let via = sockets.first().map(|socket| format!("{}.ports", socket.container));
    json!({
        "is_jump_host": sockets.first().is_some_and(|socket| socket.node == jump.node),
        "names": sockets.first().map(|socket| names(socket)),
        "container": sockets.first().map(|socket| &socket.container),
        "forwards": forwards,
        "ssh": ssh,
        "via": via,
        "jump_name": jump.container,
        "jumps_with_ports": ssh.is_some() && !forwards.is_empty(),
        "is_ports_only": ssh.is_none(),
    })
}

fn is_jumped_to(socket: &PlannedSocket) -> bool {
    socket.through.as_ref().is_some_and(|through| through.local_port.is_none())
}

/// What a visitor opens while the forward stands.
fn visit(socket: &PlannedSocket, port: u16) -> String {
    match socket.socket_type.word() {
        word @ ("http" | "https") => format!("{word}://127.0.0.1:{port}/"),
        _ => format!("127.0.0.1:{port}"),
    }
}

/// The names of a node in the file: its container's, and its own where that is a plain word.
fn names(socket: &PlannedSocket) -> Vec<&str> {
    let is_plain = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let own = Some(socket.node.as_str()).filter(|name| is_plain(name) && *name != socket.container);
    own.into_iter().chain([socket.container.as_str()]).collect()
}
