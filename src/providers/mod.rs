//! Takes a [`Plan`] and what stands around the lab. Gives artifacts: the files that run the tunnels. Each provider has a
//! folder with its capabilities and its templates, and a line in the table.

mod artifact;
mod border0;
mod bore;
mod cloudflared;
mod frp;
mod mysocketio;
mod ngrok;
mod request;
mod script;
mod ssh;
mod tailscale;
mod template;
pub(crate) mod visitors;

use std::sync::LazyLock;

pub use artifact::Artifact;
pub use request::{
    Cloudflare, CompiledFrom, Means, Refusal, Relay, Request, SourceFileDigest, is_project_name, project_name,
    state_name,
};

use crate::capability::Capabilities;
use crate::plan::PlannedSocket;

/// Something that carries sockets to the outside.
pub trait Provider: Sync {
    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// The files for a plan that was made with these capabilities. The same request gives the same bytes.
    ///
    /// # Errors
    /// What is missing or cannot be written safely, in words.
    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal>;

    /// How visitors' SSH reaches a jump host's socket, of a type that leads SSH ([`leads_ssh`](crate::capability::Carried::leads_ssh)).
    ///
    /// # Errors
    /// What is missing, in words.
    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal>;
}

/// How visitors' SSH reaches a jump host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JumpWay {
    /// A name or an address; none where it is known only once the tunnel stands.
    pub host: Option<String>,
    /// Its port; none is SSH's own, or one that is known with the host.
    pub port: Option<u16>,
    /// A command that carries the connection, as in `ssh_config(5)`.
    pub proxy_command: Option<&'static str>,
}

/// Every provider, in alphabetical order.
pub static ALL: &[&dyn Provider] = &[
    &border0::Border0,
    &bore::Bore,
    &cloudflared::Cloudflared,
    &frp::Frp,
    &mysocketio::Mysocketio,
    &ngrok::Ngrok,
    &ssh::Ssh,
    &tailscale::Serve,
    &tailscale::Funnel,
];

static CAPABILITIES: LazyLock<Vec<&'static Capabilities>> =
    LazyLock::new(|| ALL.iter().map(|provider| provider.capabilities()).collect());

/// The capabilities of every provider, in alphabetical order of their names.
#[must_use]
pub fn capabilities() -> &'static [&'static Capabilities] {
    &CAPABILITIES
}

/// The provider called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.capabilities().name == Some(name))
}
