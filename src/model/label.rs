//! The words of a label, each at its own bytes (spec/entries.md#labels).

use crate::text::Place;

/// A word of a label.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word<'v> {
    pub(super) text: &'v str,
    /// Where it is, letter for letter; none if escapes make that impossible to tell.
    pub(super) place: Option<Place>,
}

/// The words of the scalar with this `value`, which is at `place` in `text`: bare, in quotes, or the lines of a block.
pub(super) fn words<'v>(text: &str, value: &'v str, place: Place) -> Vec<Word<'v>> {
    let words = value.split_ascii_whitespace();
    match places(&text[place.range()], value) {
        Some(starts) => words
            .zip(starts)
            .map(|(word, start)| {
                let start = place.range().start + start;
                Word { text: word, place: Some(Place::new(start, start + word.len())) }
            })
            .collect(),
        None => words.map(|word| Word { text: word, place: None }).collect(),
    }
}

/// Where each word begins in the written text; none if anything other than whitespace is between them.
fn places(written: &str, value: &str) -> Option<Vec<usize>> {
    let (start, end) = inside(written)?;
    let mut position = start;
    let mut starts = Vec::new();
    for word in value.split_ascii_whitespace() {
        let rest = written.get(position..end)?;
        position += rest.len() - rest.trim_ascii_start().len();
        if !written.get(position..end)?.starts_with(word) {
            return None;
        }
        starts.push(position);
        position += word.len();
    }
    written.get(position..end)?.trim_ascii().is_empty().then_some(starts)
}

/// The bytes between quotes, or all.
fn inside(written: &str) -> Option<(usize, usize)> {
    match written.chars().next() {
        Some('"') if written.contains('\\') => None,
        Some('"' | '\'') => Some((1, written.len().checked_sub(1)?)),
        _ => Some((0, written.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_where_it_stands() {
        for (written, value) in [
            ("a  b c", "a  b c"),
            ("'a b\n   c'", "a b c"),
            ("\"a b c \"", "a b c "),
            ("a b\n  c", "a b c"),
            ("a\n\n  b\n  c\n", "a\n\nb\nc\n"),
        ] {
            let found = words(written, value, Place::new(0, written.len()));
            let texts: Vec<&str> = found.iter().map(|word| &written[word.place.unwrap().range()]).collect();
            assert_eq!(texts, ["a", "b", "c"], "{written}");
        }
    }

    #[test]
    fn escapes_hide_the_places() {
        for (written, value) in [("\"a\\tb\"", "a\tb"), ("'it''s b'", "it's b")] {
            let found = words(written, value, Place::new(0, written.len()));
            assert!(found.iter().all(|word| word.place.is_none()) && found.len() == 2, "{written}");
        }
    }
}
