//! An entry without an acl, if the provider lets in only people who are named.

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, Severity};
use crate::provider::Audience;
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("nobody-can-connect", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let Some(provider) = context.capabilities.name.filter(|_| context.capabilities.without_acl == Audience::Nobody)
    else {
        return;
    };
    let is_wanted =
        |entry: &SocketEntry| entry.acl.is_empty() && context.capabilities.way(entry.socket_type).is_some();
    for (item, _) in context.lab.entries(is_wanted) {
        findings.push(
            Finding::info(RULE, format!("with {provider}, nobody can connect to {}", entry_text(context, item)))
                .at(entry_span(context, item), "no acl; this provider lets in only people who are named")
                .help("add a third segment with addresses, domains, or a policy"),
        );
    }
}
