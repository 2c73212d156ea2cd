use crate::render::findings::RuleFacts;
use crate::rules::{ListedRule, RULES};

/// What reports and lists say about each rule, in alphabetical order.
pub(super) fn all() -> Vec<RuleFacts> {
    RULES.iter().map(of).collect()
}

/// What they say about one rule. Its address is that of its page at the tag of this version.
pub(super) fn of(rule: &ListedRule) -> RuleFacts {
    let (repository, version) = (env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
    RuleFacts {
        name: rule.name,
        summary: rule.summary(),
        page: rule.page,
        url: format!("{repository}/blob/v{version}/src/rules/{}.md", rule.name.replace('-', "_")),
        severities: rule.severities,
        is_fixable: rule.is_fixable,
        blocks_compile: rule.blocks_compile,
    }
}
