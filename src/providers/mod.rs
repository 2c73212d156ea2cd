//! Takes a [`Plan`] and the settings of the tunnel client. Gives artifacts: the files that run the tunnels. Each provider has a
//! directory with its capabilities and its templates, and one line in the table.
//!
//! Its `mod.rs` has its `Capabilities`, `artifacts`, and `jump_way`. `client.sh`, plain POSIX sh without templates, becomes part of
//! `runtime.sh`: it defines what `script/defaults.sh` names, and replaces a default only if it differs. `templates/lab.sh.hbs` assigns
//! what it needs to know of a lab. Variable names begin with a word of their function. Output of a client goes through `plain_word`,
//! `say`, or `told`; whatever `client_prepare` puts into `$state`, `client_close` removes. What a client prints is copied from its
//! source or from a run. The Compose file mounts single files, never the directory. A file for the administrator of the user's own server,
//! or for visitors, is in a directory of its own ([`Artifact::in_folder`]).

mod artifact;
mod border0;
mod bore;
mod cloudflared;
mod frp;
mod gateway;
mod invitation;
pub(crate) mod kubernetes;
mod mysocketio;
mod ngrok;
pub(crate) mod node;
mod request;
mod script;
pub(crate) mod several;
mod ssh;
mod tailscale;
mod template;
mod users;
mod values;
pub(crate) mod visitors;
pub(crate) mod yaml;

use std::sync::LazyLock;

pub(crate) use artifact::{Artifact, Folder};
pub(crate) use invitation::Invitation;
pub(crate) use node::{ClientContainer, TunnelNode};
pub(crate) use request::{
    ClientSettings, CompiledFrom, Refusal, Relay, Request, SourceFileDigest, is_project_name, project_name, state_name,
};
pub(crate) use yaml::Yaml;

use crate::plan::{Plan, PlannedSocket};
use crate::provider::Capabilities;

/// A tunnel provider.
pub(crate) trait Provider: Sync {
    /// What the provider supports.
    fn capabilities(&self) -> &'static Capabilities;

    /// The files for a plan that was made with these capabilities. The same request gives the same bytes.
    ///
    /// # Errors
    /// Something is missing or cannot be written safely; the text says what.
    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal>;

    /// The ports of the relay's host where its server listens besides those of sockets, and where no other server can. None are known of
    /// a service, and sshd serves several providers.
    fn server_ports(&self, _: &Request<'_>) -> Vec<u16> {
        Vec::new()
    }

    /// The container of its client, for a node of the topology ([`node`]).
    ///
    /// # Errors
    /// The client has none, or something is missing; the text says what.
    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        let provider = request.plan.provider.unwrap_or("this provider");
        let (place, flag) =
            if request.is_pod { ("in Kubernetes", "--kubernetes") } else { ("as a node of the topology", "--node") };
        Err(Refusal(format!("{provider} cannot run {place}; leave out `{flag}`")))
    }

    /// An invitation for one visitor, to paste into a mail: what to open, and how. The plan was made with these capabilities.
    ///
    /// # Errors
    /// Nothing names the visitor, something is missing, or the provider tells addresses only once the tunnels are open.
    fn invitation(&self, request: &Request<'_>, _: &Invitation<'_>) -> Result<String, Refusal> {
        let provider = request.plan.provider.unwrap_or("this provider");
        Err(Refusal(format!(
            "`invite` works with the provider gateway only, where all addresses are known before the tunnels are open; with {provider}, `publish-plan visit SOCKET` prints how to connect"
        )))
    }

    /// How SSH of visitors reaches the socket of a jump host, whose type can carry SSH
    /// ([`leads_ssh`](crate::provider::Carried::leads_ssh)).
    ///
    /// # Errors
    /// Something is missing; the text says what.
    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal>;
}

/// How SSH of visitors reaches a jump host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JumpWay {
    /// A hostname or an address; none if it is known only once the tunnel is open.
    pub(crate) host: Option<String>,
    /// Its port; none for port 22, or if it is known only together with the host.
    pub(crate) port: Option<u16>,
    /// The `ProxyCommand` of `ssh_config(5)`, if one is needed.
    pub(crate) proxy_command: Option<&'static str>,
}

/// Every provider, in alphabetical order.
pub(crate) static ALL: &[&dyn Provider] = &[
    &border0::Border0,
    &bore::Bore,
    &cloudflared::Cloudflared,
    &frp::Frp,
    &gateway::Gateway,
    &mysocketio::Mysocketio,
    &ngrok::Ngrok,
    &ssh::Ssh,
    &tailscale::Serve,
    &tailscale::Funnel,
];

static CAPABILITIES: LazyLock<Vec<&'static Capabilities>> =
    LazyLock::new(|| ALL.iter().map(|provider| provider.capabilities()).collect());

/// The capabilities of every provider, in alphabetical order.
#[must_use]
pub fn capabilities() -> &'static [&'static Capabilities] {
    &CAPABILITIES
}

/// The provider whose client ran in nodes of a kind. None if there is no such kind.
#[must_use]
pub(crate) fn of_node_kind(kind: &str) -> Option<&'static Capabilities> {
    capabilities().iter().copied().find(|provider| provider.node.kind == Some(kind))
}

/// The capabilities of the providers that a plan was made for. None if no provider is selected.
#[must_use]
pub(crate) fn of_plan(plan: &Plan) -> Vec<&'static Capabilities> {
    let names = plan.provider.into_iter().chain(plan.providers.iter().map(|provider| provider.name));
    names.filter_map(find).map(Provider::capabilities).collect()
}

/// The provider named `name`.
#[must_use]
pub(crate) fn find(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.capabilities().name == Some(name))
}
