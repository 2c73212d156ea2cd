//! A key that was surely meant to be `publish`.

use super::Subject;
use crate::base::{Edit, Finding, Findings, Fix, quoted};
use crate::text::Place;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (key, is_only) in &subject.lab.topology.near_misses {
        findings.push(
            Finding::error("near-miss-key", format!("unknown key {}", quoted(subject.lab.original(key.place))))
                .at(subject.lab.span(key.place), "publishes nothing under this name")
                .help("did you mean `publish`?")
                .fix(renamed(subject, key.place).filter(|_| *is_only)),
        );
    }
}

/// The fix; after it, something is published that was not published before.
fn renamed(subject: &Subject<'_>, key: Place) -> Option<Fix> {
    let source = subject.lab.source;
    let span = source.exact_span(key).filter(|_| !source.is_substituted(key))?;
    let content = quoted_alike(source.original(key), "publish");
    Some(Fix::guess(Edit { span, content }))
}

/// The word in the same quotes as the other.
fn quoted_alike(written: &str, word: &str) -> String {
    match written.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{word}{quote}"),
        _ => word.to_owned(),
    }
}
