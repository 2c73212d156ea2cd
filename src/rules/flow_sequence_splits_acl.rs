//! `[tcp/22/a@b.com, c.com]`: inside brackets, a comma ends the entry; in a label, whitespace does. The second name is missing
//! from the acl.

use super::RuleContext;
use super::entries::{entry_span, entry_text, split_from};
use crate::base::{Finding, Findings, Rule, Severity};
use crate::model::Notation;

pub(crate) const RULE: &Rule = &Rule::new("flow-sequence-splits-acl", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for list in context.lab.topology.lists.iter().filter(|list| list.is_malformed) {
        for (item, owner) in list.items.iter().zip(split_from(list)) {
            let Some(entry) = owner else { continue };
            let (ends, help) = match list.notation {
                Notation::Publish | Notation::Entries => (
                    "the comma before this ends the entry",
                    "quote the whole entry; inside `[…]`, a comma separates entries",
                ),
                Notation::Label => (
                    "the space before this ends the entry",
                    "remove the spaces from the acl; in a label, whitespace separates entries",
                ),
            };
            findings.push(
                Finding::error(
                    RULE,
                    format!("{} is read as a separate entry, not as part of an acl", entry_text(context, item)),
                )
                .at(entry_span(context, item), ends)
                .at(entry_span(context, entry), "likely meant for the acl of this entry")
                .help(help),
            );
        }
    }
}
