//! The same person, domain or policy twice in one acl.

use std::collections::HashMap;

use super::RuleContext;
use super::entries::{entry_text, part_text, replaced, span};
use crate::base::{AclKind, Finding, Findings, Rule, Severity};
use crate::syntax::entry::AclItem;

pub(crate) const RULE: &Rule = &Rule::new("duplicate-acl-item", &[Severity::Warning]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for (item, entry) in context.lab.entries(|entry| entry.acl.len() > 1) {
        let mut seen: HashMap<(AclKind, &str), &AclItem> = HashMap::new();
        for word in &entry.acl {
            let Some(first) = seen.insert(context.lab.acl_item(word), word) else { continue };
            seen.insert(context.lab.acl_item(word), first);
            let written = part_text(context, item, &word.range);
            findings.push(
                Finding::warning(RULE, format!("{written} appears twice in the acl of {}", entry_text(context, item)))
                    .at(span(context, item, &word.range), "repeated here")
                    .at(span(context, item, &first.range), "first here")
                    .help("remove the duplicate, or correct it if you meant someone else")
                    .fix(replaced(context, item, &with_its_comma(&item.text.value[..word.range.start], word), "")),
            );
        }
    }
}

/// From the comma before a word, which is not the first, to the word's end.
fn with_its_comma(before: &str, word: &AclItem) -> std::ops::Range<usize> {
    before.rfind(',').unwrap_or(word.range.start)..word.range.end
}
