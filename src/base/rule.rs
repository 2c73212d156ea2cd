use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::Severity;

/// What a rule's findings are, declared once. A finding is built from its rule's declaration, and rules are the same if their
/// names are.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; it reads well after "ignore".
    pub name: &'static str,
    /// The severities of its findings, the worst first.
    pub severities: &'static [Severity],
    /// Its findings can block `compile`.
    pub blocks_compile: bool,
    /// A program can fix some of its findings.
    pub is_fixable: bool,
}

impl Rule {
    pub(crate) const fn new(name: &'static str, severities: &'static [Severity]) -> Self {
        assert!(!severities.is_empty(), "a rule has at least one severity");
        let mut index = 1;
        while index < severities.len() {
            assert!(severities[index - 1] as u8 > severities[index] as u8, "the worst severity is first");
            index += 1;
        }
        let blocks_compile = matches!(severities, [Severity::Error, ..]);
        Self { name, severities, blocks_compile, is_fixable: false }
    }

    /// Declares that its warnings block `compile`.
    pub(crate) const fn blocks(mut self) -> Self {
        self.blocks_compile = true;
        self
    }

    /// Declares that a program can fix some of its findings.
    pub(crate) const fn fixable(mut self) -> Self {
        self.is_fixable = true;
        self
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Rule {}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}

impl Hash for Rule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

// The rules that rooms without access to `crate::rules` report. All others declare themselves in their own files.

pub(crate) const CANNOT_ADD_NODE: &Rule = &Rule::new("cannot-add-node", &[Severity::Error]);
pub(crate) const CANNOT_MIGRATE: &Rule = &Rule::new("cannot-migrate", &[Severity::Error]);
pub(crate) const CANNOT_STRIP: &Rule = &Rule::new("cannot-strip", &[Severity::Error]);
pub(crate) const DUPLICATE_KEY: &Rule = &Rule::new("duplicate-key", &[Severity::Error]);
pub(crate) const IGNORE_WITHOUT_REASON: &Rule = &Rule::new("ignore-without-reason", &[Severity::Warning]);
pub(crate) const INVALID_CONFIG: &Rule = &Rule::new("invalid-config", &[Severity::Error, Severity::Warning]);
pub(crate) const INVALID_UTF8: &Rule = &Rule::new("invalid-utf8", &[Severity::Error]);
pub(crate) const INVALID_YAML: &Rule = &Rule::new("invalid-yaml", &[Severity::Error]);
pub(crate) const MALFORMED_ENTRIES_FILE: &Rule = &Rule::new("malformed-entries-file", &[Severity::Error]);
pub(crate) const MALFORMED_ENTRY: &Rule = &Rule::new("malformed-entry", &[Severity::Error]);
pub(crate) const MALFORMED_IGNORE: &Rule = &Rule::new("malformed-ignore", &[Severity::Warning]);
pub(crate) const MALFORMED_TOPOLOGY: &Rule = &Rule::new("malformed-topology", &[Severity::Error]);
pub(crate) const NAME_NOT_RESOLVABLE: &Rule =
    &Rule::new("name-not-resolvable", &[Severity::Error, Severity::Warning, Severity::Info]);
pub(crate) const PUBLISH_NOT_A_LIST: &Rule = &Rule::new("publish-not-a-list", &[Severity::Error]);
pub(crate) const TEMPLATE_NOT_RENDERED: &Rule = &Rule::new("template-not-rendered", &[Severity::Warning]).blocks();
pub(crate) const TOO_DEEPLY_NESTED: &Rule = &Rule::new("too-deeply-nested", &[Severity::Error]);
pub(crate) const TOO_MANY_ENTRIES: &Rule = &Rule::new("too-many-entries", &[Severity::Error]);
pub(crate) const TOO_MANY_FINDINGS: &Rule = &Rule::new("too-many-findings", &[Severity::Error]);
pub(crate) const TOO_MANY_NODES: &Rule = &Rule::new("too-many-nodes", &[Severity::Error]);
pub(crate) const TOO_MANY_VALUES: &Rule = &Rule::new("too-many-values", &[Severity::Error]);
pub(crate) const TOO_MUCH_MERGED: &Rule = &Rule::new("too-much-merged", &[Severity::Error]);
pub(crate) const UNCLOSED_SUBSTITUTION: &Rule = &Rule::new("unclosed-substitution", &[Severity::Error]);
pub(crate) const UNKNOWN_RULE_IN_IGNORE: &Rule = &Rule::new("unknown-rule-in-ignore", &[Severity::Warning]).fixable();
pub(crate) const UNUSED_IGNORE: &Rule = &Rule::new("unused-ignore", &[Severity::Warning]).fixable();
