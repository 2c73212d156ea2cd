//! A relay: a host of the user's own that visitors connect to. It is set by flags or in publish-plan.toml.

use std::fmt;
use std::str::FromStr;

use crate::base::dns::LONGEST_HOST_NAME;

/// The address of a relay: `[user@]host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelayAddress {
    /// The user on the relay, if the provider's relay has users.
    pub(crate) user: Option<String>,
    /// A hostname or an IP address; an IPv6 address is without brackets.
    pub(crate) host: String,
    /// The port of its server. None is the usual port of its kind.
    pub(crate) port: Option<u16>,
}

/// The ports that sockets may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayPorts {
    /// `first-last`, inclusive.
    Range {
        /// The lowest port.
        first: u16,
        /// The highest port.
        last: u16,
    },
    /// Only these ports.
    Only(&'static [u16]),
}

/// Why a text is not a relay or not a range of ports: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidRelay(&'static str);

const ADDRESS: InvalidRelay =
    InvalidRelay("`host`, `user@host`, or `user@host:port`, for example `tunnel@relay.example.net`");
const PORTS: InvalidRelay = InvalidRelay(
    "`first-last`, for example `20000-29999`, 1024 or higher (lower ports are reserved for root on the relay)",
);
/// Lower ports are reserved for root (spec/providers.md#ssh).
const LOWEST: u16 = 1024;

impl FromStr for RelayAddress {
    type Err = InvalidRelay;

    /// Only letters, digits, and a few other characters, because other programs read the files that the parts are in.
    fn from_str(text: &str) -> Result<Self, InvalidRelay> {
        let (user, rest) = text.split_once('@').map_or((None, text), |(user, rest)| (Some(user), rest));
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or(ADDRESS)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| ADDRESS)?;
                (host, if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or(ADDRESS)?) })
            }
            None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let number = |port: &str| port.parse().ok().filter(|port| *port > 0).ok_or(ADDRESS);
        let port = port.map(number).transpose()?;
        let is_word = |text: &str, marks: &str| {
            text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
                && text.chars().all(|character| character.is_ascii_alphanumeric() || marks.contains(character))
        };
        // Unlike `dns::is_host`, a relay may also begin with `_`.
        let is_host = is_word(host, ".-_") || host.contains(':');
        if !user.is_none_or(|user| is_word(user, "._-")) || !is_host || host.len() > LONGEST_HOST_NAME {
            return Err(ADDRESS);
        }
        Ok(Self { user: user.map(str::to_owned), host: host.to_owned(), port })
    }
}

impl fmt::Display for RelayAddress {
    /// As it is written.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(formatter, "{user}@")?;
        }
        formatter.write_str(&self.url_host())?;
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

impl RelayAddress {
    /// The host before a `:` and a port: an IPv6 address has brackets.
    #[must_use]
    pub(crate) fn url_host(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

impl FromStr for RelayPorts {
    type Err = InvalidRelay;

    fn from_str(text: &str) -> Result<Self, InvalidRelay> {
        let (first, last) = text.split_once('-').ok_or(PORTS)?;
        let port = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|port| is_number && *port >= LOWEST).ok_or(PORTS)
        };
        let (first, last) = (port(first.trim())?, port(last.trim())?);
        if first <= last { Ok(Self::Range { first, last }) } else { Err(PORTS) }
    }
}

impl Default for RelayPorts {
    /// `20000-29999`: large enough that two sockets of a lab seldom ask for the same port, below the ports that Linux uses for
    /// outgoing connections (`ip_local_port_range`, 32768-60999) and below those of Kubernetes services (30000-32767).
    fn default() -> Self {
        Self::Range { first: 20_000, last: 29_999 }
    }
}

impl fmt::Display for RelayPorts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { first, last } => write!(formatter, "{first}-{last}"),
            Self::Only(ports) => {
                let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                formatter.write_str(&ports.join(", "))
            }
        }
    }
}

impl RelayPorts {
    /// The number of ports; never 0.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Range { first, last } => usize::from(last - first) + 1,
            Self::Only(ports) => ports.len(),
        }
    }

    /// The port at an index below [`count`](Self::count).
    pub(super) fn nth(self, index: usize) -> Option<u16> {
        match self {
            Self::Range { first, .. } => u16::try_from(index).ok().map(|index| first + index),
            Self::Only(ports) => ports.get(index).copied(),
        }
    }

    /// The index of a port. None if it is not one of them.
    pub(super) fn index_of(self, port: u16) -> Option<usize> {
        match self {
            Self::Range { first, last } => (first..=last).contains(&port).then(|| usize::from(port - first)),
            Self::Only(ports) => ports.iter().position(|other| *other == port),
        }
    }

    /// Whether a port is one of them.
    #[must_use]
    pub fn has(self, port: u16) -> bool {
        self.index_of(port).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_user_and_a_host() {
        for (text, is_address) in [
            ("tunnel@relay.example.net", true),
            ("tunnel@relay.example.net:2222", true),
            ("t@192.0.2.1", true),
            ("t@[2001:db8::1]:22", true),
            ("relay.example.net", true),
            ("relay:7000", true),
            ("@relay", false),
            ("t@", false),
            ("t@relay:0", false),
            ("t@relay:70000", false),
            ("t@relay:", false),
            ("t@-oProxyCommand=id", false),
            ("-l@relay", false),
            ("t@re lay", false),
            ("t@a\nb", false),
            ("t@$(id)", false),
            ("t@[::1", false),
        ] {
            assert_eq!(text.parse::<RelayAddress>().is_ok(), is_address, "{text}");
        }
        for (length, is_address) in [(253, true), (254, false)] {
            assert_eq!("r".repeat(length).parse::<RelayAddress>().is_ok(), is_address, "{length}");
        }
        let address: RelayAddress = "t@[2001:db8::1]:2222".parse().unwrap();
        assert_eq!((address.host.as_str(), address.port), ("2001:db8::1", Some(2222)));
        assert_eq!(address.to_string(), "t@[2001:db8::1]:2222");
    }

    #[test]
    fn ports_are_a_range_above_those_of_root() {
        let ports: RelayPorts = "20000-20099".parse().unwrap();
        assert_eq!(ports.count(), 100);
        assert!(ports.has(20_000) && ports.has(20_099) && !ports.has(20_100) && !ports.has(19_999));
        assert!(RelayPorts::Only(&[443, 8443]).has(8443) && !RelayPorts::Only(&[443, 8443]).has(444));
        for text in ["22-25", "20000", "20099-20000", "a-b", "20000-70000", "+2000-3000", "-"] {
            assert!(text.parse::<RelayPorts>().is_err(), "{text}");
        }
    }
}
