//! What a comment applies to, and what to remove if it is taken out.

use std::ops::Range;

use crate::base::{SourceFile, Span, narrow};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The nodes, kinds, groups and the defaults of a file, in order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Owners<'f> {
    /// The byte at which each begins.
    pub(crate) starts: &'f [u32],
    /// What each is called: `nodes/r1`.
    pub(crate) names: &'f [String],
}

/// What a comment speaks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// The bytes in which findings are ignored.
    pub(super) bytes: Range<u32>,
    /// The node, if it applies to a whole node: then no finding that is also about others is ignored.
    pub(super) node: Option<String>,
}

/// A file by lines: each is read once, however many comments there are.
#[derive(Debug)]
pub(super) struct Lines<'f> {
    file: &'f SourceFile,
    owners: Owners<'f>,
    /// For each line, the first from it on that has more than a comment; one past the last if there is none.
    next_something: Vec<usize>,
}

/// Why a comment on a line of its own cannot apply to what is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooWide;

impl<'f> Lines<'f> {
    /// The lines of a file, and where its nodes, kinds, and groups begin.
    pub(super) fn new(file: &'f SourceFile, owners: Owners<'f>) -> Self {
        let count = file.line_of(narrow(file.text().len())) + 1;
        let mut next_something = vec![count; count];
        let mut next = count;
        for line in (0..count).rev() {
            let text = file.line_text(line).trim_start_matches(BYTE_ORDER_MARK).trim();
            if !text.is_empty() && !text.starts_with('#') {
                next = line;
            }
            next_something[line] = next;
        }
        Self { file, owners, next_something }
    }

    /// Whether only comments and whitespace are before a byte.
    pub(super) fn is_in_first_block(&self, offset: u32) -> bool {
        let mut first = self.something_from(0);
        while self.text(first).trim_start_matches(BYTE_ORDER_MARK).trim_end() == "---" {
            first = self.something_from(first + 1);
        }
        self.file.line_of(offset) < first
    }

    /// The bytes that a comment applies to: its line, if something is before it there; otherwise the node, list, or entry that
    /// begins on the next line that is not empty, with everything that is indented deeper.
    pub(super) fn scope(&self, comment: u32) -> Result<Scope, TooWide> {
        let line = self.file.line_of(comment);
        let own = self.file.line_range(line);
        let before = &self.file.text()[own.start..comment as usize];
        if !before.trim_start_matches(BYTE_ORDER_MARK).trim().is_empty() {
            return Ok(Scope { bytes: narrow(own.start)..narrow(own.end) + 1, node: None });
        }
        let first = self.something_from(line + 1);
        // A less indented line ends the block that the comment is in: it belongs to the next node.
        if first == self.count() || self.indentation(first) < self.indentation(line) {
            return Ok(Scope::default());
        }
        let scope = narrow(self.file.line_range(first).start)..narrow(self.file.line_range(self.end_of(first)).end) + 1;
        let key = scope.start + narrow(self.indentation(first));
        let from = self.owners.starts.partition_point(|owner| *owner < scope.start);
        let mut within = self.owners.starts[from..].iter().take_while(|owner| scope.contains(owner));
        // A single node has its key there, perhaps after a quote; anything else is one among others.
        if within.clone().any(|owner| *owner > key + 1) {
            return Err(TooWide);
        }
        let name = within.next().and_then(|_| self.owners.names.get(from)?.strip_prefix("nodes/"));
        Ok(Scope { bytes: scope, node: name.map(str::to_owned) })
    }

    /// A comment with the spaces before it; the whole line if it is on a line of its own.
    pub(super) fn whole(&self, comment: Span) -> Span {
        let line = self.file.line_range(self.file.line_of(comment.start));
        let before = &self.file.text()[line.start..comment.start as usize];
        if before.trim().is_empty() {
            return self.file.whole_line(comment.start);
        }
        Span::new(narrow(line.start + before.trim_end().len()), comment.end)
    }

    /// A name among others, with the comma after it, or before it if it is the last.
    pub(super) fn with_its_comma(&self, name: Span) -> Span {
        let (before, after) = self.file.text().split_at(name.start as usize);
        let after = &after[(name.end - name.start) as usize..];
        let behind = after.trim_start_matches([' ', '\t']);
        if let Some(rest) = behind.strip_prefix(',') {
            let rest = rest.trim_start_matches([' ', '\t']);
            return Span::new(name.start, narrow(self.file.text().len() - rest.len()));
        }
        Span::new(narrow(before.trim_end_matches([' ', '\t', ',']).len()), name.end)
    }

    /// The last line of what begins on a line.
    fn end_of(&self, first: usize) -> usize {
        let own = self.indentation(first);
        let is_item = |line: usize| self.text(line).trim_start().starts_with('-');
        let mut end = first;
        loop {
            let line = self.something_from(end + 1);
            // The items of a list may be as far left as its key.
            let belongs = line < self.count()
                && (self.indentation(line) > own
                    || (self.indentation(line) == own && is_item(line) && !is_item(first)));
            if !belongs {
                return end;
            }
            end = line;
        }
    }

    fn indentation(&self, line: usize) -> usize {
        self.text(line).len() - self.text(line).trim_start_matches(' ').len()
    }

    fn something_from(&self, line: usize) -> usize {
        self.next_something.get(line).copied().unwrap_or(self.count())
    }

    fn text(&self, line: usize) -> &str {
        self.file.line_text(line)
    }

    fn count(&self) -> usize {
        self.next_something.len()
    }
}
