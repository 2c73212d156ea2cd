//! The keys of a map: no duplicates, and only keys that yaml.v2 accepts.

use std::collections::{HashMap, hash_map};

use super::merge;
use super::tree::{NodeId, Tree};
use super::yaml_error;
use crate::base::{Finding, Findings, quoted, rule};
use crate::text::{Place, Source};

/// Characters from the start of a key to its `:`, at most, if it has no `?` (yaml.v2's scannerc.go, `yaml_simple_key_is_valid`).
const LONGEST_KEY: usize = 1024;

/// Checks the keys of a map. Inside brackets, `apart` are the scalars whose anchor or tag is on an earlier line. Gives whether
/// one of the keys is a merge.
pub(super) fn check(
    tree: &Tree<'_>,
    mapping: NodeId,
    apart: Option<&[NodeId]>,
    source: &Source,
    findings: &mut Findings,
) -> bool {
    let children = tree.children(mapping);
    let mut has_merge = false;
    let mut seen = KeySet::new(children.len() / 2);
    for [key, _] in children.as_chunks::<2>().0 {
        let place = tree.place(*key);
        if apart.is_some_and(|apart| is_over_lines(source.text(), place) || apart.contains(key)) {
            findings.push(yaml_error::key_over_lines(source, place));
        }
        let Some(scalar) = tree.scalar(*key) else {
            findings.push(yaml_error::complex_key(source, place));
            continue;
        };
        if apart.is_some() && scalar.is_plain && has_colon_in_it(source.text(), place) {
            findings.push(yaml_error::colon_in_key(source, place));
        }
        if scalar.is_null && place.is_empty() && source.text()[place.range().start..].starts_with(':') {
            findings.push(yaml_error::empty_key(source, place));
        }
        if merge::is_merge_key(tree, *key) {
            has_merge = true;
            continue;
        }
        let text = if scalar.is_null { "" } else { scalar.value };
        if let Some(first) = seen.insert(text, *key) {
            let finding =
                Finding::error(rule::DUPLICATE_KEY, format!("duplicate key {}", quoted(source.original(place))))
                    .at(source.span(place), "repeated here")
                    .at(source.span(tree.place(first)), "first here")
                    .help("keep one of them; containerlab rejects a topology with duplicate keys");
            findings.push(finding);
        }
    }
    has_merge
}

/// Whether a key inside brackets and its `:` are on several lines, or too far from each other.
fn is_over_lines(text: &str, key: Place) -> bool {
    let key = key.range();
    if memchr::memchr2(b'\n', b'\r', &text.as_bytes()[key.clone()]).is_some() {
        return true;
    }
    if key.len() > LONGEST_KEY && text[key.clone()].chars().count() > LONGEST_KEY {
        return true;
    }
    let behind = text[key.end..].trim_start_matches([' ', '\t']);
    if !behind.starts_with(['\n', '\r', '#']) {
        return false;
    }
    // Nothing but comments until the `:`; without one the key has no value.
    let next = behind.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'));
    next.is_some_and(|next| next.starts_with(':'))
}

/// Whether the `:` after a plain key inside brackets is one more character of the key, because no space follows it.
fn has_colon_in_it(text: &str, key: Place) -> bool {
    let behind = text[key.range().end..].trim_start_matches([' ', '\t']).strip_prefix(':');
    behind.is_some_and(|behind| behind.starts_with([',', ']', '}', '[', '{']))
}

/// The keys seen so far: a few are compared, many are hashed. On the stack while one map is checked.
#[allow(clippy::large_enum_variant)]
enum KeySet<'t> {
    Few([Option<(&'t str, NodeId)>; FEW_KEYS]),
    Many(HashMap<&'t str, NodeId>),
}

const FEW_KEYS: usize = 16;

impl<'t> KeySet<'t> {
    fn new(expected: usize) -> Self {
        if expected <= FEW_KEYS { Self::Few([None; FEW_KEYS]) } else { Self::Many(HashMap::with_capacity(expected)) }
    }

    /// Adds a key and gives an earlier one with the same text.
    fn insert(&mut self, text: &'t str, key: NodeId) -> Option<NodeId> {
        match self {
            Self::Few(keys) => {
                for place in keys {
                    match place {
                        Some((other, earlier)) if *other == text => return Some(*earlier),
                        Some(_) => {}
                        None => {
                            *place = Some((text, key));
                            return None;
                        }
                    }
                }
                None
            }
            Self::Many(keys) => match keys.entry(text) {
                hash_map::Entry::Occupied(earlier) => Some(*earlier.get()),
                hash_map::Entry::Vacant(place) => {
                    place.insert(key);
                    None
                }
            },
        }
    }
}
