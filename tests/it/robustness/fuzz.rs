//! The laws over what fuzzing found (fuzz/corpus), over every text of the project, and over mutated real topologies.

use std::fs;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use crate::robustness::laws::{self, LAWS, Law};
use crate::support::mutate::{Chance, mutated};
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

#[test]
fn mutated_topologies_are_answered_inside_the_file() {
    let Some(topologies) = real_topologies() else { return };
    let mut chance = Chance::new(0x2545_f491_4f6c_dd1d);
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
