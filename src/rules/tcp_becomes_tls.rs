//! tcp with an acl is carried as tls: visitors are identified only inside TLS (spec/entries.md#rewritten-types).

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("tcp-becomes-tls", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for (item, entry) in context.lab.entries(|entry| context.type_of(entry) != entry.socket_type) {
        let effective = context.type_of(entry);
        findings.push(
            Finding::info(RULE, format!("{} becomes a {effective} socket", entry_text(context, item)))
                .at(
                    span(context, item, &entry.type_range),
                    "visitors need a client that speaks TLS and proves who they are",
                )
                .help(format!("write `{effective}` to make this explicit")),
        );
    }
}
