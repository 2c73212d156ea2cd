//! A key that was surely meant to be `publish`.

use super::Subject;
use crate::base::{Finding, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for key in &subject.lab.topology.near_misses {
        findings.push(
            Finding::error("near-miss-key", format!("unknown key {}", quoted(subject.lab.original(key.place))))
                .at(subject.lab.span(key.place), "nothing is published by it")
                .help("did you mean `publish`?"),
        );
    }
}
