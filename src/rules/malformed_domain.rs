//! An acl item with a dot and no `@` that is not a domain.

use super::RuleContext;
use super::entries::troubles;
use crate::base::{Finding, Findings, Rule, Severity, did_you_mean, plain};
use crate::syntax::entry::{TroubleKind, with_commas};

pub(crate) const RULE: &Rule = &Rule::new("malformed-domain", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| *kind == TroubleKind::Domain) {
        let word = diagnostic.segment_value().unwrap_or_default();
        let help = if let Some(items) = with_commas(word) {
            format!("{} separate domains with commas", did_you_mean(&items))
        } else if let Some(domain) = word.strip_prefix("*.").filter(|domain| domain.contains('.')) {
            format!(
                "write `{}` to allow everyone with an address at that domain; list subdomains one by one",
                plain(domain)
            )
        } else if word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            "an acl names people by email; it cannot allow IP addresses".to_owned()
        } else {
            "write the part of the email address after the `@`, for example `domain.com`".to_owned()
        };
        findings.push(
            Finding::error(RULE, format!("{} is not an email domain", diagnostic.segment()))
                .at(diagnostic.span(), diagnostic.expectation())
                .help(help),
        );
    }
}
