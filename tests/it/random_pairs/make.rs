//! Random repositories: what each provider can carry, mostly, and names that git and shells quote.

use std::collections::BTreeMap;

use super::tree::{Lab, Level, Settings, Thing, Tree, join};
use crate::mutate::Chance;

pub(super) const FOLDERS: [&str; 6] = ["", "labs", "labs/deep er", "my labs", "spare", "labs/deep er/3"];
const NAMES: [&str; 6] =
    ["core.clab.yml", "edge 2.clab.yml", "ü.clab.yaml", "a|b.clab.yml", "it's `x`.clab.yml", "dc.clab.yml"];
pub(super) const NODES: [&str; 5] = ["r1", "r2", "r3", "sw_1", "host"];
pub(super) const KINDS: [&str; 4] = ["linux", "nokia_srlinux", "arista_ceos", "ext-container"];
pub(super) const GROUPS: [&str; 2] = ["spine", "leaf"];
pub(super) const LABS: [&str; 3] = ["l", "m", "lab-2"];
const PORTS: [u16; 5] = [22, 80, 443, 830, 57400];
const PEOPLE: [&str; 5] = ["a@x.com", "b@x.com", "a@y.com", "a@x.com,b@x.com", "a@x.com,a@y.com"];
const DOMAINS: [&str; 3] = ["x.com", "y.com", "x.com,a@y.com"];
const POLICIES: [&str; 2] = ["ops", "ops,a@x.com"];
/// Each adds something with a value that nobody has set here.
const VARIABLES: [&str; 6] = [
    "${X:-tls/830/a@x.com}",
    "tls/830/a@x.com${Y:+, tcp/22}",
    "http/80/${W:-a@x.com}",
    "${Y:+tcp/22}",
    "${Y:+http/80/y.com}",
    "${X:-http/80}",
];
pub(super) const PROVIDERS: [&str; 9] =
    ["ssh", "bore", "frp", "cloudflared", "tailscale", "border0", "ngrok", "mysocketio", "tailscale-funnel"];
/// Those whose settings decide most.
const FREQUENT: [&str; 6] = ["ssh", "ssh", "frp", "cloudflared", "cloudflared", "tailscale"];
/// The files that settings name, seen from the root.
pub(super) const KEYS: [&str; 6] =
    ["keys/kh", "keys/id", "keys/id.pub", "keys/secret", "other keys/kh", "other keys/secret"];

/// Chance, and what is made of it.
pub(super) struct Maker {
    chance: Chance,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            chance.below(2);
        }
        Self { chance }
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.chance.below(end << 16) >> 16
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(super) fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// One of some values that need not be known before.
    pub(super) fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())].clone()) }
    }

    /// An entry that a provider carries, in most cases.
    pub(super) fn entry(&mut self, provider: Option<&str>) -> String {
        let (types, who): (&[&str], usize) = match provider {
            Some("ssh" | "bore") => (&["tcp", "tls", "http", "https"], 0),
            Some("frp") => (&["tcp", "tls", "http", "udp"], 0),
            Some("tailscale-funnel") => (&["https", "tls"], 0),
            Some("cloudflared") => (&["http", "https", "ssh", "tcp"], 2),
            Some("tailscale" | "mysocketio") => (&["tcp", "tls", "http"], 2),
            Some("ngrok") => (&["http", "https", "tls"], 2),
            Some("border0") => (&["ssh", "tls", "http"], 3),
            _ => (&["tcp", "tls", "http", "ssh"], 3),
        };
        let socket_type = self.of(types);
        let port = PORTS[self.below(PORTS.len())];
        let who = if self.one_in(16) { 3 } else { who };
        let acl = match who {
            2 | 3 if self.one_in(3) => self.of(&DOMAINS),
            3 if self.one_in(2) => self.of(&POLICIES),
            2 | 3 if self.below(3) > 0 => self.of(&PEOPLE),
            _ => return format!("{socket_type}/{port}"),
        };
        format!("{socket_type}/{port}/{acl}")
    }

    pub(super) fn variable(&mut self) -> String {
        self.of(&VARIABLES).to_owned()
    }

    fn entries(&mut self, provider: Option<&str>) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for _ in 0..=self.below(3) {
            let entry = self.entry(provider);
            let port = |entry: &String| entry.split('/').nth(1).map(str::to_owned);
            if entries.iter().all(|other| port(other) != port(&entry)) {
                entries.push(entry);
            }
        }
        if self.one_in(8) {
            entries.push(self.variable());
        }
        entries
    }

    fn level(&mut self, provider: Option<&str>, says_entries: usize) -> Level {
        let has_entries = self.one_in(says_entries);
        Level {
            entries: if has_entries { self.entries(provider) } else { Vec::new() },
            is_label: self.one_in(4),
            ..Level::default()
        }
    }

    pub(super) fn lab(&mut self, provider: Option<&str>) -> Lab {
        let mut lab = Lab {
            name: self.of(&LABS).to_owned(),
            prefix: self.one_in(4).then(|| self.of(&["", "__lab-name", "x", "${P:-clab}"]).to_owned()),
            network: self.one_in(4).then(|| self.of(&["n1", "n2"]).to_owned()),
            owner: format!("owner {}", self.below(1 << 20)),
            defaults: self.level(provider, 4),
            ..Lab::default()
        };
        for kind in KINDS {
            if self.one_in(5) {
                lab.kinds.insert(kind.to_owned(), self.level(provider, 2));
            }
        }
        for group in GROUPS {
            if self.one_in(3) {
                lab.groups.insert(group.to_owned(), self.level(provider, 2));
            }
        }
        for node in NODES {
            if self.one_in(2) {
                let level = Level {
                    kind: Some(self.of(&KINDS).to_owned()),
                    group: self.one_in(3).then(|| self.of(&GROUPS).to_owned()),
                    ..self.level(provider, 2)
                };
                lab.nodes.insert(node.to_owned(), level);
            }
        }
        // What an entry of it can be folded through, in most cases.
        let r1 = lab.nodes.entry("r1".to_owned()).or_default();
        r1.kind.get_or_insert_with(|| "linux".to_owned());
        if r1.entries.is_empty() {
            r1.entries = self.entries(provider);
        }
        if self.one_in(8) {
            let tunnel =
                Level { kind: Some("border0".to_owned()), image: Some("border0:1".to_owned()), ..Level::default() };
            lab.nodes.insert("tunnel".to_owned(), tunnel);
        }
        lab
    }

    /// A value of a key, as TOML has it.
    pub(super) fn value(&mut self, table: &str, key: &str) -> String {
        let text = match (table, key) {
            ("", "provider") if self.below(4) > 0 => self.of(&FREQUENT),
            ("", "provider") => self.of(&PROVIDERS),
            ("", "acl") => self.of(&["identities", "policies"]),
            ("", "plan") => self.of(&["free", "paid"]),
            ("", "secret") | ("cloudflare", "credentials") => {
                self.of(&["keys/secret", "other keys/secret", "~/.secret"])
            }
            ("", "jump-host") => self.of(&["r1", "r1:830", "r2"]),
            ("names", "domain") => self.of(&["lab.example.net", "other.example.net"]),
            ("names", "template") => {
                self.of(&["{node}-{port}.{domain}", "{lab}-{node}-{port}.{domain}", "{port}.{domain}"])
            }
            ("relay", "address") => {
                self.of(&["t@relay.example.net", "t@other.example.net", "t@relay.example.net:2222"])
            }
            ("relay", "ports") => self.of(&["20000-20005", "30000-30009"]),
            ("relay", "identity") => self.of(&["keys/id", "~/.ssh/id"]),
            ("relay", "known-hosts") => self.of(&["keys/kh", "linked/kh", "other keys/kh"]),
            ("cloudflare", "tunnel") => {
                self.of(&["6ff42ae2-765d-4adf-8112-31c55c1551ef", "7ff42ae2-765d-4adf-8112-31c55c1551ef"])
            }
            ("cloudflare", "team") => self.of(&["example", "other"]),
            ("access-tags", _) => return format!("\"{}\"", self.of(&["ab", "cd"]).repeat(32)),
            ("tailscale", "domain") => self.of(&["x.com", "y.com"]),
            ("rules", _) => self.of(&["ignore", "info"]),
            ("limits", _) => return (1 + self.below(4)).to_string(),
            ("relay.pins", _) => return (20_100 + self.below(6)).to_string(),
            _ => return "true".to_owned(),
        };
        format!("\"{text}\"")
    }

    /// A key that may be set, whatever the provider.
    pub(super) fn key(&mut self) -> (String, String) {
        const KEYS: [(&str, &str); 21] = [
            ("", "provider"),
            ("", "provider"),
            ("", "acl"),
            ("", "plan"),
            ("", "secret"),
            ("", "jump-host"),
            ("names", "domain"),
            ("names", "template"),
            ("relay", "address"),
            ("relay", "address"),
            ("relay", "ports"),
            ("relay", "identity"),
            ("relay", "known-hosts"),
            ("cloudflare", "tunnel"),
            ("cloudflare", "team"),
            ("cloudflare", "credentials"),
            ("access-tags", "r1-80.lab.example.net"),
            ("tailscale", "domain"),
            ("limits", "tcp"),
            ("relay.pins", "clab-l-r1-tcp-22"),
            ("rules", "open-to-anyone"),
        ];
        let (table, key) = KEYS[self.below(KEYS.len())];
        let key = match table {
            "access-tags" => format!("\"{key}\""),
            "relay.pins" => self.socket(),
            _ => key.to_owned(),
        };
        (table.to_owned(), key)
    }

    /// The name of a socket that some lab may have, in quotes.
    fn socket(&mut self) -> String {
        let (lab, node) = (self.of(&LABS), self.of(&NODES[..3]));
        let (socket_type, port) = (self.of(&["tcp", "tls", "http"]), PORTS[self.below(3)]);
        format!("\"clab-{lab}-{node}-{socket_type}-{port}\"")
    }

    pub(super) fn set(&mut self, settings: &mut Settings, table: &str, key: &str) {
        let value = self.value(table, key);
        // No two sockets have one pin.
        let is_taken = |pins: &BTreeMap<String, String>| pins.values().any(|other| *other == value);
        if table == "relay.pins" && settings.get(table).is_some_and(is_taken) {
            return;
        }
        settings.entry(table.to_owned()).or_default().insert(key.to_owned(), value);
    }

    /// What a provider needs, and perhaps more.
    pub(super) fn settings(&mut self) -> Settings {
        let mut settings = Settings::new();
        if self.below(6) > 0 {
            self.set(&mut settings, "", "provider");
        }
        let provider = super::tree::provider(&settings);
        let needed: &[(&str, &str)] = match provider.as_deref() {
            Some("ssh") => &[("relay", "address"), ("relay", "identity"), ("relay", "known-hosts")],
            Some("bore") => &[("relay", "address"), ("", "secret")],
            Some("frp") => &[("relay", "address"), ("", "secret"), ("names", "domain")],
            Some("cloudflared") => &[
                ("cloudflare", "tunnel"),
                ("cloudflare", "team"),
                ("names", "domain"),
                ("access-tags", "\"r1-80.lab.example.net\""),
            ],
            Some("tailscale") => &[("", "secret"), ("tailscale", "domain")],
            Some("ngrok") => &[("", "secret"), ("names", "domain"), ("", "plan")],
            _ => &[],
        };
        for (table, key) in needed {
            if self.below(8) > 0 {
                self.set(&mut settings, table, key);
            }
        }
        if self.one_in(4) {
            self.set(&mut settings, "", "jump-host");
            if self.one_in(2) {
                self.set(&mut settings, "", "fold");
            }
        }
        if self.one_in(4) {
            let (table, key) = self.key();
            self.set(&mut settings, &table, &key);
        }
        settings
    }

    pub(super) fn place(&mut self) -> String {
        join(self.of(&FOLDERS), self.of(&NAMES))
    }

    /// A repository.
    pub(super) fn tree(&mut self) -> Tree {
        let mut tree = Tree::default();
        for key in KEYS {
            tree.things.insert(key.to_owned(), Thing::Text(format!("{}\n", self.of(&["one", "two"]))));
        }
        tree.things.insert("linked".to_owned(), Thing::Link(self.of(&["keys", "other keys"]).to_owned()));
        tree.things.insert("README.md".to_owned(), Thing::Text("labs\n".to_owned()));
        for place in FOLDERS {
            if self.one_in(4) || place.is_empty() && self.one_in(2) {
                tree.things.insert(join(place, "publish-plan.toml"), Thing::Settings(self.settings()));
            }
        }
        // A topology that no one looks for, to which a link may lead.
        let provider = tree.provider_at("data/lab.txt");
        tree.things.insert("data/lab.txt".to_owned(), Thing::Lab(self.lab(provider.as_deref())));
        for _ in 0..=self.below(5) {
            let place = self.place();
            let thing = if self.one_in(8) {
                Thing::Link(super::tree::seen_from(&place, "data/lab.txt"))
            } else {
                let provider = tree.provider_at(&place);
                Thing::Lab(self.lab(provider.as_deref()))
            };
            tree.things.insert(place, thing);
        }
        self.pin(&mut tree);
        self.open_jump_hosts(&mut tree);
        tree
    }

    /// Where settings name a jump host, it has an SSH, mostly.
    fn open_jump_hosts(&mut self, tree: &mut Tree) {
        for path in tree.paths(|thing| matches!(thing, Thing::Lab(_))) {
            let settings = tree.settings_of(&path).and_then(|path| tree.things.get(&path));
            let Some(Thing::Settings(settings)) = settings else { continue };
            let has_jump_host = settings.get("").is_some_and(|keys| keys.contains_key("jump-host"));
            let entry = match super::tree::provider(settings).as_deref() {
                Some("cloudflared" | "border0") => "ssh/22/a@x.com",
                Some("tailscale" | "mysocketio") => "tcp/22/a@x.com",
                _ => "tcp/22",
            };
            if let (true, Some(Thing::Lab(lab))) = (has_jump_host && self.below(4) > 0, tree.things.get_mut(&path)) {
                for node in ["r1", "r2"] {
                    let level = lab.nodes.entry(node.to_owned()).or_default();
                    level.kind = Some("linux".to_owned());
                    level.entries.retain(|entry| entry.split('/').nth(1) != Some("22"));
                    level.entries.push(entry.to_owned());
                }
            }
        }
    }

    /// Gives ports to some of the sockets that there are.
    fn pin(&mut self, tree: &mut Tree) {
        let mut names = Vec::new();
        for (path, thing) in &tree.things {
            let (Thing::Lab(lab), Some(settings)) = (thing, tree.settings_of(path)) else { continue };
            names.extend(lab.sockets().into_iter().map(|name| (settings.clone(), name)));
        }
        for (path, name) in names {
            let Some(Thing::Settings(settings)) = tree.things.get_mut(&path) else { continue };
            if self.below(4) > 0 {
                let pins = settings.entry("relay.pins".to_owned()).or_default();
                let port = (20_000 + pins.len()).to_string();
                pins.insert(name, port);
            }
        }
    }
}
