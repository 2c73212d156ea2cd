use std::fmt;

use sha2::{Digest, Sha256};

use super::Lab;
use crate::base::{SourceFile, Span, hexadecimal};
use crate::model::{Item, Listed, Section};

/// A longer entry is identified by its beginning and a digest of all of it.
const LONG: usize = 200;

fn short(entry: &str) -> String {
    let Some((cut, _)) = entry.char_indices().nth(LONG) else { return entry.to_owned() };
    format!("{}…{}", &entry[..cut], hexadecimal(&Sha256::digest(entry.as_bytes())[..8]))
}

/// What a place of a file belongs to, in words that do not change when lines move.
#[derive(Clone, Debug, Default)]
pub(crate) struct SectionIndex {
    /// Nodes, kinds, groups and the defaults, in the order of the file.
    owners: Vec<Owner>,
    /// Where entries are, in order.
    entries: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    start: u32,
    /// `nodes`, `kinds`, `groups`, `defaults`.
    word: &'static str,
    name: Option<Box<str>>,
}

impl SectionIndex {
    /// The landmarks of a lab. They contain no value from the environment.
    pub(crate) fn new(lab: &Lab<'_>) -> Self {
        let topology = lab.topology;
        let levels = [("groups", &topology.groups.all), ("kinds", &topology.kinds.all), ("nodes", &topology.nodes)];
        let mut owners: Vec<Owner> = levels
            .iter()
            .flat_map(|(word, levels)| levels.iter().map(move |(name, _)| (*word, *name)))
            .map(|(word, name)| Owner { start: lab.span(name.place).start, word, name: Some(lab.shown(name).into()) })
            .collect();
        owners.extend(topology.defaults_key.map(|key| Owner {
            start: lab.span(key).start,
            word: "defaults",
            name: None,
        }));
        owners.extend(topology.entries_file.iter().flat_map(|file| &file.listed).map(|Listed { section, name }| {
            Owner {
                start: lab.span(name.place).start,
                word: section.key(),
                name: (*section != Section::Defaults).then(|| lab.shown(*name).into()),
            }
        }));
        owners.sort();
        owners.dedup();
        let place = |item: &Item<'_>| lab.span(item.place_of(&(0..item.text.value.len())));
        let mut entries: Vec<Span> = lab.items().map(place).collect();
        entries.sort_by_key(|span| span.start);
        Self { owners, entries }
    }

    /// Those of each of two files, of which the second begins at a byte of both together.
    pub(crate) fn parted(self, start: u32) -> Vec<Self> {
        let (first, second): (Vec<_>, Vec<_>) = self.owners.into_iter().partition(|owner| owner.start < start);
        let second = second.into_iter().map(|owner| Owner { start: owner.start - start, ..owner }).collect();
        let (own, others): (Vec<_>, Vec<_>) = self.entries.into_iter().partition(|span| span.start < start);
        let others = others.into_iter().map(|span| span.back(start)).collect();
        vec![Self { owners: first, entries: own }, Self { owners: second, entries: others }]
    }

    /// The bytes at which nodes, kinds, groups and the defaults begin, in order, and what each is called: `nodes/r1`.
    pub(crate) fn owners(&self) -> (Vec<u32>, Vec<String>) {
        self.owners.iter().map(|owner| (owner.start, owner.to_string())).unzip()
    }

    /// The node, kind, group or `defaults` that begins last before a byte of the file; empty before the first.
    pub(crate) fn owner(&self, offset: u32) -> String {
        let after = self.owners.partition_point(|owner| owner.start <= offset);
        after.checked_sub(1).map_or_else(String::new, |index| self.owners[index].to_string())
    }

    /// The entry at a byte of the file, or just before it, if something is missing there; a long one is shortened. None if there
    /// is none.
    pub(crate) fn entry(&self, file: &SourceFile, offset: u32) -> Option<String> {
        let after = self.entries.partition_point(|span| span.start <= offset);
        let span = self.entries[after.checked_sub(1)?];
        Some(short(file.slice(span))).filter(|text| offset <= span.end && !text.is_empty())
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(formatter, "{}/{name}", self.word),
            None => formatter.write_str(self.word),
        }
    }
}
