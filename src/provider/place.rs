//! Addresses given by flags: of a node, of an HTTP proxy, and of a relay's web ports.

use std::fmt;
use std::str::FromStr;

use crate::base::WrittenProxy;
use crate::base::dns::is_host;

/// The address of a node that cannot be reached by its container name: `node=address`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    /// The node's name in the topology.
    pub node: String,
    /// A hostname or an IP address.
    pub address: String,
}

/// An HTTP proxy: `http://host:port`. It cannot have a password, which would be in files and argument lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyAddress {
    /// A hostname or an IPv4 address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
}

/// The ports where a relay accepts visitors by hostname: `http,https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WebPorts {
    /// For plain HTTP.
    pub(crate) http: u16,
    /// For everything inside TLS.
    pub(crate) https: u16,
}

/// Why a text cannot be parsed as one of these: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidPlace(&'static str);

const NODE: InvalidPlace = InvalidPlace("`node=address`, for example `r1=172.20.20.2`");
const PROXY: InvalidPlace = InvalidPlace("`http://host:port` without a username, for example `http://proxy:8000`");

const WEB_PORTS: InvalidPlace = InvalidPlace("two ports, first HTTP and then TLS, for example `80,443`");

impl FromStr for WebPorts {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (http, https) = text.split_once(',').ok_or(WEB_PORTS)?;
        let port = |text: &str| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|port| *port > 0 && is_number).ok_or(WEB_PORTS)
        };
        let (http, https) = (port(http.trim())?, port(https.trim())?);
        if http == https { Err(WEB_PORTS) } else { Ok(Self { http, https }) }
    }
}

impl Default for WebPorts {
    /// The ports that browsers use by default.
    fn default() -> Self {
        Self { http: 80, https: 443 }
    }
}

impl fmt::Display for WebPorts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{},{}", self.http, self.https)
    }
}

impl FromStr for NodeAddress {
    type Err = InvalidPlace;

    /// The address has only letters, digits, and a few other characters, because other programs read the files that it is in.
    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (node, address) = text.rsplit_once('=').ok_or(NODE)?;
        let is_address = is_host(address) || address.parse::<std::net::Ipv6Addr>().is_ok();
        if node.is_empty() || !is_address {
            return Err(NODE);
        }
        Ok(Self { node: node.to_owned(), address: address.to_owned() })
    }
}

impl FromStr for ProxyAddress {
    type Err = InvalidPlace;

    /// Less than [`WrittenProxy`]: no `https://`, no username or password, and no path but `/`.
    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let WrittenProxy { is_https, host, port, path } = WrittenProxy::read(text).ok_or(PROXY)?;
        let is_plain = !is_https && is_host(host) && path.bytes().all(|byte| byte == b'/');
        if is_plain { Ok(Self { host: host.to_owned(), port }) } else { Err(PROXY) }
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_a_node() {
        let address: NodeAddress = "r=1=127.0.0.2".parse().unwrap();
        assert_eq!((address.node.as_str(), address.address.as_str()), ("r=1", "127.0.0.2"));
        for (text, is_one) in [
            ("r1=host.lan", true),
            ("r1=::1", true),
            ("r1=", false),
            ("=a", false),
            ("r1", false),
            ("r1=-a", false),
            ("r1=a b", false),
            ("r1=$(id)", false),
        ] {
            assert_eq!(text.parse::<NodeAddress>().is_ok(), is_one, "{text}");
        }
    }

    #[test]
    fn web_ports_are_two() {
        assert_eq!("8080, 8443".parse(), Ok(WebPorts { http: 8080, https: 8443 }));
        assert_eq!(WebPorts::default().to_string(), "80,443");
        for text in ["80", "80,80", "0,443", "80,", "80,443,8443", "+80,443", "a,b"] {
            assert!(text.parse::<WebPorts>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_proxy_has_a_port_and_no_password() {
        for (text, is_one) in [
            ("http://proxy:8000", true),
            ("http://proxy:8000/", true),
            ("https://proxy:8000", false),
            ("http://proxy", false),
            ("http://proxy:0", false),
            ("http://user:secret@proxy:8000", false),
            ("proxy:8000", false),
            ("http://-o:1", false),
        ] {
            assert_eq!(text.parse::<ProxyAddress>().is_ok(), is_one, "{text}");
        }
    }
}
