//! Decides which findings are shown: ignore comments, severities of rules, and a baseline. Also, which files share an account.

use std::collections::BTreeMap;
use std::path::Path;

use super::baseline::Known;
use super::check::Checked;
use super::options::CheckOptions;
use super::settings::EffectiveSettings;
use crate::base::{self, Finding, Severity, Suppression};
use crate::pipeline::{self, Examined};
use crate::rules::Rule;
use crate::settings::ONE_ACCOUNT;
use crate::triage::{Level, Levels, ignore};

/// The files that share an account, as indices: all of them with `--one-account`, otherwise those of the same settings file.
pub(super) fn accounts(options: &CheckOptions, checked: &[Checked]) -> Vec<Vec<usize>> {
    if options.settings.0.has(&ONE_ACCOUNT) {
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

/// Removes the findings that comments in the file ignore.
pub(super) fn silence(options: &CheckOptions, file: &mut Checked) {
    let findings = std::mem::take(&mut file.examined.findings);
    let (kept, ignored) = without_ignored(options, &file.wanted, &file.examined, findings);
    file.examined.findings = kept;
    file.suppressed.extend(ignored.into_iter().map(|finding| (finding, Suppression::Comment)));
}

fn without_ignored(
    options: &CheckOptions,
    wanted: &EffectiveSettings,
    examined: &Examined,
    findings: Vec<Finding>,
) -> (Vec<Finding>, Vec<Finding>) {
    if options.rules.no_ignores {
        return (findings, Vec::new());
    }
    let later = if wanted.settings.one_account { pipeline::ACCOUNT_RULES } else { &[] };
    ignore::apply(&examined.ignores, findings, &examined.file, later)
}

/// The findings of one file that would be shown, without those about its account.
pub(super) fn shown(
    options: &CheckOptions,
    wanted: &EffectiveSettings,
    examined: &Examined,
    known: Option<&Known<'_>>,
) -> Vec<Finding> {
    let (findings, _) = without_ignored(options, wanted, examined, examined.findings.clone());
    let (findings, _) = leveled(options, wanted, findings);
    match known {
        Some(known) => known.split(examined, findings).0,
        None => findings,
    }
}

/// Gives the findings of a file their severities, removes those that are ignored, and sorts the rest.
pub(super) fn level(options: &CheckOptions, file: &mut Checked) {
    let findings = std::mem::take(&mut file.examined.findings);
    let (findings, ignored) = leveled(options, &file.wanted, findings);
    file.examined.findings = findings;
    file.suppressed.extend(ignored.into_iter().map(|finding| (finding, Suppression::Level)));
}

fn leveled(options: &CheckOptions, wanted: &EffectiveSettings, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let (mut findings, ignored) = levels(options, wanted.levels()).sift(findings);
    base::one_cause_one_finding(&mut findings);
    base::sort(&mut findings);
    (findings, ignored)
}

/// The severities of the rules: a flag overrides the settings file. If flags name a rule twice, `--ignore` overrides `--error`,
/// which overrides `--warn`.
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
