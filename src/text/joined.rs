//! Two files as one source: a file, and behind it the one that it is read with.

use std::sync::Arc;

use super::source::{Source, Substituted};
use super::substitute::Piece;
use crate::base::{SourceFile, Span, narrow};

/// What is between the two: neither continues a line of the other.
const BETWEEN: &str = "\n";

/// The files of a joined source, and where the second one begins.
#[derive(Debug)]
pub(super) struct Joined {
    files: [Arc<SourceFile>; 2],
    /// In the joined file.
    file_start: u32,
    /// In the joined text.
    text_start: u32,
}

impl Source {
    /// Both as one source. The places and spans of `first` stay as they are; those of `second` move.
    ///
    /// # Panics
    ///
    /// If both together have 4 GiB or more.
    #[must_use]
    pub(crate) fn join(first: &Self, second: &Self) -> Self {
        let files = [first, second].map(|source| Arc::clone(source.file()));
        let join = |one: &str, other: &str| [one, BETWEEN, other].concat();
        let behind = |text: &str| narrow(text.len() + BETWEEN.len());
        let (file_start, text_start) = (behind(files[0].text()), behind(first.text()));
        let substituted = (first.has_variables() || second.has_variables()).then(|| {
            let between =
                literal(BETWEEN).moved(text_start - narrow(BETWEEN.len()), file_start - narrow(BETWEEN.len()));
            let moved = second.whole().into_iter().map(|piece| piece.moved(text_start, file_start));
            let pieces = first.whole().into_iter().chain([between]).chain(moved).collect();
            Substituted { text: join(first.text(), second.text()), pieces }
        });
        let file = SourceFile::new(files[0].name(), join(files[0].text(), files[1].text()));
        Self { file: Arc::new(file), substituted, joined: Some(Joined { files, file_start, text_start }) }
    }

    /// The file that a span is in, and where it is there: of a joined source, one of its two files.
    pub(crate) fn locate(&self, span: Span) -> (&Arc<SourceFile>, Span) {
        match &self.joined {
            None => (&self.file, span),
            Some(joined) if span.start < joined.file_start => (&joined.files[0], span),
            Some(joined) => (&joined.files[1], span.back(joined.file_start)),
        }
    }

    /// Where the second file of a joined source begins: in its text, and in its file.
    pub(crate) fn second_start(&self) -> Option<(u32, u32)> {
        self.joined.as_ref().map(|joined| (joined.text_start, joined.file_start))
    }

    /// Its pieces, also if there is no `$` in it.
    fn whole(&self) -> Vec<Piece> {
        if self.has_variables() { self.pieces().to_vec() } else { vec![literal(self.text())] }
    }
}

/// A text that is in the file as it is, from the start of both.
fn literal(text: &str) -> Piece {
    let length = narrow(text.len());
    Piece { text_start: 0, text_length: length, file_span: Span::new(0, length), is_value: false }
}

impl Piece {
    /// The same piece so many bytes later in the text, and in the file.
    fn moved(self, in_text: u32, in_file: u32) -> Self {
        Self { text_start: self.text_start + in_text, file_span: self.file_span.moved(in_file), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Place};
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        let environment = Environment::new([("PORT".to_owned(), "2222".to_owned())]);
        Source::new(Arc::new(SourceFile::new(name, text)), &environment).0
    }

    #[test]
    fn every_place_leads_to_its_own_file() {
        for (one, other) in
            [("a: b", "c: d\n"), ("a: $PORT/b", "c: d"), ("", "c: ${PORT}d"), ("a: $PORT\n", "c: ${PORT}d"), ("a", "")]
        {
            let (first, second) = (source("one", one), source("two", other));
            let joined = Source::join(&first, &second);
            let (text_start, _) = joined.second_start().unwrap();
            for (own, start, name) in [(&first, 0, "one"), (&second, text_start, "two")] {
                for (index, _) in own.text().char_indices() {
                    let alone = own.span(Place::new(index, index + 1));
                    let place = Place::new(index + start as usize, index + 1 + start as usize);
                    let (file, span) = joined.locate(joined.span(place));
                    assert_eq!((file.name(), span), (name, alone), "{one:?} {other:?} {index}");
                    assert_eq!(joined.original(place), own.original(Place::new(index, index + 1)));
                    assert_eq!(joined.is_substituted(place), own.is_substituted(Place::new(index, index + 1)));
                    let exact = joined.exact_span(place).map(|span| joined.locate(span).1);
                    assert_eq!(exact, own.exact_span(Place::new(index, index + 1)));
                }
            }
        }
    }
}
