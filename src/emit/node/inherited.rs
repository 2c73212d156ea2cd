//! What reaches every linux node of a topology, and so the node of the tunnels: it faces the Internet, and nothing of the lab belongs
//! into it (containerlab 0.79, types/topology.go).

use super::RULE;
use crate::base::Finding;
use crate::model::Text;
use crate::resolve::Lab;
use crate::syntax::{NodeId, Tree};

/// The keys that do no harm: the node has its own value of them, or they do nothing in a container without links. Any other key is
/// refused, also one that does not exist yet.
const HARMLESS: &[&str] = &[
    "certificate",
    "cgroup-parent",
    "cmd",
    "config",
    "cpu",
    "cpu-set",
    "credentials",
    "enforce-startup-config",
    "entrypoint",
    "extras",
    "hostname",
    "identity-file",
    "image",
    "image-pull-policy",
    "kind",
    "labels",
    "license",
    "link-apply-mode",
    "memory",
    "mgmt-ipv4",
    "mgmt-ipv6",
    "password",
    "position",
    "privileged",
    "publish",
    "restart-policy",
    "shm-size",
    "startup-delay",
    "suppress-startup-config",
    "type",
    "user",
    "username",
];

/// A finding for each key that would reach the node.
pub(super) fn findings(tree: &Tree<'_>, lab: &Lab<'_>) -> Vec<Finding> {
    let Some(topology) = super::topology(tree) else { return Vec::new() };
    let level = |of: &str, name: &str| {
        let levels = tree.lookup(topology.value, of)?;
        tree.lookup(levels.value, name).map(|pair| pair.value)
    };
    let defaults = tree.lookup(topology.value, "defaults").map(|pair| pair.value);
    let kind = level("kinds", "linux");
    let group_of = |level: Option<NodeId>| {
        let scalar = tree.scalar(tree.lookup(level?, "group")?.value)?;
        (!scalar.is_null && !scalar.value.is_empty()).then(|| scalar.value.to_owned())
    };
    let group = group_of(kind).or_else(|| group_of(defaults)).and_then(|name| level("groups", &name));
    let levels = [
        (defaults, "of the defaults"),
        (kind, "of the kind `linux`"),
        (group, "of the group that the defaults or the kind `linux` name"),
    ];
    let mut findings = Vec::new();
    for (level, whose) in levels {
        for pair in level.into_iter().flat_map(|level| tree.pairs(level)) {
            let Some(key) = tree.key_text(pair.key).filter(|key| reaches(tree, lab, key, pair.value)) else { continue };
            let key = crate::base::quoted(lab.shown(Text { value: key, place: tree.place(pair.key) }));
            findings.push(
                Finding::error(RULE, format!("{key} {whose} would reach the node of the tunnels"))
                    .at(lab.span(tree.place(pair.key)), "every linux node gets this")
                    .help("move it to a group that only the nodes name that need it (`group: NAME`)"),
            );
        }
    }
    // containerlab 0.79 looks for the group of a kind without asking whether the kind is nothing (`GetNodeGroup`).
    if let Some(kind) = kind.filter(|kind| tree.is_null(*kind)) {
        findings.push(
            Finding::error(RULE, "containerlab cannot add a linux node to this topology")
                .at(lab.span(tree.place(kind)), "the kind `linux` is there, and it is nothing")
                .help("remove the kind, or write `{}`"),
        );
    }
    findings
}

/// Whether something of a key gets into the node.
fn reaches(tree: &Tree<'_>, lab: &Lab<'_>, key: &str, value: NodeId) -> bool {
    let text = tree.scalar(value).map_or("", |scalar| scalar.value);
    match key {
        // A variable may name another group when the topology is deployed.
        "group" => lab.source.has_values(tree.place(value)),
        // containerlab looks for that of the new node, which is not there.
        "startup-config" => text.contains("__clabNode"),
        // The scripts ask Docker.
        "runtime" => !text.is_empty() && text != "docker",
        key => !HARMLESS.contains(&key) && !is_empty(tree, value),
    }
}

/// Nothing, or a collection of nothing.
fn is_empty(tree: &Tree<'_>, value: NodeId) -> bool {
    let value = tree.resolve(value);
    tree.is_null(value) || (!tree.is_scalar(value) && tree.children(value).is_empty())
}
