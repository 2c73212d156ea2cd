//! Names of containers (spec/names.md#names-of-containers).

use std::borrow::Cow;

use super::LabNode;
use crate::model::{Text, Topology};

/// The name of the container that has a node's network, with each part as `word` gives it.
pub(super) fn container<'l>(
    topology: &Topology<'l>,
    node: &LabNode<'l>,
    word: impl Fn(Text<'l>) -> Cow<'l, str>,
) -> String {
    let name = word(node.name);
    if node.is_of_kind(&["ext-container"]) {
        return name.into_owned();
    }
    let lab = topology.name.map_or(Cow::Borrowed(""), &word);
    let name = match topology.prefix {
        None => format!("clab-{lab}-{name}"),
        Some(prefix) if prefix.value.is_empty() => name.into_owned(),
        Some(prefix) if prefix.value == "__lab-name" => format!("{lab}-{name}"),
        Some(prefix) => format!("{}-{lab}-{name}", word(prefix)),
    };
    let Some(slot) = node.slot else { return name };
    let shown = word(slot);
    // The name of a variable keeps its case.
    if shown == slot.value { format!("{name}-{}", shown.to_lowercase()) } else { format!("{name}-{shown}") }
}

/// What Docker accepts as the name of a container: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
pub(crate) fn is_container_name(name: &str) -> bool {
    name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// `_` in a name: Docker's DNS answers, but not every client asks.
pub(crate) fn has_dns_trap(name: &str) -> bool {
    name.contains('_')
}

/// What else the name of a container could mean to a resolver, if anything; then a tunnel might lead there. Numbers are addresses
/// to `inet_aton(3)`, and Debian's `/etc/hosts` has the names of the host itself.
pub(crate) fn other_meaning(name: &str) -> Option<&'static str> {
    let is_hexadecimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lower = name.to_ascii_lowercase();
    if name.contains('.') {
        Some("with a dot, it could be a host on the Internet or an address")
    } else if name.bytes().all(|byte| byte.is_ascii_digit()) || lower.strip_prefix("0x").is_some_and(is_hexadecimal) {
        Some("a number is an address")
    } else if matches!(lower.as_str(), "localhost" | "broadcasthost") || lower.starts_with("ip6-") {
        Some("this is also a name of the host itself")
    } else {
        None
    }
}
