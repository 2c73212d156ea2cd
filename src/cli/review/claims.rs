//! Names that labs of a repository share on a network: a tunnel finds its node by the container's name, and leads to whichever
//! container has that name, whatever lab it belongs to.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::pipeline::Examined;
use crate::plan::Claims;
use crate::render::review::Claim;

/// The names of a topology before or after the change; empty if it has no plan.
#[derive(Default)]
pub(super) struct Names {
    network: String,
    claims: Claims,
    /// The containers to which its tunnels lead, by their digests.
    led_to: BTreeMap<u64, String>,
}

impl Names {
    pub(super) fn of(examined: Examined) -> Self {
        let Examined { plan: Some(plan), lab_context: Some(lab_context), claims, .. } = examined else {
            return Self::default();
        };
        // A node with an address of its own is not looked up by its name.
        let by_name = plan.sockets.into_iter().filter(|socket| socket.address.is_none());
        let led_to = by_name.map(|socket| (Claims::digest(socket.host()), socket.host().to_owned())).collect();
        Self { network: lab_context.network, claims, led_to }
    }

    fn claims(&self, network: &str, digest: u64) -> bool {
        self.network == network && self.claims.has(digest)
    }

    fn leads_to(&self, network: &str, digest: u64) -> bool {
        self.network == network && self.led_to.contains_key(&digest)
    }
}

/// The names before and after the change.
#[derive(Default)]
pub(super) struct Ends {
    /// The topology that they are of: an entries file and its topology, or another one of it, are one lab.
    pub(super) lab: PathBuf,
    pub(super) before: Names,
    pub(super) after: Names,
}

/// The topologies that have a name on a network now, and those whose tunnels lead to it: by their indices, in ascending order.
#[derive(Default)]
struct Held<'e> {
    name: &'e str,
    leading: Vec<usize>,
    claiming: Vec<usize>,
}

/// A topology and others on its network. Lines are sorted in this order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line<'e> {
    topology: usize,
    /// True if it has the name now and tunnels of the others lead to it; false if its tunnel leads to the name now and the others
    /// have it.
    has_name: bool,
    /// One of the others, and the number of the rest.
    other: usize,
    more: usize,
    network: &'e str,
}

/// The lines about names to which tunnels of one topology lead and that another one has too, if either is new.
pub(super) fn new<'e>(topologies: impl Iterator<Item = (&'e Path, &'e Ends)>) -> Vec<Claim> {
    let topologies: Vec<(&Path, &Ends)> = topologies.collect();
    let mut labs: HashMap<&Path, Vec<usize>> = HashMap::new();
    for (index, (_, ends)) in topologies.iter().enumerate() {
        labs.entry(&ends.lab).or_default().push(index);
    }
    let mut lines: BTreeMap<Line<'_>, Vec<&str>> = BTreeMap::new();
    for ((network, digest), held) in &held(&topologies) {
        let before = |index: usize| &topologies[index].1.before;
        let (old, new): (Vec<usize>, Vec<usize>) =
            held.claiming.iter().partition(|index| before(**index).claims(network, *digest));
        let mut add = |topology: usize, has_name: bool, others: &[usize]| {
            let own = &topologies[topology].1.lab;
            let is_other = |other: &usize| *other != topology && topologies[*other].1.lab != *own;
            let Some(other) = others.iter().copied().find(is_other) else { return };
            let own = labs.get(own.as_path()).into_iter().flatten();
            let more = others.len() - 1 - own.filter(|index| others.binary_search(index).is_ok()).count();
            lines.entry(Line { topology, has_name, other, more, network }).or_default().push(held.name);
        };
        for topology in &new {
            add(*topology, true, &held.leading);
        }
        for topology in &held.leading {
            // A new name has its line already.
            if !before(*topology).leads_to(network, *digest) && new.binary_search(topology).is_err() {
                add(*topology, false, &old);
            }
        }
    }
    let path = |index: usize| topologies[index].0.to_owned();
    let claim = |(line, mut names): (Line<'_>, Vec<&str>)| {
        names.sort_unstable();
        let Line { topology, has_name, other, more, network } = line;
        let names = names.into_iter().map(str::to_owned).collect();
        Claim { topology: path(topology), has_name, other: path(other), more, network: network.to_owned(), names }
    };
    lines.into_iter().map(claim).collect()
}

/// The names to which tunnels lead, each with the topologies that have it.
fn held<'e>(topologies: &[(&Path, &'e Ends)]) -> HashMap<(&'e str, u64), Held<'e>> {
    let mut held: HashMap<(&str, u64), Held<'_>> = HashMap::new();
    for (index, (_, Ends { after, .. })) in topologies.iter().enumerate() {
        for (digest, name) in &after.led_to {
            let held = held.entry((&after.network, *digest)).or_default();
            held.name = name;
            held.leading.push(index);
        }
    }
    for (index, (_, Ends { after, .. })) in topologies.iter().enumerate() {
        for digest in after.claims.digests() {
            if let Some(held) = held.get_mut(&(after.network.as_str(), *digest)) {
                held.claiming.push(index);
            }
        }
    }
    held
}
