//! Environment variables in a topology, as containerlab substitutes them since 0.63 (spec/before-yaml.md#variables): in the whole text,
//! including comments. Written from the observed cases; a state machine over characters, because what a default may contain
//! depends on what comes before it.

use super::Environment;
use crate::base::{Span, narrow};

/// A part of the result and where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) text_start: u32,
    pub(super) text_length: u32,
    pub(super) file_span: Span,
    /// The value of the whole `file_span`, which is a `${…}`, a `$NAME`, or a `$$`; otherwise byte for byte the same.
    pub(super) is_value: bool,
}

/// The result of [`substitute`].
#[derive(Debug)]
pub struct Substitution {
    /// The text with values in place.
    pub text: String,
    /// The first `${` without a `}` on each line; those on such a line stay in the text as they are.
    pub unclosed: Vec<Unclosed>,
    pub(super) pieces: Vec<Piece>,
}

/// A `${` that has no `}` on its line: containerlab rejects the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unclosed {
    /// The `${`, in bytes of the original text.
    pub span: Span,
}

/// Replaces `$NAME`, `${NAME}` and `${NAME<operator>default}` in `text`.
///
/// A variable whose result would be empty stays as `$NAME`, except after `+` and `:+`; `$$` is one dollar.
#[must_use]
pub fn substitute(text: &str, environment: &Environment) -> Substitution {
    let mut writer = Writer {
        result: Substitution { text: String::with_capacity(text.len()), unclosed: Vec::new(), pieces: Vec::new() },
    };
    let mut literal_start = 0;
    let mut position = 0;
    // Up to here, nothing closes.
    let mut open_end = 0;
    while let Some(found) = text[position..].find('$') {
        let dollar = position + found;
        if dollar < open_end && text[dollar..].starts_with("${") {
            position = dollar + 2;
            continue;
        }
        let (length, value) = match reference(&text[dollar..]) {
            Reference::Literal(length) => {
                position = dollar + length;
                continue;
            }
            Reference::Unclosed => {
                writer.result.unclosed.push(Unclosed { span: span(dollar, dollar + 2) });
                position = dollar + 2;
                open_end = text[dollar..].find(['\n', '\r']).map_or(text.len(), |end| dollar + end);
                continue;
            }
            Reference::Dollar => (2, "$".to_owned()),
            Reference::Variable(length, expression) => (length, expression.evaluate(environment)),
        };
        writer.literal(text, literal_start, dollar);
        writer.value(dollar, dollar + length, &value);
        position = dollar + length;
        literal_start = position;
    }
    writer.literal(text, literal_start, text.len());
    writer.result
}

struct Writer {
    result: Substitution,
}

impl Writer {
    fn literal(&mut self, text: &str, start: usize, end: usize) {
        if start < end {
            self.piece(start, end, &text[start..end], false);
        }
    }

    fn value(&mut self, start: usize, end: usize, value: &str) {
        self.piece(start, end, value, true);
    }

    fn piece(&mut self, start: usize, end: usize, text: &str, is_value: bool) {
        self.result.pieces.push(Piece {
            text_start: narrow(self.result.text.len()),
            text_length: narrow(text.len()),
            file_span: span(start, end),
            is_value,
        });
        self.result.text.push_str(text);
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(narrow(start), narrow(end))
}

/// What a `$` begins, with its length in bytes.
enum Reference<'t> {
    Literal(usize),
    /// `$$`
    Dollar,
    Variable(usize, Expression<'t>),
    Unclosed,
}

/// The variable that a text consists of; none if it is a `$$`.
pub(super) fn expression(written: &str) -> Option<Expression<'_>> {
    match reference(written) {
        Reference::Variable(_, expression) => Some(expression),
        _ => None,
    }
}

/// Reads what begins at the `$` that `text` starts with.
fn reference(text: &str) -> Reference<'_> {
    let rest = &text[1..];
    match rest.chars().next() {
        Some('$') => Reference::Dollar,
        Some('{') => braced(text),
        Some(first) if is_name(first) && !first.is_numeric() => {
            let name = leading_name(rest);
            if name == "_" {
                return Reference::Literal(2);
            }
            Reference::Variable(1 + name.len(), Expression::plain(name))
        }
        _ => Reference::Literal(1),
    }
}

/// Reads `${…}`.
fn braced(text: &str) -> Reference<'_> {
    let inside = &text[2..];
    let name = leading_name(inside);
    if name.starts_with(char::is_numeric) {
        return Reference::Literal(2);
    }
    if name.is_empty() || name == "_" {
        // No variable begins here: the braces are plain text, but they must still close.
        return match end_of_braces(inside, 0) {
            Some(end) => Reference::Literal(2 + end),
            None => Reference::Unclosed,
        };
    }
    match Expression::read(inside, name) {
        Some((length, expression)) => Reference::Variable(2 + length, expression),
        None => Reference::Unclosed,
    }
}

/// The byte after the `}` that follows `from` on the same line.
fn end_of_braces(text: &str, from: usize) -> Option<usize> {
    let found = text[from..].find(['}', '\n', '\r'])?;
    text[from + found..].starts_with('}').then_some(from + found + 1)
}

/// A `$NAME`, or the inside of `${NAME…}`.
pub(super) struct Expression<'t> {
    pub(super) name: &'t str,
    operator: Operator,
    default: Option<Default<'t>>,
    /// The names in defaults, also of those that another default replaces.
    pub(super) nested: Vec<&'t str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Operator {
    None,
    /// `-` and `=`: the default, if the variable is not set.
    IfUnset,
    /// `:-` and `:=`: the default, if it is not set or empty.
    IfEmpty,
    /// `+` and `:+`: the default if the variable is set, otherwise nothing.
    IfSet,
}

#[derive(Clone, Copy)]
enum Default<'t> {
    Text(&'t str),
    /// With its `$`.
    Variable(&'t str),
}

impl<'t> Expression<'t> {
    fn plain(name: &'t str) -> Self {
        Self { name, operator: Operator::None, default: None, nested: Vec::new() }
    }

    /// The text that is added only if the variable is set; none if there is no `+`.
    pub(super) fn added(&self) -> Option<&'t str> {
        let (Default::Text(text) | Default::Variable(text)) = self.default?;
        (self.operator == Operator::IfSet).then_some(text)
    }

    /// Reads up to and including the closing brace; `None` if the line ends before it. Gives the number of bytes.
    fn read(inside: &'t str, name: &'t str) -> Option<(usize, Self)> {
        let mut expression = Self::plain(name);
        let mut position = name.len();
        loop {
            position += expression.read_operator(&inside[position..]);
            let rest = &inside[position..];
            match rest.chars().next()? {
                '}' => return Some((position + 1, expression)),
                '\n' | '\r' => return None,
                '$' => {
                    // A default that begins with a variable; an operator may follow it.
                    let variable = leading_name(&rest[1..]);
                    let length = 1 + variable.len();
                    expression.default = Some(Default::Variable(&rest[..length]));
                    expression.nested.push(variable);
                    position += length;
                }
                _ => {
                    // Any other text runs to the closing brace, including dollar signs.
                    let end = end_of_braces(inside, position)?;
                    expression.default = Some(Default::Text(&inside[position..end - 1]));
                    return Some((end, expression));
                }
            }
        }
    }

    /// Reads the operator at the start of `text` and gives its length in bytes, 0 if there is none.
    fn read_operator(&mut self, text: &str) -> usize {
        let (operator, length) = match text.as_bytes() {
            [b':', b'-' | b'=', ..] => (Operator::IfEmpty, 2),
            [b':', b'+', ..] => (Operator::IfSet, 2),
            [b'-' | b'=', ..] => (Operator::IfUnset, 1),
            [b'+', ..] => (Operator::IfSet, 1),
            _ => return 0,
        };
        self.operator = operator;
        length
    }

    fn evaluate(&self, environment: &Environment) -> String {
        let own = value_of(self.name, environment);
        let is_set = environment.get(self.name).is_some();
        let Some(default) = self.default.map(|default| default.value(environment)) else {
            return or_itself(own, self.name);
        };
        match self.operator {
            Operator::IfSet if is_set => default,
            Operator::IfSet => String::new(),
            Operator::IfEmpty if own.is_empty() => or_itself(&default, self.name),
            Operator::IfUnset if !is_set => or_itself(&default, self.name),
            _ => or_itself(own, self.name),
        }
    }
}

impl Default<'_> {
    fn value(self, environment: &Environment) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Variable(written) => or_itself(value_of(&written[1..], environment), &written[1..]),
        }
    }
}

fn value_of<'e>(name: &str, environment: &'e Environment) -> &'e str {
    environment.get(name).unwrap_or_default()
}

/// An empty result leaves the variable in the text.
fn or_itself(value: &str, name: &str) -> String {
    if value.is_empty() { format!("${name}") } else { value.to_owned() }
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|character| !is_name(character)).unwrap_or(text.len());
    &text[..end]
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}
