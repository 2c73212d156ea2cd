//! Where visitors reach a socket, and who they are, in words.

use crate::base::whole;
use crate::plan::PlannedSocket;
use crate::provider::Login;

/// `grafana.lab.example.org`, `port 20067`, `port 20067 through ssh`, or with a jump host `folded: via r1` and
/// `folded: 127.0.0.1:20067 via r1`. None if only the provider knows.
pub(crate) fn words(socket: &PlannedSocket) -> Option<String> {
    through(socket).or_else(|| socket.host_name.as_deref().map(whole)).or_else(|| port(socket))
}

/// Who may connect, and how they are identified: `user@domain.com by ssh certificate`.
pub(crate) fn who(socket: &PlannedSocket) -> String {
    let login = socket.login.map_or_else(String::new, |login| format!(" {}", login.words()));
    format!("{}{login}", socket.audience)
}

fn through(socket: &PlannedSocket) -> Option<String> {
    let through = socket.through.as_ref()?;
    let local = through.local_port.map_or_else(String::new, |port| format!("127.0.0.1:{port} "));
    Some(format!("folded: {local}via {}", whole(&through.jump_host)))
}

/// Behind its hostname, a socket can have a port that no visitor reaches.
fn port(socket: &PlannedSocket) -> Option<String> {
    let port = socket.public_port.filter(|_| !socket.needs_host_name)?;
    Some(match socket.login {
        Some(Login::Certificate) => format!("port {port} through ssh"),
        Some(Login::Browser) | None => format!("port {port}"),
    })
}
