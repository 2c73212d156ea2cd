//! A naive reader of a work tree: it resolves every topology where it is, tries everybody and every address, and reads the
//! settings that decide where that leads. It shares no code with the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::run_with;

/// What somebody who deploys may have set; nothing is the world of the comparison.
pub(super) const WORLDS: [Option<(&str, &str)>; 4] =
    [None, Some(("X", "tcp/22")), Some(("Y", "1")), Some(("W", "x.com"))];

/// A topology of a work tree.
#[derive(Debug)]
pub(super) struct Reading {
    /// The plan in each world; none where there is none.
    pub(super) plans: Vec<Option<Value>>,
    /// What decides where it leads beside the plan, by key, as far as its provider reads it.
    pub(super) deciding: BTreeMap<String, String>,
}

/// Someone who may try.
#[derive(Clone, Copy, Debug)]
struct Person {
    email: &'static str,
    has_policy: bool,
    is_member: bool,
}

fn people() -> impl Iterator<Item = Person> {
    let emails = ["", "a@x.com", "b@x.com", "c@x.com", "a@y.com", "c@y.com"].into_iter();
    emails.flat_map(|email| variants().map(move |(has_policy, is_member)| Person { email, has_policy, is_member }))
}

/// Whether someone holds the policy `ops`, and is a member of the tailnet.
fn variants() -> impl Iterator<Item = (bool, bool)> {
    [(false, false), (true, false), (false, true), (true, true)].into_iter()
}

impl Person {
    fn is_stranger(self) -> bool {
        self.email.is_empty() && !self.has_policy && !self.is_member
    }
}

/// Where a socket is: node and port.
pub(super) type Place = (String, u64);

pub(super) fn sockets(plan: &Value) -> impl Iterator<Item = &Value> {
    plan["sockets"].as_array().unwrap().iter()
}

pub(super) fn place(socket: &Value) -> Place {
    (socket["node"].as_str().unwrap().to_owned(), socket["port"].as_u64().unwrap())
}

/// Whether someone gets into a socket of a plan. What is behind a jump host lets in whoever gets in there.
fn gets_in(plan: &Value, socket: &Value, person: Person) -> bool {
    let jump_host = &socket["through"]["jump_host"];
    if jump_host.is_string() {
        let published = |other: &&Value| other["node"] == *jump_host && other["through"].is_null();
        return sockets(plan).filter(published).any(|other| gets_in(plan, other, person));
    }
    let words = |kind: &str| -> Vec<&str> {
        socket["acl"][kind].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
    };
    let (emails, domains, policies) = (words("emails"), words("domains"), words("policies"));
    let provider = plan["provider"].as_str();
    if emails.is_empty() && domains.is_empty() && policies.is_empty() {
        return match provider {
            Some("border0") => false,
            Some("tailscale") => person.is_member,
            _ => true,
        };
    }
    let is_let_in = provider != Some("tailscale") || person.is_member;
    let is_named = emails.contains(&person.email)
        || domains.iter().any(|domain| person.email.ends_with(&format!("@{domain}")))
        || person.has_policy && policies.contains(&"ops");
    is_let_in && is_named
}

/// Whether anybody gets in.
pub(super) fn is_open(plan: &Value, socket: &Value) -> bool {
    people().any(|person| gets_in(plan, socket, person))
}

/// Whether a stranger gets in at a place, by a socket of this type.
pub(super) fn lets_strangers_in(plan: &Value, at: &Place, socket_type: &str) -> bool {
    let is_it = |socket: &&Value| place(socket) == *at && socket["type"] == socket_type;
    let stranger = Person { email: "", has_policy: false, is_member: false };
    sockets(plan).filter(is_it).any(|socket| gets_in(plan, socket, stranger))
}

/// Who gets in at each place after and did not before, if anyone: whether strangers do. Who holds a policy or is a member is
/// another matter with each provider.
pub(super) fn gained(before: Option<&Value>, after: &Value) -> BTreeMap<Place, bool> {
    let gets_in_at = |plan: &Value, at: &Place, person: Person| {
        sockets(plan).filter(|socket| place(socket) == *at).any(|socket| gets_in(plan, socket, person))
    };
    let is_same = before.is_some_and(|before| before["provider"] == after["provider"]);
    let got_in = |at: &Place, person: Person| {
        let Some(before) = before else { return false };
        let as_before = variants().filter(|own| !is_same || *own == (person.has_policy, person.is_member));
        let mut people = as_before.map(|(has_policy, is_member)| Person { has_policy, is_member, ..person });
        people.all(|person| gets_in_at(before, at, person))
    };
    let places: BTreeSet<Place> = sockets(after).map(place).collect();
    let mut gained = BTreeMap::new();
    for at in places {
        let new: Vec<Person> =
            people().filter(|person| gets_in_at(after, &at, *person) && !got_in(&at, *person)).collect();
        if !new.is_empty() {
            let strangers = new.iter().any(|person| person.is_stranger());
            gained.insert(at, strangers);
        }
    }
    gained
}

/// What a socket leads to: its container, the node's kind, and the jump host before it.
pub(super) fn target(socket: &Value) -> [&Value; 3] {
    [&socket["container"], &socket["kind"], &socket["through"]["jump_host"]]
}

/// The places where a socket that somebody reaches leads to another container, kind or, through another jump host.
pub(super) fn leading_elsewhere(before: &Value, after: &Value) -> BTreeSet<Place> {
    let is_elsewhere = |socket: &&Value| {
        let mut there = sockets(before).filter(|old| place(old) == place(socket)).peekable();
        let [container, kind, jump_host] = target(socket);
        let is_same = |old: &Value| {
            let [old_container, old_kind, old_jump_host] = target(old);
            let is_other_host = old_jump_host.is_string() && jump_host.is_string() && old_jump_host != jump_host;
            old_container == container && old_kind == kind && !is_other_host
        };
        there.peek().is_some() && !there.any(is_same) && is_open(after, socket)
    };
    sockets(after).filter(is_elsewhere).map(place).collect()
}

/// What an address leads to: a container of a lab, and the place of the socket.
type Led = (String, Place);

/// Every address, and what it leads to.
fn addresses(plan: &Value) -> BTreeMap<String, BTreeSet<Led>> {
    let mut addresses: BTreeMap<String, BTreeSet<Led>> = BTreeMap::new();
    for socket in sockets(plan) {
        let all = [&socket["relay_port"], &socket["host_name"], &socket["through"]["local_port"]];
        for (kind, value) in ["relay port", "host name", "local port"].iter().zip(all) {
            if !value.is_null() {
                let led = (format!("{} of {}", socket["container"], plan["lab"]), place(socket));
                addresses.entry(format!("{kind} {value}")).or_default().insert(led);
            }
        }
    }
    addresses
}

/// The places to which an address leads that led to another one.
pub(super) fn led_elsewhere(before: &Value, after: &Value) -> BTreeSet<Place> {
    let old = addresses(before);
    let mut found = BTreeSet::new();
    for (address, now) in addresses(after) {
        let Some(then) = old.get(&address) else { continue };
        found.extend(now.iter().filter(|led| then.iter().any(|other| other != *led)).map(|(_, at)| at.clone()));
    }
    found
}

impl Reading {
    /// The addresses that others may know without this topology: host names, and ports of a relay or of the host that a tailnet has
    /// for each lab.
    pub(super) fn doors(&self) -> Vec<Door> {
        let Some(plan) = self.plan(0) else { return Vec::new() };
        let relay = self.deciding.get("relay.address").map(|relay| relay.split(['"', '@', ':']));
        let relay = relay.and_then(|mut words| words.find(|word| word.contains('.')));
        let host = match plan["provider"].as_str() {
            Some("ssh" | "bore" | "frp") => relay.map(str::to_owned),
            _ => Some(plan["lab"].to_string()),
        };
        let known = addresses(plan).into_iter().filter(|(address, _)| !address.starts_with("local"));
        let doors = known.flat_map(|(address, led)| {
            let host = host.clone().filter(|_| address.starts_with("relay"));
            led.into_iter().map(move |led| Door { address: address.clone(), host: host.clone(), led })
        });
        doors.collect()
    }
}

/// An address, the host whose it is, if that is known and it is no host name itself, and what it leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Door {
    pub(super) address: String,
    host: Option<String>,
    pub(super) led: Led,
}

impl Door {
    /// Whether it may be the same address, and leads to something else.
    pub(super) fn may_have_led_elsewhere(&self, before: &Self) -> bool {
        let may_be_one = self.host.is_none() || before.host.is_none() || self.host == before.host;
        self.address == before.address && may_be_one && self.led != before.led
    }
}

/// What a plan publishes, without the places where its entries stand.
pub(super) fn published(plan: Option<&Value>) -> Vec<Value> {
    let mut published: Vec<Value> = plan.into_iter().flat_map(sockets).cloned().collect();
    for socket in &mut published {
        socket.as_object_mut().unwrap().remove("origin");
    }
    published
}

/// Reads the topology at a path of a work tree; none where there is no file.
pub(super) fn read(root: &Path, path: &str) -> Option<Reading> {
    let file = root.join(path);
    if !file.is_file() {
        return None;
    }
    let text = fs::read_to_string(&file).unwrap();
    let worlds = if text.contains('$') { &WORLDS[..] } else { &WORLDS[..1] };
    let plan = |world: &Option<(&str, &str)>| -> Option<Value> {
        let file = file.to_str().unwrap();
        let run = match world {
            None => run_with(&["plan", "--format", "json", "--no-env", "--", file], "", &[]),
            Some(variable) => run_with(&["plan", "--format", "json", "--", file], "", &[*variable]),
        };
        serde_json::from_str(&run.stdout).ok()
    };
    let plans: Vec<Option<Value>> = worlds.iter().map(plan).collect();
    let deciding = plans[0].as_ref().map(|plan| deciding(root, path, &text, plan)).unwrap_or_default();
    Some(Reading { plans, deciding })
}

impl Reading {
    /// The plan of a world: what has no variable is the same in all of them.
    pub(super) fn plan(&self, world: usize) -> Option<&Value> {
        self.plans.get(world).unwrap_or(&self.plans[0]).as_ref()
    }
}

/// Which keys each provider reads; those that are files come with what is in them.
fn is_read(provider: Option<&str>, key: &str) -> bool {
    let Some(provider) = provider else { return true };
    match key {
        "relay.address" => ["ssh", "bore", "frp"].contains(&provider),
        "relay.identity" | "relay.known-hosts" => provider == "ssh",
        "secret" => ["bore", "frp", "ngrok", "tailscale", "tailscale-funnel"].contains(&provider),
        "cloudflare.tunnel" | "cloudflare.team" | "cloudflare.credentials" | "access-tags" => provider == "cloudflared",
        "names.domain" => ["cloudflared", "frp", "ngrok"].contains(&provider),
        "tailscale.domain" => provider == "tailscale",
        "image of the tunnel node" => provider == "border0",
        _ => true,
    }
}

fn deciding(root: &Path, path: &str, text: &str, plan: &Value) -> BTreeMap<String, String> {
    const SETTINGS: [(&str, &str); 11] = [
        ("", "jump-host"),
        ("", "secret"),
        ("relay", "address"),
        ("relay", "identity"),
        ("relay", "known-hosts"),
        ("cloudflare", "tunnel"),
        ("cloudflare", "team"),
        ("cloudflare", "credentials"),
        ("names", "domain"),
        ("tailscale", "domain"),
        ("", "access-tags"),
    ];
    let provider = plan["provider"].as_str();
    let mut deciding = BTreeMap::from([("provider".to_owned(), plan["provider"].to_string())]);
    // The nearest one above where the topology's folder really is.
    let [root, folder] =
        [root.to_owned(), root.join(path).parent().unwrap().to_owned()].map(|it| it.canonicalize().unwrap());
    let mut folders = folder.ancestors().take_while(|folder| folder.starts_with(&root));
    if let Some(folder) = folders.find(|folder| folder.join("publish-plan.toml").exists()) {
        let text = fs::read_to_string(folder.join("publish-plan.toml")).unwrap();
        let table: toml::Table = text.parse().unwrap();
        for (name, key) in SETTINGS {
            let holder = if name.is_empty() { Some(&table) } else { table.get(name).and_then(toml::Value::as_table) };
            let Some(value) = holder.and_then(|holder| holder.get(key)) else { continue };
            let mut value = value.clone();
            if let Some(tags) = value.as_table_mut() {
                // A tag is about the host name of a socket, whichever provider gives it one.
                let hosts: Vec<&str> = sockets(plan).filter_map(|socket| socket["host_name"].as_str()).collect();
                tags.retain(|host, _| hosts.contains(&host));
                if tags.is_empty() {
                    continue;
                }
            }
            let file = value.as_str().unwrap_or_default();
            let contents = |end: &str| fs::read_to_string(folder.join(format!("{file}{end}"))).unwrap_or_default();
            let is_file = ["secret", "identity", "known-hosts", "credentials"].contains(&key);
            let contents = if is_file { [contents(""), contents(".pub")].concat() } else { String::new() };
            let whole = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
            // A file of the repository is what is in it, wherever it is.
            let value = if contents.is_empty() { value.to_string() } else { String::new() };
            deciding.insert(whole, format!("{value} {contents}"));
        }
    }
    // As the generator writes them; a variable has its default.
    let text = text.replace("${P:-clab}", "clab");
    let mut add = |key: &str, start: &str, usual: Option<&str>| {
        let of_line =
            |line: &str| Some(line.split_once(start)?.1.split([',', '}']).next()?.trim_matches('"').to_owned());
        let said = text.lines().find_map(of_line).or(usual.map(str::to_owned));
        said.map(|value| deciding.insert(key.to_owned(), value))
    };
    add("name", "name: ", None);
    add("prefix", "prefix: ", Some("clab"));
    add("mgmt.network", "mgmt: {network: ", Some("clab"));
    add("image of the tunnel node", ", image: ", None);
    deciding.retain(|key, _| is_read(provider, key));
    deciding
}
