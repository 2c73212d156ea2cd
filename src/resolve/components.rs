//! Which container of a node has its network: a simulated chassis with several cards has a container for each card, and none with
//! the node's plain name (spec/names.md#nodes-with-several-containers; containerlab's `nodes/sros/sros.go` and `component_config.go` at 0.79).

use std::collections::HashMap;

use super::inherit::NodeLevels;
use crate::base::limits::LONGEST_NAME;
use crate::model::{Text, Topology};
use crate::syntax::{NodeId, Tree};
use crate::text::{Place, Source};

/// The kind whose nodes may have several containers (`kindNames`).
const KIND: &str = "nokia_srsim";

/// Its types that are one container whatever the components are (`integratedSrosDefaultComponents`), including the type of a node
/// that sets none (`SrosDefaultType`). In lower or upper case.
const INTEGRATED: [&str; 10] =
    ["ixr-e2", "ixr-e2c", "ixr-e2n", "ixr-e2n-s", "ixr-e3c", "ixr-e3x", "ixr-ec", "ixr-r6", "sr-1", "sr-1s"];

/// Which container has a node's network.
#[derive(Clone, Copy, Debug)]
pub(super) enum Container<'l> {
    /// The one with the node's plain name.
    Plain,
    /// The one of the component in this slot.
    OfSlot(Text<'l>),
    /// It cannot be known; the place of the value that would have to say it.
    Unknown(Place),
}

/// Finds the containers of nodes. Each list of components is read once, however many nodes inherit it.
pub(super) struct Containers<'l> {
    tree: Option<&'l Tree<'l>>,
    source: &'l Source,
    first: HashMap<NodeId, Container<'l>>,
}

impl<'l> Containers<'l> {
    pub(super) fn new(topology: &'l Topology<'l>, source: &'l Source) -> Self {
        Self { tree: topology.tree, source, first: HashMap::new() }
    }

    /// The container of a node that has these levels.
    pub(super) fn of(&mut self, levels: &NodeLevels<'l>) -> Container<'l> {
        if levels.kind.is_none_or(|kind| kind.value != KIND) {
            return Container::Plain;
        }
        let (Some(tree), Some(components)) = (self.tree, levels.first(|level| level.components)) else {
            return Container::Plain;
        };
        if tree.items(components).is_some_and(|items| items.len() < 2) {
            return Container::Plain;
        }
        match levels.first(|level| level.node_type) {
            Some(node_type) if self.source.is_unresolved(node_type.place) => Container::Unknown(node_type.place),
            Some(node_type) if !is_integrated(node_type.value) => {
                let source = self.source;
                let components = tree.resolve(components);
                *self.first.entry(components).or_insert_with(|| first(tree, source, components))
            }
            _ => Container::Plain,
        }
    }
}

fn is_integrated(node_type: &str) -> bool {
    let node_type = node_type.trim();
    node_type.is_empty() || INTEGRATED.iter().any(|integrated| integrated.eq_ignore_ascii_case(node_type))
}

/// The component that owns the network of all: the first one in the order in which containerlab starts them.
fn first<'l>(tree: &'l Tree<'l>, source: &Source, components: NodeId) -> Container<'l> {
    let unknown = |id: NodeId| Container::Unknown(tree.place(id));
    let Some(items) = tree.items(components) else { return unknown(components) };
    let mut first: Option<(i32, Text<'l>)> = None;
    // Another one with the same rank.
    let mut rival = None;
    for item in items {
        let Some(pair) = tree.lookup(*item, "slot") else { return unknown(*item) };
        let Some(value) = tree.key_text(pair.value) else { return unknown(pair.value) };
        let slot = Text { value, place: tree.place(pair.value) };
        let order = if source.is_unresolved(slot.place) { None } else { order(value) };
        let Some(order) = order else { return Container::Unknown(slot.place) };
        match first {
            Some((earliest, _)) if order > earliest => {}
            // Two components in one slot have the same name, and containerlab rejects them.
            Some((earliest, one)) if order == earliest => {
                if !one.value.eq_ignore_ascii_case(value) {
                    rival = Some(slot.place);
                }
            }
            _ => (first, rival) = (Some((order, slot)), None),
        }
    }
    match (first, rival) {
        (Some((_, slot)), None) => Container::OfSlot(slot),
        (_, Some(place)) => Container::Unknown(place),
        (None, None) => Container::Plain,
    }
}

/// The rank of a slot among components (`getSortOrder`): numbers first, then letters from Z to A. None for a slot that no
/// container name can end with, or a number that no machine counts to.
fn order(slot: &str) -> Option<i32> {
    let can_end_a_name = slot.len() <= LONGEST_NAME && slot.is_ascii();
    let slot = slot.trim();
    let letter = *slot.as_bytes().first().filter(|_| can_end_a_name)?;
    if letter.is_ascii_alphabetic() {
        return Some(100 - i32::from(letter.to_ascii_uppercase()));
    }
    // Go's `Atoi` gives 0 for text that is not a number, and the code continues with that.
    let digits = slot.strip_prefix(['+', '-']).unwrap_or(slot);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { slot.parse().ok() } else { Some(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_numbers_first_then_letters_from_the_end() {
        let order_of = |slots: &[&'static str]| {
            let mut slots = slots.to_vec();
            slots.sort_by_key(|slot| order(slot));
            slots
        };
        assert_eq!(order_of(&["A", "B", "10", "2", "1"]), ["1", "2", "10", "B", "A"]);
        assert_eq!(order_of(&["a", "b", " 3 ", "C"]), [" 3 ", "C", "b", "a"]);
        assert_eq!([order("1x"), order("-1"), order("+7")], [Some(0), Some(-1), Some(7)]);
        assert_eq!([order(""), order("  "), order("é"), order("99999999999")], [None; 4]);
        // 100 minus the letter's code: more than the cards of any chassis.
        assert_eq!([order("Z"), order("A")], [Some(10), Some(35)]);
    }

    #[test]
    fn integrated_types_are_known_in_any_case() {
        for integrated in ["sr-1", "SR-1s", " IXR-e2n-S ", ""] {
            assert!(is_integrated(integrated), "{integrated}");
        }
        for chassis in ["sr-7", "SR-14s", "sr-2s", "ixr-e2x", "ixr"] {
            assert!(!is_integrated(chassis), "{chassis}");
        }
    }
}
