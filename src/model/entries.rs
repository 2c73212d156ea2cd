//! An entries file: lists for the levels of a topology that itself stays as it is (spec/entries-file.md#the-file).

use std::collections::HashMap;

use super::structure::shape;
use super::topology::Text;
use crate::base::{Finding, Findings, Rule, closest, did_you_mean, quoted, rule};
use crate::syntax::{NodeId, Pair, Tree};
use crate::text::{Place, Source};

/// The key of an entries file that says which topology it is for.
pub(crate) const TOPOLOGY: &str = "topology";

/// Where levels are, in a topology as in an entries file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Section {
    Defaults,
    Kinds,
    Groups,
    Nodes,
}

impl Section {
    /// Those whose levels have names.
    pub(crate) const NAMED: [Self; 3] = [Self::Kinds, Self::Groups, Self::Nodes];

    /// The key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Kinds => "kinds",
            Self::Groups => "groups",
            Self::Nodes => "nodes",
        }
    }

    /// Its levels, as messages call them.
    fn words(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Kinds => "kinds",
            Self::Groups => "groups",
            Self::Nodes => "node names",
        }
    }

    /// One of its levels, as messages call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Kinds => "kind",
            Self::Groups => "group",
            Self::Nodes => "node",
        }
    }
}

/// A level that an entries file names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed<'t> {
    pub(crate) section: Section,
    /// The name of the kind, the group, or the node; the key itself for the defaults.
    pub(crate) name: Text<'t>,
}

/// What an entries file says besides its lists.
#[derive(Debug, Default)]
pub(crate) struct EntriesFile<'t> {
    /// The path of the topology, if it names one.
    pub(crate) topology: Option<Text<'t>>,
    /// The levels that it names.
    pub(crate) listed: Vec<Listed<'t>>,
    /// Those of them that the topology does not have.
    pub(crate) unknown: Vec<Listed<'t>>,
}

/// The lists of an entries file that no level of the topology has taken yet.
#[derive(Debug, Default)]
pub(super) struct Lists<'t> {
    defaults: Option<Pair>,
    by_name: HashMap<(Section, &'t str), Pair>,
}

impl<'t> Lists<'t> {
    /// Those below the root of an entries file.
    pub(super) fn of(tree: &'t Tree<'t>, root: NodeId) -> Self {
        let mut lists = Self { defaults: tree.lookup(root, Section::Defaults.key()), by_name: HashMap::new() };
        for section in Section::NAMED {
            for pair in tree.lookup(root, section.key()).into_iter().flat_map(|map| tree.pairs(map.value)) {
                if let Some(name) = tree.key_text(pair.key) {
                    lists.by_name.insert((section, name), pair);
                }
            }
        }
        lists
    }

    /// The keys of all of them.
    pub(super) fn keys(&self) -> impl Iterator<Item = (Section, NodeId)> {
        let defaults = self.defaults.iter().map(|pair| (Section::Defaults, pair.key));
        defaults.chain(self.by_name.iter().map(|((section, _), pair)| (*section, pair.key)))
    }

    /// The list for the defaults; none if they keep their own.
    pub(super) fn take_defaults(&mut self) -> Option<Pair> {
        self.defaults.take()
    }

    /// The list for a level of the topology; none if it keeps its own.
    pub(super) fn take(&mut self, section: Section, name: &'t str) -> Option<Pair> {
        if self.by_name.is_empty() { None } else { self.by_name.remove(&(section, name)) }
    }

    /// The lists of a section that no level has taken, in the order of the file.
    pub(super) fn rest(&mut self, tree: &Tree<'_>, section: Section) -> Vec<Pair> {
        let mut rest: Vec<Pair> = self.by_name.extract_if(|(of, _), _| *of == section).map(|(_, pair)| pair).collect();
        rest.sort_by_key(|pair| tree.place(pair.key).range().start);
        rest
    }
}

/// Finds values of the wrong type in an entries file, keys that it does not have, and keys that a merge overrides. Entries that are
/// strings are left to the grammar, which reports them better.
pub(crate) fn check(tree: &Tree<'_>, root: NodeId, source: &Source) -> Findings {
    let mut shape = Shape { tree, source, findings: Findings::default() };
    if shape.is_map(root, "an entries file is a map with `topology:` and `nodes:`") {
        for pair in tree.pairs(root).collect::<Vec<_>>() {
            shape.key(pair);
        }
    }
    shape.findings.extend(second_document(tree, root, source));
    shape.findings
}

/// The finding for a second document, which nothing reads.
fn second_document(tree: &Tree<'_>, root: NodeId, source: &Source) -> Option<Finding> {
    // The topology may be behind it.
    let own_end = source.second_start().map_or(source.text().len(), |(start, _)| start as usize);
    let own = &source.text()[..own_end];
    // The end of a block can be at the start of the mark's line.
    let mut at = own[..tree.place(root).range().end].rfind('\n').map_or(0, |line| line + 1);
    if at < tree.place(root).range().start {
        at = tree.place(root).range().start;
    }
    for line in own[at..].split_inclusive('\n') {
        let behind = own[at + line.len()..].lines().map(str::trim);
        let is_mark = |mark: &str| {
            line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        // An end of the document with nothing behind it is no second one.
        let is_end = || is_mark("...") && behind.clone().any(|line| !line.is_empty() && !line.starts_with('#'));
        if is_mark("---") || is_end() {
            let finding = Finding::error(rule::MALFORMED_ENTRIES_FILE, "an entries file is one YAML document");
            let finding = finding.at(source.span(Place::new(at, at + 3)), "nothing from here on is used");
            return Some(finding.help("remove this line, and write each key once"));
        }
        at += line.len();
    }
    None
}

struct Shape<'s> {
    tree: &'s Tree<'s>,
    source: &'s Source,
    findings: Findings,
}

impl Shape<'_> {
    fn key(&mut self, pair: Pair) {
        let key = self.tree.key_text(pair.key).unwrap_or_default();
        if key == TOPOLOGY {
            if !self.tree.is_scalar(pair.value) {
                let finding =
                    self.error(rule::MALFORMED_ENTRIES_FILE, pair.value, "`topology` is not a path".to_owned());
                self.findings.push(finding.help("expected the path of a topology, relative to this file"));
            }
        } else if key == Section::Defaults.key() {
            self.list(pair);
        } else if let Some(section) = Section::NAMED.into_iter().find(|section| section.key() == key) {
            let expected = format!("expected a map of {} to lists of entries", section.words());
            if self.is_map(pair.value, &expected) {
                for pair in self.tree.pairs(pair.value).collect::<Vec<_>>() {
                    self.list(pair);
                }
            }
        } else {
            let place = self.tree.place(pair.key);
            let message = format!("unknown key {}", quoted(self.source.original(place)));
            let known = Section::NAMED.map(Section::key).into_iter().chain([TOPOLOGY, Section::Defaults.key()]);
            let help = closest(key, known).map_or_else(
                || "an entries file has `topology`, `defaults`, `kinds`, `groups`, and `nodes`".to_owned(),
                did_you_mean,
            );
            let finding = Finding::error(rule::MALFORMED_ENTRIES_FILE, message);
            self.findings.push(finding.at(self.source.span(place), "publishes nothing under this name").help(help));
        }
    }

    /// Null, or a list of words.
    fn list(&mut self, pair: Pair) {
        let Some(items) = self.tree.items(pair.value) else {
            if !self.tree.is_null(pair.value) {
                let key = quoted(self.source.original(self.tree.place(pair.key)));
                let finding = self.error(rule::PUBLISH_NOT_A_LIST, pair.value, format!("{key} is not a list"));
                self.findings
                    .push(finding.help("expected a list of entries, one per line: `- tls/22/user@domain.com`"));
            }
            return;
        };
        for item in items.iter().filter(|item| !self.tree.is_scalar(**item)) {
            let finding = self.error(rule::MALFORMED_ENTRY, *item, "a publish entry must be a string".to_owned());
            self.findings.push(
                finding.help("expected an entry, `<type>/<port>[/<who>,…]`, for example `tls/22/user@domain.com`"),
            );
        }
    }

    /// Whether a value is a map that can be read; null is an empty one.
    fn is_map(&mut self, id: NodeId, expected: &str) -> bool {
        if !self.tree.is_mapping(id) && !self.tree.is_null(id) {
            let finding = self.error(rule::MALFORMED_ENTRIES_FILE, id, "this value has the wrong type".to_owned());
            self.findings.push(finding.help(expected.to_owned()));
            return false;
        }
        for (lost, won) in self.tree.overridden(id) {
            let [lost, won] = [lost, won].map(|pair| self.source.span(self.tree.place(pair.key)));
            let finding = Finding::error(rule::MALFORMED_ENTRIES_FILE, "a merge overrides this key");
            let finding = finding.at(lost, "nobody can tell which of them is meant").at(won, "also here");
            self.findings.push(finding.help("keep one of them"));
        }
        true
    }

    fn error(&self, rule: &'static Rule, id: NodeId, message: String) -> Finding {
        let place = self.tree.place(id);
        Finding::error(rule, message).at(self.source.span(place), format!("this is {}", shape(self.tree, id)))
    }
}
