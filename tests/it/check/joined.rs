//! Merge keys, tags and signs that other readers take otherwise than containerlab's: what was observed on yaml.v2, one by one.
//! `yaml_v2.rs` asks it about thousands.

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{rules, run_with};

/// The sockets of a topology's plan: node and entry.
fn planned(topology: &str) -> Vec<String> {
    let run = run_with(&["plan", "-", "--no-env", "--no-config", "--format", "json"], topology, &[]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{topology}\n{}", run.stderr));
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let sockets = plan["sockets"].as_array().unwrap().iter();
    sockets.map(|socket| format!("{} {}", word(&socket["node"]), word(&socket["origin"]["entry"]))).collect()
}

/// A topology whose kind is open to anyone, and whose node `r1` has these settings; `ops` can be merged into them.
fn lab(ops: &str, node: &str) -> String {
    format!(
        "name: l\nops: &ops {ops}\ntopology:\n  kinds:\n    linux: {{publish: [tcp/22]}}\n  nodes:\n    r1: {{kind: linux, {node}}}\n"
    )
}

#[test]
fn maps_are_joined_key_by_key() {
    for (ops, node, expected) in [
        // What closes the node, and who may enter it, are in the merged map alone.
        ("{labels: {publish: none}}", "<<: *ops, labels: {owner: me}", &[][..]),
        ("{labels: {publish: none}}", "labels: {owner: me}, <<: *ops", &[]),
        ("{labels: {publish: tls/22/a@b.com}}", "<<: *ops, labels: {owner: me}", &["r1 tls/22/a@b.com"]),
        ("{labels: {publish: none}}", "<<: [{labels: {rack: a}}, *ops], labels: {owner: me}", &[]),
        ("{<<: {labels: {publish: none}}, labels: {rack: a}}", "<<: *ops, labels: {owner: me}", &[]),
        ("{labels: {publish: none}}", "<<: *ops, labels: {}", &[]),
        // A null takes away what is read before it, and nothing of what comes after it.
        ("{labels: {publish: none}}", "<<: *ops, labels: ~", &["r1 tcp/22"]),
        ("{labels: {publish: none}}", "labels: ~, <<: *ops", &[]),
        ("{labels: ~, <<: {labels: {rack: a}}}", "labels: {publish: none}, <<: *ops", &["r1 tcp/22"]),
        ("{<<: {labels: {rack: a}}, labels: {publish: none}}", "labels: ~, <<: *ops", &[]),
        // Lists and words are replaced.
        ("{publish: [tcp/1, tcp/2]}", "<<: *ops, publish: [tcp/3]", &["r1 tcp/3"]),
        ("{publish: [tcp/1]}", "publish: [tcp/3], <<: *ops", &["r1 tcp/1"]),
        ("{publish: [tcp/1]}", "<<: *ops, publish: ~", &["r1 tcp/22"]),
        ("{publish: ~}", "publish: [tcp/1], <<: *ops", &["r1 tcp/22"]),
        // An ordinary key with the name of a merge.
        ("{labels: {publish: none}}", "\"<<\": *ops", &["r1 tcp/22"]),
        ("{labels: {publish: none}}", "!!str <<: *ops", &["r1 tcp/22"]),
    ] {
        let topology = lab(ops, node);
        assert_eq!(planned(&topology), expected, "{topology}");
    }
}

#[test]
fn structures_are_joined_field_by_field() {
    let topology = "name: l\nt: &t\n  defaults: {kind: linux, labels: {publish: tls/1/a@b.com}}\n  nodes: {r1: }\ntopology:\n  <<: *t\n  defaults: {group: g, labels: {owner: me}}\n  nodes: {r2: {labels: {publish: none}}}\n";
    assert_eq!(planned(topology), ["r1 tls/1/a@b.com"]);
    let topology =
        "name: l\nroot: &root {prefix: ''}\n<<: *root\ntopology:\n  defaults: {publish: [tcp/1]}\n  nodes: {r1: }\n";
    let run = run_with(&["plan", "-", "--no-env", "--no-config"], topology, &[]);
    assert!(run.stdout.contains("r1  ") && !run.stdout.contains("clab-l-r1"), "{}", run.stdout);
}

#[test]
fn a_key_that_both_hold_is_refused_wherever_it_is_lost_again() {
    for (ops, node) in [
        ("{labels: {owner: ops}}", "<<: *ops, labels: {owner: me}"),
        ("{labels: {publish: none}}", "labels: {publish: tcp/1}, <<: *ops"),
        ("{labels: {owner: ops}}", "<<: [*ops, {labels: {owner: me}}]"),
        ("{labels: {<<: {owner: a}, owner: b}}", "<<: *ops, labels: ~"),
        ("{labels: {owner: ops}}", "labels: {owner: me}, <<: [{labels: ~}, *ops]"),
        ("{<<: {labels: {owner: ops}}, labels: ~}", "labels: {owner: me}, <<: *ops"),
        ("{env: {A: 1}}", "<<: *ops, env: {A: 2}"),
        ("{sysctls: {a: 1}}", "<<: *ops, sysctls: {a: 2}"),
        ("{tmpfs: {/a: 1}}", "<<: *ops, tmpfs: {/a: 2}"),
    ] {
        let topology = lab(ops, node);
        for verb in ["check", "plan", "strip", "migrate"] {
            let run = run_with(&[verb, "-", "--no-env", "--no-config"], &topology, &[]);
            assert_ne!(run.exit, Exit::Clean, "{verb} {topology}");
            let all = run.stdout + &run.stderr;
            assert!(all.contains("duplicate-key"), "{verb} {topology}\n{all}");
        }
    }
    // A value of the wrong shape is read before a merge replaces it.
    let run = run_with(
        &["check", "-", "--no-env", "--no-config"],
        &lab("{publish: [tcp/1]}", "publish: tcp/2, <<: *ops"),
        &[],
    );
    assert!(rules(&run.stdout).contains(&"malformed-topology".to_owned()), "{}", run.stdout);
}

#[test]
fn tags_and_signs_that_hide_something_are_refused_at_their_place() {
    for (text, place) in [
        ("    r1: {kind: linux, !!binary cHVibGlzaA==: [tcp/22]}\n", "cHVibGlzaA=="),
        ("    r1: {kind: linux, publish: [!!binary dGNwLzIy]}\n", "dGNwLzIy"),
        ("    r1: {kind: linux, !<tag:yaml.org,2002:binary> cHVibGlzaA==: [tcp/22]}\n", "cHVibGlzaA=="),
        ("    r1: {kind: linux, !!bin%61ry cHVibGlzaA==: [tcp/22]}\n", "cHVibGlzaA=="),
        ("    r1: {kind: linux, exec: [!!binary dGNwLzIy]}\n", "dGNwLzIy"),
        ("    r1: {kind: !!null linux}\n", "linux"),
        ("    r1: {kind: !!int linux}\n", "linux"),
        ("    r1: {kind: linux, ! <<: {publish: [tcp/1]}}\n", "<<"),
        ("    r1: {kind: linux, pub\n           lish: [tcp/22]}\n", "pub"),
        ("    r1: {kind: linux, publish\n           : [tcp/22]}\n", "publish"),
        ("    r1: {kind: linux, publish # here\n\n           : [tcp/22]}\n", "publish"),
        ("    r1: {kind: linux, &a\n           publish: [tcp/22]}\n", "publish"),
        ("    r1: {kind: linux, publish:, image: a}\n", "publish"),
        ("    r1: {kind: linux, publish :}\n", "publish"),
        ("    \u{feff}r1: {kind: linux}\n\u{feff}# end\n", "\u{feff}#"),
    ] {
        let topology = format!("name: l\ntopology:\n  nodes:\n{text}");
        let start = topology.find(place).unwrap();
        let line = topology[..start].matches('\n').count() + 1;
        for verb in ["check", "strip", "migrate", "plan"] {
            let run = run_with(&[verb, "-", "--no-env", "--no-config"], &topology, &[]);
            let all = run.stdout + &run.stderr;
            assert_ne!(run.exit, Exit::Clean, "{verb} {topology}");
            assert!(all.contains("invalid-yaml") && all.contains(&format!(":{line}:")), "{verb} {topology}\n{all}");
        }
    }
    for topology in ["\u{feff}\u{feff}name: l\n", "\u{feff}\u{feff}# c\nname: l\n", "name: l\n\u{feff}topology:\n"] {
        let run = run_with(&["check", "-", "--no-env", "--no-config"], topology, &[]);
        assert_eq!(rules(&run.stdout), ["invalid-yaml"], "{topology:?}\n{}", run.stdout);
    }
    // Tags that change nothing, keys that look like these, one mark.
    let topology = "\u{feff}name: !!str 022\ntopology:\n  nodes:\n    r1: {kind: !x linux, image: !!int 22, ? network-mode : !!null ~, publish: !!seq [!!str tcp/22]}\n    \"r2\": {\"kind\"\n      , image: &i\n        a, exec: [a: b], \"image-pull-policy\":}\n";
    assert_eq!(planned(topology), ["r1 tcp/22"]);
}

/// Where a list is text was found by the names on the way to it: a node of such a name hid it.
#[test]
fn nodes_may_be_called_publish_and_labels() {
    for name in ["publish", "labels", "nodes", "defaults", "r1"] {
        let report = |lines: &str| {
            let topology = format!("name: l\ntopology:\n  nodes:\n    {name}: {{kind: linux, {lines}}}\n");
            rules(&run_with(&["check", "-", "--no-env", "--no-config"], &topology, &[]).stdout)
        };
        assert_eq!(report("publish: tcp/22"), ["publish-not-a-list"], "{name}");
        assert_eq!(report("publish: [[tcp/22]]"), ["malformed-entry"], "{name}");
        assert_eq!(report("labels: {publish: [tcp/22]}"), ["malformed-topology"], "{name}");
        assert_eq!(report("labels: tcp/22"), ["malformed-topology"], "{name}");
    }
}
