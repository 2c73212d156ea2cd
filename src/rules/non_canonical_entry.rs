//! Spellings that mean what they seem to mean, but that not everyone reads: an error where the old code refused them, a
//! warning where it took them (semantics.md, section 2).

use super::Subject;
use super::entries::{entry_text, replaced, span, troubles};
use crate::base::{Finding, plain};
use crate::syntax::entry::{OddityKind, TroubleKind, canonical};

const RULE: &str = "non-canonical-entry";

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for sick in troubles(subject, |kind| matches!(kind, TroubleKind::Spelling(_))) {
        let fix = match &sick.trouble.kind {
            TroubleKind::Spelling(canonical) => sick.replaced(canonical),
            _ => None,
        };
        let help = if sick.is_substituted() {
            "types are in lower case, with no spaces around the segments".to_owned()
        } else {
            format!("write {}", sick.trouble.expected)
        };
        findings.push(
            Finding::error(RULE, format!("containerlab refused the spelling of {}", sick.entry()))
                .at(sick.span(), "expected lower case, no spaces and no line breaks here")
                .help(help)
                .fix(fix),
        );
    }
    for (item, entry) in subject.lab.entries() {
        let Some(first) = entry.oddities.first() else { continue };
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

fn words(kind: OddityKind) -> &'static str {
    match kind {
        OddityKind::PlusSign => "a plus sign before the port",
        OddityKind::LeadingZero => "zeros before the port",
        OddityKind::Blank => "spaces around the item",
        OddityKind::EmptyItem => "an empty item",
    }
}
