//! Counts what is built from a file before it is built.

use super::topology::Text;
use crate::base::limits::{LONGEST_NAME, MOST_ENTRIES, MOST_LEVELS, MOST_WORDS};
use crate::base::{Finding, Findings, beginning, quoted, rule};
use crate::text::{Place, Source};

/// What is left of the limits. The first thing over a limit is reported; what is over is never built.
#[derive(Debug)]
pub(super) struct Bounds {
    levels: Left,
    entries: Left,
    words: Left,
    /// The first name that is too long.
    long_name: Option<Finding>,
    findings: Findings,
}

impl Bounds {
    pub(super) fn new() -> Self {
        Self {
            levels: Some(MOST_LEVELS),
            entries: Some(MOST_ENTRIES),
            words: Some(MOST_WORDS),
            long_name: None,
            findings: Findings::default(),
        }
    }

    /// Whether `count` more levels, those below `key`, are within the limit.
    pub(super) fn takes_levels(&mut self, count: usize, key: Place, source: &Source) -> bool {
        takes(&mut self.levels, count, || {
            self.findings.push(
                Finding::error(
                    rule::TOO_MANY_NODES,
                    format!("the file has more than {MOST_LEVELS} nodes, kinds, and groups"),
                )
                .at(source.span(key), "these exceed the limit")
                .help("split the lab; no machine runs that many nodes"),
            );
        })
    }

    /// Whether a list of `count` entries is within the limit.
    pub(super) fn takes_entries(&mut self, count: usize, key: Place, source: &Source) -> bool {
        takes(&mut self.entries, count, || {
            self.findings.push(
                Finding::error(rule::TOO_MANY_ENTRIES, format!("the file has more than {MOST_ENTRIES} entries"))
                    .at(source.span(key), "this list exceeds the limit")
                    .help("publish fewer ports, or split the lab; no account allows that many"),
            );
        })
    }

    /// Whether a distinct entry is within the limit.
    pub(super) fn takes_words(&mut self, text: &Text<'_>, source: &Source) -> bool {
        // Counts as many people as there can be in it: an entry over the limit is not parsed.
        let people =
            text.value.splitn(3, '/').nth(2).map_or(0, |acl| 1 + memchr::memchr_iter(b',', acl.as_bytes()).count());
        let count = 1 + people;
        takes(&mut self.words, count, || {
            let message = format!("the file has more than {MOST_WORDS} distinct entries and people named in them");
            self.findings.push(
                Finding::error(rule::TOO_MANY_ENTRIES, message)
                    .at(source.span(text.place), "this entry exceeds the limit")
                    .help("name fewer people, or split the lab"),
            );
        })
    }

    /// The name of a node or a lab, cut if it is too long: it is repeated with every socket.
    pub(super) fn name<'t>(&mut self, name: Text<'t>, source: &Source) -> Text<'t> {
        let value = beginning(name.value);
        if value.len() < name.value.len() && self.long_name.is_none() {
            let message = format!("the name {} is too long for a container", quoted(source.original(name.place)));
            let finding = Finding::error(rule::NAME_NOT_RESOLVABLE, message)
                .at(source.span(name.place), format!("expected {LONGEST_NAME} bytes or fewer"));
            self.long_name = Some(finding.help("shorten it"));
        }
        Text { value, ..name }
    }

    /// What exceeded a limit. Long names matter only if something is published.
    pub(super) fn into_findings(self, is_publishing: bool) -> Findings {
        let mut findings = self.findings;
        findings.extend(self.long_name.filter(|_| is_publishing));
        findings
    }
}

/// How many more are allowed; none after the limit was exceeded, which is reported once.
type Left = Option<usize>;

fn takes(left: &mut Left, count: usize, tell: impl FnOnce()) -> bool {
    let Some(before) = *left else { return false };
    *left = before.checked_sub(count);
    if left.is_none() {
        tell();
    }
    left.is_some()
}
