//! The edits that move lists into labels.

use std::collections::{HashMap, HashSet};

use super::RULE;
use super::comments::{Comments, Said};
use super::label::Label;
use crate::base::{Edit, Finding, Span, narrow};
use crate::emit::strip::targets::Cuts;
use crate::model::{Notation, PublishList};
use crate::resolve::Lab;
use crate::syntax::{self, Node, NodeId, Pair, Tree};
use crate::text::{Place, Source, outermost};

/// Everything that is to be changed.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) edits: Vec<Edit>,
    pub(super) entries: usize,
    pub(super) with_variables: usize,
}

/// Works them out.
pub(super) fn find(tree: &Tree<'_>, source: &Source, lab: &Lab<'_>, cuts: &Cuts) -> Result<Moves, Vec<Finding>> {
    let all_published = lab.topology.lists.iter().filter(|published| published.notation == Notation::Publish);
    let worker = Mover {
        tree,
        source,
        lab,
        all_published: all_published.map(|published| (published.node, &**published)).collect(),
        comments: Comments::new(source),
        step: step(tree, source),
        gone: cuts.outermost(tree),
        in_brackets: in_brackets(tree),
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
        moves.edits.extend(lines.into_iter().map(|line| Edit { span: line, content: String::new() }));
    }
    let cut: Vec<_> = cuts.children.iter().filter(|(_, child)| !replaced.contains(child)).copied().collect();
    moves.edits.extend(syntax::cut(tree, source, &cut).map_err(|place| cannot(source, place))?);
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

/// The spaces of one level of indentation in the file.
fn step(tree: &Tree<'_>, source: &Source) -> usize {
    let usual = 2;
    let Some(topology) = tree.root().and_then(|root| tree.lookup(root, "topology")) else { return usual };
    let column = |node: NodeId| source.file().position(source.span(tree.place(node)).start).column;
    let first = tree.written_pairs(topology.value).next().map(|pair| column(pair.key));
    first
        .and_then(|first| first.checked_sub(column(topology.key)))
        .filter(|step| (1..=8).contains(step))
        .unwrap_or(usual)
}

struct Mover<'m, 't> {
    tree: &'m Tree<'t>,
    source: &'m Source,
    lab: &'m Lab<'m>,
    all_published: HashMap<NodeId, &'m PublishList<'m>>,
    comments: Comments<'m>,
    step: usize,
    /// What is removed as a whole, in the order of the file.
    gone: Vec<Place>,
    /// The outermost collections between brackets, in the order of the file.
    in_brackets: Vec<Place>,
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

/// The place that contains a byte; the places do not overlap and are in order.
fn around(places: &[Place], offset: usize) -> Option<Place> {
    let after = places.partition_point(|place| place.range().start <= offset);
    places.get(after.checked_sub(1)?).copied().filter(|place| offset < place.range().end)
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
        let lines =
            if in_flow { self.span(place.to(self.tree.place(list.value)))? } else { self.lines_of(mapping, list)? };
        let below = if in_flow { lines.end } else { self.comments.end_below(lines, self.column(place)) };
        let region = Span::new(lines.start, below);
        let mut comments = self.comments.inside(self.lab, region, published);
        let Some(labels) = labels else {
            let edit = if in_flow {
                self.put_above(place, &comments, moves);
                let quote = self.quote(list.key);
                Edit { span: region, content: format!("{quote}labels{quote}: {{{}}}", label.in_flow(quote)) }
            } else {
                Edit { span: region, content: self.block(region, place, &label, &comments) }
            };
            moves.edits.push(edit);
            return Ok(false);
        };
        if !in_flow {
            // Comments directly above the list are about it, and are removed with it.
            let file = self.source.file();
            for comment in self.comments.above(region, self.column(place)).into_iter().rev() {
                comments.insert(0, Said { text: file.slice(comment.span).to_owned(), is_beside: false });
                moves.edits.push(Edit { span: file.whole_line(comment.span.start), content: String::new() });
            }
            if lines.end < region.end {
                moves.edits.push(Edit { span: Span::new(lines.end, region.end), content: String::new() });
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
            let region = self.span(place.to(self.tree.place(list.value)))?;
            self.put_above(place, &self.comments.inside(self.lab, region, published), moves);
            return Ok(());
        }
        let region = self.lines_of(mapping, list)?;
        let (blanks, line_break) = (" ".repeat(self.column(place)), self.line_break(region.start));
        let comments = self.comments.inside(self.lab, region, published);
        let lines: Vec<String> = comments.iter().map(|said| format!("{blanks}{}{line_break}", said.text)).collect();
        if !lines.is_empty() {
            moves.edits.push(Edit { span: Span::new(region.start, region.start), content: lines.concat() });
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

    /// How the line of a byte ends; a last line as the one before it.
    fn line_break(&self, offset: u32) -> &'static str {
        let text = self.source.file().text();
        let behind = &text[offset as usize..];
        let end = match behind.find('\n') {
            Some(end) => offset as usize + end,
            None => text.rfind('\n').unwrap_or_default(),
        };
        if text[..end].ends_with('\r') { "\r\n" } else { "\n" }
    }

    /// A map of labels with one label, in the lines of the list.
    fn block(&self, region: Span, key: Place, label: &Label, comments: &[Said]) -> String {
        let column = self.column(key);
        let mut lines: Vec<String> = Vec::new();
        let inner = column + self.step;
        let mut label_lines = label.lines(inner, self.step);
        match comments {
            [Said { text, is_beside: true }] if label_lines.len() == 1 => {
                label_lines[0] += "  ";
                label_lines[0] += text;
            }
            _ => lines.extend(comments.iter().map(|comment| format!("{}{}", " ".repeat(column), comment.text))),
        }
        lines.push(format!("{}labels:", " ".repeat(column)));
        lines.append(&mut label_lines);
        let line_break = self.line_break(region.start);
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
        match (self.tree.written(labels.value), first) {
            (Node::Mapping, _) if self.tree.is_flow(labels.value) => {
                self.put_above(key, comments, moves);
                let at = first.map_or(value.range().start + 1, |first| first.range().start);
                let comma = if first.is_some() { ", " } else { "" };
                let span = self.span(Place::new(at, at))?;
                moves.edits.push(Edit { span, content: label.in_flow(self.quote(labels.key)) + comma });
            }
            (Node::Mapping, Some(first)) => self.below(key, self.column(first), label, comments, moves)?,
            (Node::Scalar(scalar), _)
                if scalar.is_null && value.range().is_empty() && !self.is_in_flow(key) && self.is_bare(key) =>
            {
                self.below(key, self.column(key) + self.step, label, comments, moves)?;
            }
            (Node::Scalar(scalar), _) if scalar.is_null && !value.range().is_empty() => {
                self.put_above(key, comments, moves);
                moves.edits.push(Edit {
                    span: self.span(value)?,
                    content: format!("{{{}}}", label.in_flow(self.quote(labels.key))),
                });
            }
            _ => return Err(key),
        }
        Ok(())
    }

    /// Whether only a comment follows a key and its colon on their line: no tag, no anchor.
    fn is_bare(&self, key: Place) -> bool {
        let rest = self.source.text().get(key.range().end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let behind = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':').map(str::trim_start);
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('#'))
    }

    /// Lines directly below the line of a key.
    fn below(
        &self,
        key: Place,
        column: usize,
        label: &Label,
        comments: &[Said],
        moves: &mut Moves,
    ) -> Result<(), Place> {
        let span = self.span(key)?;
        let text = self.source.file().text();
        let line_end = text[span.end as usize..].find('\n').map(|end| span.end as usize + end + 1);
        let line_break = self.line_break(span.start);
        let (at, before) = line_end.map_or((text.len(), line_break), |end| (end, ""));
        let mut lines: Vec<String> =
            comments.iter().map(|comment| format!("{}{}", " ".repeat(column), comment.text)).collect();
        lines.extend(label.lines(column, self.step));
        let after = if before.is_empty() { line_break } else { "" };
        let at = narrow(at);
        moves
            .edits
            .push(Edit { span: Span::new(at, at), content: format!("{before}{}{after}", lines.join(line_break)) });
        Ok(())
    }

    /// Comments on lines of their own above the line of a place, and above the collection in brackets around it.
    fn put_above(&self, place: Place, comments: &[Said], moves: &mut Moves) {
        if comments.is_empty() {
            return;
        }
        let outermost = self.flow_around(place).unwrap_or(place);
        let file = self.source.file();
        let line = file.line_range(file.line_of(self.source.span(outermost).start));
        let text = &file.text()[line.clone()];
        let blanks = &text[..text.len() - text.trim_start_matches(' ').len()];
        let at = narrow(line.start);
        let line_break = self.line_break(at);
        let lines: Vec<String> =
            comments.iter().map(|comment| format!("{blanks}{}{line_break}", comment.text)).collect();
        moves.edits.push(Edit { span: Span::new(at, at), content: lines.concat() });
    }

    /// The outermost collection inside brackets that contains a place.
    fn flow_around(&self, place: Place) -> Option<Place> {
        around(&self.in_brackets, place.range().start).filter(|whole| place.range().end <= whole.range().end)
    }

    fn is_in_flow(&self, place: Place) -> bool {
        self.flow_around(place).is_some()
    }

    /// The lines of a list and its key.
    fn lines_of(&self, mapping: NodeId, list: Pair) -> Result<Span, Place> {
        let edits = syntax::cut(self.tree, self.source, &[(mapping, list.key)])?;
        edits.first().map(|edit| edit.span).ok_or_else(|| self.tree.place(list.key))
    }

    /// Spaces before a key.
    fn column(&self, key: Place) -> usize {
        self.source.file().position(self.source.span(key).start).column - 1
    }

    fn span(&self, place: Place) -> Result<Span, Place> {
        self.source.exact_span(place).ok_or(place)
    }
}
