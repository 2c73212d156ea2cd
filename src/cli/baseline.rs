//! `--baseline` and `--write-baseline`: what was found before is not shown again.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::failure::Failure;
use super::{Streams, paths};
use crate::base::{Finding, SourceFile, whole};
use crate::line::Examined;
use crate::suppress::{Baseline, Fingerprint, Numbering};

/// A baseline and the path that it was read from.
pub(super) struct Known<'p> {
    path: &'p Path,
    baseline: Baseline,
}

/// Reads a baseline.
pub(super) fn read(path: &Path) -> Result<Known<'_>, Failure> {
    let name = path.to_string_lossy().into_owned();
    let text = fs::read_to_string(path).map_err(|error| Failure::Unreadable { name: name.clone(), error })?;
    let baseline = Baseline::read(&text).map_err(|reason| Failure::Baseline { name, reason })?;
    Ok(Known { path, baseline })
}

impl Known<'_> {
    /// The findings of a file that are new.
    pub(super) fn new_ones(&self, file: &Examined, findings: Vec<Finding>) -> Vec<Finding> {
        let fingerprints = fingerprints(self.path, file, &findings);
        let both = findings.into_iter().zip(fingerprints);
        both.filter(|(_, fingerprint)| !self.baseline.has(fingerprint)).map(|(finding, _)| finding).collect()
    }

    /// Takes what it holds out of the findings and, where all rules are looked at, tells what it holds in vain. Gives how
    /// many were taken out.
    pub(super) fn sift(
        &self,
        examined: &mut [Examined],
        shows_all: bool,
        streams: &mut Streams<'_>,
    ) -> Result<usize, Failure> {
        let (mut files, mut found) = (BTreeSet::new(), BTreeSet::new());
        let mut count = 0;
        for file in examined {
            files.insert(seen(self.path, file));
            found.extend(fingerprints(self.path, file, &file.findings));
            let findings = std::mem::take(&mut file.findings);
            count += findings.len();
            file.findings = self.new_ones(file, findings);
            count -= file.findings.len();
        }
        // A file that is no longer there was not checked, and has nothing left either.
        let folder = self.path.parent().unwrap_or(Path::new(""));
        files.extend(self.baseline.files().filter(|file| !folder.join(file).exists()).map(str::to_owned));
        for gone in self.baseline.gone(&files, &found).filter(|_| shows_all) {
            writeln!(
                streams.stderr,
                "baseline: {} is no longer found in {}{}{}",
                whole(&gone.rule),
                whole(&gone.file),
                described(" at ", &gone.node),
                described(", entry ", &gone.entry)
            )?;
        }
        Ok(count)
    }
}

/// Writes all findings down. Gives how many.
pub(super) fn write(path: &Path, examined: &[Examined]) -> Result<usize, Failure> {
    let name = || path.to_string_lossy().into_owned();
    // Whatever else is there is somebody's: a topology, settings.
    if fs::symlink_metadata(path).is_ok() {
        let text = fs::read_to_string(path).unwrap_or_default();
        Baseline::read(&text).map_err(|_| Failure::NoBaseline { name: name() })?;
    }
    let baseline = Baseline::new(examined.iter().flat_map(|file| fingerprints(path, file, &file.findings)));
    let text = baseline.text().map_err(|error| Failure::Format(error.to_string()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // In one step: a baseline that is cut in the middle would be none.
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map_err(|error| Failure::Unwritable { name: name(), error })?;
    Ok(baseline.len())
}

fn described(word: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{word}`{}`", whole(text)) }
}

/// The fingerprints of a file's findings, in their order.
fn fingerprints(baseline: &Path, file: &Examined, findings: &[Finding]) -> Vec<Fingerprint> {
    let mut numbering = Numbering::default();
    let name = seen(baseline, file);
    let of = |finding: &Finding| {
        // What is about the whole file has its place only to be shown somewhere.
        let place = finding.labels.first().map(|label| label.span.start).filter(|_| !finding.is_of_file);
        let entry = place.map_or("", |place| match file.landmarks.entry(place) {
            "" => key_of_line(&file.file, place),
            entry => entry,
        });
        Fingerprint {
            file: name.clone(),
            rule: finding.rule.to_owned(),
            node: place.map_or("", |place| file.landmarks.owner(place)).to_owned(),
            entry: entry.to_owned(),
            occurrence: 1,
            concerns: finding.concerns.iter().cloned().collect(),
        }
    };
    findings.iter().map(|finding| numbering.number(of(finding))).collect()
}

/// The key on the line of a place that is in no entry; never a value, which may be a secret.
fn key_of_line(file: &SourceFile, place: u32) -> &str {
    let line = file.text().get(file.line_range(file.line_of(place))).unwrap_or_default();
    let key = line.split_once(':').map_or("", |(key, _)| key.trim_start_matches([' ', '-']).trim_end());
    let is_word = |letter: char| letter.is_alphanumeric() || "-_.'\"".contains(letter);
    if key.chars().all(is_word) { key } else { "" }
}

/// The file's name as it is seen from the baseline's folder, so that it is the same from everywhere.
fn seen(baseline: &Path, file: &Examined) -> String {
    let folder = baseline.parent().unwrap_or(Path::new(""));
    let (Ok(folder), Ok(path)) = (std::path::absolute(folder.join(".")), std::path::absolute(file.file.name())) else {
        return file.file.name().to_owned();
    };
    paths::seen_from(&folder, &path).to_string_lossy().replace('\\', "/")
}
