//! Finds what is wrong with a text that the grammar rejects. Every segment is checked separately, so that one bad segment does
//! not hide another.

use std::ops::Range;

use super::{Entry, Trouble, TroubleKind, domain, parse};
use crate::syntax::grammar::{self, Rule, Stop};

/// At least one trouble.
pub(super) fn troubles(text: &str) -> Vec<Trouble> {
    if let Some(trouble) = misspelt(text).or_else(|| docker_port(text)) {
        return vec![trouble];
    }
    let segments = split(text, '/', 0);
    let mut troubles = Vec::new();
    if let Some(segment) = segments.first() {
        troubles.extend(bad_type(text, segment));
    }
    match segments.get(1) {
        Some(segment) => troubles.extend(bad_port(text, segment)),
        // If the first segment is not a type either, the whole text is wrong.
        None if troubles.is_empty() => troubles.push(form(text.len()..text.len(), "`/` and a port number, 1 to 65535")),
        None => return vec![form(0..text.len(), "`<type>/<port>[/<who>,…]`")],
    }
    if let Some(segment) = segments.get(2) {
        troubles.extend(bad_acl(text, segment));
    }
    if let Some(segment) = segments.get(3) {
        troubles.push(form(segment.start - 1..text.len(), "at most three segments"));
    }
    if troubles.is_empty() {
        troubles.extend(
            stop_of(grammar::parse(Rule::entry, text))
                .map(|stop| form(stop.offset.min(text.len())..text.len(), &stop.expected)),
        );
    }
    troubles
}

/// The same entry with its type in lower case and no spaces around the segments, if that makes it valid.
fn misspelt(text: &str) -> Option<Trouble> {
    let segments = split(text, '/', 0);
    let mut first_odd = None;
    let mut plain: Vec<String> = Vec::new();
    for (index, range) in segments.iter().enumerate() {
        let segment = &text[range.clone()];
        let fixed = if index == 0 { segment.trim().to_lowercase() } else { segment.trim().to_owned() };
        if fixed != segment && first_odd.is_none() {
            first_odd = Some(range.clone());
        }
        plain.push(fixed);
    }
    let range = first_odd?;
    let canonical = match parse(&plain.join("/")) {
        Entry::Socket(entry) => super::canonical(&entry),
        Entry::OptOut => "none".to_owned(),
        Entry::Malformed(_) => return None,
    };
    Some(Trouble { expected: format!("`{canonical}`"), kind: TroubleKind::Spelling(canonical), range })
}

/// `8080:80`, `127.0.0.1:8080:80/tcp`, `80/tcp`, and so on: what containerlab accepts under `ports:`.
fn docker_port(text: &str) -> Option<Trouble> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if !matches!(protocol, "tcp" | "udp" | "sctp") {
        return None;
    }
    let target = ports.rsplit(':').next()?;
    let is_port = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let has_mark = ports.contains(':') || text.contains('/');
    if !has_mark || !is_port(target) || !ports.bytes().all(|byte| byte.is_ascii_digit() || b":.-[]".contains(&byte)) {
        return None;
    }
    let suggestion = format!("{protocol}/{target}");
    let suggestion = matches!(parse(&suggestion), Entry::Socket(_)).then_some(suggestion);
    Some(Trouble {
        kind: TroubleKind::DockerPort(suggestion),
        range: 0..text.len(),
        expected: "`<type>/<port>[/<who>,…]`".to_owned(),
    })
}

fn bad_type(text: &str, range: &Range<usize>) -> Option<Trouble> {
    let segment = &text[range.clone()];
    let stop = stop_of(grammar::parse(Rule::lone_type, segment))?;
    let kind = if segment.trim().is_empty() { TroubleKind::Form } else { TroubleKind::UnknownType };
    // The parser stops in `https2` after `https`, where only the end could follow; but the whole word is wrong.
    let expected =
        if stop.offset == 0 { stop.expected } else { stop_of(grammar::parse(Rule::lone_type, ""))?.expected };
    Some(Trouble { kind, range: range.clone(), expected })
}

fn bad_port(text: &str, range: &Range<usize>) -> Option<Trouble> {
    let segment = &text[range.clone()];
    stop_of(grammar::parse(Rule::lone_port, segment))?;
    let expected = stop_of(grammar::parse(Rule::lone_port, ""))?.expected;
    let digits = segment.strip_prefix(['+', '-']).unwrap_or(segment);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let kind = if is_number { TroubleKind::PortOutOfRange } else { TroubleKind::Port };
    Some(Trouble { kind, range: range.clone(), expected })
}

fn bad_acl(text: &str, range: &Range<usize>) -> Vec<Trouble> {
    let items: Vec<Range<usize>> = split(&text[range.clone()], ',', range.start);
    if items.iter().all(|item| text[item.clone()].trim().is_empty()) {
        let expected = "an email address, a domain, or a policy name".to_owned();
        // The slash is included: there may be nothing after it to point to.
        return vec![Trouble { kind: TroubleKind::EmptyAcl, range: range.start - 1..range.end, expected }];
    }
    items.into_iter().filter_map(|item| bad_item(text, &item)).collect()
}

fn bad_item(text: &str, range: &Range<usize>) -> Option<Trouble> {
    let written = &text[range.clone()];
    let item = written.trim_matches([' ', '\t']);
    if item.is_empty() {
        return None;
    }
    let start = range.start + (written.len() - written.trim_start_matches([' ', '\t']).len());
    let range = start..start + item.len();
    let is_email = item.contains('@');
    let is_domain = !is_email && item.contains('.');
    if grammar::parse(Rule::lone_item, item).is_ok() {
        // Well-formed, but not valid because of its length or its characters.
        let result = if is_email {
            domain::canonical_email(item)
        } else if is_domain {
            domain::canonical(item)
        } else {
            return None;
        };
        let kind = if is_email { TroubleKind::Email } else { TroubleKind::Domain };
        return result.err().map(|expected| Trouble { kind, range, expected });
    }
    let (kind, expected) = if is_email {
        (TroubleKind::Email, "an email address, `user@domain.com`")
    } else if is_domain {
        (TroubleKind::Domain, "a domain, `domain.com`")
    } else {
        (TroubleKind::Policy, "an email address, a domain, or a policy name")
    };
    Some(Trouble { kind, range, expected: expected.to_owned() })
}

fn form(range: Range<usize>, expected: &str) -> Trouble {
    Trouble { kind: TroubleKind::Form, range, expected: expected.to_owned() }
}

fn stop_of<T>(result: Result<T, Stop>) -> Option<Stop> {
    result.err()
}

/// The ranges between separators, counted from `start`.
fn split(text: &str, separator: char, start: usize) -> Vec<Range<usize>> {
    let mut from = start;
    text.split(separator)
        .map(|part| {
            let range = from..from + part.len();
            from = range.end + separator.len_utf8();
            range
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The troubles of `text` as (what it points at, what was expected).
    fn of(text: &str) -> Vec<(String, String)> {
        troubles(text).into_iter().map(|trouble| (text[trouble.range].to_owned(), trouble.expected)).collect()
    }

    #[test]
    fn every_bad_segment_is_named() {
        let types = "a type: http, https, ssh, tcp, tls, or udp";
        let port = "a port number, 1 to 65535";
        let pair = |at: &str, expected: &str| (at.to_owned(), expected.to_owned());
        assert_eq!(of("tls/ab"), [pair("ab", port)]);
        assert_eq!(of("tpc/99999"), [pair("tpc", types), pair("99999", port)]);
        assert_eq!(of("https2/1"), [pair("https2", types)]);
        assert_eq!(of("tcp"), [pair("", "`/` and a port number, 1 to 65535")]);
        assert_eq!(of("tcp/"), [pair("", port)]);
        assert_eq!(of("tcp/22,23"), [pair("22,23", port)]);
        assert_eq!(of("tcp/22/a@b.com/x"), [pair("/x", "at most three segments")]);
        assert_eq!(
            of("http/80/foo@,*.example.com,x'y"),
            [
                pair("foo@", "an email address, `user@domain.com`"),
                pair("*.example.com", "a domain, `domain.com`"),
                pair("x'y", "an email address, a domain, or a policy name"),
            ]
        );
        assert_eq!(of("tcp/22/ , "), [pair("/ , ", "an email address, a domain, or a policy name")]);
        assert_eq!(of("tcp/22/"), [pair("/", "an email address, a domain, or a policy name")]);
        assert_eq!(of("22"), [pair("22", "`<type>/<port>[/<who>,…]`")]);
        assert_eq!(of(""), [pair("", "`<type>/<port>[/<who>,…]`")]);
    }

    #[test]
    fn upper_case_and_blanks_have_a_canonical_spelling() {
        for (text, canonical, at) in [
            ("TCP/22", "tcp/22", "TCP"),
            (" tcp/22", "tcp/22", " tcp"),
            ("tcp/22 ", "tcp/22", "22 "),
            ("None", "none", "None"),
        ] {
            let [trouble] = &troubles(text)[..] else { panic!("one trouble") };
            assert_eq!(trouble.kind, TroubleKind::Spelling(canonical.to_owned()));
            assert_eq!(&text[trouble.range.clone()], at);
        }
    }

    #[test]
    fn dockers_ports_are_recognised() {
        for (text, suggestion) in [
            ("8080:80", Some("tcp/80")),
            ("127.0.0.1:53:53/udp", Some("udp/53")),
            ("80/tcp", Some("tcp/80")),
            ("[::1]:1:99999", None),
            ("2905:2905/sctp", None),
        ] {
            assert_eq!(troubles(text)[0].kind, TroubleKind::DockerPort(suggestion.map(str::to_owned)), "{text}");
        }
        assert_ne!(troubles("http:80")[0].kind, TroubleKind::DockerPort(None));
    }
}
