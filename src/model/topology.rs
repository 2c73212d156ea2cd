use std::collections::HashMap;
use std::rc::Rc;

use serde::Serialize;

use super::entries::EntriesFile;
use crate::base::{Span, twins};
use crate::syntax::entry::{Entry, SocketEntry};
use crate::syntax::{NodeId, Tree};
use crate::text::Place;

/// A scalar of the file. Its value may come from the environment: messages quote the place, not the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    pub(crate) value: &'t str,
    pub(crate) place: Place,
}

impl Text<'_> {
    /// Where the value begins in the text of the file, if it is there letter for letter: bare, or in quotes without escapes.
    pub(crate) fn verbatim_start(&self, text: &str) -> Option<usize> {
        let range = self.place.range();
        let written = text.get(range.clone())?;
        if written == self.value {
            return Some(range.start);
        }
        let inner = written.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?;
        (inner == self.value).then_some(range.start + 1)
    }
}

/// What publishing reads of a containerlab topology.
#[derive(Debug, Default)]
pub(crate) struct Topology<'t> {
    /// What it was read from; there as soon as it was read.
    pub(crate) tree: Option<&'t Tree<'t>>,
    /// What aliases refer to, in the order of the file: a change there is a change elsewhere too.
    pub(crate) shared: Vec<Place>,
    pub(crate) name: Option<Text<'t>>,
    /// Absent and null are the same; an empty prefix is a prefix (spec/names.md#names-of-containers).
    pub(crate) prefix: Option<Text<'t>>,
    pub(crate) management_network: Option<Text<'t>>,
    /// The value of `mgmt.external-access`.
    pub(crate) external_access: Option<Text<'t>>,
    /// The key `topology`, if the file has one.
    pub(crate) key: Option<Place>,
    /// The key `defaults`, if the topology has one.
    pub(crate) defaults_key: Option<Place>,
    pub(crate) defaults: Level<'t>,
    pub(crate) kinds: Levels<'t>,
    pub(crate) groups: Levels<'t>,
    /// In the order of the file.
    pub(crate) nodes: Vec<Named<'t>>,
    /// Every list of entries once, in the order of the file, whether a node uses it or not.
    pub(crate) lists: Vec<Rc<PublishList<'t>>>,
    /// Every distinct entry of the file.
    pub(crate) distinct: Vec<Rc<Entry>>,
    /// Keys of levels that a later merge overrides: (the one that is overridden, the one that applies).
    pub(crate) lost_to_merges: Vec<(Text<'t>, Text<'t>)>,
    /// Levels that have both a list and a label: the keys of both.
    pub(crate) two_carriers: Vec<(Place, Place)>,
    /// Variables in labels whose values split an entry.
    pub(crate) parted: Vec<Place>,
    /// Keys that were surely meant to be `publish`, and whether each is the only one on its level.
    pub(crate) near_misses: Vec<(Text<'t>, bool)>,
    /// Additional names of nodes in the DNS of the management network (containerlab's `aliases`), of any level.
    pub(crate) dns_aliases: Vec<Text<'t>>,
    /// Keys `publish` at the top of the file or of `topology`, where nothing reads them.
    pub(crate) misplaced: Vec<Text<'t>>,
    /// The clabernetes Topology that it is written in, if there is one.
    pub(crate) cluster: Option<ClusterLab>,
    /// The entries file that it is read with, if there is one.
    pub(crate) entries_file: Option<EntriesFile<'t>>,
}

/// A lab that clabernetes runs (spec/kubernetes.md#a-topology-of-clabernetes).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClusterLab {
    /// The word `Topology` in the file.
    pub(crate) kind: Span,
    /// The value of `exposeType`, if it is written.
    pub(crate) expose_type: Option<Span>,
    /// Each node has a service of the type `LoadBalancer`.
    pub(crate) has_load_balancers: bool,
    /// That service has the usual ports, besides those that the topology names.
    pub(crate) has_usual_ports: bool,
}

impl Topology<'_> {
    /// Whether an alias refers to what is at a place.
    pub(crate) fn is_shared(&self, place: Place) -> bool {
        let after = self.shared.partition_point(|shared| shared.range().start <= place.range().start);
        after.checked_sub(1).is_some_and(|index| self.shared[index].range().end >= place.range().end)
    }
}

/// The settings of a node, a group, a kind or the defaults.
#[derive(Debug, Default)]
pub(crate) struct Level<'t> {
    pub(crate) kind: Option<Text<'t>>,
    pub(crate) group: Option<Text<'t>>,
    pub(crate) image: Option<Text<'t>>,
    pub(crate) network_mode: Option<Text<'t>>,
    /// The key `type`: which router a simulator is.
    pub(crate) node_type: Option<Text<'t>>,
    /// The value of `components`, whatever it is. An empty list counts, null does not (containerlab `GetComponents`, 0.79).
    pub(crate) components: Option<NodeId>,
    /// Its entries, whichever carrier they use.
    pub(crate) publish: Option<Rc<PublishList<'t>>>,
    pub(crate) binds: Vec<Text<'t>>,
    /// Ports of the lab host; an empty list is like none (spec/doors.md#host-ports).
    pub(crate) ports: Vec<Text<'t>>,
    /// Present as soon as `extras` is a map: it hides the extras of less specific levels.
    pub(crate) extras: Option<Extras<'t>>,
}

#[derive(Debug, Default)]
pub(crate) struct Extras<'t> {
    pub(crate) mysocket_proxy: Option<Text<'t>>,
}

/// A level and what it is called.
pub(crate) type Named<'t> = (Text<'t>, Level<'t>);

/// Levels that are found by their names.
#[derive(Debug, Default)]
pub(crate) struct Levels<'t> {
    /// In the order of the file.
    pub(crate) all: Vec<Named<'t>>,
    by_name: HashMap<&'t str, usize>,
}

impl<'t> Levels<'t> {
    pub(crate) fn new(all: Vec<Named<'t>>) -> Self {
        let by_name = all.iter().enumerate().map(|(index, (name, _))| (name.value, index)).collect();
        Self { all, by_name }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Level<'t>> {
        self.by_name.get(name).map(|index| &self.all[*index].1)
    }
}

/// How entries are written (spec/entries.md#labels, spec/entries-file.md#the-file).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Notation {
    /// The key `publish`.
    Publish,
    /// The label `publish`.
    Label,
    /// A level in an entries file.
    Entries,
}

/// The entries of one level: the value of a key `publish`, of a label of that name, or of a level in an entries file.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts about a list, not states of it
pub(crate) struct PublishList<'t> {
    pub(crate) notation: Notation,
    /// The list, or the label's text.
    pub(crate) node: NodeId,
    /// The word `publish`; in an entries file, the name of the level.
    pub(crate) key: Place,
    /// The list; the key again if there is no list.
    pub(crate) place: Place,
    pub(crate) items: Vec<Item<'t>>,
    /// Written inside brackets, where a comma ends an entry.
    pub(crate) is_flow: bool,
    /// Not a list of strings, or not the string of a label: nothing is published and nothing inherited.
    pub(crate) is_broken: bool,
    /// At least one of its items is not an entry; a dozen rules ask for this.
    pub(crate) is_malformed: bool,
    /// One of its items is `none`.
    pub(crate) says_none: bool,
}

/// See [`Item::identity`].
pub(crate) type Identity = (std::ops::Range<usize>, usize);

/// One entry of a list, or one word of a label.
#[derive(Debug)]
pub(crate) struct Item<'t> {
    pub(crate) text: Text<'t>,
    pub(crate) entry: Rc<Entry>,
    /// Where the text begins, if it is in the file letter for letter (no escapes, no folding).
    pub(crate) verbatim_start: Option<usize>,
    /// As it is written: an alias stays one.
    pub(crate) node: NodeId,
    /// Which word of a label it is; 0 in a list.
    pub(crate) word: usize,
}

impl Item<'_> {
    /// The entry, if it is a well-formed socket.
    pub(crate) fn socket(&self) -> Option<&SocketEntry> {
        match &*self.entry {
            Entry::Socket(entry) => Some(entry),
            _ => None,
        }
    }

    /// What distinguishes it from every other entry of the file. An inherited entry stays the same.
    pub(crate) fn identity(&self) -> Identity {
        (self.text.place.range(), self.word)
    }

    /// The place of a range of the entry's text; the whole scalar if it is not written letter for letter.
    pub(crate) fn place_of(&self, range: &std::ops::Range<usize>) -> Place {
        match self.verbatim_start {
            Some(start) => Place::new(start + range.start, start + range.end),
            None => self.text.place,
        }
    }

    /// Where the whole entry is in the file, without its quotes.
    pub(crate) fn whole_place(&self) -> Place {
        self.place_of(&(0..self.text.value.len()))
    }
}

impl PublishList<'_> {
    /// Null and empty lists fall through to the next level (spec/inheritance.md#which-list-applies).
    pub(crate) fn falls_through(&self) -> bool {
        self.items.is_empty() && !self.is_broken
    }

    /// Contains `none`, alone or among others; then nothing in it is published.
    pub(crate) fn opts_out(&self) -> bool {
        self.says_none
    }

    /// Whether it contains a type and a port twice.
    pub(crate) fn has_twins(&self) -> bool {
        let sockets = self.items.iter().filter_map(Item::socket).map(|entry| (entry.port, entry.socket_type));
        !twins(&mut sockets.collect::<Vec<_>>()).is_empty()
    }
}
