//! The parser that pest makes of grammar/ignore.pest.

#![allow(missing_docs, clippy::pedantic)] // generated code

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/ignore.pest"]
pub(super) struct Grammar;

/// The parts of a comment; none if it is not a directive.
pub(super) fn parse(text: &str) -> Option<pest::iterators::Pairs<'_, Rule>> {
    let mut pairs = <Grammar as pest::Parser<Rule>>::parse(Rule::directive, text).ok()?;
    Some(pairs.next()?.into_inner())
}
