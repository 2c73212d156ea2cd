//! A key that was surely meant to be `publish`.

use super::RuleContext;
use crate::base::{Finding, Findings, Fix, Rule, Severity, did_you_mean, quoted};
use crate::text::Place;

pub(crate) const RULE: &Rule = &Rule::new("near-miss-key", &[Severity::Error]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for (key, is_only) in &context.lab.topology.near_misses {
        findings.push(
            Finding::error(RULE, format!("unknown key {}", quoted(context.lab.original(key.place))))
                .at(context.lab.span(key.place), "publishes nothing under this name")
                .help(did_you_mean("publish"))
                .fix(renamed(context, key.place).filter(|_| *is_only)),
        );
    }
}

/// The fix; after it, something is published that was not published before.
fn renamed(context: &RuleContext<'_>, key: Place) -> Option<Fix> {
    let source = context.lab.source;
    let renamed = source.edit(key, quoted_alike(source.original(key), "publish"));
    renamed.filter(|_| !source.is_substituted(key)).map(Fix::guess)
}

/// The word in the same quotes as the other.
fn quoted_alike(written: &str, word: &str) -> String {
    match written.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{word}{quote}"),
        _ => word.to_owned(),
    }
}
