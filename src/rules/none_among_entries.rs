//! `none` beside entries: publish nothing, or these?

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::Finding;
use crate::syntax::entry::Entry;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for listing in &subject.lab.topology.listings {
        if listing.items.len() < 2 {
            continue;
        }
        if let Some(none) = listing.items.iter().find(|item| *item.entry == Entry::OptOut) {
            findings.push(
                Finding::error(
                    "none-among-entries",
                    format!("{} stands among other entries", entry_text(subject, none)),
                )
                .at(entry_span(subject, none), "publishes nothing")
                .help("remove it to publish the others, or remove the others to publish nothing"),
            );
        }
    }
}
