//! A file of known findings, so that only new ones are shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::hexadecimal;

/// The version of the file.
const VERSION: u32 = 1;

/// What identifies a finding. It contains no line, so a finding that moves stays the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fingerprint {
    /// The file, relative to the baseline's directory.
    pub(crate) file: String,
    pub(crate) rule: String,
    /// The node, kind, or group that it is in: `nodes/r1`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) node: String,
    /// The entry as the file has it; otherwise the key on its line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) entry: String,
    /// Its number among equal ones, from 1.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub(crate) occurrence: u32,
    /// The nodes or sockets that it is about, if its place does not say so: one more of them is new, one less is not.
    #[serde(rename = "concerns", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) affects: BTreeSet<String>,
}

impl Fingerprint {
    /// A key for all of it: the SHA-256 of its parts, in hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        let occurrence = self.occurrence.to_string();
        for part in [&self.rule, &self.file, &self.node, &self.entry, &occurrence].into_iter().chain(&self.affects) {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        hexadecimal(&hasher.finalize())
    }

    /// Without what may shrink: the finding itself.
    fn split(mut self) -> (Self, BTreeSet<String>) {
        let affects = std::mem::take(&mut self.affects);
        (self, affects)
    }
}

fn first() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_first(occurrence: &u32) -> bool {
    *occurrence == 1
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Fingerprint>,
}

/// The findings of one file of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    known: BTreeMap<Fingerprint, BTreeSet<String>>,
}

impl Baseline {
    /// A baseline of the findings with these fingerprints.
    pub(crate) fn new(fingerprints: impl IntoIterator<Item = Fingerprint>) -> Self {
        Self { known: fingerprints.into_iter().map(Fingerprint::split).collect() }
    }

    /// Reads the text of a file; the error says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.version != VERSION {
            return Err(format!("it has version {}; this release reads version {VERSION}", document.version));
        }
        Ok(Self::new(document.findings))
    }

    /// The text of its file; the same findings give the same bytes.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        let whole = |(fingerprint, affects): (&Fingerprint, &BTreeSet<String>)| Fingerprint {
            affects: affects.clone(),
            ..fingerprint.clone()
        };
        let document = Document { version: VERSION, findings: self.known.iter().map(whole).collect() };
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }

    /// How many findings it contains.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The files that it has findings for.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(|known| known.file.as_str())
    }

    /// The findings that it contains and another one does not.
    pub(crate) fn beyond(&self, other: &Self) -> impl Iterator<Item = Fingerprint> {
        let all = self.known.iter().map(|(known, affects)| Fingerprint { affects: affects.clone(), ..known.clone() });
        all.filter(|fingerprint| !other.has(fingerprint))
    }

    /// Whether it contains a finding, with every node and socket that the finding is about now.
    pub(crate) fn has(&self, fingerprint: &Fingerprint) -> bool {
        let (fingerprint, affects) = fingerprint.clone().split();
        self.known.get(&fingerprint).is_some_and(|known| affects.is_subset(known))
    }

    /// What it contains of `files` and is not among `found`.
    pub(crate) fn gone<'b>(
        &'b self,
        files: &'b BTreeSet<String>,
        found: &BTreeSet<Fingerprint>,
    ) -> impl Iterator<Item = &'b Fingerprint> + use<'b> {
        let found: BTreeSet<Fingerprint> = found.iter().map(|found| found.clone().split().0).collect();
        self.known.keys().filter(move |known| files.contains(&known.file) && !found.contains(known))
    }
}

/// Numbers equal fingerprints, in their order.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    seen: BTreeMap<Fingerprint, u32>,
}

impl Numbering {
    /// The fingerprint with its occurrence.
    pub(crate) fn number(&mut self, mut fingerprint: Fingerprint) -> Fingerprint {
        fingerprint.occurrence = 1;
        let (mut fingerprint, affects) = fingerprint.split();
        let count = self.seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        fingerprint.occurrence = *count;
        Fingerprint { affects, ..fingerprint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(rule: &str) -> Fingerprint {
        Fingerprint {
            file: "l.clab.yml".to_owned(),
            rule: rule.to_owned(),
            node: "nodes/r1".to_owned(),
            entry: "tcp/22".to_owned(),
            occurrence: 1,
            affects: BTreeSet::from(["r1".to_owned(), "r2".to_owned()]),
        }
    }

    #[test]
    fn one_more_that_it_is_about_is_news() {
        let about = |names: &[&str]| Fingerprint {
            affects: names.iter().map(|name| (*name).to_owned()).collect(),
            ..fingerprint("a")
        };
        let baseline = Baseline::new([fingerprint("a")]);
        for (names, is_known) in [(&["r1", "r2"][..], true), (&["r2"], true), (&[], true), (&["r1", "r3"], false)] {
            assert_eq!(baseline.has(&about(names)), is_known, "{names:?}");
            let files = BTreeSet::from(["l.clab.yml".to_owned()]);
            assert_eq!(baseline.gone(&files, &BTreeSet::from([about(names)])).count(), 0);
        }
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let mut numbering = Numbering::default();
        let twice = [numbering.number(fingerprint("a")), numbering.number(fingerprint("a"))];
        assert_eq!(twice[1].occurrence, 2);
        let baseline = Baseline::new(twice.clone());
        assert_eq!(Baseline::read(&baseline.text().unwrap()), Ok(baseline.clone()));
        assert!(baseline.has(&twice[1]) && !baseline.has(&fingerprint("b")));
        let files = BTreeSet::from(["l.clab.yml".to_owned()]);
        assert_eq!(baseline.gone(&files, &BTreeSet::from([twice[0].clone()])).count(), 1);
        assert_eq!(baseline.gone(&BTreeSet::new(), &BTreeSet::new()).count(), 0);
        for text in ["", "{}", "{\"version\": 2, \"findings\": []}", "{\"version\": 1, \"findings\": [], \"x\": 1}"] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
    }
}
