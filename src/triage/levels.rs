use std::collections::HashMap;

use crate::base::{Finding, Severity};

/// The level that the user wants for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Counted, not shown.
    Ignore,
    /// Shown as this bad.
    As(Severity),
}

impl Level {
    /// The level that a word in publish-plan.toml names.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "error" => Some(Self::As(Severity::Error)),
            "warning" => Some(Self::As(Severity::Warning)),
            "info" => Some(Self::As(Severity::Info)),
            "ignore" => Some(Self::Ignore),
            _ => None,
        }
    }
}

/// The level of each rule; a rule that is not listed keeps its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Only these; empty for all.
    selected: Vec<String>,
    levels: HashMap<String, Level>,
}

impl Levels {
    /// Leaves out all rules except these, which are no longer ignored.
    pub(crate) fn select(&mut self, rules: &[String]) {
        self.levels.retain(|rule, level| *level != Level::Ignore || !rules.contains(rule));
        self.selected.extend_from_slice(rules);
    }

    /// Sets the level of a rule. The last one applies.
    pub(crate) fn set(&mut self, rule: &str, level: Level) {
        self.levels.insert(rule.to_owned(), level);
    }

    /// Gives the findings to show, with the severity that the user wants, and those that are ignored. Rules that were not
    /// selected are in neither.
    pub(crate) fn sift(&self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        let mut ignored = Vec::new();
        let is_selected =
            |finding: &Finding| self.selected.is_empty() || self.selected.iter().any(|rule| rule == finding.rule.name);
        let wanted = |mut finding: Finding| {
            match self.levels.get(finding.rule.name) {
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

    /// The same without severities: findings keep their own.
    #[must_use]
    pub(crate) fn without_severities(mut self) -> Self {
        self.levels.retain(|_, level| *level == Level::Ignore);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rule;

    const A: &Rule = &Rule::new("a", &[Severity::Error]);
    const B: &Rule = &Rule::new("b", &[Severity::Error]);
    const C: &Rule = &Rule::new("c", &[Severity::Error]);

    #[test]
    fn lowering_changes_what_is_shown_and_not_what_blocks() {
        let mut levels = Levels::default();
        levels.select(&["b".to_owned(), "c".to_owned()]);
        levels.set("b", Level::As(Severity::Info));
        levels.set("c", Level::Ignore);
        let findings = [A, B, C].map(|rule| Finding::error(rule, "x")).to_vec();
        let (shown, ignored) = levels.sift(findings);
        let [shown] = &shown[..] else { panic!("{shown:?}") };
        assert_eq!(
            (shown.rule.name, shown.severity, shown.blocks_compile, ignored.len()),
            ("b", Severity::Info, true, 1)
        );
    }
}
