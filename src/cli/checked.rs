use std::path::Path;

use super::fixing::Fixed;
use super::settings::EffectiveSettings;
use super::{paths, report};
use crate::base::Suppression;
use crate::pipeline::Examined;
use crate::render::Summary;
use crate::triage::Triage;

/// A file after its examination, with the settings that apply to it.
pub(super) struct Checked {
    pub(super) examined: Examined,
    pub(super) wanted: EffectiveSettings,
    /// What is shown of its findings; it gets them when those of its account are known.
    pub(super) triage: Triage,
    /// The result of fixing it, if that was asked for.
    pub(super) fixed: Option<Fixed>,
    pub(super) is_stdin: bool,
}

impl Checked {
    /// Its absolute path, if it is relative to `folder`; None for standard input.
    pub(super) fn absolute(&self, folder: &Path) -> Option<String> {
        let path = std::path::absolute(folder.join(self.examined.file.name())).ok().filter(|_| !self.is_stdin)?;
        Some(report::slashed(&paths::plain(&path)))
    }

    /// Adds the file's counts to the summary.
    pub(super) fn count(&self, summary: &mut Summary) {
        summary.files += 1;
        summary.sockets += self.examined.sockets;
        summary.open += self.examined.open;
        summary.fixed += self.fixed.as_ref().map_or(0, |fixed| fixed.count);
        for (_, suppression) in &self.triage.suppressed {
            match suppression {
                Suppression::Baseline => summary.baselined += 1,
                Suppression::Comment | Suppression::Level => summary.ignored += 1,
            }
        }
        for finding in &self.triage.shown {
            summary.count(finding);
        }
    }
}
