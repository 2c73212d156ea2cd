//! Random settings: what a provider needs, mostly, and now and then what it does not read.

use std::collections::BTreeMap;

use super::make::{LABS, Maker, NODES, PORTS, PROVIDERS};
use super::tree::{Settings, Thing, Tree, provider};

/// Those whose settings decide most.
const FREQUENT: [&str; 6] = ["ssh", "ssh", "frp", "cloudflared", "cloudflared", "tailscale"];

impl Maker {
    /// A value of a key, as TOML has it.
    pub(super) fn value(&mut self, table: &str, key: &str) -> String {
        let text = match (table, key) {
            ("", "provider") if self.below(4) > 0 => self.of(&FREQUENT),
            ("", "provider") => self.of(&PROVIDERS),
            ("", "acl") => self.of(&["identities", "policies"]),
            ("", "tier") => self.of(&["free", "paid"]),
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
            ("", "tier"),
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
        let chosen = provider(&settings);
        let needed: &[(&str, &str)] = match chosen.as_deref() {
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
            Some("ngrok") => &[("", "secret"), ("names", "domain"), ("", "tier")],
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

    /// Where settings name a jump host, it has an SSH, mostly.
    pub(super) fn open_jump_hosts(&mut self, tree: &mut Tree) {
        for path in tree.paths(|thing| matches!(thing, Thing::Lab(_))) {
            let settings = tree.settings_of(&path).and_then(|path| tree.things.get(&path));
            let Some(Thing::Settings(settings)) = settings else { continue };
            let has_jump_host = settings.get("").is_some_and(|keys| keys.contains_key("jump-host"));
            let entry = match provider(settings).as_deref() {
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
    pub(super) fn pin(&mut self, tree: &mut Tree) {
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
