use crate::base::Finding;
use crate::resolve::{Lab, LabSocket};

/// Sockets of a plan. Real labs have tens.
const MOST_SOCKETS: usize = 10_000;

/// People named for all sockets of a plan together: an inherited acl is multiplied by every node that gets it.
const MOST_NAMED: usize = 100_000;

/// What is said where a plan would be larger than any account, and the artifacts with it: then there is none.
pub(crate) fn too_large(lab: &Lab<'_>, sockets: &[LabSocket<'_, '_>]) -> Option<Finding> {
    let mut named = 0;
    for (index, socket) in sockets.iter().enumerate() {
        named += socket.entry.acl.len();
        let what = if index >= MOST_SOCKETS {
            format!("more than {MOST_SOCKETS} sockets would be opened")
        } else if named > MOST_NAMED {
            format!("more than {MOST_NAMED} people would be named for all sockets together")
        } else {
            continue;
        };
        return Some(
            Finding::error("too-many-entries", what)
                .at(lab.span(socket.inherited.listing.key), "this list goes over the limit")
                .help("publish less, name a domain instead of its addresses, or split the lab"),
        );
    }
    None
}
