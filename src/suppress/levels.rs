use std::collections::HashMap;

use crate::base::{Finding, Severity};

/// What the user wants of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Counted, not shown.
    Ignore,
    /// Shown as this bad.
    As(Severity),
}

/// What is wanted of each rule; of one that is not named, what the rule itself says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Only these; empty for all.
    selected: Vec<String>,
    levels: HashMap<String, Level>,
}

impl Levels {
    /// Leaves all rules out but these, which are no longer ignored.
    pub(crate) fn select(&mut self, rules: &[String]) {
        self.levels.retain(|rule, level| *level != Level::Ignore || !rules.contains(rule));
        self.selected.extend_from_slice(rules);
    }

    /// Says what is wanted of a rule. What is said last holds.
    pub(crate) fn set(&mut self, rule: &str, level: Level) {
        self.levels.insert(rule.to_owned(), level);
    }

    /// Gives the findings that are to be shown, each as bad as is wanted, and those that are ignored. What was not selected
    /// was not asked for, and is in neither.
    pub(crate) fn sift(&self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        let mut ignored = Vec::new();
        let is_selected =
            |finding: &Finding| self.selected.is_empty() || self.selected.iter().any(|rule| rule == finding.rule);
        let wanted = |mut finding: Finding| {
            match self.levels.get(finding.rule) {
                Some(Level::Ignore) => {
                    ignored.push(finding);
                    return None;
                }
                Some(Level::As(severity)) => finding.severity = *severity,
                None => {}
            }
            Some(finding)
        };
        let shown = findings.into_iter().filter(is_selected).filter_map(wanted).collect();
        (shown, ignored)
    }

    /// Gives the findings whose rules are not ignored, as bad as they are.
    pub(crate) fn without_ignored(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings.retain(|finding| self.levels.get(finding.rule) != Some(&Level::Ignore));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowering_changes_what_is_shown_and_not_what_blocks() {
        let mut levels = Levels::default();
        levels.select(&["b".to_owned(), "c".to_owned()]);
        levels.set("b", Level::As(Severity::Info));
        levels.set("c", Level::Ignore);
        let findings = vec![Finding::error("a", "x"), Finding::error("b", "x"), Finding::error("c", "x")];
        let (shown, ignored) = levels.sift(findings);
        let [shown] = &shown[..] else { panic!("{shown:?}") };
        assert_eq!((shown.rule, shown.severity, shown.blocks_compile, ignored.len()), ("b", Severity::Info, true, 1));
    }
}
