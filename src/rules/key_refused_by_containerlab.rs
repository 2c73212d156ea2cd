//! containerlab 0.62 and later refuse the key `publish` (semantics.md, section 1). Once a file.

use super::Subject;
use crate::base::Finding;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(listing) = subject.lab.topology.listings.first() else { return };
    findings.push(
        Finding::info("key-refused-by-containerlab", "containerlab 0.62 and later refuse a topology with `publish`")
            .at(subject.lab.span(listing.key), "the first of them")
            .help("deploy a copy of the topology without the `publish` lists; the tunnels do not need them there"),
    );
}
