//! What the files of one account use of it together.

use super::{Examined, sorted};
use crate::base::{Finding, Rule};
use crate::expose::{AccountLimits, AccountUse};
use crate::rules::{host_name_not_usable, socket_name_collision, too_many_sockets};

/// What a file uses of its account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) used: AccountUse,
    pub(crate) limits: AccountLimits,
}

/// The rules of [`examine_account`].
pub(crate) const ACCOUNT_RULES: &[&Rule] = &[
    host_name_not_usable::RULE,
    too_many_sockets::RELAY_PORT_COLLISION,
    socket_name_collision::RULE,
    too_many_sockets::RULE,
];

/// What the files of one account use of it together: findings, each with the index of the file it belongs to.
pub(crate) fn examine_account(examined: &[&Examined]) -> Vec<(usize, Finding)> {
    let mut indices = Vec::new();
    let mut uses = Vec::new();
    let mut limits: Option<AccountLimits> = None;
    for (index, file) in examined.iter().enumerate() {
        let Some(account) = &file.account else { continue };
        indices.push(index);
        uses.push(&account.used);
        // Files with several providers share nothing except the smallest of their limits.
        limits = Some(limits.map_or(account.limits, |limits| limits.smaller(account.limits)));
    }
    let mut findings = too_many_sockets::collisions(&uses);
    if let Some((home, over)) = limits.and_then(|limits| too_many_sockets::check(&uses, &limits)) {
        findings.extend(over.into_iter().map(|finding| (home, finding)));
    }
    findings.into_iter().map(|(index, finding)| (indices[index], finding)).collect()
}

/// Adds to a lab's findings what it uses of its account together with other labs. What is about the others only is not added.
pub(crate) fn examine_own_account(own: &mut Examined, others: &[Examined]) {
    if own.account.is_none() {
        return;
    }
    let others: Vec<&Examined> = others.iter().collect();
    let is_of_limit = |finding: &Finding| finding.rule == too_many_sockets::RULE;
    // A limit is told in the first file, and a collision in the later one.
    let of_limits = examine_account(&[&[&*own], &others[..]].concat());
    let of_limits = of_limits.into_iter().filter(|(index, finding)| *index == 0 && is_of_limit(finding));
    let collisions = examine_account(&[&others[..], &[&*own]].concat());
    let collisions = collisions.into_iter().filter(|(index, finding)| *index == others.len() && !is_of_limit(finding));
    let found: Vec<Finding> = of_limits.chain(collisions).map(|(_, finding)| finding).collect();
    let file = own.files.first_mut().expect("a lab has a file");
    file.findings = sorted(std::mem::take(&mut file.findings).into_iter().chain(found).collect());
}
