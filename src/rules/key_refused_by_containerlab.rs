//! containerlab 0.62 and later reject the key `publish` (spec/history.md#what-containerlab-does-today). Reported once per file.

use super::Subject;
use crate::base::{Finding, Findings};
use crate::model::Carrier;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut listings = subject.lab.topology.listings.iter();
    let Some(listing) = listings.find(|listing| listing.carrier == Carrier::Publish) else { return };
    findings.push(
        Finding::info("key-refused-by-containerlab", "containerlab 0.62 and later reject topologies with `publish`")
            .at(subject.lab.span(listing.key), "the first `publish` in this file")
            .of_the_file()
            .help("run `publish-plan migrate` to move the entries into labels, which containerlab accepts, or deploy the copy without lists that `publish-plan strip` prints"),
    );
}
