//! Ways to a lab's nodes that no entry opens: `plan` names each in a line, and `--against` says which are new.

use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{root, run_with};

/// A lab with every kind of door, and without the management network's.
const LAB: &str = r#"name: l
mgmt: {external-access: false}
topology:
  defaults: {ports: ["9000:9000"]}
  kinds:
    linux: {ports: ["8080:80", "127.0.0.1:8443:443"]}
  groups:
    none: {ports: []}
  nodes:
    web: {kind: linux}
    own: {kind: linux, ports: ["[::]:161:161/udp", "192.0.2.1:2000-2001:22-23"]}
    falls-through: {kind: other, group: none}
    host: {kind: linux, network-mode: host}
    alone: {kind: linux, network-mode: none}
    shared: {kind: linux, image: "ghcr.io/srl-labs/sshx:1", ports: ["${PORT:-70}:70"]}
    outside: {kind: ext-container, ports: ["1:1"]}
"#;

fn doors(topology: &str) -> Vec<String> {
    let plan = run_with(&["plan", "-", "--no-env"], topology, &[]);
    assert_eq!(plan.exit, Exit::Clean, "{}", plan.stderr);
    plan.stdout.lines().filter_map(|line| line.strip_prefix("other door: ")).map(str::to_owned).collect()
}

#[test]
fn each_door_is_a_line_in_words() {
    assert_eq!(
        doors(LAB),
        [
            "port 8080 on every address of the lab host leads to port 80 of web",
            "port 8443 on the loopback address of the lab host leads to port 443 of web",
            "udp port 161 on every address of the lab host leads to port 161 of own",
            "ports 2000-2001 on address 192.0.2.1 of the lab host lead to ports 22-23 of own",
            "port 9000 on every address of the lab host leads to port 9000 of falls-through",
            "everything that host listens on is open on the lab host itself (`network-mode: host`)",
            "a port of the lab host leads to shared (`ports: ${PORT:-70}:70`)",
            "shared shares a terminal of the lab's network",
        ]
    );
    let plan = run_with(&["plan", "-", "--no-env", "--format", "json"], LAB, &[]).stdout;
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(root().join("schemas/plan.schema.json")).unwrap()).unwrap();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert!(jsonschema::is_valid(&schema, &plan), "{plan}");
    assert_eq!(
        (&plan["other_doors"][2]["kind"], &plan["other_doors"][2]["node"]),
        (&"host-port".into(), &"own".into())
    );
    let markdown = run_with(&["plan", "-", "--no-env", "--format", "markdown"], LAB, &[]).stdout;
    assert_eq!(markdown.matches("\nother door: ").count(), 8, "{markdown}");
}

#[test]
fn the_management_network_is_a_door_unless_it_is_closed() {
    let lab = |mgmt: &str| format!("name: l\n{mgmt}topology:\n  nodes:\n    r1: {{kind: linux}}\n");
    let door = ["machines that can route to the management network can reach every node"];
    for open in ["", "mgmt: {network: n}\n", "mgmt: {external-access: true}\n", "mgmt: {external-access: ~}\n"] {
        assert_eq!(doors(&lab(open)), door, "{open}");
    }
    for closed in ["false", "no", "Off"] {
        assert!(doors(&lab(&format!("mgmt: {{external-access: {closed}}}\n"))).is_empty(), "{closed}");
    }
    assert!(doors("name: l\ntopology:\n  nodes:\n    r1: {kind: linux, network-mode: none}\n").is_empty());
}

#[test]
fn a_new_door_is_told_and_is_wider() {
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before.yml");
    let compare = |old: &str, new: &str, fail_on: &str| {
        fs::write(&before, old).unwrap();
        let against = ["plan", "-", "--no-env", "--fail-on", fail_on, "--against", before.to_str().unwrap()];
        run_with(&against, new, &[])
    };
    let opened = LAB.replace("external-access: false", "external-access: true");
    for fail_on in ["widened", "any"] {
        let told = compare(LAB, &opened, fail_on);
        assert!(
            told.stdout.contains("\nnew door: machines that can route to the management network"),
            "{}",
            told.stdout
        );
        assert_eq!(told.exit, Exit::Findings);
    }
    let known = |lab: &str| lab.replace("${PORT:-70}", "70");
    let closed = compare(&known(&opened), &known(LAB), "any");
    assert!(!closed.stdout.contains("door"), "{}", closed.stdout);
    assert_eq!(closed.exit, Exit::Clean, "{}", closed.stdout);
}

#[test]
fn no_lab_has_more_host_ports_than_a_host() {
    let lab = |nodes: usize| {
        let nodes: String =
            (0..nodes).fold(String::new(), |text, index| format!("{text}    n{index}: {{kind: linux}}\n"));
        let ports = vec!["9000:9000"; 200].join(", ");
        format!("name: l\ntopology:\n  defaults: {{ports: [{ports}]}}\n  nodes:\n{nodes}")
    };
    assert_eq!(doors(&lab(100)).len(), 20_001);
    let over = run_with(&["check", "-", "--no-env"], &lab(101), &[]);
    assert_eq!(over.exit, Exit::Findings);
    assert!(
        over.stdout.contains("error[too-many-entries]: the nodes together have more than 20000 host ports"),
        "{}",
        over.stdout
    );
}
