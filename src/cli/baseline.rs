//! `--baseline` and `--write-baseline`: what was found before is not shown again.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::failure::Failure;
use super::{Streams, paths};
use crate::base::{Finding, whole};
use crate::line::Examined;
use crate::suppress::{Baseline, Fingerprint, Numbering};

/// Takes what a baseline holds out of the findings and, where all rules are looked at, tells what it holds in vain. Gives how
/// many were taken out.
pub(super) fn sift(
    path: &Path,
    examined: &mut [Examined],
    shows_all: bool,
    streams: &mut Streams<'_>,
) -> Result<usize, Failure> {
    let name = path.to_string_lossy().into_owned();
    let text = fs::read_to_string(path).map_err(|error| Failure::Unreadable { name: name.clone(), error })?;
    let baseline = Baseline::read(&text).map_err(|reason| Failure::Baseline { name, reason })?;
    let (mut files, mut found) = (BTreeSet::new(), BTreeSet::new());
    let mut count = 0;
    for file in examined {
        files.insert(seen(path, file));
        let fingerprints = fingerprints(path, file);
        let findings = std::mem::take(&mut file.findings);
        for (finding, fingerprint) in findings.into_iter().zip(fingerprints) {
            if baseline.has(&fingerprint) {
                count += 1;
            } else {
                file.findings.push(finding);
            }
            found.insert(fingerprint);
        }
    }
    for gone in baseline.gone(&files, &found).filter(|_| shows_all) {
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

/// Writes all findings down. Gives how many.
pub(super) fn write(path: &Path, examined: &[Examined]) -> Result<usize, Failure> {
    let name = || path.to_string_lossy().into_owned();
    // Whatever else is there is somebody's: a topology, settings.
    if fs::symlink_metadata(path).is_ok() {
        let text = fs::read_to_string(path).unwrap_or_default();
        Baseline::read(&text).map_err(|_| Failure::NoBaseline { name: name() })?;
    }
    let baseline = Baseline::new(examined.iter().flat_map(|file| fingerprints(path, file)));
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
fn fingerprints(baseline: &Path, file: &Examined) -> Vec<Fingerprint> {
    let mut numbering = Numbering::default();
    let name = seen(baseline, file);
    let of = |finding: &Finding| {
        let place = finding.labels.first().map(|label| label.span.start);
        Fingerprint {
            file: name.clone(),
            rule: finding.rule.to_owned(),
            node: place.map_or("", |place| file.landmarks.owner(place)).to_owned(),
            entry: place.map_or("", |place| file.landmarks.entry(place)).to_owned(),
            occurrence: 1,
            concerns: finding.concerns.iter().cloned().collect(),
        }
    };
    file.findings.iter().map(|finding| numbering.number(of(finding))).collect()
}

/// The file's name as it is seen from the baseline's folder, so that it is the same from everywhere.
fn seen(baseline: &Path, file: &Examined) -> String {
    let folder = baseline.parent().unwrap_or(Path::new(""));
    let (Ok(folder), Ok(path)) = (std::path::absolute(folder.join(".")), std::path::absolute(file.file.name())) else {
        return file.file.name().to_owned();
    };
    paths::seen_from(&folder, &path).to_string_lossy().replace('\\', "/")
}
