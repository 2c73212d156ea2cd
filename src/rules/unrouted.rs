//! Puts into words why sockets go to none of several providers.

use std::collections::HashSet;

use super::{RuleContext, ambiguous_route, no_provider_supports};
use crate::base::Findings;
use crate::expose::Routed;

/// Reports every entry that goes nowhere, and every pair of routes that fit one entry, once.
pub(crate) fn check(context: &RuleContext<'_>, routed: &Routed<'_>, findings: &mut Findings) {
    findings.extend(routed.nowhere.iter().map(|nowhere| no_provider_supports::finding(context, nowhere)));
    let mut said = HashSet::new();
    for ambiguous in &routed.ambiguous {
        let routes = ambiguous.routes.map(|route| route.fits.to_string());
        if said.insert((ambiguous.socket.item.identity(), routes)) {
            findings.push(ambiguous_route::finding(context, ambiguous));
        }
    }
}
