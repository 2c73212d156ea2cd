//! Names of containers (semantics.md, section 5).

use crate::model::{Text, Topology};

/// The longest name that DNS takes for one label (RFC 1035, section 2.3.4).
pub(crate) const LONGEST_DNS_NAME: usize = 63;

/// The name of a node's container, each part as `word` gives it.
pub(super) fn container<'l>(
    topology: &Topology<'l>,
    node: Text<'l>,
    kind: Option<Text<'l>>,
    word: impl Fn(Text<'l>) -> &'l str,
) -> String {
    let name = word(node);
    if kind.is_some_and(|kind| kind.value == "ext-container") {
        return name.to_owned();
    }
    let lab = topology.name.map_or("", &word);
    match topology.prefix {
        None => format!("clab-{lab}-{name}"),
        Some(prefix) if prefix.value.is_empty() => name.to_owned(),
        Some(prefix) if prefix.value == "__lab-name" => format!("{lab}-{name}"),
        Some(prefix) => format!("{}-{lab}-{name}", word(prefix)),
    }
}

/// What Docker takes for a container's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
pub(crate) fn is_container_name(name: &str) -> bool {
    name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// `_` and `.` in a name: Docker's DNS answers, but not every client asks.
pub(crate) fn has_dns_trap(name: &str) -> bool {
    name.contains(['_', '.'])
}
