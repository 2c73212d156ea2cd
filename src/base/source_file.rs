use std::sync::OnceLock;

use super::Span;
use super::span::narrow;

/// One input as people see it: its name and its text before any substitution.
///
/// The text is that of the file on disk, decoded; offsets are bytes of it as UTF-8.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: OnceLock<Vec<u32>>,
    /// How many characters begin before each [`STRIDE`]th byte.
    characters: OnceLock<Vec<u32>>,
}

/// Bytes between two counts of characters: at most so many are searched to find a column, however long the line is.
const STRIDE: usize = 1024;

/// A place as editors count: line and column from 1, the column in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// 1-based.
    pub line: usize,
    /// 1-based, in Unicode scalar values; a byte-order mark does not count.
    pub column: usize,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl SourceFile {
    /// A file called `name` (as the user wrote it) with this text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), line_starts: OnceLock::new(), characters: OnceLock::new() }
    }

    /// Its text, for which nobody else has use.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The name as the user wrote it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text at `span`; empty if the span does not fit the text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The position of the byte `offset`.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.line_start(line);
        let before = self.text.get(start..offset as usize).unwrap_or_default();
        let marks = if line == 0 { before.chars().take_while(|letter| *letter == BYTE_ORDER_MARK).count() } else { 0 };
        let characters = match before.len() {
            0..STRIDE => before.chars().count(),
            _ => self.characters_before(offset as usize) - self.characters_before(start),
        };
        Position { line: line + 1, column: characters - marks + 1 }
    }

    /// How many characters begin before a byte of the text.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let counted = self.characters.get_or_init(|| {
            let mut count = 0;
            let ends = bytes.chunks(STRIDE).map(|chunk| {
                count += characters(chunk);
                narrow(count)
            });
            std::iter::once(0).chain(ends).collect()
        });
        let index = offset / STRIDE;
        counted[index] as usize + characters(&bytes[index * STRIDE..offset])
    }

    /// The 0-based line that contains the byte `offset`.
    pub(crate) fn line_of(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of the 0-based `line`, its line break left out.
    pub(crate) fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let start = self.line_start(line);
        let end = self.line_starts().get(line + 1).map_or(self.text.len(), |next| *next as usize);
        let kept = self.text[start..end].trim_end_matches(['\n', '\r']).len();
        start..start + kept
    }

    /// The text of the 0-based `line`, its line break left out.
    pub(crate) fn line_text(&self, line: usize) -> &str {
        &self.text[self.line_range(line)]
    }

    /// The whole line of the byte `offset`, its line break with it.
    pub(crate) fn whole_line(&self, offset: u32) -> Span {
        let line = self.line_range(self.line_of(offset));
        let rest = &self.text[line.end..];
        let ending = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
        Span::new(narrow(line.start), narrow(line.end + ending))
    }

    fn line_start(&self, line: usize) -> usize {
        self.line_starts().get(line).map_or(self.text.len(), |start| *start as usize)
    }

    /// Built once, when the first position is asked for: a file without findings never pays for it.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (index, byte) in bytes.iter().enumerate() {
                let ends_line = *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
                if ends_line {
                    starts.push(narrow(index + 1));
                }
            }
            starts
        })
    }
}

/// How many characters begin in a part of a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..0xc0)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_long_line_are_counted_as_those_of_a_short_one() {
        let text = format!("\u{feff}{}\n{}", "aé€😀".repeat(400), "é".repeat(3 * STRIDE));
        let file = SourceFile::new("x", text.as_str());
        for (offset, _) in text.char_indices() {
            let line_start = text[..offset].rfind('\n').map_or(3, |end| end + 1);
            let column = text.get(line_start..offset).map_or(0, |before| before.chars().count()) + 1;
            assert_eq!(file.position(u32::try_from(offset).unwrap()).column, column, "{offset}");
        }
        // A place after the last byte, where no more bytes are to be counted.
        let full = SourceFile::new("x", format!("a\n{}", "b".repeat(2 * STRIDE - 2)));
        assert_eq!(full.position(narrow(2 * STRIDE)), Position { line: 2, column: 2 * STRIDE - 1 });
        // The last byte, and the one after it.
        let end = file.position(u32::try_from(text.len()).unwrap());
        assert_eq!((end.line, end.column), (2, 3 * STRIDE + 1));
    }

    #[test]
    fn columns_count_characters_and_lines_end_in_three_ways() {
        let file = SourceFile::new("x", "\u{feff}é: 1\r\nb\rc\n");
        assert_eq!(file.position(5), Position { line: 1, column: 2 });
        assert_eq!(file.position(10), Position { line: 2, column: 1 });
        assert_eq!(file.position(12), Position { line: 3, column: 1 });
        assert_eq!(file.line_range(0), 0..8);
        assert_eq!((file.whole_line(5), file.whole_line(12)), (Span::new(0, 10), Span::new(12, 14)));
    }
}
