//! One case file for each kind of finding, its report at width 100 without colour in snapshots/.
//!
//! The first line of a case may be `# arguments: …`.

use std::collections::BTreeSet;

use crate::support::{files_below, finding_cases, root, rules, run_with, snapshot};

fn report(file: &std::path::Path) -> String {
    let bytes = std::fs::read(file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let arguments = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
    let name = file.file_name().unwrap().to_str().unwrap();
    // Where this repository is changes no report, nor where its lines end.
    let file = file.strip_prefix(root()).unwrap();
    let mut all = vec!["check", "--verbose", file.to_str().unwrap()];
    all.extend(arguments.split_whitespace());
    let run = run_with(
        &all,
        "",
        &[
            ("COLUMNS", "100"),
            ("SECRET", "t0ken/9"),
            ("MAIL", "t0ken@b.com"),
            ("PAIR", "tls/8/t0ken@b.com tls/9"),
            ("EMPTY", ""),
        ],
    );
    assert!(!run.stdout.contains("t0ken"), "{name} shows a value of the environment: {}", run.stdout);
    assert_eq!(run.stderr, "");
    run.stdout.replace(&format!("{}/", file.parent().unwrap().display()), "")
}

/// What a case is, and its name.
fn named(file: &std::path::Path) -> (&'static str, String) {
    let name = file.file_name().unwrap().to_str().unwrap();
    match name.strip_suffix(".publish.yml") {
        Some(name) => ("entries", name.to_owned()),
        None => ("findings", name.trim_end_matches(".clab.yml").to_owned()),
    }
}

#[test]
fn every_case_reads_as_it_did() {
    for file in finding_cases() {
        let (kind, name) = named(&file);
        snapshot("check", format!("{kind}__{name}"), report(&file));
    }
}

/// A case bears the name of the rule that it shows.
#[test]
fn every_case_raises_its_rule() {
    for file in finding_cases() {
        let (_, name) = named(&file);
        let rule = name.split("--").next().unwrap();
        let report = report(&file);
        assert!(rules(&report).iter().any(|found| found == rule), "{name}:\n{report}");
    }
}

#[test]
fn every_rule_has_a_case() {
    let table: serde_json::Value =
        serde_json::from_str(&crate::support::run(&["rules", "--format", "json"]).stdout).unwrap();
    let mut named: BTreeSet<String> =
        table["rules"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect();
    let in_table = named.clone();
    for file in files_below(&root().join("src")) {
        let source = std::fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap().to_owned();
        for constructor in ["Finding::error(", "Finding::warning(", "Finding::info("] {
            for (index, _) in source.match_indices(constructor) {
                let argument = source[index + constructor.len()..].trim_start();
                if let Some(name) = argument.strip_prefix('"') {
                    named.insert(name.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    assert_eq!(named, in_table, "a rule that is not in the table");
    let mut shown = BTreeSet::new();
    for file in finding_cases() {
        shown.extend(rules(&report(&file)));
    }
    // Bounds that take a million keys to reach are tried in hostile.rs.
    shown.extend(
        ["too-many-entries", "too-many-findings", "too-many-nodes", "too-many-values", "too-much-merged"]
            .map(str::to_owned),
    );
    // What `check` never says is tried in strip.rs and config.rs, and what needs settings in several.rs.
    shown.extend(
        [
            "ambiguous-route",
            "cannot-add-node",
            "cannot-migrate",
            "cannot-strip",
            "ignore-without-reason",
            "invalid-config",
            "relay-pin-not-usable",
        ]
        .map(str::to_owned),
    );
    // Two files take part in it: cli.rs.
    shown.insert("relay-port-collision".to_owned());
    let missing: Vec<_> = named.difference(&shown).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}
