//! The edits that move lists into labels.

use std::collections::{HashMap, HashSet};

use super::RULE;
use super::comments::{Comments, Said};
use super::label::Label;
use crate::base::{Edit, Finding, Span};
use crate::emit::strip::targets::Cuts;
use crate::model::{Notation, PublishList};
use crate::resolve::Lab;
use crate::syntax::{Editor, Node, NodeId, Pair, Tree};
use crate::text::{Place, Source, around};

/// Everything that is to be changed.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) edits: Vec<Edit>,
    pub(super) entries: usize,
    pub(super) with_variables: usize,
}

/// Works them out.
pub(super) fn find(tree: &Tree<'_>, source: &Source, lab: &Lab<'_>, cuts: &Cuts) -> Result<Moves, Vec<Finding>> {
    let editor = Editor::new(tree, source);
    let all_published = lab.topology.lists.iter().filter(|published| published.notation == Notation::Publish);
    let worker = Mover {
        tree,
        source,
        lab,
        all_published: all_published.map(|published| (published.node, &**published)).collect(),
        comments: Comments::new(source),
        step: editor.step(),
        editor: &editor,
        gone: cuts.outermost(tree),
    };
    let mut moves = Moves::default();
    // Lists that their labels replace in place: nothing of them is left to cut.
    let mut replaced: HashSet<NodeId> = HashSet::new();
    for (mapping, list) in &cuts.lists {
        let published = worker.all_published.get(&tree.resolve(list.value));
        let (Some(published), false) = (published, worker.is_in_another(*list)) else { continue };
        if published.falls_through() {
            worker.keep_comments(*mapping, *list, published, &mut moves).map_err(|place| cannot(source, place))?;
            continue;
        }
        moves.entries += published.items.len();
        moves.with_variables += published.items.iter().filter(|item| source.is_substituted(item.text.place)).count();
        let is_moved = worker.list(*mapping, *list, published, &mut moves);
        if !is_moved.map_err(|place| cannot(source, place))? {
            replaced.insert(list.key);
        }
    }
    // A comment for publish-plan about a node that is removed must not be taken for one about the next node.
    let lists: HashSet<NodeId> = cuts.lists.iter().map(|(_, list)| list.key).collect();
    for (_, child) in cuts.children.iter().filter(|(_, child)| !lists.contains(child)) {
        let lines = worker.comments.directives_above(source.span(tree.place(*child)).start);
        moves.edits.extend(lines.into_iter().map(Edit::remove));
    }
    let cut: Vec<_> = cuts.children.iter().filter(|(_, child)| !replaced.contains(child)).copied().collect();
    moves.edits.extend(editor.remove(&cut).map_err(|place| cannot(source, place))?);
    Ok(moves)
}

fn cannot(source: &Source, place: Place) -> Vec<Finding> {
    let finding = Finding::error(RULE, "this cannot be moved line by line")
        .at(
            source.span(place),
            "it shares a line with something that must stay, or is an alias for something defined elsewhere",
        )
        .help("put it on its own lines, with no variable that contains part of it and no alias for its labels");
    vec![finding]
}

struct Mover<'m, 't> {
    tree: &'m Tree<'t>,
    source: &'m Source,
    lab: &'m Lab<'m>,
    all_published: HashMap<NodeId, &'m PublishList<'m>>,
    editor: &'m Editor<'m, 't>,
    comments: Comments<'m>,
    step: usize,
    /// What is removed as a whole, in the order of the file.
    gone: Vec<Place>,
}

impl Mover<'_, '_> {
    /// Whether the list is removed with something around it, a tunnel node.
    fn is_in_another(&self, list: Pair) -> bool {
        let start = self.tree.place(list.key).range().start;
        around(&self.gone, start).is_some_and(|whole| whole.range().start < start)
    }

    /// Adds the edits for one list. Gives whether the list itself still has to be cut out; the error is the place that prevents
    /// it.
    fn list(&self, mapping: NodeId, list: Pair, published: &PublishList<'_>, moves: &mut Moves) -> Result<bool, Place> {
        let label = Label::new(self.lab, published);
        let place = self.tree.place(list.key);
        let labels = self.tree.written_pairs(mapping).find(|pair| self.tree.key_text(pair.key) == Some("labels"));
        let in_flow = self.tree.is_flow(mapping);
        let lines = if in_flow {
            self.editor.span(place.to(self.tree.place(list.value)))?
        } else {
            self.editor.lines_of(mapping, list.key)?
        };
        let below = if in_flow { lines.end } else { self.comments.end_below(lines, self.editor.column(place)) };
        let region = Span::new(lines.start, below);
        let mut comments = self.comments.inside(self.lab, region, published);
        let Some(labels) = labels else {
            let content = if in_flow {
                self.put_above(place, &comments, moves);
                let quote = self.quote(list.key);
                format!("{quote}labels{quote}: {{{}}}", label.in_flow(quote))
            } else {
                self.block(region, place, &label, &comments)
            };
            moves.edits.push(Edit::replace(region, content));
            return Ok(false);
        };
        if !in_flow {
            // Comments directly above the list are about it, and are removed with it.
            let file = self.source.file();
            for comment in self.comments.above(region, self.editor.column(place)).into_iter().rev() {
                comments.insert(0, Said { text: file.slice(comment.span).to_owned(), is_beside: false });
                moves.edits.push(Edit::remove(file.whole_line(comment.span.start)));
            }
            if lines.end < region.end {
                moves.edits.push(Edit::remove(Span::new(lines.end, region.end)));
            }
        }
        self.add_to(labels, &label, &comments, moves)?;
        Ok(true)
    }

    /// An empty list is removed; comments about it stay.
    fn keep_comments(
        &self,
        mapping: NodeId,
        list: Pair,
        published: &PublishList<'_>,
        moves: &mut Moves,
    ) -> Result<(), Place> {
        let place = self.tree.place(list.key);
        if self.tree.is_flow(mapping) {
            let region = self.editor.span(place.to(self.tree.place(list.value)))?;
            self.put_above(place, &self.comments.inside(self.lab, region, published), moves);
            return Ok(());
        }
        let region = self.editor.lines_of(mapping, list.key)?;
        let comments = self.comments.inside(self.lab, region, published);
        if !comments.is_empty() {
            let lines = indented(&comments, self.editor.column(place));
            moves.edits.push(self.editor.insert_lines(region.start, &lines));
        }
        Ok(())
    }

    /// The quotation mark of a key, as in JSON.
    fn quote(&self, key: NodeId) -> &'static str {
        if self.source.text().get(self.tree.place(key).range()).is_some_and(|key| key.starts_with('"')) {
            "\""
        } else {
            ""
        }
    }

    /// A map of labels with one label, in the lines of the list.
    fn block(&self, region: Span, key: Place, label: &Label, comments: &[Said]) -> String {
        let column = self.editor.column(key);
        let mut lines: Vec<String> = Vec::new();
        let inner = column + self.step;
        let mut label_lines = label.lines(inner, self.step);
        match comments {
            [Said { text, is_beside: true }] if label_lines.len() == 1 => {
                label_lines[0] += "  ";
                label_lines[0] += text;
            }
            _ => lines = indented(comments, column),
        }
        lines.push(format!("{}labels:", " ".repeat(column)));
        lines.append(&mut label_lines);
        let line_break = self.editor.line_break(region.start);
        let text = lines.join(line_break);
        // The last line of a file may have no end.
        if self.source.file().slice(region).ends_with(['\n', '\r']) { text + line_break } else { text }
    }

    /// One more label in a map that exists.
    fn add_to(&self, labels: Pair, label: &Label, comments: &[Said], moves: &mut Moves) -> Result<(), Place> {
        let (key, value) = (self.tree.place(labels.key), self.tree.place(labels.value));
        let has_own = self.tree.written_pairs(labels.value).any(|pair| self.tree.key_text(pair.key) == Some("publish"));
        let first = self.tree.written_pairs(labels.value).next().map(|pair| self.tree.place(pair.key));
        if has_own {
            return Err(key);
        }
        let (key_quote, editor) = (self.quote(labels.key), self.editor);
        match (self.tree.written(labels.value), first) {
            (Node::Mapping, _) if self.tree.is_flow(labels.value) => {
                self.put_above(key, comments, moves);
                moves.edits.push(editor.insert_pair(labels.value, label.in_flow(key_quote))?);
            }
            (Node::Mapping, Some(first)) => {
                moves.edits.push(self.below(key, editor.column(first), label, comments)?);
            }
            (Node::Scalar(scalar), _)
                if scalar.is_null
                    && value.range().is_empty()
                    && editor.brackets_around(key).is_none()
                    && editor.is_bare(key) =>
            {
                moves.edits.push(self.below(key, editor.column(key) + self.step, label, comments)?);
            }
            (Node::Scalar(scalar), _) if scalar.is_null && !value.range().is_empty() => {
                self.put_above(key, comments, moves);
                moves.edits.push(editor.replace(value, format!("{{{}}}", label.in_flow(key_quote)))?);
            }
            _ => return Err(key),
        }
        Ok(())
    }

    /// The label directly below the line of a key.
    fn below(&self, key: Place, column: usize, label: &Label, comments: &[Said]) -> Result<Edit, Place> {
        let mut lines = indented(comments, column);
        lines.extend(label.lines(column, self.step));
        self.editor.insert_below(key, &lines)
    }

    /// Comments on lines of their own above the line of a place, and above the collection in brackets around it.
    fn put_above(&self, place: Place, comments: &[Said], moves: &mut Moves) {
        if !comments.is_empty() {
            moves.edits.push(self.editor.insert_above(place, comments.iter().map(|comment| comment.text.as_str())));
        }
    }
}

/// Comments on lines of their own.
fn indented(comments: &[Said], column: usize) -> Vec<String> {
    comments.iter().map(|comment| format!("{}{}", " ".repeat(column), comment.text)).collect()
}
