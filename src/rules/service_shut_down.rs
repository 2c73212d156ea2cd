//! The provider no longer exists. Reported once per file.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("service-shut-down", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(provider), Some(shut_down)) = (context.capabilities.name, context.capabilities.about.shut_down) else {
        return;
    };
    if context.lab.topology.lists.is_empty() && context.lab.tunnel_nodes().next().is_none() {
        return;
    }
    let alive = context.providers_that(|_| true).unwrap_or_default();
    let finding = Finding::info(RULE, format!("the {provider} service {shut_down}"));
    let node = context.lab.tunnel_nodes().next().filter(|node| node.is_of_kind(&[provider]));
    let finding = match node {
        Some(node) => finding.at(context.lab.span(node.name.place), "its client has no service to connect to"),
        None => finding,
    };
    findings.push(finding.help(format!("choose a provider that is still in service with `--provider`: {alive}")));
}
