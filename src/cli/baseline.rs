//! `--baseline` and `--write-baseline`: findings that are already known are counted but not shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::checked::Checked;
use super::failure::Failure;
use super::flags::CommonOptions;
use super::{Streams, fingerprint, input, paths};
use crate::base::{Finding, whole};
use crate::emit;
use crate::pipeline::ExaminedFile;
use crate::triage::{Baseline, Fingerprint};

/// A baseline and the path of its file.
pub(super) struct BaselineFile<'p> {
    path: &'p Path,
    baseline: Baseline,
}

impl<'p> BaselineFile<'p> {
    /// Reads the file of `--baseline`.
    pub(super) fn read(path: &'p Path, options: &CommonOptions) -> Result<Self, Failure> {
        let name = path.to_string_lossy().into_owned();
        // `--max-size` applies to it too.
        let text = String::from_utf8(input::read_file(path, options)?);
        let text =
            text.map_err(|error| Failure::Unreadable { name: name.clone(), error: std::io::Error::other(error) })?;
        let baseline = Baseline::read(&text).map_err(|reason| Failure::Baseline { name, reason })?;
        Ok(Self { path, baseline })
    }

    /// The file of `--write-baseline`, which has no findings yet.
    pub(super) fn empty(path: &'p Path) -> Self {
        Self { path, baseline: Baseline::default() }
    }

    pub(super) fn path(&self) -> &'p Path {
        self.path
    }

    pub(super) fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// What identifies findings of a file here, one for each, in their order.
    pub(super) fn fingerprints(&self, file: &ExaminedFile, findings: &[Finding]) -> Vec<Fingerprint> {
        fingerprint::all(&seen_from(self.path, file), file, findings)
    }

    /// Reports entries of the baseline that match none of the findings.
    pub(super) fn tell_gone(&self, checked: &[Checked], streams: &mut Streams<'_>) -> Result<(), Failure> {
        let found: BTreeSet<Fingerprint> =
            checked.iter().flat_map(Checked::files).flat_map(|(_, triage)| &triage.fingerprints).cloned().collect();
        let mut files: BTreeSet<String> =
            checked.iter().flat_map(Checked::files).map(|(file, _)| seen_from(self.path, file)).collect();
        // A file that no longer exists was not checked, so none of its findings are left.
        let folder = self.path.parent().unwrap_or(Path::new(""));
        files.extend(self.baseline.files().filter(|file| !folder.join(file).exists()).map(str::to_owned));
        for gone in self.baseline.gone(&files, &found) {
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

    /// Writes all findings to the file. Returns their number.
    pub(super) fn write(&self, checked: &[Checked]) -> Result<usize, Failure> {
        let name = || self.path.to_string_lossy().into_owned();
        // A file that is not a baseline belongs to the user: it might be a topology or settings.
        if fs::symlink_metadata(self.path).is_ok() {
            let text = fs::read_to_string(self.path).unwrap_or_default();
            Baseline::read(&text).map_err(|_| Failure::NoBaseline { name: name() })?;
        }
        let baseline = Baseline::new(
            checked.iter().flat_map(Checked::files).flat_map(|(_, triage)| &triage.fingerprints).cloned(),
        );
        let text = baseline.text().map_err(Failure::format("the baseline"))?;
        // Written in one step: half a baseline would be worse than none.
        emit::write_new(self.path, text.as_bytes()).map_err(|error| Failure::Unwritable { name: name(), error })?;
        Ok(baseline.len())
    }
}

fn described(word: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{word}`{}`", whole(text)) }
}

/// The path of a file relative to the baseline's directory, which is the same whatever the current directory is.
fn seen_from(baseline: &Path, file: &ExaminedFile) -> String {
    let folder = baseline.parent().unwrap_or(Path::new(""));
    let (Ok(folder), Ok(path)) = (std::path::absolute(folder.join(".")), std::path::absolute(file.file.name())) else {
        return file.file.name().to_owned();
    };
    paths::seen_from(&folder, &path).to_string_lossy().replace('\\', "/")
}
