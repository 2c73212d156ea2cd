//! How words with a variable in them are spelled in what is told: as the file has them. `secrets.rs` looks for values; here is
//! what stands in their place.

use std::fs;
use std::path::PathBuf;

use publish_plan::Exit;

use crate::support::{Run, formats, run_with};

const MARK: &str = "t0ken";

/// A folder with a topology.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a verb over the topology; nothing that is told holds a value, but a document that was asked for may.
    fn run(&self, verb: &[&str], topology: &str, variables: &[(&str, &str)]) -> Run {
        let path = self.place("l.clab.yml");
        fs::write(&path, topology).unwrap();
        let (path, home) = (path.to_str().unwrap(), self.folder.path().to_str().unwrap());
        let run = run_with(&[&[verb[0], path], &verb[1..]].concat(), "", &[variables, &[("HOME", home)]].concat());
        assert!(!run.stderr.contains(MARK), "{verb:?}: {}", run.stderr);
        run
    }
}

/// What `check` says of a topology; no value is in it.
fn checked(topology: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let run = run_with(&[&["check", "-", "--verbose"], arguments].concat(), topology, variables);
    assert!(!run.stdout.contains(MARK), "{}", run.stdout);
    assert_eq!(run.stderr, "");
    run.stdout
}

fn lab(name: &str, nodes: &str) -> String {
    format!("name: {name}\ntopology:\n  nodes:\n{nodes}")
}

#[test]
fn an_audience_names_variables() {
    let text = lab(
        "l",
        "    r1: {kind: linux, publish: ['tls/1/${A},${D}', 'tls/1/${D},${A}']}\n    r2: {kind: linux, publish: ['tls/2/${BOTH}', 'tls/2/${BOTH}']}\n    r3: {kind: linux, labels: {publish: 'tls/3/${A} tls/3/${A}'}}\n",
    );
    let variables = [("A", "a@t0ken.com"), ("D", "t0ken.org"), ("BOTH", "b@t0ken.com,c@t0ken.com")];
    let report = checked(&text, &[], &variables);
    for who in ["${A} and anyone @${D}", "${BOTH}", "${A}"] {
        assert!(
            report.contains(&format!("help: keep one of them; the port is then published for {who}\n")),
            "{report}"
        );
    }
}

/// What a provider does to the letters of a name is done to plain words alone.
#[test]
fn a_name_is_made_of_what_the_file_has() {
    let nodes = "    \"${N}_1\": {kind: linux, publish: [\"tls/${PORT}/P\"]}\n    \"${N}-1\": {kind: linux, publish: [\"tls/${PORT}/P\"]}\n";
    let variables = [("N", "t0ken"), ("L", "t0ken"), ("PORT", "47123"), ("lab", "t0ken"), ("node", "T0ken")];
    let report = checked(&lab("My.Lab", nodes), &["--provider", "border0"], &variables);
    assert!(report.contains("two sockets would be named `clab-my-lab-${N}-1-tls-${PORT}`\n"), "{report}");
    let report = checked(&lab("${L}_X", nodes), &["--provider", "border0"], &variables);
    assert!(report.contains("two sockets would be named `clab-${L}_X-${N}-1-tls-${PORT}`\n"), "{report}");
    // A variable that is called like a field of the template is no field.
    let nodes = "    \"${lab}\": {kind: linux, publish: [\"http/${PORT}\"]}\n    \"${node}\": {kind: linux, publish: [\"http/${PORT}\"]}\n";
    let report = checked(&lab("My_Lab", nodes), &["--provider", "frp", "--domain", "lab.example.net"], &variables);
    assert!(report.contains("would share the hostname `${node}-${PORT}.lab.example.net`\n"), "{report}");
    assert!(report.contains("on ${node}") && !report.contains("47123"), "{report}");
}

#[test]
fn ports_and_jump_hosts_are_spelled_as_they_are_written() {
    let open = lab("l", "    r1: {kind: nokia_srlinux, publish: [\"${ENTRY}\", \"tcp/${PORT}\"]}\n");
    let report = checked(&open, &["--provider", "mysocketio"], &[("ENTRY", "tls/57400"), ("PORT", "6030")]);
    // The example of an entry with a variable in it is only the form of an entry.
    assert_eq!(report.matches("for example `<type>/<port>/user@domain.com`").count(), 4, "{report}");
    assert!(report.contains("`${ENTRY}` opens gNMI") && report.contains("`tcp/${PORT}` opens gNMI"), "{report}");
    assert!(!report.contains("57400") && !report.contains("6030"), "{report}");
    let jump = lab("l", "    \"${N}\": {kind: linux, publish: [tls/80/P]}\n");
    let flags = ["--provider", "border0", "--fold", "--jump-host", "t0ken"];
    let report = checked(&jump, &flags, &[("N", "t0ken")]);
    assert!(report.contains("`${N}` cannot be the jump host") && report.contains("host ${N}:PORT`"), "{report}");
}

/// A name that came from a variable is not guessed, and not written by a fix.
#[test]
fn a_value_is_no_guess() {
    let text = |name: &str| {
        let groups = format!("groups: {{{name}: {{publish: [none]}}}}");
        format!("name: l\ntopology:\n  {groups}\n  nodes: {{r1: {{kind: linux, group: spine}}}}\n")
    };
    for arguments in [&[][..], &["--diff", "--unsafe-fixes"]] {
        let said = |name| {
            let arguments = [&["check", "-"], arguments].concat();
            run_with(&arguments, &text(name), &[("G", "spines")]).stdout.contains("spines")
        };
        assert!(said("spines") && !said("${G}"));
    }
}

#[test]
fn compile_tells_no_value_of_the_tunnel_node() {
    let desk = Desk::new();
    let tunnel = |kind: &str, image: &str, bind: &str| {
        lab(
            "l",
            &format!(
                "    r1: {{kind: linux, publish: [tls/22/P]}}\n    t: {{kind: {kind}, image: \"{image}\", binds: [\"{bind}\"]}}\n"
            ),
        )
    };
    let variables = [("IMAGE", "registry.example.net/t0ken:1"), ("KEYS", "t0ken")];
    let run = desk.run(&["compile"], &tunnel("border0", "${IMAGE}", "a:/b"), &variables);
    assert!(run.stderr.contains("gets your border0 token runs `${IMAGE}`, which"), "{}", run.stderr);
    let bind = "${KEYS}/key:/root/.mysocketio_token";
    let text = tunnel("mysocketio", "i:1", bind).replace("/P]", "/a@b.com]");
    let run = desk.run(&["compile", "--provider", "mysocketio"], &text, &variables);
    assert_eq!(run.exit, Exit::Failed);
    assert!(run.stderr.contains("the tunnel node binds `${KEYS}/key` as its token"), "{}", run.stderr);
}

#[test]
fn addresses_that_lead_elsewhere_are_told_as_the_file_has_them() {
    let desk = Desk::new();
    let compile =
        ["compile", "--no-config", "--provider", "bore", "--relay", "relay.example.net", "--relay-ports", "3000-3000"];
    let nodes = "    \"${N}\": {kind: linux, publish: [\"tcp/${PORT}\"]}\n";
    let value = |node| [("N", node), ("PORT", "47123")];
    let run = desk.run(&compile, &lab("l", nodes), &value("t0ken1"));
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    // Another value makes another node of it, and what the old one was called is in the plan.json.
    let run = desk.run(&compile, &lab("l", nodes), &value("t0ken2"));
    assert_eq!(run.exit, Exit::Findings, "{}", run.stderr);
    let told = "error: port 3000 led to another socket and would now lead to port ${PORT} of `${N}` (`clab-l-${N}-tcp-${PORT}`)\nhelp: keep each port for its socket under `[relay.pins]` in publish-plan.toml; plan.json has the names of the sockets\n";
    assert!(run.stderr.contains(told) && !run.stderr.contains("47123"), "{}", run.stderr);
    // One that only moves.
    let moved = [&compile[..7], &["3001-3001"]].concat();
    let run = desk.run(&moved, &lab("l", nodes), &value("t0ken1"));
    assert!(
        run.stderr.contains("note: `clab-l-${N}-tcp-${PORT}` moves from port 3000 to port 3001\n"),
        "{}",
        run.stderr
    );

    let desk = Desk::new();
    let frp = ["compile", "--no-config", "--provider", "frp", "--relay", "relay.example.net", "--secret", "~/t"];
    let nodes = "    \"${N}\": {kind: linux, publish: [http/80]}\n";
    let at = |domain| [&frp[..], &["--domain", domain]].concat();
    assert_eq!(desk.run(&at("a.example.net"), &lab("l", nodes), &value("t0ken")).exit, Exit::Clean);
    let run = desk.run(&at("b.example.net"), &lab("l", nodes), &value("t0ken"));
    let told = "note: `clab-l-${N}-http-80` moves from another hostname to hostname ${N}-80.b.example.net\n";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    let run = desk.run(&at("b.example.net"), &lab("m", nodes), &value("t0ken"));
    let told = "error: hostname ${N}-80.b.example.net led to another socket and would now lead to port 80 of `${N}` of lab `m` (`clab-m-${N}-http-80`)\n";
    assert!(run.stderr.contains(told), "{}", run.stderr);
}

#[test]
fn what_ssh_takes_for_one_host_is_told_as_the_file_has_it() {
    let desk = Desk::new();
    let nodes = "    jump: {kind: linux, publish: [tls/22/P]}\n    \"${A}\": {kind: linux, publish: [tls/23/P]}\n    \"${B}\": {kind: linux, publish: [tls/24/P]}\n";
    let fold = ["compile", "--provider", "mysocketio", "--fold", "--jump-host", "jump"];
    let text = lab("l", nodes).replace("/P]", "/a@b.com]");
    let run = desk.run(&fold, &text, &[("A", "t0ken"), ("B", "T0ken")]);
    assert!(run.exit != Exit::Clean && run.stderr.contains("`clab-l-${B}`"), "{}", run.stderr);
}

/// The names of projects and of folders of state hold the lab's.
#[test]
fn what_is_retired_is_told_without_the_labs_name() {
    let desk = Desk::new();
    let compile = ["compile", "--no-config", "--provider", "bore", "--relay", "relay.example.net"];
    let text = |entries: &str| lab("${L}", &format!("    r1: {{kind: linux, publish: [{entries}]}}\n"));
    let value = |lab| [("L", lab)];
    assert_eq!(desk.run(&compile, &text("tcp/22"), &value("t0ken1")).exit, Exit::Clean);
    let state = desk.place(".local/state/publish-plan/t0ken1");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("how"), "host\n").unwrap();
    fs::write(state.join("here"), desk.place("l.publish").to_str().unwrap()).unwrap();
    let run = desk.run(&compile, &text("tcp/22"), &value("t0ken2"));
    assert_eq!(run.exit, Exit::Findings);
    assert!(run.stderr.contains("the tunnels of another lab are open from "), "{}", run.stderr);
    fs::remove_dir_all(state).unwrap();
    let run = desk.run(&compile, &text("none"), &value("t0ken1"));
    let told = "close it with `docker compose -p PROJECT down`; `docker compose ls` lists the projects\n";
    assert!(run.stderr.contains(told), "{}", run.stderr);
}

#[test]
fn migrate_tells_what_would_be_lost_as_the_file_has_it() {
    let desk = Desk::new();
    // An opt-out from a variable is not written out.
    let text = lab("l", "    r1: {kind: linux, publish: [\"${NOTHING:-no ne}\"]}\n");
    let run = desk.run(&["migrate"], &text, &[("NOTHING", "none")]);
    assert_eq!(run.exit, Exit::Findings, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("`${NOTHING:-no ne}` cannot be written in a label"), "{}", run.stderr);
    // A label that an alias brings to another node.
    let nodes = "    r1: {kind: linux, labels: &l {a: b}, publish: [\"tcp/${PORT}\"]}\n    \"${N}\": {kind: linux, labels: *l}\n";
    let run = desk.run(&["migrate"], &lab("${L}", nodes), &[("L", "t0ken"), ("N", "t0ken"), ("PORT", "47123")]);
    assert!(run.stderr.contains("socket `clab-${N}-tcp-${PORT}` on `${N}` would be added"), "{}", run.stderr);
}

/// A value may bring whole nodes, lists and settings: all of them are told by its variable.
#[test]
fn what_a_value_brings_is_told_by_its_variable() {
    let text = "name: lab\ntopology:\n  kinds:\n    nokia_srlinux: {labels: {publish: \"${PAIR}\"}}\n  groups: ${GROUPS_}\n  nodes:\n    r1: {kind: nokia_srlinux, publish: ${LIST}}\n    ${NODES}\n    r3:\n      ${WHOLE}\n      labels: {publish: \"${PAIR} tls/22/${PAIR}\"}\n";
    let variables = [
        ("PAIR", "tls/57400/a@t0ken.com tls/57400/t0ken.org"),
        ("GROUPS_", "{t0ken1: {publish: [tcp/22, tcp/22]}}"),
        ("LIST", "[tls/22/t0ken, http/80/t0ken..com, udp/47123, tcp/22/t0ken.com, tcp/22/t0ken.com]"),
        (
            "NODES",
            "t0kenA: {kind: border0, image: t0ken, publish: [tcp/80]}\n    t0ken_b: {kind: linux, group: t0ken2, publish: [tcp/23]}\n    T0ken_b: {kind: linux, publish: [tcp/23, http/81]}",
        ),
        ("WHOLE", "publsh: [t0ken]"),
    ];
    let report = checked(text, &[], &variables);
    for told in ["`clab-lab-${NODES}-tcp-${NODES}`", "unknown key `${WHOLE}`", "for holders of policy ${LIST}\n"] {
        assert!(report.contains(told), "{told}: {report}");
    }
    for format in formats() {
        for provider in ["border0", "frp", "mysocketio", "tailscale"] {
            let report = checked(text, &["--format", format, "--provider", provider], &variables);
            assert!(!report.to_lowercase().contains(MARK), "{report}");
        }
    }
}
