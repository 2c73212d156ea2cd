//! From what was found to what is shown: comments, levels of rules, a baseline; and which files share an account.

use std::collections::BTreeMap;
use std::path::Path;

use super::baseline::Known;
use super::check::Checked;
use super::options::CheckOptions;
use super::settings::Wanted;
use crate::base::{self, Finding, Severity, Suppression};
use crate::line::{self, Examined};
use crate::rules::Rule;
use crate::suppress::{Level, Levels, ignore};

/// The files that share an account, by their indices: all of them with the flag, else those of one configuration.
pub(super) fn accounts(options: &CheckOptions, checked: &[Checked]) -> Vec<Vec<usize>> {
    if options.one_account {
        return vec![(0..checked.len()).collect()];
    }
    let mut accounts: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (index, file) in checked.iter().enumerate() {
        if let Some(account) = file.wanted.account() {
            accounts.entry(account).or_default().push(index);
        }
    }
    accounts.into_values().collect()
}

/// Takes out what the file's comments silence.
pub(super) fn silence(options: &CheckOptions, file: &mut Checked) {
    let findings = std::mem::take(&mut file.examined.findings);
    let (kept, silenced) = without_silenced(options, &file.wanted, &file.examined, findings);
    file.examined.findings = kept;
    file.suppressed.extend(silenced.into_iter().map(|finding| (finding, Suppression::Comment)));
}

fn without_silenced(
    options: &CheckOptions,
    wanted: &Wanted,
    examined: &Examined,
    findings: Vec<Finding>,
) -> (Vec<Finding>, Vec<Finding>) {
    if options.rules.no_ignores {
        return (findings, Vec::new());
    }
    let later = if wanted.settings.one_account { line::ACCOUNT_RULES } else { &[] };
    ignore::apply(&examined.ignores, findings, &examined.file, later)
}

/// The findings of one file that would be shown; those of its account are not among them.
pub(super) fn shown(
    options: &CheckOptions,
    wanted: &Wanted,
    examined: &Examined,
    known: Option<&Known<'_>>,
) -> Vec<Finding> {
    let (findings, _) = without_silenced(options, wanted, examined, examined.findings.clone());
    let (findings, _) = leveled(options, wanted, findings);
    match known {
        Some(known) => known.split(examined, findings).0,
        None => findings,
    }
}

/// Puts the findings of a file into their order, each as bad as is wanted, and takes out those that are not.
pub(super) fn level(options: &CheckOptions, file: &mut Checked) {
    let findings = std::mem::take(&mut file.examined.findings);
    let (findings, ignored) = leveled(options, &file.wanted, findings);
    file.examined.findings = findings;
    file.suppressed.extend(ignored.into_iter().map(|finding| (finding, Suppression::Level)));
}

fn leveled(options: &CheckOptions, wanted: &Wanted, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let (mut findings, ignored) = levels(options, wanted.levels()).sift(findings);
    base::one_cause_one_finding(&mut findings);
    base::sort(&mut findings);
    (findings, ignored)
}

/// What is wanted of each rule: flags win over the configuration. Where they name one twice, it is ignored rather than shown,
/// and rather an error.
fn levels(options: &CheckOptions, mut levels: Levels) -> Levels {
    let names = |rules: &[&Rule]| rules.iter().map(|rule| rule.name.to_owned()).collect::<Vec<_>>();
    levels.select(&names(&options.rules.select));
    let wanted = [
        (&options.rules.warn, Level::As(Severity::Warning)),
        (&options.rules.error, Level::As(Severity::Error)),
        (&options.rules.ignore, Level::Ignore),
    ];
    for (rules, level) in wanted {
        for rule in rules {
            levels.set(rule.name, level);
        }
    }
    levels
}
