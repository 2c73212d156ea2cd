//! What decides about a plan besides its sockets: who gets in, where connections lead, and what `check` finds. One table lists
//! all such facts.

use serde::Serialize;

use super::{Capabilities, Ingress};
use crate::base::beginning;

/// A setting that is set, or something that a topology says about the tunnel client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its key in publish-plan.toml or in the topology.
    pub what: String,
    /// Its value as in the file, with variables not replaced. A long one is cut.
    pub value: String,
    /// What a change of it can do.
    pub weight: Weight,
    /// The value with variables replaced, or what identifies a file's contents; never shown.
    meaning: String,
    readers: Readers,
}

/// What a change of a fact can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The same address might lead somewhere else, or other people might get in, although no socket shows it.
    LeadsElsewhere,
    /// `check` might find something else, or with another severity.
    Gate,
    /// Nothing that the sockets do not show.
    Other,
}

/// The providers that a fact matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    All,
    /// None: it is about what `check` finds and does not change a plan.
    Check,
    /// Those that use this flag ([`Capabilities::reads`]).
    Flag(&'static str),
    /// Those that enforce only the account's own domain in an acl.
    OwnDomain,
    /// Those whose client runs in this image or in one built on it: a key below `[images]`.
    Image(&'static str),
    /// Those whose sockets have hostnames.
    HostNames,
    /// Those whose sockets have ports that the user can choose.
    Ports,
}

/// The image of the tunnel node.
pub(crate) const TUNNEL_IMAGE: &str = "image of the tunnel node";
/// The file with its token.
pub(crate) const TUNNEL_TOKEN: &str = "token of the tunnel node";
/// Its HTTP proxy.
pub(crate) const TUNNEL_PROXY: &str = "proxy of the tunnel node";

/// Every key of publish-plan.toml, where a table with free names counts as one key; then what is read of a topology besides its
/// sockets. [`Fact::new`] looks here.
const FACTS: &[(&str, Weight, Readers)] = &[
    ("provider", Weight::LeadsElsewhere, Readers::All),
    ("acl", Weight::Other, Readers::All),
    ("exclude", Weight::Gate, Readers::Check),
    ("one-account", Weight::Gate, Readers::Check),
    ("require-ignore-reason", Weight::Gate, Readers::Check),
    ("limits.tcp", Weight::Gate, Readers::All),
    ("limits.http", Weight::Gate, Readers::All),
    ("tier", Weight::Gate, Readers::All),
    ("secret", Weight::LeadsElsewhere, Readers::Flag("secret")),
    ("jump-host", Weight::LeadsElsewhere, Readers::All),
    ("fold", Weight::Other, Readers::All),
    ("names.domain", Weight::LeadsElsewhere, Readers::HostNames),
    ("names.template", Weight::Other, Readers::HostNames),
    ("relay.address", Weight::LeadsElsewhere, Readers::Flag("relay")),
    ("relay.ports", Weight::Other, Readers::Ports),
    ("relay.web-ports", Weight::Other, Readers::Flag("relay-web-ports")),
    ("relay.identity", Weight::LeadsElsewhere, Readers::Flag("identity")),
    ("relay.known-hosts", Weight::LeadsElsewhere, Readers::Flag("known-hosts")),
    // With a jump host, they are ports on the visitor's machine, with every provider.
    ("relay.pins", Weight::Other, Readers::All),
    ("cloudflare.tunnel", Weight::LeadsElsewhere, Readers::Flag("tunnel")),
    ("cloudflare.credentials", Weight::LeadsElsewhere, Readers::Flag("credentials")),
    ("cloudflare.team", Weight::LeadsElsewhere, Readers::Flag("team")),
    ("access-tags", Weight::LeadsElsewhere, Readers::Flag("access-tag")),
    ("tailscale.domain", Weight::LeadsElsewhere, Readers::OwnDomain),
    // The client gets the account's secret and every byte of every socket.
    ("images.border0", Weight::LeadsElsewhere, Readers::Image("border0")),
    ("images.bore", Weight::LeadsElsewhere, Readers::Image("bore")),
    ("images.bore-base", Weight::LeadsElsewhere, Readers::Image("bore-base")),
    ("images.cloudflared", Weight::LeadsElsewhere, Readers::Image("cloudflared")),
    ("images.frp", Weight::LeadsElsewhere, Readers::Image("frp")),
    ("images.ngrok", Weight::LeadsElsewhere, Readers::Image("ngrok")),
    ("images.ssh", Weight::LeadsElsewhere, Readers::Image("ssh")),
    ("images.tailscale", Weight::LeadsElsewhere, Readers::Image("tailscale")),
    ("rules", Weight::Gate, Readers::Check),
    ("name", Weight::LeadsElsewhere, Readers::All),
    ("prefix", Weight::LeadsElsewhere, Readers::All),
    ("mgmt.network", Weight::LeadsElsewhere, Readers::All),
    (TUNNEL_IMAGE, Weight::LeadsElsewhere, Readers::All),
    (TUNNEL_TOKEN, Weight::LeadsElsewhere, Readers::All),
    (TUNNEL_PROXY, Weight::LeadsElsewhere, Readers::All),
];

impl Fact {
    /// The fact that a key of the table has a value.
    pub(crate) fn new(key: &str, value: impl Into<String>) -> Self {
        let (_, weight, readers) = FACTS.iter().find(|(known, ..)| *known == key).expect("every key is in the table");
        let meaning = value.into();
        let mut value = beginning(&meaning).to_owned();
        if value.len() < meaning.len() {
            value.push('…');
        }
        Self { what: key.to_owned(), value, meaning, weight: *weight, readers: *readers }
    }

    /// The same for the entry called `name` of the table `key`.
    pub(crate) fn of_entry(key: &str, name: &str, value: impl Into<String>) -> Self {
        Self { what: format!("{key}.{name}"), ..Self::new(key, value) }
    }

    /// Sets what the value is if the file has variables, or what identifies the file that it names.
    pub(crate) fn meaning(self, meaning: impl Into<String>) -> Self {
        Self { meaning: meaning.into(), ..self }
    }

    /// Whether another fact with this key has the same meaning.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }

    /// Whether it decides what is published or where that leads, with any provider.
    #[must_use]
    pub fn decides(&self) -> bool {
        self.readers != Readers::Check
    }

    /// Whether it matters to a provider. If none is selected, it might be selected later, so the answer is yes.
    #[must_use]
    pub fn is_read_by(&self, provider: Option<&Capabilities>) -> bool {
        provider.is_none_or(|provider| match self.readers {
            Readers::All | Readers::Check => true,
            Readers::Flag(flag) => provider.reads.contains(&flag),
            Readers::Image(key) => provider.images.iter().any(|image| image.key == Some(key)),
            Readers::OwnDomain => provider.own_domain.is_some(),
            Readers::HostNames => provider.has_ingress(Ingress::HostName),
            Readers::Ports => provider.has_ingress(Ingress::Port) && provider.only_ports.is_empty(),
        })
    }
}
