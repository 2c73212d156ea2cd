//! `${NAME:+text}` whose text might publish something: one run has it and another does not.

use std::collections::HashSet;

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, SocketType, quoted};
use crate::syntax::{Node, NodeId, Tree, comment_places};
use crate::text::{Added, Place, Source, is_line_break};

pub(crate) const RULE: &Rule = &Rule::new("text-added-by-variable", &[Severity::Warning]);

/// Keys whose values decide what is published, or on which nodes, in any map.
const KEYS: &[&str] = &["components", "group", "kind", "labels", "network-mode", "publish", "type"];

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let source = context.lab.source;
    let mut added = source.added().peekable();
    if added.peek().is_none() {
        return;
    }
    let lab_context = LabContext::new(context);
    for added in added.filter(|added| !lab_context.is_harmless(added)) {
        let written = quoted(source.file().slice(added.span));
        let name = quoted(added.name);
        findings.push(
            Finding::warning(RULE, format!("{written} adds text only if {name} is set"))
                .at(added.span, format!("anyone who sets {name} might publish what a run without it does not show"))
                .help(
                    "write the text without the variable, give a variable a default (`${NAME:-text}`), or use a \
                     topology file for each case",
                ),
        );
    }
}

/// What texts are added to.
struct LabContext<'a> {
    source: &'a Source,
    tree: Option<&'a Tree<'a>>,
    /// In order.
    comments: Vec<Place>,
    /// Lists and labels of entries, their entries, and strings that aliases refer to.
    read: HashSet<NodeId>,
}

impl<'a> LabContext<'a> {
    fn new(context: &'a RuleContext<'_>) -> Self {
        let (source, topology) = (context.lab.source, context.lab.topology);
        let mut read = HashSet::new();
        if let Some(tree) = topology.tree {
            read.extend(tree.aliases().map(|(_, target)| target).filter(|target| tree.is_scalar(*target)));
            read.extend(topology.lists.iter().map(|list| list.node));
        }
        Self { source, tree: topology.tree, comments: comment_places(source, ""), read }
    }

    /// Whether a text certainly changes only a string that publishing does not read.
    fn is_harmless(&self, added: &Added<'_>) -> bool {
        if self.is_in_comment(added.place) {
            return !added.text.contains(is_line_break);
        }
        is_part_of_word(added.text) && self.word_at(added).is_some_and(|word| self.stays_one(word, added))
    }

    fn is_in_comment(&self, place: Place) -> bool {
        let start = place.range().start;
        // What is before a `#` can make it an ordinary character.
        let before = self.comments.partition_point(|comment| comment.range().start < start);
        before.checked_sub(1).is_some_and(|index| start <= self.comments[index].range().end)
    }

    /// The string that a text is added to, if it is a value and has no effect on what is published. An empty one is where the
    /// text is.
    fn word_at(&self, added: &Added<'_>) -> Option<Place> {
        let tree = self.tree?;
        let start = added.place.range().start;
        let mut node = tree.root()?;
        // The text between an empty value and the added text.
        let mut sign = None;
        loop {
            if self.read.contains(&node) {
                return None;
            }
            let children = tree.children(node);
            let begun = children.partition_point(|child| tree.place(*child).range().start <= start);
            match tree.written(node) {
                Node::Alias(_) => return None,
                Node::Scalar(_) => break,
                Node::Sequence => {
                    node = children[begun.checked_sub(1)?];
                    sign = Some("");
                }
                Node::Mapping => {
                    let index = begun.checked_sub(1)?;
                    let name = tree.key_text(children[index - index % 2]);
                    if index % 2 == 0 || name.is_none_or(|name| KEYS.contains(&name)) {
                        return None;
                    }
                    node = children[index];
                    sign = Some(": ");
                }
            }
        }
        let (sign, place) = (sign?, tree.place(node));
        let end = place.range().end;
        if place.is_empty() {
            return (self.source.text().get(end..start)? == sign).then_some(added.place);
        }
        (start <= end).then_some(place)
    }

    /// Whether a value is one string, and nothing else, with the text and without it.
    fn stays_one(&self, word: Place, added: &Added<'_>) -> bool {
        let file = self.source.file().text();
        let span = added.span.range();
        let (before, after) = (&file[..span.start], &file[span.end..]);
        // Text at the start of a line can end a string of several lines.
        let last = before.trim_end_matches([' ', '\t', '\u{feff}']).chars().next_back();
        let is_first = last.is_none_or(|letter| matches!(letter, '\n' | '\r'));
        let begins = word.range().start == added.place.range().start;
        let is_sign = |sign: char| sign.is_ascii_punctuation() && !",]}$-_./~".contains(sign);
        !(is_first || before.ends_with('\\') || after.starts_with('#') || begins && after.starts_with(is_sign))
    }
}

/// Whether a text only makes a string longer, wherever it is in it, and adds no entry to it.
fn is_part_of_word(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || " $%()+-./:;=@^_~".contains(letter);
    let is_port = |rest: &str| !rest.starts_with(char::is_alphabetic);
    let holds_entry = |kind: SocketType| {
        let word = format!("{}/", kind.word());
        text.match_indices(&word).any(|(start, _)| is_port(&text[start + word.len()..]))
    };
    text.chars().all(is_letter)
        && text.trim() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains("publish")
        && !SocketType::ALL.into_iter().any(holds_entry)
}
