use std::collections::{BTreeSet, HashMap, HashSet};

use super::change::{ChangedDoor, Mark};
use super::graph::{Access, Graph, MapDoor, MapNode, NodeGroup, WhoEnters};
use crate::base::{SocketType, counted};

/// What becomes one line of a map, each folding more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fold {
    /// Every door has its own line.
    Nothing,
    /// The doors of one node and one audience.
    Node,
    /// Those of one group or kind and one audience.
    Group,
    /// Those of one audience.
    Lab,
    /// Those that are open equally far: to anyone, to members, to people who are named.
    Access,
}

impl Fold {
    const ALL: [Self; 5] = [Self::Nothing, Self::Node, Self::Group, Self::Lab, Self::Access];
}

/// The graph, folded as little as makes it fit, and how far. Folded the most, it always counts as fitting.
pub(super) fn fitting(graph: &Graph, fits: impl Fn(&Graph, Fold) -> bool) -> (Graph, Fold) {
    let mut folded = Fold::ALL.into_iter().map(|fold| (self::fold(graph, fold), fold));
    folded.find(|(graph, fold)| *fold == Fold::Access || fits(graph, *fold)).expect("the last one is found")
}

/// Folds a graph.
pub(super) fn fold(graph: &Graph, fold: Fold) -> Graph {
    let mut folded = graph.clone();
    match fold {
        Fold::Nothing => {}
        Fold::Node => {
            for node in folded.groups.iter_mut().flat_map(|group| &mut group.nodes) {
                node.doors = joined(std::mem::take(&mut node.doors));
            }
        }
        Fold::Group => {
            for group in &mut folded.groups {
                *group = as_one_node(std::mem::take(&mut group.words), std::mem::take(&mut group.nodes));
            }
        }
        Fold::Lab => {
            let nodes = std::mem::take(&mut folded.groups).into_iter().flat_map(|group| group.nodes).collect();
            folded.groups = vec![as_one_node(String::new(), nodes)];
        }
        Fold::Access => {
            join_audiences(&mut folded);
            return self::fold(&folded, Fold::Lab);
        }
    }
    folded
}

/// How many of many nodes are named.
const NAMED: usize = 2;

/// A group in which all nodes have become one.
fn as_one_node(words: String, mut nodes: Vec<MapNode>) -> NodeGroup {
    if nodes.len() > NAMED {
        let first: Vec<&str> = nodes[..NAMED].iter().map(|node| node.words.as_str()).collect();
        let words = format!("{} and {}", first.join(", "), counted(nodes.len() - NAMED, "more node"));
        nodes = vec![MapNode { words, doors: nodes.into_iter().flat_map(|node| node.doors).collect() }];
    }
    for node in &mut nodes {
        node.doors = joined(std::mem::take(&mut node.doors));
    }
    NodeGroup { words, nodes }
}

/// All audiences that are open equally far become one.
fn join_audiences(graph: &mut Graph) {
    let mut joined: Vec<WhoEnters> = Vec::new();
    let mut places: HashMap<Access, usize> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    let mut moved = Vec::new();
    for who in std::mem::take(&mut graph.audiences) {
        let place = *places.entry(who.access).or_insert(joined.len());
        moved.push(place);
        if place == joined.len() {
            joined.push(who);
            counts.push(1);
        } else {
            joined[place].emails.extend(who.emails);
            joined[place].domains.extend(who.domains);
            counts[place] += 1;
        }
    }
    for (who, count) in joined.iter_mut().zip(counts).filter(|(_, count)| *count > 1) {
        who.words = vec![format!("{count} audiences: {}", who.access.meaning())];
    }
    graph.audiences = joined;
    for door in graph.groups.iter_mut().flat_map(|group| &mut group.nodes).flat_map(|node| &mut node.doors) {
        door.who = moved[door.who];
    }
}

/// What doors must have in common to become one.
type Key = (usize, Option<Mark>);

/// Doors of the same people, with the same kind of change, as one each.
fn joined(doors: Vec<MapDoor>) -> Vec<MapDoor> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut parts: Vec<Vec<MapDoor>> = Vec::new();
    for door in doors {
        let key = (door.who, door.change.as_ref().map(|change| change.mark));
        let place = *places.entry(key).or_insert(parts.len());
        if place == parts.len() {
            parts.push(Vec::new());
        }
        parts[place].push(door);
    }
    parts.into_iter().map(one).collect()
}

fn one(mut doors: Vec<MapDoor>) -> MapDoor {
    if doors.len() == 1 {
        return doors.remove(0);
    }
    let count = doors.iter().map(|door| door.count).sum();
    let types: BTreeSet<SocketType> = doors.iter().filter_map(|door| door.socket_type).collect();
    let entrance = counted(count, if types.is_empty() { "other door" } else { "socket" });
    let first = &doors[0];
    let how = if doors.iter().all(|door| door.how == first.how) {
        first.how.clone()
    } else {
        types.into_iter().map(SocketType::word).collect::<Vec<_>>().join(", ")
    };
    let mut seen = HashSet::new();
    let ports = doors.iter().flat_map(|door| &door.ports).filter(|port| seen.insert(*port)).cloned().collect();
    let change = first.change.as_ref().map(|change| ChangedDoor {
        mark: change.mark,
        words: if doors.iter().all(|door| door.change == first.change) {
            change.words.clone()
        } else {
            change.mark.meaning().to_owned()
        },
    });
    MapDoor { who: first.who, entrance, how, ports, socket_type: first.socket_type, change, count }
}
