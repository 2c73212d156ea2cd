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
    /// Those that are open equally far: to anyone, to members, to people who are named, or also to domains.
    Access,
}

/// How far a graph is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Folding {
    fold: Fold,
    /// A door that changed has a line of its own all the same.
    keeps_changes: bool,
}

/// What folds less comes first. Changes are folded only if there are too many of them.
fn foldings() -> impl Iterator<Item = Folding> {
    let all = [Fold::Node, Fold::Group, Fold::Lab, Fold::Access];
    let of = move |keeps_changes| all.into_iter().map(move |fold| Folding { fold, keeps_changes });
    std::iter::once(Folding { fold: Fold::Nothing, keeps_changes: true }).chain(of(true)).chain(of(false))
}

/// The graph, folded as little as makes it fit, and how far. Folded the most, it always counts as fitting.
pub(super) fn fitting(graph: &Graph, fits: impl Fn(&Graph, Fold) -> bool) -> (Graph, Fold) {
    let mut last = None;
    for folding in foldings() {
        let folded = fold(graph, folding);
        if fits(&folded, folding.fold) {
            return (folded, folding.fold);
        }
        last = Some((folded, folding.fold));
    }
    last.expect("there is one at least")
}

/// Folds a graph.
fn fold(graph: &Graph, folding: Folding) -> Graph {
    let mut folded = graph.clone();
    let keeps = folding.keeps_changes;
    match folding.fold {
        Fold::Nothing => {}
        Fold::Node => {
            for node in folded.groups.iter_mut().flat_map(|group| &mut group.nodes) {
                node.doors = joined(std::mem::take(&mut node.doors), keeps);
            }
        }
        Fold::Group => {
            for group in &mut folded.groups {
                *group = as_one_node(std::mem::take(&mut group.words), std::mem::take(&mut group.nodes), keeps);
            }
        }
        Fold::Lab => {
            let nodes = std::mem::take(&mut folded.groups).into_iter().flat_map(|group| group.nodes).collect();
            folded.groups = vec![as_one_node(String::new(), nodes, keeps)];
        }
        Fold::Access => {
            join_audiences(&mut folded, keeps);
            return fold(&folded, Folding { fold: Fold::Lab, ..folding });
        }
    }
    folded
}

/// How many of many nodes are named.
const NAMED: usize = 2;

/// A group in which all nodes have become one, except what stands for every node, and, if changes are kept, the nodes that have one.
fn as_one_node(words: String, nodes: Vec<MapNode>, keeps: bool) -> NodeGroup {
    let is_kept = |node: &MapNode| node.is_every || keeps && node.doors.iter().any(|door| door.change.is_some());
    let (mut kept, mut many): (Vec<MapNode>, Vec<MapNode>) = nodes.into_iter().partition(is_kept);
    if many.len() > NAMED {
        let first: Vec<&str> = many[..NAMED].iter().map(|node| node.words.as_str()).collect();
        let words = format!("{} and {}", first.join(", "), counted(many.len() - NAMED, "more node"));
        let doors = many.into_iter().flat_map(|node| node.doors).collect();
        many = vec![MapNode { words, is_every: false, doors }];
    }
    many.append(&mut kept);
    for node in &mut many {
        node.doors = joined(std::mem::take(&mut node.doors), keeps);
    }
    NodeGroup { words, nodes: many }
}

/// All audiences that are open equally far become one; if changes are kept, not those of a door that changed.
fn join_audiences(graph: &mut Graph, keeps: bool) {
    let changed: HashSet<usize> =
        graph.doors().filter(|(_, _, door)| keeps && door.change.is_some()).map(|(_, _, door)| door.who).collect();
    let mut joined: Vec<WhoEnters> = Vec::new();
    let mut places: HashMap<(Access, bool, Option<usize>), usize> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    let mut moved = Vec::new();
    for (index, who) in std::mem::take(&mut graph.audiences).into_iter().enumerate() {
        // A domain, or a policy, is more than a person.
        let is_wide = who.words.len() > who.emails.len();
        let key = (who.access, is_wide, Some(index).filter(|index| changed.contains(index)));
        let place = *places.entry(key).or_insert(joined.len());
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
        let wide = if who.access == Access::Named && !who.domains.is_empty() { ", and domains" } else { "" };
        who.words = vec![format!("{count} audiences: {}{wide}", who.access.meaning())];
    }
    graph.audiences = joined;
    for door in graph.groups.iter_mut().flat_map(|group| &mut group.nodes).flat_map(|node| &mut node.doors) {
        door.who = moved[door.who];
    }
}

/// What doors must have in common to become one. A door that is kept has nothing in common with any.
type Key = (usize, Option<Mark>, Option<usize>);

/// Doors of the same people, with the same kind of change, as one each; if changes are kept, those that changed are not joined.
fn joined(doors: Vec<MapDoor>, keeps: bool) -> Vec<MapDoor> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut parts: Vec<Vec<MapDoor>> = Vec::new();
    for (index, door) in doors.into_iter().enumerate() {
        let mark = door.change.as_ref().map(|change| change.mark);
        let key = (door.who, mark, mark.filter(|_| keeps).map(|_| index));
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
