//! Spellings with a clear meaning that not every reader accepts: an error if containerlab rejected them, a warning if it accepted
//! them (spec/entries.md#one-entry).

use std::collections::HashSet;

use super::RuleContext;
use super::entries::{entry_text, replaced, span, split_from, troubles};
use crate::base::{Applicability, Finding, Findings, Rule, Severity, plain};
use crate::model::{Identity, Item};
use crate::syntax::entry::{Entry, OddityKind, TroubleKind, canonical, parse};

pub(crate) const RULE: &Rule = &Rule::new("non-canonical-entry", &[Severity::Error, Severity::Warning]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| matches!(kind, TroubleKind::Spelling(_))) {
        let TroubleKind::Spelling(canonical) = &diagnostic.trouble.kind else { continue };
        let help = if diagnostic.is_substituted() {
            "write types in lower case, with no spaces around the segments".to_owned()
        } else {
            format!("write {}{}", diagnostic.trouble.expected, who_then(context, canonical))
        };
        // Next to another entry for its port, or `none` next to others, the fix would remove something; without an acl, it would open
        // to anyone what was refused.
        let is_unsafe = diagnostic.is_at_odds(canonical) || names_nobody(canonical);
        let fix = diagnostic.replaced(canonical);
        let fix = fix.map(|fix| fix.at_most(if is_unsafe { Applicability::Unsafe } else { Applicability::Safe }));
        findings.push(
            Finding::error(RULE, format!("containerlab rejected the spelling of {}", diagnostic.entry()))
                .at(diagnostic.span(), "not published: expected lower case, with no spaces or line breaks")
                .help(help)
                .fix(fix),
        );
    }
    let diagnostic = context.lab.topology.lists.iter().filter(|list| list.is_malformed);
    let splits = diagnostic.flat_map(|list| split_from(list)).flatten();
    let splits: HashSet<Identity> = splits.map(Item::identity).collect();
    for (item, entry) in context.lab.entries(|entry| !entry.oddities.is_empty()) {
        let Some(first) = entry.oddities.first() else { continue };
        // The comma at its end belongs to an acl that was split: `flow-sequence-splits-acl` covers that.
        if splits.contains(&item.identity()) {
            continue;
        }
        let mut finding = Finding::warning(RULE, format!("unusual spelling of {}", entry_text(context, item)));
        for oddity in &entry.oddities {
            finding = finding.at(span(context, item, &oddity.range), words(oddity.kind));
        }
        let help = if context.lab.source.is_substituted(item.place_of(&(0..item.text.value.len()))) {
            format!("remove {}", words(first.kind))
        } else {
            format!("write `{}`", plain(&canonical(entry)))
        };
        let fix = replaced(context, item, &(0..item.text.value.len()), &canonical(entry));
        findings.push(finding.help(help).fix(fix));
    }
}

/// Whether it is an entry without an acl.
fn names_nobody(canonical: &str) -> bool {
    matches!(parse(canonical), Entry::Socket(entry) if entry.acl.is_empty())
}

/// Who may connect after the fix.
fn who_then(context: &RuleContext<'_>, canonical: &str) -> String {
    match parse(canonical) {
        Entry::Socket(entry) => {
            let audience = context.capabilities.audience(&context.lab.acl(&entry));
            format!("; the port is then published for {}", plain(&audience.to_string()))
        }
        _ => "; this list then publishes nothing".to_owned(),
    }
}

fn words(kind: OddityKind) -> &'static str {
    match kind {
        OddityKind::PlusSign => "a plus sign before the port",
        OddityKind::LeadingZero => "leading zeros in the port",
        OddityKind::Blank => "spaces around the item",
        OddityKind::EmptyItem => "an empty item",
    }
}
