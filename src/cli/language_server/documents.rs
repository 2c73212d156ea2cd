use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{Position, TextDocumentContentChangeEvent, Uri};

use super::positions::Encoding;

/// The text of a file that is open in the editor, saved or not.
#[derive(Debug)]
pub(super) struct Document {
    /// As the editor calls it.
    pub(super) uri: Uri,
    /// The editor's count of its changes.
    pub(super) version: i32,
    pub(super) text: String,
}

/// Every file that is open in the editor, by its path.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn open(&mut self, path: PathBuf, document: Document) {
        self.open.insert(path, document);
    }

    pub(super) fn close(&mut self, path: &Path) -> Option<Document> {
        self.open.remove(path)
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.open.get_mut(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }
}

impl Document {
    /// Changes the text as the editor did, one change after another.
    pub(super) fn change(&mut self, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => self.text = whole.text,
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let start = byte(&self.text, part.range.start, encoding);
                    let end = byte(&self.text, part.range.end, encoding).max(start);
                    self.text.replace_range(start..end, &part.text);
                }
            }
        }
    }
}

/// The byte of a position in a text, which is searched for its line: changes come one by one.
fn byte(text: &str, position: Position, encoding: Encoding) -> usize {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|end| bytes[*end] == b'\n' || bytes.get(end + 1) != Some(&b'\n'));
    for _ in 0..position.line {
        let Some(end) = ends.next() else { return text.len() };
        start = end + 1;
    }
    let end = ends.next().map_or(text.len(), |end| {
        if bytes[end] == b'\n' && end > start && bytes[end - 1] == b'\r' { end - 1 } else { end }
    });
    start + encoding.byte(&text[start..end], position.character)
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::{Range, TextDocumentContentChangePartial};

    use super::*;

    #[test]
    #[allow(deprecated)] // a field of the protocol
    fn changes_are_made_where_the_editor_made_them() {
        let uri = Uri::parse("file:///x.clab.yml").unwrap();
        let mut document = Document { uri, version: 0, text: "a: é😀\r\nb\rc\n".to_owned() };
        let mut change = |start: (u32, u32), end: (u32, u32), text: &str, encoding| {
            let at = |(line, character)| Position { line, character };
            let range = Range { start: at(start), end: at(end) };
            let part = TextDocumentContentChangePartial { range, range_length: None, text: text.to_owned() };
            document.change(vec![TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part)], encoding);
            document.text.clone()
        };
        assert_eq!(change((0, 3), (0, 4), "e", Encoding::Utf16), "a: e😀\r\nb\rc\n");
        assert_eq!(change((0, 6), (1, 0), "!\r\n", Encoding::Utf16), "a: e😀!\r\nb\rc\n");
        assert_eq!(change((0, 4), (0, 8), "", Encoding::Utf8), "a: e!\r\nb\rc\n");
        assert_eq!(change((1, 0), (2, 1), "x", Encoding::Utf16), "a: e!\r\nx\n");
        assert_eq!(change((9, 0), (9, 0), "end", Encoding::Utf16), "a: e!\r\nx\nend");
        assert_eq!(change((0, 9), (0, 1), "y", Encoding::Utf16), "a: e!y\r\nx\nend");
    }
}
