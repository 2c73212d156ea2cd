//! Addresses over all topologies: one that led to a socket of one topology and leads to one of another.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::against::Looked;
use crate::plan::{Address, Led};

/// An address and where it leads, by the topology that opens it.
pub(super) struct Door {
    topology: PathBuf,
    /// Whose address it is: the relay's, or the provider's.
    whose: String,
    address: Address,
    led: Led,
}

/// An address that led into one topology and leads into another.
pub(super) struct Rewired {
    pub(super) address: Address,
    pub(super) before: (PathBuf, Led),
    pub(super) after: (PathBuf, Led),
}

/// The doors of a topology, known by this path.
pub(super) fn of(path: &Path, looked: &Looked) -> Vec<Door> {
    let (Some(plan), Some(end)) = (&looked.examined.plan, &looked.end) else { return Vec::new() };
    let relay = end.facts.iter().find(|fact| fact.what == "relay.address").map(|fact| fact.value.clone());
    let provider = || end.provider.unwrap_or_default().to_owned();
    let ways = plan.ways().into_iter().filter_map(|(address, led)| {
        let whose = match address {
            Address::RelayPort(_) => relay.clone().unwrap_or_else(provider),
            Address::HostName(_) => provider(),
            // Of the visitor's own machine: each lab's jump host has them all.
            Address::LocalPort(_) => return None,
        };
        Some(Door { topology: path.to_owned(), whose, address, led })
    });
    ways.collect()
}

/// The addresses that led into another topology than they lead into now, in the order of the new ones.
pub(super) fn rewired(before: &[Door], after: &[Door]) -> Vec<Rewired> {
    let mut led: HashMap<(&str, &Address), Vec<&Door>> = HashMap::new();
    for door in before {
        led.entry((&door.whose, &door.address)).or_default().push(door);
    }
    let mut rewired = Vec::new();
    for door in after {
        let there = led.get(&(door.whose.as_str(), &door.address)).map_or(&[][..], Vec::as_slice);
        let other = there.iter().find(|old| old.topology != door.topology && !old.led.is_same(&door.led));
        if let Some(old) = other {
            let [before, after] = [old, &door].map(|door| (door.topology.clone(), door.led.clone()));
            rewired.push(Rewired { address: door.address.clone(), before, after });
        }
    }
    rewired
}
