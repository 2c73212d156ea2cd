//! The house: imports run one way, names stand in alphabetical tables, files stay small.

use std::collections::BTreeSet;
use std::path::Path;

use crate::check::rules::{name, table};
use crate::support::{files_below, root, run};

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
    ("editor", &["base", "text", "syntax", "model", "resolve", "provider", "expose", "rules", "plan", "render"]),
    ("emit", &["base", "text", "syntax", "model", "resolve", "plan", "providers"]),
    ("settings", &["base", "triage", "provider"]),
    ("triage", &["base", "syntax"]),
    ("render", &["base", "provider", "plan"]),
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
            "editor",
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
            "editor",
            "emit",
            "render",
            "pipeline",
        ],
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

/// A bug in one request must not end the language server: it is caught, which only a program that unwinds can do.
#[test]
fn every_build_unwinds() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[profile.release]") && !manifest.contains("panic ="), "{manifest}");
}

#[test]
fn files_can_be_held_in_the_head() {
    for file in files_below(&root().join("src")) {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 350, "{} has {lines} lines", file.display());
    }
}

/// The part of a source file before its tests.
fn without_tests(file: &Path) -> String {
    let source = std::fs::read_to_string(file).unwrap();
    source.split("#[cfg(test)]").next().unwrap().to_owned()
}

/// Every file of the room is a word of the list or a module of its own, so that none is left out of the program.
#[test]
fn every_file_of_rules_is_in_the_list() {
    let room = root().join("src/rules");
    let source = std::fs::read_to_string(room.join("mod.rs")).unwrap();
    let (_, list) = source.split_once("rules! {\n").unwrap();
    let listed = list.split("\n}").next().unwrap().lines().filter(|line| !line.contains('='));
    let listed = listed.map(|line| line.trim().trim_end_matches(',').trim_end_matches(": apart"));
    let others = source.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let known: BTreeSet<String> = listed.chain(others).chain(["mod"]).map(|file| format!("{file}.rs")).collect();
    let files = files_below(&room).into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    let files: BTreeSet<String> = files.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(files, known);
}

/// A rule is declared once, whatever is declared is in the list, and the sources name rules by their declarations.
#[test]
fn a_name_of_a_rule_is_written_once() {
    let table = table();
    let names: BTreeSet<&str> = table.iter().map(name).collect();
    let mut declared = Vec::new();
    for file in files_below(&root().join("src")) {
        if file.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let source = without_tests(&file);
        let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        let parts: Vec<&str> = code.split('"').collect();
        for pair in parts.windows(2) {
            if pair[0].trim_end().ends_with("Rule::new(") {
                declared.push(pair[1].to_owned());
            } else {
                assert!(!names.contains(pair[1]), "{}: name `{}` by its declaration", file.display(), pair[1]);
            }
        }
        assert!(!code.contains("rule.name == \""), "{}: compare with a declaration", file.display());
    }
    declared.sort();
    assert_eq!(declared, names.into_iter().collect::<Vec<_>>());
}

/// An invariant says why it holds: `expect("why")`, in at least three words. Anything that goes on in its place fails open.
#[test]
fn an_invariant_says_why_it_holds() {
    for file in files_below(&root().join("src")) {
        if file.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let source = without_tests(&file);
        for call in source.split(".expect(").skip(1) {
            let reason =
                call.trim_start().strip_prefix('"').and_then(|call| call.split('"').next()).unwrap_or_default();
            assert!(reason.split_whitespace().count() >= 3, "{}: why does `expect({call:.40}` hold?", file.display());
        }
    }
}
