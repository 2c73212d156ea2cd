use std::fmt::Write as _;

use crate::base::{Applicability, Finding, Severity, counted};

/// What a run found, in one line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    pub(crate) files: usize,
    pub(crate) sockets: usize,
    /// Findings that were counted but not drawn, because there are too many of them.
    pub(crate) unshown: usize,
    /// Findings that a program can mend without asking.
    pub(crate) fixable: usize,
    /// Findings that it can mend by a guess.
    pub(crate) guessable: usize,
    /// Findings that were mended.
    pub(crate) fixed: usize,
    /// Findings of rules that the user does not want to see.
    pub(crate) ignored: usize,
    /// Files that the configuration leaves out.
    pub(crate) excluded: usize,
    /// Findings that a baseline holds.
    pub(crate) baselined: usize,
    /// Information is counted and drawn only on request.
    pub(crate) hides_infos: bool,
}

impl Summary {
    /// Counts one finding.
    pub(crate) fn count(&mut self, finding: &Finding) {
        self.fixable += usize::from(finding.is_fixable());
        let fix = finding.fix.as_ref();
        self.guessable += usize::from(fix.is_some_and(|fix| fix.applicability == Applicability::Unsafe));
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.infos += 1,
        }
    }

    /// The line.
    pub(crate) fn line(&self) -> String {
        let mut found = Vec::new();
        for (count, word) in [(self.errors, "error"), (self.warnings, "warning")] {
            if count > 0 {
                found.push(counted(count, word));
            }
        }
        if self.infos > 0 {
            let hidden = if self.hides_infos { " (hidden; use --verbose)" } else { "" };
            found.push(format!("{} info{hidden}", self.infos));
        }
        let found = if found.is_empty() { "no problems found".to_owned() } else { found.join(", ") };
        let mut line = format!("{found} in {}, {}", counted(self.files, "file"), counted(self.sockets, "socket"));
        if self.excluded > 0 {
            let _ = write!(line, "; {} excluded", counted(self.excluded, "file"));
        }
        if self.fixed > 0 {
            let _ = write!(line, "; {} fixed", self.fixed);
        }
        if self.fixable > 0 {
            let _ = write!(line, "; {} fixable with --fix", self.fixable);
        }
        if self.guessable > 0 {
            let _ = write!(line, "; {} fixable with --unsafe-fixes", self.guessable);
        }
        if self.ignored > 0 {
            let _ = write!(line, "; {} ignored", self.ignored);
        }
        if self.baselined > 0 {
            let _ = write!(line, "; {} in the baseline", self.baselined);
        }
        if self.unshown > 0 {
            let _ = write!(line, "; {} not shown (--max-findings)", counted(self.unshown, "finding"));
        }
        line.push('\n');
        line
    }
}
