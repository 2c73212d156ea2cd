use std::collections::BTreeSet;

use super::Outline;
use crate::base::{AclKind, SocketType};
use crate::model::Section;
use crate::rules::RULES;
use crate::syntax::entry::{self, Entry};

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) text: String,
    /// What it is, in a few words.
    pub(crate) detail: String,
    /// From which byte of the line on it replaces what is written.
    pub(crate) from: usize,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Person,
    Port,
    Rule,
    Level,
}

/// What the cursor is behind, by the text of its line: the file may not be YAML while somebody writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor<'t> {
    /// The names in `# publish-plan: ignore[`.
    Rules { from: usize, others: Vec<&'t str> },
    /// The second segment of an entry.
    Port { from: usize, socket_type: SocketType },
    /// The third.
    Acl { from: usize, others: Vec<&'t str> },
    /// The beginning of a key.
    Key { from: usize },
}

impl<'t> Cursor<'t> {
    /// By the part of the line before the cursor. None if nothing is known to belong there.
    pub(crate) fn of(line: &'t str) -> Option<Self> {
        if let Some(names) = ignored(line) {
            return Some(list(line, names, |from, others| Self::Rules { from, others }));
        }
        if line.trim_start().starts_with('#') {
            return None;
        }
        let ends = line.rmatch_indices([' ', '\t', '"', '\'', '[']).map(|(index, _)| index + 1);
        let last = ends.clone().next().unwrap_or_default();
        // There may be spaces in an acl.
        let is_entry = |start: &usize| {
            line[*start..].split_once('/').is_some_and(|(word, _)| SocketType::from_word(word).is_some())
        };
        let start = ends.chain([0]).find(is_entry).unwrap_or(last);
        let word = &line[start..];
        let mut segments = word.splitn(3, '/');
        let socket_type = segments.next().and_then(SocketType::from_word);
        match (socket_type, segments.next(), segments.next()) {
            (Some(_), Some(_), Some(acl)) => Some(list(line, acl, |from, others| Self::Acl { from, others })),
            (Some(socket_type), Some(port), None) => Some(Self::Port { from: line.len() - port.len(), socket_type }),
            _ if line[..start].trim().is_empty() && !word.contains([':', '-', '/']) => Some(Self::Key { from: start }),
            _ => None,
        }
    }
}

/// What is in the brackets of a comment that ignores rules, if the cursor is there.
fn ignored(line: &str) -> Option<&str> {
    let comment = line.split_once('#')?.1.trim_start().strip_prefix("publish-plan:")?.trim_start();
    let rest = comment.strip_prefix("ignore-file").or_else(|| comment.strip_prefix("ignore"))?;
    rest.strip_prefix('[').filter(|names| !names.contains(']'))
}

/// The last word of a list that is separated by commas, and the others.
fn list<'t, T>(line: &str, words: &'t str, make: impl FnOnce(usize, Vec<&'t str>) -> T) -> T {
    let mut words: Vec<&str> = words.split(',').collect();
    let last = words.pop().unwrap_or_default().trim_start();
    make(line.len() - last.len(), words.into_iter().map(str::trim).collect())
}

/// The keys above a line, from the nearest to the farthest, by their indentation. `above` are the lines before it. What is in brackets
/// has none.
fn keys<'t>(above: &'t str, line: &str) -> Vec<&'t str> {
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_item = line.trim_start().starts_with("- ");
    let mut room = indentation(line) + usize::from(is_item);
    let mut keys = Vec::new();
    for line in above.lines().rev().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        let own = indentation(line);
        let key = line.trim_start().split_once(':').map(|(key, _)| key.trim_matches(['"', '\'']));
        if let Some(key) = key.filter(|_| own < room) {
            room = own;
            keys.push(key);
        }
    }
    keys
}

/// The section of an entries file in which a line is, if a level of it begins there.
pub(crate) fn section(above: &str, line: &str) -> Option<Section> {
    let keys = keys(above, line);
    let [key] = keys.as_slice() else { return None };
    Section::NAMED.into_iter().find(|section| section.key() == *key)
}

/// The kind of the node, or the kind, to which the entry in a line belongs.
pub(crate) fn kind(above: &str, line: &str, outline: Option<&Outline>) -> Option<String> {
    let keys = keys(above, line);
    let name_in = |section: Section| {
        let place = keys.iter().position(|key| *key == section.key())?;
        Some(keys[place.checked_sub(1)?])
    };
    if let Some(kind) = name_in(Section::Kinds) {
        return Some(kind.to_owned());
    }
    let name = name_in(Section::Nodes)?;
    outline?.nodes.iter().find(|node| node.words == name)?.kind.clone()
}

/// The names of rules.
pub(crate) fn rules(from: usize, others: &[&str]) -> Vec<Suggestion> {
    let rules = RULES.iter().filter(|rule| !others.contains(&rule.name));
    rules
        .map(|rule| Suggestion {
            text: rule.name.to_owned(),
            detail: rule.summary().to_owned(),
            from,
            what: What::Rule,
        })
        .collect()
}

/// The people and domains in the acls of a text, whatever it is: it may not be YAML now.
pub(crate) fn words_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || "\"'[]{}".contains(letter));
    let entries = words.map(|word| word.trim_matches(',')).filter(|word| word.matches('/').count() == 2);
    let mut found = BTreeSet::new();
    for word in entries {
        if let Entry::Socket(socket) = entry::parse(word) {
            found.extend(socket.acl.into_iter().filter(|item| item.kind != AclKind::Policy).map(|item| item.canonical));
        }
    }
    found
}

/// Words of acls: each of `known` that is not in this acl yet.
pub(crate) fn people(from: usize, others: &[&str], known: &BTreeSet<String>) -> Vec<Suggestion> {
    let words = known.iter().filter(|word| !others.contains(&word.as_str()));
    let detail = |word: &str| if word.contains('@') { "a person in another entry" } else { "in another entry" };
    words
        .map(|word| Suggestion { text: word.clone(), detail: detail(word).to_owned(), from, what: What::Person })
        .collect()
}

/// The usual ports of a type, with what listens there.
pub(crate) fn ports(from: usize, socket_type: SocketType, usual: &[(SocketType, u16, &str)]) -> Vec<Suggestion> {
    let of_type = usual.iter().filter(|(other, ..)| *other == socket_type);
    of_type
        .map(|(_, port, what)| Suggestion {
            text: port.to_string(),
            detail: (*what).to_owned(),
            from,
            what: What::Port,
        })
        .collect()
}

/// The levels of the topology that an entries file can name in a section.
pub(crate) fn levels(from: usize, section: Section, outline: &Outline) -> Vec<Suggestion> {
    let words: BTreeSet<&str> = match section {
        Section::Nodes => outline.nodes.iter().map(|node| node.words.as_str()).collect(),
        Section::Kinds => outline.nodes.iter().filter_map(|node| node.kind.as_deref()).collect(),
        Section::Groups | Section::Defaults => BTreeSet::new(),
    };
    let detail = format!("a {} of the topology", section.word());
    let suggestion = |word: &str| Suggestion { text: word.to_owned(), detail: detail.clone(), from, what: What::Level };
    words.into_iter().map(suggestion).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_below_keys() {
        let above = "name: l\ntopology:\n  # x:\n  kinds:\n    linux:\n      image: y\n\n      publish:\n";
        assert_eq!(keys(above, "      - tcp/"), ["publish", "linux", "kinds", "topology"]);
        assert_eq!(keys(above, "        - tcp/"), ["publish", "linux", "kinds", "topology"]);
        assert_eq!(kind(above, "      - tcp/", None).as_deref(), Some("linux"));
        assert_eq!((section("nodes:\n  a: [none]\n", "  b"), section("no", "x")), (Some(Section::Nodes), None));
    }

    #[test]
    fn people_are_found_in_any_text() {
        let text = "a: [tls/1/x@y.z, \"http/2/B.org,c@d.e\"] # tcp/3/f@g.h\n  - tcp/22\n- a/b/c\n [tls/1/";
        assert_eq!(words_in(text).into_iter().collect::<Vec<_>>(), ["b.org", "c@d.e", "f@g.h", "x@y.z"]);
    }

    #[test]
    fn the_cursor_is_known_by_its_line() {
        for (line, cursor) in [
            ("  - tls/57400/us", Some(Cursor::Acl { from: 14, others: vec![] })),
            ("  - tls/57400/a@b.c, d.e,x", Some(Cursor::Acl { from: 25, others: vec!["a@b.c", "d.e"] })),
            ("  publish: [\"http/80/", Some(Cursor::Acl { from: 21, others: vec![] })),
            ("  - tls/5", Some(Cursor::Port { from: 8, socket_type: SocketType::Tls })),
            ("  - tls/", Some(Cursor::Port { from: 8, socket_type: SocketType::Tls })),
            ("  - tl", None),
            ("  - a/b/c", None),
            ("  # publish-plan: ignore[op", Some(Cursor::Rules { from: 25, others: vec![] })),
            ("  x # publish-plan: ignore-file[a, b,c", Some(Cursor::Rules { from: 37, others: vec!["a", "b"] })),
            ("  # publish-plan: ignore[op] x", None),
            ("  lea", Some(Cursor::Key { from: 2 })),
            ("  leaf1: ", None),
        ] {
            assert_eq!(Cursor::of(line), cursor, "{line}");
        }
    }
}
