//! `none` next to entries: publish nothing, or these?

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, Severity};
use crate::syntax::entry::Entry;

pub(crate) const RULE: &Rule = &Rule::new("none-among-entries", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for list in &context.lab.topology.lists {
        if list.items.len() < 2 {
            continue;
        }
        if let Some(none) = list.items.iter().find(|item| *item.entry == Entry::OptOut) {
            let is_alone = list.items.iter().all(|item| *item.entry == Entry::OptOut);
            let (stands, help) = if is_alone {
                ("more than once", "keep one of them")
            } else {
                ("among other entries", "remove it to publish the others, or remove the others to publish nothing")
            };
            findings.push(
                Finding::error(RULE, format!("{} appears {stands}", entry_text(context, none)))
                    .at(entry_span(context, none), "publishes nothing")
                    .help(help),
            );
        }
    }
}
