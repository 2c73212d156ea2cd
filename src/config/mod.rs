//! Takes the text of a publish-plan.toml. Gives a [`Config`], or findings with their places. Every key is in [`KEYS`] and
//! in schemas/config.schema.json; what is not there is an error.

mod read;

pub(crate) use read::read;

use crate::capability::{RelayAddress, RelayPorts};

/// The file's name, looked for from a topology's folder upwards to the root of its repository.
pub(crate) const FILE_NAME: &str = "publish-plan.toml";

/// What a publish-plan.toml says. Everything can be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// The provider's name; one that exists.
    pub(crate) provider: Option<String>,
    /// Acl words are identities (`true`) or policies (`false`).
    pub(crate) acl_as_identities: Option<bool>,
    pub(crate) relay_address: Option<RelayAddress>,
    pub(crate) relay_ports: Option<RelayPorts>,
    /// The private key for the relay, seen from the file's folder.
    pub(crate) identity: Option<String>,
    /// The file with the relay's host key, seen from the file's folder.
    pub(crate) known_hosts: Option<String>,
    pub(crate) tcp_limit: Option<usize>,
    pub(crate) http_limit: Option<usize>,
}

/// The keys of the file and of its tables.
pub(crate) const KEYS: &[(&str, &[&str])] = &[
    ("", &["acl", "limits", "provider", "relay"]),
    ("limits", &["http", "tcp"]),
    ("relay", &["address", "identity", "known-hosts", "ports"]),
];
