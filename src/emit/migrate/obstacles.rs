//! What cannot stand in a label as it stands in a list.

use super::RULE;
use crate::base::{Finding, quoted};
use crate::model::{Carrier, Item, Listing};
use crate::resolve::{Lab, LabNode, LevelKind};
use crate::syntax::entry::Entry;

/// One finding an entry or a list.
pub(super) fn find(lab: &Lab<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        lab.topology.two_carriers.iter().map(|(list, label)| both(lab, *list, *label)).collect();
    findings.extend(lost(lab));
    findings.extend(lab.tunnel_nodes().filter_map(|node| own_list(lab, node)));
    findings.extend(lab.topology.misplaced.iter().map(|key| {
        Finding::error(RULE, "this list stands where nobody reads it")
            .at(lab.span(key.place), "whose ports these are is not known")
            .help("move it to a node, a kind or a group, or remove it")
    }));
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

/// Lists that a merge behind them replaced: nobody would see them go.
fn lost<'f>(lab: &'f Lab<'_>) -> impl Iterator<Item = Finding> + 'f {
    let lists = lab.topology.lost_to_merges.iter().filter(|(lost, _)| lost.value == "publish");
    lists.map(|(lost, won)| {
        Finding::error(RULE, "this list does not hold, and would be gone")
            .at(lab.span(lost.place), "a merge behind it brings another")
            .at(lab.span(won.place), "this one")
            .help("move the `<<` line to the top of its map, or remove the list")
    })
}

/// A tunnel node's own entries would go with it.
fn own_list(lab: &Lab<'_>, node: &LabNode<'_>) -> Option<Finding> {
    let list = node.publish.as_ref().filter(|list| list.level == LevelKind::Node && !list.listing.opts_out())?;
    Some(
        Finding::error(RULE, format!("the tunnel node {} has a list of its own", quoted(lab.shown(node.name))))
            .at(lab.span(list.listing.key), "it would go with the node")
            .help("move it to the node that is to be reached, or remove it"),
    )
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
