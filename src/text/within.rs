//! A text that is inside another file, in a block of YAML: each of its lines is further to the right there.

use std::sync::Arc;

use super::source::{Source, Substituted};
use super::substitute::{Piece, substitute};
use super::{Environment, unclosed};
use crate::base::{Findings, SourceFile, Span, narrow};

impl Source {
    /// The text of the lines of a file that begin at the bytes `starts`, each up to the next line break and with it. Its places lead to
    /// the file.
    #[must_use]
    pub(crate) fn within(file: Arc<SourceFile>, starts: &[u32], environment: &Environment) -> (Self, Findings) {
        let whole = file.text();
        let line = |start: u32| {
            let rest = &whole[start as usize..];
            &rest[..rest.find('\n').map_or(rest.len(), |end| end + 1)]
        };
        let text: String = starts.iter().map(|start| line(*start)).collect();
        let substitution = substitute(&text, environment);
        // Where each line begins in the text, and in the file.
        let mut lines = Vec::with_capacity(starts.len());
        let mut length = 0;
        for start in starts {
            lines.push((length, *start));
            length += narrow(line(*start).len());
        }
        let of = |offset: u32| {
            let after = lines.partition_point(|(begins, _)| *begins <= offset);
            lines[after.saturating_sub(1)]
        };
        let in_file = |span: Span| {
            let (begins, start) = of(span.start);
            Span::new(span.start - begins + start, span.end - begins + start)
        };
        let mut pieces = Vec::new();
        for piece in substitution.pieces {
            if piece.is_value {
                // A variable is on one line.
                pieces.push(Piece { file_span: in_file(piece.file_span), ..piece });
                continue;
            }
            let (mut at, end) = (piece.file_span.start, piece.file_span.end);
            let mut text_start = piece.text_start;
            while at < end {
                let after = lines.partition_point(|(begins, _)| *begins <= at);
                let line_end = lines.get(after).map_or(length, |(begins, _)| *begins).min(end);
                let text_length = line_end - at;
                pieces.push(Piece {
                    text_start,
                    text_length,
                    file_span: in_file(Span::new(at, line_end)),
                    is_value: false,
                });
                text_start += text_length;
                at = line_end;
            }
        }
        let findings = substitution.unclosed.iter().map(|one| unclosed(in_file(one.span))).collect();
        let substituted = Some(Substituted { text: substitution.text, pieces });
        (Self { file, substituted, joined: None }, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    #[test]
    fn every_place_leads_to_the_file() {
        let file = Arc::new(SourceFile::new("x", "a: |\n    name: ${N}\n    b:\n\n      - $$1\n"));
        let starts: Vec<u32> = [9, 24, 27, 32].into();
        let environment = Environment::new([("N".to_owned(), "lab".to_owned())]);
        let (source, findings) = Source::within(file, &starts, &environment);
        assert!(findings.into_vec().is_empty());
        assert_eq!(source.text(), "name: lab\nb:\n\n  - $1\n");
        let of = |part: &str| {
            let start = source.text().find(part).unwrap();
            source.original(Place::new(start, start + part.len()))
        };
        assert_eq!((of("name"), of("la"), of("b:\n"), of("$1")), ("name", "${N}", "b:\n", "$$1"));
        for (index, letter) in source.text().char_indices().filter(|(_, letter)| letter.is_ascii_alphabetic()) {
            let original = source.original(Place::new(index, index + 1));
            assert!(original.starts_with(letter) || original == "${N}", "{letter} {original:?}");
        }
    }
}
