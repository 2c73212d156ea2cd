//! What the list of rules consists of, and the macro that makes it.

use std::ops::Deref;

use super::Check;
use crate::base::Rule;

/// A rule of the list: what it declares, its page, and what runs it.
#[derive(Debug)]
pub(crate) struct ListedRule {
    rule: &'static Rule,
    /// The Markdown page next to its file.
    pub(crate) page: &'static str,
    /// None if another part of the program reports its findings: before there is a lab, as the reason of a refusal (`refused.rs`), or
    /// over several labs.
    pub(super) check: Option<Check>,
}

impl ListedRule {
    /// `file` is the name of the rule's file and page: the rule's own name, with `_` in place of `-`. Anything else does not compile.
    pub(super) const fn new(file: &str, rule: &'static Rule, page: &'static str, check: Option<Check>) -> Self {
        let (file, name) = (file.as_bytes(), rule.name.as_bytes());
        assert!(file.len() == name.len(), "a rule is called like its file");
        let mut index = 0;
        while index < file.len() {
            let expected = if file[index] == b'_' { b'-' } else { file[index] };
            assert!(name[index] == expected, "a rule is called like its file");
            index += 1;
        }
        Self { rule, page, check }
    }

    /// The first sentence of its page, without the period.
    pub(crate) fn summary(&self) -> &'static str {
        self.page.lines().nth(2).expect("a page has its first sentence on the third line").trim_end_matches('.')
    }
}

impl Deref for ListedRule {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        self.rule
    }
}

/// Makes modules and the table `RULES` of a list of rules:
///
/// - `the_name` has a file with `RULE` and `check`;
/// - `the_name: apart` has a file with `RULE`, and another part of the program calls it;
/// - `the_name = path::THE_NAME` is declared and reported elsewhere, and has only a page here.
macro_rules! rules {
    ($($file:ident $(: $apart:ident)? $(= $declared:path)?),* $(,)?) => {
        $(rules! { @module $file $($apart)? $(= $declared)? })*

        /// Every rule, in alphabetical order.
        pub(crate) const RULES: &[ListedRule] = &[$(rules! { @listed $file $($apart)? $(= $declared)? }),*];
    };
    (@module $file:ident = $declared:path) => {};
    (@module $file:ident $(apart)?) => {
        pub(crate) mod $file;
    };
    (@listed $file:ident = $declared:path) => {
        rules! { @new $file, $declared, None }
    };
    (@listed $file:ident apart) => {
        rules! { @new $file, $file::RULE, None }
    };
    (@listed $file:ident) => {
        rules! { @new $file, $file::RULE, Some($file::check) }
    };
    (@new $file:ident, $rule:expr, $check:expr) => {
        ListedRule::new(stringify!($file), $rule, include_str!(concat!(stringify!($file), ".md")), $check)
    };
}
