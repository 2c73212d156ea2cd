//! Topologies full of merges, anchors, nulls and tags, and always the same ones.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::support::mutate::Chance;

/// A value before it is written.
#[derive(Clone, Debug)]
enum Value {
    Word(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    /// Written with this anchor.
    Anchored(String, Box<Value>),
    /// What is written with this anchor.
    Alias(For, String),
}

/// What a map or a list is made for: only such a one is merged or aliased in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Level,
    Labels,
    Extras,
    Words,
    Entries,
    Levels,
    Topology,
}

/// Entries of which no two get in each other's way.
const ENTRIES: [&str; 5] = ["tcp/1", "tls/2/a@b.com", "http/3/x.com,y.com", "https/4", "tcp/5"];

const KINDS: [&str; 8] = ["linux", "nokia_srlinux", "ceos", "linux", "nokia_srlinux", "ceos", "mysocketio", "bridge"];

const NODES: [&str; 6] = ["r1", "r2", "publish", "labels", "topology", "r3"];

/// Makes them, one after another.
struct Maker<'m> {
    chance: &'m mut Chance,
    /// The anchors so far.
    anchors: Vec<(For, String)>,
    /// Of so many words and keys one is written in an odd way; in most files none is.
    odd: Option<usize>,
}

/// The text of a topology.
pub(crate) fn topology(chance: &mut Chance) -> String {
    let odd = [None, None, None, Some(20), Some(100)][chance.below(5)];
    let mut maker = Maker { chance, anchors: Vec::new(), odd };
    let mut root = Vec::new();
    for index in 0..maker.chance.below(5) {
        let (what, value) = match maker.chance.below(12) {
            0 => (For::Labels, maker.labels()),
            1 => (For::Extras, maker.extras()),
            2 => (For::Levels, maker.levels(&NODES[..3])),
            3 => (For::Topology, maker.topology()),
            _ => (For::Level, maker.level(2)),
        };
        if matches!(value, Value::Map(_)) {
            let name = format!("x{index}");
            root.push((name.clone(), Value::Anchored(name.clone(), Box::new(value))));
            maker.anchors.push((what, name));
        }
    }
    let name = maker.scalar("lab");
    root.push(("name".to_owned(), name));
    if maker.one_in(6) {
        let prefix = maker.of(&["pre", "~", "Null", "NULL", "\"\"", "__lab-name"]);
        root.push(("prefix".to_owned(), Value::Word(prefix)));
    }
    if maker.one_in(6) {
        let network = maker.of(&["{network: net}", "{network: ~}", "~", "{<<: {network: other}, network: net}"]);
        root.push(("mgmt".to_owned(), Value::Word(network)));
    }
    let topology = maker.topology();
    root.push(("topology".to_owned(), topology));
    let mut written = HashSet::new();
    for (_, value) in &mut root {
        resolve(value, &mut written);
    }
    let mut text = String::new();
    match maker.chance.below(100) {
        0 => text.push_str("\u{feff}\u{feff}"),
        1 | 2 => text.push('\u{feff}'),
        3 => text.push_str("# two\n\u{feff}"),
        _ => {}
    }
    maker.block(&mut text, &root, 0);
    text
}

/// Puts nothing in the place of aliases whose anchors are not written before them.
fn resolve(value: &mut Value, written: &mut HashSet<String>) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| resolve(item, written)),
        Value::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| resolve(value, written)),
        Value::Anchored(name, anchored) => {
            resolve(anchored, written);
            written.insert(name.clone());
        }
        Value::Alias(what, name) if !written.contains(name) => {
            *value = if *what == For::Entries { Value::List(Vec::new()) } else { Value::Map(Vec::new()) };
        }
        Value::Word(_) | Value::Alias(..) => {}
    }
}

impl Maker<'_> {
    fn one_in(&mut self, many: usize) -> bool {
        self.chance.below(many) == 0
    }

    fn of(&mut self, all: &[&str]) -> String {
        all[self.chance.below(all.len())].to_owned()
    }

    fn is_odd(&mut self) -> bool {
        self.odd.is_some_and(|odd| self.one_in(odd))
    }

    /// A word, now and then with a tag.
    fn scalar(&mut self, word: &str) -> Value {
        Value::Word(if self.is_odd() {
            let tag = self.of(&["!!str", "!!int", "!!float", "!!null", "!!binary", "!!set", "!own", "!", "!!bool"]);
            let word = self.of(&[word, "22", "\"22\"", "~", "\"~\"", "NULL", "true", "", "2.5", "dGNwLzIy", "x"]);
            format!("{tag} {word}")
        } else {
            word.to_owned()
        })
    }

    fn key(&mut self, key: &str) -> String {
        if !self.is_odd() || self.one_in(2) {
            return key.to_owned();
        }
        match self.chance.below(8) {
            0 => format!("!!str {key}"),
            1 => format!("!own {key}"),
            2 => format!("\"{key}\""),
            3 => format!("! {key}"),
            4 if key == "publish" => "!!binary cHVibGlzaA==".to_owned(),
            5 => format!("&k {key}"),
            6 => format!("{key}\n                  "),
            _ => format!("{key}\n                  more"),
        }
    }

    /// A null, an alias, or what `make` makes, now and then with an anchor.
    fn value(&mut self, what: For, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.one_in(9) {
            return Value::Word(self.of(&["~", "", "null", "Null", "NULL", "!!null ~"]));
        }
        let known: Vec<String> = self.known(what);
        if !known.is_empty() && self.one_in(5) {
            return Value::Alias(what, known[self.chance.below(known.len())].clone());
        }
        let value = make(self);
        if self.one_in(6) {
            let name = format!("a{}", self.anchors.len());
            self.anchors.push((what, name.clone()));
            return Value::Anchored(name, Box::new(value));
        }
        value
    }

    fn known(&self, what: For) -> Vec<String> {
        self.anchors.iter().filter(|(known, _)| *known == what).map(|(_, name)| name.clone()).collect()
    }

    /// A map of pairs in any order, with merges among them.
    fn map(&mut self, what: For, mut pairs: Vec<(String, Value)>, make: impl Fn(&mut Self) -> Value) -> Value {
        let count = [0, 0, 0, 0, 0, 1, 1, 2][self.chance.below(8)];
        for _ in 0..count {
            let known = self.known(what);
            let source = |maker: &mut Self| match known.len() {
                0 => make(maker),
                _ if maker.one_in(5) => make(maker),
                many => Value::Alias(what, known[maker.chance.below(many)].clone()),
            };
            let merged = if self.one_in(4) {
                Value::List((0..self.chance.below(3)).map(|_| source(self)).collect())
            } else {
                source(self)
            };
            let key =
                if self.is_odd() { self.of(&["\"<<\"", "!!merge <<", "!!str <<", "! <<"]) } else { "<<".to_owned() };
            pairs.push((key, merged));
        }
        for index in (1..pairs.len()).rev() {
            pairs.swap(index, self.chance.below(index + 1));
        }
        if !pairs.is_empty() && self.one_in(900) {
            pairs.push(pairs[0].clone());
        }
        Value::Map(pairs.into_iter().map(|(key, value)| (self.key(&key), value)).collect())
    }

    fn labels(&mut self) -> Value {
        let mut pairs = Vec::new();
        if self.one_in(3) {
            let label = self.label();
            pairs.push(("publish".to_owned(), label));
        }
        for name in ["owner", "team", "tier"] {
            if self.one_in(4) {
                pairs.push((name.to_owned(), Value::Word("me".to_owned())));
            }
        }
        self.map(For::Labels, pairs, |maker| {
            let name = maker.of(&["publish", "owner", "rack", "row", "room"]);
            let value = if name == "publish" { maker.label() } else { Value::Word("you".to_owned()) };
            Value::Map(vec![(name, value)])
        })
    }

    fn label(&mut self) -> Value {
        match self.chance.below(8) {
            0 => Value::Word("~".to_owned()),
            1 => Value::Word("\"\"".to_owned()),
            2 | 3 => self.scalar("none"),
            _ => {
                let words: Vec<String> = self.entries();
                Value::Word(format!("\"{}\"", words.join(" ")))
            }
        }
    }

    fn entries(&mut self) -> Vec<String> {
        let chosen = self.chance.below(1 << ENTRIES.len());
        let chosen = ENTRIES.iter().enumerate().filter(|(index, _)| chosen & (1 << index) != 0);
        chosen.map(|(_, entry)| (*entry).to_owned()).collect()
    }

    fn list(&mut self) -> Value {
        match self.chance.below(16) {
            0 => Value::List(vec![self.scalar("none")]),
            1 if self.one_in(12) => self.scalar("tcp/22"),
            _ => {
                let entries = self.entries();
                Value::List(entries.iter().map(|entry| self.scalar(&format!("\"{entry}\""))).collect())
            }
        }
    }

    fn extras(&mut self) -> Value {
        let mut pairs = Vec::new();
        if self.one_in(2) {
            let proxy = self.of(&["http://one:80", "http://two:80", "~"]);
            pairs.push(("mysocket-proxy".to_owned(), self.scalar(&proxy)));
        }
        self.map(For::Extras, pairs, |maker| {
            let proxy = maker.of(&["http://three:80", "~"]);
            Value::Map(vec![("mysocket-proxy".to_owned(), Value::Word(proxy))])
        })
    }

    fn words(&mut self) -> Value {
        let names = ["A", "B", "C"];
        let pairs =
            names.iter().filter(|_| self.one_in(3)).map(|name| ((*name).to_owned(), Value::Word("1".to_owned())));
        let pairs = pairs.collect();
        self.map(For::Words, pairs, |maker| Value::Map(vec![(maker.of(&["A", "D"]), Value::Word("2".to_owned()))]))
    }

    /// The settings of a level; those that it merges may be so many deep.
    fn level(&mut self, depth: usize) -> Value {
        let mut pairs: Vec<(String, Value)> = Vec::new();
        let add = |pairs: &mut Vec<(String, Value)>, key: &str, value: Value| pairs.push((key.to_owned(), value));
        if self.one_in(3) {
            let kind = self.of(&KINDS);
            add(&mut pairs, "kind", self.scalar(&kind));
        }
        if self.one_in(5) {
            let group = self.of(&["g1", "g2", "~", "NULL"]);
            add(&mut pairs, "group", Value::Word(group));
        }
        if self.one_in(6) {
            let image = self.of(&["one", "two", "~"]);
            add(&mut pairs, "image", self.scalar(&image));
        }
        if self.one_in(20) {
            let mode = self.of(&["host", "bridge", "~"]);
            add(&mut pairs, "network-mode", Value::Word(mode));
        }
        if self.one_in(3) {
            let list = self.value(For::Entries, Self::list);
            add(&mut pairs, "publish", list);
        }
        if self.one_in(2) {
            let labels = self.value(For::Labels, Self::labels);
            add(&mut pairs, "labels", labels);
        }
        if self.one_in(5) {
            let extras = self.value(For::Extras, Self::extras);
            add(&mut pairs, "extras", extras);
        }
        if self.one_in(12) {
            let words = self.value(For::Words, Self::words);
            let key = self.of(&["env", "sysctls"]);
            add(&mut pairs, &key, words);
        }
        if self.one_in(8) {
            let bind = self.of(&["[t:/root/.mysocketio_token]", "[u:/root/.mysocketio_token, a:b]", "~", "[]"]);
            add(&mut pairs, "binds", Value::Word(bind));
        }
        self.map(For::Level, pairs, |maker| if depth == 0 { Value::Map(Vec::new()) } else { maker.level(depth - 1) })
    }

    fn levels(&mut self, names: &[&str]) -> Value {
        let chosen: Vec<&str> = names.iter().copied().filter(|_| self.one_in(2)).collect();
        let pairs =
            chosen.iter().map(|name| ((*name).to_owned(), self.value(For::Level, |maker| maker.level(2)))).collect();
        self.map(For::Levels, pairs, |maker| {
            let name = maker.of(&["r9", "linux", "r1", "g1"]);
            Value::Map(vec![(name, maker.level(1))])
        })
    }

    fn topology(&mut self) -> Value {
        let mut pairs: Vec<(String, Value)> = Vec::new();
        if self.one_in(2) {
            let defaults = self.value(For::Level, |maker| maker.level(2));
            pairs.push(("defaults".to_owned(), defaults));
        }
        for (key, names) in [("kinds", &KINDS[..2]), ("groups", &["g1", "g2"]), ("nodes", &NODES[..])] {
            if key == "nodes" || self.one_in(2) {
                let levels = if self.one_in(12) {
                    self.value(For::Levels, |maker| maker.levels(names))
                } else {
                    self.levels(names)
                };
                pairs.push((key.to_owned(), levels));
            }
        }
        let key = self.of(&["defaults", "nodes", "kinds"]);
        self.map(For::Topology, pairs, |maker| {
            let value = if key == "defaults" { maker.level(1) } else { maker.levels(&["r8", "linux"]) };
            Value::Map(vec![(key.clone(), value)])
        })
    }

    /// Writes a map in lines of its own; what is in it as chance has it.
    fn block(&mut self, text: &mut String, pairs: &[(String, Value)], indent: usize) {
        for (key, value) in pairs {
            let blanks = " ".repeat(indent);
            // A key over two lines can only be written inside brackets.
            let key = key.split('\n').next().unwrap_or_default();
            let _ = write!(text, "{blanks}{key}: ");
            self.behind(text, value, indent);
        }
    }

    /// Writes the value behind a key and a colon, and ends the line.
    fn behind(&mut self, text: &mut String, value: &Value, indent: usize) {
        let in_brackets = indent > 4 && self.one_in(2);
        match value {
            Value::Anchored(name, value) => {
                let _ = write!(text, "&{name} ");
                self.behind(text, value, indent);
            }
            Value::Map(pairs) if !pairs.is_empty() && !in_brackets => {
                text.push('\n');
                self.block(text, pairs, indent + 2);
            }
            Value::List(items)
                if !items.is_empty() && !in_brackets && items.iter().all(|item| matches!(item, Value::Word(_))) =>
            {
                text.push('\n');
                for item in items {
                    let _ = write!(text, "{}- ", " ".repeat(indent + 2));
                    self.behind(text, item, indent + 2);
                }
            }
            other => {
                flow(text, other);
                text.push('\n');
            }
        }
    }
}

/// Writes a value inside brackets.
fn flow(text: &mut String, value: &Value) {
    match value {
        Value::Word(word) => text.push_str(word),
        Value::Anchored(name, value) => {
            let _ = write!(text, "&{name} ");
            flow(text, value);
        }
        Value::Alias(_, name) => _ = write!(text, "*{name}"),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                flow(text, item);
            }
            text.push(']');
        }
        Value::Map(pairs) => {
            text.push('{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                let _ = write!(text, "{key} : ");
                flow(text, value);
            }
            text.push('}');
        }
    }
}
