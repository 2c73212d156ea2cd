//! An empty list where entries are inherited: it does not hide them (semantics.md, section 3).

use std::collections::HashSet;

use super::Subject;
use crate::base::{Finding, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let lab = subject.lab;
    let mut said = HashSet::new();
    for node in &lab.nodes {
        let Some(inherited) = &node.publish else { continue };
        if inherited.listing.opts_out() {
            continue;
        }
        for empty in &node.passed_over {
            if !said.insert(empty.listing.key.range()) {
                continue;
            }
            let name = quoted(lab.shown(node.name));
            findings.push(
                Finding::warning(
                    "empty-list-does-not-opt-out",
                    format!("an empty list does not keep {name} from publishing"),
                )
                .at(lab.span(empty.listing.place), "empty: the next list holds")
                .at(lab.span(inherited.listing.key), format!("this one of the {} is inherited", inherited.level.word()))
                .help("write `- none` to publish nothing, or remove the key"),
            );
        }
    }
}
