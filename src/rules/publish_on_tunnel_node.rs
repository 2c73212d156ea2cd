//! Entries on the node that runs the tunnel client: it does not publish itself (spec/inheritance.md#nodes-without-a-tunnel).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::resolve::LevelKind;

pub(crate) const RULE: &Rule = &Rule::new("publish-on-tunnel-node", &[Severity::Error, Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    for node in lab.tunnel_nodes() {
        let Some(inherited) = node.publish.as_ref().filter(|inherited| !inherited.list.opts_out()) else { continue };
        let name = quoted(lab.shown(node.name));
        findings.push(if inherited.level == LevelKind::Node {
            Finding::error(RULE, format!("the tunnel node {name} cannot publish its own ports"))
                .at(lab.span(inherited.list.key), "it runs the tunnel client for the other nodes")
                .help("move the list to the node you want to publish")
        } else {
            Finding::info(RULE, format!("the tunnel node {name} does not publish the list it inherits"))
                .at(lab.span(node.name.place), "it runs the tunnel client for the other nodes")
                .at(lab.span(inherited.list.key), "inherited from here")
        });
    }
}
