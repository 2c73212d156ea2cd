//! The tunnel node must have an image (spec/old-providers.md#mysocketio).

use super::Subject;
use crate::base::{Finding, Findings, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(kind), true) = (subject.capabilities.tunnel_kind, subject.capabilities.needs_image) else { return };
    let lab = subject.lab;
    for node in lab.tunnel_nodes().filter(|node| node.is_of_kind(&[kind]) && node.image.is_none()) {
        findings.push(
            Finding::error(
                "tunnel-node-without-image",
                format!("the tunnel node {} has no image", quoted(lab.shown(node.name))),
            )
            .at(lab.span(node.name.place), "containerlab cannot start it")
            .help("set `image:` on the node or its kind"),
        );
    }
}
