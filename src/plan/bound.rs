use crate::base::{Finding, rule};
use crate::expose::Exposure;
use crate::resolve::Lab;

/// Sockets of a plan. Real labs have tens; a lab of a thousand nodes, some thousands.
const MOST_SOCKETS: usize = 4_000;

/// People named for all sockets of a plan together: an inherited acl counts once for each node.
const MOST_NAMED: usize = 50_000;

/// Bytes of the entries of all sockets of a plan together, as they are written: an inherited one counts once for each node.
const MOST_WRITTEN: usize = 4_000_000;

/// The finding for a plan, and its artifacts, that would be larger than any account allows: then there is no plan.
pub(crate) fn too_large(lab: &Lab<'_>, sockets: &[&Exposure<'_>]) -> Option<Finding> {
    let (mut named, mut written) = (0, 0);
    for (index, socket) in sockets.iter().map(|exposure| &exposure.socket).enumerate() {
        let place = socket.item.whole_place();
        named += socket.entry.acl.len();
        written += socket.item.text.value.len().max(lab.original(place).len());
        let what = if index >= MOST_SOCKETS {
            format!("more than {MOST_SOCKETS} sockets would be opened")
        } else if named > MOST_NAMED {
            format!("all sockets together would name more than {MOST_NAMED} people")
        } else if written > MOST_WRITTEN {
            format!("the entries of all sockets together are longer than {MOST_WRITTEN} bytes")
        } else {
            continue;
        };
        return Some(
            Finding::error(rule::TOO_MANY_ENTRIES, what)
                .at(lab.span(socket.inherited.list.key), "this list exceeds the limit")
                .help("publish fewer ports, name fewer people, or split the lab"),
        );
    }
    None
}
