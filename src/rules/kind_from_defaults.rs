//! containerlab 0.15 to 0.61 found the list of a kind only if the node itself had a `kind` (spec/inheritance.md#a-bug-of-containerlab-that-is-not-repeated).

use std::collections::HashSet;

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::model::Notation;
use crate::resolve::{Inherited, LevelKind, Standing};

pub(crate) const RULE: &Rule = &Rule::new("kind-from-defaults", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    let mut said = HashSet::new();
    for node in lab.nodes.iter().filter(|node| node.standing == Standing::Reachable && !node.writes_kind) {
        // Labels it never read.
        let is_kinds = |inherited: &&Inherited<'_>| {
            inherited.level == LevelKind::Kind && inherited.list.notation == Notation::Publish
        };
        let Some(inherited) = node.publish.as_ref().filter(is_kinds) else { continue };
        if inherited.list.opts_out() || !said.insert(inherited.list.key.range()) {
            continue;
        }
        findings.push(
            Finding::info(
                RULE,
                format!("{} publishes the list of a kind that it inherits", quoted(lab.shown(node.name))),
            )
            .at(lab.span(node.name.place), "its kind comes from a group or the defaults")
            .at(lab.span(inherited.list.key), "so this list applies; containerlab 0.15 to 0.61 ignored it")
            .help("set `kind:` on the node if those releases must publish the same"),
        );
    }
}
