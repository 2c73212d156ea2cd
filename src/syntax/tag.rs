//! Tags on scalars (`!!str`), as yaml.v2 decodes them (its resolve.go). Tags on lists and maps mean nothing to it.

use granit_parser::Tag;

/// How a tag changes a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tagged {
    /// A string as it is written.
    Text,
    /// Null.
    Null,
    /// Rejected by yaml.v2, or decoded into something other than what is written (`!!binary`).
    Unknown,
}

/// What yaml.v2 reads for `value` after `tag`, if these two alone decide it.
pub(super) fn tagged(tag: &Tag, value: &str) -> Tagged {
    // An escape in a tag, or a handle that the document defines, is another way to write one of these.
    let is_name = |suffix: &str| suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte));
    let is_text = match (tag.original_handle(), tag.handle(), tag.suffix()) {
        // A lone `!` turns a quoted `<<` into a merge key too.
        ("!", "!", suffix) => is_name(suffix) && value != "<<",
        ("!!", "tag:yaml.org,2002:", suffix) => match suffix {
            "null" if matches!(value, "" | "~" | "null" | "Null" | "NULL") => return Tagged::Null,
            "str" => true,
            "bool" => matches!(value, "true" | "false"),
            "int" => is_whole(value),
            "float" => {
                is_whole(value) || value.split_once('.').is_some_and(|(whole, rest)| is_whole(whole) && is_digits(rest))
            }
            _ => false,
        },
        _ => false,
    };
    if is_text { Tagged::Text } else { Tagged::Unknown }
}

/// A number that every reader reads the same way: no sign, no octal, nothing over 64 bits.
fn is_whole(value: &str) -> bool {
    is_digits(value) && value.len() <= 18 && (value == "0" || !value.starts_with('0'))
}

fn is_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}
