//! What is decided beside the sockets of a plan: who gets in, where it leads, what `check` finds. Each fact has a line in one
//! table.

use serde::Serialize;

use super::{Capabilities, Entrance};
use crate::base::beginning;

/// A setting that is set, or something that a topology says of the tunnel client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is: the key as in publish-plan.toml or in the topology.
    pub what: String,
    /// Its value, as the file has it: a variable is not replaced. Of a long one the beginning.
    pub value: String,
    /// What a change of it can do.
    pub weight: Weight,
    /// What the value is once variables are replaced; never shown.
    meaning: String,
    readers: Readers,
}

/// What a change of a fact can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Lead elsewhere by the same way in, or let others in, although no socket shows it.
    LeadsElsewhere,
    /// Alter what `check` finds, or how bad that is.
    Gate,
    /// Nothing that the sockets do not show.
    Other,
}

/// The providers to which a fact matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    All,
    /// No provider: it is about what `check` finds, and decides nothing of a plan.
    Check,
    /// Those that read this flag ([`Capabilities::reads`]).
    Flag(&'static str),
    /// Those that enforce no domain in an acl but the account's own.
    OwnDomain,
    /// Those whose client runs in this image or in one built on it: a key below `[images]`.
    Image(&'static str),
    /// Those whose sockets have host names.
    HostNames,
    /// Those whose sockets have ports of the user's choice.
    Ports,
}

/// The image of the tunnel node.
pub(crate) const TUNNEL_IMAGE: &str = "image of the tunnel node";
/// The file with its token.
pub(crate) const TUNNEL_TOKEN: &str = "token of the tunnel node";
/// Its HTTP proxy.
pub(crate) const TUNNEL_PROXY: &str = "proxy of the tunnel node";

/// Every key of publish-plan.toml, tables with entries of any name as one; then what is read of a topology beside its sockets.
/// What makes a fact looks here.
const FACTS: &[(&str, Weight, Readers)] = &[
    ("provider", Weight::LeadsElsewhere, Readers::All),
    ("acl", Weight::Other, Readers::All),
    ("exclude", Weight::Gate, Readers::Check),
    ("one-account", Weight::Gate, Readers::Check),
    ("require-ignore-reason", Weight::Gate, Readers::Check),
    ("limits.tcp", Weight::Gate, Readers::All),
    ("limits.http", Weight::Gate, Readers::All),
    ("plan", Weight::Gate, Readers::All),
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
    // With a jump host they are about ports of visitors, whatever the provider.
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
    /// That a key of the table has a value.
    pub(crate) fn new(key: &str, value: impl Into<String>) -> Self {
        #[expect(clippy::expect_used, reason = "a test makes a fact of every key that there is")]
        let (_, weight, readers) = FACTS.iter().find(|(known, ..)| *known == key).expect("every key is in the table");
        let meaning = value.into();
        let mut value = beginning(&meaning).to_owned();
        if value.len() < meaning.len() {
            value.push('…');
        }
        Self { what: key.to_owned(), value, meaning, weight: *weight, readers: *readers }
    }

    /// The same of the entry called `name` of the table `key`.
    pub(crate) fn of_entry(key: &str, name: &str, value: impl Into<String>) -> Self {
        Self { what: format!("{key}.{name}"), ..Self::new(key, value) }
    }

    /// Where the file has a variable: what the value is.
    pub(crate) fn meaning(self, meaning: impl Into<String>) -> Self {
        Self { meaning: meaning.into(), ..self }
    }

    /// Whether another fact of this key has the same value.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }

    /// Whether it decides what is published and where that leads, with one provider or another.
    #[must_use]
    pub fn decides(&self) -> bool {
        self.readers != Readers::Check
    }

    /// Whether it matters to a provider. Where none is chosen, any can be chosen later.
    #[must_use]
    pub fn is_read_by(&self, provider: Option<&Capabilities>) -> bool {
        provider.is_none_or(|provider| match self.readers {
            Readers::All | Readers::Check => true,
            Readers::Flag(flag) => provider.reads.contains(&flag),
            Readers::Image(key) => provider.images.iter().any(|image| image.key == Some(key)),
            Readers::OwnDomain => provider.own_domain.is_some(),
            Readers::HostNames => provider.has_entrance(Entrance::HostName),
            Readers::Ports => provider.has_entrance(Entrance::Port) && provider.only_ports.is_empty(),
        })
    }
}
