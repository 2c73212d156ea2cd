//! A file that is not a containerlab topology. Reported once per file.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("not-a-topology", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let topology = context.lab.topology;
    let is_map = topology.tree.and_then(|tree| tree.root().map(|root| tree.is_mapping(root) || tree.is_null(root)));
    // `malformed-topology` reports a file that is not a map at all.
    if topology.key.is_none() && is_map != Some(false) {
        findings.push(
            Finding::info(RULE, "not a containerlab topology: no top-level `topology:`")
                .help("check the file name; a topology has `name:` and `topology:` at the top level"),
        );
    }
}
