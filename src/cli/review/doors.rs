//! Addresses of all topologies: those that led to a socket of one topology and now lead to a socket of another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::super::against::Looked;
use crate::plan::{Address, Led};
use crate::provider::RelayAddress;
use crate::providers;
use crate::render::review::Rewired;

/// An address, where it leads, and the topology that opens it.
pub(super) struct Door {
    topology: PathBuf,
    /// The host that has the address, if it is known: the relay, or one of the provider's for each lab. None for a hostname, which is
    /// unique by itself.
    host: Option<String>,
    address: Address,
    led: Led,
}

/// The addresses of the topology at `path`.
pub(super) fn of(path: &Path, looked: &Looked) -> Vec<Door> {
    let (Some(plan), Some(end)) = (&looked.examined.plan, &looked.end) else { return Vec::new() };
    let relay = end.facts.iter().find(|fact| fact.what == "relay.address").map(|fact| host(&fact.value));
    let ways = plan.sockets.iter().flat_map(|socket| {
        let provider = socket.provider.or(plan.provider).unwrap_or_default();
        plan.ways_of(socket).map(move |way| (provider, way))
    });
    let doors = ways.filter_map(|(provider, (address, led))| {
        let has_relay = providers::find(provider).is_some_and(|provider| provider.capabilities().relay.is_needed);
        let host = match address {
            Address::RelayPort(_) if has_relay => relay.clone(),
            Address::RelayPort(_) => Some(format!("{provider} {}", plan.lab)),
            Address::HostName(_) => None,
            // A port on the visitor's own machine: every jump host can have the same ones.
            Address::LocalPort(_) => return None,
        };
        Some(Door { topology: path.to_owned(), host, address, led })
    });
    doors.collect()
}

/// The host of a relay in one spelling: lower case, without a final dot, addresses in their canonical form.
fn host(relay: &str) -> String {
    let host = relay.parse::<RelayAddress>().map_or_else(|_| relay.to_owned(), |relay| relay.host);
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().map_or(name, |address| address.to_string())
}

/// The addresses that led into a different topology before, in the order of `after`.
pub(super) fn rewired(before: &[Door], after: &[Door]) -> Vec<Rewired> {
    let mut led: HashMap<&Address, Vec<&Door>> = HashMap::new();
    for door in before {
        led.entry(&door.address).or_default().push(door);
    }
    // A relay that is not set can be any relay.
    let may_be_one = |old: &Door, new: &Door| old.host.is_none() || new.host.is_none() || old.host == new.host;
    let mut rewired = Vec::new();
    for door in after {
        let there = led.get(&door.address).map_or(&[][..], Vec::as_slice);
        // An address that this topology had before is not new, even if others had it too.
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
