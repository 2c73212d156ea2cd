//! A merge after a key overrides it: containerlab's YAML reader reads a map in the order of its lines (spec/before-yaml.md#merge-keys-in-order).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};

pub(crate) const RULE: &Rule = &Rule::new("merge-key-wins", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    for (lost, won) in &lab.topology.lost_to_merges {
        findings.push(
            Finding::warning(RULE, format!("{} is overridden by the merge after it", quoted(lab.original(lost.place))))
                .at(lab.span(lost.place), "overridden")
                .at(lab.span(won.place), "this one applies because its `<<` comes later")
                .help("move the `<<` line to the top of its map"),
        );
    }
}
