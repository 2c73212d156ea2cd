//! A list and a label on one level: nobody but the author knows which one is meant (spec/entries.md#labels).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("two-carriers", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for (list, label) in &context.lab.topology.two_carriers {
        findings.push(
            Finding::error(RULE, "the same level has entries in both a `publish` list and a `publish` label")
                .at(context.lab.span(*list), "the list")
                .at(context.lab.span(*label), "the label")
                .help("keep one of them; neither is published while both are present"),
        );
    }
}
