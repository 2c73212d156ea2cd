//! The same person, domain or policy twice in one acl.

use super::Subject;
use super::entries::{entry_text, span};
use crate::base::{Finding, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (item, entry) in subject.lab.entries() {
        for (index, word) in entry.acl.iter().enumerate() {
            let name = subject.lab.acl_item(word);
            let Some(first) = entry.acl[..index].iter().find(|earlier| subject.lab.acl_item(earlier) == name) else {
                continue;
            };
            let written = quoted(subject.lab.original(item.place_of(&word.range)));
            findings.push(
                Finding::warning(
                    "duplicate-acl-item",
                    format!("{written} stands twice in the acl of {}", entry_text(subject, item)),
                )
                .at(span(subject, item, &word.range), "again here")
                .at(span(subject, item, &first.range), "first here")
                .help("remove one of them, or correct it if somebody else was meant"),
            );
        }
    }
}
