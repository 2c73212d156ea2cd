use std::path::Path;

use super::Claim;
use super::words::code;

/// The most names in a line; the rest are counted.
const MOST_NAMED: usize = 3;

/// A line of Markdown about names that a topology and others have on a network.
pub(super) fn line(claim: &Claim) -> String {
    let path = |path: &Path| code(&path.to_string_lossy());
    let Claim { topology, has_name, other, more: others, network, names } = claim;
    let (topology, other, network) = (path(topology), path(other), code(network));
    let is_one = names.len() == 1;
    let word = if is_one { "the name" } else { "the names" };
    let shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| code(name)).collect();
    let shown = format!("{word} {}{}", shown.join(", "), more(names.len().saturating_sub(MOST_NAMED)));
    let is_alone = *others == 0;
    let others = format!("{other}{}", more(*others));
    let text = if *has_name {
        let (tunnels, lead) = if is_one && is_alone { ("a tunnel", "leads") } else { ("tunnels", "lead") };
        let it = if is_one { "it" } else { "them" };
        format!("{topology} now has {shown} on network {network}; {tunnels} of {others} {lead} to {it}")
    } else {
        let has = if is_alone { "has" } else { "have" };
        format!("{topology} now publishes {shown} on network {network}, which {others} also {has}")
    };
    format!("- **{text}**\n")
}

fn more(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" and {count} more") }
}
