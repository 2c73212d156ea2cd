use sha2::{Digest, Sha256};

use super::Lab;
use crate::base::hexadecimal;

/// An entry of more characters is known by its beginning and a digest of all of it.
const LONG: usize = 200;

fn short(entry: &str) -> String {
    let Some((cut, _)) = entry.char_indices().nth(LONG) else { return entry.to_owned() };
    format!("{}…{}", &entry[..cut], hexadecimal(&Sha256::digest(entry.as_bytes())[..8]))
}

/// What a place of a file belongs to, in words that stay when lines move.
#[derive(Clone, Debug, Default)]
pub(crate) struct Landmarks {
    /// Where nodes, kinds, groups and the defaults begin.
    starts: Vec<u32>,
    /// Their names, in the same order: `nodes/r1`, `defaults`.
    owners: Vec<String>,
    /// Where entries stand, and their text in the file.
    entries: Vec<(std::ops::Range<u32>, String)>,
}

impl Landmarks {
    /// Those of a lab. No value of the environment is in them.
    pub(crate) fn new(lab: &Lab<'_>) -> Self {
        let topology = lab.topology;
        let levels = [("groups", &topology.groups), ("kinds", &topology.kinds), ("nodes", &topology.nodes)];
        let mut owners: Vec<(u32, String)> = levels
            .iter()
            .flat_map(|(word, levels)| levels.iter().map(move |(name, _)| (*word, *name)))
            .map(|(word, name)| (lab.span(name.place).start, format!("{word}/{}", lab.shown(name))))
            .chain(topology.defaults_key.map(|key| (lab.span(key).start, "defaults".to_owned())))
            .collect();
        owners.sort();
        let (starts, owners) = owners.into_iter().unzip();
        let mut entries: Vec<(std::ops::Range<u32>, String)> = lab
            .items()
            .map(|item| {
                let place = item.place_of(&(0..item.text.value.len()));
                let span = lab.span(place);
                (span.start..span.end.max(span.start + 1), short(lab.original(place)))
            })
            .collect();
        entries.sort_by_key(|(range, _)| range.start);
        Self { starts, owners, entries }
    }

    /// The bytes at which nodes, kinds, groups and the defaults begin, in order, and what each is called.
    pub(crate) fn owners(&self) -> (&[u32], &[String]) {
        (&self.starts, &self.owners)
    }

    /// The node, kind, group or `defaults` that begins last before a byte of the file; empty before the first.
    pub(crate) fn owner(&self, offset: u32) -> &str {
        let after = self.starts.partition_point(|start| *start <= offset);
        after.checked_sub(1).map_or("", |index| &self.owners[index])
    }

    /// The entry at a byte of the file, a long one shortened; empty where there is none.
    pub(crate) fn entry(&self, offset: u32) -> &str {
        let after = self.entries.partition_point(|(range, _)| range.start <= offset);
        let entry = after.checked_sub(1).map(|index| &self.entries[index]);
        entry.filter(|(range, _)| range.contains(&offset)).map_or("", |(_, text)| text)
    }
}
