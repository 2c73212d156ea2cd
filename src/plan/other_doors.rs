//! What leads to a lab's nodes although no entry opens it (spec/doors.md#other-doors).

use serde::Serialize;

use crate::base::SERVICE_PORTS;
use crate::model::{ClusterLab, Text};
use crate::resolve::{Lab, LabNode};
use crate::syntax::{Bound, PortMapping};

/// A way to a node that no entry opens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OtherDoor {
    /// What it is.
    pub kind: DoorKind,
    /// The node; missing if it leads to all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// As the file has it, variables not replaced; missing if nothing is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// What it is and who gets in, in words.
    pub words: String,
}

/// Kinds of other doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorKind {
    /// A port of the lab host (`ports:`).
    HostPort,
    /// A node in the network of the lab host (`network-mode: host`).
    HostNetwork,
    /// A node that shares a terminal.
    SharedTerminal,
    /// The lab host forwards to the management network (`mgmt.external-access`).
    ManagementNetwork,
    /// A service of the type `LoadBalancer` for every node, in Kubernetes.
    LoadBalancer,
}

fn load_balancers(cluster: &ClusterLab) -> String {
    let ports: Vec<String> = SERVICE_PORTS.iter().map(u16::to_string).collect();
    let service = if cluster.has_usual_ports {
        format!("every node a LoadBalancer service with the ports {} and those under `ports:`", ports.join(", "))
    } else {
        "every node that has `ports:` a LoadBalancer service with these ports".to_owned()
    };
    format!("clabernetes gives {service}, open to anyone who can reach its address")
}

/// The images with which people share terminals have one of these in their names.
const TERMINALS: [&str; 2] = ["sshx", "gotty"];

/// The other doors of a lab, in the order of its nodes.
pub(super) fn other_doors(lab: &Lab<'_>) -> Vec<OtherDoor> {
    if let Some(cluster) = &lab.topology.cluster {
        // Ports and networks of a host are those of a pod.
        let words = load_balancers(cluster);
        let door = OtherDoor { kind: DoorKind::LoadBalancer, node: None, written: None, words };
        return if lab.has_load_balancers() { vec![door] } else { Vec::new() };
    }
    let mut doors: Vec<OtherDoor> = lab.nodes.iter().flat_map(|node| of_node(lab, node)).collect();
    if lab.has_external_access() && lab.nodes.iter().any(LabNode::has_management_network) {
        doors.push(OtherDoor {
            kind: DoorKind::ManagementNetwork,
            node: None,
            written: None,
            words: "machines that can route to the management network can reach every node".to_owned(),
        });
    }
    doors
}

fn of_node<'l>(lab: &Lab<'l>, node: &LabNode<'l>) -> Vec<OtherDoor> {
    let name = lab.shown(node.name);
    let door = |kind, written: Option<Text<'l>>, words| OtherDoor {
        kind,
        node: Some(name.to_owned()),
        written: written.map(|text| lab.shown(text).to_owned()),
        words,
    };
    let mut doors: Vec<OtherDoor> = node
        .host_ports()
        .iter()
        .map(|port| door(DoorKind::HostPort, Some(*port), host_port(lab.shown(*port), name)))
        .collect();
    if let Some(mode) = node.network_mode.filter(|mode| mode.value == "host") {
        let words = format!("everything that {name} listens on is open on the lab host itself (`network-mode: host`)");
        doors.push(door(DoorKind::HostNetwork, Some(mode), words));
    }
    if let Some(image) = node.image.filter(|image| shares_a_terminal(image.value)) {
        doors.push(door(
            DoorKind::SharedTerminal,
            Some(image),
            format!("{name} shares a terminal of the lab's network"),
        ));
    }
    doors
}

/// The name of the image, without its registry and its tag.
fn shares_a_terminal(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| TERMINALS.contains(&word))
}

/// `port 8080 on every address of the lab host leads to port 80 of web`.
fn host_port(written: &str, node: &str) -> String {
    let Some(mapping) = PortMapping::parse(written) else {
        return format!("a port of the lab host leads to {node} (`ports: {written}`)");
    };
    let protocol = if mapping.protocol.eq_ignore_ascii_case("tcp") {
        String::new()
    } else {
        format!("{} ", mapping.protocol.to_ascii_lowercase())
    };
    let ports = |ports: &str| format!("{} {ports}", if ports.contains('-') { "ports" } else { "port" });
    let (leads, host) = match mapping.host {
        "" => ("leads", format!("a {protocol}port that Docker chooses")),
        host if host.contains('-') => ("lead", format!("{protocol}{}", ports(host))),
        host => ("leads", format!("{protocol}{}", ports(host))),
    };
    let place = match mapping.bound() {
        Bound::Everywhere => "on every address of the lab host".to_owned(),
        Bound::Loopback => "on the loopback address of the lab host".to_owned(),
        Bound::Address(address) => format!("on address {address} of the lab host"),
    };
    format!("{host} {place} {leads} to {} of {node}", ports(mapping.node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_the_host_is_said_in_words() {
        for (written, words) in [
            ("8080:80", "port 8080 on every address of the lab host leads to port 80 of r1"),
            ("80", "a port that Docker chooses on every address of the lab host leads to port 80 of r1"),
            ("127.0.0.1:161:161/udp", "udp port 161 on the loopback address of the lab host leads to port 161 of r1"),
            (
                "192.0.2.1:8000-8001:80-81",
                "ports 8000-8001 on address 192.0.2.1 of the lab host lead to ports 80-81 of r1",
            ),
            ("${PORT}:80", "a port of the lab host leads to r1 (`ports: ${PORT}:80`)"),
        ] {
            assert_eq!(host_port(written, "r1"), words);
        }
    }

    #[test]
    fn an_image_that_shares_a_terminal_is_known_by_its_name() {
        for (image, is_one) in [
            ("ghcr.io/srl-labs/sshx:1", true),
            ("gotty", true),
            ("example.net/my-gotty@sha256:00", true),
            ("example.net/sshx/alpine", false),
            ("sshxyz", false),
        ] {
            assert_eq!(shares_a_terminal(image), is_one, "{image}");
        }
    }
}
