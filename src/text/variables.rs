//! The variables of a text, whatever their values are.

use std::collections::HashSet;

use super::Source;
use super::source::Place;
use super::substitute::{Expression, Piece, expression};
use crate::base::Span;

/// A variable that a text refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Without `$` and braces.
    pub name: String,
    /// The line of the file that names it first; 1-based.
    pub line: usize,
}

/// A `${NAME+text}` or `${NAME:+text}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added<'s> {
    /// Where its result begins in the text that YAML reads. It may be empty.
    pub(crate) place: Place,
    pub(crate) span: Span,
    pub(crate) name: &'s str,
    /// The text that is added if the variable is set, as written in the file.
    pub(crate) text: &'s str,
}

impl Source {
    /// Every variable that the text refers to, including comments and defaults, once each and in the order of the file, whether
    /// it has a value or not.
    #[must_use]
    pub fn variables(&self) -> Vec<Variable> {
        let mut seen = HashSet::new();
        let mut variables = Vec::new();
        for (piece, expression) in self.expressions() {
            let names = std::iter::once(expression.name).chain(expression.nested);
            for name in names.filter(|name| !name.is_empty() && seen.insert(*name)) {
                let line = self.file().position(piece.file_span.start).line;
                variables.push(Variable { name: name.to_owned(), line });
            }
        }
        variables
    }

    /// Every text that is added only if a variable is set, in the order of the file.
    pub(crate) fn added(&self) -> impl Iterator<Item = Added<'_>> {
        self.expressions().filter_map(|(piece, expression)| {
            Some(Added {
                place: Place::new(piece.text_start as usize, piece.end() as usize),
                span: piece.file_span,
                name: expression.name,
                text: expression.added()?,
            })
        })
    }

    fn expressions(&self) -> impl Iterator<Item = (&Piece, Expression<'_>)> {
        let values = self.pieces().iter().filter(|piece| piece.is_value);
        values.filter_map(|piece| Some((piece, expression(self.file().slice(piece.file_span))?)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Environment;
    use super::*;
    use crate::base::SourceFile;

    fn source(text: &str) -> Source {
        let environment = Environment::new([("SET".to_owned(), "v\nw".to_owned()), ("E".to_owned(), String::new())]);
        Source::new(Arc::new(SourceFile::new("x", text)), &environment).0
    }

    fn names(text: &str) -> Vec<(String, usize)> {
        source(text).variables().into_iter().map(|variable| (variable.name, variable.line)).collect()
    }

    #[test]
    fn every_variable_is_named_once_whatever_its_value() {
        let text = "a: $SET-${E}\r\n# ${IN_COMMENT} $SET\n\nb: x${SUFFIX:+:$SUFFIX} \"${E:-d}\" é${É}\n";
        let expected = [("SET", 1), ("E", 1), ("IN_COMMENT", 2), ("SUFFIX", 4), ("É", 4)];
        assert_eq!(names(text), expected.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn those_in_defaults_are_named_too() {
        let only = |text: &str| names(text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(only("${A:-$B} ${C+$B} ${D=$E}"), ["A", "B", "C", "D", "E"]);
        assert_eq!(only("${A:-$B:+$C-d}"), ["A", "B", "C"]);
        // containerlab adds these as text.
        assert_eq!(only("${A:-${B}} ${C:-x$D}"), ["A", "C"]);
    }

    #[test]
    fn a_dollar_is_not_always_a_variable() {
        assert_eq!(names("$$A $1 ${1} ${} $_ ${_} $ $(B) $${C} ${OPEN"), []);
        assert!(!source("a: b").has_variables());
        assert_eq!(names("a: b"), []);
    }

    #[test]
    fn added_text_is_known_whether_its_variable_is_set_or_not() {
        let added = |text: &str| {
            let source = source(text);
            let added = source.added().map(|added| (added.name.to_owned(), added.text.to_owned()));
            added.collect::<Vec<_>>()
        };
        let named = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
        for (operator, name) in [("+", "NO"), (":+", "NO"), ("+", "SET"), (":+", "SET"), ("+", "E")] {
            assert_eq!(added(&format!("a: [b${{{name}{operator}, c$D}}]")), named(name, ", c$D"));
        }
        assert_eq!(added("${A:+$B}"), named("A", "$B"));
        // The last operator applies, as in the result.
        assert_eq!(added("${A:-$B:+c}"), named("A", "c"));
        assert_eq!(added("${A+$B:-c} ${A:-b+c} ${A+} $A+b ${A} $${A:+b}"), []);
    }
}
