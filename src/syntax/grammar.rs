//! The parser that pest makes of grammar/publish.pest, and its words for what it expected.

#![allow(missing_docs, clippy::pedantic)] // generated code

use pest::error::{ErrorVariant, InputLocation};

use crate::base::any_of;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/publish.pest"]
pub(super) struct Grammar;

/// Where a parse stopped and what was expected there.
pub(super) struct Stop {
    /// Byte of the text that was parsed.
    pub(super) offset: usize,
    /// For example `a port number, 1 to 65535`.
    pub(super) expected: String,
}

/// Parses `text` as `rule`.
pub(super) fn parse(rule: Rule, text: &str) -> Result<pest::iterators::Pairs<'_, Rule>, Stop> {
    <Grammar as pest::Parser<Rule>>::parse(rule, text).map_err(|error| {
        let offset = match error.location {
            InputLocation::Pos(offset) | InputLocation::Span((offset, _)) => offset,
        };
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => expected(&positives),
            ErrorVariant::CustomError { message } => message,
        };
        Stop { offset, expected }
    })
}

/// The rules that could have come next, in words.
fn expected(rules: &[Rule]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for rule in rules {
        let word = name(*rule);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    any_of(&words).unwrap_or_else(|| "nothing more".to_owned())
}

/// A name for each rule, in the words of the documentation.
fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::entry | Rule::socket => "`<type>/<port>[/<who>,…]`",
        Rule::opt_out => "`none`",
        Rule::segment_separator => "`/`",
        Rule::socket_type | Rule::lone_type => "a type: http, https, ssh, tcp, tls, or udp",
        Rule::port | Rule::plus | Rule::zero | Rule::port_number | Rule::in_range | Rule::lone_port => {
            "a port number, 1 to 65535"
        }
        Rule::acl | Rule::item | Rule::lone_item => "an email address, a domain, or a policy name",
        Rule::item_separator => "`,`",
        Rule::email | Rule::mailbox | Rule::mailbox_word => "an email address, `user@domain.com`",
        Rule::domain | Rule::domain_text | Rule::domain_label | Rule::domain_letter => "a domain, `domain.com`",
        Rule::policy | Rule::policy_word => "a policy name: letters, digits, spaces, `_`, and `-`",
        Rule::blank | Rule::item_end => "a space",
        Rule::EOI => "the end of the entry",
    }
}
