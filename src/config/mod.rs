//! Takes the text of a publish-plan.toml. Gives a [`Config`], or findings with their places. Every key is in [`KEYS`] and
//! in schemas/config.schema.json; what is not there is an error.

mod read;
mod settings;

pub(crate) use read::read;
pub(crate) use settings::{Setting, Value};

use crate::capability::{
    AccessTag, Domain, HostTemplate, Images, JumpHost, Pins, RelayAddress, RelayPorts, Subscription, Team, TunnelId,
    WebPorts,
};
use crate::suppress::Level;

/// The file's name, looked for from a topology's folder upwards to the root of its repository.
pub(crate) const FILE_NAME: &str = "publish-plan.toml";

/// A file with every key in a comment.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// What a publish-plan.toml says. Everything can be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// The provider's name; one that exists.
    pub(crate) provider: Option<String>,
    /// Acl words are identities (`true`) or policies (`false`).
    pub(crate) acl_as_identities: Option<bool>,
    pub(crate) relay_address: Option<RelayAddress>,
    pub(crate) relay_ports: Option<RelayPorts>,
    /// The ports of sockets, by their names; no two of them are the same.
    pub(crate) pins: Pins,
    /// The private key for the relay, seen from the file's folder.
    pub(crate) identity: Option<String>,
    /// The file with the relay's host key, seen from the file's folder.
    pub(crate) known_hosts: Option<String>,
    /// Where the relay takes visitors in who come by host name.
    pub(crate) web_ports: Option<WebPorts>,
    /// What is paid for the account.
    pub(crate) subscription: Option<Subscription>,
    /// The file with what the client must know, seen from the file's folder.
    pub(crate) secret: Option<String>,
    pub(crate) jump_host: Option<JumpHost>,
    /// Sockets are reached through the jump host in any case.
    pub(crate) folds_always: bool,
    pub(crate) domain: Option<Domain>,
    pub(crate) template: Option<HostTemplate>,
    pub(crate) cloudflare: Cloudflare,
    /// The images of tunnel clients.
    pub(crate) images: Images,
    /// The tailnet's own domain.
    pub(crate) tailnet_domain: Option<Domain>,
    pub(crate) tcp_limit: Option<usize>,
    pub(crate) http_limit: Option<usize>,
    /// What is wanted of rules, by their names; they exist.
    pub(crate) rules: Vec<(String, Level)>,
    /// Patterns as in a .gitignore, seen from the file's folder: topologies that are not looked for in folders.
    pub(crate) exclude: Vec<String>,
    /// Require a reason in every comment that ignores a rule.
    pub(crate) requires_ignore_reason: bool,
    /// The topologies for which the file holds share an account.
    pub(crate) one_account: bool,
}

/// What is said about Cloudflare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cloudflare {
    pub(crate) tunnel: Option<TunnelId>,
    /// The tunnel's credentials, seen from the file's folder.
    pub(crate) credentials: Option<String>,
    pub(crate) team: Option<Team>,
    /// Of Access applications.
    pub(crate) tags: Vec<AccessTag>,
}

/// What a publish-plan.toml may name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'k> {
    pub(crate) providers: &'k [&'k str],
    pub(crate) rules: &'k [&'k str],
}

/// The keys of the file and of its tables. Those of `rules` are the names of rules, those of `access-tags` host names,
/// those of `relay.pins` names of sockets.
pub(crate) const KEYS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "access-tags",
            "acl",
            "cloudflare",
            "exclude",
            "fold",
            "images",
            "jump-host",
            "limits",
            "names",
            "one-account",
            "plan",
            "provider",
            "relay",
            "require-ignore-reason",
            "rules",
            "secret",
            "tailscale",
        ],
    ),
    ("cloudflare", &["credentials", "team", "tunnel"]),
    ("images", &["border0", "bore", "bore-base", "cloudflared", "frp", "ngrok", "ssh", "tailscale"]),
    ("limits", &["http", "tcp"]),
    ("names", &["domain", "template"]),
    ("relay", &["address", "identity", "known-hosts", "pins", "ports", "web-ports"]),
    ("tailscale", &["domain"]),
];

/// The key below `[images]` that is written so.
fn image_key(name: &str) -> Option<&'static str> {
    let keys = KEYS.iter().filter(|(table, _)| *table == "images").flat_map(|(_, keys)| keys.iter());
    keys.copied().find(|key| *key == name)
}
