//! Lists of an entries file, written into its topology as `publish` lists: then they can be moved into labels.

use std::collections::HashSet;

use super::comments::Comments;
use super::listing::{self, Listing};
use super::{RULE, obstacles};
use crate::base::{Edit, Finding, apply, quoted};
use crate::model::{Notation, Section};
use crate::resolve::Lab;
use crate::syntax::{Editor, Node, NodeId, Pair, Tree};
use crate::text::{Place, Source};

/// The lists of an entries file, which is `own` by itself.
///
/// # Errors
/// Findings: an entry cannot be written in a label, or a list is for something that the topology does not have.
pub(crate) fn listings(lab: &Lab<'_>, own: &Source) -> Result<Vec<Listing>, Vec<Finding>> {
    let mut findings = obstacles::find(lab, Notation::Entries, Notation::Label);
    if findings.is_empty() {
        findings = obstacles::find(lab, Notation::Entries, Notation::Entries);
    }
    let unknown = lab.topology.entries_file.iter().flat_map(|file| &file.unknown);
    findings.extend(unknown.map(|listed| {
        let message =
            format!("the topology has no {} {}", listed.section.word(), quoted(lab.original(listed.name.place)));
        Finding::error(RULE, message)
            .at(lab.span(listed.name.place), "this list has no place there")
            .help("first fix what `publish-plan check` reports about it")
    }));
    if !findings.is_empty() {
        return Err(findings);
    }
    let comments = Comments::new(own);
    let levels = listing::levels(lab, Notation::Entries);
    let mut seen = HashSet::new();
    let listed = levels.iter().map(|level| Listing::new(lab, level, seen.insert(level.2.node).then_some(&comments)));
    Ok(listed.collect())
}

/// The text of a topology with these lists at their levels, in place of what it has there. The caller checks whether the plan is the
/// same.
///
/// # Errors
/// A finding: a list cannot be written without changing the text around it.
pub(crate) fn with_lists(tree: &Tree<'_>, source: &Source, listings: &[Listing]) -> Result<String, Vec<Finding>> {
    let editor = Editor::new(tree, source);
    let mut writer = Writer { tree, source, step: editor.step(), editor: &editor, edits: Vec::new() };
    let cannot = |place| {
        let finding = Finding::error(RULE, "no list can be written here")
            .at(source.span(place), "an entries file has a list for this")
            .help("put it on its own lines, with no alias and no variable that contains part of it");
        vec![finding]
    };
    writer.all(listings).map_err(cannot)?;
    let text = apply(source.file().text(), &writer.edits);
    text.map_err(|_| vec![Finding::error(RULE, "the lists cannot be written without changing the text around them")])
}

struct Writer<'w, 't> {
    tree: &'w Tree<'t>,
    source: &'w Source,
    editor: &'w Editor<'w, 't>,
    step: usize,
    edits: Vec<Edit>,
}

/// The key of a list in a topology.
const PUBLISH: &str = "publish";

/// The error of each step is the place that prevents it.
impl Writer<'_, '_> {
    fn all(&mut self, listings: &[Listing]) -> Result<(), Place> {
        let Some(topology) = self.tree.root().and_then(|root| self.tree.lookup(root, "topology")) else {
            return Ok(());
        };
        let mut of_defaults = listings.iter().filter(|listing| listing.section == Section::Defaults);
        if let Some(listing) = of_defaults.next() {
            match self.tree.lookup(topology.value, Section::Defaults.key()) {
                Some(level) => self.level(level, listing)?,
                None if listing.is_empty() => {}
                None => self.add_level(topology, listing)?,
            }
        }
        for section in Section::NAMED {
            let map = self.tree.lookup(topology.value, section.key());
            let mut missing = Vec::new();
            for listing in listings.iter().filter(|listing| listing.section == section) {
                let level = map.and_then(|map| self.tree.lookup(map.value, &listing.name));
                match level {
                    Some(level) => self.level(level, listing)?,
                    None if !listing.is_empty() => missing.push(listing),
                    None => {}
                }
            }
            match map {
                _ if missing.is_empty() => {}
                Some(map) => {
                    for listing in missing {
                        self.add_level(map, listing)?;
                    }
                }
                None => self.add_section(topology, section, &missing)?,
            }
        }
        Ok(())
    }

    /// Writes a list at a level that is there.
    fn level(&mut self, level: Pair, listing: &Listing) -> Result<(), Place> {
        let tree = self.tree;
        let own = |name: &str| tree.written_pairs(level.value).find(|pair| tree.key_text(pair.key) == Some(name));
        if matches!(tree.written(level.value), Node::Alias(_)) {
            return Err(tree.place(level.key));
        }
        let label = own("labels").filter(|labels| !matches!(tree.written(labels.value), Node::Alias(_)));
        let label = label.and_then(|labels| {
            let pair = tree.written_pairs(labels.value).find(|pair| tree.key_text(pair.key) == Some(PUBLISH))?;
            Some((labels.value, pair))
        });
        let list = own(PUBLISH);
        let text = label.and_then(|(_, label)| tree.scalar(label.value));
        if list.is_none() && !listing.is_empty() && text.is_some_and(|label| listing.is_in(label.value)) {
            return Ok(());
        }
        let label = label.map(|(labels, label)| (labels, label.key));
        let gone: Vec<(NodeId, NodeId)> =
            label.into_iter().chain(list.map(|list| (level.value, list.key)).filter(|_| listing.is_empty())).collect();
        if !gone.is_empty() {
            self.edits.extend(self.editor.remove(&gone)?);
        }
        match list {
            _ if listing.is_empty() => Ok(()),
            Some(list) if tree.is_flow(level.value) => {
                self.edits.push(self.editor.replace(tree.place(list.value), listing.in_brackets())?);
                self.comments_above(list.key, listing);
                Ok(())
            }
            Some(list) => {
                let span = self.editor.lines_of(level.value, list.key)?;
                let lines = listing.lines(PUBLISH, self.editor.column(tree.place(list.key)), self.step);
                let line_break = self.editor.line_break(span.start);
                let text = lines.join(line_break);
                let ends = self.source.file().slice(span).ends_with(['\n', '\r']);
                self.edits.push(Edit::replace(span, if ends { text + line_break } else { text }));
                Ok(())
            }
            None => self.add_list(level, listing),
        }
    }

    /// Adds a list to a level that has none.
    fn add_list(&mut self, level: Pair, listing: &Listing) -> Result<(), Place> {
        let step = self.step;
        let lines = |column: usize| listing.lines(PUBLISH, column, step);
        let inline = |quote: &str| format!("{quote}{PUBLISH}{quote}: {}", listing.in_brackets());
        self.insert(level, Behind::First, lines, inline)?;
        if self.is_in_brackets(level) {
            self.comments_above(level.key, listing);
        }
        Ok(())
    }

    /// Adds a level with its list to a map.
    fn add_level(&mut self, map: Pair, listing: &Listing) -> Result<(), Place> {
        let step = self.step;
        let lines = |column: usize| level_lines(listing, column, step);
        let inline = |_: &str| level_inline(listing);
        self.insert(map, Behind::Nothing, lines, inline)?;
        if self.is_in_brackets(map) {
            self.comments_above(map.key, listing);
        }
        Ok(())
    }

    /// Adds a section of levels to the topology.
    fn add_section(&mut self, topology: Pair, section: Section, listings: &[&Listing]) -> Result<(), Place> {
        let step = self.step;
        let key = section.key();
        let lines = |column: usize| -> Vec<String> {
            let levels = listings.iter().flat_map(|listing| level_lines(listing, column + step, step));
            std::iter::once(format!("{}{key}:", " ".repeat(column))).chain(levels).collect()
        };
        let inline = |quote: &str| {
            let levels: Vec<String> = listings.iter().map(|listing| level_inline(listing)).collect();
            format!("{quote}{key}{quote}: {{{}}}", levels.join(", "))
        };
        self.insert(topology, Behind::Nothing, lines, inline)
    }

    /// Whether what is added to a map is inside brackets.
    fn is_in_brackets(&self, map: Pair) -> bool {
        self.tree.is_flow(map.value) || self.editor.brackets_around(self.tree.place(map.key)).is_some()
    }

    /// Inserts into the map that is the value of a key: lines for its column, or a pair if it is inside brackets, with the quotation
    /// mark of its keys.
    fn insert(
        &mut self,
        map: Pair,
        behind: Behind,
        lines: impl Fn(usize) -> Vec<String>,
        inline: impl Fn(&str) -> String,
    ) -> Result<(), Place> {
        let (tree, editor) = (self.tree, self.editor);
        let (key, value) = (tree.place(map.key), tree.place(map.value));
        let is_quoted = self.source.text().get(key.range()).is_some_and(|key| key.starts_with('"'));
        let quote = if is_quoted { "\"" } else { "" };
        let edit = match tree.written(map.value) {
            Node::Mapping if tree.is_flow(map.value) => editor.insert_pair(map.value, inline(quote))?,
            Node::Mapping => {
                let first = tree.written_pairs(map.value).next().ok_or(key)?.key;
                let file = self.source.file();
                let (line, column) =
                    (file.whole_line(editor.span(tree.place(first))?.start), editor.column(tree.place(first)));
                if !file.slice(line).get(..column).is_some_and(|before| before.trim_start_matches(' ').is_empty()) {
                    return Err(key);
                }
                let behind = Some(editor.lines_of(map.value, first)?).filter(|_| behind == Behind::First);
                let behind = behind.filter(|span| file.slice(*span).ends_with('\n'));
                editor.insert_lines(behind.map_or(line.start, |span| span.end), &lines(column))
            }
            Node::Scalar(scalar) if scalar.is_null && value.range().is_empty() => {
                if editor.brackets_around(key).is_some() || !editor.is_bare(key) {
                    return Err(key);
                }
                editor.insert_below(key, &lines(editor.column(key) + self.step))?
            }
            Node::Scalar(scalar) if scalar.is_null => editor.replace(value, format!("{{{}}}", inline(quote)))?,
            _ => return Err(key),
        };
        self.edits.push(edit);
        Ok(())
    }

    /// Writes the comments of a list inside brackets above its line.
    fn comments_above(&mut self, key: NodeId, listing: &Listing) {
        let mut comments = listing.comments().peekable();
        if comments.peek().is_some() {
            self.edits.push(self.editor.insert_above(self.tree.place(key), comments));
        }
    }
}

/// Where in a map something is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    Nothing,
    First,
}

/// The lines of a level that has nothing but its list.
fn level_lines(listing: &Listing, column: usize, step: usize) -> Vec<String> {
    let key = format!("{}{}:", " ".repeat(column), listing.key);
    std::iter::once(key).chain(listing.lines(PUBLISH, column + step, step)).collect()
}

fn level_inline(listing: &Listing) -> String {
    format!("{}: {{{PUBLISH}: {}}}", listing.key, listing.in_brackets())
}
