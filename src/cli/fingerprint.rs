//! Fingerprints of findings, which are the same from run to run.

use crate::base::{Finding, SourceFile};
use crate::pipeline::ExaminedFile;
use crate::triage::{Fingerprint, Numbering};

/// The fingerprints of the findings of a file that is called `name`, in the order of the findings.
pub(super) fn all<'f>(
    name: &str,
    file: &ExaminedFile,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> Vec<Fingerprint> {
    let mut numbering = Numbering::default();
    let of = |finding: &Finding| {
        // A file-level finding has a place only so that it can be shown somewhere.
        let place = finding.labels.first().map(|label| label.span.start).filter(|_| !finding.is_of_file);
        let entry = |place| {
            let entry = file.sections.entry(&file.file, place);
            entry.unwrap_or_else(|| key_of_line(&file.file, place).to_owned())
        };
        Fingerprint {
            file: name.to_owned(),
            rule: finding.rule.name.to_owned(),
            node: place.map_or_else(String::new, |place| file.sections.owner(place)),
            entry: place.map_or_else(String::new, entry),
            occurrence: 1,
            affects: finding.affects.iter().cloned().collect(),
        }
    };
    findings.into_iter().map(|finding| numbering.number(of(finding))).collect()
}

/// The key on the line of a place that is not in an entry. Never a value, which might be a secret.
fn key_of_line(file: &SourceFile, place: u32) -> &str {
    let line = file.line_text(file.line_of(place));
    let key = line.split_once(':').map_or("", |(key, _)| key.trim_start_matches([' ', '-']).trim_end());
    let is_word = |letter: char| letter.is_alphanumeric() || "-_.'\"".contains(letter);
    if key.chars().all(is_word) { key } else { "" }
}
