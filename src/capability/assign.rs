//! Which socket gets which port. It follows from names alone: from the socket's own, and where two want one port from the
//! order of both. Where they are written in the file is never asked.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::RelayPorts;

/// Ports that were given to sockets by name, in publish-plan.toml. Each is kept for its socket, also in a lab that has no socket
/// of that name, so that a port which was in use once can be kept from everyone else.
pub type Pins = BTreeMap<String, u16>;

/// The ports that a name asks for, one after another: each index below a count once.
struct Wanted {
    next: usize,
    step: usize,
    count: usize,
}

impl Wanted {
    /// The same on every machine and in every version. The first index and the step are two parts of the name's SHA-256; the step has
    /// no divisor in common with the count, so that no index is left out.
    fn new(name: &str, count: usize) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        let (first, second) = digest.split_at(8);
        // The remainder of a whole number, byte by byte: it never leaves the range of a usize.
        let below = |bytes: &[u8], end: usize| {
            bytes.iter().take(8).fold(0, |rest, byte| (rest * 256 + usize::from(*byte)) % end)
        };
        let mut step = 1 + below(second, count.saturating_sub(1).max(1));
        while greatest_common_divisor(step, count) != 1 {
            step += 1;
        }
        Self { next: below(first, count), step, count }
    }

    fn advance(&mut self) {
        self.next = (self.next + self.step) % self.count;
    }
}

fn greatest_common_divisor(mut one: usize, mut other: usize) -> usize {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}

impl RelayPorts {
    /// A port for each socket, in their order; none where all are taken, and where its pin is none of these ports.
    ///
    /// Pins come first. Then each name asks for its first port, and of several that ask for one the first in the order of names gets it;
    /// the others ask for their second port, and so on. So a socket whose first port nobody else asks for has that one, whoever
    /// comes and goes.
    #[must_use]
    pub fn assign<'n>(self, names: impl IntoIterator<Item = &'n str>, pins: &Pins) -> Vec<Option<u16>> {
        let names: Vec<&str> = names.into_iter().collect();
        let mut assigned = vec![None; names.len()];
        let mut taken = vec![false; self.count()];
        for index in pins.values().filter_map(|port| self.index_of(*port)) {
            taken[index] = true;
        }
        let mut free = taken.iter().filter(|taken| !**taken).count();
        let mut asking = Vec::new();
        for (place, name) in names.iter().enumerate() {
            match pins.get(*name) {
                Some(port) => assigned[place] = Some(*port).filter(|port| self.has(*port)),
                None => asking.push((*name, place, Wanted::new(name, self.count()))),
            }
        }
        asking.sort_by_key(|(name, place, _)| (*name, *place));
        while free > 0 && !asking.is_empty() {
            asking.retain_mut(|(_, place, wanted)| {
                let index = wanted.next;
                wanted.advance();
                if taken[index] {
                    return true;
                }
                taken[index] = true;
                free -= 1;
                assigned[*place] = self.nth(index);
                false
            });
        }
        assigned
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ports(text: &str) -> RelayPorts {
        text.parse().unwrap()
    }

    /// The port of each name.
    fn by_name<'n>(ports: RelayPorts, names: &[&'n str], pins: &Pins) -> BTreeMap<&'n str, Option<u16>> {
        names.iter().copied().zip(ports.assign(names.iter().copied(), pins)).collect()
    }

    #[test]
    fn a_name_asks_for_each_port_once() {
        for count in (1..60).chain([100, 127, 128, 1000, 10_000]) {
            let mut wanted = Wanted::new("clab-l-r1-tcp-22", count);
            let mut seen = vec![false; count];
            for _ in 0..count {
                assert!(!std::mem::replace(&mut seen[wanted.next], true), "{count}");
                wanted.advance();
            }
        }
    }

    /// Written down once: it must not change with a version.
    #[test]
    fn a_port_stays_the_same_for_ever() {
        let names = ["clab-l-r1-tcp-22", "clab-l-r2-tcp-22", "clab-l-r1-http-80"];
        let assigned = |ports: RelayPorts| ports.assign(names, &Pins::new()).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(assigned(RelayPorts::default()), [20_004, 21_686, 29_783]);
        assert_eq!(assigned(RelayPorts::Only(&[443, 8443, 10_000])), [8443, 443, 10_000]);
        assert_eq!(assigned(ports("20000-20003")), [20_000, 20_002, 20_003]);
    }

    #[test]
    fn every_port_is_given_away_before_one_is_missing() {
        let names: Vec<String> = (0..40).map(|number| format!("s{number}")).collect();
        for count in 1..40_u16 {
            let few = ports(&format!("3000-{}", 2999 + count));
            let assigned = few.assign(names.iter().map(String::as_str), &Pins::new());
            let mut given: Vec<u16> = assigned.into_iter().flatten().collect();
            given.sort_unstable();
            assert_eq!(given, (3000..3000 + count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_pin_comes_first_and_keeps_its_port() {
        let (few, names) = (ports("3000-3002"), ["a", "b", "c"]);
        let free = by_name(few, &names, &Pins::new());
        // Of somebody else's port: that one makes room.
        let pins = Pins::from([("a".to_owned(), free["b"].unwrap())]);
        let pinned = by_name(few, &names, &pins);
        assert_eq!(pinned["a"], free["b"]);
        assert!(pinned["b"].is_some() && pinned["b"] != free["b"]);
        // Also where its socket is not there: nobody else gets it.
        assert!(few.assign(["b", "c"], &pins).iter().all(|port| port.is_some() && *port != free["b"]));
        assert_eq!(few.assign(["b", "c", "d"], &pins).iter().filter(|port| port.is_none()).count(), 1);
        // One that is none of these ports is no port, and takes none.
        let pins = Pins::from([("a".to_owned(), 4000)]);
        assert_eq!(few.assign(["a"], &pins), [None]);
        assert_eq!(by_name(few, &names, &pins)["a"], None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever the order, and whatever the range: from a crowd to no neighbour at all.
        #[test]
        fn the_order_does_not_matter(
            names in proptest::collection::btree_set("[a-c]{1,4}", 1..30),
            pinned in proptest::collection::btree_map("[a-c]{1,2}", 3000_u16..3060, 0..3),
            last in prop_oneof![3000_u16..3060, Just(9999)],
            seed in any::<u64>(),
        ) {
            let few = ports(&format!("3000-{last}"));
            // Two pins on one port are refused before.
            let mut pins = Pins::new();
            for (name, port) in pinned {
                if pins.values().all(|other| *other != port) {
                    pins.insert(name, port);
                }
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut shuffled = names.clone();
            shuffled.sort_by_key(|name| Sha256::digest(format!("{seed}{name}")).to_vec());
            let before = by_name(few, &names, &pins);
            prop_assert_eq!(&before, &by_name(few, &shuffled, &pins));
            // No port is given twice.
            let mut given: Vec<u16> = before.values().flatten().copied().collect();
            let all = given.len();
            given.sort_unstable();
            given.dedup();
            prop_assert_eq!(given.len(), all);
            // Whoever has the port that it asked for first keeps it, and whoever moves moves to one that it would rather have.
            let gone = names[usize::try_from(seed % names.len() as u64).unwrap()];
            let rest: Vec<&str> = names.iter().copied().filter(|name| *name != gone).collect();
            let after = by_name(few, &rest, &pins);
            let rank = |name: &str, port: Option<u16>| {
                let mut wanted = Wanted::new(name, few.count());
                (0..few.count()).find(|_| {
                    let is_it = few.nth(wanted.next) == port;
                    wanted.advance();
                    is_it
                })
            };
            for name in rest.iter().filter(|name| !pins.contains_key(**name)) {
                let (was, is) = (rank(name, before[name]), rank(name, after[name]));
                prop_assert!(was.is_none_or(|was| is.is_some_and(|is| is <= was)), "{} {:?} {:?}", name, was, is);
            }
        }

        /// Of sockets whose first ports differ none ever moves.
        #[test]
        fn who_does_not_contend_stays(
            names in proptest::collection::btree_set("[a-z]{1,12}", 2..20),
            gone in any::<proptest::sample::Index>(),
        ) {
            let wide = RelayPorts::default();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let first = |name: &str| Wanted::new(name, wide.count()).next;
            let is_alone = |name: &&&str| names.iter().filter(|other| first(other) == first(name)).count() == 1;
            let all = by_name(wide, &names, &Pins::new());
            let gone = names[gone.index(names.len())];
            let rest: Vec<&str> = names.iter().copied().filter(|name| *name != gone).collect();
            let after = by_name(wide, &rest, &Pins::new());
            for name in rest.iter().filter(is_alone) {
                prop_assert_eq!(all[name], after[name]);
                prop_assert_eq!(all[name], wide.nth(first(name)));
            }
        }
    }
}
