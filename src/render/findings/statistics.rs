use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::base::{Finding, Severity};
use crate::render::{Look, Summary};

/// A line per rule, the most frequent first, and the summary line.
pub(crate) fn statistics<'f>(findings: impl Iterator<Item = &'f Finding>, mut summary: Summary, look: Look) -> String {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    summary.hides_infos = false;
    for finding in findings {
        *counts.entry((finding.rule.name, finding.severity)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = String::new();
    for ((rule, severity), count) in counts {
        let _ = writeln!(text, "{count:>5}  {:<7}  {rule}", severity.word());
    }
    if summary.files + summary.excluded > 0 {
        text += &summary.line(look.color, look.columns);
    }
    text
}
