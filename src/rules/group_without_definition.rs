//! A `group` that is a slip of the name of one under `groups`: its settings are not inherited. A group that is like none of
//! them is only a label (semantics.md, section 3).

use super::Subject;
use crate::base::{Edit, Finding, Findings, Fix, closest, quoted};
use crate::model::{Level, Text};

/// Names that are compared with others. Real labs have some dozens of groups; of thousands nobody means another.
const MOST_COMPARED: usize = 100_000;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let topology = subject.lab.topology;
    // A value of the environment is not spelled out, not even as a guess.
    let is_written = |name: &Text<'_>| !subject.lab.source.is_substituted(name.place);
    let names: Vec<&str> = topology
        .groups
        .all
        .iter()
        .map(|(name, _)| name)
        .filter(|name| is_written(name))
        .map(|name| name.value)
        .collect();
    let levels = topology.nodes.iter().chain(&topology.kinds.all).map(|(_, level)| level);
    let is_missing = |group: &Text<'_>| topology.groups.get(group.value).is_none();
    let mut groups: Vec<Text<'_>> =
        levels.chain([&topology.defaults]).filter_map(|level: &Level<'_>| level.group).filter(is_missing).collect();
    groups.sort_by_key(|group| group.place.range().start);
    groups.dedup_by_key(|group| group.place.range());
    // All or none: those behind a limit would have their turn after each pass of `--fix`.
    if groups.len().saturating_mul(names.len()) > MOST_COMPARED {
        return;
    }
    for group in groups.into_iter().filter(is_written) {
        // `pod2` beside `pod1` is another one of a row, no slip.
        let without_digits = |name: &str| name.replace(|letter: char| letter.is_ascii_digit(), "");
        let candidates = names.iter().copied().filter(|name| without_digits(name) != without_digits(group.value));
        let Some(guess) = closest(group.value, candidates) else { continue };
        findings.push(
            Finding::warning("group-without-definition", format!("group {} is not defined", quoted(group.value)))
                .at(subject.lab.span(group.place), "nothing is inherited from it")
                .help(format!("did you mean {}?", quoted(guess)))
                .fix(renamed(subject, group, guess)),
        );
    }
}

/// After it, the settings of the group are inherited. None where the file does not hold the name letter for letter, or the
/// other one may need quotes.
fn renamed(subject: &Subject<'_>, group: Text<'_>, guess: &str) -> Option<Fix> {
    let source = subject.lab.source;
    let span = source.exact_span(group.place)?;
    let is_plain =
        |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    let is_bare = source.file().slice(span) == group.value && is_plain(guess) && is_plain(group.value);
    is_bare.then(|| Fix::guess(Edit { span, content: guess.to_owned() }))
}
