//! The schemas: the pattern that editors use is the grammar that `check` uses.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::testing::{Entry, TroubleKind, parse_entry};
use serde_json::{Value, json};

use crate::support::root;

fn schema(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("schemas").join(name)).unwrap()).unwrap()
}

/// Whether the grammar takes it: what is only checked behind the grammar (the length of a domain, its Unicode form) is no
/// matter of the pattern.
fn is_in_grammar(text: &str) -> bool {
    match parse_entry(text) {
        Entry::Malformed(troubles) => troubles.iter().all(|trouble| {
            matches!(trouble.kind, TroubleKind::Email | TroubleKind::Domain)
                && !trouble.expected.contains("`user@domain.com`")
                && !trouble.expected.contains("`domain.com`")
        }),
        _ => true,
    }
}

/// An entry is the same in an entries file.
#[test]
fn both_files_have_the_same_entries() {
    let of_topology = schema("topology.schema.json")["$defs"]["level"]["properties"]["publish"].clone();
    let of_entries = schema("entries.schema.json")["$defs"]["list"].clone();
    for part in ["type", "errorMessage", "items"] {
        assert_eq!(of_topology[part], of_entries[part], "{part}");
    }
}

/// The schema of entries files refuses what `check` refuses, and nothing else.
#[test]
fn entries_files_have_the_form_of_their_schema() {
    let validator = jsonschema::validator_for(&schema("entries.schema.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("l.clab.yml"), "name: l\ntopology: {nodes: {r1: {kind: linux, group: g}}}\n")
        .unwrap();
    let file = folder.path().join("l.publish.yml");
    let values = [
        "",
        "~",
        "word",
        "[]",
        "[tcp/22]",
        "[[tcp/22]]",
        "[{a: b}]",
        "{}",
        "{r1: []}",
        "{r1: tcp/22}",
        "{r1: [tcp/22]}",
        "{r1: {publish: []}}",
    ];
    for key in ["topology", "defaults", "kinds", "groups", "nodes", "node", "publish"] {
        for value in values {
            // Names that the topology does not have are no matter of the schema.
            let value = value.replace(
                "r1",
                match key {
                    "kinds" => "linux",
                    "groups" => "g",
                    _ => "r1",
                },
            );
            let value = if key == "topology" && value == "word" { "l.clab.yml".to_owned() } else { value };
            let text = format!("{key}: {value}\n");
            std::fs::write(&file, &text).unwrap();
            let run = crate::support::run(&["check", file.to_str().unwrap(), "--no-env", "--no-config"]);
            let yaml = yaml_rust2::YamlLoader::load_from_str(&text).unwrap().swap_remove(0);
            let is_valid = validator.is_valid(&as_json(&yaml));
            // The program takes a null for a path that is not there yet.
            let is_clean = run.exit == publish_plan::Exit::Clean;
            assert!(
                is_valid == is_clean || key == "topology" && matches!(value.as_str(), "" | "~"),
                "{text}{}",
                run.stdout
            );
        }
    }
}

fn as_json(yaml: &yaml_rust2::Yaml) -> Value {
    use yaml_rust2::Yaml;
    match yaml {
        Yaml::Hash(map) => map.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), as_json(value))).collect(),
        Yaml::Array(items) => items.iter().map(as_json).collect(),
        Yaml::Null => Value::Null,
        other => other.as_str().unwrap().into(),
    }
}

/// Text that is often nearly an entry.
fn nearly_an_entry() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "tcp", "tls", "http", "https", "ssh", "udp", "none", "/", "/", "/", ",", ",", " ", "\t", "+", "-", "0", "22", "65535", "65536", "6553",
            "99999", "a@b.com", "nokia.com", "My Policy", "@", ".", "a", "b-c", "_", "*", "'", "é", "xn--a", "\u{2028}", "\n", "~", "x.y@z", ":",
        ]).prop_map(str::to_owned),
        1 => "[a-z0-9/,.@ +-]{0,4}",
        1 => any::<char>().prop_map(String::from),
    ];
    let free = prop::collection::vec(word.clone(), 0..9).prop_map(|words| words.concat());
    let shaped = ("(tcp|tls|http|https|ssh|udp|tpc|)", "[+]?0{0,3}[0-9]{0,6}", prop::collection::vec(word, 0..8))
        .prop_map(|(socket_type, port, acl)| format!("{socket_type}/{port}/{}", acl.concat()));
    prop_oneof![free, shaped].prop_filter("no dollar", |text| !text.contains('$'))
}

#[test]
fn the_pattern_is_the_grammar() {
    let pattern = schema("topology.schema.json")["$defs"]["level"]["properties"]["publish"]["items"]["pattern"].clone();
    let validator = jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap();
    let mut runner = TestRunner::new(Config { cases: 120_000, failure_persistence: None, ..Config::default() });
    let taken = std::cell::Cell::new(0_u32);
    runner
        .run(&nearly_an_entry(), |text| {
            let is_entry = is_in_grammar(&text);
            taken.set(taken.get() + u32::from(is_entry));
            prop_assert_eq!(validator.is_valid(&json!(text)), is_entry, "{:?}", text);
            Ok(())
        })
        .unwrap();
    assert!(taken.get() > 3_000, "only {} of the strings were entries", taken.get());
    assert!(validator.is_valid(&json!("tcp/${PORT}")), "a dollar is text before substitution");
}

/// Entries of a label stand between white space, and none holds any.
#[test]
fn the_pattern_of_labels_is_that_of_their_words() {
    let pattern =
        schema("topology.schema.json")["$defs"]["level"]["properties"]["labels"]["properties"]["publish"]["pattern"]
            .clone();
    let validator = jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap();
    let mut runner = TestRunner::new(Config { cases: 30_000, failure_persistence: None, ..Config::default() });
    let taken = std::cell::Cell::new(0_u32);
    let blank = prop::sample::select(vec![" ", "  ", "\n", "\t", "\r\n", ""]);
    let entry = prop_oneof![
        nearly_an_entry(),
        prop::sample::select(vec!["tcp/22", "tls/1/a@b.com,c.org"]).prop_map(str::to_owned)
    ];
    let label = prop::collection::vec((blank, entry), 0..4)
        .prop_map(|words| words.into_iter().map(|(blank, word)| format!("{blank}{word}")).collect::<Vec<_>>().concat());
    runner
        .run(&label, |text| {
            let are_entries = text.split_ascii_whitespace().all(is_in_grammar);
            taken.set(taken.get() + u32::from(are_entries && text.trim().contains([' ', '\n'])));
            prop_assert_eq!(validator.is_valid(&json!(text)), are_entries, "{:?}", text);
            Ok(())
        })
        .unwrap();
    assert!(taken.get() > 1_000, "only {} of the labels had several entries", taken.get());
}

#[test]
fn every_port_is_in_the_pattern_and_no_other() {
    let pattern = schema("topology.schema.json")["$defs"]["level"]["properties"]["publish"]["items"]["pattern"].clone();
    let validator = jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap();
    for port in 0..=70_000 {
        assert_eq!(validator.is_valid(&json!(format!("tcp/{port}"))), (1..=65535).contains(&port), "{port}");
    }
}

#[test]
fn plans_have_the_form_of_their_schema() {
    let validator = jsonschema::validator_for(&schema("plan.schema.json")).unwrap();
    let mut plans = 0;
    for file in crate::support::files_below(&root().join("tests/cases"))
        .iter()
        .chain(&crate::support::files_below(&root().join("examples")))
    {
        for provider in [&[][..], &["--provider", "border0"], &["--provider", "mysocketio"]] {
            let arguments: Vec<&str> =
                ["plan", "--format", "json", file.to_str().unwrap()].iter().chain(provider).copied().collect();
            let run = crate::support::run(&arguments);
            let Ok(plan) = serde_json::from_str::<Value>(&run.stdout) else { continue };
            let errors: Vec<String> = validator.iter_errors(&plan).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.display());
            plans += 1;
        }
    }
    assert!(plans > 30, "only {plans} plans were made");
}
