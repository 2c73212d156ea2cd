//! An acl item with a dot and no `@` that is no domain.

use super::Subject;
use super::entries::troubles;
use crate::base::{Finding, Findings, plain};
use crate::syntax::entry::TroubleKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| *kind == TroubleKind::Domain) {
        let word = sick.segment_value().unwrap_or_default();
        let help = if let Some(domain) = word.strip_prefix("*.") {
            format!(
                "write `{}` for everyone with an address at that domain; its subdomains are named one by one",
                plain(domain)
            )
        } else if word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            "an acl names people by their e-mail; addresses of machines cannot be let in".to_owned()
        } else {
            "write the part of an e-mail address behind the `@`, for example `domain.com`".to_owned()
        };
        findings.push(
            Finding::error("malformed-domain", format!("{} is not an e-mail domain", sick.segment()))
                .at(sick.span(), sick.expectation())
                .help(help),
        );
    }
}
