//! Random repositories: what each provider can carry, mostly, and names that git and shells quote.

use super::tree::{Lab, Level, Thing, Tree, join};
use crate::support::mutate::Chance;

pub(super) const FOLDERS: [&str; 6] = ["", "labs", "labs/deep er", "my labs", "spare", "labs/deep er/3"];
const NAMES: [&str; 6] =
    ["core.clab.yml", "edge 2.clab.yml", "ü.clab.yaml", "a|b.clab.yml", "it's `x`.clab.yml", "dc.clab.yml"];
pub(super) const NODES: [&str; 5] = ["r1", "r2", "r3", "sw_1", "host"];
pub(super) const KINDS: [&str; 4] = ["linux", "nokia_srlinux", "arista_ceos", "ext-container"];
pub(super) const GROUPS: [&str; 2] = ["spine", "leaf"];
pub(super) const LABS: [&str; 3] = ["l", "m", "lab-2"];
pub(super) const PORTS: [u16; 5] = [22, 80, 443, 830, 57400];
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

    /// A number below `end`, from the bits that are least alike.
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
        let acl = if who > 1 && self.one_in(3) {
            self.of(&DOMAINS)
        } else if who == 3 && self.one_in(2) {
            self.of(&POLICIES)
        } else if who > 1 && self.below(3) > 0 {
            self.of(&PEOPLE)
        } else {
            return format!("{socket_type}/{port}");
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
}
