//! One entry of a publish list: `none`, or `<type>/<port>[/<who>,…]` (spec/entries.md#one-entry).
//!
//! Ranges are bytes of the entry's own text. This module knows no file, no provider, and no node.

use std::ops::Range;

use super::grammar::{self, Rule};
use crate::base::{Acl, AclKind, SocketType};

mod diagnose;
mod domain;
mod meant;

pub(crate) use meant::{means_everyone, meant, with_commas};

/// An entry as the grammar sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `none`: the node publishes nothing.
    OptOut,
    /// A port to publish.
    Socket(SocketEntry),
    /// Not an entry; each trouble is one thing to fix. Never empty.
    Malformed(Vec<Trouble>),
}

/// `<type>/<port>[/<who>,…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketEntry {
    /// The type as written.
    pub socket_type: SocketType,
    /// Where the type is.
    pub type_range: Range<usize>,
    /// 1 to 65535.
    pub port: u16,
    /// Where the port is.
    pub port_range: Range<usize>,
    /// Who may connect; empty if the entry has no third segment.
    pub acl: Vec<AclItem>,
    /// The people, domains, and policies in the acl, each read as what it looks like.
    pub identities: Acl,
    /// Spellings that both old clients accepted, but that are not canonical.
    pub oddities: Vec<Oddity>,
}

/// One word of an acl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclItem {
    /// What it looks like: an `@` makes it an email address, a dot a domain; anything else is a policy name.
    pub kind: AclKind,
    /// As written, without the spaces around it.
    pub text: String,
    /// The name to compare and to show: domains in lower-case ASCII form (RFC 5890).
    pub canonical: String,
    /// Where it is.
    pub range: Range<usize>,
}

/// A spelling that is read, reported, and has a canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Which one.
    pub kind: OddityKind,
    /// Where it is.
    pub range: Range<usize>,
}

/// The spellings of [`Oddity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// `tcp/+22`
    PlusSign,
    /// `tcp/022`
    LeadingZero,
    /// Spaces or tabs around an acl item.
    Blank,
    /// Nothing between two commas, or before or after them.
    EmptyItem,
}

/// Why a text is not an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which kind of trouble.
    pub kind: TroubleKind,
    /// The segment or item that is wrong.
    pub range: Range<usize>,
    /// What was expected there: "a port number, 1 to 65535".
    pub expected: String,
}

/// The kinds of `Trouble`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// It does not have the form at all, or a segment is missing or one too many.
    Form,
    /// The first segment is not a type.
    UnknownType,
    /// A number, but not 1 to 65535.
    PortOutOfRange,
    /// The port is not a number.
    Port,
    /// Upper case or spaces that containerlab rejected; the canonical spelling.
    Spelling(String),
    /// Docker's or containerlab's `ports:` syntax; the entry it might become.
    DockerPort(Option<String>),
    /// A third segment that names nobody.
    EmptyAcl,
    /// An item with an `@` that is not an address.
    Email,
    /// An item with a dot that is not a domain.
    Domain,
    /// An item that could only be a policy name and is not one.
    Policy,
}

/// Reads one entry.
#[must_use]
pub fn parse(text: &str) -> Entry {
    let Ok(pairs) = grammar::parse(Rule::entry, text) else {
        return Entry::Malformed(diagnose::troubles(text));
    };
    let inner = none_or_socket(pairs);
    if inner.as_rule() == Rule::opt_out {
        return Entry::OptOut;
    }
    match socket(text, inner) {
        Ok(socket) => Entry::Socket(socket),
        Err(troubles) => Entry::Malformed(troubles),
    }
}

/// The plain spelling of a well-formed entry: `tcp/22/a.com,b.com`.
#[must_use]
pub fn canonical(entry: &SocketEntry) -> String {
    let mut text = format!("{}/{}", entry.socket_type, entry.port);
    let items: Vec<&str> = entry.acl.iter().map(|item| item.text.as_str()).collect();
    if !items.is_empty() {
        text.push('/');
        text.push_str(&items.join(","));
    }
    text
}

fn none_or_socket(mut pairs: pest::iterators::Pairs<'_, Rule>) -> pest::iterators::Pair<'_, Rule> {
    let inner = pairs.next().and_then(|entry| entry.into_inner().next());
    inner.expect("the grammar's entry is `none` or a socket")
}

fn socket(text: &str, pair: pest::iterators::Pair<'_, Rule>) -> Result<SocketEntry, Vec<Trouble>> {
    let mut entry = SocketEntry {
        socket_type: SocketType::Tcp,
        type_range: 0..0,
        port: 0,
        port_range: 0..0,
        acl: Vec::new(),
        identities: Acl::default(),
        oddities: Vec::new(),
    };
    let mut troubles = Vec::new();
    for part in pair.into_inner() {
        let range = range_of(&part);
        match part.as_rule() {
            Rule::socket_type => {
                entry.type_range = range;
                let word = SocketType::from_word(part.as_str());
                entry.socket_type = word.expect("the grammar's types and the enumeration's are the same");
            }
            Rule::port => {
                entry.port_range = range;
                read_port(part, &mut entry);
            }
            Rule::acl => read_acl(text, part, &mut entry, &mut troubles),
            _ => {}
        }
    }
    if troubles.is_empty() { Ok(entry) } else { Err(troubles) }
}

fn read_port(pair: pest::iterators::Pair<'_, Rule>, entry: &mut SocketEntry) {
    let mut zeros: Option<Range<usize>> = None;
    for part in pair.into_inner() {
        let range = range_of(&part);
        match part.as_rule() {
            Rule::plus => entry.oddities.push(Oddity { kind: OddityKind::PlusSign, range }),
            Rule::zero => zeros = Some(zeros.map_or(range.clone(), |zeros| zeros.start..range.end)),
            Rule::port_number => {
                entry.port = part.as_str().parse().expect("the grammar accepts only 1 to 65535");
            }
            _ => {}
        }
    }
    if let Some(range) = zeros {
        entry.oddities.push(Oddity { kind: OddityKind::LeadingZero, range });
    }
}

fn read_acl(text: &str, pair: pest::iterators::Pair<'_, Rule>, entry: &mut SocketEntry, troubles: &mut Vec<Trouble>) {
    let acl = range_of(&pair);
    for item in pair.into_inner().filter(|part| part.as_rule() == Rule::item) {
        match acl_item(&item) {
            Ok(item) => entry.acl.push(item),
            Err(trouble) => troubles.push(trouble),
        }
    }
    entry.identities = Acl::of(entry.acl.iter().map(|item| (item.kind, item.canonical.as_str())));
    let mut start = acl.start;
    for piece in text[acl.clone()].split(',') {
        let range = start..start + piece.len();
        start = range.end + 1;
        if piece.trim().is_empty() {
            // Points to the comma next to the gap; there is nothing else to point to.
            let range = if range.is_empty() {
                range.start.saturating_sub(1).max(acl.start)..range.end.max(acl.start + 1)
            } else {
                range
            };
            entry.oddities.push(Oddity { kind: OddityKind::EmptyItem, range });
        } else if piece.trim().len() != piece.len() {
            entry.oddities.push(Oddity { kind: OddityKind::Blank, range });
        }
    }
}

fn acl_item(pair: &pest::iterators::Pair<'_, Rule>) -> Result<AclItem, Trouble> {
    let range = range_of(pair);
    let text = pair.as_str();
    let (kind, canonical) = match pair.clone().into_inner().next().map(|inner| inner.as_rule()) {
        Some(Rule::email) => (AclKind::Email, domain::canonical_email(text)),
        Some(Rule::domain) => (AclKind::Domain, domain::canonical(text)),
        Some(Rule::policy) => (AclKind::Policy, Ok(text.to_owned())),
        other => unreachable!("the grammar has no acl item of the kind {other:?}"),
    };
    match canonical {
        Ok(canonical) => Ok(AclItem { kind, text: text.to_owned(), canonical, range }),
        Err(expected) => {
            let kind = if kind == AclKind::Email { TroubleKind::Email } else { TroubleKind::Domain };
            Err(Trouble { kind, range, expected })
        }
    }
}

fn range_of(pair: &pest::iterators::Pair<'_, Rule>) -> Range<usize> {
    let span = pair.as_span();
    span.start()..span.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_and_the_enumeration_name_the_same_types() {
        for socket_type in SocketType::ALL {
            assert!(
                matches!(parse(&format!("{socket_type}/1")), Entry::Socket(entry) if entry.socket_type == socket_type)
            );
        }
    }

    #[test]
    fn the_grammar_knows_exactly_the_ports() {
        for port in 0..=70_000_u32 {
            let is_entry =
                matches!(parse(&format!("tcp/{port}")), Entry::Socket(entry) if u32::from(entry.port) == port);
            assert_eq!(is_entry, (1..=65535).contains(&port), "{port}");
        }
    }

    #[test]
    fn items_are_kept_and_oddities_noted() {
        let Entry::Socket(entry) = parse("tls/+025/ a@B.com ,,Nokia.com,My Policy") else { panic!("well-formed") };
        assert_eq!(entry.port, 25);
        let names: Vec<_> = entry.acl.iter().map(|item| (item.kind, item.canonical.as_str())).collect();
        assert_eq!(
            names,
            [(AclKind::Email, "a@b.com"), (AclKind::Domain, "nokia.com"), (AclKind::Policy, "My Policy")]
        );
        let kinds: Vec<_> = entry.oddities.iter().map(|oddity| oddity.kind).collect();
        assert_eq!(kinds, [OddityKind::PlusSign, OddityKind::LeadingZero, OddityKind::Blank, OddityKind::EmptyItem]);
        assert_eq!(canonical(&entry), "tls/25/a@B.com,Nokia.com,My Policy");
    }
}
