//! Topologies for benches: made, not kept, and always the same.

use std::fmt::Write as _;

/// A lab of `nodes` nodes in groups and kinds, three entries each; where `publishes` is false, with commands instead, and in one lab of
/// seven with a host port, as in real ones.
pub(crate) fn lab(nodes: usize, publishes: bool) -> String {
    publishing(nodes, if publishes { nodes } else { 0 })
}

/// The same in which only so many nodes have entries, and the others have commands.
pub(crate) fn publishing(nodes: usize, publishing: usize) -> String {
    let entries = |text: &mut String, pad: &str, seed: usize, publishes: bool| {
        let (key, entries) = if publishes {
            let named = ["user@domain.com", "domain.com", "colleague@other.org,domain.com"][seed % 3];
            (
                "publish",
                [format!("tls/22/{named}"), format!("tls/57400/{named}"), format!("http/{}/{named}", 8000 + seed % 7)],
            )
        } else {
            ("exec", [format!("ip link set eth{} up", seed % 999), "sysctl -p".to_owned(), "ip route".to_owned()])
        };
        let _ = writeln!(text, "{pad}{key}:");
        for entry in entries {
            let _ = writeln!(text, "{pad}  - {entry}");
        }
    };
    let mut text = format!(
        "# A lab of {nodes} nodes.\nname: lab{nodes}\nmgmt:\n  network: mgmt\n  ipv4-subnet: 172.20.20.0/24\ntopology:\n  kinds:\n"
    );
    for kind in 0..nodes.div_ceil(10) {
        let _ = writeln!(text, "    kind{kind}:\n      image: registry.example.net/kind{kind}:24.10.1");
        if kind % 2 == 0 {
            entries(&mut text, "      ", kind, kind * 10 < publishing);
        }
    }
    text.push_str("  groups:\n");
    for group in 0..nodes.div_ceil(10) {
        let _ = writeln!(text, "    group{group}:\n      kind: kind{group}\n      env:\n        ROLE: \"leaf\"");
    }
    text.push_str("  nodes:\n");
    for node in 0..nodes {
        let _ = writeln!(
            text,
            "    n{node}:\n      group: group{}\n      mgmt-ipv4: 172.20.{}.{}\n      startup-config: configs/n{node}.cfg",
            node / 10,
            node / 250 % 250,
            node % 250 + 2
        );
        entries(&mut text, "      ", node, node < publishing);
        if publishing == 0 && nodes.is_multiple_of(7) && node == 0 {
            text.push_str("      ports:\n        - 8080:80\n");
        }
    }
    text.push_str("  links:\n");
    for node in 1..nodes {
        let _ = writeln!(text, "    - endpoints: [\"n{}:e1-1\", \"n{node}:e1-2\"]", node / 2);
    }
    text
}

/// The corpus that ratios are committed for: labs of 2 to 40 nodes, one in five with entries, or none.
pub(crate) fn corpus(publishes: bool) -> Vec<String> {
    (0..200).map(|index| lab(2 + index * 7 % 39, publishes && index % 5 == 0)).collect()
}
