use crate::base::limits::{MOST_NAMED, MOST_SOCKETS, MOST_WRITTEN};
use crate::base::{Finding, rule};
use crate::expose::Exposure;
use crate::resolve::Lab;

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
