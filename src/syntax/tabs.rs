//! Tabs where yaml.v2 requires spaces: YAML 1.2 allows most of them, and containerlab then rejects the file.

use super::yaml_error;
use crate::base::Findings;
use crate::text::{Place, Source, line_start};

/// The structure of the text, as far as it decides where a tab is allowed. In the order of the text.
pub(super) struct Tabs {
    marks: Vec<Mark>,
}

/// A value, and from which column (0-based, in bytes) a tab may begin a line of it.
struct Mark {
    place: Place,
    /// In the value, and as long as only whitespace follows it.
    inside: usize,
    /// After it.
    behind: usize,
}

const ANYWHERE: usize = 0;
const NOWHERE: usize = usize::MAX;

impl Tabs {
    /// None if there are no tabs.
    pub(super) fn of(text: &str) -> Option<Self> {
        memchr::memchr(b'\t', text.as_bytes()).map(|_| Self { marks: vec![Mark::at(0, NOWHERE)] })
    }

    /// A string without quotes; it continues over lines that are indented deeper than the keys or dashes of its block.
    pub(super) fn plain(&mut self, place: Place, block: usize, is_in_flow: bool) {
        let behind = if is_in_flow { ANYWHERE } else { NOWHERE };
        self.marks.push(Mark { place, inside: block + 1, behind });
    }

    /// A string after `|` or `>`; it continues over lines that are indented like its first line.
    pub(super) fn block_text(&mut self, place: Place, text: &str) {
        let first = &text[place.range()];
        let first = place.range().start + (first.len() - first.trim_start().len());
        self.marks.push(Mark { place, inside: column(text, first), behind: NOWHERE });
    }

    /// A text between quotes.
    pub(super) fn quoted(&mut self, place: Place, is_in_flow: bool) {
        self.marks.push(Mark::at(place.range().start, ANYWHERE));
        self.marks.push(Mark::at(place.range().end, if is_in_flow { ANYWHERE } else { NOWHERE }));
    }

    /// The outermost brackets begin or end at an offset of the text.
    pub(super) fn brackets(&mut self, offset: usize, is_begin: bool) {
        self.marks.push(Mark::at(offset, if is_begin { ANYWHERE } else { NOWHERE }));
    }

    /// Reports the tabs up to `end` that yaml.v2 rejects, the first of each line.
    pub(super) fn check(&self, end: usize, source: &Source, findings: &mut Findings) {
        let text = &source.text()[..end];
        let mut marks = self.marks.iter().peekable();
        let (mut mark, mut goes_on_to) = (&self.marks[0], 0);
        let mut line = 0;
        for written in text.split_inclusive(['\n', '\r']) {
            for (column, is_behind_dash) in tabs_in_front(written) {
                let tab = line + column;
                while let Some(next) = marks.next_if(|next| next.place.range().start <= tab) {
                    mark = next;
                    let end = next.place.range().end;
                    goes_on_to = end + text[end..].bytes().take_while(u8::is_ascii_whitespace).count();
                }
                let from_column = if tab < goes_on_to { mark.inside } else { mark.behind };
                let may_stand = if is_behind_dash {
                    from_column == ANYWHERE || tab < mark.place.range().end
                } else {
                    column >= from_column
                };
                if !may_stand {
                    let tabs = written[column..].bytes().take_while(|byte| *byte == b'\t').count();
                    findings.push(yaml_error::tab(source, Place::new(tab, tab + tabs)));
                    break;
                }
            }
            line += written.len();
        }
    }
}

/// The columns of the tabs before the first word of a line, and whether the dash of an item is before them.
fn tabs_in_front(line: &str) -> impl Iterator<Item = (usize, bool)> {
    let bytes = line.as_bytes();
    let is_blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let is_front = move |(column, byte): &(usize, &u8)| match byte {
        b' ' | b'\t' => true,
        b'-' | b'?' => is_blank(bytes.get(column + 1)) && (*column == 0 || is_blank(bytes.get(column - 1))),
        _ => false,
    };
    let front = bytes.iter().enumerate().take_while(is_front);
    let marked = front.scan(false, |is_behind_dash, (column, byte)| {
        *is_behind_dash |= matches!(byte, b'-' | b'?');
        Some((column, *byte, *is_behind_dash))
    });
    marked.filter(|(_, byte, _)| *byte == b'\t').map(|(column, _, is_behind_dash)| (column, is_behind_dash))
}

impl Mark {
    /// From an offset on.
    fn at(offset: usize, inside: usize) -> Self {
        Self { place: Place::new(offset, offset), inside, behind: inside }
    }
}

/// How far an offset is from the start of its line, in bytes.
pub(super) fn column(text: &str, offset: usize) -> usize {
    offset - line_start(text, offset)
}
