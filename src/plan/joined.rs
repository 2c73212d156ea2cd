//! One plan of the plans that several providers have of a lab.

use std::collections::HashMap;

use super::{Count, Counts, Plan, PlannedSocket, ProviderCounts, VERSION_OF_SEVERAL};

/// The plans of several providers as one, in which each socket says its provider: in the order of `nodes`, then of entries, then of
/// the providers. A single plan stays as it is. Besides, where each socket of each plan is now. None if there is no plan.
pub(crate) fn joined<'n>(plans: Vec<Plan>, nodes: impl Iterator<Item = &'n str>) -> Option<(Plan, Vec<Vec<usize>>)> {
    let mut plans = plans.into_iter();
    let first = plans.next()?;
    let plans: Vec<Plan> = plans.collect();
    let mut places: Vec<Vec<usize>> =
        std::iter::once(&first).chain(&plans).map(|plan| vec![0; plan.sockets.len()]).collect();
    if plans.is_empty() {
        places[0] = (0..first.sockets.len()).collect();
        return Some((first, places));
    }
    let order: HashMap<&str, usize> = nodes.enumerate().map(|(index, node)| (node, index)).collect();
    let place = |socket: &PlannedSocket| {
        let node = order.get(socket.node.as_str()).copied().expect("a socket is planned of a node of the lab");
        (node, socket.origin.line, socket.origin.column)
    };
    let mut joined = Plan { version: VERSION_OF_SEVERAL, provider: None, sockets: Vec::new(), ..first.clone() };
    joined.counts = Counts { tcp: NONE, http: NONE, all: None };
    let mut sockets = Vec::new();
    for (part, plan) in std::iter::once(first).chain(plans).enumerate() {
        let name = plan.provider.expect("each of several providers has a name");
        joined.counts.tcp.used += plan.counts.tcp.used;
        joined.counts.http.used += plan.counts.http.used;
        joined.providers.push(ProviderCounts { name, counts: plan.counts });
        let own = plan.sockets.into_iter().map(|socket| PlannedSocket { provider: Some(name), ..socket });
        sockets.extend(own.enumerate().map(|(index, socket)| (part, index, socket)));
    }
    sockets.sort_by_key(|(.., socket)| place(socket));
    for (place, (part, index, socket)) in sockets.into_iter().enumerate() {
        places[part][index] = place;
        joined.sockets.push(socket);
    }
    Some((joined, places))
}

/// Several accounts have no limit in common.
const NONE: Count = Count { used: 0, limit: None };
