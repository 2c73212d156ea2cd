//! `providers --for`: which provider could carry what of a lab.

use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{files_below, root, run, run_with, snapshot};

fn document(path: &str, arguments: &[&str]) -> Value {
    let all = [&["providers", "--for", path, "--format", "json"], arguments].concat();
    serde_json::from_str(&run(&all).stdout).unwrap()
}

/// Whatever it says a provider carries, `plan` with that provider plans, and nothing else.
#[test]
fn it_says_what_plan_does() {
    let cases = files_below(&root().join("tests/cases/topologies"));
    for example in files_below(&root().join("examples")).into_iter().chain(cases) {
        let path = example.to_str().unwrap();
        let offers = document(path, &["--tier", "paid"]);
        for offer in offers["providers"].as_array().unwrap() {
            let name = offer["name"].as_str().unwrap();
            let plan = run(&["plan", path, "--provider", name, "--tier", "paid", "--format", "json"]).stdout;
            let plan: Value = serde_json::from_str(&plan).unwrap();
            let of = |socket: &Value| (socket["node"].clone(), socket["port"].clone());
            let planned: Vec<_> = plan["sockets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|socket| (of(socket), socket["carriage"].clone(), socket["audience"].clone()))
                .collect();
            let carried: Vec<_> = offers["sockets"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|socket| {
                    let answer =
                        socket["providers"].as_array().unwrap().iter().find(|answer| answer["name"] == name)?;
                    let is_carried = answer["carries"] == true;
                    assert_eq!(answer["reason"].is_string(), !is_carried);
                    is_carried.then(|| (of(socket), answer["carriage"].clone(), answer["audience"].clone()))
                })
                .collect();
            assert_eq!(carried, planned, "{path} {name}");
            assert_eq!(offer["carries"], planned.len());
        }
    }
}

#[test]
fn it_reads_as_it_did() {
    let text = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22, tls/57400/user@domain.com, http/80, http/81, udp/53, tls/443]}\n";
    let run_for =
        |arguments: &[&str]| run_with(&[&["providers", "--for", "-"], arguments].concat(), text, &[("COLUMNS", "160")]);
    let table = run_for(&[]);
    assert_eq!(table.exit, Exit::Clean, "{}", table.stderr);
    let markdown = run_for(&["--format", "markdown"]).stdout;
    snapshot("plan", "providers-for", format!("{}\n{markdown}", table.stdout));
    let one = run_for(&["ngrok"]).stdout;
    assert!(one.contains(" paid") && !one.contains("bore"), "{one}");
    let old = run_for(&["mysocketio"]).stdout;
    assert!(old.contains("mysocketio"), "it is shown to those who ask for it: {old}");
}

#[test]
fn what_is_wrong_with_the_lab_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22, tls/ab]}\n").unwrap();
    let run_for = || run(&["providers", "--for", path.to_str().unwrap()]);
    let broken = run_for();
    assert_eq!(broken.exit, Exit::Findings);
    assert!(broken.stderr.contains("malformed-entry") && broken.stdout.contains("1 of 1"), "{}", broken.stdout);
    fs::write(&path, "a: 1\n").unwrap();
    assert_eq!(run_for().exit, Exit::Failed);
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux}\n").unwrap();
    assert!(run_for().stdout.contains("lab l publishes nothing"));
}

/// If no provider can carry all of a lab, the shortest list that can is proposed, and `plan` does what it says.
#[test]
fn the_fewest_that_could_carry_a_lab_together_are_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let path = path.to_str().unwrap();
    for (entries, together) in [
        ("udp/161, http/80/a@example.com", &["frp", "border0"][..]),
        ("udp/161, tcp/22/a@example.com, tls/443/policy", &["frp", "gateway", "border0"]),
        // One is enough, nobody can, or something is wrong with the entry itself.
        ("tcp/22/a@example.com", &[]),
        ("udp/161/a@example.com, tcp/22", &[]),
        ("udp/161, http/80/a@example.com, udp/0", &[]),
        // Together they could, if the open entry did not lead past the acl of the other.
        ("udp/161, http/161/a@example.com", &[]),
    ] {
        let text = format!(
            "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [\"{}\"]}}\n",
            entries.replace(", ", "\", \"")
        );
        fs::write(path, text).unwrap();
        let offers = document(path, &["--domain", "lab.example.net"]);
        assert_eq!(offers["together"], Value::from(together.to_vec()), "{entries}");
        if together.is_empty() {
            continue;
        }
        let list = together.join(",");
        let said = run(&["providers", "--for", path, "--domain", "lab.example.net"]).stdout;
        assert!(said.contains(&format!("together, these could: `--provider {list}`")), "{said}");
        let plan = ["plan", path, "--format=json", "--domain", "lab.example.net", "--provider", &list];
        let plan: Value = serde_json::from_str(&run(&plan).stdout).unwrap();
        assert_eq!(plan["sockets"].as_array().unwrap().len(), offers["sockets"].as_array().unwrap().len());
        // None of them could be left out.
        for left_out in 0..together.len() {
            let mut fewer = together.to_vec();
            fewer.remove(left_out);
            let check = run(&["check", path, "--domain", "lab.example.net", "--provider", &fewer.join(",")]);
            assert_eq!(check.exit, Exit::Findings, "{fewer:?}");
        }
    }
}
