use std::ops::Deref;

use super::Finding;
use super::limits::MOST_FINDINGS;
use super::rule::TOO_MANY_FINDINGS;

/// Findings of one file as they are found: a limited number is kept, the rest is counted.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    left_out: usize,
}

impl Findings {
    /// Keeps one more, or counts it.
    pub fn push(&mut self, finding: Finding) {
        if self.kept.len() < MOST_FINDINGS {
            self.kept.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    /// Keeps one more even if there are too many already: a gate in CI relies on it. The caller has a limit of its own.
    pub(crate) fn keep(&mut self, finding: Finding) {
        self.kept.push(finding);
    }

    /// Adds the findings that another one has kept, and its count of the rest.
    pub fn append(&mut self, others: Self) {
        self.left_out += others.left_out;
        self.extend(others.kept);
    }

    /// The findings that are kept, and one with the number of those that are not: nothing is compiled then.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        let mut findings = self.kept;
        if self.left_out > 0 {
            let message = format!("{} more findings than the {MOST_FINDINGS} kept per file", self.left_out);
            let finding = Finding::error(TOO_MANY_FINDINGS, message).of_the_file();
            findings.push(finding.help("fix some of the findings shown, then check again"));
        }
        findings
    }
}

impl Deref for Findings {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        &self.kept
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        let mut kept = Self::default();
        kept.extend(findings);
        kept
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}
