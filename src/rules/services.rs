//! What is known to listen on a port, and what keeps strangers out there besides an acl.
//!
//! Each port has its source on the page of `open-to-anyone`.

use std::ops::RangeInclusive;

use crate::resolve::LabNode;

/// A service that must not be open to anyone.
#[derive(Debug)]
pub(super) struct Service {
    port: u16,
    /// Its name in a sentence: `SSH`, `the Docker API`.
    pub(super) name: &'static str,
    /// What an entry without an acl means there: the text of the finding's label.
    pub(super) label: &'static str,
    /// Network devices only; on any other node, only its owner knows what listens there.
    is_of_devices: bool,
}

const PASSWORDS: &str = "no acl, so anyone can try passwords here";

/// A management port of network devices, where a password is asked for.
const fn device(port: u16, name: &'static str) -> Service {
    Service { port, name, label: PASSWORDS, is_of_devices: true }
}

/// A service on any kind of node.
const fn any_node(port: u16, name: &'static str, label: &'static str) -> Service {
    Service { port, name, label, is_of_devices: false }
}

/// In the order of ports.
const SERVICES: &[Service] = &[
    device(22, "SSH"),
    device(23, "Telnet"),
    device(80, "HTTP"),
    device(161, "SNMP"),
    device(443, "HTTPS"),
    device(830, "NETCONF"),
    device(2022, "SSH"),
    device(2080, "HTTP"),
    device(2222, "SSH"),
    any_node(2375, "the Docker API", "no acl, and the Docker API has no password on this port"),
    device(2443, "HTTPS"),
    device(2830, "NETCONF"),
    any_node(3389, "RDP", "no acl, so anyone can try passwords here, and on RDP attackers do so all the time"),
    Service {
        port: 4000,
        name: "the QEMU monitor",
        label: "no acl, and the QEMU monitor has no password",
        is_of_devices: true,
    },
    Service {
        port: 5000,
        name: "the serial console",
        label: "no acl, and the serial console has no password of its own",
        is_of_devices: true,
    },
    any_node(5900, "VNC", "no acl, and VNC often has no password"),
    device(6030, "gNMI"),
    any_node(6379, "Redis", "no acl, and Redis has no password by default"),
    device(8080, "HTTP"),
    device(8443, "HTTPS"),
    any_node(9200, "Elasticsearch", "no acl, and Elasticsearch before 8.0 has no password by default"),
    device(9339, "gNMI"),
    device(9340, "gRIBI"),
    device(9559, "P4Runtime"),
    any_node(11_211, "memcached", "no acl, and memcached has no password by default"),
    any_node(27_017, "MongoDB", "no acl, and MongoDB has no password by default"),
    device(32_767, "gNMI"),
    device(47_400, "gNMI"),
    device(49_339, "gNMI"),
    device(50_051, "gRPC"),
    device(52_767, "gNMI"),
    device(56_030, "gNMI"),
    // Nobody serves anything else there.
    any_node(57_400, "gNMI", PASSWORDS),
];

/// What listens on a port of a node; none if nothing is known to.
pub(super) fn service_of(node: &LabNode<'_>, port: u16) -> Option<&'static Service> {
    service(port, || node.is_device())
}

/// The first that listens on one of several ports of a node.
pub(super) fn service_among(node: &LabNode<'_>, ports: &RangeInclusive<u16>) -> Option<&'static Service> {
    let is_device = node.is_device();
    SERVICES.iter().find(|service| ports.contains(&service.port) && (is_device || !service.is_of_devices))
}

/// Returns what listens on a port, or `None` if nothing is known to.
fn service(port: u16, is_device: impl FnOnce() -> bool) -> Option<&'static Service> {
    let index = SERVICES.binary_search_by_key(&port, |service| service.port).ok()?;
    SERVICES.get(index).filter(|service| !service.is_of_devices || is_device())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They are looked up by halves; and the page names each of them, and no other.
    #[test]
    fn ports_are_in_order_and_on_the_page() {
        let ports: Vec<u16> = SERVICES.iter().map(|service| service.port).collect();
        assert!(ports.is_sorted() && ports.windows(2).all(|pair| pair[0] < pair[1]), "{ports:?}");
        let page = include_str!("open_to_anyone.md");
        let mut rows: Vec<u16> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| "))
            .flat_map(|row| row.split('|').next().unwrap_or_default().split(','))
            .filter_map(|port| port.trim().parse().ok())
            .collect();
        rows.sort_unstable();
        assert_eq!(rows, ports);
    }

    #[test]
    fn what_has_no_password_is_not_said_to_have_one() {
        let label = |port, is_device| service(port, || is_device).map(|service| service.label);
        for port in [2375, 4000, 5000, 5900, 6379, 9200, 11_211, 27_017] {
            let label = label(port, true).unwrap();
            assert!(label.contains("no password") && !label.contains("try passwords"), "{label}");
        }
        assert_eq!((label(22, true), label(22, false)), (Some(PASSWORDS), None));
        assert_eq!((label(4000, false), label(57_400, false)), (None, Some(PASSWORDS)));
        assert!(label(3389, false).unwrap().contains("passwords"));
    }
}
