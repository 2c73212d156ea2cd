//! Tabs where yaml.v2 wants spaces: YAML 1.2 lets most of them pass, and containerlab then refuses the file.

use super::yaml_error;
use crate::base::Findings;
use crate::text::{Place, Source};

/// What the text is made of, as far as it says where a tab may stand. In the order of the text.
pub(super) struct Tabs {
    marks: Vec<Mark>,
}

/// A value, and from which column (0-based, in bytes) a tab may begin a line of it.
struct Mark {
    place: Place,
    /// In the value, and as long as only blanks follow it.
    inside: usize,
    /// Behind it.
    behind: usize,
}

const ANYWHERE: usize = 0;
const NOWHERE: usize = usize::MAX;

impl Tabs {
    /// None where there are no tabs.
    pub(super) fn of(text: &str) -> Option<Self> {
        memchr::memchr(b'\t', text.as_bytes()).map(|_| Self { marks: vec![Mark::at(0, NOWHERE)] })
    }

    /// A word without quotes; it goes on over lines that are indented deeper than the keys or dashes of its block, which stand
    /// at an offset of the text.
    pub(super) fn plain(&mut self, place: Place, block: usize, is_in_flow: bool, text: &str) {
        let behind = if is_in_flow { ANYWHERE } else { NOWHERE };
        self.marks.push(Mark { place, inside: column(text, block) + 1, behind });
    }

    /// A text behind `|` or `>`; it goes on over lines that are indented as its first is.
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

    /// Brackets that stand in no others begin, or have ended, at an offset of the text.
    pub(super) fn brackets(&mut self, offset: usize, is_begin: bool) {
        self.marks.push(Mark::at(offset, if is_begin { ANYWHERE } else { NOWHERE }));
    }

    /// Finds those up to `end` that yaml.v2 refuses, the first of each line.
    pub(super) fn check(&self, end: usize, source: &Source, findings: &mut Findings) {
        let text = &source.text()[..end];
        let mut last_line = None;
        for tab in memchr::memchr_iter(b'\t', text.as_bytes()) {
            let line = text[..tab].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
            if last_line != Some(line) && !self.may_stand(text, line, tab) {
                last_line = Some(line);
                let tabs = text[tab..].bytes().take_while(|byte| *byte == b'\t').count();
                findings.push(yaml_error::tab(source, Place::new(tab, tab + tabs)));
            }
        }
    }

    fn may_stand(&self, text: &str, line: usize, tab: usize) -> bool {
        let index = self.marks.partition_point(|mark| mark.place.range().start <= tab);
        let mark = &self.marks[index - 1];
        let end = mark.place.range().end;
        let goes_on = tab < end || text[end..tab].trim().is_empty();
        let from_column = if goes_on { mark.inside } else { mark.behind };
        let before = text[line..tab].trim_matches([' ', '\t']);
        if before.is_empty() {
            return tab - line >= from_column;
        }
        // Behind the dash of an item.
        let is_dash = |word: &str| word == "-" || word == "?";
        from_column == ANYWHERE || tab < end || !before.split([' ', '\t']).all(is_dash)
    }
}

impl Mark {
    /// From an offset on.
    fn at(offset: usize, inside: usize) -> Self {
        Self { place: Place::new(offset, offset), inside, behind: inside }
    }
}

/// How far an offset is from the start of its line.
fn column(text: &str, offset: usize) -> usize {
    offset - text[..offset].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
}
