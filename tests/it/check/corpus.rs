//! Real topologies: none of them is wrong, none of them is misread.

use crate::support::{check, files_below, rules, shared};

/// Findings of severity error or warning that are right, by the end of the file's path.
const RIGHT: &[(&str, &str, &str)] = &[
    ("clos3.clab.gotmpl", "template-not-rendered", "a Go template"),
    ("lab-examples__templated01__templated01.clab.gotmpl", "template-not-rendered", "a Go template"),
    ("tests__13-srsim__11-srsim-apply.clab.yml", "template-not-rendered", "a Go template in spite of its name"),
    ("tests__01-smoke__29-apply.clab.yml", "template-not-rendered", "a Go template in spite of its name"),
    ("demos__playground-small-evpn-mlag__clab__topology.clab.yml", "host-port-for-everyone", "eAPI of four switches"),
    ("demos__playground-small-evpn-mlag__clab__topology.clab.yml", "host-port-for-everyone", "the second"),
    ("demos__playground-small-evpn-mlag__clab__topology.clab.yml", "host-port-for-everyone", "the third"),
    ("demos__playground-small-evpn-mlag__clab__topology.clab.yml", "host-port-for-everyone", "the fourth"),
    ("lab-examples__ost-srl__ost-srl.clab.yml", "host-port-for-everyone", "a VNC server for everybody"),
];

#[test]
fn real_topologies_raise_no_false_alarm() {
    let Some(corpus) = shared("corpus") else { return };
    let files: Vec<_> =
        files_below(&corpus).into_iter().filter(|file| file.extension().is_some_and(|end| end != "tsv")).collect();
    assert_eq!(files.len(), 129);
    let mut right = 0;
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let run = check(&text, &["--no-env"]);
        let found: Vec<String> =
            rules(&run.stdout.lines().filter(|line| !line.starts_with("info[")).collect::<Vec<_>>().join("\n"));
        for rule in found {
            let is_right = RIGHT.iter().any(|(end, right, _)| file.to_string_lossy().ends_with(end) && rule == *right);
            assert!(is_right, "{}: {}", file.display(), run.stdout);
            right += 1;
        }
    }
    assert_eq!(right, RIGHT.len());
}

#[test]
fn every_real_topology_has_a_plan_of_its_nodes() {
    let Some(corpus) = shared("corpus") else { return };
    let file = corpus.join("rare-freertr__freeRtr-containerlab/lab__005-rare-hello-fod__rtr005.clab.yml");
    let run = crate::support::run(&["plan", "--format", "json", file.to_str().unwrap()]);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["sockets"][0]["name"], "clab-fod1-tcp-8000");
    assert_eq!(plan["sockets"][0]["container"], "clab-rtr005-fod1");
    assert_eq!(plan["sockets"][0]["audience"], "anyone on the Internet");
    assert_eq!(plan["sockets"][0]["origin"]["line"], 9);
}
