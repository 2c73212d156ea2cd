//! An empty list on a node that inherits entries: it does not hide them (spec/inheritance.md#which-list-applies).

use std::collections::HashSet;

use super::RuleContext;
use crate::base::{Finding, Findings, Fix, Rule, Severity, quoted};
use crate::model::{Notation, PublishList};
use crate::text::Place;

pub(crate) const RULE: &Rule = &Rule::new("empty-list-does-not-opt-out", &[Severity::Warning]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    let mut said = HashSet::new();
    for node in lab.nodes.iter().filter(|node| !node.passed_over.is_empty()) {
        let Some(inherited) = &node.publish else { continue };
        if inherited.list.opts_out() {
            continue;
        }
        for empty in &node.passed_over {
            if !said.insert(empty.list.key.range()) {
                continue;
            }
            let name = quoted(lab.shown(node.name));
            findings.push(
                Finding::warning(RULE, format!("an empty list does not stop {name} from publishing inherited entries"))
                    .at(lab.span(empty.list.place), "empty, so the inherited list applies")
                    .at(lab.span(inherited.list.key), format!("inherited from the {}", inherited.level.word()))
                    .help(match empty.list.notation {
                        Notation::Publish | Notation::Entries => "write `- none` to publish nothing, or remove the key",
                        Notation::Label => "write `none` to publish nothing, or remove the label",
                    })
                    .fix(none(context, &empty.list)),
            );
        }
    }
}

/// The fix: `none` in place of the empty value. After it, the node publishes nothing, which might not be what was meant.
fn none(context: &RuleContext<'_>, empty: &PublishList<'_>) -> Option<Fix> {
    let source = context.lab.source;
    let content = match empty.notation {
        Notation::Publish | Notation::Entries => "[none]",
        Notation::Label => "none",
    };
    let place = context.lab.topology.tree?.place(empty.node);
    let written = source.text().get(place.range())?;
    // Anything else has a tag, an anchor, or the head of a block before it.
    if matches!(written, "[]" | "~" | "null" | "\"\"" | "''") {
        let before = source.text().get(..place.range().start)?.trim_end();
        return source.edit(place, content).filter(|_| before.ends_with(':')).map(Fix::guess);
    }
    // Nothing at all follows the colon.
    let key_end = empty.key.range().end;
    let behind = source.text().get(key_end..)?;
    let colon = key_end + behind.find(':').filter(|colon| behind[..*colon].trim().is_empty())? + 1;
    let rest = source.text().get(colon..)?.lines().next().unwrap_or_default().trim_start();
    let is_nothing = written.is_empty() && (rest.is_empty() || rest.starts_with(['#', '}', ',']));
    source.edit(Place::new(colon, colon), format!(" {content}")).filter(|_| is_nothing).map(Fix::guess)
}
