//! A lab name that the provider does not accept.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};

pub(crate) const RULE: &Rule = &Rule::new("lab-name-not-accepted", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(provider), Some(lab_name), Some(name)) =
        (context.capabilities.name, context.capabilities.lab_name, context.lab.topology.name)
    else {
        return;
    };
    let is_unresolved = context.lab.source.is_unresolved(name.place);
    if is_unresolved || (lab_name.is_taken)(name.value) || context.lab.sockets().next().is_none() {
        return;
    }
    findings.push(
        Finding::error(
            RULE,
            format!("{provider} does not accept {} as a lab name", quoted(context.lab.original(name.place))),
        )
        .at(context.lab.span(name.place), format!("expected {}", lab_name.expected))
        .help("rename the lab, or choose another provider"),
    );
}
