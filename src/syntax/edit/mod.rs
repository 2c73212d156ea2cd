//! Changes a file by operations on its tree: removes parts, inserts lines and pairs. Each operation gives edits; everything
//! outside them stays, to the byte.

mod remove;

use std::cell::OnceCell;

use super::{NodeId, Pair, Tree};
use crate::base::{Edit, Span, narrow};
use crate::text::{Place, Source, around, outermost};

/// What can be done to a file. The error of an operation is the place that prevents it: it shares its lines, or a variable, with
/// something that stays.
pub(crate) struct Editor<'e, 't> {
    tree: &'e Tree<'t>,
    source: &'e Source,
    /// The outermost collections between brackets, in the order of the file.
    in_brackets: OnceCell<Vec<Place>>,
}

impl<'e, 't> Editor<'e, 't> {
    pub(crate) fn new(tree: &'e Tree<'t>, source: &'e Source) -> Self {
        Self { tree, source, in_brackets: OnceCell::new() }
    }

    /// Removes `children`: each is a collection, and a key or an item of it. A collection of which nothing is left becomes a
    /// pair of brackets.
    pub(crate) fn remove(&self, children: &[(NodeId, NodeId)]) -> Result<Vec<Edit>, Place> {
        remove::edits(self.tree, self.source, children)
    }

    /// Replaces a place.
    pub(crate) fn replace(&self, place: Place, content: impl Into<String>) -> Result<Edit, Place> {
        self.source.edit(place, content).ok_or(place)
    }

    /// Inserts a pair at the start of a mapping between brackets.
    pub(crate) fn insert_pair(&self, mapping: NodeId, pair: String) -> Result<Edit, Place> {
        let first = self.tree.written_pairs(mapping).next();
        let at = first.map_or(self.tree.place(mapping).range().start + 1, |first| self.start(first.key));
        self.replace(Place::new(at, at), if first.is_some() { pair + ", " } else { pair })
    }

    /// Inserts lines, given without their ends and indentation, above the line of a place and indented as it is; above the
    /// outermost brackets around it.
    pub(crate) fn insert_above<'l>(&self, place: Place, lines: impl Iterator<Item = &'l str>) -> Edit {
        let file = self.source.file();
        let outermost = self.brackets_around(place).unwrap_or(place);
        let line = file.line_range(file.line_of(self.source.span(outermost).start));
        let text = &file.text()[line.clone()];
        let blanks = &text[..text.len() - text.trim_start_matches(' ').len()];
        let lines: Vec<String> = lines.map(|line| format!("{blanks}{line}")).collect();
        self.insert_lines(narrow(line.start), &lines)
    }

    /// Inserts lines, given without their ends, before the line that begins at a byte of the file.
    pub(crate) fn insert_lines(&self, at: u32, lines: &[String]) -> Edit {
        Edit::insert(at, ended(lines, self.line_break(at)))
    }

    /// Inserts lines, given without their ends, below the line of a key.
    pub(crate) fn insert_below(&self, key: Place, lines: &[String]) -> Result<Edit, Place> {
        let span = self.span(key)?;
        let text = self.source.file().text();
        let line_break = self.line_break(span.start);
        Ok(match text[span.end as usize..].find('\n') {
            Some(end) => Edit::insert(narrow(span.end as usize + end + 1), ended(lines, line_break)),
            // The last line of the file has no end.
            None => Edit::insert(narrow(text.len()), lines.iter().flat_map(|line| [line_break, line]).collect()),
        })
    }

    /// The lines of a key and its value, or of an item, in a block.
    pub(crate) fn lines_of(&self, collection: NodeId, child: NodeId) -> Result<Span, Place> {
        let edits = self.remove(&[(collection, child)])?;
        edits.first().map(|edit| edit.span).ok_or_else(|| self.tree.place(child))
    }

    /// Where a place is in the file, if it shares no variable.
    pub(crate) fn span(&self, place: Place) -> Result<Span, Place> {
        self.source.exact_span(place).ok_or(place)
    }

    /// The characters of its line before a place.
    pub(crate) fn column(&self, place: Place) -> usize {
        self.source.file().position(self.source.span(place).start).column - 1
    }

    /// Whether only a comment follows a key and its colon on their line: no tag, no anchor.
    pub(crate) fn is_bare(&self, key: Place) -> bool {
        let rest = self.source.text().get(key.range().end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let behind = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':').map(str::trim_start);
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('#'))
    }

    /// The spaces of one level of indentation in the file.
    pub(crate) fn step(&self) -> usize {
        let usual = 2;
        let Some(topology) = self.tree.root().and_then(|root| self.tree.lookup(root, "topology")) else { return usual };
        let column = |pair: Pair| self.column(self.tree.place(pair.key));
        let first = self.tree.written_pairs(topology.value).next().map(column);
        first
            .and_then(|first| first.checked_sub(column(topology)))
            .filter(|step| (1..=8).contains(step))
            .unwrap_or(usual)
    }

    /// How the line of a byte of the file ends; a last line as the one before it.
    pub(crate) fn line_break(&self, offset: u32) -> &'static str {
        let text = self.source.file().text();
        let behind = &text[offset as usize..];
        let end = match behind.find('\n') {
            Some(end) => offset as usize + end,
            None => text.rfind('\n').unwrap_or_default(),
        };
        if text[..end].ends_with('\r') { "\r\n" } else { "\n" }
    }

    /// The outermost collection between brackets that contains a place.
    pub(crate) fn brackets_around(&self, place: Place) -> Option<Place> {
        let all = self.in_brackets.get_or_init(|| in_brackets(self.tree));
        around(all, place.range().start).filter(|whole| place.range().end <= whole.range().end)
    }

    fn start(&self, node: NodeId) -> usize {
        self.tree.place(node).range().start
    }
}

/// Lines with their ends.
fn ended(lines: &[String], line_break: &str) -> String {
    lines.iter().flat_map(|line| [line, line_break]).collect()
}

/// The outermost collections between brackets.
fn in_brackets(tree: &Tree<'_>) -> Vec<Place> {
    let mut found = Vec::new();
    let mut open: Vec<NodeId> = tree.root().into_iter().collect();
    while let Some(node) = open.pop() {
        if tree.is_flow(node) {
            found.push(tree.place(node));
        } else {
            open.extend(tree.children(node));
        }
    }
    outermost(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{SourceFile, apply};
    use crate::syntax::parse;
    use crate::text::Environment;

    /// Applies the edits of an operation on the pair `a` of the mapping `m`. None if it cannot be done.
    fn edited(
        text: &str,
        operation: impl Fn(&Editor<'_, '_>, NodeId, Pair) -> Result<Vec<Edit>, Place>,
    ) -> Option<String> {
        let environment = Environment::new([("V".to_owned(), "tcp".to_owned())]);
        let (source, _) = Source::new(Arc::new(SourceFile::new("x", text)), &environment);
        let tree = parse(&source).0.expect("the text is YAML");
        let mapping = tree.lookup(tree.root().expect("there is a root"), "m").expect("there is an `m`").value;
        let pair = tree.lookup(mapping, "a").expect("there is an `a`");
        let edits = operation(&Editor::new(&tree, &source), mapping, pair).ok()?;
        Some(apply(text, &edits).expect("the edits of an operation do not overlap"))
    }

    #[test]
    fn a_pair_is_removed() {
        for (text, after) in [
            ("m:\n  a: 1\n  b: 2\n", Some("m:\n  b: 2\n")),
            ("m:\r\n  a: 1 # c\r\n  b: 2\r\n", Some("m:\r\n  b: 2\r\n")),
            ("m:\n  b: 2\n  a:\n    - 1\n", Some("m:\n  b: 2\n")),
            ("m:\n  a: 1\n", Some("m: {}\n")),
            ("m: {a: 1, b: 2}\n", Some("m: {b: 2}\n")),
            ("m: {b: 2, a: 1}\n", Some("m: {b: 2}\n")),
            ("m: {a: 1}\n", Some("m: {}\n")),
            ("m: {\n  b: 2,\n  a: 1, # c\n}\n", Some("m: {\n  b: 2,\n}\n")),
            // Its line begins with a mark of the document's form.
            ("m:\n  ? a\n  : 1\n  ? b\n  : 2\n", None),
        ] {
            let removed = edited(text, |editor, mapping, pair| editor.remove(&[(mapping, pair.key)]));
            assert_eq!(removed.as_deref(), after, "{text:?}");
        }
    }

    #[test]
    fn a_value_is_replaced_unless_a_variable_holds_a_part_of_it() {
        for (text, after) in [
            ("m:\n  a: \"1\" # c\n", Some("m:\n  a: new # c\n")),
            ("m: {a: [1, 2], b: 3}\n", Some("m: {a: new, b: 3}\n")),
            ("m:\n  a: ${V}\n", Some("m:\n  a: new\n")),
            ("m:\n  a: ${N:=1 #}\n", None),
        ] {
            let value = |editor: &Editor<'_, '_>, pair: Pair| editor.replace(editor.tree.place(pair.value), "new");
            let replaced = edited(text, |editor, _, pair| Ok(vec![value(editor, pair)?]));
            assert_eq!(replaced.as_deref(), after, "{text:?}");
        }
    }

    #[test]
    fn lines_are_inserted_with_the_line_breaks_of_the_file() {
        for (text, above, below) in [
            ("m:\n  a: 1\n", "m:\n  # x\n  a: 1\n", "m:\n  a: 1\n  # x\n"),
            ("m:\r\n  a: 1\r\n", "m:\r\n  # x\r\n  a: 1\r\n", "m:\r\n  a: 1\r\n  # x\r\n"),
            ("m:\n  a: 1", "m:\n  # x\n  a: 1", "m:\n  a: 1\n  # x"),
            ("m:\r\n  a: 1", "m:\r\n  # x\r\n  a: 1", "m:\r\n  a: 1\r\n  # x"),
        ] {
            let key = |editor: &Editor<'_, '_>, pair: Pair| editor.tree.place(pair.key);
            let inserted =
                edited(text, |editor, _, pair| Ok(vec![editor.insert_above(key(editor, pair), ["# x"].into_iter())]));
            assert_eq!(inserted.as_deref(), Some(above), "{text:?}");
            let inserted = edited(text, |editor, _, pair| {
                Ok(vec![editor.insert_below(key(editor, pair), &["  # x".to_owned()])?])
            });
            assert_eq!(inserted.as_deref(), Some(below), "{text:?}");
        }
    }

    #[test]
    fn lines_go_above_the_outermost_brackets() {
        let text = "k:\n  - {b: 1}\nm:\n  {c: [1,\n   2], a: 1}\n";
        let inserted = edited(text, |editor, _, pair| {
            Ok(vec![editor.insert_above(editor.tree.place(pair.key), ["# x", "# y"].into_iter())])
        });
        assert_eq!(inserted.as_deref(), Some("k:\n  - {b: 1}\nm:\n  # x\n  # y\n  {c: [1,\n   2], a: 1}\n"));
    }

    #[test]
    fn a_pair_is_inserted_between_brackets() {
        for (text, after) in [
            ("m: {a: {b: 1}}\n", "m: {a: {new: 1, b: 1}}\n"),
            ("m:\n  a: {}\n", "m:\n  a: {new: 1}\n"),
            ("m:\n  a: {\n    b: 1\n  }\n", "m:\n  a: {\n    new: 1, b: 1\n  }\n"),
        ] {
            let inserted =
                edited(text, |editor, _, pair| Ok(vec![editor.insert_pair(pair.value, "new: 1".to_owned())?]));
            assert_eq!(inserted.as_deref(), Some(after), "{text:?}");
        }
    }

    #[test]
    fn the_indentation_of_a_file_is_that_of_its_topology() {
        for (text, step) in
            [("topology:\n    nodes:\n        m: 1\n", 4), ("topology: {nodes: 1}\n", 2), ("name: x\n", 2)]
        {
            let (source, _) = Source::new(Arc::new(SourceFile::new("x", text)), &Environment::default());
            let tree = parse(&source).0.expect("the text is YAML");
            assert_eq!(Editor::new(&tree, &source).step(), step, "{text:?}");
        }
    }
}
