//! containerlab 0.62 and later reject the key `publish` (spec/history.md#what-containerlab-does-today). Reported once per file.

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity};
use crate::model::Notation;

pub(crate) const RULE: &Rule = &Rule::new("key-refused-by-containerlab", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let mut lists = context.lab.topology.lists.iter();
    let Some(list) = lists.find(|list| list.notation == Notation::Publish) else { return };
    findings.push(
        Finding::info(RULE, "containerlab 0.62 and later reject topologies with `publish`")
            .at(context.lab.span(list.key), "the first `publish` in this file")
            .of_the_file()
            .help("run `publish-plan migrate` to move the entries into labels, which containerlab accepts, or deploy the copy without lists that `publish-plan strip` prints"),
    );
}
