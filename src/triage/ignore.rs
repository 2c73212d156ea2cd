//! Comments that ignore rules: `# publish-plan: ignore[rule] reason`.

use std::collections::HashMap;

use super::grammar::{self, Rule};
use super::scope::{Lines, Owners, Scope, TooWide};
use crate::base::{self, Edit, Finding, Findings, Fix, SourceFile, Span, closest, did_you_mean, narrow, quoted, rule};
use crate::syntax::{Comment, MARK};

/// A rule that a comment ignores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ignore {
    rule: &'static str,
    /// Where the rule's name is.
    name: Span,
    /// What to remove if the rule is taken out of the comment.
    removal: Span,
    scope: Scope,
    /// The whole file, including findings without a place.
    is_file: bool,
}

/// Reads the comments of a file with these `owners`. `rules` are the names that they can contain; with `wants_reason`, each must
/// give a reason.
pub(crate) fn read(
    comments: &[Comment],
    file: &SourceFile,
    owners: Owners<'_>,
    rules: &[&'static str],
    wants_reason: bool,
) -> (Vec<Ignore>, Findings) {
    let mut comments = comments.iter().filter(|comment| comment.is_for_us()).peekable();
    let mut reader = Reader { ignores: Vec::new(), findings: Findings::default(), rules, wants_reason };
    if comments.peek().is_some() {
        let lines = Lines::new(file, owners);
        for comment in comments {
            reader.one(comment, &lines);
        }
    }
    (reader.ignores, reader.findings)
}

/// The parts of a comment.
struct Directive<'c> {
    /// Whether it is for the whole file.
    is_file: bool,
    has_reason: bool,
    /// The names of rules as they are written, and where.
    names: Vec<(&'c str, Span)>,
}

impl<'c> Directive<'c> {
    /// None if the comment is not one.
    fn read(comment: &'c Comment) -> Option<Self> {
        let pairs = grammar::parse(&comment.text)?;
        // The text is at the end of the comment's place.
        let start = comment.span.end - narrow(comment.text.len());
        let mut directive = Self { is_file: false, has_reason: false, names: Vec::new() };
        for pair in pairs {
            match pair.as_rule() {
                Rule::scope => directive.is_file = pair.as_str() == "ignore-file",
                Rule::rule => {
                    let at = pair.as_span();
                    let span = Span::new(start + narrow(at.start()), start + narrow(at.end()));
                    directive.names.push((pair.as_str(), span));
                }
                Rule::reason => directive.has_reason = !pair.as_str().trim().is_empty(),
                _ => {}
            }
        }
        Some(directive)
    }
}

struct Reader<'r> {
    ignores: Vec<Ignore>,
    findings: Findings,
    rules: &'r [&'static str],
    wants_reason: bool,
}

impl Reader<'_> {
    fn one(&mut self, comment: &Comment, lines: &Lines<'_>) {
        let Some(directive) = Directive::read(comment) else {
            let help = if comment.text.matches(MARK).count() > 1 {
                "list all rules of a comment in one pair of brackets, separated by commas"
            } else {
                "name the rules in brackets, as findings show them; no comment can ignore every rule"
            };
            self.ignores_nothing(comment, "expected `publish-plan: ignore[rule, rule] reason`", help);
            return;
        };
        let is_file = directive.is_file;
        if is_file && !lines.is_in_first_block(comment.span.start) {
            self.ignores_nothing(
                comment,
                "`ignore-file` belongs in the comments at the top of the file",
                "move it above the first key, or use `ignore` for this line or the block below",
            );
            return;
        }
        let scope = if is_file { Ok(Scope::default()) } else { lines.scope(comment.span.start) };
        let Ok(scope) = scope.map_err(|TooWide| ()) else {
            self.ignores_nothing(
                comment,
                "expected above one node, kind, group, list, or entry",
                "move it to the part it applies to, or use `ignore-file` in the comments at the top for the whole file",
            );
            return;
        };
        if self.wants_reason && !directive.has_reason {
            self.findings.push(
                Finding::warning(rule::IGNORE_WITHOUT_REASON, "this `ignore` comment has no reason")
                    .at(comment.span, "expected a reason after the `]`")
                    .help("say briefly why the finding does not matter here; `require-ignore-reason` is on"),
            );
        }
        let count = directive.names.len();
        for (name, span) in directive.names {
            let Some(rule) = self.rules.iter().find(|rule| **rule == name) else {
                self.unknown_rule(name, span);
                continue;
            };
            let removal = if count == 1 { lines.whole(comment.span) } else { lines.with_its_comma(span) };
            self.ignores.push(Ignore { rule, name: span, removal, scope: scope.clone(), is_file });
        }
    }

    fn unknown_rule(&mut self, name: &str, span: Span) {
        let finding = Finding::warning(rule::UNKNOWN_RULE_IN_IGNORE, format!("unknown rule {}", quoted(name)))
            .at(span, "ignores nothing");
        self.findings.push(match closest(name, self.rules.iter().copied()) {
            Some(guess) => finding.help(did_you_mean(guess)).fix(Some(Fix::guess(Edit::replace(span, guess)))),
            None => finding.help("run `publish-plan rules` for a list"),
        });
    }

    fn ignores_nothing(&mut self, comment: &Comment, expected: &str, help: &str) {
        self.findings.push(
            Finding::warning(rule::MALFORMED_IGNORE, "this comment ignores nothing")
                .at(comment.span, expected.to_owned())
                .help(help.to_owned()),
        );
    }
}

/// Removes the findings of `file` that comments ignore. Gives the rest, with a finding for each rule that ignored nothing (except
/// those of `later`, which are checked when all files are known), and the findings that were ignored.
pub(crate) fn apply(
    ignores: &[Ignore],
    findings: Vec<Finding>,
    file: &SourceFile,
    later: &[&base::Rule],
) -> (Vec<Finding>, Vec<Finding>) {
    if ignores.is_empty() {
        return (findings, Vec::new());
    }
    let places = Places::new(&findings);
    let mut is_ignored = vec![false; findings.len()];
    let mut unused_ignores = Vec::new();
    for ignore in ignores {
        let mut is_used = false;
        for (_, index) in places.within(ignore) {
            if ignore.covers(&findings[*index]) {
                is_ignored[*index] = true;
                is_used = true;
            }
        }
        if !is_used && !later.iter().any(|rule| rule.name == ignore.rule) {
            unused_ignores.push(ignore);
        }
    }
    let (mut kept, mut ignored) = (Vec::new(), Vec::new());
    for (finding, is_ignored) in findings.into_iter().zip(is_ignored) {
        if is_ignored { ignored.push(finding) } else { kept.push(finding) }
    }
    let places = Places::new(&kept);
    let near = |ignore: &Ignore| places.near(ignore).map(|index| &kept[index]);
    let unused: Vec<Finding> = unused_ignores.into_iter().map(|ignore| unused(ignore, near(ignore), file)).collect();
    kept.extend(unused);
    (kept, ignored)
}

/// The places of the findings of each rule: their first byte, none for one about the whole file, and their index.
struct Places {
    by_rule: HashMap<&'static str, Vec<(Option<u32>, usize)>>,
}

impl Places {
    fn new(findings: &[Finding]) -> Self {
        let mut by_rule: HashMap<_, Vec<_>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            let place = finding.labels.first().map(|label| label.span.start);
            by_rule.entry(finding.rule.name).or_default().push((place, index));
        }
        for places in by_rule.values_mut() {
            places.sort_unstable();
        }
        Self { by_rule }
    }

    fn of(&self, rule: &str) -> &[(Option<u32>, usize)] {
        self.by_rule.get(rule).map_or(&[], Vec::as_slice)
    }

    /// Those of a comment's rule and scope.
    fn within(&self, ignore: &Ignore) -> &[(Option<u32>, usize)] {
        let places = self.of(ignore.rule);
        if ignore.is_file {
            return places;
        }
        let from = |offset: u32| places.partition_point(|(place, _)| *place < Some(offset));
        &places[from(ignore.scope.bytes.start)..from(ignore.scope.bytes.end)]
    }

    /// The first finding of its rule after a comment, otherwise the first of all.
    fn near(&self, ignore: &Ignore) -> Option<usize> {
        let places = self.of(ignore.rule);
        let behind = places.partition_point(|(place, _)| *place <= Some(ignore.name.start));
        places.get(behind).or_else(|| places.first()).map(|(_, index)| *index)
    }
}

impl Ignore {
    /// Whether it ignores a finding in its scope. A finding about the whole file is ignored only by a comment for the whole file,
    /// one about several nodes not by a comment for one of them.
    fn covers(&self, finding: &Finding) -> bool {
        let is_about_others =
            self.scope.node.as_ref().is_some_and(|node| finding.affects.iter().any(|concerned| concerned != node));
        self.is_file || (!finding.is_of_file && !is_about_others)
    }
}

fn unused(ignore: &Ignore, other: Option<&Finding>, file: &SourceFile) -> Finding {
    let help = match other {
        Some(finding) if finding.is_of_file || finding.labels.is_empty() => {
            "the finding is about the whole file: use `ignore-file` in the comments at the top, or remove the comment"
                .to_owned()
        }
        Some(finding) => format!(
            "the finding is on line {}: move the comment to the end of that line or to its own line above, or remove it",
            file.position(finding.start()).line
        ),
        None => format!(
            "remove it, unless another provider or variable needs it; run `publish-plan explain {}` for what the rule does not check",
            ignore.rule
        ),
    };
    Finding::warning(rule::UNUSED_IGNORE, format!("there is no `{}` finding to ignore here", ignore.rule))
        .at(ignore.name, "ignores nothing")
        .help(help)
        // With another provider, or other variables, it might ignore something: the person who reads its reason decides.
        .fix(Some(Fix::guess(Edit::remove(ignore.removal))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Severity;

    const C: &base::Rule = &base::Rule::new("c", &[Severity::Warning]);

    /// The file after its unused names are removed.
    fn fixed(text: &str) -> String {
        let file = SourceFile::new("x", text);
        let start = text.find('#').unwrap();
        let end = start + text[start..].find(['\r', '\n']).unwrap();
        let comment = Comment {
            span: Span::new(narrow(start), narrow(end)),
            text: text[start..end].trim_start_matches('#').to_owned(),
        };
        let (ignores, findings) = read(&[comment], &file, Owners::default(), &["a", "b", "c"], false);
        assert!(findings.is_empty());
        let used = Finding::warning(C, "x").at(Span::new(0, 1), "x");
        let (kept, _) = apply(&ignores, vec![used], &file, &[]);
        let edits: Vec<Edit> = kept.into_iter().filter_map(|finding| finding.fix).flat_map(|fix| fix.edits).collect();
        base::apply(text, &edits).unwrap()
    }

    #[test]
    fn a_fix_takes_the_comment_out_and_nothing_else() {
        for (text, expected) in [
            ("k: v  # publish-plan: ignore[a] why\nl: w\n", "k: v\nl: w\n"),
            ("k: v # publish-plan: ignore[a, c] why\r\nl: w\n", "k: v # publish-plan: ignore[c] why\r\nl: w\n"),
            ("k: v # publish-plan: ignore[ c , a ]\n", "k: v # publish-plan: ignore[ c ]\n"),
            ("k: v # publish-plan: ignore[c]\n", "k: v # publish-plan: ignore[c]\n"),
            ("m:\n  # publish-plan: ignore[b] why\n  k: v\n", "m:\n  k: v\n"),
            ("m:\r\n  ## publish-plan: ignore[b]\r\n  k: v\r\n", "m:\r\n  k: v\r\n"),
        ] {
            assert_eq!(fixed(text), expected);
        }
    }
}
