//! `--baseline` and `--write-baseline`: findings that are already known are counted but not shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::check::Checked;
use super::failure::Failure;
use super::flags::CommonOptions;
use super::{Streams, fingerprint, input, paths};
use crate::base::{Finding, Suppression, whole};
use crate::emit;
use crate::pipeline::Examined;
use crate::triage::Baseline;

/// A baseline and the path of its file.
pub(super) struct Known<'p> {
    path: &'p Path,
    baseline: Baseline,
}

/// Reads a baseline file.
pub(super) fn read<'p>(path: &'p Path, options: &CommonOptions) -> Result<Known<'p>, Failure> {
    let name = path.to_string_lossy().into_owned();
    // `--max-size` applies to it too.
    let text = String::from_utf8(input::read_file(path, options)?);
    let text = text.map_err(|error| Failure::Unreadable { name: name.clone(), error: std::io::Error::other(error) })?;
    let baseline = Baseline::read(&text).map_err(|reason| Failure::Baseline { name, reason })?;
    Ok(Known { path, baseline })
}

impl Known<'_> {
    /// Splits the findings of a file into those that are new and those that the baseline has.
    pub(super) fn split(&self, file: &Examined, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        let fingerprints = fingerprint::all(&seen_from(self.path, file), file, &findings);
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (finding, fingerprint) in findings.into_iter().zip(fingerprints) {
            if self.baseline.has(&fingerprint) { known.push(finding) } else { new.push(finding) }
        }
        (new, known)
    }

    /// Moves known findings to the suppressed ones. If all rules are shown, also reports entries of the baseline that match no
    /// finding.
    pub(super) fn sift(
        &self,
        checked: &mut [Checked],
        shows_all: bool,
        streams: &mut Streams<'_>,
    ) -> Result<(), Failure> {
        let (mut files, mut found) = (BTreeSet::new(), BTreeSet::new());
        for Checked { examined, suppressed, .. } in checked {
            let name = seen_from(self.path, examined);
            found.extend(fingerprint::all(&name, examined, &examined.findings));
            files.insert(name);
            let findings = std::mem::take(&mut examined.findings);
            let (new, known) = self.split(examined, findings);
            examined.findings = new;
            suppressed.extend(known.into_iter().map(|finding| (finding, Suppression::Baseline)));
        }
        // A file that no longer exists was not checked, so none of its findings are left.
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
        Ok(())
    }
}

/// Writes all findings to a baseline file. Returns their number.
pub(super) fn write(path: &Path, checked: &[Checked]) -> Result<usize, Failure> {
    let name = || path.to_string_lossy().into_owned();
    // A file that is not a baseline belongs to the user: it might be a topology or settings.
    if fs::symlink_metadata(path).is_ok() {
        let text = fs::read_to_string(path).unwrap_or_default();
        Baseline::read(&text).map_err(|_| Failure::NoBaseline { name: name() })?;
    }
    let baseline = Baseline::new(checked.iter().flat_map(|Checked { examined, .. }| {
        fingerprint::all(&seen_from(path, examined), examined, &examined.findings)
    }));
    let text = baseline.text().map_err(|error| Failure::Format(error.to_string()))?;
    // Written in one step: half a baseline would be worse than none.
    emit::write_new(path, text.as_bytes()).map_err(|error| Failure::Unwritable { name: name(), error })?;
    Ok(baseline.len())
}

fn described(word: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{word}`{}`", whole(text)) }
}

/// The path of a file relative to the baseline's directory, which is the same whatever the current directory is.
fn seen_from(baseline: &Path, file: &Examined) -> String {
    let folder = baseline.parent().unwrap_or(Path::new(""));
    let (Ok(folder), Ok(path)) = (std::path::absolute(folder.join(".")), std::path::absolute(file.file.name())) else {
        return file.file.name().to_owned();
    };
    paths::seen_from(&folder, &path).to_string_lossy().replace('\\', "/")
}
