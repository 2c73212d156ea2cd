use std::collections::HashMap;

use crate::base::{AclKind, Span};
use crate::expose::Exposure;
use crate::model::{Item, PublishList};
use crate::resolve::{Lab, LevelKind};
use crate::text::Place;

/// What an editor shows of a lab, each with its place. All texts are as the file has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    /// In the order of their lists.
    pub(crate) entries: Vec<OutlinedEntry>,
    /// In the order of the files.
    pub(crate) lists: Vec<OutlinedList>,
    /// In the order of the topology.
    pub(crate) nodes: Vec<OutlinedNode>,
}

/// Bytes of one of the files of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// Its index among the files of the lab.
    pub(crate) file: usize,
    pub(crate) span: Span,
}

/// A well-formed entry.
#[derive(Clone, Debug)]
pub(crate) struct OutlinedEntry {
    pub(crate) at: At,
    pub(crate) acl: Vec<OutlinedWord>,
    /// An index into the lists.
    pub(crate) list: usize,
    /// The sockets that it opens, by their indices in the plan.
    pub(crate) sockets: Vec<usize>,
}

/// A word of an acl.
#[derive(Clone, Debug)]
pub(crate) struct OutlinedWord {
    /// Where it is; none if it is not written letter for letter, or comes from a variable.
    pub(crate) at: Option<At>,
    pub(crate) kind: AclKind,
    /// The name that it is compared by.
    pub(crate) name: String,
}

/// A list of entries.
#[derive(Clone, Debug)]
pub(crate) struct OutlinedList {
    /// Its key: the word `publish`, or the name of a level in an entries file.
    pub(crate) key: At,
    /// `kind linux`, `node r1`, `defaults`.
    pub(crate) owner: String,
    /// The nodes that it applies to, by their indices.
    pub(crate) nodes: Vec<usize>,
    /// It has `none`.
    pub(crate) opts_out: bool,
}

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct OutlinedNode {
    /// Its name.
    pub(crate) at: At,
    pub(crate) words: String,
    pub(crate) kind: Option<String>,
    /// The list that applies, by its index, and the level that has it.
    pub(crate) list: Option<(usize, LevelKind)>,
    /// The sockets that it has, by their indices in the plan.
    pub(crate) sockets: Vec<usize>,
}

impl Outline {
    /// The outline of a lab, of which `planned` is opened, in the order of the plan.
    pub(crate) fn new(lab: &Lab<'_>, planned: &[&Exposure<'_>]) -> Self {
        let owners = owners(lab);
        let mut outline = Self::default();
        let mut lists: HashMap<usize, usize> = HashMap::new();
        let mut entries = HashMap::new();
        for list in &lab.topology.lists {
            let index = outline.lists.len();
            lists.insert(list.key.range().start, index);
            let owner = owners.get(&list.key.range().start).cloned().unwrap_or_default();
            outline.lists.push(OutlinedList {
                key: at(lab, list.key),
                owner,
                nodes: Vec::new(),
                opts_out: list.opts_out(),
            });
            for item in list.items.iter().filter(|item| item.socket().is_some()) {
                entries.entry(item.identity()).or_insert(outline.entries.len());
                outline.entries.push(entry(lab, item, index));
            }
        }
        let mut nodes = HashMap::new();
        for node in &lab.nodes {
            let list = node
                .publish
                .as_ref()
                .and_then(|inherited| Some((*lists.get(&inherited.list.key.range().start)?, inherited.level)));
            if let Some((list, _)) = list {
                outline.lists[list].nodes.push(outline.nodes.len());
            }
            let words = lab.shown(node.name).to_owned();
            let kind = node.kind.map(|kind| kind.value.to_owned());
            nodes.insert(node.name.place.range().start, outline.nodes.len());
            outline.nodes.push(OutlinedNode { at: at(lab, node.name.place), words, kind, list, sockets: Vec::new() });
        }
        for (socket, exposure) in planned.iter().enumerate() {
            if let Some(index) = entries.get(&exposure.socket.item.identity()) {
                outline.entries[*index].sockets.push(socket);
            }
            if let Some(index) = nodes.get(&exposure.socket.node.name.place.range().start) {
                outline.nodes[*index].sockets.push(socket);
            }
        }
        outline
    }

    /// The same with other indices of sockets, by the old ones: those in the plan of several providers.
    pub(crate) fn placed(mut self, places: &[usize]) -> Self {
        for socket in self.sockets_mut().flatten() {
            *socket = places[*socket];
        }
        self
    }

    /// The same with the sockets of another provider. Both are of one lab.
    pub(crate) fn with(mut self, mut other: Self) -> Self {
        for (own, others) in self.sockets_mut().zip(other.sockets_mut()) {
            own.append(others);
            own.sort_unstable();
        }
        self
    }

    /// The sockets of each entry, then of each node.
    fn sockets_mut(&mut self) -> impl Iterator<Item = &mut Vec<usize>> {
        let nodes = self.nodes.iter_mut().map(|node| &mut node.sockets);
        self.entries.iter_mut().map(|entry| &mut entry.sockets).chain(nodes)
    }

    /// The entry at a byte of a file.
    pub(crate) fn entry_at(&self, file: usize, offset: u32) -> Option<&OutlinedEntry> {
        self.entries.iter().find(|entry| entry.at.has(file, offset))
    }

    /// The node whose name is at a byte of a file.
    pub(crate) fn node_at(&self, file: usize, offset: u32) -> Option<&OutlinedNode> {
        self.nodes.iter().find(|node| node.at.has(file, offset))
    }

    /// The list whose key is at a byte of a file.
    pub(crate) fn list_at(&self, file: usize, offset: u32) -> Option<&OutlinedList> {
        self.lists.iter().find(|list| list.key.has(file, offset))
    }
}

impl At {
    /// Whether a byte is there, or just behind it.
    pub(crate) fn has(&self, file: usize, offset: u32) -> bool {
        self.file == file && self.span.start <= offset && offset <= self.span.end
    }
}

/// Whose lists they are, by the places of their keys.
fn owners(lab: &Lab<'_>) -> HashMap<usize, String> {
    let topology = lab.topology;
    let levels = [("kind", &topology.kinds.all), ("group", &topology.groups.all), ("node", &topology.nodes)];
    let mut owners: HashMap<usize, String> = HashMap::new();
    let mut add = |list: &PublishList<'_>, words: String| _ = owners.entry(list.key.range().start).or_insert(words);
    for (word, levels) in levels {
        for (name, level) in levels {
            if let Some(list) = &level.publish {
                add(list, format!("{word} {}", lab.shown(*name)));
            }
        }
    }
    if let Some(list) = &topology.defaults.publish {
        add(list, "defaults".to_owned());
    }
    owners
}

fn entry(lab: &Lab<'_>, item: &Item<'_>, list: usize) -> OutlinedEntry {
    let socket = item.socket().expect("it was filtered");
    let words = socket.acl.iter().map(|word| {
        let (kind, name) = lab.acl_item(word);
        let place = item.place_of(&word.range);
        let is_written = item.verbatim_start.is_some() && lab.original(place) == word.text;
        OutlinedWord { at: is_written.then(|| at(lab, place)), kind, name: name.to_owned() }
    });
    OutlinedEntry { at: at(lab, item.whole_place()), acl: words.collect(), list, sockets: Vec::new() }
}

fn at(lab: &Lab<'_>, place: Place) -> At {
    let span = lab.span(place);
    let (_, own) = lab.source.locate(span);
    let second = lab.source.second_start().map(|(_, start)| start);
    At { file: usize::from(second.is_some_and(|start| span.start >= start)), span: own }
}
