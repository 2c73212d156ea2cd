//! The tunnel node must have an image (spec/old-providers.md#mysocketio).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};

pub(crate) const RULE: &Rule = &Rule::new("tunnel-node-without-image", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(kind), true) = (context.capabilities.node.kind, context.capabilities.node.needs_image) else { return };
    let lab = context.lab;
    for node in lab.tunnel_nodes().filter(|node| node.is_of_kind(&[kind]) && node.image.is_none()) {
        findings.push(
            Finding::error(RULE, format!("the tunnel node {} has no image", quoted(lab.shown(node.name))))
                .at(lab.span(node.name.place), "containerlab cannot start it")
                .help("set `image:` on the node or its kind"),
        );
    }
}
