//! The topology that today's containerlab deploys: cut out of the original bytes, everything else as it was.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{
    Run, files_below, real_topologies, real_topologies_with, root, run_with, shared, snapshot, with_lists,
};

fn strip(topology: &str) -> Run {
    run_with(&["strip", "-", "--no-env"], topology, &[])
}

/// What is left of a topology; it must be possible.
fn left(topology: &str) -> String {
    let run = strip(topology);
    assert_eq!(run.exit, Exit::Clean, "{topology}\n{}", run.stderr);
    run.stdout
}

#[test]
fn whole_lines_go_and_nothing_else() {
    for (topology, expected) in [
        // comments and order
        (
            "name: l # lab\ntopology:\n  nodes:\n    r1: # router\n      kind: linux # k\n      # ports\n      publish: # p\n        - tcp/22 # anyone\n        # - tcp/23\n        - tcp/24\n      image: x # i\n",
            "name: l # lab\ntopology:\n  nodes:\n    r1: # router\n      kind: linux # k\n      # ports\n      image: x # i\n",
        ),
        // where nobody reads it
        (
            "publish: [tcp/1]\nname: l\ntopology:\n  publish:\n    - tcp/2\n  nodes: {}\n",
            "name: l\ntopology:\n  nodes: {}\n",
        ),
        // emptied maps, with a comment and an anchor
        (
            "topology:\n  kinds:\n    linux: # k\n      publish: [tcp/22]\n    srl: &s # s\n      publish:\n      - tcp/22\n  defaults:\n    publish:\n  nodes:\n    r1:\n      <<: *s\n",
            "topology:\n  kinds:\n    linux: {} # k\n    srl: &s {} # s\n  defaults: {}\n  nodes:\n    r1:\n      <<: *s\n",
        ),
        // CRLF, no final newline, a list at the indentation of its key
        (
            "name: l\r\ntopology:\r\n  nodes:\r\n    r1:\r\n      kind: linux\r\n      publish:\r\n      - tcp/22\r\n      - |\r\n        tcp/23\r\n      image: x",
            "name: l\r\ntopology:\r\n  nodes:\r\n    r1:\r\n      kind: linux\r\n      image: x",
        ),
        ("topology:\n  nodes:\n    r1:\n      publish: [tcp/22]", "topology:\n  nodes:\n    r1: {}\n"),
        // between brackets
        (
            "topology: {nodes: {r1: {kind: linux, publish: [tcp/22]}, r2: {publish: [a, b], kind: x}, r3: { publish: [] }}}\n",
            "topology: {nodes: {r1: {kind: linux}, r2: {kind: x}, r3: {}}}\n",
        ),
        (
            "topology: {nodes: {r1: {a: 1, publish: , b: 2}, r2: {a: 1, publish: }, r3: {publish: ,}}}\n",
            "topology: {nodes: {r1: {a: 1 , b: 2}, r2: {a: 1 }, r3: {}}}\n",
        ),
        (
            "topology:\n  nodes:\n    r1: {\n      kind: linux, # k\n      publish: [tcp/22], # p\n      image: x # i\n    }\n    r2: {\n      kind: linux, # k\n      publish: [tcp/22] # p\n    }\n    r3: {\n      kind: linux, # k\n      publish: [tcp/22]}\n",
            "topology:\n  nodes:\n    r1: {\n      kind: linux, # k\n      image: x # i\n    }\n    r2: {\n      kind: linux, # k\n    }\n    r3: {\n      kind: linux, # k\n      }\n",
        ),
        // merged maps, quoted keys, variables that stay
        (
            "x: &common\n  publish: [tcp/22]\n  env: {A: \"${B}\"}\ntopology:\n  nodes:\n    r1:\n      <<: *common\n      \"publish\": ['tcp/${PORT}']\n",
            "x: &common\n  env: {A: \"${B}\"}\ntopology:\n  nodes:\n    r1:\n      <<: *common\n",
        ),
        // a shared list
        (
            "topology:\n  nodes:\n    r1:\n      publish: &p [tcp/22]\n      kind: a\n    r2:\n      publish: *p\n      kind: b\n",
            "topology:\n  nodes:\n    r1:\n      kind: a\n    r2:\n      kind: b\n",
        ),
        // the label is containerlab's own
        (
            "topology:\n  nodes:\n    r1: {labels: {publish: tcp/22}}\n",
            "topology:\n  nodes:\n    r1: {labels: {publish: tcp/22}}\n",
        ),
        ("name: l\ntopology: {}\n", "name: l\ntopology: {}\n"),
    ] {
        assert_eq!(left(topology), expected, "{topology}");
    }
}

#[test]
fn tunnel_nodes_go_with_what_leads_to_them() {
    let topology = "name: l
topology:
  defaults:
    extras: {mysocket-proxy: 'http://p:1'}
  groups:
    tunnels:
      kind: border0
  nodes:
    r1:
      kind: linux
      stages:
        create:
          wait-for:
            - node: t
              stage: healthy
            - {node: r2, stage: create}
        configure:
          wait-for: [{node: t, stage: create}]
    r2:
    t: # the client
      kind: mysocketio
      publish: [tcp/22]
      image: x
    u: {group: tunnels}
  links:
    - endpoints: [\"r1:e1\", \"r2:e1\"]
    # to the client
    - endpoints: [\"r1:e2\", \"t:e1\"]
    - # a long one
      type: veth
      endpoints:
        - {node: u, interface: e1}
        - {node: r1, interface: e3}
    - type: dummy
      endpoint:
        node: r2
        interface: e2
";
    let expected = "name: l
topology:
  defaults:
    extras: {}
  groups:
    tunnels:
      kind: border0
  nodes:
    r1:
      kind: linux
      stages:
        create:
          wait-for:
            - {node: r2, stage: create}
        configure:
          wait-for: []
    r2:
  links:
    - endpoints: [\"r1:e1\", \"r2:e1\"]
    # to the client
    - type: dummy
      endpoint:
        node: r2
        interface: e2
";
    assert_eq!(left(topology), expected);
    // containerlab refuses an empty list of links
    let only =
        "topology:\n  nodes:\n    t: {kind: border0}\n    r: {kind: linux}\n  links:\n    - endpoints: [t:a, r:b]\n";
    assert_eq!(left(only), "topology:\n  nodes:\n    r: {kind: linux}\n");
    assert_eq!(left("topology:\n  nodes:\n    t:\n      kind: border0\n"), "topology:\n  nodes: {}\n");
}

#[test]
fn what_cannot_be_cut_is_refused_with_a_reason() {
    for (topology, message) in [
        (
            "topology:\n  nodes:\n    r1:\n      publish: &p [tcp/22]\n      exec: *p\n",
            "alias `*p` refers to something that would be removed",
        ),
        (
            "topology:\n  nodes:\n    t: &t\n      kind: border0\n    r1:\n      <<: *t\n      kind: linux\n",
            "alias `*t` refers to something that would be removed",
        ),
        ("topology:\n  nodes:\n    r1:\n      ${PUBLISH}\n      kind: linux\n", "cannot be removed line by line"),
        (
            "topology:\n  nodes:\n    ? r1\n    : publish: [tcp/22]\n      kind: linux\n",
            "cannot be removed line by line",
        ),
        (
            "topology:\n  nodes:\n    t: {kind: border0}\n    r: {kind: linux, network-mode: \"container:t\"}\n",
            "`r` shares the network of a tunnel node",
        ),
        (
            "topology:\n  defaults: {labels: {publish: tcp/22}}\n  nodes:\n    r:\n      publish:\n        - none\n",
            "without its `publish` list, `r` would publish the entries of a label",
        ),
        (
            "topology:\n  defaults: {labels: {publish: tcp/22}}\n  kinds:\n    k:\n      publish:\n        - tcp/1\n  nodes:\n    r:\n      kind: k\n      publish:\n        - tcp/2/a@b.com\n",
            "without its `publish` list, `r` would publish the entries of a label",
        ),
        (
            "topology:\n  nodes:\n    r:\n      publish:\n        - none\n      labels:\n        publish: tcp/22\n",
            "a label at the same level would apply",
        ),
        ("topology: {{ .x }}\n", "Go templates are not checked"),
        ("topology:\n  nodes:\n    r1: {publish: [a], publish: [b]}\n", "duplicate key `publish`"),
        ("topology: [", "unclosed `[`"),
    ] {
        let run = run_with(&["strip", "-"], topology, &[("PUBLISH", "publish: [tcp/22]\n      image: x")]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Findings, ""), "{topology}");
        assert!(run.stderr.contains(message), "{topology}\n{}", run.stderr);
    }
    let blocks = strip("topology:\n  nodes:\n    r1:\n      publish: [tcp/1]\n    r2:\n      cmd: |+\n        x\n      publish: [tcp/22]\n\n# tail\n").stderr;
    assert!(blocks.contains("[<stdin>:8:7]"), "the one to blame: {blocks}");
    let refused = strip("topology:\n  nodes:\n    r1:\n      publish: &p [tcp/22]\n      exec: *p\n").stderr;
    snapshot("migrate", "strip__anchor-in-use", refused);
    let uncovered = "topology:\n  defaults:\n    labels:\n      publish: tcp/22\n  nodes:\n    r:\n      publish:\n        - none\n";
    snapshot("migrate", "strip__a-label-would-hold", strip(uncovered).stderr);
}

/// What a topology says, without what has to go: worked out on values, not on text, and with another YAML reader.
pub(crate) fn without_publish(text: &str) -> Yaml {
    let mut topology = YamlLoader::load_from_str(text).unwrap().remove(0);
    let Yaml::Hash(top) = &mut topology else { return topology };
    let Some(Yaml::Hash(inner)) = top.get_mut(&Yaml::from_str("topology")) else { return topology };
    let cut = |level: &mut Yaml| {
        if let Yaml::Hash(level) = level {
            level.remove(&Yaml::from_str("publish"));
        }
    };
    for (key, value) in inner.iter_mut() {
        match (key.as_str(), value) {
            (Some("defaults"), level) => cut(level),
            (Some("kinds" | "groups" | "nodes"), Yaml::Hash(levels)) => {
                levels.iter_mut().for_each(|(_, level)| cut(level));
            }
            _ => {}
        }
    }
    topology
}

/// Lists in several layouts, put before a key.
pub(crate) const LISTS: &[&str] = &[
    "publish:\nINDENT  - tcp/22 # who\nINDENT  - tls/57400/a@b.com\nINDENT",
    "publish: [tcp/22, 'http/80/x.com']\nINDENT",
    "publish:\nINDENT",
    "publish: # none\nINDENT- none\n\nINDENT",
];

#[test]
fn real_topologies_with_lists_in_them_lose_only_these() {
    let (Some(plain), Some(topologies)) = (real_topologies(), real_topologies_with(LISTS)) else { return };
    for (name, text) in plain.iter().filter(|(_, text)| !text.contains("publish:")) {
        assert_eq!(&left(text), text, "{name}");
    }
    let tried = topologies.len();
    for (name, with) in topologies {
        let rest = left(&with);
        assert_eq!(without_publish(&rest), without_publish(&with), "{name}");
        assert_eq!(without_publish(&rest), YamlLoader::load_from_str(&rest).unwrap()[0], "{name}: lists are left");
        let kept: Vec<&str> = rest.lines().collect();
        let mut original = with.lines();
        assert!(
            kept.iter().all(|line| original.any(|other| other == *line || line.trim_end_matches(" {}") == other)),
            "{name}: a line changed"
        );
    }
    assert!(tried > 150, "only {tried} topologies were tried");
}

/// containerlab's own schema and keys: the result breaks nothing that the source did not break.
#[test]
fn what_is_left_is_a_topology_of_today() {
    let (Some(schema), Some(keys), Some(topologies)) =
        (shared("schemas/clab.schema.json"), shared("containerlab-keys.txt"), real_topologies())
    else {
        return;
    };
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let keys = std::fs::read_to_string(keys).unwrap();
    let known = |part: &str| -> BTreeSet<String> {
        let line = keys.lines().find(|line| line.starts_with(part)).unwrap();
        line.split_once(": ").unwrap().1.split(' ').map(str::to_owned).collect()
    };
    let node_keys = known("node, kind, group, defaults");
    let errors = |text: &str| -> BTreeSet<String> {
        let json = as_json(&YamlLoader::load_from_str(text).unwrap()[0]);
        validator.iter_errors(&json).map(|error| format!("{} {error}", error.instance_path())).collect()
    };
    let examples = files_below(&root().join("examples"))
        .into_iter()
        .map(|file| (file.display().to_string(), std::fs::read_to_string(&file).unwrap()));
    let mut tried = 0;
    for (name, text) in topologies.into_iter().chain(examples) {
        let Some(with) = with_lists(&text, &[0, 2, 5], LISTS) else { continue };
        if YamlLoader::load_from_str(&with).is_err() {
            continue;
        }
        let rest = left(&with);
        let new: Vec<String> = errors(&rest).difference(&errors(&with)).cloned().collect();
        // An error about a whole node quotes all of it: what was said of the node with its list is said again without it.
        let new: Vec<&String> = new
            .iter()
            .filter(|error| !errors(&with).iter().any(|old| old.split(' ').next() == error.split(' ').next()))
            .collect();
        assert!(new.is_empty(), "{name}: {new:?}");
        let json = as_json(&YamlLoader::load_from_str(&rest).unwrap()[0]);
        for levels in ["kinds", "groups", "nodes"] {
            for (level, settings) in json["topology"][levels].as_object().into_iter().flatten() {
                let source = as_json(&YamlLoader::load_from_str(&text).unwrap()[0]);
                for key in settings.as_object().into_iter().flatten().map(|(key, _)| key) {
                    let was_there = source["topology"][levels][level].get(key).is_some();
                    assert!(key != "publish" && (node_keys.contains(key) || was_there), "{name}: {level} has {key}");
                }
            }
        }
        tried += 1;
    }
    assert!(tried > 60, "only {tried} topologies were tried");
}

pub(crate) fn as_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(map) => {
            let text = |key: &Yaml| key.as_str().map_or_else(|| as_json(key).to_string(), str::to_owned);
            Value::Object(map.iter().map(|(key, value)| (text(key), as_json(value))).collect())
        }
        Yaml::Array(items) => items.iter().map(as_json).collect(),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::Real(text) => text.parse::<f64>().map_or_else(|_| Value::from(text.as_str()), Value::from),
        Yaml::Boolean(boolean) => Value::from(*boolean),
        _ => Value::Null,
    }
}

/// A topology in a random layout, its nodes with or without lists.
pub(crate) fn layouts() -> impl Strategy<Value = String> {
    let list = prop::sample::select(vec![
        "",
        "publish: [tcp/22]",
        "publish: []",
        "publish:",
        "publish: ~",
        "publish: [ 'tls/1/a@b.com' , none ] # c",
        "publish:\n        - tcp/22\n        - tls/23/x.com # c",
        "publish: # c\n      - none",
        "publish:\n        - >-\n          tcp/22\n        - \"tcp/23\"",
        "'publish': !!seq [tcp/22]",
    ]);
    let other = prop::sample::select(vec![
        "",
        "kind: linux",
        "image: 'a: b' # x",
        "# only a comment",
        "env:\n        A: '#'\n        B: \"publish: [x]\"",
        "exec:\n      - echo publish",
        "labels: {publish: tcp/22}",
        "kind: mysocketio",
    ]);
    let block = prop::collection::vec(prop_oneof![list.clone(), other], 0..5).prop_map(|parts| {
        let mut seen = BTreeSet::new();
        let parts: Vec<&str> = parts
            .into_iter()
            .filter(|part| {
                !part.is_empty()
                    && seen.insert(part.trim_matches('\'').split([':', '\'']).next().unwrap_or_default().to_owned())
            })
            .collect();
        [&[""], parts.as_slice()].concat().join("\n      ") + "\n"
    });
    let flow = prop::collection::vec(
        prop::sample::select(vec![
            "publish: [tcp/22]",
            "publish: ",
            "kind: linux",
            "image: x",
            "labels: {publish: x}",
            "\n      cmd: y # c\n     ",
        ]),
        0..4,
    )
    .prop_map(|parts| {
        let mut seen = BTreeSet::new();
        let parts: Vec<&str> = parts
            .into_iter()
            .filter(|part| seen.insert(part.trim().split(':').next().unwrap_or_default().to_owned()))
            .collect();
        format!(" {{{}}}\n", parts.join(", "))
    });
    prop::collection::vec(prop_oneof![block, flow], 1..6).prop_map(|nodes| {
        let nodes: Vec<String> = nodes.iter().enumerate().map(|(index, node)| format!("    r{index}:{node}")).collect();
        let nodes = nodes.concat();
        format!("name: l\ntopology:\n  nodes:\n{nodes}  links:\n    - endpoints: [r0:a, r1:b]\n    - endpoints: [r2:a, r3:b] # two\n")
    })
}

#[test]
fn every_layout_is_cut_or_refused_and_never_bent() {
    let mut runner = TestRunner::new(Config { cases: 4_000, failure_persistence: None, ..Config::default() });
    let cut = std::cell::Cell::new(0);
    runner
        .run(&layouts(), |topology| {
            let Ok(original) = YamlLoader::load_from_str(&topology) else { return Ok(()) };
            let run = strip(&topology);
            if run.exit != Exit::Clean {
                prop_assert!(run.stderr.contains("error["), "{}", topology);
                return Ok(());
            }
            let rest = YamlLoader::load_from_str(&run.stdout).unwrap();
            prop_assert_eq!(
                without_tunnels(&without_publish(&topology)),
                as_json(&rest[0]),
                "{}\n{}",
                topology,
                run.stdout
            );
            cut.set(cut.get() + u32::from(original != rest));
            Ok(())
        })
        .unwrap();
    assert!(cut.get() > 2_000, "only {} topologies lost anything", cut.get());
}

/// Without the nodes of kind mysocketio and the links that end there.
pub(crate) fn without_tunnels(topology: &Yaml) -> Value {
    let mut topology = as_json(topology);
    let Some(nodes) = topology["topology"]["nodes"].as_object_mut() else { return topology };
    let gone: Vec<String> =
        nodes.iter().filter(|(_, node)| node["kind"] == "mysocketio").map(|(name, _)| name.clone()).collect();
    if gone.is_empty() {
        return topology;
    }
    nodes.retain(|name, _| !gone.contains(name));
    // A map that is emptied becomes `{}`, one that was null stays null.
    let links = topology["topology"]["links"].as_array_mut().unwrap();
    links.retain(|link| {
        !link["endpoints"]
            .as_array()
            .unwrap()
            .iter()
            .any(|end| gone.iter().any(|name| end.as_str().unwrap().starts_with(&format!("{name}:"))))
    });
    if links.is_empty() {
        topology["topology"].as_object_mut().unwrap().remove("links");
    }
    topology
}
