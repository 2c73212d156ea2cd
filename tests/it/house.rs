//! The house: imports run one way, names stand in alphabetical tables, files stay small.

use std::collections::BTreeSet;

use crate::support::{files_below, root, run};

/// What each room may import from others. `pipeline` walks the rooms, `cli` knows all of them, nobody knows `cli`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("provider", &["base"]),
    ("text", &["base"]),
    ("syntax", &["base", "text"]),
    ("model", &["base", "text", "syntax"]),
    ("resolve", &["base", "text", "syntax", "model"]),
    ("rules", &["base", "text", "syntax", "model", "resolve", "provider"]),
    ("plan", &["base", "text", "syntax", "model", "resolve", "provider"]),
    ("providers", &["base", "provider", "plan"]),
    ("emit", &["base", "text", "syntax", "model", "resolve", "plan", "providers"]),
    ("settings", &["base", "triage", "provider"]),
    ("triage", &["base", "syntax"]),
    ("render", &["base", "provider", "plan"]),
    (
        "pipeline",
        &["base", "text", "syntax", "model", "resolve", "rules", "triage", "provider", "plan", "providers", "emit"],
    ),
    (
        "cli",
        &["base", "text", "provider", "settings", "rules", "triage", "plan", "providers", "emit", "render", "pipeline"],
    ),
];

/// The rooms that a source file names by `crate::…`: by one path, or by a group, which may have groups in it.
fn imports(source: &str) -> BTreeSet<String> {
    let first_word = |path: &str| {
        let path = path.trim_start();
        path.split(|character: char| !character.is_alphanumeric() && character != '_').next().unwrap().to_owned()
    };
    let mut rooms = BTreeSet::new();
    for (index, path) in source.match_indices("crate::") {
        let rest = &source[index + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(members(group).into_iter().map(first_word)),
            None => _ = rooms.insert(first_word(rest)),
        }
    }
    rooms.remove("");
    rooms
}

/// The members of a group whose opening brace is before `text`.
fn members(text: &str) -> Vec<&str> {
    let (mut members, mut start, mut depth) = (Vec::new(), 0, 0);
    for (index, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            ',' if depth == 0 => {
                members.push(&text[start..index]);
                start = index + 1;
            }
            '}' if depth == 0 => {
                members.push(&text[start..index]);
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    members
}

#[test]
fn imports_are_found_in_nested_groups() {
    let found = |source| imports(source).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use crate::base::{Span, whole};"), ["base"]);
    assert_eq!(found("use crate::{a::{b, c::{d, e}}, f, g as h};\nuse crate::i;"), ["a", "f", "g", "i"]);
    assert_eq!(found("use crate::{\n    a::{\n        b,\n    },\n    c::d,\n};"), ["a", "c"]);
    assert_eq!(found("pub(in crate::a) fn b() { crate::c::d() }"), ["a", "c"]);
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
        let code = code.join("\n");
        assert!(room == "cli" || !code.contains("clap::"), "{} knows flags", path.display());
        for imported in imports(&code) {
            assert!(
                imported == room || allowed.contains(&imported.as_str()),
                "{} imports `{imported}`",
                path.display()
            );
        }
    }
}

#[test]
fn commands_are_files_of_their_own_and_nothing_else_is_there() {
    let sources = root().join("src/cli/commands");
    let files = files_below(&sources);
    let files: BTreeSet<_> = files.iter().map(|file| file.strip_prefix(&sources).unwrap().to_str().unwrap()).collect();
    let help = run(&["--help"]).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<String> =
        commands.filter(|command| !["", "help"].contains(command)).map(|it| format!("{it}.rs")).collect();
    let expected: BTreeSet<_> = commands.iter().map(String::as_str).chain(["mod.rs"]).collect();
    assert_eq!(files, expected);
}

#[test]
fn files_can_be_held_in_the_head() {
    for file in files_below(&root().join("src")) {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 350, "{} has {lines} lines", file.display());
    }
}

/// Rules that look at more than a lab: at what is planned of it, and at all labs of an account.
const RUN_APART: [&str; 2] = ["open_socket", "too_many_sockets"];

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
