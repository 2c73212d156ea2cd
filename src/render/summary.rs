use std::fmt::Write as _;

use super::wrap;
use crate::base::{Applicability, Finding, OpenCount, Severity, counted};

/// The counts of a run, for its summary line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
    pub(crate) files: usize,
    pub(crate) sockets: usize,
    /// Sockets that are open to anyone on the Internet; with a jump host, also those that it leads to.
    pub(crate) open: OpenCount,
    /// Findings that were counted but not shown, because there are more than the limit.
    pub(crate) unshown: usize,
    /// Findings with a safe fix.
    pub(crate) fixable: usize,
    /// Findings with a fix that is a guess.
    pub(crate) guessable: usize,
    /// Findings that were fixed.
    pub(crate) fixed: usize,
    /// Findings that comments or settings ignore.
    pub(crate) ignored: usize,
    /// Files that the settings exclude.
    pub(crate) excluded: usize,
    /// Findings that are in the baseline.
    pub(crate) baselined: usize,
    /// Info findings are counted, but shown on request only.
    pub(crate) hides_infos: bool,
}

impl Summary {
    /// Adds one finding.
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

    /// The summary line, with its line break, in lines of at most `columns`, if there is a limit. With `color`, open sockets are
    /// red.
    pub(crate) fn line(&self, color: bool, columns: Option<usize>) -> String {
        wrap::sentence(&self.sentence(color), columns)
    }

    fn sentence(&self, color: bool) -> String {
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
        if let Some(open) = self.open.words(color) {
            let _ = write!(line, "; {open}");
        }
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
        line
    }
}
