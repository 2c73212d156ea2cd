//! A relay: a host of the user's own that takes visitors in. Said on the command line or in publish-plan.toml.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Where a relay is reached, and as whom: `[user@]host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayAddress {
    /// The account on the relay, with a provider whose relay has accounts.
    pub user: Option<String>,
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// Where its server listens; none is the usual port of its kind.
    pub port: Option<u16>,
}

/// The ports that sockets may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayPorts {
    /// `first-last`, both of them in.
    Range {
        /// The lowest of them.
        first: u16,
        /// The highest of them.
        last: u16,
    },
    /// These and no others.
    Only(&'static [u16]),
}

/// Why a text is no relay or no range of ports: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidRelay(&'static str);

const ADDRESS: InvalidRelay =
    InvalidRelay("`host`, `user@host` or `user@host:port`, for example `tunnel@relay.example.net`");
const PORTS: InvalidRelay =
    InvalidRelay("`first-last`, for example `20000-20099`, from 1024 on: lower ports are kept for root on the relay");
/// Ports below are kept for root (providers.md, ssh).
const LOWEST: u16 = 1024;

impl FromStr for RelayAddress {
    type Err = InvalidRelay;

    /// Letters, digits and a few marks only: the parts stand in files that other programs read.
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
        let is_host = is_word(host, ".-_") || host.contains(':');
        if !user.is_none_or(|user| is_word(user, "._-")) || !is_host || host.len() > 253 {
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
    /// The host as it stands before a `:` and a port: an IPv6 address in brackets.
    #[must_use]
    pub fn url_host(&self) -> String {
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
    /// `20000-20099`.
    fn default() -> Self {
        Self::Range { first: 20_000, last: 20_099 }
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
    /// How many ports there are; never 0.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Range { first, last } => usize::from(last - first) + 1,
            Self::Only(ports) => ports.len(),
        }
    }

    /// The port of an index below the [`count`](Self::count).
    fn nth(self, index: usize) -> Option<u16> {
        match self {
            Self::Range { first, .. } => u16::try_from(index).ok().map(|index| first + index),
            Self::Only(ports) => ports.get(index).copied(),
        }
    }

    /// A port for each socket, in their order. A port comes from the socket's name alone, so that it stays when others come
    /// and go; where two names want the same one, the later socket gets the next that is free. None where all are taken.
    #[must_use]
    pub fn assign<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Vec<Option<u16>> {
        let mut taken = vec![false; self.count()];
        let mut free = self.count();
        let mut assigned = Vec::new();
        for name in names {
            if free == 0 {
                assigned.push(None);
                continue;
            }
            let mut index = self.wanted(name);
            while taken[index] {
                index = (index + 1) % self.count();
            }
            taken[index] = true;
            free -= 1;
            assigned.push(self.nth(index));
        }
        assigned
    }

    /// The index of the port that a name asks for: the same on every machine and in every version.
    fn wanted(self, name: &str) -> usize {
        let digest = Sha256::digest(name.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number % self.count() as u64).unwrap_or_default()
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
        assert_eq!("20000-20099".parse::<RelayPorts>().unwrap().count(), 100);
        for text in ["22-25", "20000", "20099-20000", "a-b", "20000-70000", "+2000-3000", "-"] {
            assert!(text.parse::<RelayPorts>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_belongs_to_a_name() {
        let ports = RelayPorts::default();
        let all = ports.assign(["a", "b", "c"]);
        assert_eq!(ports.assign(["c"])[0], all[2]);
        assert_eq!(ports.assign(["b", "c"]), all[1..]);
        let few: RelayPorts = "3000-3002".parse().unwrap();
        let mut assigned = few.assign(["a", "b", "c", "d"]);
        assert_eq!(assigned.pop(), Some(None));
        assigned.sort_unstable();
        assert_eq!(assigned, [Some(3000), Some(3001), Some(3002)]);
    }
}
