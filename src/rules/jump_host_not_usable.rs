//! A jump host whose SSH port is not published: nobody could log in to it.

use super::RuleContext;
use crate::base::{Finding, Rule, Severity, plain, quoted};
use crate::provider::{ExposeOptions, JumpHost, SSH_PORT};
use crate::resolve::Lab;

pub(crate) const RULE: &Rule = &Rule::new("jump-host-not-usable", &[Severity::Error]);

/// The finding for a lab whose sockets are to be reached through a jump host always, and go to several providers: people whom another
/// provider keeps out of a node could reach it through the jump host.
pub(crate) fn of_several(lab: &Lab<'_>, options: &ExposeOptions) -> Option<Finding> {
    let wanted = options.jump_host.as_ref().filter(|_| options.folds_always)?;
    let node = quoted(&wanted.node);
    let finding =
        Finding::error(RULE, format!("{node} cannot be the jump host of a lab whose sockets go to several providers"));
    let finding = match lab.topology.key {
        Some(key) => finding.at(lab.span(key), "people whom one provider keeps out could come in through another"),
        None => finding,
    };
    Some(finding.of_the_file().help("use one provider, or remove `fold` and `jump-host`"))
}

/// The finding for the jump host that was asked for.
pub(super) fn finding(context: &RuleContext<'_>, wanted: &JumpHost) -> Finding {
    let lab = context.lab;
    let port = wanted.port.unwrap_or(SSH_PORT);
    let Some(there) = lab.nodes.iter().find(|node| node.name.value == wanted.node) else {
        let node = quoted(&wanted.node);
        let finding = Finding::error(RULE, format!("the jump host {node} is not a node of this lab"));
        let finding = match lab.topology.key {
            Some(key) => finding.at(lab.span(key), "no node here has that name"),
            None => finding,
        };
        return finding
            .of_the_file()
            .help("set `--jump-host`, or `jump-host` in publish-plan.toml, to a node in the topology");
    };
    let types: Vec<&str> =
        context.capabilities.carries.iter().filter(|one| one.leads_ssh()).map(|one| one.socket_type.word()).collect();
    let node = plain(lab.shown(there.name));
    Finding::error(RULE, format!("`{node}` cannot be the jump host: its SSH port is not published"))
        .at(lab.span(there.name.place), format!("expected an entry of type {} for port {port}", types.join(" or ")))
        .of_the_file()
        .help(format!(
            "publish the node's SSH port for the people who may log in to it, with a type that SSH clients can use through this provider; use `--jump-host {node}:PORT` if SSH is not on port {SSH_PORT}"
        ))
}
