//! A third segment that names nobody: containerlab opened such a port to everyone (spec/entries.md#one-entry).

use super::Subject;
use super::entries::troubles;
use crate::base::{Finding, Findings};
use crate::capability::Audience;
use crate::syntax::entry::TroubleKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| *kind == TroubleKind::EmptyAcl) {
        findings.push(
            Finding::error("empty-acl", format!("the acl of {} names nobody", sick.entry()))
                .at(sick.span(), sick.expectation())
                .help(help(subject)),
        );
    }
}

/// People come first in the help: without its last `/`, the entry is open to everyone whom the provider lets in.
fn help(subject: &Subject<'_>) -> String {
    let people = "name who may connect, for example `user@domain.com`";
    match &subject.capabilities.without_acl {
        Audience::Nobody => people.to_owned(),
        open => format!("{people}; an entry without a third segment is open to {open}"),
    }
}
