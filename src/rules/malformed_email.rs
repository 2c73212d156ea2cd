//! An acl item with an `@` that is not an email address.

use super::RuleContext;
use super::entries::troubles;
use crate::base::{Finding, Findings, Rule, Severity, did_you_mean, quoted};
use crate::syntax::entry::{TroubleKind, with_commas};

pub(crate) const RULE: &Rule = &Rule::new("malformed-email", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| *kind == TroubleKind::Email) {
        let item = diagnostic.segment_value().unwrap_or_default();
        let domain = item.strip_prefix("*@").or_else(|| item.strip_prefix('@')).filter(|domain| domain.contains('.'));
        let help = if let Some(items) = with_commas(item) {
            format!("{} separate people with commas", did_you_mean(&items))
        } else if let Some(domain) = domain {
            format!("to allow everyone at the domain, write only the domain: {}", quoted(domain))
        } else if !item.is_ascii() {
            "letters outside ASCII are not supported before the `@`".to_owned()
        } else {
            "separate addresses with commas; a person whose address is wrong could never connect".to_owned()
        };
        findings.push(
            Finding::error(RULE, format!("{} is not an email address", diagnostic.segment()))
                .at(diagnostic.span(), diagnostic.expectation())
                .help(help),
        );
    }
}
