//! Two tunnel nodes: each removed the sockets of the other (spec/old-providers.md#tunnel-nodes).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};

pub(crate) const RULE: &Rule = &Rule::new("two-tunnel-nodes", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    // For a provider without a node in the topology, tunnel nodes of others do not matter.
    if context.capabilities.name.is_some() && context.capabilities.node.kind.is_none() {
        return;
    }
    let mut nodes = lab.tunnel_nodes();
    let Some(first) = nodes.next() else { return };
    for node in nodes {
        findings.push(
            Finding::error(RULE, format!("{} is a second tunnel node", quoted(lab.shown(node.name))))
                .at(lab.span(node.name.place), "this one")
                .at(lab.span(first.name.place), "the first tunnel node")
                .help("keep one; each would remove the other's sockets"),
        );
    }
}
