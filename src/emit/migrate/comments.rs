//! Comments that go along with a list.

use std::ops::Range;

use super::label::text_of;
use crate::base::{SourceFile, Span};
use crate::model::{Item, PublishList};
use crate::resolve::Lab;
use crate::syntax::{self, Comment};
use crate::text::Source;

/// A comment as it is to be written.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) text: String,
    /// It was after something on its line.
    pub(super) is_beside: bool,
}

/// What a comment in a list is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beside {
    /// The key, or several entries on one line.
    Key,
    /// The entry below it.
    Above(usize),
    /// The entry on its line.
    Line(usize),
    /// No entry: it follows the last one.
    End,
}

/// The entries of a list by their places: found without a walk for each comment.
struct Entries<'e, 'l> {
    items: &'e [Item<'l>],
    /// Where each begins, with its index, in the order of the file; an alias is where its anchor is.
    starts: Vec<(usize, usize)>,
    /// The last of those that begin up to each one of the list.
    last: Vec<usize>,
}

impl<'e, 'l> Entries<'e, 'l> {
    fn new(lab: &Lab<'_>, list: &'e PublishList<'l>) -> Self {
        let start = |item: &Item<'_>| lab.span(item.text.place).start as usize;
        let mut starts: Vec<(usize, usize)> =
            list.items.iter().enumerate().map(|(index, item)| (start(item), index)).collect();
        let mut latest = 0;
        let last = starts.iter().map(|(start, _)| {
            latest = latest.max(*start);
            latest
        });
        let last = last.collect();
        starts.sort_unstable();
        Self { items: &list.items, starts, last }
    }

    /// The only one on a line, by its index. Of several, nobody knows which is meant.
    fn alone_in(&self, line: &Range<usize>) -> Option<usize> {
        let first = self.starts.partition_point(|(start, _)| *start < line.start);
        let mut on_line = self.starts[first..].iter().take_while(|(start, _)| *start < line.end);
        let (_, index) = on_line.next().filter(|_| on_line.next().is_none())?;
        Some(*index)
    }

    /// The first one that begins after a byte, by its index.
    fn first_after(&self, offset: usize) -> Option<usize> {
        Some(self.last.partition_point(|start| *start <= offset)).filter(|index| *index < self.items.len())
    }
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

    /// The comments inside a list, as they are written elsewhere: with the entry that they are about, if there are several
    /// entries. A comment for publish-plan stays as it is.
    pub(super) fn inside(&self, lab: &Lab<'_>, region: Span, list: &PublishList<'_>) -> Vec<Said> {
        let entries = Entries::new(lab, list);
        let said = self.within(region).map(|comment| {
            let text = self.text(comment);
            let (line, is_beside) = self.line_of(comment);
            let about = if is_beside { entries.alone_in(&line) } else { entries.first_after(line.start) };
            let about = about.and_then(|index| list.items.get(index));
            let words = comment.text.trim();
            // A comment that begins with a dash is an entry that someone took out.
            let is_free = comment.is_for_us() || words.starts_with('-') || list.items.len() < 2;
            match about.filter(|_| !is_free).and_then(|item| text_of(lab, item)) {
                Some(entry) => Said { text: format!("# {entry}: {words}"), is_beside: false },
                None => Said { text, is_beside },
            }
        });
        said.collect()
    }

    /// The comments inside a list with one entry per line, each with what it is about.
    pub(super) fn by_entry(&self, lab: &Lab<'_>, region: Span, list: &PublishList<'_>) -> Vec<(String, Beside)> {
        let entries = Entries::new(lab, list);
        let about = |comment: &Comment| {
            let (line, is_beside) = self.line_of(comment);
            if is_beside {
                entries.alone_in(&line).map_or(Beside::Key, Beside::Line)
            } else {
                entries.first_after(line.start).map_or(Beside::End, Beside::Above)
            }
        };
        self.within(region).map(|comment| (self.text(comment), about(comment))).collect()
    }

    /// A comment as it is written.
    pub(super) fn text(&self, comment: &Comment) -> String {
        self.file.slice(comment.span).to_owned()
    }

    /// The lines of a region that are nothing but a comment.
    pub(super) fn lines_in(&self, region: Span) -> Vec<Span> {
        let alone = self.within(region).filter(|comment| !self.line_of(comment).1);
        alone.map(|comment| self.file.whole_line(comment.span.start)).collect()
    }

    /// The comments of a region.
    fn within(&self, region: Span) -> impl Iterator<Item = &Comment> {
        let first = self.all.partition_point(|comment| comment.span.start < region.start);
        self.all[first..].iter().take_while(move |comment| comment.span.end <= region.end)
    }

    /// The line of a comment, and whether it follows something on it.
    fn line_of(&self, comment: &Comment) -> (Range<usize>, bool) {
        let line = self.file.line_range(self.file.line_of(comment.span.start));
        let is_beside = !self.file.text()[line.start..comment.span.start as usize].trim().is_empty();
        (line, is_beside)
    }

    /// The end of a region with the comments right below it that are deeper than its key.
    pub(super) fn end_below(&self, region: Span, column: usize) -> u32 {
        let file = self.file;
        let mut end = region.end;
        let mut line = file.line_of(region.end);
        loop {
            let range = file.line_range(line);
            let text = &file.text()[range.clone()];
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

    /// The lines directly above a place, indented like it, with comments for publish-plan about it.
    pub(super) fn directives_above(&self, start: u32) -> Vec<Span> {
        let text = self.file.line_text(self.file.line_of(start));
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
            let text = file.line_text(line);
            let is_as_deep = text.find('#') == Some(column) && text.trim_start_matches(' ').starts_with('#');
            let Some(comment) = self.on_line(line).filter(|_| is_as_deep) else { break };
            above.push(comment);
        }
        above.reverse();
        above
    }
}
