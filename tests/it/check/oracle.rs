//! What containerlab's own code was observed to do. A case that differs stands in a table with its line of the language's
//! description (spec/entries.md#one-entry).

use publish_plan::Environment;
use publish_plan::testing::{AclKind, Entry, parse_entry, substitute};
use serde_json::Value;

use crate::support::{root, run_with};

fn cases(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("tests/oracle").join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn substitution_agrees_in_every_case() {
    let variables = [("SET", "val"), ("EMPTY", ""), ("OTHER", "oth"), ("A", "x/y@z.com")];
    let environment = Environment::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let cases = cases("envsubst.jsonl");
    assert_eq!(cases.len(), 52);
    for case in cases {
        let template = case["template"].as_str().unwrap();
        let result = substitute(template, &environment);
        match case["containerlab-0.63+"].as_str() {
            Some(expected) => {
                assert_eq!(result.text, expected, "{template}");
                assert_eq!(result.unclosed, [], "{template}");
            }
            None => assert!(!result.unclosed.is_empty(), "{template}"),
        }
    }
}

/// Entries that the old code took and publish-plan refuses, or reads otherwise, with the reason (spec/entries.md#one-entry).
const ENTRY_DIFFERENCES: &[(&str, &str)] = &[
    ("tcp/22/ , ", "an empty acl is an error, it opened the port to anyone"),
    ("http/80/@", "error at the acl item"),
    ("http/80/foo@", "error at the acl item"),
    ("http/80/a b", "without a dot it is a policy name"),
    ("http/80/x'y", "error at the acl item"),
    ("http/80/*.example.com", "error at the acl item"),
    ("http/80/a@b.com,a@b.com", "the same person twice is one person"),
    ("tls/22/a.com,a.com", "the same domain twice is one domain"),
    ("tls/25/test,,p", "without a dot it is a policy name"),
    ("tls/25/ a , b ", "without a dot it is a policy name"),
    ("ssh/22", "ssh is a word of the language, a provider carries it"),
    ("ssh/22/MyPolicy", "ssh is a word of the language, a provider carries it"),
];

#[test]
fn entries_agree_with_mysocketio_or_stand_in_the_table() {
    let cases = cases("publish-entries.jsonl");
    assert_eq!(cases.len(), 36);
    let mut used = Vec::new();
    for case in &cases {
        let text = case["entry"].as_str().unwrap();
        let observed = &case["mysocketio"];
        let ours = match parse_entry(text) {
            Entry::Socket(entry) => {
                let names = |kind| -> Vec<&str> {
                    entry.acl.iter().filter(|item| item.kind == kind).map(|item| item.text.as_str()).collect()
                };
                Some((
                    entry.socket_type.word().to_owned(),
                    u64::from(entry.port),
                    names(AclKind::Email).join(","),
                    names(AclKind::Domain).join(","),
                    names(AclKind::Policy).len(),
                ))
            }
            _ => None,
        };
        let list = |key: &str| -> String {
            let items: Vec<&str> =
                observed[key].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
            items.join(",")
        };
        let theirs = observed["type"]
            .as_str()
            .map(|word| (word.to_owned(), observed["port"].as_u64().unwrap(), list("emails"), list("domains"), 0));
        // The old code rewrote tcp with an acl while it parsed; here that is a capability of the provider.
        let theirs = theirs.map(|(word, port, emails, domains, policies)| {
            let is_rewritten = word == "tls" && text.starts_with("tcp/");
            (if is_rewritten { "tcp".to_owned() } else { word }, port, emails, domains, policies)
        });
        let is_in_table = ENTRY_DIFFERENCES.iter().any(|(entry, _)| *entry == text);
        let repeats = text.contains("a@b.com,a@b.com") || text.contains("a.com,a.com");
        if ours != theirs || repeats {
            assert!(is_in_table, "{text}: {ours:?}, observed {theirs:?}");
            used.push(text);
        }
    }
    for (entry, _) in ENTRY_DIFFERENCES {
        assert!(used.contains(entry), "`{entry}` does not differ: remove it from the table");
    }
}

/// Cases of inheritance that publish-plan resolves otherwise, with the reason (spec/inheritance.md#which-list-applies).
const INHERITANCE_DIFFERENCES: &[(&str, &str)] = &[
    ("kind from defaults, no defaults publish", "the effective kind's list holds, as the docs said"),
    ("unknown field node", "unknown keys are containerlab's business, a near miss of publish is an error"),
    ("unknown field top x-", "keys that publish-plan does not know are never a finding"),
    ("unknown field topology", "keys that publish-plan does not know are never a finding"),
    ("extras unknown", "keys that publish-plan does not know are never a finding"),
    ("groups", "topology.groups exists since 0.69"),
    ("Name case", "keys that publish-plan does not know are never a finding"),
    ("groups: defaults null", "a null level takes part like any other; containerlab panics"),
    ("groups: kind def null", "a null level takes part like any other; containerlab panics"),
];

#[test]
fn inheritance_agrees_or_stands_in_the_table() {
    let cases = cases("inheritance.jsonl");
    assert_eq!(cases.len(), 41);
    let mut used = Vec::new();
    for case in &cases {
        let name = case["case"].as_str().unwrap();
        let topology = case["topology"].as_str().unwrap();
        // Groups came after publish was gone: they were observed on `ports`, which is inherited by the same rule.
        let field = case["field"].as_str().unwrap();
        let topology = if field.starts_with("ports") { as_publish(topology) } else { topology.to_owned() };
        let observed = &case["observed"];
        let is_refused = !observed["error"].is_null();
        let check = run_with(&["check", "-", "--no-env", "--verbose"], &topology, &[]);
        let refuses = [
            "invalid-yaml",
            "duplicate-key",
            "malformed-topology",
            "publish-not-a-list",
            "a publish entry must be a string",
        ]
        .iter()
        .any(|rule| check.stdout.contains(rule));
        let agrees = if is_refused {
            refuses
        } else {
            !refuses && observed["panic"].is_null() && lists(&topology) == observed_lists(observed)
        };
        let is_in_table = INHERITANCE_DIFFERENCES.iter().any(|(case, _)| *case == name);
        if agrees {
            assert!(!is_in_table, "`{name}` does not differ: remove it from the table");
        } else {
            assert!(is_in_table, "{name}: {:?}, observed {observed}\n{}", lists(&topology), check.stdout);
            used.push(name);
        }
    }
    assert_eq!(used.len(), INHERITANCE_DIFFERENCES.len());
}

/// The words in a list of ports as entries that can be planned: `[d]` becomes `[http/100]`.
fn as_publish(topology: &str) -> String {
    let mut text = topology.replace("ports:", "publish:");
    for (word, entry) in [
        ("[d]", "[http/100]"),
        ("[k]", "[http/107]"),
        ("[ks]", "[http/108]"),
        ("[g]", "[http/103]"),
        ("[n]", "[http/110]"),
        ("[gk]", "[http/104]"),
    ] {
        text = text.replace(word, entry);
    }
    text
}

/// The plan's entries by node, as they are written; lists with something else than entries are read from the findings'
/// side (they publish nothing).
fn lists(topology: &str) -> Vec<(String, Vec<String>)> {
    let plan = run_with(&["plan", "-", "--format", "json", "--no-env", "--limit", "tcp=100,http=100"], topology, &[]);
    let Ok(plan) = serde_json::from_str::<Value>(&plan.stdout) else { return Vec::new() };
    let mut nodes: Vec<(String, Vec<String>)> = Vec::new();
    for socket in plan["sockets"].as_array().unwrap() {
        let node = socket["node"].as_str().unwrap().to_owned();
        let entry = socket["origin"]["entry"].as_str().unwrap().to_owned();
        match nodes.iter_mut().find(|(name, _)| *name == node) {
            Some((_, entries)) => entries.push(entry),
            None => nodes.push((node, vec![entry])),
        }
    }
    nodes.sort();
    nodes
}

/// What containerlab had for each node, without what is no entry.
fn observed_lists(observed: &Value) -> Vec<(String, Vec<String>)> {
    let words = [
        ("d", "http/100"),
        ("k", "http/107"),
        ("ks", "http/108"),
        ("g", "http/103"),
        ("n", "http/110"),
        ("gk", "http/104"),
    ];
    let mut nodes = Vec::new();
    for (name, node) in observed["nodes"].as_object().unwrap() {
        let entries: Vec<String> = node["list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item.as_str().unwrap())
            .map(|item| words.iter().find(|(word, _)| *word == item).map_or(item, |(_, entry)| entry).to_owned())
            .filter(|item| matches!(parse_entry(item), Entry::Socket(_)))
            .collect();
        if !entries.is_empty() {
            nodes.push((name.clone(), entries));
        }
    }
    nodes.sort();
    nodes
}
