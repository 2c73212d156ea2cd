//! An acl item with an `@` that is not an email address.

use super::Subject;
use super::entries::troubles;
use crate::base::{Finding, Findings};
use crate::syntax::entry::TroubleKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| *kind == TroubleKind::Email) {
        let domain = sick.segment_value().and_then(|item| item.strip_prefix("*@").or_else(|| item.strip_prefix('@')));
        let help = match domain {
            Some(domain) if !domain.is_empty() => {
                format!("to allow everyone at the domain, write only the domain: `{}`", crate::base::plain(domain))
            }
            _ => "separate addresses with commas; a person whose address is wrong could never connect".to_owned(),
        };
        findings.push(
            Finding::error("malformed-email", format!("{} is not an email address", sick.segment()))
                .at(sick.span(), sick.expectation())
                .help(help),
        );
    }
}
