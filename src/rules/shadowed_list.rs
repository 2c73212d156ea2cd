//! A list that hides the one of a less specific level: it replaces it, it does not add to it (semantics.md, section 3).

use std::collections::HashSet;

use super::Subject;
use crate::base::{Finding, Findings, quoted};
use crate::model::Listing;
use crate::resolve::{LevelKind, Standing};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let lab = subject.lab;
    let mut said = HashSet::new();
    for node in &lab.nodes {
        let (Some(holding), Some(hidden)) = (&node.publish, &node.hidden) else { continue };
        // Who writes `none` hides a list knowingly.
        let is_meant = holding.listing.opts_out() || hidden.listing.opts_out();
        // What a malformed entry was to be is not known: it may be one of those.
        let is_sick = holding.listing.is_broken || holding.listing.is_sick;
        if is_meant || is_sick || node.standing != Standing::Reachable {
            continue;
        }
        let lacking = lacking(&hidden.listing, &holding.listing);
        if lacking.is_empty() || !said.insert((holding.listing.key.range(), hidden.listing.key.range())) {
            continue;
        }
        let whose = match hidden.level {
            LevelKind::Defaults => "the defaults".to_owned(),
            level => format!("its {}", level.word()),
        };
        findings.push(
            Finding::info(
                "shadowed-list",
                format!("{} does not inherit {} of {whose}", quoted(lab.shown(node.name)), lacking.join(", ")),
            )
            .at(lab.span(holding.listing.key), "this list replaces the other, it does not add to it")
            .at(lab.span(hidden.listing.key), "hidden here")
            .help("repeat the entries that are to hold as well"),
        );
    }
}

/// The sockets of one list that another has not, as `type/port`.
fn lacking(hidden: &Listing<'_>, holding: &Listing<'_>) -> Vec<String> {
    let sockets = |listing: &Listing<'_>| -> Vec<_> {
        listing.items.iter().filter_map(|item| item.socket().map(|entry| (entry.socket_type, entry.port))).collect()
    };
    let mut kept = sockets(holding);
    kept.sort_unstable();
    let lacking = sockets(hidden).into_iter().filter(|socket| kept.binary_search(socket).is_err());
    lacking.map(|(socket_type, port)| format!("`{socket_type}/{port}`")).collect()
}
