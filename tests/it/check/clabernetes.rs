//! `check` and `plan` of a clabernetes Topology: the topology in its block, places in the file, and its `LoadBalancer` services as doors.

use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{check, files_below, real_topologies, root, rules, run, run_with, snapshot};

const TOPOLOGY: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: c9s-lab}
---
# The lab.
apiVersion: clabernetes.containerlab.dev/v1alpha1
kind: Topology
metadata:
  name: lab
spec:
  definition:
    containerlab: |-
      name: lab
      topology:
        nodes:
          r1:
            kind: nokia_srlinux
            publish:
              - tls/57400/user@domain.com
              - tls/ab

          web:
            kind: linux
            publish: [http/80]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
";

#[test]
fn places_are_those_of_the_file() {
    let said = check(TOPOLOGY, &[]);
    snapshot("check", "clabernetes", &said.stdout);
    assert_eq!(said.exit, Exit::Findings);
    assert!(said.stdout.contains("[<stdin>:20:21]"), "{}", said.stdout);
    assert!(rules(&said.stdout).contains(&"malformed-entry".to_owned()));
}

#[test]
fn load_balancers_are_doors() {
    let door = "LoadBalancer service";
    let good = TOPOLOGY.replace("              - tls/ab\n", "");
    let plan = |text: &str| run_with(&["plan", "-", "--format", "json"], text, &[]);
    let doors = |text: &str| {
        let run = plan(text);
        let json: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
        json["other_doors"].as_array().unwrap().clone()
    };
    let found = doors(&good);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["kind"], "load-balancer");
    assert!(found[0]["words"].as_str().unwrap().contains("57400"), "{found:?}");
    let said = check(&good, &[]);
    assert!(said.stdout.contains("bypasses the acl of `tls/57400/user@domain.com`"), "{}", said.stdout);
    for (expose, is_door) in [("LoadBalancer", true), ("ClusterIP", false), ("Headless", false), ("None", false)] {
        let text = good.replace("spec:\n", &format!("spec:\n  expose:\n    exposeType: {expose}\n"));
        assert_eq!(doors(&text).len(), usize::from(is_door), "{expose}");
        assert_eq!(check(&text, &[]).stdout.contains(door), is_door, "{expose}");
    }
    let off = good.replace("spec:\n", "spec:\n  expose: {disableExpose: true}\n");
    assert!(doors(&off).is_empty() && !check(&off, &[]).stdout.contains(door));
    // Without the usual ports, a node has a service only for its own.
    let few = good.replace("spec:\n", "spec:\n  expose: {disableAutoExpose: true}\n");
    assert!(doors(&few).is_empty() && !check(&few, &[]).stdout.contains(door));
    let own = few.replace("publish: [http/80]", "ports: ['8080:8080']\n            publish: [http/8080/domain.com]");
    let words = doors(&own)[0]["words"].as_str().unwrap().to_owned();
    assert!(words.contains("every node that has `ports:`") && doors(&own).len() == 1, "{words}");
    let said = check(&own, &[]).stdout;
    assert!(said.contains("bypasses the acl of `http/8080/domain.com`") && !said.contains("host-port"), "{said}");
}

/// However the block is written, it is read as YAML reads it, or not at all.
#[test]
fn a_block_is_read_as_it_is_written() {
    let good = TOPOLOGY.replace("              - tls/ab\n", "");
    let sockets = |text: &str| {
        let run = run_with(&["plan", "-", "--format", "json"], text, &[]);
        serde_json::from_str::<Value>(&run.stdout).ok().map_or(0, |json| json["sockets"].as_array().unwrap().len())
    };
    for (from, to, count) in [
        ("containerlab: |-", "containerlab: |", 2),
        ("containerlab: |-", "containerlab: |+", 2),
        ("containerlab: |-", "containerlab: |2-", 2),
        ("containerlab: |-", "containerlab: | # the lab", 2),
        // Folded text, and a text on one line, are not read.
        ("containerlab: |-", "containerlab: >-", 0),
        ("kind: Topology", "kind: Other", 0),
        ("clabernetes.containerlab.dev", "example.org", 0),
    ] {
        assert_eq!(sockets(&good.replace(from, to)), count, "{to}");
    }
    assert_eq!(sockets(&good.replace('\n', "\r\n")), 2);
    // A variable is one of the topology's.
    let with = good.replace("http/80", "http/${WEB:-80}");
    assert_eq!(sockets(&with), 2);
}

/// Nothing is written into such a file, and nothing is made of it.
#[test]
fn only_check_and_plan_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yml");
    let text = TOPOLOGY
        .replace("              - tls/ab\n", "")
        .replace("tls/57400/user@domain.com", "'tls/57400/user@domain.com'");
    fs::write(&path, &text).unwrap();
    let path = path.to_str().unwrap();
    for arguments in [
        &["strip", path][..],
        &["migrate", path],
        &["compile", path, "--provider", "tailscale"],
        &["check", "--fix", "--unsafe-fixes", path],
    ] {
        let said = run(arguments);
        if arguments[0] != "check" {
            assert!(
                said.exit == Exit::Findings && said.stderr.contains("this is a clabernetes Topology"),
                "{arguments:?}: {}{}",
                said.stderr,
                said.stdout
            );
        }
        assert_eq!(fs::read_to_string(path).unwrap(), text, "{arguments:?}");
        assert_eq!(files_below(folder.path()).len(), 1, "{arguments:?}");
    }
}

/// Every topology of the project and of the corpus, in a block: the same findings, at the same characters of each line.
#[test]
fn a_topology_in_a_block_is_the_same_topology() {
    let mut texts: Vec<(String, String)> = files_below(&root().join("examples"))
        .into_iter()
        .map(|file| (file.display().to_string(), fs::read_to_string(file).unwrap()))
        .collect();
    texts.extend(real_topologies().into_iter().flatten());
    let mut tried = 0;
    for (name, text) in texts {
        if text.contains('\t')
            || text.starts_with([' ', '\u{feff}'])
            || text.contains('\r')
            || text.contains("\n---")
            || text.starts_with("---")
        {
            continue;
        }
        let block: String = text
            .lines()
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("      {line}\n") })
            .collect();
        let inside = format!(
            "apiVersion: clabernetes.containerlab.dev/v1alpha1\nkind: Topology\nmetadata: {{name: x}}\nspec:\n  expose: {{exposeType: None}}\n  definition:\n    containerlab: |\n{block}"
        );
        let findings = |text: &str, lines: u64, columns: u64| -> Vec<String> {
            let run = run_with(&["check", "-", "--verbose", "--no-env", "--format", "json"], text, &[]);
            let json: Value = serde_json::from_str(&run.stdout).unwrap();
            let found =
                json["findings"].as_array().unwrap().iter().filter(|one| one["rule"] != "host-port-for-everyone");
            found
                .map(|one| {
                    // What is about the whole file has no place.
                    let place = |key: &str, from: u64| one["start"][key].as_u64().map(|number| number - from);
                    format!(
                        "{} {:?}:{:?} {}",
                        one["rule"],
                        place("line", lines),
                        place("column", columns),
                        one["message"]
                    )
                })
                .collect()
        };
        assert_eq!(findings(&text, 0, 0), findings(&inside, 7, 6), "{name}\n{inside}");
        tried += 1;
    }
    assert!(tried >= if real_topologies().is_some() { 60 } else { 5 }, "{tried}");
}

/// `kubectl` applies every document of a file.
#[test]
fn a_second_topology_is_refused() {
    let good = TOPOLOGY.replace("              - tls/ab\n", "");
    let two = good.clone() + "---\n" + good.split_once("# The lab.\n").unwrap().1.split("\n---").next().unwrap() + "\n";
    let said = check(&two, &[]);
    assert_eq!(said.exit, Exit::Findings, "{}", said.stdout);
    assert!(said.stdout.contains("this file has more than one clabernetes Topology"), "{}", said.stdout);
    assert!(said.stdout.contains("this one is not read"), "{}", said.stdout);
}

/// Its doors would be hidden.
#[test]
fn it_has_no_entries_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.yml");
    fs::write(&path, TOPOLOGY.replace("              - tls/ab\n", "")).unwrap();
    let entries = folder.path().join("mine.publish.yml");
    fs::write(&entries, "topology: lab.yml\nnodes: {r1: [tcp/22]}\n").unwrap();
    for verb in ["check", "plan"] {
        let said = run(&[verb, entries.to_str().unwrap()]);
        let all = said.stdout + &said.stderr;
        assert!(said.exit == Exit::Findings && all.contains("it is a clabernetes Topology"), "{verb}: {all}");
    }
    let init = run(&["init", "--entries", path.to_str().unwrap(), folder.path().to_str().unwrap()]);
    assert_eq!(init.exit, Exit::Failed, "{}", init.stderr);
    assert_eq!(files_below(folder.path()).len(), 2);
}
