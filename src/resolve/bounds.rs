//! How much a lab may have: a short file can make a long one by inheritance.

use super::LabNode;
use crate::base::limits::{MOST_HOST_PORTS, MOST_PUBLISHED};
use crate::base::{Finding, rule};
use crate::text::Source;

/// The finding that says which limit the nodes exceed together.
pub(super) fn exceeded(source: &Source, nodes: &[LabNode<'_>]) -> Option<Finding> {
    too_many_entries(source, nodes).or_else(|| too_many_host_ports(source, nodes))
}

/// A long list that many nodes inherit grows with the square of the file.
fn too_many_entries(source: &Source, nodes: &[LabNode<'_>]) -> Option<Finding> {
    let mut count = 0;
    for inherited in nodes.iter().filter_map(|node| node.publish.as_ref()) {
        count += inherited.list.items.len();
        if count > MOST_PUBLISHED {
            return Some(
                Finding::error(
                    rule::TOO_MANY_ENTRIES,
                    format!("the nodes together publish more than {MOST_PUBLISHED} entries"),
                )
                .at(source.span(inherited.list.key), "this list exceeds the limit")
                .help("publish fewer ports, or split the lab; no account allows that many"),
            );
        }
    }
    None
}

/// The same for a long list of host ports.
fn too_many_host_ports(source: &Source, nodes: &[LabNode<'_>]) -> Option<Finding> {
    let mut count = 0;
    let over = nodes.iter().map(LabNode::host_ports).find(|ports| {
        count += ports.len();
        count > MOST_HOST_PORTS
    })?;
    Some(
        Finding::error(
            rule::TOO_MANY_ENTRIES,
            format!("the nodes together have more than {MOST_HOST_PORTS} host ports"),
        )
        .at(source.span(over[0].place), "this list exceeds the limit")
        .help("map fewer ports, or split the lab; no host has that many"),
    )
}
