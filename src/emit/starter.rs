//! An entries file to begin with: the nodes of a topology, and what probably listens on them; nothing of it is published yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::yaml_word::yaml_word;
use crate::base::SocketType;
use crate::model::Text;
use crate::resolve::{Lab, LabNode};
use crate::syntax::PortMapping;

/// What listens on nodes of a kind besides SSH: their NETCONF, and the ports that their pages in containerlab's documentation name
/// (docs/manual/kinds, August 2026).
const SERVICES: &[(&[&str], &[Suggestion])] = &[
    (&["nokia_srlinux", "srl"], &[(SocketType::Tls, 57_400, "gNMI"), (SocketType::Https, 443, "JSON-RPC"), NETCONF]),
    (&["nokia_srsim"], &[(SocketType::Tcp, 57_400, "gNMI"), NETCONF]),
    (&["nokia_sros", "vr-sros", "vr-nokia_sros"], &[(SocketType::Tcp, 57_400, "gNMI"), NETCONF]),
    (&["arista_ceos", "ceos", "arista_veos"], &[(SocketType::Tcp, 6030, "gNMI"), NETCONF]),
    (&["cisco_xrd", "cisco_xrd_vrouter"], &[(SocketType::Tcp, 9339, "gNMI"), NETCONF]),
    (
        &[
            "6wind_vsr",
            "arrcus_arcos",
            "ciena_saos",
            "cisco_c8000",
            "cisco_cat9kv",
            "cisco_csr1000v",
            "cisco_n9kv",
            "cisco_xrv",
            "cisco_xrv9k",
            "huawei_vrp",
            "ipinfusion_ocnos",
            "juniper_cjunosevolved",
            "juniper_crpd",
            "juniper_csrx",
            "juniper_vjunosevolved",
            "juniper_vjunosrouter",
            "juniper_vjunosswitch",
            "juniper_vmx",
        ],
        &[NETCONF],
    ),
    (&["cisco_ftdv", "f5_bigip-ve", "paloalto_panos"], &[(SocketType::Https, 443, "web interface")]),
];

const NETCONF: Suggestion = (SocketType::Tcp, 830, "NETCONF");

/// An entry, and what it opens.
pub(crate) type Suggestion = (SocketType, u16, &'static str);

/// The text of an entries file for the topology at `path`, as it is seen from the file.
pub(crate) fn starter(lab: &Lab<'_>, path: &str) -> String {
    let mut out = format!(
        "# Who may reach which ports of {0}.
# It publishes nothing yet. Remove the `#` of what to open, and name the people
# in place of user@domain.com; `publish-plan plan` then says who gets in.
topology: {1}
",
        comment_word(path),
        yaml_word(path)
    );
    let nodes: Vec<(&LabNode<'_>, &str)> =
        lab.publishing_nodes().filter_map(|node| Some((node, written(lab, node.name)?))).collect();
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (node, name) in nodes.iter().filter(|(node, _)| node.is_device()) {
        if let Some(kind) = node.kind.and_then(|kind| written(lab, kind)) {
            kinds.entry(kind).or_default().push(name);
        }
    }
    out.push_str("\n# For all nodes of a kind. The list of a node replaces that of its kind, and\n# `[none]` publishes nothing.\nkinds:\n");
    for kind in kinds.keys() {
        list(&mut out, kind, &of_kind(kind));
    }
    out.push_str("\nnodes:\n");
    for (node, name) in nodes {
        let ports = of_ports(node);
        if !ports.is_empty() {
            list(&mut out, name, &ports);
        } else if node.is_device() {
            let _ = writeln!(out, "  # {name}: [none]");
        } else {
            let _ = writeln!(out, "  # {name}: [http/8080/user@domain.com]");
        }
    }
    out
}

/// A list that is commented out.
fn list(out: &mut String, name: &str, entries: &[Suggestion]) {
    let _ = writeln!(out, "  # {name}:");
    for (socket_type, port, what) in entries {
        let what = if what.is_empty() { String::new() } else { format!("  # {what}") };
        let _ = writeln!(out, "  #   - {socket_type}/{port}/user@domain.com{what}");
    }
}

fn of_kind(kind: &str) -> Vec<Suggestion> {
    let known = SERVICES.iter().find(|(kinds, _)| kinds.contains(&kind)).map_or(&[][..], |(_, services)| services);
    std::iter::once((SocketType::Tcp, 22, "SSH")).chain(known.iter().copied()).collect()
}

/// What usually listens on nodes of a kind, or of any kind if it is not known: the type and the port of an entry, and its name.
pub(crate) fn usual_ports(kind: Option<&str>) -> Vec<Suggestion> {
    match kind.filter(|kind| SERVICES.iter().any(|(kinds, _)| kinds.contains(kind))) {
        Some(kind) => of_kind(kind),
        None => [
            (SocketType::Tcp, 22, "SSH"),
            (SocketType::Tls, 22, "SSH"),
            (SocketType::Http, 3000, "Grafana"),
            (SocketType::Http, 8080, "a web page"),
        ]
        .to_vec(),
    }
}

/// What host ports lead to.
fn of_ports(node: &LabNode<'_>) -> Vec<Suggestion> {
    let mappings = node.host_ports().iter().filter_map(|text| PortMapping::parse(text.value));
    let mut ports: Vec<Suggestion> = mappings
        .map(|mapping| {
            let port = *mapping.ports().start();
            let is_udp = mapping.protocol == "udp";
            (if is_udp { SocketType::Udp } else { SocketType::likely(port) }, port, "")
        })
        .collect();
    ports.sort_by_key(|(_, port, _)| *port);
    ports.dedup();
    ports
}

/// A name that can be in a comment and, without quotes, a key; none with a value from the environment in it.
fn written<'l>(lab: &Lab<'l>, name: Text<'l>) -> Option<&'l str> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_plain =
        name.value.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && name.value.chars().all(is_of_name);
    (is_plain && !lab.source.is_substituted(name.place)).then_some(name.value)
}

/// A path in a comment: no character of it ends the line.
fn comment_word(path: &str) -> String {
    path.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}
