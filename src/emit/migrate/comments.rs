//! Comments that go along with a list.

use super::label::text_of;
use crate::base::{SourceFile, Span};
use crate::model::{Item, Listing};
use crate::resolve::Lab;
use crate::syntax::{self, Comment};
use crate::text::Source;

/// A comment as it is to be written.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) text: String,
    /// It stood behind something on its line.
    pub(super) is_beside: bool,
}

/// The comments of a file.
pub(super) struct Comments<'c> {
    file: &'c SourceFile,
    all: Vec<Comment>,
}

impl<'c> Comments<'c> {
    pub(super) fn new(source: &'c Source) -> Self {
        Self { file: source.file(), all: syntax::comments(source, "") }
    }

    /// The comments inside a list, as they are to be said elsewhere: with the entry that they are about, where there are several.
    /// One for publish-plan stays as it is.
    pub(super) fn inside(&self, lab: &Lab<'_>, region: Span, listing: &Listing<'_>) -> Vec<Said> {
        let file = self.file;
        let first = self.all.partition_point(|comment| comment.span.start < region.start);
        let inside = self.all[first..].iter().take_while(|comment| comment.span.end <= region.end);
        let said = inside.map(|comment| {
            let text = file.slice(comment.span).to_owned();
            let line = file.line_range(file.line_of(comment.span.start));
            let before = file.text().get(line.start..comment.span.start as usize).unwrap_or_default();
            let is_beside = !before.trim().is_empty();
            let place = |item: &&Item<'_>| lab.span(item.text.place).start as usize;
            let about = if is_beside {
                // Of several on a line, nobody knows which.
                let mut on_line = listing.items.iter().filter(|item| line.contains(&place(item)));
                on_line.next().filter(|_| on_line.next().is_none())
            } else {
                listing.items.iter().find(|item| place(item) > line.start)
            };
            let words = comment.text.trim();
            // What begins with a dash is an entry that somebody took out.
            let is_free = comment.is_for_us() || words.starts_with('-') || listing.items.len() < 2;
            match about.filter(|_| !is_free).and_then(|item| text_of(lab, item)) {
                Some(entry) => Said { text: format!("# {entry}: {words}"), is_beside: false },
                None => Said { text, is_beside },
            }
        });
        said.collect()
    }

    /// The end of a region with the comments right below it that are deeper than its key.
    pub(super) fn end_below(&self, region: Span, column: usize) -> u32 {
        let file = self.file;
        let mut end = region.end;
        let mut line = file.line_of(region.end);
        loop {
            let range = file.line_range(line);
            let text = file.text().get(range.clone()).unwrap_or_default();
            let blanks = text.len() - text.trim_start_matches(' ').len();
            let is_last = range.end >= file.text().len();
            if text.trim().is_empty() && !is_last {
                line += 1;
                continue;
            }
            let comment = self.on_line(line).filter(|comment| comment.span.start as usize == range.start + blanks);
            let Some(comment) = comment.filter(|_| blanks > column && range.start >= region.end as usize) else {
                break end;
            };
            end = file.whole_line(comment.span.start).end;
            if is_last {
                break end;
            }
            line += 1;
        }
    }

    /// The lines right above a place, as deep as it is, that say something to publish-plan about it.
    pub(super) fn directives_above(&self, start: u32) -> Vec<Span> {
        let text = self.file.text().get(self.file.line_range(self.file.line_of(start))).unwrap_or_default();
        let column = text.len() - text.trim_start_matches(' ').len();
        let above = self.above(Span::new(start, start), column).into_iter().filter(|comment| comment.is_for_us());
        above.map(|comment| self.file.whole_line(comment.span.start)).collect()
    }

    /// The comment of a line, by its 0-based number.
    fn on_line(&self, line: usize) -> Option<&Comment> {
        let range = self.file.line_range(line);
        let first = self.all.partition_point(|comment| (comment.span.start as usize) < range.start);
        self.all.get(first).filter(|comment| (comment.span.start as usize) < range.end)
    }

    /// Comments on the lines right above a region, as deep as its key.
    pub(super) fn above(&self, region: Span, column: usize) -> Vec<&Comment> {
        let file = self.file;
        let mut above = Vec::new();
        let mut line = file.line_of(region.start);
        while line > 0 {
            line -= 1;
            let range = file.line_range(line);
            let text = file.text().get(range).unwrap_or_default();
            let is_as_deep = text.find('#') == Some(column) && text.trim_start_matches(' ').starts_with('#');
            let Some(comment) = self.on_line(line).filter(|_| is_as_deep) else { break };
            above.insert(0, comment);
        }
        above
    }
}
