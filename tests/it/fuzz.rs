//! The laws over what fuzzing found (fuzz/corpus), over every text of the project, and over mutated real topologies.

use std::fs;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use crate::laws::{self, LAWS, Law};
use crate::support::{files_below, real_topologies, root};

/// Holds a law against an input; names both where it breaks.
fn hold(name: &str, law: Law, origin: &str, bytes: &[u8]) {
    let start = Instant::now();
    let is_held = catch_unwind(|| law(bytes)).is_ok();
    let is_soon = start.elapsed() < Duration::from_secs(20);
    assert!(is_held && is_soon, "{name} breaks, or takes long, on {origin}: {:?}", String::from_utf8_lossy(bytes));
}

#[test]
fn what_was_found_breaks_no_law() {
    for (name, law) in LAWS {
        let kept = files_below(&root().join("fuzz/corpus").join(name));
        assert!(kept.len() > 10, "{name} has a corpus");
        for file in kept {
            hold(name, law, &file.display().to_string(), &fs::read(&file).unwrap());
        }
    }
}

#[test]
fn what_the_project_holds_breaks_no_law() {
    let folders = ["examples", "tests/cases"].map(|folder| root().join(folder));
    for file in folders.iter().flat_map(|folder| files_below(folder)) {
        let bytes = fs::read(&file).unwrap();
        for (name, law) in LAWS.iter().filter(|(name, _)| *name != "compile") {
            hold(name, *law, &file.display().to_string(), &bytes);
        }
    }
}

/// Numbers that look like chance and are always the same (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }
}

/// A topology as somebody's editor, disk or network might leave it.
fn mutated(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = chance.below(lines.len());
    match chance.below(6) {
        0 => {
            for _ in 0..=chance.below(4) {
                let place = chance.below(bytes.len());
                bytes[place] ^= 1 << chance.below(8);
            }
        }
        // Wherever that is: between the bytes of a letter too.
        1 => bytes.truncate(chance.below(bytes.len())),
        2 => {
            // A letter of two bytes, of which the second is gone.
            bytes.insert(chance.below(bytes.len()), 0xc3);
        }
        3 => {
            let other = chance.below(lines.len());
            lines.swap(line, other);
            bytes = lines.concat().into_bytes();
        }
        4 => {
            lines.insert(line, lines[line]);
            bytes = lines.concat().into_bytes();
        }
        _ => {
            let start = chance.below(bytes.len());
            let end = bytes.len().min(start + 1 + chance.below(40));
            let part = bytes[start..end].to_vec();
            let place = chance.below(bytes.len());
            bytes.splice(place..place, part);
        }
    }
    bytes
}

#[test]
fn mutated_topologies_are_answered_inside_the_file() {
    let Some(topologies) = real_topologies() else { return };
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    for round in 0..10_000 {
        let (name, text) = &topologies[chance.below(topologies.len())];
        let bytes = mutated(text, &mut chance);
        hold("findings", laws::findings, &format!("{name}, round {round}"), &bytes);
        // What is shown of them is slower to make.
        if round % 20 == 0 {
            let (law, check) = LAWS.iter().find(|(law, _)| *law == "check").unwrap();
            hold(law, *check, &format!("{name}, round {round}"), &bytes);
        }
    }
}
