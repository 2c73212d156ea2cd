//! Which container a tunnel leads to, where a node has several: spec/names.md#nodes-with-several-containers, as containerlab's
//! `nodes/sros/sros.go` and `component_config.go` have it (0.79).

use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{check, files_below, rules, run, run_with};

/// The containers of a plan's sockets, in their order.
fn containers(topology: &str, flags: &[&str]) -> Vec<String> {
    let arguments = [&["plan", "-", "--no-env", "--no-config", "--format", "json"], flags].concat();
    let run = run_with(&arguments, topology, &[]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{topology}\n{}", run.stderr));
    let sockets = plan["sockets"].as_array().unwrap().iter();
    sockets.map(|socket| socket["container"].as_str().unwrap().to_owned()).collect()
}

/// What is found in a topology, beside that today's containerlab refuses `publish`.
fn found(topology: &str) -> Vec<String> {
    let found = rules(&check(topology, &["--no-env"]).stdout);
    found.into_iter().filter(|rule| rule != "key-refused-by-containerlab").collect()
}

/// A lab with a node that has these settings beside its list.
fn node(settings: &str) -> String {
    format!(
        "name: dc\ntopology:\n  nodes:\n    sr1: {{kind: nokia_srsim, publish: [tls/22/a@b.com], {settings}}}\n    other: {{kind: linux}}\n"
    )
}

#[test]
fn the_first_component_is_the_target() {
    for (settings, container) in [
        // Numbers first, then letters from the end.
        ("type: sr-7, components: [{slot: B}, {slot: A}, {slot: 1}]", "clab-dc-sr1-1"),
        ("type: sr-7, components: [{slot: A}, {slot: B}]", "clab-dc-sr1-b"),
        ("type: sr-7, components: [{slot: A}, {slot: 10}, {slot: 9}]", "clab-dc-sr1-9"),
        ("type: SR-14s, components: [{slot: a}, {slot: b}]", "clab-dc-sr1-b"),
        ("type: SR-14s, components: [{slot: a}, {slot: '2', type: xcm-14s}]", "clab-dc-sr1-2"),
        ("type: sr-7, components: [{slot: A, type: x}, {type: y, slot: 1, mda: [{slot: 2}]}]", "clab-dc-sr1-1"),
        ("type: sr-7, components: [{slot: A}, {slot: C}]", "clab-dc-sr1-c"),
        ("components: [{slot: A}, {slot: B}], type: sr-2s", "clab-dc-sr1-b"),
        // One component, or an integrated type in any case, is one container.
        ("type: sr-7, components: [{slot: A}]", "clab-dc-sr1"),
        ("type: sr-7, components: []", "clab-dc-sr1"),
        ("type: sr-7, components: ~", "clab-dc-sr1"),
        ("type: sr-7", "clab-dc-sr1"),
        ("type: sr-1, components: [{slot: A}, {slot: B}]", "clab-dc-sr1"),
        ("type: SR-1s, components: [{slot: A}, {slot: B}]", "clab-dc-sr1"),
        ("type: ' IXR-R6 ', components: [{slot: A}, {slot: B}]", "clab-dc-sr1"),
        ("type: ixr-E2n-s, components: [{slot: A}, {slot: B}]", "clab-dc-sr1"),
        // Without a type it is an sr-1.
        ("components: [{slot: A}, {slot: B}]", "clab-dc-sr1"),
    ] {
        assert_eq!(containers(&node(settings), &[]), [container], "{settings}");
        assert_eq!(found(&node(settings)), [""; 0], "{settings}");
    }
    // No other kind has several.
    for kind in ["nokia_sros", "vr-sros", "Nokia_srsim", "linux"] {
        let text = node("type: sr-7, components: [{slot: A}, {slot: B}]").replace("nokia_srsim", kind);
        assert_eq!(containers(&text, &[]), ["clab-dc-sr1"], "{kind}");
    }
}

#[test]
fn prefixes_and_addresses_hold_for_components_too() {
    let text = node("type: sr-7, components: [{slot: A}, {slot: B}]");
    for (prefix, container) in
        [("''", "sr1-b"), ("__lab-name", "dc-sr1-b"), ("x", "x-dc-sr1-b"), ("~", "clab-dc-sr1-b")]
    {
        assert_eq!(containers(&format!("prefix: {prefix}\n{text}"), &[]), [container]);
    }
    // border0 names sockets after containers.
    let run = run_with(&["plan", "-", "--no-config", "--provider", "border0", "--format", "json"], &text, &[]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["sockets"][0]["name"], "clab-dc-sr1-b-tls-22");
    let run = run_with(&["plan", "-", "--no-config", "--address", "sr1=192.0.2.1", "--format", "json"], &text, &[]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["sockets"][0]["address"], "192.0.2.1");
}

#[test]
fn components_and_types_are_inherited() {
    let lab = |levels: &str, settings: &str| {
        format!("name: dc\ntopology:\n{levels}\n  nodes:\n    sr1: {{publish: [tls/22/a@b.com], {settings}}}\n")
    };
    let two = "components: [{slot: A}, {slot: B}]";
    for (levels, settings, container) in [
        (format!("  defaults: {{kind: nokia_srsim, type: sr-7, {two}}}"), "", "clab-dc-sr1-b"),
        (format!("  kinds: {{nokia_srsim: {{type: sr-7, {two}}}}}"), "kind: nokia_srsim", "clab-dc-sr1-b"),
        (format!("  groups: {{g: {{kind: nokia_srsim, type: sr-7, {two}}}}}"), "group: g", "clab-dc-sr1-b"),
        // Node, then group, then kind, then defaults: nothing is added up.
        (
            format!(
                "  kinds: {{nokia_srsim: {{type: sr-7, {two}}}}}\n  groups: {{g: {{components: [{{slot: 1}}, {{slot: A}}]}}}}"
            ),
            "kind: nokia_srsim, group: g",
            "clab-dc-sr1-1",
        ),
        (
            format!("  kinds: {{nokia_srsim: {{type: sr-7, {two}}}}}"),
            "kind: nokia_srsim, components: [{slot: C}]",
            "clab-dc-sr1",
        ),
        // An empty list is a list, null is none.
        (
            format!("  kinds: {{nokia_srsim: {{type: sr-7, {two}}}}}"),
            "kind: nokia_srsim, components: []",
            "clab-dc-sr1",
        ),
        (
            format!("  kinds: {{nokia_srsim: {{type: sr-7, {two}}}}}"),
            "kind: nokia_srsim, components: ~",
            "clab-dc-sr1-b",
        ),
        (format!("  kinds: {{nokia_srsim: {{type: sr-7, {two}}}}}"), "kind: nokia_srsim, type: sr-1s", "clab-dc-sr1"),
        (format!("  kinds: {{nokia_srsim: {{type: sr-1, {two}}}}}"), "kind: nokia_srsim, type: sr-7", "clab-dc-sr1-b"),
        (format!("  kinds: {{nokia_srsim: {{type: sr-1, {two}}}}}"), "kind: nokia_srsim, type: ''", "clab-dc-sr1"),
    ] {
        assert_eq!(containers(&lab(&levels, settings), &[]), [container], "{levels} {settings}");
    }
    // Through merges and aliases, of a level and of a component.
    let merged = "name: dc\nx: &x {kind: nokia_srsim, type: sr-7, components: &c [&a {slot: A}, {<<: *a, slot: B}]}\ntopology:\n  nodes:\n    sr1:\n      <<: *x\n      publish: [tls/22/a@b.com]\n    sr2: {kind: nokia_srsim, type: sr-7, components: *c, publish: [tls/22/a@b.com]}\n    sr3: {kind: nokia_srsim, type: sr-7, publish: [tls/22/a@b.com], components: [*a, &one {slot: 1}]}\n";
    assert_eq!(containers(merged, &[]), ["clab-dc-sr1-b", "clab-dc-sr2-b", "clab-dc-sr3-1"]);
}

#[test]
fn what_cannot_be_known_is_not_opened() {
    for components in [
        "[{slot: A}, {type: x}]",
        "[{slot: A}, {slot: ''}]",
        "[{slot: A}, {slot: ' '}]",
        "[{slot: A}, {slot: ~}]",
        "[{slot: A}, ~]",
        "[{slot: A}, {slot: é}]",
        "[{slot: A}, {slot: 99999999999999999999}]",
        // Two that come as early: containerlab does not say which is first.
        "[{slot: AB}, {slot: A}]",
        "[{slot: 1}, {slot: '01'}]",
        "[{slot: 1x}, {slot: 1y}, {slot: A}]",
        "[{slot: A}, {slot: $SLOT}]",
    ] {
        let text = node(&format!("type: sr-7, components: {components}"));
        assert_eq!(containers(&text, &[]), [""; 0], "{components}");
        assert_eq!(found(&text), ["name-not-resolvable"], "{components}");
    }
    // Types that may be integrated ones, once they are known.
    let text = node("type: $TYPE, components: [{slot: A}, {slot: B}]");
    assert_eq!(found(&text), ["name-not-resolvable"]);
    let planned = |node_type: &str| {
        let run = run_with(&["plan", "-", "--no-config", "--format", "json"], &text, &[("TYPE", node_type)]);
        serde_json::from_str::<Value>(&run.stdout).unwrap()["sockets"][0]["container"].clone()
    };
    assert_eq!([planned("sr-7"), planned("sr-1")], ["clab-dc-sr1-b", "clab-dc-sr1"]);
    for shape in
        ["components: {slot: A}", "components: A", "components: [A, B]", "components: [{slot: [A]}, {slot: B}]"]
    {
        let found = found(&node(&format!("type: sr-7, {shape}")));
        assert!(found.contains(&"malformed-topology".to_owned()), "{shape}: {found:?}");
        assert_eq!(containers(&node(&format!("type: sr-7, {shape}")), &[]), [""; 0], "{shape}");
    }
    // It is told once, however many nodes inherit it, and not at all of those that publish nothing.
    let lab = |list: &str| {
        format!(
            "name: dc\ntopology:\n  kinds:\n    nokia_srsim: {{type: sr-7, components: [{{slot: A}}, {{}}], publish: [{list}]}}\n  nodes:\n    a: {{kind: nokia_srsim}}\n    b: {{kind: nokia_srsim}}\n"
        )
    };
    assert_eq!(found(&lab("tls/22/a@b.com")), ["name-not-resolvable"]);
    assert_eq!(found(&lab("none")), [""; 0]);
}

#[test]
fn names_are_judged_with_their_slots() {
    // 62 characters without the slot, 64 with it.
    let long = node("type: sr-7, components: [{slot: A}, {slot: B}]").replace("sr1", &"s".repeat(54));
    let run = check(&long, &["--no-env"]);
    assert!(run.stdout.contains("64 characters; DNS allows at most 63"), "{}", run.stdout);
    assert_eq!(found(&long.replace("sr-7", "sr-1")), [""; 0]);
    for slot in ["' 1'", "1/x", "'1 '", "1$$"] {
        let text = node(&format!("type: sr-7, components: [{{slot: A}}, {{slot: {slot}}}]"));
        let run = check(&text, &["--no-env"]);
        assert_eq!(found(&text), ["name-not-resolvable"], "{slot}");
        assert!(run.stdout.contains("is not a valid container name"), "{slot}: {}", run.stdout);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dc.clab.yml");
        fs::write(&path, text).unwrap();
        let run = self::run(&["compile", path.to_str().unwrap(), "--no-env", "--provider", "mysocketio"]);
        assert!(run.exit == Exit::Findings && files_below(folder.path()) == [path], "{slot}");
    }
    // A value of the environment is not shown.
    let text = node("type: sr-7, components: [{slot: A}, {slot: $Slot}]");
    let run = run_with(&["check", "-"], &text, &[("Slot", "1/secret")]);
    assert!(run.stdout.contains("`clab-dc-sr1-$Slot`") && !run.stdout.contains("secret"), "{}", run.stdout);
}

#[test]
fn artifacts_lead_to_the_component_and_the_twin_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dc.clab.yml");
    fs::write(&path, node("type: sr-7, components: [{slot: A}, {slot: B}, {slot: 1}]")).unwrap();
    let run = run(&["compile", path.to_str().unwrap(), "--provider", "mysocketio"]);
    assert!(run.exit == Exit::Clean, "{}{}", run.stdout, run.stderr);
    let files = files_below(folder.path());
    let of = |name: &str| {
        let path = files.iter().find(|path| path.file_name().is_some_and(|file| file == name)).unwrap();
        fs::read_to_string(path).unwrap()
    };
    assert!(of("publish.sh").contains("clab-dc-sr1-1"));
    assert!(!of("publish.sh").replace("clab-dc-sr1-1", "").contains("clab-dc-sr1"));
    let written: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let twin =
        files.iter().find(|path| path.to_string_lossy().contains("deploy")).unwrap_or_else(|| panic!("{written:?}"));
    assert!(fs::read_to_string(twin).unwrap().contains("components: [{slot: A}, {slot: B}, {slot: 1}]"));
}

/// Docker's DNS answers the host name of a container, which is the node's name.
#[test]
fn no_other_node_has_the_name_of_a_container() {
    let lab = |prefix: &str, other: &str| {
        format!(
            "name: l\n{prefix}topology:\n  nodes:\n    r1: {{kind: linux, publish: [tls/22/a@b.com]}}\n    {other}: {{kind: linux}}\n"
        )
    };
    for (prefix, other) in
        [("", "clab-l-r1"), ("", "CLAB-L-R1"), ("prefix: x\n", "x-l-r1"), ("prefix: __lab-name\n", "l-r1")]
    {
        let topology = lab(prefix, other);
        assert_eq!(found(&topology), ["name-not-resolvable"], "{topology}");
        let told = check(&topology, &["--no-env"]).stdout;
        assert!(told.contains("has the name of a published container"), "{told}");
    }
    for (prefix, other) in [("", "clab-l-r2"), ("prefix: x\n", "clab-l-r1"), ("prefix: ''\n", "r2")] {
        let topology = lab(prefix, other);
        let told = check(&topology, &["--no-env"]).stdout;
        assert!(!told.contains("has the name of a published container"), "{told}");
    }
}
