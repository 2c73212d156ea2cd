//! Plans: rows, audiences, inheritance, what is left out.

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{files_below, root, run, run_with, snapshot};

fn plan(topology: &str, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = ["plan", "-", "--format", "json"].iter().chain(arguments).copied().collect();
    let run = run_with(&arguments, topology, &[]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
}

fn node(settings: &str) -> String {
    format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, {settings}}}\n")
}

/// (name, type, audience) of every row.
fn rows(plan: &Value) -> Vec<(String, String, String)> {
    let text = |socket: &Value, key: &str| socket[key].as_str().unwrap().to_owned();
    plan["sockets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|socket| (text(socket, "name"), text(socket, "type"), text(socket, "audience")))
        .collect()
}

#[test]
fn the_examples_plan_as_they_did() {
    for file in files_below(&root().join("examples")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        for format in ["table", "json", "yaml", "markdown"] {
            let run = run(&["plan", "--format", format, file.to_str().unwrap()]);
            assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
            snapshot("plan", format!("plan__{name}__{format}"), run.stdout.replace(file.to_str().unwrap(), name));
        }
    }
}

#[test]
fn audiences_depend_on_the_provider() {
    let row = |entry: &str, arguments: &[&str]| {
        rows(&plan(&node(&format!("publish: ['{entry}']")), arguments))
            .pop()
            .map(|(name, kind, who)| format!("{name} {kind} {who}"))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(row("tcp/22", &[]), some("clab-r1-tcp-22 tcp anyone on the Internet"));
    assert_eq!(row("tcp/22/a@b.com,nokia.com", &[]), some("clab-r1-tls-22 tls a@b.com and anyone @nokia.com"));
    assert_eq!(row("tls/22/MyPolicy", &[]), some("clab-r1-tls-22 tls holders of policy MyPolicy"));
    assert_eq!(row("tls/22", &["--provider", "border0"]), some("clab-l-r1-tls-22 tls nobody"));
    assert_eq!(row("tls/22/Nokia.com", &["--provider", "border0"]), some("clab-l-r1-tls-22 tls anyone @nokia.com"));
    assert_eq!(
        row("tls/22/nokia.com", &["--provider", "border0", "--acl", "policies"]),
        some("clab-l-r1-tls-22 tls holders of policy nokia.com")
    );
    assert_eq!(row("tcp/22", &["--provider", "border0"]), None, "border0 carries no tcp");
    assert_eq!(row("tls/22/MyPolicy", &["--provider", "mysocketio"]), None, "mysocketio keeps no policies");
}

#[test]
fn a_border0_node_turns_words_into_policies() {
    let topology =
        "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/nokia.com]}\n    b: {kind: border0}\n";
    let policies = plan(topology, &[]);
    assert_eq!(policies["provider"], "border0");
    assert_eq!(policies["sockets"][0]["acl"]["policies"][0], "nokia.com");
    assert_eq!(plan(topology, &["--acl", "identities"])["sockets"][0]["acl"]["domains"][0], "nokia.com");
}

#[test]
fn container_names_follow_the_prefix() {
    let container = |head: &str| {
        let topology = format!("name: l\n{head}topology:\n  nodes:\n    r1: {{kind: linux, publish: [tcp/22]}}\n");
        plan(&topology, &[])["sockets"][0]["container"].as_str().unwrap().to_owned()
    };
    assert_eq!(container(""), "clab-l-r1");
    assert_eq!(container("prefix:\n"), "clab-l-r1");
    assert_eq!(container("prefix: ''\n"), "r1");
    assert_eq!(container("prefix: __lab-name\n"), "l-r1");
    assert_eq!(container("prefix: x\n"), "x-l-r1");
    let external = plan("name: l\ntopology:\n  nodes:\n    web: {kind: ext-container, publish: [tcp/22]}\n", &[]);
    assert_eq!(external["sockets"][0]["container"], "web");
}

#[test]
fn what_is_left_out_is_not_counted() {
    let topology = "name: l\ntopology:\n  defaults: {publish: [tls/22/P]}\n  nodes:\n    r1: {kind: linux}\n    br: {kind: bridge}\n    ovs: {kind: ovs-bridge}\n    ho: {kind: host}\n    t: {kind: border0}\n    n: {kind: linux, network-mode: none}\n    q: {kind: linux, publish: [none]}\n";
    let plan = plan(topology, &[]);
    assert_eq!(rows(&plan).len(), 1);
    assert_eq!(plan["counts"]["tcp"]["used"], 1);
}

#[test]
fn a_list_with_the_wrong_shape_inherits_nothing() {
    let topology = "name: l\ntopology:\n  defaults: {publish: [tcp/22]}\n  nodes:\n    r1: {kind: linux, publish: tcp/23}\n    r2: {kind: linux}\n";
    let run = run_with(&["plan", "-", "--format", "json"], topology, &[]);
    assert_eq!(run.exit, Exit::Findings);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(rows(&plan).len(), 1);
    assert_eq!(plan["sockets"][0]["node"], "r2");
}

#[test]
fn of_two_sockets_of_one_name_neither_is_planned() {
    assert_eq!(rows(&plan(&node("publish: [tls/22/a.com, tls/22, tcp/23]"), &[])).len(), 1);
    assert_eq!(rows(&plan(&node("publish: [tcp/22/a.com, tls/22]"), &[])), []);
}

/// Two nodes whose names a provider folds to one: what only one of them has is that one's.
#[test]
fn of_two_nodes_that_fold_to_one_name_the_shared_socket_is_not_planned() {
    let lab = "name: l\ntopology:\n  nodes:\n    r_1: {kind: linux, publish: [tls/22/P, tls/23/P]}\n    r-1: {kind: linux, publish: [tls/22/P, tls/24/P]}\n";
    let ports = |arguments: &[&str]| -> Vec<String> {
        let plan = plan(lab, arguments);
        plan["sockets"].as_array().unwrap().iter().map(|socket| socket["port"].to_string()).collect()
    };
    assert_eq!(ports(&["--provider", "border0", "--acl", "policies"]), ["23", "24"]);
    assert_eq!(ports(&["--acl", "policies"]), ["22", "23", "22", "24"]);
}

#[test]
fn an_entry_in_error_has_no_row_and_no_part_in_the_count() {
    let names = |settings: &str| rows(&plan(&node(settings), &[])).into_iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(names("publish: [tcp/22/a@b.com, tcp/22]"), [""; 0]);
    assert_eq!(names("publish: [tls/22, tcp/022/a@b.com, tcp/+22]"), [""; 0]);
    assert_eq!(names("publish: [tls/8080/a@b.com, http/8080]"), ["clab-r1-tls-8080"], "open beside kept: not opened");
    let six = node("publish: [tcp/1, tcp/2, tcp/3, tcp/4, tcp/5, tcp/6]");
    let report = run_with(&["check", "-", "--provider", "border0"], &six, &[]).stdout;
    assert!(!report.contains("too-many-sockets") && report.contains("type-not-carried"), "{report}");
    assert!(report.ends_with("in 1 file, 0 sockets\n"), "{report}");
    let twice = run_with(&["check", "-"], &node("publish: [tcp/22, tcp/22]"), &[]).stdout;
    assert!(twice.ends_with("in 1 file, 0 sockets; 1 fixable with --fix\n"), "{twice}");
}

/// A page of a gateway has a port, on which only Apache reaches it.
#[test]
fn a_page_without_a_hostname_is_reached_at_no_port() {
    let lab = node("publish: [http/80, tcp/22]");
    let table = run_with(&["plan", "-", "--provider", "gateway"], &lab, &[]).stdout;
    let cells = |kind: &str| {
        let line = table.lines().find(|line| line.contains(kind)).unwrap_or_else(|| panic!("{table}"));
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells(" http ")[3..5], ["–", "anyone on the Internet"], "{table}");
    assert!(cells(" tcp,")[3].starts_with("port "), "{table}");
}

#[test]
fn of_two_keys_of_one_name_nothing_is_planned() {
    for nodes in [
        "r1: {kind: linux, publish: [tls/22/a@b.com], publish: [tls/22]}",
        "r1: {kind: linux, publish: [tls/22/a@b.com]}\n    r1: {kind: linux, publish: [tls/22]}",
    ] {
        let topology = format!("name: l\ntopology:\n  nodes:\n    {nodes}\n");
        let run = run_with(&["plan", "-", "--format", "json"], &topology, &[]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Findings, ""));
        assert!(run.stderr.contains("duplicate-key"), "{}", run.stderr);
    }
}

#[test]
fn a_level_with_the_wrong_shape_inherits_nothing() {
    for (kinds, nodes) in [("", "r1: [kind: linux]"), ("  kinds: {linux: [x]}\n", "r1: {kind: linux}")] {
        let topology = format!("name: l\ntopology:\n  defaults: {{publish: [tcp/22]}}\n{kinds}  nodes:\n    {nodes}\n");
        let run = run_with(&["plan", "-", "--format", "json"], &topology, &[]);
        assert_eq!(run.exit, Exit::Findings);
        assert_eq!(rows(&serde_json::from_str(&run.stdout).unwrap()), []);
    }
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let template = run_with(&["plan", "-"], "name: {{ .x }}\ntopology: {}\n", &[]);
    assert_eq!((template.exit, template.stdout.as_str()), (Exit::Findings, ""));
    assert!(template.stderr.contains("template-not-rendered"));
    let other = run_with(&["plan", "-"], "a: 1\n", &[]);
    assert_eq!((other.exit, other.stdout.as_str()), (Exit::Failed, ""));
    assert_eq!(other.stderr, "publish-plan: `<stdin>` is not a containerlab topology: no top-level `topology:`\n");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let topology = node("publish: [tcp/22, http/80/a@b.com, tls/23/x.com]");
    let first = run_with(&["plan", "-", "--format", "yaml"], &topology, &[]).stdout;
    for _ in 0..20 {
        assert_eq!(run_with(&["plan", "-", "--format", "yaml"], &topology, &[]).stdout, first);
    }
}
