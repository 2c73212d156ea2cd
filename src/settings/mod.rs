//! The text of a publish-plan.toml goes in; a [`Config`] and findings come out. Every key is in [`KEYS`] and in
//! schemas/config.schema.json; any other key is an error.

mod read;
mod settings;
mod values;

pub(crate) use read::read;
pub(crate) use settings::{Setting, Value};

use crate::provider::{
    AccessTag, Domain, HostTemplate, Images, JumpHost, Pins, RelayAddress, RelayPorts, Subscription, Team, TunnelId,
    WebPorts,
};
use crate::triage::Level;

/// The name of the settings file. It is searched in a topology's directory and above, up to the root of the repository.
pub(crate) const FILE_NAME: &str = "publish-plan.toml";

/// A file with every key commented out.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// The settings of a publish-plan.toml. All of them are optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// The name of an existing provider.
    pub(crate) provider: Option<String>,
    /// The items of acls are identities (`true`) or policies (`false`).
    pub(crate) acl_as_identities: Option<bool>,
    pub(crate) relay_address: Option<RelayAddress>,
    pub(crate) relay_ports: Option<RelayPorts>,
    /// The ports pinned to sockets, by the sockets' names. No two are the same.
    pub(crate) pins: Pins,
    /// The private key for the relay, relative to the file's directory.
    pub(crate) identity: Option<String>,
    /// The file with the relay's host key, relative to the file's directory.
    pub(crate) known_hosts: Option<String>,
    /// The ports where the relay accepts visitors by hostname.
    pub(crate) web_ports: Option<WebPorts>,
    /// The account's tier, `tier` in the file.
    pub(crate) subscription: Option<Subscription>,
    /// The file with the client's secret, relative to the file's directory.
    pub(crate) secret: Option<String>,
    pub(crate) jump_host: Option<JumpHost>,
    /// Sockets are always reached through the jump host.
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
    /// The severities of rules, by the names of existing rules.
    pub(crate) rules: Vec<(String, Level)>,
    /// Patterns as in a .gitignore, relative to the file's directory: topologies that are skipped in directory searches.
    pub(crate) exclude: Vec<String>,
    /// Require a reason in every comment that ignores a rule.
    pub(crate) requires_ignore_reason: bool,
    /// The topologies that the file applies to share an account.
    pub(crate) one_account: bool,
}

/// The settings for Cloudflare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cloudflare {
    pub(crate) tunnel: Option<TunnelId>,
    /// The tunnel's credentials file, relative to the settings file's directory.
    pub(crate) credentials: Option<String>,
    pub(crate) team: Option<Team>,
    /// The tags of Access applications.
    pub(crate) tags: Vec<AccessTag>,
}

/// The names that a publish-plan.toml may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'k> {
    pub(crate) providers: &'k [&'k str],
    pub(crate) rules: &'k [&'k str],
}

/// The keys of the file and of its tables. The keys of `rules` are names of rules, those of `access-tags` are hostnames, and
/// those of `relay.pins` are names of sockets.
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
            "provider",
            "relay",
            "require-ignore-reason",
            "rules",
            "secret",
            "tailscale",
            "tier",
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
