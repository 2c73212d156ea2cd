//! The house: imports run one way, names stand in alphabetical tables, files stay small.

use std::collections::BTreeSet;

use crate::support::{files_below, root};

/// What each room may import from others. `line` walks the rooms, `cli` knows all of them, nobody knows `cli`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("capability", &["base"]),
    ("text", &["base"]),
    ("syntax", &["base", "text"]),
    ("model", &["base", "text", "syntax"]),
    ("resolve", &["base", "text", "syntax", "model"]),
    ("rules", &["base", "text", "syntax", "model", "resolve", "capability"]),
    ("plan", &["base", "text", "syntax", "model", "resolve", "capability"]),
    ("providers", &["base", "capability", "plan"]),
    ("emit", &["base", "text", "syntax", "model", "resolve", "plan", "providers"]),
    ("config", &["base", "capability"]),
    ("report", &["base"]),
    ("line", &["base", "text", "syntax", "model", "resolve", "rules", "capability", "plan", "providers", "emit"]),
    ("cli", &["base", "text", "capability", "config", "plan", "providers", "emit", "report", "line"]),
];

/// The rooms that a source file names by `crate::…`.
fn imports(source: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (index, _) in source.match_indices("crate::") {
        let rest = &source[index + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap();
            rooms.extend(group.split(',').map(|name| name.trim().split("::").next().unwrap().to_owned()));
        } else {
            rooms.insert(
                rest.split(|character: char| !character.is_alphanumeric() && character != '_')
                    .next()
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    rooms.remove("");
    rooms
}

#[test]
fn imports_run_one_way() {
    let sources = root().join("src");
    for file in files_below(&sources) {
        let path = file.strip_prefix(&sources).unwrap();
        let room = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if room == "lib" || room == "main" || file.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("the room `{room}` is not in the table"));
        // Links in documentation open no door.
        let source = std::fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for imported in imports(&code.join("\n")) {
            assert!(
                imported == room || allowed.contains(&imported.as_str()),
                "{} imports `{imported}`",
                path.display()
            );
        }
    }
}

#[test]
fn files_can_be_held_in_the_head() {
    for file in files_below(&root().join("src")) {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 350, "{} has {lines} lines", file.display());
    }
}

#[test]
fn rules_stand_in_alphabetical_order() {
    let table = std::fs::read_to_string(root().join("src/rules/mod.rs")).unwrap();
    let rules: Vec<&str> = table.lines().filter_map(|line| line.trim().strip_suffix("::check,")).collect();
    let mut sorted = rules.clone();
    sorted.sort_unstable();
    assert_eq!(rules, sorted);
    let files = files_below(&root().join("src/rules")).len();
    assert_eq!(rules.len(), files - 3, "a rule's file is not in the table (besides mod, entries and too_many_sockets)");
}
