//! Bytes to text: UTF-8, with a byte-order mark or without, and UTF-16 with one, as yaml.v2 reads them.

use super::Source;
use super::source::Place;
use crate::base::{Finding, Span, narrow, rule};

/// The text of a file. If it is not UTF-8, a text to show it with, and the finding that says so.
pub(super) fn decode(bytes: Vec<u8>) -> (String, Option<Finding>) {
    if let Some(text) = decode_utf16(&bytes) {
        return (text, None);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[offset];
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let end = offset + char::REPLACEMENT_CHARACTER.len_utf8();
            let finding = Finding::error(
                rule::INVALID_UTF8,
                format!("byte {} of the file (0x{byte:02x}) is not valid UTF-8", offset + 1),
            )
            .at(Span::new(narrow(offset), narrow(end)), "expected UTF-8 text")
            .help("save the file as UTF-8; YAML allows nothing else, even in comments");
            (text, Some(finding))
        }
    }
}

/// The bytes of a text, in the encoding of those that it was once read from.
pub(crate) fn encode(text: &str, like: &[u8]) -> Vec<u8> {
    let write: fn(u16) -> [u8; 2] = match like {
        [0xff, 0xfe, ..] => u16::to_le_bytes,
        [0xfe, 0xff, ..] => u16::to_be_bytes,
        _ => return text.as_bytes().to_vec(),
    };
    text.encode_utf16().flat_map(write).collect()
}

/// Text with a UTF-16 byte-order mark; unpaired surrogates and a half character at the end leave it to the UTF-8 reader.
fn decode_utf16(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| read(*pair))).collect::<Result<String, _>>().ok()
}

/// The first character that YAML does not allow (YAML 1.1, section 5.1), or that ends a line for YAML and for nobody else.
pub(super) fn forbidden_character(source: &Source) -> Option<Finding> {
    let text = source.text();
    let suspicious = |byte: &u8| {
        (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f || *byte == 0xc2 || *byte == 0xef
    };
    // The first byte of three-byte line breaks, and of dashes and quotation marks.
    let dashing = |byte: &u8| *byte == 0xe2;
    // In chunks without an early exit, which processors handle many bytes at a time.
    let of_run = |run: &[u8]| {
        run.iter().fold((false, false), |(odd, dash), byte| (odd | suspicious(byte), dash | dashing(byte)))
    };
    let (mut is_odd, mut has_dashes) = (false, false);
    for (odd, dash) in text.as_bytes().chunks(256).map(of_run) {
        is_odd |= odd;
        has_dashes |= dash;
    }
    if !(is_odd || has_dashes && text.contains(is_line_break)) {
        return None;
    }
    if let Some(mark) = second_mark(text) {
        let finding = Finding::error(rule::INVALID_YAML, "a line begins with a byte-order mark");
        let finding = finding.at(source.span(mark), "allowed only at the start of the file");
        return Some(finding.help("remove it; it may come from two files that were joined"));
    }
    let (offset, character) = text.char_indices().find(|(_, character)| !allowed(*character))?;
    let place = Place::new(offset, offset + character.len_utf8());
    let message = if source.is_substituted(place) {
        "a value from the environment contains a control character".to_owned()
    } else if is_line_break(character) {
        format!("the file contains U+{:04X}, which containerlab treats as a line break", u32::from(character))
    } else {
        format!("the file contains the control character U+{:04X}", u32::from(character))
    };
    Some(Finding::error(rule::INVALID_YAML, message).at(source.span(place), "expected printable text").help(
        if is_line_break(character) {
            "remove it; the text after it is no longer part of the same comment or value"
        } else {
            "remove it; YAML does not allow control characters, even in comments"
        },
    ))
}

/// A byte-order mark at the start of a line other than the first: yaml.v2 reads it as a letter, or skips letters (its
/// yamlprivateh.go, `is_bom`, looks at the start of the text and not of the line).
fn second_mark(text: &str) -> Option<Place> {
    let mark = '\u{feff}';
    let mut marks = text.match_indices(mark).map(|(start, _)| start).filter(|start| *start > 0);
    let start = marks.find(|start| text[..*start].ends_with(['\n', '\r', mark]))?;
    Some(Place::new(start, start + mark.len_utf8()))
}

fn allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r'
        | ' '..='~'
        | '\u{a0}'..='\u{2027}'
        | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}')
}

/// A line ends here for YAML 1.1 and yaml.v2, but for no editor.
pub(crate) fn is_line_break(character: char) -> bool {
    matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_with_a_mark_is_read() {
        let little: Vec<u8> = "\u{feff}a: é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}a: é".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big, "\u{feff}a: é".into(), "a: é".into()] {
            let (text, _) = decode(bytes.clone());
            assert_eq!(text.trim_start_matches('\u{feff}'), "a: é");
            assert_eq!(encode(&text, &bytes), bytes);
        }
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_named() {
        let (_, finding) = decode(b"ab: \xff\n".to_vec());
        assert_eq!(finding.unwrap().message, "byte 5 of the file (0xff) is not valid UTF-8");
    }
}
