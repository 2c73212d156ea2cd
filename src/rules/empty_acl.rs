//! A third segment that names nobody: the old code opened such a port to everyone (semantics.md, section 2).

use super::Subject;
use super::entries::troubles;
use crate::base::{Finding, Findings};
use crate::syntax::entry::TroubleKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| *kind == TroubleKind::EmptyAcl) {
        findings.push(
            Finding::error("empty-acl", format!("the acl of {} names nobody", sick.entry()))
                .at(sick.span(), sick.expectation())
                .help("name who may connect, or remove the last `/` if the entry is meant to have no acl; containerlab opened such a port to everyone"),
        );
    }
}
