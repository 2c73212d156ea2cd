//! Lists of a topology, moved into an entries file.

use std::collections::HashSet;
use std::iter::once;

use super::comments::Comments;
use super::listing::{self, Listing};
use super::{Migration, not_moved, obstacles, renamed};
use crate::base::{Edit, Finding, Span, apply};
use crate::emit::strip::{anchors_in_use, same, targets};
use crate::emit::yaml_word::yaml_word;
use crate::model::{Notation, PublishList, Section, TOPOLOGY_KEY};
use crate::resolve::Lab;
use crate::syntax::{Editor, Tree};
use crate::text::Environment;

/// Spaces of one level of an entries file.
const STEP: usize = 2;

/// Moves them. `topology` is its path as the entries file sees it; without one, the file does not name it. The caller checks whether
/// the plan is the same.
///
/// # Errors
/// Findings: something cannot be moved without changing the rest.
pub(crate) fn to_entries_file(
    tree: &Tree<'_>,
    lab: &Lab<'_>,
    environment: &Environment,
    topology: Option<&str>,
) -> Result<Migration, Vec<Finding>> {
    let source = lab.source;
    let findings = obstacles::find(lab, Notation::Publish, Notation::Entries);
    if !findings.is_empty() {
        return Err(findings);
    }
    let cuts = targets::find(tree, source, lab).map_err(renamed)?;
    anchors_in_use(tree, source, &cuts).map_err(renamed)?;
    let comments = Comments::new(source);
    let editor = Editor::new(tree, source);
    let cannot = || vec![not_moved(source, &cuts, tree)];
    let mut edits: Vec<Edit> = editor.remove(&cuts.children).map_err(|_| cannot())?;
    // A comment for publish-plan about a node that is removed must not be taken for one about the next node.
    let lists: HashSet<_> = cuts.lists.iter().map(|(_, list)| list.key).collect();
    for (_, child) in cuts.children.iter().filter(|(_, child)| !lists.contains(child)) {
        let lines = comments.directives_above(source.span(tree.place(*child)).start);
        edits.extend(lines.into_iter().map(Edit::remove));
    }
    let mut seen = HashSet::new();
    let (mut listings, mut entries) = (Vec::new(), 0);
    for level in listing::levels(lab, Notation::Publish).iter().filter(|(_, _, list)| !list.falls_through()) {
        let list = level.2;
        // A list that several levels share is written for each of them, but its comments only once.
        let is_first = seen.insert(list.node);
        let listing = Listing::new(lab, level, is_first.then_some(&comments));
        if is_first {
            entries += list.items.len();
            edits.extend(removed_comments(lab, list, &comments, &listing));
        }
        listings.push(listing);
    }
    let text = apply(source.file().text(), &edits).ok();
    let text = text.and_then(|text| same::the_rest(tree, &cuts, text, environment)).ok_or_else(cannot)?;
    let entries_file = (!listings.is_empty()).then(|| {
        let line_break = editor.line_break(0);
        lines(topology, &listings).iter().flat_map(|line| [line, line_break]).collect()
    });
    Ok(Migration { entries_file, entries, ..Migration::of(lab, text) })
}

/// The comments around a list that go along with it.
fn removed_comments(lab: &Lab<'_>, list: &PublishList<'_>, comments: &Comments<'_>, listing: &Listing) -> Vec<Edit> {
    if listing.comments().next().is_none() {
        return Vec::new();
    }
    let file = lab.source.file();
    let region = listing::region(lab, list, comments);
    let above = comments.above(region, listing::column(lab, list)).into_iter();
    let above = above.map(|comment| Edit::remove(file.whole_line(comment.span.start)));
    let key_end = lab.span(list.key).end;
    let own_lines = comments.lines_in(Span::new(key_end, region.end)).into_iter().map(Edit::remove);
    above.chain(own_lines).collect()
}

/// The lines of an entries file.
fn lines(topology: Option<&str>, listings: &[Listing]) -> Vec<String> {
    let mut lines: Vec<String> = topology.iter().map(|path| format!("{TOPOLOGY_KEY}: {}", yaml_word(path))).collect();
    for section in once(Section::Defaults).chain(Section::NAMED) {
        let mut of_section = listings.iter().filter(|listing| listing.section == section).peekable();
        if section == Section::Defaults {
            lines.extend(of_section.flat_map(|listing| listing.lines(&listing.key, 0, STEP)));
        } else if of_section.peek().is_some() {
            lines.push(format!("{}:", section.key()));
            lines.extend(of_section.flat_map(|listing| listing.lines(&listing.key, STEP, STEP)));
        }
    }
    lines
}
