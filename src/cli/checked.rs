use std::path::Path;

use super::fixing::Fixed;
use super::settings::EffectiveSettings;
use super::{paths, report};
use crate::base::Suppression;
use crate::pipeline::{Examined, ExaminedFile};
use crate::render::Summary;
use crate::triage::Triage;

/// A lab after its examination, with the settings that apply to it.
pub(super) struct Checked {
    pub(super) examined: Box<Examined>,
    pub(super) wanted: EffectiveSettings,
    /// What is shown of the findings of each of its files; it gets them when those of its account are known.
    pub(super) triage: Vec<Triage>,
    /// The result of fixing it, if that was asked for.
    pub(super) fixed: Option<Fixed>,
    pub(super) is_stdin: bool,
}

impl Checked {
    /// Each file with what is shown of it.
    pub(super) fn files(&self) -> impl Iterator<Item = (&ExaminedFile, &Triage)> {
        self.examined.files.iter().zip(&self.triage)
    }

    /// The absolute path of one of its files, if it is relative to `folder`; None for standard input.
    pub(super) fn absolute(&self, file: &ExaminedFile, folder: &Path) -> Option<String> {
        let is_stdin = self.is_stdin && file.file.name() == self.examined.file().name();
        let path = std::path::absolute(folder.join(file.file.name())).ok().filter(|_| !is_stdin)?;
        Some(report::slashed(&paths::plain(&path)))
    }

    /// Adds the file's counts to the summary.
    pub(super) fn count(&self, summary: &mut Summary) {
        summary.files += self.examined.files.len();
        summary.sockets += self.examined.sockets;
        summary.open += self.examined.open;
        summary.fixed += self.fixed.as_ref().map_or(0, |fixed| fixed.count);
        for (_, suppression) in self.triage.iter().flat_map(|triage| &triage.suppressed) {
            match suppression {
                Suppression::Baseline => summary.baselined += 1,
                Suppression::Comment | Suppression::Level => summary.ignored += 1,
            }
        }
        for finding in self.triage.iter().flat_map(|triage| &triage.shown) {
            summary.count(finding);
        }
    }
}
