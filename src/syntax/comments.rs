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
    let text = source.text();
    let last = memchr::memrchr(b'#', text.as_bytes());
    let Some(last) = last.filter(|_| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()) else {
        return Vec::new();
    };
    // Nothing after the line of the last `#` makes a comment of it or of one before, unless brackets are open there.
    let end = text[last..].find(['\n', '\r']).map_or(text.len(), |length| last + length);
    let (places, is_whole) = up_to_an_error(&text[..end], word);
    if is_whole { places } else { up_to_an_error(text, word).0 }
}

/// The places of the comments of a text that contain `word`, up to the first syntax error, and whether there is none.
fn up_to_an_error(text: &str, word: &str) -> (Vec<Place>, bool) {
    let options = granit_parser::options! {
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
        emit_unresolved_aliases: true,
    };
    let mut places = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((Event::Comment(text, _), place)) if text.contains(word) => places.push(place_of(&place)),
            Ok(_) => {}
            Err(_) => return (places, false),
        }
    }
    (places, true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::base::SourceFile;
    use crate::text::Environment;

    fn starts(places: &[Place]) -> Vec<usize> {
        places.iter().map(|place| place.range().start).collect()
    }

    proptest! {
        #[test]
        fn what_follows_the_last_sign_makes_no_comment(text in "([a:?|>&*!%.,'\"{}\\[\\]# -]|- |: | #|\n|\n  |\\[\n){0,16}") {
            let (source, _) = Source::new(Arc::new(SourceFile::new("", &text)), &Environment::default());
            let (all, is_whole) = up_to_an_error(source.text(), "");
            let found = comment_places(&source, "");
            if is_whole {
                prop_assert_eq!(starts(&found), starts(&all));
            } else {
                // Nothing is made of a file with an error but what is before it.
                prop_assert!(starts(&found).starts_with(&starts(&all)));
            }
        }
    }
}
