//! A repository before it is written: topologies, settings, other files and links.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What is at a path.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there are few of them")]
pub(super) enum Thing {
    Lab(Lab),
    Settings(Settings),
    Text(String),
    /// Where it leads, seen from its folder.
    Link(String),
}

/// The keys of each table of a publish-plan.toml, and their values as TOML has them.
pub(super) type Settings = BTreeMap<String, BTreeMap<String, String>>;

/// A topology, level by level.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lab {
    pub(super) name: String,
    pub(super) prefix: Option<String>,
    pub(super) network: Option<String>,
    /// Something that is in no other topology.
    pub(super) owner: String,
    pub(super) defaults: Level,
    pub(super) kinds: BTreeMap<String, Level>,
    pub(super) groups: BTreeMap<String, Level>,
    pub(super) nodes: BTreeMap<String, Level>,
    /// What makes it unreadable.
    pub(super) broken: bool,
}

/// What a level says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Level {
    pub(super) kind: Option<String>,
    pub(super) group: Option<String>,
    pub(super) image: Option<String>,
    pub(super) entries: Vec<String>,
    pub(super) is_label: bool,
}

impl Level {
    fn text(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (key, value) in [("kind", &self.kind), ("group", &self.group), ("image", &self.image)] {
            parts.extend(value.as_ref().map(|value| format!("{key}: {value}")));
        }
        // What has a variable may add an entry of its own, between the others of a list.
        let has_variable = self.entries.iter().any(|entry| entry.contains('$'));
        if self.is_label && !has_variable && !self.entries.is_empty() {
            parts.push(format!("labels: {{publish: \"{}\"}}", self.entries.join(" ")));
        } else if !self.entries.is_empty() {
            let quoted = |entry: &String| if entry.contains('$') { entry.clone() } else { format!("'{entry}'") };
            let entries: Vec<String> = self.entries.iter().map(quoted).collect();
            parts.push(format!("publish: [{}]", entries.join(", ")));
        }
        format!("{{{}}}", parts.join(", "))
    }
}

impl Lab {
    fn text(&self) -> String {
        let mut text = format!("name: {}\n", self.name);
        if let Some(prefix) = &self.prefix {
            let _ = writeln!(text, "prefix: \"{prefix}\"");
        }
        if let Some(network) = &self.network {
            let _ = writeln!(text, "mgmt: {{network: {network}}}");
        }
        for line in 0..4 {
            let _ = writeln!(text, "# {} {line}", self.owner);
        }
        let _ = writeln!(text, "topology:\n  defaults: {}", self.defaults.text());
        for (key, levels) in [("kinds", &self.kinds), ("groups", &self.groups), ("nodes", &self.nodes)] {
            if !levels.is_empty() {
                let _ = writeln!(text, "  {key}:");
            }
            for (name, level) in levels {
                let _ = writeln!(text, "    {name}: {}", level.text());
            }
        }
        if self.broken {
            text.push_str("broken: [\n");
        }
        text
    }

    /// The names, in quotes, of sockets whose entries stand at nodes, if they are called as usual.
    pub(super) fn sockets(&self) -> Vec<String> {
        let entries = self.nodes.iter().flat_map(|(node, level)| level.entries.iter().map(move |entry| (node, entry)));
        let name = |(node, entry): (&String, &String)| {
            let mut parts = entry.split('/').filter(|_| !entry.contains('$'));
            Some(format!("\"clab-{}-{node}-{}-{}\"", self.name, parts.next()?, parts.next()?))
        };
        entries.filter_map(name).collect()
    }

    /// The levels that may say something, in some order.
    pub(super) fn levels(&mut self) -> Vec<&mut Level> {
        let named = self.kinds.values_mut().chain(self.groups.values_mut()).chain(self.nodes.values_mut());
        std::iter::once(&mut self.defaults).chain(named).collect()
    }
}

impl Thing {
    fn text(&self) -> String {
        match self {
            Self::Lab(lab) => lab.text(),
            Self::Text(text) => text.clone(),
            Self::Link(target) => format!("-> {target}"),
            Self::Settings(settings) => {
                let mut text = String::new();
                for (table, keys) in settings {
                    if !table.is_empty() {
                        let _ = writeln!(text, "[{table}]");
                    }
                    for (key, value) in keys {
                        let _ = writeln!(text, "{key} = {value}");
                    }
                }
                text
            }
        }
    }
}

/// All of it, by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree {
    pub(super) things: BTreeMap<String, Thing>,
}

impl Tree {
    /// The paths of the things that are wanted.
    pub(super) fn paths(&self, is_wanted: impl Fn(&Thing) -> bool) -> Vec<String> {
        let wanted = self.things.iter().filter(|(_, thing)| is_wanted(thing));
        wanted.map(|(path, _)| path.clone()).collect()
    }

    /// Whether a file can be made there: nothing is, and no file or link is in place of a folder above it.
    pub(super) fn is_free(&self, path: &str) -> bool {
        let is_above =
            |other: &String| path.starts_with(&format!("{other}/")) || other.starts_with(&format!("{path}/"));
        !self.things.contains_key(path) && !self.things.keys().any(is_above)
    }

    /// The path of the nearest settings of a topology, links aside.
    pub(super) fn settings_of(&self, path: &str) -> Option<String> {
        let mut folder = folder(path);
        loop {
            let there = join(folder, "publish-plan.toml");
            if matches!(self.things.get(&there), Some(Thing::Settings(_))) {
                return Some(there);
            }
            if folder.is_empty() {
                return None;
            }
            folder = self::folder(folder);
        }
    }

    /// Their provider.
    pub(super) fn provider_at(&self, path: &str) -> Option<String> {
        match self.things.get(&self.settings_of(path)?) {
            Some(Thing::Settings(settings)) => provider(settings),
            _ => None,
        }
    }

    /// Makes a folder that has another tree have this one.
    pub(super) fn write(&self, root: &Path, other: &Self) {
        for (path, _) in other.things.iter().filter(|(path, thing)| self.things.get(*path) != Some(thing)) {
            let path = root.join(path);
            fs::remove_file(&path).unwrap();
            // Also the folders that it was the last file of: a link may come in their place.
            let above = path.ancestors().skip(1).take_while(|folder| *folder != root);
            above.map(fs::remove_dir).take_while(Result::is_ok).for_each(drop);
        }
        for (path, thing) in self.things.iter().filter(|(path, thing)| other.things.get(*path) != Some(thing)) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match thing {
                Thing::Link(target) => symlink(target, path).unwrap(),
                thing => fs::write(path, thing.text()).unwrap(),
            }
        }
    }

    /// For whoever looks for what went wrong.
    pub(super) fn text(&self) -> String {
        let text = |(path, thing): (&String, &Thing)| format!("--- {path}\n{}\n", thing.text().trim_end());
        self.things.iter().map(text).collect::<Vec<_>>().concat()
    }
}

/// The provider that settings choose.
pub(super) fn provider(settings: &Settings) -> Option<String> {
    settings.get("")?.get("provider").map(|value| value.trim_matches('"').to_owned())
}

/// The folder of a path; empty is the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// `to` as a link in the folder of `from` has it.
pub(super) fn seen_from(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count()))
}
