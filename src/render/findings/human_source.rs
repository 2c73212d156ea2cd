//! The lines of a file that a finding points to, for miette: a window, so that a finding in a large file costs no more than one in
//! a small file. No character in it can steer the terminal.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::base::{Label, SourceFile, Span, narrow, steers_a_terminal};
use crate::render::wrap;

/// Lines longer than this, in bytes, are cut around the place that a label points to.
const LONG_LINE: usize = 400;
/// The bytes that are kept on both sides of it.
const KEPT: usize = 100;

/// The columns that miette draws for a tab, without the one that it has by itself.
const TAB: usize = 3;

/// The columns that miette puts after a line number, before the line.
const FRAME: usize = 4;

/// The marked lines of a file. Neighboring lines are in one block, so that they are drawn together.
#[derive(Debug)]
pub(super) struct Window<'f> {
    file: &'f SourceFile,
    name: String,
    blocks: Vec<Block>,
    /// What is drawn of each label, and the byte at which the label begins.
    drawn: Vec<(Range<usize>, u32)>,
}

/// Consecutive lines, or a part of one long line.
#[derive(Debug)]
struct Block {
    /// The first and the last line, 0-based.
    lines: std::ops::RangeInclusive<usize>,
    /// The bytes of the file that are shown.
    range: Range<usize>,
    /// Those bytes, with each character that could steer a terminal replaced by one of the same length.
    text: Vec<u8>,
    is_cut: bool,
}

impl<'f> Window<'f> {
    /// The lines that `labels` point to; none if there are no labels.
    pub(super) fn new(file: &'f SourceFile, labels: &[Label]) -> Option<Self> {
        let mut starts: Vec<(usize, Span)> =
            labels.iter().map(|label| (file.line_of(label.span.start), label.span)).collect();
        starts.sort_unstable_by_key(|(line, _)| *line);
        starts.dedup_by_key(|(line, _)| *line);
        let mut blocks: Vec<Block> = Vec::new();
        for (line, span) in starts {
            let block = Block::new(file, line, span);
            match blocks.last_mut() {
                Some(last) if last.lines.end() + 1 == line && !last.is_cut && !block.is_cut => {
                    *last = last.joined(file, &block);
                }
                _ => blocks.push(block),
            }
        }
        let mut window = Self { file, name: crate::base::whole(file.name()), blocks, drawn: Vec::new() };
        window.drawn = labels.iter().map(|label| (window.shown(label.span), label.span.start)).collect();
        (!window.blocks.is_empty()).then_some(window)
    }

    /// Where the label begins that is drawn at a span. At the end of a line nothing is left to mark, and the mark is under the
    /// character before; the position is still that of the label, as in every other format.
    fn start_of(&self, span: &SourceSpan) -> u32 {
        let drawn = span.offset()..span.offset() + span.len();
        let label = self.drawn.iter().find(|(shown, _)| *shown == drawn);
        label.map_or_else(|| narrow(span.offset()), |(_, start)| *start)
    }

    /// The terminal column, 0-based, at which the label of a span begins: below the middle of what is shown of the span.
    pub(super) fn label_column(&self, shown: &Range<usize>) -> usize {
        let line = self.file.line_of(narrow(shown.start));
        let block = self.blocks.iter().find(|block| block.lines.contains(&line));
        let start = block.map_or(0, |block| block.range.start).max(self.file.line_range(line).start);
        let columns = |range: Range<usize>| {
            let text = self.file.text().get(range).unwrap_or_default();
            wrap::width(text) + text.matches('\t').count() * TAB
        };
        let number = self.blocks.iter().map(|block| block.lines.end() + 1).max().unwrap_or_default();
        let digits = number.to_string().len();
        digits + FRAME + columns(start..shown.start) + columns(shown.clone()) / 2
    }

    /// The part of a span that is drawn: on its first line, inside the window.
    pub(super) fn shown(&self, span: Span) -> Range<usize> {
        let line = self.file.line_of(span.start);
        let Some(block) = self.blocks.iter().find(|block| block.lines.contains(&line)) else { return span.range() };
        let last = if block.is_cut { block.range.end } else { self.file.line_range(line).end };
        let start = (span.start as usize).clamp(block.range.start, last);
        let end = (span.end as usize).clamp(start, last);
        if start < end {
            return start..end;
        }
        // A place between two characters is shown at the next character, or at the last one of its line.
        let text = self.file.text();
        if start < last {
            start..boundary_after(text, start + 1)
        } else {
            boundary_before(text, start.saturating_sub(1)).max(block.range.start)..start
        }
    }
}

impl Block {
    fn new(file: &SourceFile, line: usize, span: Span) -> Self {
        let mut range = file.line_range(line);
        let text = file.text();
        let is_cut = range.len() > LONG_LINE;
        if is_cut {
            let start = (span.start as usize).saturating_sub(KEPT).max(range.start);
            let end = (span.end as usize).min(span.start as usize + LONG_LINE).saturating_add(KEPT).min(range.end);
            range = boundary_before(text, start)..boundary_after(text, end.max(start));
        }
        Self { lines: line..=line, text: harmless_text(text, &range), range, is_cut }
    }

    fn joined(&self, file: &SourceFile, next: &Self) -> Self {
        let range = self.range.start..next.range.end;
        Self {
            lines: *self.lines.start()..=*next.lines.end(),
            text: harmless_text(file.text(), &range),
            range,
            is_cut: false,
        }
    }
}

/// The last character boundary at or before `offset`.
fn boundary_before(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The first character boundary at or after `offset`, which is inside the text.
fn boundary_after(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset += 1;
    }
    offset
}

fn harmless_text(text: &str, range: &Range<usize>) -> Vec<u8> {
    text.get(range.clone()).unwrap_or_default().chars().flat_map(harmless).collect()
}

/// A character's bytes, or if a terminal would act on it, as many bytes of a character that is only shown.
fn harmless(character: char) -> Vec<u8> {
    let shown: &str = match character.len_utf8() {
        _ if matches!(character, '\t' | '\n' | '\r') || !steers_a_terminal(character) => {
            return character.to_string().into_bytes();
        }
        1 => "?",
        2 => "·",
        3 => "\u{fffd}",
        _ => "\u{1fffd}",
    };
    shown.as_bytes().to_vec()
}

impl SourceCode for Window<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let is_inside = |block: &&Block| block.range.start <= span.offset() && end <= block.range.end;
        let block = self.blocks.iter().find(is_inside).ok_or(MietteError::OutOfBounds)?;
        let (first, last) = (self.file.line_of(narrow(span.offset())), self.file.line_of(narrow(end)));
        let shown = if block.is_cut {
            block.range.clone()
        } else {
            self.file.line_range(first).start..self.file.line_range(last).end
        };
        let text = block
            .text
            .get(shown.start - block.range.start..shown.end - block.range.start)
            .ok_or(MietteError::OutOfBounds)?;
        // miette counts both from 0.
        let column = self.file.position(self.start_of(span)).column - 1;
        let whole = SourceSpan::from((shown.start, shown.len()));
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), text, whole, first, column, last - first + 1)))
    }
}
