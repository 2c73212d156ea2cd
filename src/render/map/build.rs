use std::collections::HashMap;

use super::change::{self, ChangedDoor, Mark};
use super::graph::{Graph, MapDoor, MapNode, NodeGroup, WhoEnters};
use crate::base::{SocketType, counted, whole};
use crate::plan::{Change, Comparison, DoorKind, OtherDoor, Plan, PlannedSocket, Side};
use crate::provider::{Carriage, Login};
use crate::render::entrance;

impl Graph {
    /// The graph of a plan, with what changed if it is compared.
    pub(super) fn new(plan: &Plan, comparison: Option<&Comparison>, stopped: usize) -> Self {
        let mut changes: HashMap<Key<'_>, &Change> = HashMap::new();
        let mut gone: Vec<&Change> = Vec::new();
        for change in comparison.iter().flat_map(|comparison| &comparison.changes) {
            match &change.after {
                Some(after) => _ = changes.insert((&change.node, change.port, &after.socket), change),
                None => gone.push(change),
            }
        }
        let mut builder = Builder::default();
        for socket in &plan.sockets {
            let change = changes.get(&(socket.node.as_str(), socket.port, socket.name.as_str()));
            let who = builder.who(WhoEnters::of(&socket.audience));
            let entrance = entrance::words(socket).unwrap_or_else(|| whole(&socket.name));
            let door = MapDoor {
                who,
                entrance,
                how: how(socket, socket.provider.or(plan.provider)),
                ports: vec![port(socket.socket_type, socket.port)],
                socket_type: Some(socket.socket_type),
                change: comparison.zip(change.copied()).map(|(comparison, change)| change::of(comparison, change)),
                count: 1,
            };
            builder.put(&group(socket.group.as_deref(), socket.kind.as_deref()), &whole(&socket.node), door);
        }
        for change in gone {
            let comparison = comparison.expect("the change is from it");
            let before = change.before.as_ref().expect("a change without an end has a beginning");
            let who = builder.who(WhoEnters::of(&before.audience));
            let node = whole(&change.node);
            let there = builder.group_of(&node).unwrap_or_else(|| group(None, before.kind.as_deref()));
            let end = comparison.before.as_ref().and_then(|end| end.provider);
            let provider = before.provider.or(end);
            builder.put(&there, &node, gone_door(who, change, before, provider, change::of(comparison, change)));
        }
        for door in &plan.other_doors {
            let is_new = comparison.is_some_and(|comparison| comparison.new_doors.contains(door));
            builder.put_other(door, is_new);
        }
        let title = format!("lab {}", whole(&plan.lab));
        Self {
            title,
            facts: facts(plan),
            missing: missing(stopped),
            audiences: builder.audiences,
            groups: builder.groups,
        }
    }
}

/// The node, its port, and the name of the socket.
type Key<'c> = (&'c str, u16, &'c str);

#[derive(Default)]
struct Builder {
    audiences: Vec<WhoEnters>,
    groups: Vec<NodeGroup>,
    known: HashMap<WhoEnters, usize>,
    /// Where each group is.
    grouped: HashMap<String, usize>,
    /// Where each node is: its group, and its place there.
    placed: HashMap<(usize, String, bool), usize>,
    /// The group of each node.
    group_of: HashMap<String, usize>,
}

impl Builder {
    fn who(&mut self, who: WhoEnters) -> usize {
        let audiences = &mut self.audiences;
        *self.known.entry(who).or_insert_with_key(|who| {
            audiences.push(who.clone());
            audiences.len() - 1
        })
    }

    fn group_of(&self, node: &str) -> Option<String> {
        self.group_of.get(node).map(|group| self.groups[*group].words.clone())
    }

    fn put(&mut self, group: &str, node: &str, door: MapDoor) {
        self.put_at(group, (node, false), door);
    }

    /// The node is one, or stands for every node.
    fn put_at(&mut self, group: &str, (node, is_every): (&str, bool), door: MapDoor) {
        let groups = &mut self.groups;
        let group = *self.grouped.entry(group.to_owned()).or_insert_with_key(|words| {
            groups.push(NodeGroup { words: words.clone(), nodes: Vec::new() });
            groups.len() - 1
        });
        let nodes = &mut groups[group].nodes;
        let place = *self.placed.entry((group, node.to_owned(), is_every)).or_insert_with(|| {
            nodes.push(MapNode { words: node.to_owned(), is_every, doors: Vec::new() });
            nodes.len() - 1
        });
        nodes[place].doors.push(door);
        if !is_every {
            self.group_of.insert(node.to_owned(), group);
        }
    }

    fn put_other(&mut self, door: &OtherDoor, is_new: bool) {
        let who = self.who(WhoEnters::of_other(door.kind));
        let is_every = door.node.is_none();
        let node = door.node.as_ref().map_or_else(|| "every node".to_owned(), |node| whole(node));
        let group = self.group_of(&node).filter(|_| !is_every).unwrap_or_default();
        let entrance = match door.kind {
            DoorKind::ManagementNetwork => "the management network".to_owned(),
            DoorKind::SharedTerminal => "a shared terminal".to_owned(),
            DoorKind::HostPort | DoorKind::HostNetwork | DoorKind::LoadBalancer => whole(&door.words),
        };
        let change = is_new.then(|| ChangedDoor { mark: Mark::Wider, words: "new door".to_owned() });
        let (how, ports) = (String::new(), Vec::new());
        let door = MapDoor { who, entrance, how, ports, socket_type: None, change, count: 1 };
        self.put_at(&group, (&node, is_every), door);
    }
}

/// `group spines` or `kind linux`.
fn group(group: Option<&str>, kind: Option<&str>) -> String {
    match (group, kind) {
        (Some(group), _) => format!("group {}", whole(group)),
        (None, Some(kind)) => format!("kind {}", whole(kind)),
        (None, None) => String::new(),
    }
}

/// `22`, `161/udp`.
fn port(socket_type: SocketType, port: u16) -> String {
    if socket_type == SocketType::Udp { format!("{port}/udp") } else { port.to_string() }
}

/// `tls (from tcp), as a plain port, ssh`.
fn how(socket: &PlannedSocket, provider: Option<&str>) -> String {
    let mut words = socket.socket_type.to_string();
    if socket.socket_type != socket.written_type {
        words = format!("{words} (from {})", socket.written_type);
    }
    let carriage = match socket.carriage {
        Some(Carriage::Raw) => Some("as a plain port"),
        Some(Carriage::ClientRequired) => Some("with a client program"),
        Some(Carriage::Native) | None => None,
    };
    let login = socket.login.map(Login::words);
    [Some(words.as_str()), carriage, provider, login].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn gone_door(who: usize, change: &Change, before: &Side, provider: Option<&str>, changed: ChangedDoor) -> MapDoor {
    let Side { socket, socket_type, public_port, host_name, through, .. } = before;
    let through = through.as_ref().map(|through| format!("folded: via {}", whole(&through.jump_host)));
    let entrance = through
        .or_else(|| host_name.as_deref().map(whole))
        .or_else(|| public_port.map(|port| format!("port {port}")))
        .unwrap_or_else(|| whole(socket));
    let how = [Some(socket_type.word()), provider].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let ports = vec![port(*socket_type, change.port)];
    MapDoor { who, entrance, how, ports, socket_type: Some(*socket_type), change: Some(changed), count: 1 }
}

/// How much is published, by which provider, and how much of it is open to anyone.
fn facts(plan: &Plan) -> Vec<String> {
    let names: Vec<&str> = plan.provider.into_iter().chain(plan.providers.iter().map(|one| one.name)).collect();
    let provider = match names.as_slice() {
        [] => "no provider selected".to_owned(),
        [name] => format!("provider {name}"),
        names => format!("providers {}", names.join(", ")),
    };
    let count = format!("{}, {provider}", counted(plan.sockets.len(), "socket"));
    [Some(count), plan.open_count().words(false)].into_iter().flatten().collect()
}

fn missing(stopped: usize) -> Option<String> {
    let words =
        || format!("`compile` stops at {}: what they are about may be missing here", counted(stopped, "finding"));
    (stopped > 0).then(words)
}
