//! What an entries file means: the same as lists in the topology.

use std::collections::BTreeMap;

use publish_plan::{Environment, Examined, LabFiles, NamedFile, Settings, examine};
use serde_json::Value;
use yaml_rust2::yaml::Hash;
use yaml_rust2::{Yaml, YamlEmitter, YamlLoader};

use super::TOPOLOGY;
use crate::support::mutate::Chance;
use crate::support::real_topologies_with;

fn examined(topology: &str, entries: Option<&str>) -> Examined {
    let file = |name: &str, text: &str| NamedFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() };
    let files = LabFiles {
        topology: file("l.clab.yml", topology),
        entries: entries.map(|entries| file("l.publish.yml", entries)),
        unread: None,
    };
    let settings = Settings {
        environment: Environment::new([("WHO".to_owned(), "a@b.com".to_owned())]),
        tcp_limit: Some(9_999),
        http_limit: Some(9_999),
        ..Settings::default()
    };
    examine(files, &settings, true)
}

/// The sockets of a plan without the places of their entries; none if nothing can be planned.
fn sockets(examined: &Examined) -> Option<Vec<Value>> {
    let plan = serde_json::to_value(examined.plan.as_ref()?).unwrap();
    let sockets = plan["sockets"].as_array().unwrap().iter().cloned();
    let without_origin = sockets.map(|mut socket| {
        let level = socket["origin"]["level"].clone();
        socket["origin"] = level;
        socket
    });
    let mut sockets: Vec<Value> = without_origin.collect();
    // A null that becomes a map comes last in it.
    sockets.sort_by_key(ToString::to_string);
    Some(sockets)
}

/// Entries, and lists of them, that an entries file might have.
const LISTS: [&[&str]; 7] = [
    &["tls/22/a@b.com"],
    &["http/80", "tls/57400/b.com,c@d.com"],
    &["none"],
    &[],
    &["ssh/22/$WHO", "udp/161"],
    &["tcp/22", "none"],
    &["tcp/99999"],
];

/// Lists for some of the levels that a topology has, and that its nodes name.
fn random_entries(topology: &Yaml, chance: &mut Chance) -> Yaml {
    let part = &topology["topology"];
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for section in ["kinds", "groups", "nodes"] {
        for (name, level) in part[section].as_hash().into_iter().flatten() {
            names.entry(section).or_default().extend(name.as_str().map(str::to_owned));
            for (key, section) in [("kind", "kinds"), ("group", "groups")] {
                names.entry(section).or_default().extend(level[key].as_str().map(str::to_owned));
            }
        }
    }
    let list = |chance: &mut Chance| {
        let list = LISTS[chance.below(LISTS.len())];
        // Null is like an empty list.
        if list.is_empty() && chance.below(2) == 0 {
            return Yaml::Null;
        }
        Yaml::Array(list.iter().map(|entry| Yaml::String((*entry).to_owned())).collect())
    };
    let mut entries = Hash::new();
    if chance.below(2) == 0 {
        entries.insert(Yaml::String("defaults".to_owned()), list(chance));
    }
    for (section, names) in names {
        let mut lists = Hash::new();
        for name in names {
            if chance.below(3) == 0 {
                lists.insert(Yaml::String(name), list(chance));
            }
        }
        entries.insert(Yaml::String(section.to_owned()), Yaml::Hash(lists));
    }
    Yaml::Hash(entries)
}

/// The map below a key, which is made if there is none.
fn below<'h>(hash: &'h mut Hash, key: &str) -> &'h mut Hash {
    let key = Yaml::String(key.to_owned());
    if !matches!(hash.get(&key), Some(Yaml::Hash(_))) {
        hash.insert(key.clone(), Yaml::Hash(Hash::new()));
    }
    match hash.get_mut(&key) {
        Some(Yaml::Hash(below)) => below,
        _ => unreachable!(),
    }
}

/// The topology with the lists of an entries file written into it, by a reader that shares no code with the program.
fn with_lists_written(topology: &Yaml, entries: &Yaml) -> Yaml {
    let mut topology = topology.clone();
    let Yaml::Hash(root) = &mut topology else { panic!("a topology is a map") };
    let part = below(root, "topology");
    let write = |level: &mut Hash, list: &Yaml| {
        level.insert(Yaml::String("publish".to_owned()), list.clone());
        if let Some(Yaml::Hash(labels)) = level.get_mut(&Yaml::String("labels".to_owned())) {
            labels.remove(&Yaml::String("publish".to_owned()));
        }
    };
    if let Some(list) = entries.as_hash().unwrap().get(&Yaml::String("defaults".to_owned())) {
        write(below(part, "defaults"), list);
    }
    for section in ["kinds", "groups", "nodes"] {
        for (name, list) in entries[section].as_hash().into_iter().flatten() {
            let level = below(below(part, section), name.as_str().unwrap());
            write(level, list);
        }
    }
    topology
}

fn emitted(yaml: &Yaml) -> String {
    let mut text = String::new();
    YamlEmitter::new(&mut text).dump(yaml).unwrap();
    text
}

/// A topology with an entries file publishes what it would publish with those lists in it: on every real topology, with lists and
/// labels of its own, and lists of chance.
#[test]
fn lists_mean_what_they_mean_in_the_topology() {
    let lists =
        ["publish: [tcp/1/x@y.com, http/2]\nINDENT", "labels: {publish: \"tcp/3 tls/4/y.com\", other: z}\nINDENT"];
    let Some(topologies) = real_topologies_with(&lists) else { return };
    let mut chance = Chance::new(0x00e7_4215);
    let (mut compared, mut published, mut refused) = (0, 0, 0);
    for (name, text) in topologies {
        // What a merge gives a level cannot be taken from it by writing into its map, and a quote of a variable's default is written
        // anew.
        if text.contains("<<") || text.contains('$') {
            continue;
        }
        let topology = YamlLoader::load_from_str(&text).unwrap().swap_remove(0);
        if topology["topology"]["nodes"].as_hash().is_none() {
            continue;
        }
        let entries = random_entries(&topology, &mut chance);
        let (both, one) = (
            examined(&text, Some(&emitted(&entries))),
            examined(&emitted(&with_lists_written(&topology, &entries)), None),
        );
        let (both_sockets, one_sockets) = (sockets(&both), sockets(&one));
        assert_eq!(both_sockets, one_sockets, "{name}\n{}\n{text}", emitted(&entries));
        let stops = |examined: &Examined| {
            let mut stops: Vec<String> = examined
                .findings()
                .filter(|finding| finding.blocks_compile)
                .map(|finding| format!("{} {}", finding.rule.name, finding.message))
                .collect();
            stops.sort();
            stops
        };
        assert_eq!(stops(&both), stops(&one), "{name}\n{}\n{text}", emitted(&entries));
        compared += 1;
        published += both_sockets.map_or(0, |sockets| sockets.len());
        refused += usize::from(!stops(&both).is_empty());
    }
    assert!(compared > 200 && published > 1_000 && refused > 20, "{compared} {published} {refused}");
}

/// Each finding is in the file that it is about, where it stands in that file.
#[test]
fn findings_are_where_they_can_be_mended() {
    let topology =
        TOPOLOGY.replace("image: srl", "image: srl, publish: [tpc/1]").replace("web: {", "web: {ports: ['80:80'], ");
    let entries = "# A comment, so that lines differ.\nnodes:\n  web: [http/80/b@c.com, 'http/80/$WHO ']\n  r1: [tls/0]\n  r3: []\n";
    let examined = examined(&topology, Some(entries));
    let found: Vec<String> = examined
        .files
        .iter()
        .flat_map(|file| {
            file.findings.iter().filter(|finding| finding.severity > publish_plan::Severity::Info).map(|finding| {
                let position = file.file.position(finding.start());
                let text = finding.labels.first().map_or("", |label| file.file.slice(label.span));
                let elsewhere = finding.elsewhere.iter().map(|place| {
                    let position = place.file.position(place.label.span.start);
                    format!(" {}:{} {:?}", place.file.name(), position.line, place.file.slice(place.label.span))
                });
                let elsewhere: String = elsewhere.collect();
                format!(
                    "{}:{}:{} {} {text:?}{elsewhere}",
                    file.file.name(),
                    position.line,
                    position.column,
                    finding.rule.name
                )
            })
        })
        .collect();
    assert_eq!(
        found,
        [
            "l.publish.yml:3:27 duplicate-socket \"http/80/$WHO \"",
            "l.publish.yml:3:27 host-port-for-everyone \"http/80/$WHO \" l.clab.yml:7 \"'80:80'\"",
            "l.publish.yml:3:35 non-canonical-entry \"$WHO \"",
            "l.publish.yml:4:12 port-out-of-range \"0\"",
            "l.publish.yml:5:3 not-in-topology \"r3\"",
            "l.clab.yml:3:49 unknown-type \"tpc\"",
        ]
    );
    // A fix is made only in the entries file.
    let files = examined.files.iter().zip(["entries", "topology"]);
    for (file, which) in files {
        for edit in file.findings.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits) {
            assert!(which == "entries" && edit.span.end as usize <= entries.len());
        }
    }
}

/// A list of a level that the entries file names is gone, whatever is wrong with it.
#[test]
fn what_is_replaced_is_not_looked_at() {
    let topology =
        TOPOLOGY.replace("image: srl", "image: srl, publish: [tpc/1], labels: {publish: tcp/1}, publsh: [x]");
    assert!(examined(&topology, None).findings().any(|finding| finding.blocks_compile));
    let replaced = examined(&topology, Some("kinds: {nokia_srlinux: [tls/22/a@b.com]}"));
    assert_eq!(replaced.findings().filter(|finding| finding.blocks_compile).count(), 0);
    assert_eq!(sockets(&replaced).unwrap().len(), 2);
}

/// Variables of either file are known, each at its own line.
#[test]
fn variables_are_those_of_both_files() {
    let topology = TOPOLOGY.replace("web:", "${WEB:-web}:");
    let examined = examined(&topology, Some("\n\nnodes:\n  web: [http/${PORT:-80}/$WHO]\n"));
    let sockets = sockets(&examined).unwrap();
    assert_eq!(
        (sockets.len(), &sockets[0]["port"], &sockets[0]["acl"]["emails"][0]),
        (1, &80.into(), &"a@b.com".into())
    );
    let unknown: Vec<(&str, usize)> =
        examined.unknown_variables.iter().map(|variable| (variable.name.as_str(), variable.line)).collect();
    assert_eq!(unknown, [("PORT", 4), ("WEB", 7)]);
}

/// An entries file of nothing publishes what the topology does.
#[test]
fn an_empty_one_changes_nothing() {
    let topology = TOPOLOGY.replace("web: {", "web: {publish: [http/80/a@b.com], ");
    for entries in ["", "# nothing\n", "nodes:\n", "topology: l.clab.yml\n", "{}"] {
        let with = examined(&topology, Some(entries));
        assert_eq!(sockets(&with), sockets(&examined(&topology, None)), "{entries:?}");
        assert_eq!(with.findings().filter(|finding| finding.blocks_compile).count(), 0, "{entries:?}");
    }
}

/// What is in a second document would be dropped in silence; the end of one is no second one.
#[test]
fn it_is_one_document() {
    for (entries, is_one) in [
        ("nodes: {}\n...\n", true),
        ("nodes: {web: [none]}\n...\n# the end\n\n", true),
        ("---\nnodes: {web: [none]} # ---\n", true),
        ("nodes: {}\n...\nnodes: {web: [none]}\n", false),
        ("nodes: {}\n---", false),
        ("nodes:\n  web: [none]\n--- {}\n", false),
        ("# ü\nnodes: {web: [none] } # ü\n---\r\nnodes: {r1: [none]}\n", false),
    ] {
        let examined = examined(TOPOLOGY, Some(entries));
        let is_refused = examined.findings().any(|finding| finding.rule.name == "malformed-entries-file");
        assert_eq!(!is_refused, is_one, "{entries:?}");
    }
}
