//! The comments of a file. A `#` inside a value does not begin one.

use granit_parser::{Event, Parser};

use super::parse::place_of;
use crate::base::Span;
use crate::text::{Place, Source};

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// From its `#` to the end of its line.
    pub(crate) span: Span,
    /// What follows the `#` in the file, with variables not replaced.
    pub(crate) text: String,
}

/// The start of a comment for publish-plan, after its `#`.
pub(crate) const MARK: &str = "publish-plan:";

impl Comment {
    /// Whether it is meant for publish-plan.
    pub(crate) fn is_for_us(&self) -> bool {
        self.text.trim_start().starts_with(MARK)
    }
}

/// Every comment that contains `word`, in the order of the file, up to the first syntax error. A file without that word is not
/// parsed a second time.
pub(crate) fn comments(source: &Source, word: &str) -> Vec<Comment> {
    let comment = |place| {
        let span = source.span(place);
        Comment { span, text: source.file().slice(span).trim_start_matches('#').to_owned() }
    };
    comment_places(source, word).into_iter().map(comment).collect()
}

/// Where they are in the text.
pub(crate) fn comment_places(source: &Source, word: &str) -> Vec<Place> {
    if memchr::memmem::find(source.text().as_bytes(), word.as_bytes()).is_none() {
        return Vec::new();
    }
    let options = granit_parser::options! {
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
        emit_unresolved_aliases: true,
    };
    let mut places = Vec::new();
    for event in Parser::new_from_str_with_options(source.text(), options) {
        match event {
            Ok((Event::Comment(text, _), place)) if text.contains(word) => places.push(place_of(&place)),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    places
}
