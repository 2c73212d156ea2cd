//! Comments that silence rules: `# publish-plan: ignore[rule] reason`.

use std::collections::HashSet;
use std::ops::Range;

use super::grammar::{self, Rule};
use crate::base::{Edit, Finding, Fix, SourceFile, Span, closest, quoted};
use crate::syntax::Comment;

/// What a comment for publish-plan begins with, behind its `#`.
pub(crate) const MARK: &str = "publish-plan:";

/// A rule that a comment silences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ignore {
    rule: &'static str,
    /// Where the rule's name stands.
    name: Span,
    /// What goes when the rule is taken out of the comment.
    removal: Span,
    /// The bytes in which findings are silenced.
    scope: Range<u32>,
    /// The whole file: also what has no place in it.
    is_file: bool,
}

/// Reads the comments of a file. `rules` are the names that can stand in them; with `wants_reason`, each must say why.
pub(crate) fn read(
    comments: &[Comment],
    file: &SourceFile,
    rules: &[&'static str],
    wants_reason: bool,
) -> (Vec<Ignore>, Vec<Finding>) {
    let (mut ignores, mut findings) = (Vec::new(), Vec::new());
    for comment in comments.iter().filter(|comment| comment.text.trim_start().starts_with(MARK)) {
        one(comment, file, rules, wants_reason, &mut ignores, &mut findings);
    }
    (ignores, findings)
}

fn one(
    comment: &Comment,
    file: &SourceFile,
    rules: &[&'static str],
    wants_reason: bool,
    ignores: &mut Vec<Ignore>,
    findings: &mut Vec<Finding>,
) {
    let Some(pairs) = grammar::parse(&comment.text) else {
        findings.push(
            Finding::warning("malformed-ignore", "this comment silences nothing")
                .at(comment.span, "expected `publish-plan: ignore[rule, rule] reason`")
                .help("name the rules between brackets, as findings show them; there is none that silences all"),
        );
        return;
    };
    // The text is what stands at the end of the comment's place.
    let start = comment.span.end - u32::try_from(comment.text.len()).unwrap_or_default();
    let at = |range: Range<usize>| {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or_default();
        Span::new(start + narrow(range.start), start + narrow(range.end))
    };
    let (mut scope, mut has_reason, mut names) = ("", false, Vec::new());
    for pair in pairs {
        match pair.as_rule() {
            Rule::scope => scope = pair.as_str(),
            Rule::rule => names.push((pair.as_str(), at(pair.as_span().start()..pair.as_span().end()))),
            Rule::reason => has_reason = !pair.as_str().trim().is_empty(),
            _ => {}
        }
    }
    let is_file = scope == "ignore-file";
    if is_file && !is_in_first_block(file, comment.span.start) {
        findings.push(
            Finding::warning("malformed-ignore", "this comment silences nothing")
                .at(comment.span, "expected in the comments at the top of the file")
                .help("move it above the first key, or write `ignore` for this line or the part below"),
        );
        return;
    }
    if wants_reason && !has_reason {
        findings.push(
            Finding::warning("ignore-without-reason", "this comment does not say why it silences a rule")
                .at(comment.span, "expected a reason behind the `]`")
                .help("say in a few words why the finding is no matter here; `require-ignore-reason` asks for it"),
        );
    }
    let count = names.len();
    for (name, span) in names {
        let Some(rule) = rules.iter().find(|rule| **rule == name) else {
            let finding = Finding::warning("unknown-rule-in-ignore", format!("there is no rule {}", quoted(name)))
                .at(span, "silences nothing");
            findings.push(match closest(name, rules.iter().copied()) {
                Some(guess) => finding.help(format!("did you mean `{guess}`?")),
                None => finding.help("`publish-plan rules` lists them"),
            });
            continue;
        };
        let scope = if is_file { 0..u32::MAX } else { scope_of(file, comment.span.start) };
        let removal = if count == 1 { whole(file, comment) } else { with_its_comma(file, span) };
        ignores.push(Ignore { rule, name: span, removal, scope, is_file });
    }
}

/// Takes out what is silenced. Gives the rest, how many were silenced, and a finding for each rule that silenced nothing.
pub(crate) fn apply(ignores: &[Ignore], findings: Vec<Finding>) -> (Vec<Finding>, usize) {
    let before = findings.len();
    let mut used = HashSet::new();
    let mut kept = Vec::new();
    for finding in findings {
        let place = finding.labels.first().map(|label| label.span.start);
        let silences = |ignore: &&Ignore| {
            ignore.rule == finding.rule && (ignore.is_file || place.is_some_and(|place| ignore.scope.contains(&place)))
        };
        let silencing: Vec<Span> = ignores.iter().filter(silences).map(|ignore| ignore.name).collect();
        if silencing.is_empty() {
            kept.push(finding);
        }
        used.extend(silencing);
    }
    let silenced = before - kept.len();
    for ignore in ignores.iter().filter(|ignore| !used.contains(&ignore.name)) {
        kept.push(
            Finding::warning("unused-ignore", format!("there is no `{}` to silence here", ignore.rule))
                .at(ignore.name, "silences nothing")
                .help("remove it: what it once silenced is mended, or stands elsewhere")
                .fix(Some(Fix::safe(Edit { span: ignore.removal, content: String::new() }))),
        );
    }
    (kept, silenced)
}

/// A comment with the blanks before it; on a line of its own, the line.
fn whole(file: &SourceFile, comment: &Comment) -> Span {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let line = file.line_range(file.line_of(comment.span.start));
    let before = file.text().get(line.start..comment.span.start as usize).unwrap_or_default();
    if before.trim().is_empty() {
        let rest = file.text().get(line.end..).unwrap_or_default();
        let ending = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
        return Span::new(narrow(line.start), narrow(line.end + ending));
    }
    Span::new(narrow(line.start + before.trim_end().len()), comment.span.end)
}

/// A name among others, with the comma behind it, or before it where it is the last.
fn with_its_comma(file: &SourceFile, name: Span) -> Span {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let (before, after) = file.text().split_at(name.start as usize);
    let after = &after[(name.end - name.start) as usize..];
    let behind = after.trim_start_matches([' ', '\t']);
    if let Some(rest) = behind.strip_prefix(',') {
        let rest = rest.trim_start_matches([' ', '\t']);
        return Span::new(name.start, narrow(file.text().len() - rest.len()));
    }
    Span::new(narrow(before.trim_end_matches([' ', '\t', ',']).len()), name.end)
}

/// Whether nothing but comments and blanks stands before a byte.
fn is_in_first_block(file: &SourceFile, offset: u32) -> bool {
    let before = file.text().get(..offset as usize).unwrap_or_default();
    before.trim_start_matches('\u{feff}').lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || line == "---"
    })
}

/// The bytes that a comment speaks for: its line, where something stands before it there; else the node, list or entry
/// that begins on the next line with something on it, with all that is indented deeper.
fn scope_of(file: &SourceFile, offset: u32) -> Range<u32> {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let line = file.line_of(offset);
    let text = |line: usize| file.text().get(file.line_range(line)).unwrap_or_default();
    let own = file.line_range(line);
    let before = file.text().get(own.start..offset as usize).unwrap_or_default();
    if !before.trim_start_matches('\u{feff}').trim().is_empty() {
        return narrow(own.start)..narrow(own.end) + 1;
    }
    let is_something = |line: &usize| {
        let text = text(*line).trim();
        !text.is_empty() && !text.starts_with('#')
    };
    let last = file.line_of(narrow(file.text().len()));
    let Some(first) = (line + 1..=last).find(is_something) else { return 0..0 };
    let indentation = |line: usize| text(line).len() - text(line).trim_start_matches(' ').len();
    let is_item = |line: usize| text(line).trim_start().starts_with('-');
    // The items of a list may stand as far left as its key.
    let belongs = |line: &usize| {
        let (own, deep) = (indentation(first), indentation(*line));
        deep > own || (deep == own && is_item(*line) && !is_item(first))
    };
    let end = (first + 1..=last).filter(is_something).take_while(belongs).last().unwrap_or(first);
    narrow(file.line_range(first).start)..narrow(file.line_range(end).end) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base;

    /// The file after its unused names are taken out.
    fn mended(text: &str) -> String {
        let file = SourceFile::new("x", text);
        let start = text.find('#').unwrap();
        let end = start + text[start..].find(['\r', '\n']).unwrap();
        let narrow = |offset: usize| u32::try_from(offset).unwrap();
        let comment = Comment {
            span: Span::new(narrow(start), narrow(end)),
            text: text[start..end].trim_start_matches('#').to_owned(),
        };
        let (ignores, findings) = read(&[comment], &file, &["a", "b", "c"], false);
        assert!(findings.is_empty());
        let used = Finding::warning("c", "x").at(Span::new(0, 1), "x");
        let (kept, _) = apply(&ignores, vec![used]);
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
            assert_eq!(mended(text), expected);
        }
    }
}
