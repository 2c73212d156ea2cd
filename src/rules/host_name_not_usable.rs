//! Hostnames of sockets that are not valid in DNS, or that two sockets would share (RFC 1035, RFC 1123).

use std::collections::{HashMap, HashSet};

use super::RuleContext;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings, Rule, Severity, plain};
use crate::provider::is_host_name;
use crate::resolve::LabSocket;

pub(crate) const RULE: &Rule = &Rule::new("host-name-not-usable", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if context.are_all_publishable() {
        return;
    }
    let mut first: HashMap<String, LabSocket<'_, '_>> = HashMap::new();
    let (mut shared, mut unfit) = (HashSet::new(), Vec::new());
    for socket in context.lab.sockets() {
        if !context.capabilities.supports(socket.entry.socket_type, &context.lab.acl(socket.entry)) {
            continue; // It is refused already.
        }
        let Some(name) = context.host_name(&socket) else { continue };
        if !is_host_name(&name) {
            unfit.push(socket);
            continue;
        }
        let Some(earlier) = first.get(&name) else {
            first.insert(name, socket);
            continue;
        };
        let is_same_node = earlier.node.name.place == socket.node.name.place;
        if is_same_node
            && earlier.entry.socket_type == socket.entry.socket_type
            && earlier.entry.port == socket.entry.port
        {
            continue; // duplicate-socket says it
        }
        // A list that many nodes inherit is reported once.
        if shared.insert((earlier.item.identity(), socket.item.identity())) {
            let node = |socket: &LabSocket<'_, '_>| plain(context.lab.shown(socket.node.name));
            let shown = context.shown_host_name(&socket);
            let message = format!("two sockets would share the hostname `{}`", plain(&shown));
            let (here, there) = (entry_span(context, socket.item), entry_span(context, earlier.item));
            let finding = Finding::error(RULE, message).affects(vec![node(earlier), node(&socket)]);
            let finding = if here == there {
                finding.at(here, format!("on {} and {}", node(earlier), node(&socket)))
            } else {
                finding.at(here, format!("on {}", node(&socket))).at(there, format!("on {}", node(earlier)))
            };
            findings.push(finding.help("set a `template` under `[names]` in publish-plan.toml that gives each socket its own name, for example `{node}-{type}-{port}.{domain}`, or rename one of the nodes"));
        }
    }
    let Some(one) = unfit.first() else { return };
    let others = match unfit.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let text = entry_text(context, one.item);
    let shown = context.shown_host_name(one);
    let node = context.lab.shown(one.node.name);
    findings.push(
        Finding::error(
            RULE,
            format!("{text} on `{}`{others} would have a hostname that is not valid in DNS", plain(node)),
        )
        .at(
            entry_span(context, one.item),
            format!(
                "`{}`: expected labels of 1 to 63 letters, digits, and `-`, with no `-` at either end",
                plain(&shown)
            ),
        )
        .affects(unfit.iter().map(|socket| context.lab.shown(socket.node.name).to_owned()).collect())
        .help("rename the node, or set another `template` under `[names]` in publish-plan.toml"),
    );
}
