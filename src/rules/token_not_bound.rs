//! The tunnel node needs its token; without it, the deployment failed at its very end (spec/old-providers.md#mysocketio).

use super::RuleContext;
use super::token_bind_reversed::is_reversed;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::provider::TokenBind;

pub(crate) const RULE: &Rule = &Rule::new("token-not-bound", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(kind), Some(token)) = (context.capabilities.node.kind, context.capabilities.node.token) else { return };
    let lab = context.lab;
    for node in lab.tunnel_nodes().filter(|node| node.is_of_kind(&[kind])) {
        let has_one = node.binds.iter().any(|bind| is_bound(bind.value, token) || is_reversed(bind.value, token));
        if !has_one {
            findings.push(
                Finding::error(RULE, format!("the tunnel node {} has no token", quoted(lab.shown(node.name))))
                    .at(lab.span(node.name.place), format!("expected a bind mount to `{}`", token.destination))
                    .help(format!("add the line `- {}:{}` to its `binds:`", token.usual_source, token.destination)),
            );
        }
    }
}

fn is_bound(bind: &str, token: TokenBind) -> bool {
    bind.split(':').nth(1) == Some(token.destination)
}
