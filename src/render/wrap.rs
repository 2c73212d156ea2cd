//! Text for people in lines that fit: broken at spaces only, so that an entry, an address, or a hostname can be read and copied
//! as one. A word that is wider than the line stays in one piece and makes that line longer.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

/// By how many columns the second and later lines of a sentence are indented.
pub(crate) const INDENT: usize = 2;

/// Parentheses of at most this many characters stay on one line, with the word before them: `tls (from tcp)`.
const SHORT: usize = 24;

/// The columns that a text takes on a terminal; its colors take none.
pub(crate) fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    if !text.contains('\u{1b}') {
        return text.width();
    }
    let mut parts = text.split('\u{1b}');
    let first = parts.next().map_or(0, UnicodeWidthStr::width);
    first + parts.filter_map(|part| part.split_once('m')).map(|(_, text)| text.width()).sum::<usize>()
}

/// Whether a text has only characters that take one column each, as nearly every text has.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'))
}

/// The columns of the widest part of a text that is never broken.
pub(crate) fn longest(text: &str) -> usize {
    parts(text, false).into_iter().map(|part| width(&text[part])).max().unwrap_or_default()
}

/// `text` with each of its lines in lines of at most `columns`; those that are new begin with `indent` spaces.
pub(crate) fn filled(text: &str, columns: usize, indent: usize) -> String {
    let between = format!("\n{:indent$}", "");
    let rest = columns.saturating_sub(indent);
    text.split('\n').map(|line| lines(line, columns, rest).join(&between)).collect::<Vec<_>>().join("\n")
}

/// One or more sentences with a line break at the end, in lines of at most `columns`, if there is a limit.
pub(crate) fn sentence(text: &str, columns: Option<usize>) -> String {
    columns.map_or_else(|| text.to_owned(), |columns| filled(text, columns, INDENT)) + "\n"
}

/// The lines of a text, each a part of it: the first of at most `first` columns, the others of at most `rest`. Text between
/// back-ticks stays on one line if it fits there, and a line break stays one.
pub(crate) fn lines(text: &str, first: usize, rest: usize) -> Vec<&str> {
    let mut all = Vec::new();
    for line in text.split('\n') {
        let first = if all.is_empty() { first } else { rest };
        break_line(line, first, rest, &mut all);
    }
    all
}

fn break_line<'t>(text: &'t str, first: usize, rest: usize, lines: &mut Vec<&'t str>) {
    if width(text) <= first {
        lines.push(text);
        return;
    }
    let mut room = first;
    let mut line: Option<Range<usize>> = None;
    let mut put = |part: Range<usize>| {
        line = Some(match line.take() {
            None => part,
            Some(before) if width(&text[before.start..part.end]) <= room => before.start..part.end,
            Some(before) => {
                lines.push(&text[before]);
                room = rest;
                part
            }
        });
    };
    for part in parts(text, true) {
        if width(&text[part.clone()]) <= rest {
            put(part);
        } else {
            for word in parts(&text[part.clone()], false) {
                put(part.start + word.start..part.start + word.end);
            }
        }
    }
    lines.extend(line.map(|last| &text[last]));
}

/// What lies between the spaces at which a text may be broken. With `keeps_together`, code between back-ticks and short
/// parentheses are one part.
fn parts(text: &str, keeps_together: bool) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut kept_until) = (0, 0);
    for (index, character) in text.char_indices() {
        if index < kept_until {
            continue;
        }
        let after = &text[index + character.len_utf8()..];
        match character {
            '`' if keeps_together => {
                kept_until = after.find('`').map_or(kept_until, |length| index + length + 2);
            }
            '(' if keeps_together => {
                kept_until = short_parentheses(&text[index..]).map_or(kept_until, |end| index + end);
            }
            // `anyone @domain.com`: on two lines, the first one would say something else.
            ' ' if after.starts_with('@') => {}
            ' ' if keeps_together && short_parentheses(after).is_some() => {}
            ' ' => {
                if index > start {
                    parts.push(start..index);
                }
                start = index + 1;
            }
            _ => {}
        }
    }
    if start < text.len() {
        parts.push(start..text.len());
    }
    parts
}

/// Where the short parentheses end with which a text begins.
fn short_parentheses(text: &str) -> Option<usize> {
    let end = text.char_indices().take(SHORT).find(|(_, character)| *character == ')')?.0 + 1;
    text.starts_with('(').then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_alone() {
        let text = "write `tls/22/user@domain.com` for a person";
        assert_eq!(lines(text, 29, 29), ["write", "`tls/22/user@domain.com` for", "a person"]);
        assert_eq!(lines(text, 10, 10), ["write", "`tls/22/user@domain.com`", "for a", "person"]);
        assert_eq!(lines(text, 43, 10), [text]);
        assert_eq!(lines("a b\nc d", 2, 2), ["a", "b", "c", "d"]);
        assert_eq!(lines("a b\nc d", 3, 3), ["a b", "c d"]);
        assert_eq!(lines("", 3, 3), [""]);
        assert_eq!(lines("漢字 漢字", 4, 4), ["漢字", "漢字"]);
        assert_eq!(filled("note: one two\nx\n", 9, 2), "note: one\n  two\nx\n");
    }

    #[test]
    fn what_reads_as_one_stays_on_one_line() {
        assert_eq!(lines("run `check --fix` now", 14, 14), ["run", "`check --fix`", "now"]);
        // Where the line has no room for all of it, it breaks at its own spaces.
        assert_eq!(lines("run `check --fix` now", 8, 8), ["run", "`check", "--fix`", "now"]);
        assert_eq!(lines("a b@c.com and anyone @d.com", 18, 18), ["a b@c.com and", "anyone @d.com"]);
        assert_eq!(longest("a and anyone @d.com"), "anyone @d.com".len());
        assert_eq!(lines("http, tls (from tcp)", 16, 16), ["http,", "tls (from tcp)"]);
        assert_eq!(lines("one ` two three", 9, 9), ["one ` two", "three"]);
        assert_eq!(lines("one (two three", 8, 8), ["one (two", "three"]);
    }
}
