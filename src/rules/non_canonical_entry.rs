//! Spellings with a clear meaning that not every reader accepts: an error if containerlab rejected them, a warning if it accepted
//! them (spec/entries.md#one-entry).

use std::collections::HashSet;

use super::Subject;
use super::entries::{entry_text, replaced, span, split_from, troubles};
use crate::base::{Applicability, Finding, Findings, plain};
use crate::model::{Identity, Item};
use crate::syntax::entry::{Entry, OddityKind, TroubleKind, canonical, parse};

const RULE: &str = "non-canonical-entry";

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| matches!(kind, TroubleKind::Spelling(_))) {
        let TroubleKind::Spelling(canonical) = &sick.trouble.kind else { continue };
        let help = if sick.is_substituted() {
            "write types in lower case, with no spaces around the segments".to_owned()
        } else {
            format!("write {}{}", sick.trouble.expected, who_then(subject, canonical))
        };
        // Next to another entry for its port, or `none` next to others, the fix would remove something.
        let fix = sick.replaced(canonical).map(|fix| {
            fix.at_most(if sick.is_at_odds(canonical) { Applicability::Unsafe } else { Applicability::Safe })
        });
        findings.push(
            Finding::error(RULE, format!("containerlab rejected the spelling of {}", sick.entry()))
                .at(sick.span(), "not published: expected lower case, with no spaces or line breaks")
                .help(help)
                .fix(fix),
        );
    }
    let sick = subject.lab.topology.listings.iter().filter(|listing| listing.is_sick);
    let splits = sick.flat_map(|listing| split_from(listing)).flatten();
    let splits: HashSet<Identity> = splits.map(Item::identity).collect();
    for (item, entry) in subject.lab.entries(|entry| !entry.oddities.is_empty()) {
        let Some(first) = entry.oddities.first() else { continue };
        // The comma at its end belongs to an acl that was split: `flow-sequence-splits-acl` covers that.
        if splits.contains(&item.identity()) {
            continue;
        }
        let mut finding = Finding::warning(RULE, format!("unusual spelling of {}", entry_text(subject, item)));
        for oddity in &entry.oddities {
            finding = finding.at(span(subject, item, &oddity.range), words(oddity.kind));
        }
        let help = if subject.lab.source.is_substituted(item.place_of(&(0..item.text.value.len()))) {
            format!("remove {}", words(first.kind))
        } else {
            format!("write `{}`", plain(&canonical(entry)))
        };
        let fix = replaced(subject, item, &(0..item.text.value.len()), &canonical(entry));
        findings.push(finding.help(help).fix(fix));
    }
}

/// Who may connect after the fix.
fn who_then(subject: &Subject<'_>, canonical: &str) -> String {
    match parse(canonical) {
        Entry::Socket(entry) => {
            let audience = subject.capabilities.audience(&subject.lab.acl(&entry));
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
