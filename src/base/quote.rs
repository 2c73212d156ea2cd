//! User text inside messages: in back-ticks, short, and unable to steer a terminal.

use super::limits::LONGEST_NAME;

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, word: &str) -> String {
    match (count, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {word}s"),
    }
}

/// The longest quoted text, in characters.
const LONGEST: usize = 60;

/// The beginning of a text, at most as long as a name may be.
pub(crate) fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_NAME);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `text` in backticks for a message, shortened, with terminal control characters escaped.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", plain(text))
}

/// Like [`quoted`] without the backticks, for words that are joined with others first.
pub(crate) fn plain(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => whole(&text[..end]) + "…",
        None => whole(text),
    }
}

/// The whole text, with terminal control characters escaped: for names of files and cells of tables.
pub(crate) fn whole(text: &str) -> String {
    if !steers(text) {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if steers_a_terminal(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Text that stays text in a Markdown document and in its tables; an address is not turned into a link or a mention.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(character);
            }
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            _ => out.push(character),
        }
    }
    out
}

/// A line of a file for people to read: what would control the terminal, or hide itself, is shown as its number.
pub(crate) fn on_a_terminal(line: &str) -> String {
    line.split('\t').map(whole).collect::<Vec<_>>().join("\t")
}

/// Whether a text has a character that [`steers_a_terminal`].
pub(crate) fn steers(text: &str) -> bool {
    // Nearly every text is one that a look at all bytes at once lets pass.
    let is_printable = text.bytes().fold(true, |is_printable, byte| is_printable & matches!(byte, b' '..=b'~'));
    !is_printable && text.chars().any(steers_a_terminal)
}

/// Control characters, the marks that reorder or hide text on a screen (Unicode TR36, bidirectional controls), and letters that
/// show nothing (Unicode, `Default_Ignorable_Code_Point`).
#[inline] // of every character of what is written, and nearly all of them are ASCII
pub(crate) fn steers_a_terminal(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_control() } else { steers_beyond_ascii(character) }
}

fn steers_beyond_ascii(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        )
        || matches!(character, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_is_short_and_harmless() {
        assert_eq!(quoted("tcp/22"), "`tcp/22`");
        assert_eq!(quoted("a\u{1b}[31m\u{202e}b\n"), "`a\\u{1b}[31m\\u{202e}b\\u{a}`");
        assert_eq!(quoted(&"x".repeat(100)), format!("`{}…`", "x".repeat(60)));
    }
}
