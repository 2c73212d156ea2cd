use gen_lsp_types::{Position, Range};
use serde_json::Value;

use crate::base::{SourceFile, Span, narrow};

/// How the columns of a client count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16, as every client can.
    Utf16,
}

impl Encoding {
    /// The one to use with a client that knows these.
    pub(super) fn among(known: &[Value]) -> Self {
        if known.iter().any(|name| name == Self::Utf8.name()) { Self::Utf8 } else { Self::Utf16 }
    }

    /// As the protocol calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    /// The columns of a text.
    fn width(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }

    /// The byte of a column of a line. One in the middle of a character is its beginning, and one beyond the line its end.
    pub(super) fn byte(self, line: &str, column: u32) -> usize {
        let mut left = column as usize;
        for (index, character) in line.char_indices() {
            let width = match self {
                Self::Utf8 => character.len_utf8(),
                Self::Utf16 => character.len_utf16(),
            };
            if left < width {
                return index;
            }
            left -= width;
        }
        line.len()
    }

    /// The position of a byte of a file.
    pub(super) fn position(self, file: &SourceFile, offset: u32) -> Position {
        let line = file.line_of(offset);
        let start = file.line_range(line).start;
        // A span can end in the middle of a character only if the text is another one.
        let before = file.text().get(start..offset as usize).unwrap_or_default();
        Position { line: narrow(line), character: narrow(self.width(before)) }
    }

    /// The range of a span.
    pub(super) fn range(self, file: &SourceFile, span: Span) -> Range {
        Range { start: self.position(file, span.start), end: self.position(file, span.end) }
    }

    /// The byte of a position.
    pub(super) fn offset(self, file: &SourceFile, position: Position) -> u32 {
        let line = file.line_range(position.line as usize);
        narrow(line.start + self.byte(&file.text()[line], position.character))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_go_there_and_back_in_both_encodings() {
        let text = "a: é\r\n😀b: 路\nc\r";
        let file = SourceFile::new("x", text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let in_line_ends = |offset: usize| text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
            for (offset, _) in text.char_indices().filter(|(offset, _)| !in_line_ends(*offset)) {
                let offset = narrow(offset);
                let position = encoding.position(&file, offset);
                assert_eq!(encoding.offset(&file, position), offset, "{encoding:?} {offset}");
            }
        }
        let at = |line, character| Position { line, character };
        assert_eq!(Encoding::Utf16.position(&file, 11), at(1, 2));
        assert_eq!(Encoding::Utf8.position(&file, 11), at(1, 4));
        // Beyond the line, beyond the text, and inside of a character.
        assert_eq!(Encoding::Utf16.offset(&file, at(0, 90)), 5);
        assert_eq!(Encoding::Utf16.offset(&file, at(90, 0)), narrow(text.len()));
        assert_eq!(Encoding::Utf16.offset(&file, at(1, 1)), 7);
    }
}
