use super::Conventions;
use super::components::Container;
use crate::model::Text;
use crate::text::Place;

/// Kinds that are not network devices.
pub(super) const OTHER_KINDS: &[&str] =
    &["bridge", "ext-container", "freebsd", "generic_vm", "host", "k8s-kind", "linux", "openbsd", "ovs-bridge"];

/// Whether a node can publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has a container on the management network.
    Reachable,
    /// It runs the tunnel client.
    Tunnel,
    /// Its kind has no container: `bridge`, `ovs-bridge`, `host`.
    NoContainer,
    /// Its network mode keeps it off the management network; the place of that setting.
    OtherNetwork(Place),
    /// It has several containers, and it cannot be known which one has its network; the place of the value that does not say it.
    UnknownContainer(Place),
}

impl Standing {
    /// The standing of a node of a kind, with its network mode and its components.
    pub(super) fn of(
        kind: Option<Text<'_>>,
        network_mode: Option<Text<'_>>,
        container: Container<'_>,
        conventions: &Conventions,
    ) -> Self {
        let kind = kind.map_or("", |kind| kind.value);
        if conventions.tunnel_kinds.contains(&kind) {
            return Self::Tunnel;
        }
        if matches!(kind, "bridge" | "ovs-bridge" | "host") {
            return Self::NoContainer;
        }
        match network_mode {
            Some(mode) if matches!(mode.value, "host" | "none") || mode.value.starts_with("container:") => {
                Self::OtherNetwork(mode.place)
            }
            _ => match container {
                Container::Unknown(place) => Self::UnknownContainer(place),
                Container::Plain | Container::OfSlot(_) => Self::Reachable,
            },
        }
    }
}
