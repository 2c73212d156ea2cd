//! What decides about a plan besides its sockets: who gets in, where connections lead, and what `check` finds.

use serde::Serialize;

use super::{Capabilities, Ingress, Readers, Setting};
use crate::base::beginning;

/// A setting that is set, or something that a topology says about the tunnel client.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// Its key in publish-plan.toml or in the topology.
    pub(crate) what: String,
    /// Its value as in the file, with variables not replaced. A long one is cut.
    pub(crate) value: String,
    /// What a change of it can do.
    pub(crate) weight: Weight,
    /// The value with variables replaced, or what identifies a file's contents; never shown.
    meaning: String,
    /// The setting, unless it is something that a topology says.
    setting: Option<&'static Setting>,
    /// The provider that it is for; None if it is for all.
    provider: Option<String>,
}

/// What a change of a fact can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Weight {
    /// The same address might lead somewhere else, or other people might get in, although no socket shows it.
    LeadsElsewhere,
    /// `check` might find something else, or with another severity.
    Gate,
    /// Nothing that the sockets do not show.
    Other,
}

/// The image of the tunnel node.
pub(crate) const TUNNEL_IMAGE: &str = "image of the tunnel node";
/// The file with its token.
pub(crate) const TUNNEL_TOKEN: &str = "token of the tunnel node";
/// Its HTTP proxy.
pub(crate) const TUNNEL_PROXY: &str = "proxy of the tunnel node";

/// The path of the topology in an entries file.
pub(crate) const TOPOLOGY: &str = "topology";

/// What is read of a topology besides its sockets. A change of it can lead elsewhere, with any provider.
const OF_TOPOLOGY: &[&str] = &["name", "prefix", "mgmt.network", TOPOLOGY, TUNNEL_IMAGE, TUNNEL_TOKEN, TUNNEL_PROXY];

impl Fact {
    /// The fact that a topology says something of [`OF_TOPOLOGY`].
    pub(crate) fn of_topology(what: &'static str, value: impl Into<String>) -> Self {
        debug_assert!(OF_TOPOLOGY.contains(&what), "{what} is not in the table");
        Self::new(what.to_owned(), value.into(), Weight::LeadsElsewhere, None)
    }

    /// The fact that a setting has a value, for one provider or for all. `name` is its key, with the name of the entry if it is a table
    /// with free names.
    pub(crate) fn of_setting(setting: &'static Setting, provider: Option<String>, name: String, value: String) -> Self {
        Self { provider, ..Self::new(name, value, setting.weight, Some(setting)) }
    }

    /// A fact about tunnels that are open, or would be.
    pub(crate) fn of_tunnels(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(what.into(), value.into(), Weight::LeadsElsewhere, None)
    }

    fn new(what: String, meaning: String, weight: Weight, setting: Option<&'static Setting>) -> Self {
        let mut value = beginning(&meaning).to_owned();
        if value.len() < meaning.len() {
            value.push('…');
        }
        Self { what, value, weight, meaning, setting, provider: None }
    }

    /// Sets what the value is if the file has variables, or what identifies the file that it names.
    pub(crate) fn meaning(self, meaning: impl Into<String>) -> Self {
        Self { meaning: meaning.into(), ..self }
    }

    /// Whether another fact with this key has the same meaning.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }

    /// Whether it decides what is published or where that leads, with any provider.
    #[must_use]
    pub(crate) fn decides(&self) -> bool {
        self.setting.is_none_or(|setting| setting.readers != Readers::Check)
    }

    /// Whether it matters to a provider. If none is selected, it might be selected later, so the answer is yes.
    #[must_use]
    pub(crate) fn is_read_by(&self, provider: Option<&Capabilities>) -> bool {
        let (Some(provider), Some(setting)) = (provider, self.setting) else { return true };
        if self.provider.as_deref().is_some_and(|own| provider.name != Some(own)) {
            return false;
        }
        match setting.readers {
            Readers::All | Readers::Check => true,
            Readers::Flag => setting.flag.is_some_and(|flag| provider.reads.flags.contains(&flag.name)),
            Readers::HostNames => provider.has_ingress(Ingress::HostName),
            Readers::Own => provider.own_settings().any(|own| own.key == setting.key),
            Readers::Ports => provider.has_ingress(Ingress::Port) && provider.relay.only_ports.is_empty(),
        }
    }
}
