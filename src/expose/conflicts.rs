//! Entries that cannot be opened beside others: two that would be the same socket, or one that opens what the other restricts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{EntryRefusal, Exposure, Exposures, Refusal, Sibling};
use crate::base::dns::is_host_name;
use crate::base::twins;
use crate::provider::{Audience, Ingress};
use crate::resolve::LabSocket;

/// Adds to each exposure why it cannot be opened beside the others. If two claim the same, nobody knows which one was meant:
/// neither is opened.
pub(super) fn mark(exposures: &mut Exposures<'_>) {
    let nodes = nodes(&exposures.all);
    for find in [duplicates, same_names, host_names, wider_than_siblings, wider_than_those_elsewhere] {
        for (index, refusal) in find(exposures, &nodes) {
            exposures.all[index].refusals.push(refusal);
        }
    }
}

/// A reason for the exposure with an index.
type Marked = Vec<(usize, Refusal)>;

/// The exposures of each node that has any, by their indices.
fn nodes(all: &[Exposure<'_>]) -> Vec<Range<usize>> {
    let is_one_node = |one: &Exposure<'_>, other: &Exposure<'_>| std::ptr::eq(one.socket.node, other.socket.node);
    let mut start = 0;
    let ranges = all.chunk_by(is_one_node).map(|node| {
        start += node.len();
        start - node.len()..start
    });
    ranges.collect()
}

/// The same type and port twice in the list of a node.
fn duplicates(exposures: &Exposures<'_>, nodes: &[Range<usize>]) -> Marked {
    let all = &exposures.all;
    let written = |exposure: &Exposure<'_>| (exposure.socket.entry.port, exposure.socket.entry.socket_type);
    let (mut marked, mut sorted) = (Vec::new(), Vec::new());
    for node in nodes {
        sorted.clear();
        sorted.extend(all[node.clone()].iter().map(written));
        let twins = twins(&mut sorted);
        let is_twin = |index: &usize| twins.binary_search(&written(&all[*index])).is_ok();
        marked.extend(node.clone().filter(is_twin).map(|index| (index, Refusal::Duplicate)));
    }
    marked
}

/// Sockets that would have one name: after a type was rewritten, or because the provider treats the names of two nodes as the same.
fn same_names(exposures: &Exposures<'_>, nodes: &[Range<usize>]) -> Marked {
    let all = &exposures.all;
    let carried = |exposure: &Exposure<'_>| (exposure.socket.entry.port, exposure.socket_type);
    let shared_owners = shared_owners(exposures, nodes);
    let (mut suspects, mut sorted) = (Vec::new(), Vec::new());
    for node in nodes {
        let is_shared = shared_owners.contains(&node.start);
        sorted.clear();
        sorted.extend(all[node.clone()].iter().map(carried));
        let twins = twins(&mut sorted);
        let is_suspect = |index: &usize| is_shared || twins.binary_search(&carried(&all[*index])).is_ok();
        suspects.extend(node.clone().filter(is_suspect));
    }
    let is_said = |first: &LabSocket<'_, '_>, other: &LabSocket<'_, '_>| {
        if std::ptr::eq(first.node, other.node) {
            first.entry.socket_type == other.entry.socket_type // a duplicate
        } else {
            first.node.name.value == other.node.name.value // a duplicate key
        }
    };
    let by_name = groups(suspects.into_iter().map(|index| (exposures.name(&all[index]), index)));
    marked(all, by_name, is_said, Refusal::SameName)
}

/// The nodes whose sockets' names begin as those of another node, by their first exposures.
fn shared_owners(exposures: &Exposures<'_>, nodes: &[Range<usize>]) -> HashSet<usize> {
    let mut by_owner: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut shared = HashSet::new();
    for node in nodes {
        let first = *by_owner.entry(exposures.owner(&exposures.all[node.start])).or_insert(node.start);
        if first != node.start {
            shared.extend([first, node.start]);
        }
    }
    shared
}

/// Hostnames that are not valid in DNS, or that two sockets would share. What the provider does not carry has none.
fn host_names(exposures: &Exposures<'_>, _: &[Range<usize>]) -> Marked {
    if exposures.options.host_names.domain.is_none() || !exposures.provider.has_ingress(Ingress::HostName) {
        return Vec::new();
    }
    let is_of_the_tier = |refusal: &EntryRefusal| matches!(refusal, EntryRefusal::NeedsPaidTier);
    let is_carried = |exposure: &Exposure<'_>| {
        exposure.refusals.iter().all(|refusal| match refusal {
            Refusal::Entry(refusals) => refusals.iter().all(is_of_the_tier),
            _ => true,
        })
    };
    let carried = exposures.all.iter().enumerate().filter(|(_, exposure)| is_carried(exposure));
    let named = carried.filter_map(|(index, exposure)| Some((exposures.host_name(exposure)?, index)));
    let (fit, unfit): (Vec<_>, Vec<_>) = named.partition(|(name, _)| is_host_name(name));
    let (of_relay, fit): (Vec<_>, Vec<_>) = fit.into_iter().partition(|(name, _)| exposures.is_of_relay(name));
    let is_said = |first: &LabSocket<'_, '_>, other: &LabSocket<'_, '_>| {
        std::ptr::eq(first.node, other.node)
            && (first.entry.socket_type, first.entry.port) == (other.entry.socket_type, other.entry.port)
    };
    let mut refusals = marked(&exposures.all, groups(fit.into_iter()), is_said, Refusal::SameHostName);
    refusals.extend(unfit.into_iter().map(|(_, index)| (index, Refusal::HostNameNotValid)));
    refusals.extend(of_relay.into_iter().map(|(_, index)| (index, Refusal::HostNameOfRelay)));
    refusals
}

/// The indices for each name that several have, in order.
fn groups(named: impl Iterator<Item = (String, usize)>) -> Vec<Vec<usize>> {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (name, index) in named {
        by_name.entry(name).or_default().push(index);
    }
    by_name.into_values().filter(|indices| indices.len() > 1).collect()
}

/// Each of several with the first of them, unless that `is_said` already.
fn marked(
    all: &[Exposure<'_>],
    groups: Vec<Vec<usize>>,
    is_said: impl Fn(&LabSocket<'_, '_>, &LabSocket<'_, '_>) -> bool,
    refusal: impl Fn(Option<usize>) -> Refusal,
) -> Marked {
    let mut marked = Vec::new();
    for group in groups {
        let first = group[0];
        for index in group {
            let is_worded = index != first && !is_said(&all[first].socket, &all[index].socket);
            marked.push((index, refusal(is_worded.then_some(first))));
        }
    }
    marked
}

/// Entries without an acl for a port that another entry of the node restricts: the acl of that one would keep nobody out.
fn wider_than_siblings(exposures: &Exposures<'_>, nodes: &[Range<usize>]) -> Marked {
    let mut marked = Vec::new();
    if exposures.provider.access.without_acl == Audience::Nobody {
        return marked;
    }
    let all = &exposures.all;
    let has_acl = |index: &usize| !all[*index].socket.entry.acl.is_empty();
    for node in nodes {
        let restricted = node.clone().filter(has_acl).count();
        if restricted == 0 || restricted == node.len() {
            continue;
        }
        let by_port = by_port(all, node.clone().filter(has_acl));
        for index in node.clone().filter(|index| !has_acl(index)) {
            let open = &all[index];
            // Entries of one type, as written or as carried, would be one socket, which is a reason of its own.
            let is_one_socket = |other: &Exposure<'_>| {
                other.socket.entry.socket_type == open.socket.entry.socket_type || other.socket_type == open.socket_type
            };
            let siblings = by_port.get(&open.socket.entry.port).into_iter().flatten();
            let siblings: Vec<_> = siblings.filter(|(first, _)| !is_one_socket(&all[*first])).collect();
            let place = |index: usize| all[index].socket.item.text.place.range().start;
            let Some((first, _)) = siblings.iter().min_by_key(|(first, _)| place(*first)) else { continue };
            let count: usize = siblings.iter().map(|(_, count)| count).sum();
            marked.push((index, Refusal::WiderThanSibling(Sibling::Here(*first), count - 1)));
        }
    }
    marked
}

/// The same for a port that an entry restricts which another provider opens.
fn wider_than_those_elsewhere(exposures: &Exposures<'_>, _: &[Range<usize>]) -> Marked {
    let mut restricted: HashMap<(Range<usize>, u16), Vec<usize>> = HashMap::new();
    let place = |socket: &LabSocket<'_, '_>| (socket.node.name.place.range(), socket.entry.port);
    for (index, socket) in exposures.elsewhere.iter().enumerate().filter(|(_, socket)| !socket.entry.acl.is_empty()) {
        restricted.entry(place(socket)).or_default().push(index);
    }
    if restricted.is_empty() || exposures.provider.access.without_acl == Audience::Nobody {
        return Vec::new();
    }
    let open = exposures.all.iter().enumerate().filter(|(_, exposure)| exposure.socket.entry.acl.is_empty());
    let marked = open.filter_map(|(index, exposure)| {
        let siblings = restricted.get(&place(&exposure.socket))?;
        let first = Sibling::Elsewhere(*siblings.first()?);
        Some((index, Refusal::WiderThanSibling(first, siblings.len() - 1)))
    });
    marked.collect()
}

/// By port, the entries that name people: the first of each written type, and their number.
fn by_port(all: &[Exposure<'_>], restricted: impl Iterator<Item = usize>) -> HashMap<u16, Vec<(usize, usize)>> {
    let written = |index: usize| all[index].socket.entry.socket_type;
    let mut by_port: HashMap<u16, Vec<(usize, usize)>> = HashMap::new();
    for index in restricted {
        let types = by_port.entry(all[index].socket.entry.port).or_default();
        match types.iter_mut().find(|(first, _)| written(*first) == written(index)) {
            Some((_, count)) => *count += 1,
            None => types.push((index, 1)),
        }
    }
    by_port
}
