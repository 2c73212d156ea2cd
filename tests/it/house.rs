//! The house: imports run one way, names stand in alphabetical tables, files stay small.

use std::collections::BTreeSet;

use crate::support::{files_below, root};

/// What each room may import from others. `pipeline` walks the rooms, `cli` knows all of them, nobody knows `cli`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("provider", &["base"]),
    ("text", &["base"]),
    ("syntax", &["base", "text"]),
    ("model", &["base", "text", "syntax"]),
    ("resolve", &["base", "text", "syntax", "model"]),
    ("expose", &["base", "text", "syntax", "model", "resolve", "provider"]),
    ("rules", &["base", "text", "syntax", "model", "resolve", "provider", "expose"]),
    ("plan", &["base", "text", "syntax", "model", "resolve", "provider", "expose"]),
    ("providers", &["base", "provider", "plan"]),
    ("emit", &["base", "text", "syntax", "model", "resolve", "plan", "providers"]),
    ("settings", &["base", "triage", "provider"]),
    ("triage", &["base", "syntax"]),
    ("render", &["base"]),
    (
        "pipeline",
        &[
            "base",
            "text",
            "syntax",
            "model",
            "resolve",
            "expose",
            "rules",
            "triage",
            "provider",
            "plan",
            "providers",
            "emit",
        ],
    ),
    (
        "cli",
        &[
            "base",
            "text",
            "provider",
            "expose",
            "settings",
            "rules",
            "triage",
            "plan",
            "providers",
            "emit",
            "render",
            "pipeline",
        ],
    ),
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

/// Rules that look at more than a lab: at what is planned of it, and at all labs of an account.
const RUN_APART: [&str; 12] = [
    "acl_domain_not_own",
    "acl_not_enforced",
    "folded_wider",
    "host_name_not_usable",
    "jump_host_not_usable",
    "needs_paid_plan",
    "open_socket",
    "policy_without_provider",
    "socket_name_collision",
    "too_many_sockets",
    "type_not_carried",
    "wider_than_sibling",
];

#[test]
fn rules_are_files_with_pages_and_lines_in_the_table() {
    let table = std::fs::read_to_string(root().join("src/rules/table.rs")).unwrap();
    let (rules, said_elsewhere): (Vec<&str>, Vec<&str>) = table
        .lines()
        .filter_map(|line| Some(line.trim().split_once("!(")?.1.split_once(", \"")?.0))
        .filter(|file| !file.contains('$'))
        .partition(|file| root().join(format!("src/rules/{file}.rs")).is_file() && !RUN_APART.contains(file));
    let files = files_below(&root().join("src/rules"));
    let sources = files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")).count();
    assert_eq!(
        rules.len(),
        sources - 7,
        "a file is not in the table (besides mod, table, entries, services, unlimited, and what is run apart)"
    );
    assert!(said_elsewhere.len() > 10);
    for file in rules.iter().chain(&said_elsewhere) {
        assert!(files.iter().any(|page| page.ends_with(format!("{file}.md"))), "{file} has no page");
    }
}
