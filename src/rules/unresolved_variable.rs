//! A variable without a value in something that is compiled: the result is not what was meant.

use std::collections::HashSet;

use super::RuleContext;
use super::entries::unresolved;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::model::Text;

pub(crate) const RULE: &Rule = &Rule::new("unresolved-variable", &[Severity::Error]);

const HELP: &str = "set it in the environment or in a file for `--env-file`; `${NAME:-value}` gives it a default";

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in unresolved(context) {
        findings.push(
            Finding::error(RULE, format!("a variable in {} has no value", diagnostic.entry()))
                .at(diagnostic.span(), format!("not set, or empty; {}", diagnostic.expected()))
                .help(HELP),
        );
    }
    let lab = context.lab;
    if !lab.source.has_variables() {
        return;
    }
    let mut said = HashSet::new();
    for (what, text) in compiled(context) {
        if lab.source.is_unresolved(text.place) && said.insert(text.place.range()) {
            findings.push(
                Finding::error(RULE, format!("a variable in {what} {} has no value", quoted(lab.original(text.place))))
                    .at(lab.span(text.place), "not set, or empty")
                    .help(HELP),
            );
        }
    }
}

/// The strings other than entries that are used in compiled files. None if nothing is published.
fn compiled<'s>(context: &'s RuleContext<'_>) -> Vec<(&'static str, Text<'s>)> {
    let lab = context.lab;
    let mut words: Vec<(&str, Text<'_>)> = Vec::new();
    for socket in lab.sockets() {
        words.push(("the node's name", socket.node.name));
    }
    if !words.is_empty() {
        words.extend(lab.topology.name.map(|name| ("the lab's name", name)));
        words.extend(lab.topology.prefix.map(|prefix| ("the prefix", prefix)));
        words.extend(lab.tunnel_nodes().filter_map(|node| node.image).map(|image| ("the image", image)));
    }
    words
}
