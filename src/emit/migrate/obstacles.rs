//! What cannot stand in a label as it stands in a list.

use super::RULE;
use crate::base::{Finding, quoted};
use crate::model::{Carrier, Item, Listing};
use crate::resolve::Lab;
use crate::syntax::entry::Entry;

/// One finding an entry or a list.
pub(super) fn find(lab: &Lab<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        lab.topology.two_carriers.iter().map(|(list, label)| both(lab, *list, *label)).collect();
    for listing in lab.topology.listings.iter().filter(|listing| listing.carrier == Carrier::Publish) {
        if listing.is_broken {
            findings.push(
                Finding::error(RULE, "this is no list of entries")
                    .at(lab.span(listing.place), "what it publishes is not known")
                    .help("mend what `publish-plan check` says of it first"),
            );
        }
        findings.extend(listing.items.iter().filter_map(|item| entry(lab, listing, item)));
    }
    findings
}

fn both(lab: &Lab<'_>, list: crate::text::Place, label: crate::text::Place) -> Finding {
    Finding::error(RULE, "entries stand in a list and in a label of the same place")
        .at(lab.span(list), "this list cannot move")
        .at(lab.span(label), "where this label is")
        .help("keep one of them")
}

fn entry(lab: &Lab<'_>, listing: &Listing<'_>, item: &Item<'_>) -> Option<Finding> {
    let place = item.place_of(&(0..item.text.value.len()));
    let written = quoted(lab.original(place));
    let is_mixed = listing.opts_out() && listing.items.len() > 1;
    let (message, label, help) = match &*item.entry {
        Entry::Malformed(_) => (
            format!("{written} is no entry"),
            "what it publishes is not known",
            "mend what `publish-plan check` says of it first",
        ),
        Entry::OptOut if is_mixed => (
            format!("{written} stands among other entries"),
            "whether anything is published is not known",
            "mend what `publish-plan check` says of it first",
        ),
        Entry::OptOut | Entry::Socket(_) if super::label::text_of(lab, item).is_none() => (
            format!("{written} cannot stand in a label"),
            "a label parts entries at blanks, and takes no quotation marks or backslashes",
            "name the policy without blanks, or write the value where a variable stands",
        ),
        Entry::OptOut | Entry::Socket(_) => return None,
    };
    Some(Finding::error(RULE, message).at(lab.span(place), label).help(help))
}
