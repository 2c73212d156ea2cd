//! A number that is not a port.

use super::Subject;
use super::entries::troubles;
use crate::base::{Finding, Findings};
use crate::syntax::entry::TroubleKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for sick in troubles(subject, |kind| *kind == TroubleKind::PortOutOfRange) {
        findings.push(
            Finding::error("port-out-of-range", format!("port {} is out of range", sick.segment()))
                .at(sick.span(), sick.expectation())
                .help("write the port that the node listens on, for example `tls/22/user@domain.com`"),
        );
    }
}
