//! Inheritance against a second reading of it: random topologies, resolved here by hand and naively from spec/inheritance.md#which-list-applies
//! (sections 3 and 4) by reading alone, and by the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;

use crate::support::{cases, run_with};

/// Entries of which no two get in each other's way.
const ENTRIES: [&str; 6] = ["tcp/1", "tls/2/a@b.com", "http/3/x.com,y.com", "udp/4", "https/5", "ssh/6"];

/// Kinds; the last one has no container.
const KINDS: [&str; 4] = ["linux", "nokia_srlinux", "Linux", "bridge"];

const GROUPS: [&str; 3] = ["spine", "leaf", "unheard-of"];

/// What a level says, key by key in the order of the file; a `<<` is one of the maps that stand at the top of the file.
type Written = Vec<(Key, Said)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Kind,
    Group,
    Publish,
    Labels,
    Merge,
}

#[derive(Clone, Debug)]
enum Said {
    Word(&'static str),
    /// Entries, and the way in which they are written.
    Entries(Vec<&'static str>, u8),
    /// One of the maps at the top.
    Map(usize),
}

/// A file before it is written: the maps at its top, `defaults`, `kinds`, `groups` and `nodes`.
#[derive(Debug)]
struct File {
    maps: Vec<Written>,
    defaults: Written,
    kinds: Vec<(&'static str, Written)>,
    groups: Vec<(&'static str, Written)>,
    nodes: Vec<Written>,
}

/// Decisions, one after another; zeros where they have run out.
struct Choices<'c>(std::slice::Iter<'c, u8>);

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn entries(&mut self) -> Said {
        let entries = match self.below(5) {
            0 => Vec::new(),
            1 => vec!["none"],
            _ => {
                let chosen = self.below(1 << ENTRIES.len());
                let is_chosen = |(index, _): &(usize, &&'static str)| chosen & (1 << index) != 0;
                ENTRIES.iter().enumerate().filter(is_chosen).map(|(_, entry)| *entry).collect()
            }
        };
        Said::Entries(entries, self.0.next().copied().unwrap_or_default())
    }

    /// One carrier at most: which of two holds on a level is nobody's guess, and an error.
    fn level(&mut self, has_kind: bool, maps: usize) -> Written {
        let mut written = Vec::new();
        if has_kind && self.below(2) == 0 {
            written.push((Key::Kind, Said::Word(self.of(&KINDS))));
        }
        if self.below(3) == 0 {
            written.push((Key::Group, Said::Word(self.of(&GROUPS))));
        }
        match self.below(4) {
            0 => written.push((Key::Publish, self.entries())),
            1 => written.push((Key::Labels, self.entries())),
            _ => {}
        }
        if maps > 0 && self.below(4) == 0 && written.iter().all(|(key, _)| *key != Key::Labels) {
            let place = self.below(written.len() + 1);
            written.insert(place, (Key::Merge, Said::Map(self.below(maps))));
        }
        written
    }

    fn file(&mut self) -> File {
        let maps: Vec<Written> = (0..self.below(3))
            .map(|_| {
                let map = self.level(true, 0);
                map.into_iter().filter(|(key, _)| *key != Key::Labels).collect()
            })
            .collect();
        let count = maps.len();
        let kinds: Vec<&str> = KINDS.iter().filter(|_| self.below(3) > 0).copied().collect();
        File {
            defaults: self.level(true, count),
            kinds: kinds.into_iter().map(|kind| (kind, self.level(false, 0))).collect(),
            groups: GROUPS[..2].iter().map(|group| (*group, self.level(true, count))).collect(),
            nodes: (0..=self.below(4)).map(|_| self.level(true, count)).collect(),
            maps,
        }
    }
}

/// The text of a file.
fn text(file: &File) -> String {
    let mut text = "name: l\n".to_owned();
    for (index, map) in file.maps.iter().enumerate() {
        level(&mut text, &format!("x{index}: &x{index}"), map, 0);
    }
    text.push_str("topology:\n");
    level(&mut text, "defaults:", &file.defaults, 2);
    for (key, levels) in [("kinds", &file.kinds), ("groups", &file.groups)] {
        let _ = writeln!(text, "  {key}:");
        for (name, written) in levels {
            level(&mut text, &format!("{name}:"), written, 4);
        }
    }
    text.push_str("  nodes:\n");
    for (index, node) in file.nodes.iter().enumerate() {
        level(&mut text, &format!("n{index}:"), node, 4);
    }
    text
}

fn level(text: &mut String, head: &str, written: &Written, indent: usize) {
    let pad = " ".repeat(indent);
    let _ = writeln!(text, "{pad}{head}{}", if written.is_empty() && indent < 4 { " {}" } else { "" });
    let pad = " ".repeat(indent + 2);
    for (key, said) in written {
        match (key, said) {
            (Key::Kind, Said::Word(word)) => _ = writeln!(text, "{pad}kind: {word}"),
            (Key::Group, Said::Word(word)) => _ = writeln!(text, "{pad}group: {word}"),
            (Key::Publish, Said::Entries(entries, way)) => list(text, &pad, entries, *way),
            (Key::Labels, Said::Entries(entries, way)) => label(text, &pad, entries, *way),
            (Key::Merge, Said::Map(index)) => _ = writeln!(text, "{pad}<<: *x{index}"),
            other => panic!("{other:?}"),
        }
    }
}

fn list(text: &mut String, pad: &str, entries: &[&str], way: u8) {
    let quoted = || entries.iter().map(|entry| format!("'{entry}'")).collect::<Vec<_>>();
    let _ = match (entries, way % 4) {
        ([], 0) => writeln!(text, "{pad}publish:"),
        ([], 1) => writeln!(text, "{pad}publish: ~"),
        ([], _) => writeln!(text, "{pad}publish: [] # nothing"),
        (_, 0) => writeln!(text, "{pad}publish: [{}]", quoted().join(", ")),
        (_, 1) => writeln!(text, "{pad}publish:\n{pad}- {}", quoted().join(&format!(" # c\n{pad}- "))),
        _ => writeln!(text, "{pad}publish:\n{pad}  - {}", entries.join(&format!("\n{pad}  - "))),
    };
}

fn label(text: &mut String, pad: &str, entries: &[&str], way: u8) {
    let _ = match (entries, way % 3) {
        ([], 0) => writeln!(text, "{pad}labels:\n{pad}  publish:"),
        ([], _) => writeln!(text, "{pad}labels: {{publish: \" \", other: x}}"),
        (_, 0) => writeln!(text, "{pad}labels: {{publish: \"{}\"}}", entries.join(" ")),
        (_, 1) => writeln!(text, "{pad}labels:\n{pad}  other: x\n{pad}  publish: {}", entries.join("  ")),
        _ => writeln!(text, "{pad}labels:\n{pad}  publish: |\n{pad}    {}", entries.join(&format!("\n{pad}    "))),
    };
}

/// What holds on a level: a later key takes the place of an earlier one, those of a `<<` too.
fn read<'f>(file: &'f File, written: &'f Written) -> BTreeMap<Key, &'f Said> {
    let mut read = BTreeMap::new();
    for (key, said) in written {
        match said {
            Said::Map(index) => read.extend(file.maps[*index].iter().map(|(key, said)| (*key, said))),
            said => _ = read.insert(*key, said),
        }
    }
    read
}

/// The sockets of a file, as spec/inheritance.md#which-list-applies has them: node, entry, level, carrier.
fn resolve(file: &File) -> Vec<[String; 4]> {
    let word = |written: &Written, key: Key| match read(file, written).get(&key) {
        Some(Said::Word(word)) => Some(*word),
        _ => None,
    };
    let named = |levels: &[(&'static str, Written)], name: Option<&str>| -> Written {
        levels.iter().find(|(level, _)| Some(*level) == name).map(|(_, written)| written.clone()).unwrap_or_default()
    };
    let defaults = &file.defaults;
    let mut sockets = Vec::new();
    for (index, node) in file.nodes.iter().enumerate() {
        let own_group = named(&file.groups, word(node, Key::Group));
        let default_group = named(&file.groups, word(defaults, Key::Group));
        let kind = word(node, Key::Kind)
            .or_else(|| word(&own_group, Key::Kind))
            .or_else(|| word(&default_group, Key::Kind))
            .or_else(|| word(defaults, Key::Kind));
        let of_kind = named(&file.kinds, kind);
        let group =
            word(node, Key::Group).or_else(|| word(&of_kind, Key::Group)).or_else(|| word(defaults, Key::Group));
        let of_group = named(&file.groups, group);
        if kind == Some("bridge") {
            continue;
        }
        for (level, written) in [("node", node), ("group", &of_group), ("kind", &of_kind), ("defaults", defaults)] {
            let read = read(file, written);
            let carried =
                [(Key::Publish, "publish"), (Key::Labels, "label")].into_iter().find_map(|(key, notation)| match read
                    .get(&key)
                {
                    Some(Said::Entries(entries, _)) if !entries.is_empty() => Some((entries, notation)),
                    _ => None,
                });
            if let Some((entries, notation)) = carried {
                let entries = entries.iter().filter(|entry| **entry != "none");
                sockets.extend(entries.map(|entry| [&format!("n{index}"), *entry, level, notation].map(str::to_owned)));
                break;
            }
        }
    }
    sockets
}

fn planned(topology: &str) -> Vec<[String; 4]> {
    let arguments = ["plan", "-", "--no-env", "--no-config", "--format", "json", "--limit", "tcp=999,http=999"];
    let run = run_with(&arguments, topology, &[]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{topology}\n{}", run.stderr));
    let sockets = plan["sockets"].as_array().unwrap().iter();
    sockets
        .map(|socket| {
            let origin = &socket["origin"];
            [&socket["node"], &origin["entry"], &origin["level"], &origin["carrier"]]
                .map(|word| word.as_str().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn random_topologies_are_resolved_as_the_language_says() {
    let mut runner = TestRunner::new(Config { cases: cases(5_000), failure_persistence: None, ..Config::default() });
    let (sockets, merged) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let (stripped, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    runner
        .run(&prop::collection::vec(any::<u8>(), 20..120), |choices| {
            let file = Choices(choices.iter()).file();
            let topology = text(&file);
            let expected = resolve(&file);
            sockets.set(sockets.get() + expected.len());
            merged.set(merged.get() + usize::from(topology.contains("<<")));
            prop_assert_eq!(planned(&topology), &expected[..], "{}", topology);
            // Without the lists, what labels say holds where it did, and nowhere else.
            let labels: Vec<_> = expected.into_iter().filter(|[.., notation]| notation == "label").collect();
            if topology.contains("labels") {
                let run = run_with(&["strip", "-", "--no-env"], &topology, &[]);
                let count = if run.exit == Exit::Clean { &stripped } else { &refused };
                count.set(count.get() + 1);
                if run.exit == Exit::Clean {
                    prop_assert_eq!(planned(&run.stdout), labels, "{}", topology);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(
        stripped.get() > cases(500) && refused.get() > cases(100),
        "{} stripped, {} refused",
        stripped.get(),
        refused.get()
    );
    assert!(
        sockets.get() > cases(5_000) && merged.get() > cases(500),
        "{} sockets, {} with merges",
        sockets.get(),
        merged.get()
    );
}
