//! Containers and sockets are named after the lab.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("lab-without-name", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let is_named = context.lab.topology.name.is_some_and(|name| !name.value.is_empty());
    let (false, Some(key), Some(_)) = (is_named, context.lab.topology.key, context.lab.sockets().next()) else {
        return;
    };
    findings.push(
        Finding::error(RULE, "the lab has no name")
            .at(context.lab.span(key), "without a name, its containers cannot be found")
            .help("add `name: <lab>` above `topology:`"),
    );
}
