//! The token's bind with its two paths reversed (spec/old-providers.md#mysocketio).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::provider::TokenBind;

pub(crate) const RULE: &Rule = &Rule::new("token-bind-reversed", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(kind), Some(token)) = (context.capabilities.node.kind, context.capabilities.node.token) else { return };
    let lab = context.lab;
    for node in lab.tunnel_nodes().filter(|node| node.is_of_kind(&[kind])) {
        for bind in node.binds.iter().filter(|bind| is_reversed(bind.value, token)) {
            let help = match bind.value.split_once(':') {
                Some((_, host)) if !lab.source.is_substituted(bind.place) => {
                    format!("write `{}:{}`", crate::base::plain(host), token.destination)
                }
                _ => format!("write the host path first, then `{}`", token.destination),
            };
            findings.push(
                Finding::error(
                    RULE,
                    format!("the paths of the bind {} are reversed", quoted(lab.original(bind.place))),
                )
                .at(lab.span(bind.place), "expected `<path on the host>:<path in the container>`")
                .help(help),
            );
        }
    }
}

/// The container path is first, and the bind is not correct as well.
pub(super) fn is_reversed(bind: &str, token: TokenBind) -> bool {
    let mut parts = bind.split(':');
    parts.next() == Some(token.destination) && parts.next().is_some_and(|destination| destination != token.destination)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_on_the_host_stands_first() {
        let token = TokenBind { destination: "/root/.t", usual_source: ".t" };
        for (bind, is_wrong) in
            [("/root/.t:x", true), ("x:/root/.t", false), ("/root/.t:/root/.t:ro", false), ("/root/.t", false)]
        {
            assert_eq!(is_reversed(bind, token), is_wrong, "{bind}");
        }
    }
}
