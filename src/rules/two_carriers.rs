//! A list and a label on one level: nobody but the author knows which one is meant (spec/entries.md#labels).

use super::Subject;
use crate::base::{Finding, Findings};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (list, label) in &subject.lab.topology.two_carriers {
        findings.push(
            Finding::error("two-carriers", "the same level has entries in both a `publish` list and a `publish` label")
                .at(subject.lab.span(*list), "the list")
                .at(subject.lab.span(*label), "the label")
                .help("keep one of them; neither is published while both are present"),
        );
    }
}
