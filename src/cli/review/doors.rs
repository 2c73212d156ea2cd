//! Addresses over all topologies: one that led to a socket of one topology and leads to one of another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::super::against::Looked;
use crate::capability::RelayAddress;
use crate::plan::{Address, Led};
use crate::providers;

/// An address and where it leads, by the topology that opens it.
pub(super) struct Door {
    topology: PathBuf,
    /// The host whose address it is, as far as that is known: a relay's, or that which the provider has for each lab. A host name
    /// is its own.
    host: Option<String>,
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
    let provider = end.provider.unwrap_or_default();
    let has_relay = providers::find(provider).is_some_and(|provider| provider.capabilities().relay);
    let relay = end.facts.iter().find(|fact| fact.what == "relay.address").map(|fact| host(&fact.value));
    let ways = plan.ways().into_iter().filter_map(|(address, led)| {
        let host = match address {
            Address::RelayPort(_) if has_relay => relay.clone(),
            Address::RelayPort(_) => Some(format!("{provider} {}", plan.lab)),
            Address::HostName(_) => None,
            // Of the visitor's own machine: each lab's jump host has them all.
            Address::LocalPort(_) => return None,
        };
        Some(Door { topology: path.to_owned(), host, address, led })
    });
    ways.collect()
}

/// The host of a relay, by which two spellings of one are the same.
fn host(relay: &str) -> String {
    let host = relay.parse::<RelayAddress>().map_or_else(|_| relay.to_owned(), |relay| relay.host);
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().map_or(name, |address| address.to_string())
}

/// The addresses that led into another topology than they lead into now, in the order of the new ones.
pub(super) fn rewired(before: &[Door], after: &[Door]) -> Vec<Rewired> {
    let mut led: HashMap<&Address, Vec<&Door>> = HashMap::new();
    for door in before {
        led.entry(&door.address).or_default().push(door);
    }
    // A relay that is not set can be any.
    let may_be_one = |old: &Door, new: &Door| old.host.is_none() || new.host.is_none() || old.host == new.host;
    let mut rewired = Vec::new();
    for door in after {
        let there = led.get(&door.address).map_or(&[][..], Vec::as_slice);
        // What several topologies had leads to none of them anew.
        let is_own = |old: &Door| old.topology == door.topology && old.host == door.host && old.led.is_same(&door.led);
        if there.iter().any(|old| is_own(old)) {
            continue;
        }
        let mut others = there.iter().filter(|old| old.topology != door.topology && may_be_one(old, door));
        if let Some(old) = others.find(|old| !old.led.is_same(&door.led)) {
            let [before, after] = [old, &door].map(|door| (door.topology.clone(), door.led.clone()));
            rewired.push(Rewired { address: door.address.clone(), before, after });
        }
    }
    rewired
}
