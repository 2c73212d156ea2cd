//! An item of containerlab's `ports:`, as Docker reads it (spec/doors.md#host-ports; `ParsePortSpec` of docker/go-connections).

use std::net::IpAddr;
use std::ops::RangeInclusive;

/// A port of the lab host that leads to a port of a node: `[address:][host port:]port[/protocol]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortMapping<'t> {
    /// The address of the lab host, without brackets; empty if none is written.
    address: &'t str,
    /// A port or a range of the lab host; empty if Docker chooses.
    pub(crate) host: &'t str,
    /// A port or a range of the node.
    pub(crate) node: &'t str,
    /// `tcp`, `udp`, or `sctp`.
    pub(crate) protocol: &'t str,
}

/// Who can connect to a port of the lab host, as far as its address decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound<'t> {
    /// It is bound to every address: anyone who can reach the host.
    Everywhere,
    /// Programs on the host itself.
    Loopback,
    /// Anyone who can reach this address of the host.
    Address(&'t str),
}

impl<'t> PortMapping<'t> {
    /// None if Docker would refuse the text.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let (front, node) = text.rsplit_once(':').unwrap_or(("", text));
        let (address, host) = front.rsplit_once(':').unwrap_or(("", front));
        let (node, protocol) = node.split_once('/').unwrap_or((node, "tcp"));
        let address = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
        let is_address = address.is_empty() || address.parse::<IpAddr>().is_ok();
        let is_protocol = ["tcp", "udp", "sctp"].iter().any(|known| known.eq_ignore_ascii_case(protocol));
        let count = |ports: RangeInclusive<u16>| ports.end() - ports.start();
        let behind = count(range(node)?);
        // Several ports of the host may lead to one of the node; otherwise, each leads to its own.
        let is_paired = host.is_empty() || behind == 0 || count(range(host)?) == behind;
        let is_one = is_address && is_protocol && is_paired && (host.is_empty() || range(host).is_some());
        is_one.then_some(Self { address, host, node, protocol })
    }

    /// The ports of the node.
    pub(crate) fn ports(&self) -> RangeInclusive<u16> {
        range(self.node).expect("it was parsed")
    }

    /// Whether an address is written.
    pub(crate) fn has_address(&self) -> bool {
        !self.address.is_empty()
    }

    /// Where it is bound.
    pub(crate) fn bound(&self) -> Bound<'t> {
        match self.address.parse::<IpAddr>() {
            Err(_) => Bound::Everywhere,
            Ok(address) if address.is_unspecified() => Bound::Everywhere,
            Ok(address) if address.is_loopback() => Bound::Loopback,
            Ok(_) => Bound::Address(self.address),
        }
    }

    /// The same mapping, bound to the loopback address.
    pub(crate) fn on_loopback(&self) -> String {
        let protocol = if self.protocol == "tcp" { String::new() } else { format!("/{}", self.protocol) };
        format!("127.0.0.1:{}:{}{protocol}", self.host, self.node)
    }
}

/// `80` or `8000-8010`.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok())?;
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_docker_reads_it() {
        for (text, bound, host, node, protocol) in [
            ("80", Bound::Everywhere, "", "80", "tcp"),
            ("8080:80", Bound::Everywhere, "8080", "80", "tcp"),
            ("0.0.0.0:8080:80", Bound::Everywhere, "8080", "80", "tcp"),
            ("[::]:8080:80/udp", Bound::Everywhere, "8080", "80", "udp"),
            (":::8080:80", Bound::Everywhere, "8080", "80", "tcp"),
            ("127.0.0.1:8080:80", Bound::Loopback, "8080", "80", "tcp"),
            ("::1:8080:80", Bound::Loopback, "8080", "80", "tcp"),
            ("127.0.0.1::80", Bound::Loopback, "", "80", "tcp"),
            ("8080-8081:80", Bound::Everywhere, "8080-8081", "80", "tcp"),
            ("192.0.2.1:8000-8002:80-82/sctp", Bound::Address("192.0.2.1"), "8000-8002", "80-82", "sctp"),
        ] {
            let mapping = PortMapping::parse(text).unwrap();
            assert_eq!((mapping.bound(), mapping.host, mapping.node, mapping.protocol), (bound, host, node, protocol));
        }
        for text in
            ["", "a", "80:", "8080:80/x", "x:8080:80", "70000:80", "+1:80", "9-8:80", "8080-8082:80-81", "8080:${PORT}"]
        {
            assert_eq!(PortMapping::parse(text), None, "{text}");
        }
    }

    #[test]
    fn on_loopback_it_leads_to_the_same_port() {
        for (text, expected) in
            [("80", "127.0.0.1::80"), ("8080:80/udp", "127.0.0.1:8080:80/udp"), ("[::]:8080:80", "127.0.0.1:8080:80")]
        {
            let moved = PortMapping::parse(text).unwrap().on_loopback();
            assert_eq!(moved, expected);
            assert_eq!(PortMapping::parse(&moved).unwrap().bound(), Bound::Loopback);
        }
    }
}
