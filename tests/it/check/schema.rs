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
