//! `[tcp/22/a@b.com, c.com]`: inside brackets, a comma ends the entry; in a label, whitespace does. The second name is missing
//! from the acl.

use super::Subject;
use super::entries::{entry_span, entry_text, split_from};
use crate::base::{Finding, Findings};
use crate::model::Carrier;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for listing in subject.lab.topology.listings.iter().filter(|listing| listing.is_sick) {
        for (item, owner) in listing.items.iter().zip(split_from(listing)) {
            let Some(entry) = owner else { continue };
            let (ends, help) = match listing.carrier {
                Carrier::Publish => (
                    "the comma before this ends the entry",
                    "quote the whole entry; inside `[…]`, a comma separates entries",
                ),
                Carrier::Label => (
                    "the space before this ends the entry",
                    "remove the spaces from the acl; in a label, whitespace separates entries",
                ),
            };
            findings.push(
                Finding::error(
                    "flow-sequence-splits-acl",
                    format!("{} is read as a separate entry, not as part of an acl", entry_text(subject, item)),
                )
                .at(entry_span(subject, item), ends)
                .at(entry_span(subject, entry), "likely meant for the acl of this entry")
                .help(help),
            );
        }
    }
}
