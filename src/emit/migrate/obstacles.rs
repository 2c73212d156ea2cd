//! What cannot be written elsewhere as it is in a list.

use super::{RULE, label, listing};
use crate::base::{Finding, quoted};
use crate::emit::strip::of_cluster;
use crate::model::{Item, Notation, PublishList};
use crate::resolve::{Lab, LabNode, LevelKind};
use crate::syntax::entry::Entry;

/// One finding per entry or list that cannot be moved from one notation to another.
pub(super) fn find(lab: &Lab<'_>, from: Notation, to: Notation) -> Vec<Finding> {
    if let Some(cluster) = &lab.topology.cluster {
        return vec![of_cluster(RULE, cluster)];
    }
    let mut findings: Vec<Finding> =
        lab.topology.two_carriers.iter().map(|(list, label)| both(lab, *list, *label)).collect();
    findings.extend(lost(lab));
    findings.extend(lab.tunnel_nodes().filter_map(|node| own_list(lab, node)));
    findings.extend(lab.topology.misplaced.iter().map(|key| {
        Finding::error(RULE, "this list is in a place where it has no effect")
            .at(lab.span(key.place), "it belongs to no node")
            .help("move it to a node, kind, or group, or remove it")
    }));
    for list in lab.topology.lists.iter().filter(|list| list.notation == from) {
        if list.is_broken {
            findings.push(
                Finding::error(RULE, "this is not a list of entries")
                    .at(lab.span(list.place), "publish-plan cannot tell what this publishes")
                    .help("first fix what `publish-plan check` reports about it"),
            );
        }
        findings.extend(list.items.iter().filter_map(|item| entry(lab, list, item, to)));
    }
    findings
}

/// Lists that a later merge overrides: nobody would notice that they are gone.
fn lost<'f>(lab: &'f Lab<'_>) -> impl Iterator<Item = Finding> + 'f {
    let lists = lab.topology.lost_to_merges.iter().filter(|(lost, _)| lost.value == "publish");
    lists.map(|(lost, won)| {
        Finding::error(RULE, "this list is overridden and would be lost")
            .at(lab.span(lost.place), "overridden by a merge after it")
            .at(lab.span(won.place), "by this one")
            .help("move the `<<` line to the top of its map, or remove the list")
    })
}

/// A tunnel node's own entries would be removed with it.
fn own_list(lab: &Lab<'_>, node: &LabNode<'_>) -> Option<Finding> {
    let list = node.publish.as_ref().filter(|list| list.level == LevelKind::Node && !list.list.opts_out())?;
    Some(
        Finding::error(RULE, format!("the tunnel node {} has its own list", quoted(lab.shown(node.name))))
            .at(lab.span(list.list.key), "it would be removed with the node")
            .help("move it to the node you want to publish, or remove it"),
    )
}

fn both(lab: &Lab<'_>, list: crate::text::Place, label: crate::text::Place) -> Finding {
    Finding::error(RULE, "the same level has entries in both a list and a label")
        .at(lab.span(list), "this list cannot be moved")
        .at(lab.span(label), "because this label is already there")
        .help("keep one of them")
}

fn entry(lab: &Lab<'_>, list: &PublishList<'_>, item: &Item<'_>, to: Notation) -> Option<Finding> {
    let place = item.place_of(&(0..item.text.value.len()));
    let written = quoted(lab.original(place));
    let is_mixed = list.opts_out() && list.items.len() > 1;
    let (message, label, help) = match &*item.entry {
        Entry::Malformed(_) => (
            format!("{written} is not a valid entry"),
            "publish-plan cannot tell what this publishes",
            "first fix what `publish-plan check` reports about it",
        ),
        Entry::OptOut if is_mixed => (
            format!("{written} appears among other entries"),
            "publish-plan cannot tell whether this publishes anything",
            "first fix what `publish-plan check` reports about it",
        ),
        Entry::OptOut | Entry::Socket(_) if to == Notation::Entries && listing::text_of(lab, item).is_none() => (
            format!("{written} cannot be moved as it is"),
            "it is on several lines, or a variable contains a part of it",
            "write the entry on one line, and replace the variable with its value",
        ),
        Entry::OptOut | Entry::Socket(_) if to == Notation::Label && label::text_of(lab, item).is_none() => (
            format!("{written} cannot be written in a label"),
            "a label splits entries at spaces and allows no quotes or backslashes",
            "use a policy name without spaces, or replace the variable with its value",
        ),
        Entry::OptOut | Entry::Socket(_) => return None,
    };
    Some(Finding::error(RULE, message).at(lab.span(place), label).help(help))
}
