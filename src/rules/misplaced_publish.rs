//! `publish` above the levels that can have it: at the top of the file or in `topology`.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("misplaced-publish", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for key in &context.lab.topology.misplaced {
        findings.push(
            Finding::error(RULE, "this `publish` does not belong to any node")
                .at(context.lab.span(key.place), "publishes nothing here")
                .help("move it to a node under `nodes`, or to a group, a kind, or `defaults`"),
        );
    }
}
