//! A tunnel node whose image is whatever its registry serves as the latest today; this container holds the account's token.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};

pub(crate) const RULE: &Rule = &Rule::new("image-not-pinned", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    for node in lab.tunnel_nodes() {
        let Some(image) = node.image.filter(|image| !is_pinned(image.value) && !lab.source.is_unresolved(image.place))
        else {
            continue;
        };
        findings.push(
            Finding::warning(
                RULE,
                format!("the tunnel node's image {} is not pinned to a version", quoted(lab.shown(image))),
            )
            .at(lab.span(image.place), "expected a version tag or a digest after the name")
            .help("write `name:version`; this container holds the account's token"),
        );
    }
}

/// Has a digest, or a tag that is not `latest`; a `:` before the last `/` is the port of a registry.
fn is_pinned(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    image.contains('@') || name.split_once(':').is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest")
}

#[cfg(test)]
mod tests {
    use super::is_pinned;

    #[test]
    fn a_version_or_a_digest_pins() {
        for (image, pinned) in [
            ("client:0.5.0", true),
            ("registry.lan:5000/client", false),
            ("registry.lan:5000/client:1", true),
            ("client", false),
            ("client:latest", false),
            ("client@sha256:00", true),
        ] {
            assert_eq!(is_pinned(image), pinned, "{image}");
        }
    }
}
