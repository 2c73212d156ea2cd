//! Entries on nodes that no tunnel client can reach (spec/inheritance.md#nodes-without-a-tunnel). Such nodes are left out of the plan.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::resolve::{LevelKind, Standing};

pub(crate) const RULE: &Rule = &Rule::new("unreachable-node", &[Severity::Error, Severity::Warning, Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    for node in &lab.nodes {
        let Some(inherited) = node.publish.as_ref().filter(|inherited| !inherited.list.opts_out()) else { continue };
        let is_own = inherited.level == LevelKind::Node;
        let name = || quoted(lab.shown(node.name));
        let finding = match node.standing {
            // The rule `name-not-resolvable` covers the last of them.
            Standing::Reachable | Standing::Tunnel | Standing::UnknownContainer(_) => continue,
            Standing::NoContainer => {
                let kind = node.kind.map_or_else(String::new, |kind| quoted(lab.shown(kind)));
                if is_own {
                    Finding::error(RULE, format!("{} has no container to publish from", name()))
                        .at(lab.span(inherited.list.key), format!("nodes of kind {kind} are part of the host"))
                        .help("publish from a node that has a container, or remove the list")
                } else {
                    Finding::info(RULE, format!("{} does not publish the list it inherits", name()))
                        .at(lab.span(node.name.place), format!("nodes of kind {kind} have no container"))
                        .at(lab.span(inherited.list.key), "inherited from here")
                }
            }
            Standing::OtherNetwork(mode) => {
                let message = format!("{} is not on the management network, so no tunnel can reach it", name());
                let finding = if is_own { Finding::error(RULE, message) } else { Finding::warning(RULE, message) };
                let finding = finding
                    .at(lab.span(inherited.list.key), "left out of the plan")
                    .at(lab.span(mode), "this keeps it off the network");
                if is_own {
                    finding.help("remove the list, or the `network-mode`")
                } else {
                    finding.help("write `publish: [none]` on the node, or remove its `network-mode`")
                }
            }
        };
        findings.push(finding);
    }
}
