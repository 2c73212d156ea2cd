//! The quoting helpers of templates: each writes one value for one reader.

use std::borrow::Cow;
use std::fmt::Write as _;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};

use super::value::Value;
use crate::base::{markdown, steers, steers_a_terminal, whole};

/// How a helper quotes.
#[derive(Clone, Copy)]
enum Way {
    /// Text; none if its reader cannot be given this text.
    Text(for<'t> fn(&'t str) -> Option<Cow<'t, str>>),
    /// Digits.
    Number,
}

/// A helper that quotes its one argument.
#[derive(Clone, Copy)]
pub(super) struct Quote {
    pub(super) helper: &'static str,
    way: Way,
}

/// The helpers, by name.
pub(super) const HELPERS: &[Quote] = &[
    Quote::new("apache", apache),
    Quote::new("claim", claim),
    Quote::new("comment", |text| Some(comment(text).into())),
    Quote::new("compose", |text| Some(yaml(text).replace('$', "$$").into())),
    Quote::new("file", file),
    Quote::new("line", |text| (!steers(text)).then_some(Cow::Borrowed(text))),
    Quote::new("markdown", |text| Some(markdown(&whole(text)).into())),
    Quote { helper: "number", way: Way::Number },
    Quote::new("path", |text| Some(compose_path(text).into())),
    Quote::new("sh", sh),
    Quote::new("slug", |text| Some(slug(text).into())),
    Quote::new("ssh", |text| ssh(text).map(Cow::Owned)),
    Quote::new("toml", |text| Some(toml(text).into())),
    Quote::new("yaml", |text| Some(yaml(text).into())),
];

impl Quote {
    const fn new(helper: &'static str, quote: for<'t> fn(&'t str) -> Option<Cow<'t, str>>) -> Self {
        Self { helper, way: Way::Text(quote) }
    }

    /// Writes the value of a name; a value that a template has itself has no name.
    pub(super) fn write(self, name: Option<&str>, value: Option<Value<'_>>, out: &mut dyn Output) -> HelperResult {
        let value = value.ok_or_else(|| RenderErrorReason::MissingVariable(name.map(str::to_owned)))?;
        // The name only, because the value may be a secret.
        let refused = || {
            let name = name.unwrap_or("a value");
            format!("`{name}` cannot be quoted for {}; use only letters, digits, `/`, `.`, `-`, and `_`", self.helper)
        };
        let quoted = match (self.way, value) {
            (Way::Text(quote), Value::Text(text)) => quote(text),
            (Way::Number, Value::Number(number)) => Some(number.to_string().into()),
            _ => None,
        };
        Ok(out.write(&quoted.ok_or_else(|| RenderErrorReason::Other(refused()))?)?)
    }
}

impl handlebars::HelperDef for Quote {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let argument = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("quote", 0))?;
        let value = (!argument.is_value_missing()).then(|| Value::of(argument.value()));
        self.write(argument.relative_path().map(String::as_str), value, out)
    }
}

/// A double-quoted scalar that YAML 1.1 and 1.2 read alike: with the escapes of JSON, and with escapes for characters that only one of
/// the two versions treats as a line break or as unprintable.
pub(in crate::providers) fn yaml(text: &str) -> String {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.as_bytes().iter().all(is_plain) {
        return ["\"", text, "\""].concat();
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            steering if steers_a_terminal(steering) || matches!(steering, '\u{a0}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(steering));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Text in a comment up to the end of its line. Programs that render their file as a Go template first, such as frp, run the text between
/// braces even in comments.
pub(in crate::providers) fn comment(text: &str) -> String {
    text.split('{').map(whole).collect::<Vec<_>>().join("\\u{7b}")
}

/// A TOML basic string, without `{`, for programs that render the file as a Go template first.
fn toml(text: &str) -> String {
    yaml(text).replace('{', "\\u007b")
}

/// A shell word. Characters that are invisible or control a terminal are refused, because people read the script and it prints such
/// words.
fn sh(text: &str) -> Option<Cow<'_, str>> {
    match text.bytes().fold(Word::Plain, |word, byte| word.max(Word::of(byte))) {
        Word::Plain if !text.is_empty() => Some(Cow::Borrowed(text)),
        Word::Quoted => Some(["'", text, "'"].concat().into()),
        // Rare enough to be looked at letter by letter.
        _ if steers(text) => None,
        _ => shlex::try_quote(text).ok(),
    }
}

/// What it takes to write a byte into a word of the shell, the least first. Nearly all words are written without a closer look.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    /// It means itself to every shell.
    Plain,
    /// It does in single quotes.
    Quoted,
    /// That depends on what is next to it.
    Other,
}

impl Word {
    /// As [`shlex::try_quote`] has it: a test compares them.
    fn of(byte: u8) -> Self {
        match byte {
            b'+' | b'-' | b'.' | b'/' | b':' | b'@' | b']' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                Self::Plain
            }
            b'\'' | b'^' | b'\\' => Self::Other,
            b' '..=b'~' => Self::Quoted,
            _ => Self::Other,
        }
    }
}

/// The path of a file as a shell word. The home directory is a variable, and so is the directory of the script, `here`, to which other
/// paths are relative.
fn file(path: &str) -> Option<Cow<'_, str>> {
    match path.strip_prefix("~/") {
        Some(rest) => Some(format!("\"${{HOME:-}}\"/{}", sh(rest)?).into()),
        None if path.starts_with('/') => sh(path),
        None => Some(format!("\"$here\"/{}", sh(path)?).into()),
    }
}

/// A word of lowercase letters, digits, and dashes, for names that only have to be different.
pub(in crate::providers) fn slug(text: &str) -> String {
    let word: String = text
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .collect();
    let word = word.trim_matches('-');
    if word.is_empty() { "lab".to_owned() } else { word.to_owned() }
}

/// The path of a file in a compose file, in which the home directory is a variable.
fn compose_path(path: &str) -> String {
    let (home, rest) = path.strip_prefix("~/").map_or(("", path), |rest| ("${HOME}/", rest));
    let quoted = yaml(rest).replace('$', "$$");
    format!("\"{home}{}", &quoted[1..])
}

/// A part of an argument of an Apache directive, in double quotes or without. What could be an expression, a variable, or the end of the
/// argument is refused.
fn apache(text: &str) -> Option<Cow<'_, str>> {
    let is_plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'$' | b'%' | b'<' | b'>' | b'#');
    (!text.is_empty() && text.bytes().all(is_plain)).then_some(Cow::Borrowed(text))
}

/// An argument of `Require claim` in double quotes: the same, but `'` is itself there.
fn claim(text: &str) -> Option<Cow<'_, str>> {
    apache(&text.replace('\'', "")).map(|_| Cow::Borrowed(text))
}

/// An argument of `ssh_config(5)` in double quotes, with `%` doubled because it would start a token. Characters that not every version
/// of ssh can escape are refused.
fn ssh(text: &str) -> Option<String> {
    let is_plain = |character: char| !character.is_control() && !matches!(character, '"' | '\\' | '$');
    text.chars().all(is_plain).then(|| format!("\"{}\"", text.replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_word_of_the_shell_is_what_shlex_makes_of_it(text in r#"[ -~]{0,8}|[a-z/@"{}:,'^\\é]{0,8}|\PC{0,6}"#) {
            let word = if steers(&text) { None } else { shlex::try_quote(&text).ok() };
            prop_assert_eq!(sh(&text), word);
        }
    }
}
