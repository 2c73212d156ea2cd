//! Did you mean: the entry that a malformed text was probably meant to be. It is for help lines only; nothing is published
//! through it. What it gives always names people, because a suggestion must not open a port to anyone.

use super::{Entry, SocketEntry, parse};
use crate::base::{AclKind, SocketType};

/// In place of the people who may connect, whom the author has not named yet.
const PLACEHOLDER: &str = "user@domain.com";

/// Words that look like a way to say "everyone". In an acl, each of them is read as the name of a policy, or not at all.
const EVERYONE: [&str; 7] = ["*", "all", "any", "anybody", "anyone", "everybody", "everyone"];

/// The entry that `text` was probably meant to be: `tcp/22/user@domain.com` for `tcp:22`, `tcp 22`, `tcp-22`, and
/// `tcp//22`. People who are named in the text are kept; otherwise a placeholder is given in their place.
pub(crate) fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let type_end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let socket_type = SocketType::from_word(&text[..type_end].to_ascii_lowercase())?;
    let rest = text[type_end..].trim_start_matches(is_separator);
    let port_end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (port, rest) = rest.split_at(port_end);
    let port = if port.is_empty() && rest.is_empty() { usual_port(socket_type)? } else { port };
    let entry = format!("{socket_type}/{port}/{}", people(rest));
    names_people(&entry).then_some(entry)
}

/// The items of an acl with commas between them, if other separators were used: `a@b.com,c@d.com` for `a@b.com;c@d.com`.
pub(crate) fn with_commas(item: &str) -> Option<String> {
    let parts: Vec<&str> = item.split(|letter: char| matches!(letter, ';' | '|') || letter.is_whitespace()).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let items = parts.join(",");
    (parts.len() > 1 && items != item && names_people(&format!("tcp/1/{items}"))).then_some(items)
}

/// Whether an item of an acl was probably meant to let in everyone.
pub(crate) fn means_everyone(item: &str) -> bool {
    EVERYONE.contains(&item.trim().to_ascii_lowercase().as_str())
}

/// The text after the port, as the items of an acl.
fn people(rest: &str) -> String {
    // A `-` or a comma may begin a second port.
    let rest = rest.trim_start_matches(|letter: char| matches!(letter, '/' | ':') || letter.is_whitespace());
    let rest = rest.trim_end_matches(|letter: char| matches!(letter, '/' | ',') || letter.is_whitespace());
    if rest.is_empty() || means_everyone(rest) {
        return PLACEHOLDER.to_owned();
    }
    let items = rest.replace('/', ",");
    with_commas(&items).unwrap_or(items)
}

/// Whether a text is an entry whose acl has only addresses and domains. A single word may be a policy, and just as well a
/// second port.
fn names_people(entry: &str) -> bool {
    let is_of_people = |entry: &SocketEntry| entry.acl.iter().all(|item| item.kind != AclKind::Policy);
    // What is left of a separator would be a part of somebody else's address.
    let is_clean = |entry: &SocketEntry| entry.acl.iter().all(|item| item.text.starts_with(char::is_alphanumeric));
    matches!(parse(entry), Entry::Socket(entry) if !entry.acl.is_empty() && is_of_people(&entry) && is_clean(&entry))
}

/// What people write in the place of `/`.
fn is_separator(letter: char) -> bool {
    matches!(letter, '/' | ':' | '-' | '_' | '.' | '=' | '\\') || letter.is_whitespace()
}

/// The usual port of a type (RFC 6335); tcp, tls, and udp have none.
fn usual_port(socket_type: SocketType) -> Option<&'static str> {
    match socket_type {
        SocketType::Http => Some("80"),
        SocketType::Https => Some("443"),
        SocketType::Ssh => Some("22"),
        SocketType::Tcp | SocketType::Tls | SocketType::Udp => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_probably_meant_names_people() {
        for (text, entry) in [
            ("tcp:22", Some("tcp/22/user@domain.com")),
            ("tcp 22", Some("tcp/22/user@domain.com")),
            ("tcp-22", Some("tcp/22/user@domain.com")),
            ("TCP:22", Some("tcp/22/user@domain.com")),
            ("https//443", Some("https/443/user@domain.com")),
            ("https:443/", Some("https/443/user@domain.com")),
            ("ssh", Some("ssh/22/user@domain.com")),
            ("http/", Some("http/80/user@domain.com")),
            ("tcp:22:all", Some("tcp/22/user@domain.com")),
            ("tcp:22/a@b.com", Some("tcp/22/a@b.com")),
            ("tls//22/a@b.com;c.com", Some("tls/22/a@b.com,c.com")),
            ("tls/22/a@b.com/c@d.com", Some("tls/22/a@b.com,c@d.com")),
            // No port, several ports, no port at all, no type, and a word that may be anything.
            ("tcp", None),
            ("tls/", None),
            ("tcp/22-25", None),
            ("tcp/22,23", None),
            ("tcp:0", None),
            ("tcp:99999", None),
            ("tcp:22:23", None),
            ("tcp:22:engineers", None),
            ("ssh-22-a@b.com", None),
            ("tcp/22=a@b.com", None),
            ("tcp/22/a@b.com/", Some("tcp/22/a@b.com")),
            ("http://grafana:3000", None),
            ("22", None),
            ("", None),
        ] {
            assert_eq!(meant(text).as_deref(), entry, "{text}");
        }
    }

    #[test]
    fn items_of_an_acl_get_commas() {
        for (item, items) in [
            ("a@b.com;c@d.com", Some("a@b.com,c@d.com")),
            ("a@b.com; c.com", Some("a@b.com,c.com")),
            ("a@b.com c@d.com", Some("a@b.com,c@d.com")),
            ("a@b.com|c@d.com", Some("a@b.com,c@d.com")),
            ("a@b.com;", None),
            ("a@b@c.com;d.com", None),
            ("one;two", None),
            ("a@b.com", None),
        ] {
            assert_eq!(with_commas(item).as_deref(), items, "{item}");
        }
    }

    #[test]
    fn no_word_means_everyone() {
        assert!(["all", "Any", "*", " everyone "].into_iter().all(means_everyone));
        assert!(!["allies", "", "a@all.com", "all.com"].into_iter().any(means_everyone));
    }
}
