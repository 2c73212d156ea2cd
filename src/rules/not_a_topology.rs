//! A file that is not a containerlab topology, or one without nodes to publish from. Once a file.

use super::Subject;
use crate::base::Finding;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.lab.topology.key.is_none() {
        findings.push(
            Finding::info("not-a-topology", "not a containerlab topology: it has no `topology:`")
                .help("check the file's name; a topology has `name:` and `topology:` at its top"),
        );
    }
}
