//! Assigns ports to sockets. A port depends on names only: on the socket's own name, and if two sockets ask for the same port,
//! on the order of both names. The order in the file does not matter.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::RelayPorts;

/// Ports that publish-plan.toml gives to sockets, by the sockets' names. A port is kept for its socket even in a lab without
/// that socket, so that nobody else gets a port that was in use once.
pub type Pins = BTreeMap<String, u16>;

/// The ports that a name asks for, in order, as indices below `count`. Each index comes once.
struct Wanted {
    next: usize,
    step: usize,
    count: usize,
}

impl Wanted {
    /// The sequence for a name, the same on every machine and in every version. The first index and the step are two parts of
    /// the name's SHA-256. The step and the count have no common divisor, so every index is reached.
    fn new(name: &str, count: usize) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        let (first, second) = digest.split_at(8);
        // The remainder is computed byte by byte, so that it never overflows a usize.
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
    /// A port for each socket, in the order of the sockets. None if no port is left, or if the socket's pin is not one of these
    /// ports.
    ///
    /// Pins come first. Then each name asks for its first port; if several ask for the same one, the first in the order of
    /// names gets it, and the others ask for their second port, and so on. So a socket whose first port nobody else asks for
    /// always has that port, whatever sockets are added or removed.
    #[must_use]
    pub fn assign<'n>(self, names: impl IntoIterator<Item = &'n str>, pins: &Pins) -> Vec<Option<u16>> {
        self.assign_beside(names, pins, &[])
    }

    /// The same beside ports that others have already.
    #[must_use]
    pub(crate) fn assign_beside<'n>(
        self,
        names: impl IntoIterator<Item = &'n str>,
        pins: &Pins,
        others: &[u16],
    ) -> Vec<Option<u16>> {
        let names: Vec<&str> = names.into_iter().collect();
        let mut assigned = vec![None; names.len()];
        let mut taken = vec![false; self.count()];
        for index in pins.values().chain(others).filter_map(|port| self.index_of(*port)) {
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

    /// Fixed values: a new version must not change ports.
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
        // The pinned port was another socket's, which gets another one.
        let pins = Pins::from([("a".to_owned(), free["b"].unwrap())]);
        let pinned = by_name(few, &names, &pins);
        assert_eq!(pinned["a"], free["b"]);
        assert!(pinned["b"].is_some() && pinned["b"] != free["b"]);
        // If the pinned socket does not exist, nobody else gets its port either.
        assert!(few.assign(["b", "c"], &pins).iter().all(|port| port.is_some() && *port != free["b"]));
        assert_eq!(few.assign(["b", "c", "d"], &pins).iter().filter(|port| port.is_none()).count(), 1);
        // A pin that is not one of these ports gives no port, and takes none.
        let pins = Pins::from([("a".to_owned(), 4000)]);
        assert_eq!(few.assign(["a"], &pins), [None]);
        assert_eq!(by_name(few, &names, &pins)["a"], None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// In any order and any range, with many sockets per port or few.
        #[test]
        fn the_order_does_not_matter(
            names in proptest::collection::btree_set("[a-c]{1,4}", 1..30),
            pinned in proptest::collection::btree_map("[a-c]{1,2}", 3000_u16..3060, 0..3),
            last in prop_oneof![3000_u16..3060, Just(9999)],
            seed in any::<u64>(),
        ) {
            let few = ports(&format!("3000-{last}"));
            // The settings file rejects two pins for one port.
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
            // No port is assigned twice.
            let mut given: Vec<u16> = before.values().flatten().copied().collect();
            let all = given.len();
            given.sort_unstable();
            given.dedup();
            prop_assert_eq!(given.len(), all);
            // A socket that has the port it asked for first keeps it, and one that moves gets a port that it asked for earlier.
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

        /// Sockets whose first ports differ never move.
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
