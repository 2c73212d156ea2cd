use std::fmt;
use std::str::FromStr;

use super::{HostNames, Pins, RelayPorts, Values};

/// What flags and publish-plan.toml say about tunnels, besides the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExposeOptions {
    /// The ports that visitors connect to, with a provider whose sockets have ports.
    pub relay_ports: RelayPorts,
    /// The ports that are pinned to sockets.
    pub pins: Pins,
    /// Ports of the relay that sockets have at other providers of the lab.
    pub taken_ports: Vec<u16>,
    /// How hostnames are made, with a provider whose sockets have hostnames.
    pub host_names: HostNames,
    /// The values of all settings, for those that a provider has declared itself
    /// ([`Capabilities::settings`](super::Capabilities::settings)).
    pub(crate) settings: Values,
    /// The account's tier.
    pub subscription: Subscription,
    /// The node through whose SSH the others are reached if there are more sockets than the account allows.
    pub jump_host: Option<JumpHost>,
    /// The other nodes are always reached through it.
    pub folds_always: bool,
}

/// The port of SSH if no other one is given.
pub(crate) const SSH_PORT: u16 = 22;

/// A node whose SSH is published: `node`, or `node:port` if it is not port 22.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JumpHost {
    /// The node's name in the topology.
    pub node: String,
    /// The node's SSH port. None is 22, or that of an entry `ssh/…`.
    pub port: Option<u16>,
}

/// Why a text is not a jump host: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a node name, or `node:port` if its SSH is not on port 22")]
pub struct InvalidJumpHost;

impl FromStr for JumpHost {
    type Err = InvalidJumpHost;

    fn from_str(text: &str) -> Result<Self, InvalidJumpHost> {
        let (node, port) = match text.rsplit_once(':') {
            Some((node, port)) => (node, Some(port.parse().ok().filter(|port| *port > 0).ok_or(InvalidJumpHost)?)),
            None => (text, None),
        };
        if node.is_empty() { Err(InvalidJumpHost) } else { Ok(Self { node: node.to_owned(), port }) }
    }
}

impl fmt::Display for JumpHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.node)?;
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

/// The tier of an account. The default is the one that allows the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subscription {
    /// Nothing is paid.
    #[default]
    Free,
    /// Something is paid.
    Paid,
}

/// Why a text is not a tier: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `free` or `paid`")]
pub struct InvalidSubscription;

impl FromStr for Subscription {
    type Err = InvalidSubscription;

    fn from_str(text: &str) -> Result<Self, InvalidSubscription> {
        match text {
            "free" => Ok(Self::Free),
            "paid" => Ok(Self::Paid),
            _ => Err(InvalidSubscription),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_host_is_a_node_and_perhaps_a_port() {
        let jump: JumpHost = "r1:2222".parse().unwrap();
        assert_eq!((jump.node.as_str(), jump.port, jump.to_string().as_str()), ("r1", Some(2222), "r1:2222"));
        assert_eq!("r1".parse(), Ok(JumpHost { node: "r1".to_owned(), port: None }));
        for text in ["", ":22", "r1:", "r1:0", "r1:ssh", "r1:70000"] {
            assert!(text.parse::<JumpHost>().is_err(), "{text}");
        }
    }
}
