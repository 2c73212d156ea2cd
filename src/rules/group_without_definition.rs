//! A `group` whose name is a typo, or another form, of a name under `groups`: nothing is inherited from it. A group with a
//! different name is only a label (spec/inheritance.md#kind-and-group-of-a-node).

use super::RuleContext;
use crate::base::{Edit, Finding, Findings, Fix, Rule, Severity, closest, did_you_mean, quoted};
use crate::model::{Level, Text};

pub(crate) const RULE: &Rule = &Rule::new("group-without-definition", &[Severity::Warning]).fixable();

/// Comparisons of a missing name with a defined one, at most. Real labs have a few dozen groups.
const MOST_COMPARED: usize = 100_000;

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let topology = context.lab.topology;
    // A value from the environment is never shown, not even as a guess.
    let is_written = |name: &Text<'_>| !context.lab.source.is_substituted(name.place);
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
    // All or none: otherwise, the next pass of `--fix` would come to those that were left out.
    if groups.len().saturating_mul(names.len()) > MOST_COMPARED {
        return;
    }
    let names: Vec<Name<'_>> = names.into_iter().map(Name::new).collect();
    for group in groups.into_iter().filter(is_written) {
        let Some(guess) = Name::new(group.value).nearest(&names) else { continue };
        findings.push(
            Finding::warning(RULE, format!("group {} is not defined", quoted(group.value)))
                .at(context.lab.span(group.place), "nothing is inherited from it")
                .help(did_you_mean(guess))
                .fix(renamed(context, group, guess)),
        );
    }
}

/// The name of a group, as names are compared.
struct Name<'t> {
    written: &'t str,
    /// The same for `leafs` and `Leaves`, and another one for `leafs1` and `leafs2`.
    stem: String,
    /// The same for `leafs1` and `leafs2` too.
    row: String,
}

impl<'t> Name<'t> {
    fn new(written: &'t str) -> Self {
        let row = stem(&written.replace(|letter: char| letter.is_ascii_digit(), ""));
        Self { written, stem: stem(written), row }
    }

    /// The name that was probably meant: another form of the same word, or one that differs in a few letters. `pod2` next to
    /// `pod1` is another pod, not a typo.
    fn nearest(&self, names: &[Self]) -> Option<&'t str> {
        let same = names.iter().find(|name| name.stem == self.stem && !self.stem.is_empty());
        let candidates = names.iter().filter(|name| name.row != self.row).map(|name| name.written);
        same.map(|name| name.written).or_else(|| closest(self.written, candidates))
    }
}

/// A name without what distinguishes two forms of it: case, `-`, `_`, `.`, spaces, and the ending of a plural, even if digits
/// follow it.
fn stem(name: &str) -> String {
    const PLURALS: [(&str, &str); 8] = [
        ("ies", "y"),
        ("ves", "f"),
        ("ses", "s"),
        ("xes", "x"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("ss", "ss"),
        ("s", ""),
    ];
    let letters: String = name.to_lowercase().chars().filter(|letter| !"-_. ".contains(*letter)).collect();
    let word = letters.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &letters[word.len()..];
    let singular = PLURALS.iter().find_map(|(end, other)| Some(format!("{}{other}", word.strip_suffix(end)?)));
    format!("{}{digits}", singular.as_deref().unwrap_or(word))
}

/// The fix; with it, the node inherits the settings of the group. None if the file does not have the name as it is, or if the
/// other name may need quotes.
fn renamed(context: &RuleContext<'_>, group: Text<'_>, guess: &str) -> Option<Fix> {
    let source = context.lab.source;
    let span = source.exact_span(group.place)?;
    let is_plain =
        |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    let is_bare = source.file().slice(span) == group.value && is_plain(guess) && is_plain(group.value);
    is_bare.then(|| Fix::guess(Edit::replace(span, guess)))
}

#[cfg(test)]
mod tests {
    use super::{Name, stem};

    #[test]
    fn other_digits_are_another_group() {
        let nearest = |name: &str| {
            let names = ["pod1", "leaves", "core-routers2", "spine"].map(Name::new);
            Name::new(name).nearest(&names).map(str::to_owned)
        };
        assert_eq!(nearest("leafs").as_deref(), Some("leaves"));
        assert_eq!(nearest("core-router2").as_deref(), Some("core-routers2"));
        assert_eq!(nearest("spnie").as_deref(), Some("spine"));
        for other in ["pod2", "pods3", "core-routers3", "CoreRouter4", "spine1", "7", "s"] {
            assert_eq!(nearest(other), None, "{other}");
        }
    }

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for (one, other) in [
            ("leafs", "leaves"),
            ("leaf", "Leaves"),
            ("leafs1", "leaves1"),
            ("core-routers", "CoreRouter"),
            ("proxies", "proxy"),
            ("switches", "switch"),
            ("boxes", "box"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        for (one, other) in [("pod1", "pod2"), ("leafs1", "leaves2"), ("leaf", "spine"), ("1", "2"), ("access", "acce")]
        {
            assert_ne!(stem(one), stem(other), "{one} {other}");
        }
    }
}
