//! What yaml.v2 read of a topology, resolved naively (spec/inheritance.md#which-list-applies) and held against a plan.

use std::collections::BTreeMap;

use publish_plan::testing::{Entry, canonical, parse_entry};
use publish_plan::{Acl, Examined, SocketType, Spelled};
use serde::Deserialize;

/// A topology as containerlab has it in memory; the names are those of `tests/yaml_v2/reads.go`.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Read {
    pub(crate) name: String,
    prefix: Option<String>,
    mgmt: Option<Management>,
    pub(crate) topology: Option<Topology>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Management {
    network: String,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Topology {
    defaults: Option<Level>,
    kinds: Option<BTreeMap<String, Option<Level>>>,
    groups: Option<BTreeMap<String, Option<Level>>>,
    nodes: Option<BTreeMap<String, Option<Level>>>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Level {
    kind: String,
    group: String,
    image: String,
    network_mode: String,
    publish: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    binds: Option<Vec<String>>,
    extras: Option<Extras>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Extras {
    proxy: String,
}

/// A level that is not there.
static EMPTY: Level = Level {
    kind: String::new(),
    group: String::new(),
    image: String::new(),
    network_mode: String::new(),
    publish: None,
    labels: None,
    binds: None,
    extras: None,
};

/// One socket: node, type as written, port, who may use it.
type Socket = (String, SocketType, u16, Acl);

/// A node and its levels, the most specific first.
struct Node<'r> {
    name: &'r str,
    kind: &'r str,
    levels: Vec<&'r Level>,
}

impl Read {
    fn nodes(&self) -> Vec<Node<'_>> {
        let Some(topology) = &self.topology else { return Vec::new() };
        let empty = &EMPTY;
        let defaults = topology.defaults.as_ref().unwrap_or(empty);
        let mut nodes = Vec::new();
        for (name, node) in topology.nodes.iter().flatten() {
            let node = node.as_ref().unwrap_or(empty);
            let group_kind = |group: &str| find(topology.groups.as_ref(), group).map_or("", |group| &group.kind);
            let kind = first([&node.kind, group_kind(&node.group), group_kind(&defaults.group), &defaults.kind]);
            let of_kind = find(topology.kinds.as_ref(), kind);
            let group = first([&node.group, of_kind.map_or("", |kind| &kind.group), &defaults.group]);
            let of_group = find(topology.groups.as_ref(), group);
            let levels = [Some(node), of_group, of_kind, Some(defaults)].into_iter().flatten().collect();
            nodes.push(Node { name, kind, levels });
        }
        nodes
    }
}

fn find<'r>(levels: Option<&'r BTreeMap<String, Option<Level>>>, name: &str) -> Option<&'r Level> {
    levels?.get(name)?.as_ref()
}

/// An entry without what says nothing in it.
fn plain(entry: &str) -> String {
    match parse_entry(entry) {
        Entry::Socket(socket) => canonical(&socket),
        _ => entry.to_owned(),
    }
}

fn first<const N: usize>(words: [&str; N]) -> &str {
    words.into_iter().find(|word| !word.is_empty()).unwrap_or_default()
}

impl Level {
    /// Its entries; none where it has none. Which of two carriers was meant, nobody knows.
    fn entries(&self) -> Option<Result<Vec<&str>, ()>> {
        let list: Vec<&str> = self.publish.iter().flatten().map(String::as_str).collect();
        let label = self.labels.as_ref().and_then(|labels| labels.get("publish"));
        let label: Vec<&str> = label.into_iter().flat_map(|label| label.split_ascii_whitespace()).collect();
        match (list.is_empty(), label.is_empty()) {
            (true, true) => None,
            (false, false) => Some(Err(())),
            (true, false) => Some(Ok(label)),
            (false, true) => Some(Ok(list)),
        }
    }
}

impl Node<'_> {
    /// The first word on the way from the node to the defaults.
    fn word(&self, word: impl Fn(&Level) -> &String) -> String {
        self.levels.iter().map(|level| word(level)).find(|word| !word.is_empty()).cloned().unwrap_or_default()
    }

    fn entries(&self) -> Option<Result<Vec<&str>, ()>> {
        self.levels.iter().find_map(|level| level.entries())
    }

    /// Whether a plan has its sockets: not those of tunnel nodes, and of what has no container or none of its own network.
    fn publishes(&self) -> bool {
        let mode = self.word(|level| &level.network_mode);
        !matches!(self.kind, "mysocketio" | "border0" | "bridge" | "ovs-bridge" | "host")
            && !matches!(&*mode, "host" | "none")
            && !mode.starts_with("container:")
    }
}

impl Read {
    /// What the topology publishes, blanks around words left out, by node, for each that publishes anything; none where nobody knows.
    pub(crate) fn published(&self) -> Option<BTreeMap<String, Vec<String>>> {
        let mut published = BTreeMap::new();
        for node in self.nodes() {
            if let Some(entries) = node.entries().filter(|_| node.publishes()) {
                let entries: Vec<String> = entries.ok()?.into_iter().map(plain).collect();
                if !entries.iter().any(|entry| entry == "none") {
                    published.insert(node.name.to_owned(), entries);
                }
            }
        }
        Some(published)
    }

    /// The same topology, but that nothing is published and nothing was said to a tunnel client.
    pub(crate) fn without_entries(mut self) -> Self {
        let gone: Vec<String> = self
            .nodes()
            .iter()
            .filter(|node| matches!(node.kind, "mysocketio" | "border0"))
            .map(|node| node.name.to_owned())
            .collect();
        let Some(topology) = &mut self.topology else { return self };
        if let Some(nodes) = &mut topology.nodes {
            nodes.retain(|name, _| !gone.contains(name));
        }
        let maps = [&mut topology.kinds, &mut topology.groups, &mut topology.nodes];
        let levels = maps.into_iter().flatten().flat_map(|levels| levels.values_mut());
        for level in levels.chain([&mut topology.defaults]) {
            // A node with nothing in it is a null node, and an empty map is none.
            let all = level.get_or_insert_default();
            all.publish = None;
            all.labels = all.labels.take().filter(|labels| !labels.is_empty());
            if let Some(extras) = &mut all.extras {
                extras.proxy = String::new();
            }
        }
        for map in [&mut topology.kinds, &mut topology.groups, &mut topology.nodes] {
            map.get_or_insert_default();
        }
        self
    }

    /// The same, without labels `publish`.
    pub(crate) fn without_labels(self) -> Self {
        let mut read = self.without_entries();
        let Some(topology) = &mut read.topology else { return read };
        let maps = [&mut topology.kinds, &mut topology.groups, &mut topology.nodes];
        let levels = maps.into_iter().flatten().flat_map(|levels| levels.values_mut());
        for level in levels.chain([&mut topology.defaults]).flatten() {
            if let Some(labels) = &mut level.labels {
                labels.remove("publish");
            }
            level.labels = level.labels.take().filter(|labels| !labels.is_empty());
        }
        read
    }

    /// What a plan has otherwise than this. One that is refused may lack what cannot be opened, and nothing more.
    pub(crate) fn differs(&self, examined: &Examined, is_refused: bool) -> Option<String> {
        let plan = examined.plan.as_ref()?;
        let planned: Vec<Socket> = plan
            .sockets
            .iter()
            .map(|socket| (socket.node.clone(), socket.written_type, socket.port, socket.acl.clone()))
            .collect();
        let mut wanted: Vec<Socket> = Vec::new();
        for node in self.nodes().iter().filter(|node| node.publishes()) {
            let Some(entries) = node.entries() else { continue };
            let Ok(entries) = entries else {
                if is_refused {
                    continue;
                }
                return Some(format!("{} has two carriers", node.name));
            };
            if entries.contains(&"none") {
                continue;
            }
            for text in entries {
                match parse_entry(text) {
                    Entry::Socket(entry) => {
                        wanted.push((node.name.to_owned(), entry.socket_type, entry.port, entry.identities));
                    }
                    _ if is_refused => {}
                    _ => return Some(format!("{text:?} of {} is no entry", node.name)),
                }
            }
        }
        if let Some(more) = planned.iter().find(|socket| !wanted.contains(socket)) {
            return Some(format!("the plan opens {more:?}; it should open {wanted:?}"));
        }
        if is_refused {
            return None;
        }
        if planned.len() != wanted.len() || wanted.iter().any(|socket| !planned.contains(socket)) {
            return Some(format!("the plan opens {planned:?} and not {wanted:?}"));
        }
        if plan.lab != self.name {
            return Some(format!("the lab is {:?} and not {:?}", plan.lab, self.name));
        }
        self.containers(examined).or_else(|| self.lab_context(examined))
    }

    fn containers(&self, examined: &Examined) -> Option<String> {
        let nodes = self.nodes();
        examined.plan.as_ref()?.sockets.iter().find_map(|socket| {
            let node = nodes.iter().find(|node| node.name == socket.node)?;
            let (lab, name) = (&self.name, node.name);
            let container = match self.prefix.as_deref() {
                _ if node.kind == "ext-container" => name.to_owned(),
                // Such a node may have several.
                _ if node.kind == "nokia_srsim" => return None,
                None => format!("clab-{lab}-{name}"),
                Some("") => name.to_owned(),
                Some("__lab-name") => format!("{lab}-{name}"),
                Some(prefix) => format!("{prefix}-{lab}-{name}"),
            };
            (container != socket.container).then(|| format!("{} and not {container}", socket.container))
        })
    }

    fn lab_context(&self, examined: &Examined) -> Option<String> {
        let found = examined.lab_context.as_ref()?;
        let network = self.mgmt.as_ref().map_or("", |mgmt| &mgmt.network);
        let network = if network.is_empty() { "clab" } else { network };
        if found.network != network {
            return Some(format!("the network is {:?} and not {network:?}", found.network));
        }
        let nodes = self.nodes();
        let tunnels: Vec<&Node<'_>> =
            nodes.iter().filter(|node| matches!(node.kind, "mysocketio" | "border0")).collect();
        let [tunnel] = tunnels[..] else { return None };
        if tunnel.kind != "mysocketio" {
            return None;
        }
        let image = Some(tunnel.word(|level| &level.image)).filter(|image| !image.is_empty());
        let proxy = tunnel.levels.iter().find_map(|level| level.extras.as_ref()).map(|extras| extras.proxy.clone());
        let proxy = proxy.filter(|proxy| proxy.starts_with("http://") && proxy.ends_with(":80"));
        let binds = tunnel.levels.iter().flat_map(|level| level.binds.iter().flatten());
        let mut tokens = binds.filter_map(|bind| {
            let mut parts = bind.split(':');
            Some((parts.next()?, parts.next()?)).filter(|(_, inside)| *inside == "/root/.mysocketio_token")
        });
        let token = tokens.next().map(|(host, _)| host.to_owned()).filter(|host| !host.is_empty());
        let wanted = (image, proxy, token);
        let value = |word: &Option<Spelled>| word.as_ref().map(|word| word.value.clone());
        let found = (value(&found.image), found.proxy.clone(), value(&found.token));
        (found != wanted).then(|| format!("the tunnel node is {found:?} and not {wanted:?}"))
    }
}
