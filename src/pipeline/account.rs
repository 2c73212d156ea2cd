//! What the files of one account use of it together.

use std::collections::BTreeMap;

use super::{Examined, sorted};
use crate::base::{Finding, Rule};
use crate::expose::{AccountLimits, AccountUse};
use crate::rules::{host_name_not_usable, socket_name_collision, too_many_sockets};

/// What a lab uses of its account with a provider.
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
    let files = examined.iter().enumerate();
    let all: Vec<(usize, &Account)> =
        files.flat_map(|(index, file)| file.accounts.iter().map(move |account| (index, account))).collect();
    let uses: Vec<_> = all.iter().map(|(_, account)| &account.used).collect();
    let mut findings: Vec<(usize, Finding)> =
        too_many_sockets::collisions(&uses).into_iter().map(|(place, finding)| (all[place].0, finding)).collect();
    // One account, with the smallest of the limits that files have for it; each of several providers of a lab has one of its own.
    let mut groups: BTreeMap<Option<&str>, Vec<(usize, &Account)>> = BTreeMap::new();
    for (index, account) in all {
        let provider = account.used.provider.filter(|_| examined[index].accounts.len() > 1);
        groups.entry(provider).or_default().push((index, account));
    }
    for group in groups.into_values() {
        let uses: Vec<_> = group.iter().map(|(_, account)| &account.used).collect();
        let limits = group.iter().map(|(_, account)| account.limits).reduce(AccountLimits::smaller);
        let over = limits.and_then(|limits| too_many_sockets::check(&uses, &limits));
        let over = over.into_iter().flat_map(|(home, over)| over.into_iter().map(move |finding| (home, finding)));
        findings.extend(over.map(|(home, finding)| (group[home].0, finding)));
    }
    findings
}

/// Adds to a lab's findings what it uses of its account together with other labs. What is about the others only is not added.
pub(crate) fn examine_own_account(own: &mut Examined, others: &[Examined]) {
    if own.accounts.is_empty() {
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
