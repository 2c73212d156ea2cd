//! Which socket of a plan is which of another one.

use std::collections::HashMap;

use super::{Plan, PlannedSocket};

/// A socket of two plans, or of one of them.
#[derive(Clone, Copy)]
pub(super) struct Pair<'p> {
    pub(super) old: Option<&'p PlannedSocket>,
    pub(super) new: Option<&'p PlannedSocket>,
    /// The providers of both.
    pub(super) providers: [Option<&'static str>; 2],
}

impl Pair<'_> {
    /// Whether both are at one provider, or one of them is missing.
    pub(super) fn has_one_provider(&self) -> bool {
        let [old, new] = self.providers;
        self.old.is_none() || self.new.is_none() || old == new
    }
}

/// The sockets of two plans in pairs: those with a new one in the order of the new plan, then the others in that of the old one. A
/// socket is known by its node and port; of several there, those of one type and provider belong together, then those of one type,
/// then the rest in their order.
pub(super) fn pairs<'p>(old: Option<&'p Plan>, new: &'p Plan) -> Vec<Pair<'p>> {
    let provider = |plan: Option<&Plan>, socket: &PlannedSocket| socket.provider.or(plan?.provider);
    let olds = old.map_or(&[][..], |plan| &plan.sockets);
    let mut places: HashMap<(&str, u16), Vec<&PlannedSocket>> = HashMap::new();
    for socket in olds {
        places.entry((&socket.node, socket.port)).or_default().push(socket);
    }
    let unpaired =
        |new_socket| Pair { old: None, new: Some(new_socket), providers: [None, provider(Some(new), new_socket)] };
    let mut pairs: Vec<Pair<'_>> = new.sockets.iter().map(unpaired).collect();
    for (wants_type, wants_provider) in [(true, true), (true, false), (false, false)] {
        for pair in &mut pairs {
            let Pair { old: None, new: Some(new), providers: [_, new_provider] } = *pair else { continue };
            let Some(there) = places.get_mut(&(new.node.as_str(), new.port)) else { continue };
            let fits = |one: &&PlannedSocket| {
                (!wants_type || one.socket_type == new.socket_type)
                    && (!wants_provider || provider(old, one) == new_provider)
            };
            if let Some(found) = there.iter().position(fits).map(|index| there.remove(index)) {
                *pair = Pair { old: Some(found), providers: [provider(old, found), new_provider], ..*pair };
            }
        }
    }
    let is_left = |socket: &&PlannedSocket| {
        let there = places.get(&(socket.node.as_str(), socket.port));
        there.is_some_and(|there| there.iter().any(|left| std::ptr::eq(*left, *socket)))
    };
    let gone = olds.iter().filter(is_left);
    pairs.extend(gone.map(|socket| Pair { old: Some(socket), new: None, providers: [provider(old, socket), None] }));
    pairs
}
