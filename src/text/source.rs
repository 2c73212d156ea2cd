use std::sync::Arc;

use super::Environment;
use super::joined::Joined;
use super::substitute::{Piece, substitute};
use crate::base::{Edit, Findings, SourceFile, Span, narrow};

/// A range of bytes of the text that YAML reads, after variables were substituted.
///
/// A type of its own, so that it is never confused with a range of the file; [`Source::span`] converts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    start: u32,
    end: u32,
}

/// The start of the line that contains an offset of a text.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
}

/// The places that are not inside another of them, in order.
pub(crate) fn outermost(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut end = 0;
    places.retain(|place| {
        let is_outside = place.end > end;
        end = end.max(place.end);
        is_outside
    });
    places
}

/// The place that contains a byte; the places do not overlap and are in order.
pub(crate) fn around(places: &[Place], offset: usize) -> Option<Place> {
    let after = places.partition_point(|place| place.range().start <= offset);
    places.get(after.checked_sub(1)?).copied().filter(|place| offset < place.range().end)
}

impl Place {
    /// From byte `start` up to byte `end` of the text. Sources are under 4 GiB ([`super::MAX_SIZE`]).
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: narrow(start), end: narrow(end.max(start)) }
    }

    /// As indices into the text.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether it contains no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same place so many bytes later.
    pub(crate) fn moved(self, by: u32) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    /// From the start of this place to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// The text that YAML reads and the way back to the file.
#[derive(Debug)]
pub struct Source {
    pub(super) file: Arc<SourceFile>,
    /// None if there is no `$` in the file: then the text is the file's own.
    pub(super) substituted: Option<Substituted>,
    /// The two files that it consists of, if there are two.
    pub(super) joined: Option<Joined>,
}

#[derive(Debug)]
pub(super) struct Substituted {
    pub(super) text: String,
    pub(super) pieces: Vec<Piece>,
}

impl Source {
    /// Substitutes the environment. An unclosed `${` is a finding and stays as it is.
    #[must_use]
    pub fn new(file: Arc<SourceFile>, environment: &Environment) -> (Self, Findings) {
        if memchr::memchr(b'$', file.text().as_bytes()).is_none() {
            return (Self { file, substituted: None, joined: None }, Findings::default());
        }
        let substitution = substitute(file.text(), environment);
        let findings = substitution.unclosed.iter().map(|one| super::unclosed(one.span)).collect();
        let substituted = Substituted { text: substitution.text, pieces: substitution.pieces };
        (Self { file, substituted: Some(substituted), joined: None }, findings)
    }

    /// The file that it was read from; of a joined source, both files as one ([`Source::locate`]).
    #[must_use]
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// The text that YAML reads. It may contain values from the environment: never show it; show [`Source::original`] instead.
    #[must_use]
    pub fn text(&self) -> &str {
        self.substituted.as_ref().map_or(self.file.text(), |substituted| &substituted.text)
    }

    /// Whether there is a `$` in the file, so that its text and what YAML reads may differ.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.substituted.is_some()
    }

    /// Where `place` is in the file. A place inside a substituted value is the whole `${…}`.
    #[must_use]
    pub fn span(&self, place: Place) -> Span {
        let Some(substituted) = &self.substituted else {
            return Span::new(place.start, place.end);
        };
        let start = substituted.piece_at(place.start).map_or(0, |piece| piece.first(place.start));
        let last = place.end.saturating_sub(1).max(place.start);
        let end = substituted.piece_at(last).map_or(start, |piece| piece.last(place.end));
        Span::new(start, end)
    }

    /// Where `place` is in the file, if it begins and ends there too; none if one end is inside a substituted value.
    #[must_use]
    pub fn exact_span(&self, place: Place) -> Option<Span> {
        let Some(substituted) = &self.substituted else { return Some(Span::new(place.start, place.end)) };
        Some(Span::new(substituted.exact_offset(place.start)?, substituted.exact_offset(place.end)?))
    }

    /// The edit of the file that replaces `place`; none if one of its ends is inside a substituted value.
    pub(crate) fn edit(&self, place: Place, content: impl Into<String>) -> Option<Edit> {
        self.exact_span(place).map(|span| Edit::replace(span, content))
    }

    /// The text in the file at `place`, which messages quote.
    #[must_use]
    pub fn original(&self, place: Place) -> &str {
        self.file.slice(self.span(place))
    }

    /// Whether any part of `place` came from the environment.
    #[must_use]
    pub fn is_substituted(&self, place: Place) -> bool {
        self.values_at(place).next().is_some()
    }

    /// Whether `place` contains a variable; `$$` is a literal dollar sign.
    #[must_use]
    pub(crate) fn has_values(&self, place: Place) -> bool {
        self.values_at(place).any(|value| value != "$")
    }

    /// Whether `place` contains a variable that has no value, so that its name stays in the text (spec/before-yaml.md#variables).
    #[must_use]
    pub fn is_unresolved(&self, place: Place) -> bool {
        // `$$` is a literal dollar sign.
        self.values_at(place).any(|value| value.len() > 1 && value.starts_with('$'))
    }

    /// The places in `place` where the environment put a value that contains whitespace directly next to other characters: what
    /// looks like one word in the file is several in the text.
    pub(crate) fn parted_words(&self, place: Place) -> Vec<Place> {
        let text = self.text();
        let is_blank = |letter: Option<char>| letter.is_none_or(|letter| letter.is_ascii_whitespace());
        let pieces = self.pieces_at(place).map(|piece| Place::new(piece.text_start as usize, piece.end() as usize));
        let inside = text.get(place.range()).map(|written| {
            let quotes = usize::from(written.starts_with(['"', '\'']));
            place.range().start + quotes..place.range().end - quotes
        });
        let Some(inside) = inside else { return Vec::new() };
        pieces
            .filter(|piece| {
                let range = piece.range();
                let value = &text[range.clone()];
                let before =
                    text.get(inside.start.min(range.start)..range.start).and_then(|before| before.chars().next_back());
                let after = text.get(range.end..inside.end.max(range.end)).and_then(|after| after.chars().next());
                value.contains(|letter: char| letter.is_ascii_whitespace()) && !(is_blank(before) && is_blank(after))
            })
            .collect()
    }

    /// The values that the environment put into `place`.
    fn values_at(&self, place: Place) -> impl Iterator<Item = &str> {
        self.pieces_at(place).map(|piece| &self.text()[piece.text_start as usize..piece.end() as usize])
    }

    /// All of the text, part by part; none if there is no `$` in it.
    pub(super) fn pieces(&self) -> &[Piece] {
        self.substituted.as_ref().map_or(&[], |substituted| &substituted.pieces)
    }

    fn pieces_at(&self, place: Place) -> impl Iterator<Item = &Piece> {
        let pieces = self.pieces();
        let first = pieces.partition_point(|piece| piece.end() < place.start);
        pieces[first..]
            .iter()
            .take_while(move |piece| piece.text_start <= place.end)
            .filter(move |piece| piece.is_value && piece.touches(place))
    }
}

impl Substituted {
    fn piece_at(&self, offset: u32) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.text_start <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }

    /// The byte of the file for `offset` of the text; none inside a value.
    fn exact_offset(&self, offset: u32) -> Option<u32> {
        let Some(piece) = self.piece_at(offset) else { return Some(0) };
        let inside = offset - piece.text_start;
        match (piece.is_value, inside) {
            (false, _) => Some(piece.file_span.start + inside.min(piece.text_length)),
            (true, 0) if piece.text_length > 0 => Some(piece.file_span.start),
            (true, _) if offset >= piece.end() => Some(piece.file_span.end),
            (true, _) => None,
        }
    }
}

impl Piece {
    pub(super) fn end(&self) -> u32 {
        self.text_start + self.text_length
    }

    /// Shares a byte with `place`; an empty piece or place is touched from both sides.
    fn touches(&self, place: Place) -> bool {
        let is_empty = self.text_length == 0 || place.start == place.end;
        (self.text_start < place.end && self.end() > place.start) || is_empty
    }

    /// The byte of the file for a place that begins at `offset` of the text.
    fn first(&self, offset: u32) -> u32 {
        if self.is_value {
            self.file_span.start
        } else {
            self.file_span.start + (offset - self.text_start).min(self.text_length)
        }
    }

    /// The byte of the file for a place that ends before `offset` of the text.
    fn last(&self, offset: u32) -> u32 {
        if self.is_value {
            self.file_span.end
        } else {
            self.file_span.start + (offset - self.text_start).min(self.text_length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        let environment = Environment::new([("PORT".to_owned(), "2222".to_owned()), ("E".to_owned(), String::new())]);
        Source::new(Arc::new(SourceFile::new("x", text)), &environment).0
    }

    #[test]
    fn a_place_in_a_value_is_the_whole_variable() {
        let source = source("- tcp/${PORT}/a $$ b");
        assert_eq!(source.text(), "- tcp/2222/a $ b");
        let of = |part: &str| {
            let start = source.text().find(part).unwrap();
            source.original(Place::new(start, start + part.len()))
        };
        assert_eq!(of("222"), "${PORT}");
        assert_eq!(of("tcp/2222/a"), "tcp/${PORT}/a");
        assert_eq!(of("cp/2"), "cp/${PORT}");
        assert_eq!(of("/a"), "/a");
        assert_eq!(of("b"), "b");
        assert_eq!(of("$"), "$$");
    }

    #[test]
    fn an_exact_place_does_not_end_inside_a_value() {
        let source = source("a: ${PORT}b\n");
        assert_eq!(source.text(), "a: 2222b\n");
        let exact = |start, end| source.exact_span(Place::new(start, end)).map(Span::range);
        assert_eq!(exact(0, 8), Some(0..11));
        assert_eq!(exact(3, 7), Some(3..10));
        assert_eq!(exact(3, 3), Some(3..3));
        assert_eq!(exact(7, 7), Some(10..10));
        assert_eq!(exact(9, 9), Some(12..12));
        assert_eq!(exact(4, 8), None);
        assert_eq!(exact(0, 5), None);
    }

    #[test]
    fn only_what_came_from_the_environment_is_substituted() {
        let source = source("a/${PORT}/b");
        let is = |start, end| source.is_substituted(Place::new(start, end));
        assert!(!is(0, 2));
        assert!(is(0, 3));
        assert!(is(3, 5));
        assert!(!is(6, 8));
    }
}
