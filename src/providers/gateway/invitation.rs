//! A mail for one visitor of a gateway.

use serde::Serialize;

use super::is_closed;
use super::people::is_exact;
use super::values::GatewayValues;
use crate::base::quoted;
use crate::plan::PlannedSocket;
use crate::provider::SSH_PORT;
use crate::providers::ssh::tunnel;
use crate::providers::template::{Values, render};
use crate::providers::users::{UNKNOWN, user_of};
use crate::providers::{Invitation, Refusal, Relay, Request};

/// The text of the mail.
///
/// # Errors
/// No entry names the visitor; something is missing, or cannot be written safely.
pub(super) fn text(request: &Request<'_>, relay: &Relay, invitation: &Invitation<'_>) -> Result<String, Refusal> {
    let visitor = invitation.visitor.to_ascii_lowercase();
    if !visitor.contains('@') || !is_exact(&visitor) {
        return Err(Refusal(format!("{} is not an email address that a gateway supports", quoted(invitation.visitor))));
    }
    let named: Vec<&PlannedSocket> = request.plan.sockets.iter().filter(|socket| socket.acl.names(&visitor)).collect();
    if named.is_empty() {
        return Err(Refusal(format!("no entry of this lab names {}", quoted(invitation.visitor))));
    }
    let gateway = GatewayValues::new(request)?;
    let jump = format!("{}-visitors@{}", gateway.account, relay.address.url_host());
    let port = tunnel::port(relay);
    let mut values = MailValues {
        lab: &request.plan.lab,
        visitor,
        until: invitation.until,
        gateway,
        pages: Vec::new(),
        ports: Vec::new(),
        has_unknown_user: false,
    };
    for socket in named {
        match &socket.host_name {
            Some(_) if !is_closed(socket) => values.pages.push(values.gateway.page_of(request.host_name(socket)?)),
            _ => values.ports.push(PortValues::new(request, socket, &jump, port)?),
        }
    }
    values.has_unknown_user = values.ports.iter().any(|port| port.is_ssh && port.user == UNKNOWN);
    render("the mail", include_str!("templates/mail.hbs"), &[], &Values::of_lab(&values)?)
}

/// What the template can use.
#[derive(Serialize)]
struct MailValues<'r> {
    lab: &'r str,
    visitor: String,
    until: Option<&'r str>,
    gateway: GatewayValues,
    pages: Vec<String>,
    ports: Vec<PortValues<'r>>,
    /// The visitor has to replace the user of a command.
    has_unknown_user: bool,
}

/// A port behind the gateway's sshd.
#[derive(Serialize)]
struct PortValues<'r> {
    node: &'r str,
    node_port: u16,
    /// The visitor jumps to it; otherwise, it is forwarded to the visitor's machine.
    is_ssh: bool,
    port: u16,
    /// `-p 2222 `, if the gateway's sshd is not at its usual port.
    gateway_port: String,
    jump: String,
    container: &'r str,
    user: &'static str,
}

impl<'r> PortValues<'r> {
    fn new(request: &Request<'_>, socket: &'r PlannedSocket, jump: &str, port: u16) -> Result<Self, Refusal> {
        let is_ssh = socket.is_ssh();
        let is_usual = port == SSH_PORT;
        Ok(Self {
            node: &socket.node,
            node_port: socket.port,
            is_ssh,
            port: request.relay_port(socket)?,
            gateway_port: if is_usual || is_ssh { String::new() } else { format!("-p {port} ") },
            jump: if is_ssh && !is_usual { format!("{jump}:{port}") } else { jump.to_owned() },
            container: &socket.container,
            user: user_of(socket.kind.as_deref()),
        })
    }
}
