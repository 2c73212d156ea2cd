//! `[tcp/22/a@b.com, c.com]`: between brackets the comma ends the entry, in a label white space does, and the second name is
//! left out of its acl.

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
                    "the comma before it ends the entry",
                    "put the whole entry in quotation marks: between brackets a comma parts entries",
                ),
                Carrier::Label => (
                    "the blank before it ends the entry",
                    "write the acl without blanks: in a label white space parts entries",
                ),
            };
            findings.push(
                Finding::error(
                    "flow-sequence-splits-acl",
                    format!("{} is read as an entry of its own, not as part of an acl", entry_text(subject, item)),
                )
                .at(entry_span(subject, item), ends)
                .at(entry_span(subject, entry), "the entry that it was meant for")
                .help(help),
            );
        }
    }
}
