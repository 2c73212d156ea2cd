//! Which few providers could carry a lab together, if one alone cannot.

use crate::plan::Plan;
use crate::provider::{Audience, Capabilities};
use crate::render::offers::Offer;

/// The lists of providers that have an answer for every socket of the plan, and none that could be left out: the shortest first. Of
/// sockets without an acl, the first of a list lets in the fewest.
pub(super) fn lists(plan: &Plan, offers: &[Offer]) -> Vec<Vec<&'static Capabilities>> {
    let sockets = 0..plan.sockets.len();
    let useful: Vec<&Offer> =
        offers.iter().filter(|offer| sockets.clone().any(|socket| offer.carries_one(socket))).collect();
    let covers = |chosen: u32| {
        let offers: Vec<&&Offer> = members(chosen, &useful).collect();
        sockets.clone().all(|socket| offers.iter().any(|offer| offer.carries_one(socket)))
    };
    let all = 1_u32 << useful.len();
    let mut chosen: Vec<u32> = (1..all).filter(|chosen| covers(*chosen)).collect();
    chosen.sort_by_key(|chosen| chosen.count_ones());
    let shortest = chosen.first().map_or(0, |chosen| chosen.count_ones());
    chosen.retain(|chosen| chosen.count_ones() == shortest);
    let list = |chosen: u32| {
        let mut list: Vec<&'static Capabilities> = members(chosen, &useful).map(|offer| offer.provider).collect();
        list.sort_by_key(|provider| rank(&provider.access.without_acl));
        list
    };
    chosen.into_iter().map(list).collect()
}

/// The offers whose bits are set.
fn members<O>(chosen: u32, offers: &[O]) -> impl Iterator<Item = &O> {
    offers.iter().enumerate().filter(move |(index, _)| chosen & (1 << index) != 0).map(|(_, offer)| offer)
}

/// A closed network first. What nobody can use comes last: then it is no use to publish it.
fn rank(without_acl: &Audience) -> u8 {
    match without_acl {
        Audience::Members => 0,
        Audience::Anyone | Audience::Named(_) => 1,
        Audience::Nobody => 2,
    }
}
