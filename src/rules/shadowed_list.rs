//! A list that hides the list of a less specific level: it replaces it and adds nothing to it (spec/inheritance.md#which-list-applies).

use std::collections::HashSet;

use super::RuleContext;
use super::entries::socket_text;
use crate::base::{Finding, Findings, Rule, Severity, quoted};
use crate::model::PublishList;
use crate::resolve::{LevelKind, Standing};
use crate::syntax::entry::SocketEntry;

pub(crate) const RULE: &Rule = &Rule::new("shadowed-list", &[Severity::Info]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    let mut said = HashSet::new();
    for node in &lab.nodes {
        let (Some(holding), Some(hidden)) = (&node.publish, &node.hidden) else { continue };
        // An author who writes `none` hides a list on purpose.
        let is_meant = holding.list.opts_out() || hidden.list.opts_out();
        // It cannot be known what a malformed entry was meant to be: it may be one of those.
        let is_malformed = holding.list.is_broken || holding.list.is_malformed;
        if is_meant || is_malformed || node.standing != Standing::Reachable {
            continue;
        }
        let lacking = lacking(context, &hidden.list, &holding.list);
        if lacking.is_empty() || !said.insert((holding.list.key.range(), hidden.list.key.range())) {
            continue;
        }
        let whose = match hidden.level {
            LevelKind::Defaults => "the defaults".to_owned(),
            level => format!("its {}", level.word()),
        };
        findings.push(
            Finding::info(
                RULE,
                format!("{} does not inherit {} from {whose}", quoted(lab.shown(node.name)), lacking.join(", ")),
            )
            .at(lab.span(holding.list.key), "this list replaces the inherited one; it does not add to it")
            .at(lab.span(hidden.list.key), "not inherited")
            .help("repeat the entries you want to keep"),
        );
    }
}

/// The sockets of one list that another does not have, as `type/port`.
fn lacking(context: &RuleContext<'_>, hidden: &PublishList<'_>, holding: &PublishList<'_>) -> Vec<String> {
    let port = |entry: &SocketEntry| (entry.socket_type, entry.port);
    let mut kept: Vec<_> = holding.items.iter().filter_map(|item| item.socket().map(port)).collect();
    kept.sort_unstable();
    let sockets = hidden.items.iter().filter_map(|item| Some((item, item.socket()?)));
    let lacking = sockets.filter(|(_, entry)| kept.binary_search(&port(entry)).is_err());
    lacking.map(|(item, entry)| quoted(socket_text(context, item, entry))).collect()
}
