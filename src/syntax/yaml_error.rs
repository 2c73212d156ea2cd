//! The messages for what is wrong with a file's YAML.

use granit_parser::{ErrorKind, ScanError};

use crate::base::rule::{INVALID_YAML as RULE, TOO_DEEPLY_NESTED, TOO_MANY_VALUES, TOO_MUCH_MERGED};
use crate::base::{Finding, quoted};
use crate::text::{Place, Source, line_start};

/// The scanner's own message, in fewer words. Never quotes a value from the environment.
pub(super) fn scan_error(source: &Source, error: &ScanError) -> Finding {
    let length = source.text().len();
    let marked = error.marker().byte_offset().unwrap_or(length).min(length);
    let offset = if is_about_a_tab(error.kind()) { tab_near(source.text(), marked) } else { marked };
    let next = source.text()[offset..].chars().next().filter(|character| !character.is_control());
    let place = Place::new(offset, offset + next.map_or(0, char::len_utf8));
    let span = source.span(place);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return Finding::error(TOO_DEEPLY_NESTED, "the file is nested more than 255 levels deep")
            .at(span, "this level exceeds the limit")
            .help("look for unclosed brackets; no topology needs that depth");
    }
    let (message, help) = words(error.kind());
    let message = message.map_or_else(|| error.kind().to_string(), str::to_owned);
    let message =
        if source.is_substituted(place) { "a value from the environment breaks the YAML".to_owned() } else { message };
    Finding::error(RULE, message).at(span, "the file cannot be parsed past this point").help(help)
}

fn is_about_a_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
    )
}

/// The scanner may stop before or after the tab: the one that indents this line or the next is meant.
fn tab_near(text: &str, marked: usize) -> usize {
    let line = line_start(text, marked);
    let next = text[marked..].find('\n').map_or(text.len(), |newline| marked + newline + 1);
    [line, next]
        .into_iter()
        .find_map(|start| {
            let indentation = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
            text[start..start + indentation].find('\t').map(|tab| start + tab)
        })
        .unwrap_or(marked)
}

/// Our words if the scanner's would be hard to understand, and what to do.
fn words(kind: &ErrorKind) -> (Option<&'static str>, &'static str) {
    match kind {
        _ if is_about_a_tab(kind) => (Some("found a tab where YAML requires spaces"), "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar => (Some("unclosed quote"), "close it"),
        ErrorKind::UnclosedFlowCollection { open } => match open {
            '{' => (Some("unclosed `{`"), "close it with `}`"),
            _ => (Some("unclosed `[`"), "close it with `]`"),
        },
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            Some("unexpected `:`; a key is not allowed here"),
            "look for an unclosed bracket or quote, or quote the text that contains the `:`",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation | ErrorKind::SimpleKeyExpected => {
            (Some("expected a key, `name:`"), "check the indentation of this line and the one above")
        }
        _ => (None, "check the indentation, brackets, and quotes on this line and the one above"),
    }
}

pub(super) fn version(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "containerlab supports only YAML 1.1")
        .at(source.span(place), "this document declares another version")
        .help("remove the `%YAML` line")
}

pub(super) fn end_before_all(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "document end marker `...` before any content")
        .at(source.span(place), "containerlab treats this as the end of a document")
        .help("remove the `...`")
}

pub(super) fn unknown_alias(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, format!("unknown alias {}", quoted(source.original(place))))
        .at(source.span(place), "expected an anchor with this name earlier in the file")
        .help("define it above with `&name`, or quote the text if it is not an alias")
}

pub(super) fn alias_to_itself(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, format!("alias {} refers to a value that contains it", quoted(source.original(place))))
        .at(source.span(place), "this would repeat forever")
        .help("move the anchor to a value that does not contain this alias")
}

pub(super) fn anchor_name(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, format!("containerlab cannot read the anchor {}", quoted(source.original(place))))
        .at(source.span(place), "expected letters, digits, `_`, and `-`")
        .help("rename it using only these characters")
}

pub(super) fn complex_key(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "a key must be a string")
        .at(source.span(place), "this key is a list or a map")
        .help("write `name: value`; quote a key that starts with `{` or `[`")
}

pub(super) fn empty_key(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "missing key")
        .at(source.span(place), "expected a name before the `:`")
        .help("write `name: value`")
}

pub(super) fn key_over_lines(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "a key inside brackets must be on one line with its `:`")
        .at(source.span(place), "containerlab does not read this as a key")
        .help("write the key and its `:` on one line of at most 1024 characters")
}

pub(super) fn colon_in_key(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "a `:` inside brackets needs a space after it")
        .at(source.span(place), "containerlab takes the `:` for a part of this key")
        .help("write `key: value`, or `key: ~` where there is no value")
}

pub(super) fn tag(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "a tag changes what containerlab reads here")
        .at(source.span(place), "the value after the tag")
        .help("write the value as text, without the tag")
}

pub(super) fn sign_in_flow(source: &Source, place: Place) -> Finding {
    let word = source.original(place);
    let sign = if word.starts_with(':') { ':' } else { '?' };
    Finding::error(RULE, format!("containerlab reads the `{sign}` in {} as YAML syntax", quoted(word)))
        .at(source.span(place), "not plain text inside brackets")
        .help("quote the text")
}

pub(super) fn tab(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "found a tab where YAML requires spaces")
        .at(source.span(place), "containerlab stops reading at this tab")
        .help("use spaces; on an empty line, remove the tab")
}

pub(super) fn merge_value(source: &Source, place: Place) -> Finding {
    Finding::error(RULE, "`<<` requires a map or a list of maps")
        .at(source.span(place), "expected an alias to a map")
        .help("write `<<: *name`, with `&name` on the map to merge")
}

pub(super) fn too_many_values(source: &Source, place: Place, most: usize) -> Finding {
    Finding::error(TOO_MANY_VALUES, format!("the file contains more than {most} keys, values, and items"))
        .at(source.span(place), "the file is not read past this point")
        .help("split the lab; no topology needs that many")
}

pub(super) fn too_much_merged(source: &Source, place: Place, most: usize) -> Finding {
    Finding::error(TOO_MUCH_MERGED, format!("merge keys add more than {most} keys to this file"))
        .at(source.span(place), "this merge exceeds the limit")
        .help("merge fewer maps into each other; no topology needs that many keys")
}
