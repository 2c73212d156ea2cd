//! An acl item with an `@` that is no e-mail address.

use super::Subject;
use super::entries::troubles;
use crate::base::{Finding, Findings};
use crate::syntax::entry::TroubleKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| *kind == TroubleKind::Email) {
        let domain = sick.segment_value().and_then(|item| item.strip_prefix("*@").or_else(|| item.strip_prefix('@')));
        let help = match domain {
            Some(domain) if !domain.is_empty() => {
                format!("for everyone at a domain write the domain alone: `{}`", crate::base::plain(domain))
            }
            _ => "write one address between two commas; who is not named correctly would never get in".to_owned(),
        };
        findings.push(
            Finding::error("malformed-email", format!("{} is not an e-mail address", sick.segment()))
                .at(sick.span(), sick.expectation())
                .help(help),
        );
    }
}
