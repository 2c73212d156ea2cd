//! Comments that go along with a list.

use super::label::text_of;
use crate::base::{SourceFile, Span};
use crate::model::{Item, Listing};
use crate::resolve::Lab;
use crate::syntax::{self, Comment};
use crate::text::Source;

/// What comments for publish-plan begin with.
const MARK: &str = "publish-plan:";

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

    /// The comments inside a list, as they are to be said elsewhere; counts those that come to speak for more.
    pub(super) fn inside(&self, lab: &Lab<'_>, region: Span, listing: &Listing<'_>, widened: &mut usize) -> Vec<Said> {
        let file = self.file;
        let inside =
            self.all.iter().filter(|comment| region.start <= comment.span.start && comment.span.end <= region.end);
        let several = listing.items.len() > 1;
        let said = inside.map(|comment| {
            let text = file.slice(comment.span).to_owned();
            let line = file.line_range(file.line_of(comment.span.start));
            let before = file.text().get(line.start..comment.span.start as usize).unwrap_or_default();
            let on_line = |item: &&Item<'_>| line.contains(&(lab.span(item.text.place).start as usize));
            let entry = listing.items.iter().find(on_line).filter(|_| several && !listing.is_flow);
            let is_beside = !before.trim().is_empty();
            if comment.text.trim_start().starts_with(MARK) {
                *widened += usize::from(several && (entry.is_some() || !is_beside));
                return Said { text, is_beside };
            }
            match entry.and_then(|item| text_of(lab, item)).filter(|_| is_beside) {
                Some(entry) => Said { text: format!("# {entry}: {}", comment.text.trim()), is_beside: false },
                None => Said { text, is_beside },
            }
        });
        said.collect()
    }

    /// Comments on the lines right above a region, as deep as its key, each with its whole line.
    pub(super) fn above(&self, region: Span, column: usize) -> Vec<(Span, Said)> {
        let file = self.file;
        let mut above = Vec::new();
        let mut line = file.line_of(region.start);
        while line > 0 {
            line -= 1;
            let range = file.line_range(line);
            let text = file.text().get(range.clone()).unwrap_or_default();
            let is_as_deep = text.find('#') == Some(column) && text.trim_start_matches(' ').starts_with('#');
            let comment = self.all.iter().find(|comment| range.contains(&(comment.span.start as usize)));
            let Some(comment) = comment.filter(|_| is_as_deep) else { break };
            let said = Said { text: file.slice(comment.span).to_owned(), is_beside: false };
            above.insert(0, (self.whole_line(comment.span), said));
        }
        above
    }

    /// A line with its end.
    fn whole_line(&self, span: Span) -> Span {
        let file = self.file;
        let line = file.line_range(file.line_of(span.start));
        let rest = file.text().get(line.end..).unwrap_or_default();
        let ending = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(narrow(line.start), narrow(line.end + ending))
    }
}
