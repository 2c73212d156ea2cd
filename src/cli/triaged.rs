//! What the user wants to see of the findings of a file, for each command: its settings, and the flags of `check`.

use std::sync::Arc;

use super::baseline::BaselineFile;
use super::options::ControlOptions;
use super::settings::EffectiveSettings;
use crate::base::{Finding, Severity, SourceFile};
use crate::pipeline::{self, ACCOUNT_RULES, Examined, ExaminedFile};
use crate::rules::ListedRule;
use crate::triage::{self, Found, Known, Level, Levels, Policy, Triage};

/// The flags of `check` that decide what is shown.
pub(super) struct Flags<'o> {
    pub(super) rules: &'o ControlOptions,
    /// The baseline that findings are compared with.
    pub(super) baseline: Option<&'o BaselineFile<'o>>,
}

impl Flags<'_> {
    /// What `check` shows of `findings`, which were found in a file that was examined, and of what was found about its account.
    pub(super) fn triage(
        &self,
        wanted: &EffectiveSettings,
        examined: &ExaminedFile,
        findings: Vec<Finding>,
        of_account: Vec<Finding>,
    ) -> Triage {
        let identify = |findings: &[Finding]| {
            self.baseline.map_or_else(Vec::new, |baseline| baseline.fingerprints(examined, findings))
        };
        let policy = Policy {
            obeys_ignores: !self.rules.no_ignores,
            levels: levels(self.rules, wanted.levels()),
            baseline: self.baseline.map(|file| Known { baseline: file.baseline(), identify: &identify }),
            ..settings(wanted)
        };
        let ExaminedFile { file, ignores, .. } = examined;
        triage::shown(Found { file, findings, of_account, ignores }, &policy)
    }
}

/// What `check` shows of a file without flags.
pub(super) fn without_flags(wanted: &EffectiveSettings, file: &ExaminedFile) -> Triage {
    shown(file, Vec::new(), &settings(wanted))
}

/// What `check` shows of each file of a lab that is checked alone, without flags.
pub(super) fn alone(wanted: &EffectiveSettings, examined: &Examined) -> Vec<Triage> {
    // What is about the account is in the lab's own file, not in a topology below it.
    let of_account = pipeline::examine_account(&[examined]);
    let mut of_account: Vec<Finding> = of_account.into_iter().map(|(_, finding)| finding).collect();
    let files = examined.files.iter();
    files.map(|file| shown(file, std::mem::take(&mut of_account), &settings(wanted))).collect()
}

/// What commands show that plan or compile one topology. Comments and settings cannot hide what stops `compile`, and each finding
/// keeps its own severity. For each file of the lab.
pub(super) fn for_one_plan(wanted: &EffectiveSettings, examined: &Examined) -> Vec<(Arc<SourceFile>, Vec<Finding>)> {
    let levels = wanted.levels().without_severities();
    let policy = Policy { levels, always_shows_stops: true, ..settings(wanted) };
    examined.files.iter().map(|file| (Arc::clone(&file.file), shown(file, Vec::new(), &policy).shown)).collect()
}

fn shown(file: &ExaminedFile, of_account: Vec<Finding>, policy: &Policy<'_>) -> Triage {
    let ExaminedFile { file, findings, ignores, .. } = file;
    triage::shown(Found { file, findings: findings.clone(), of_account, ignores }, policy)
}

fn settings(wanted: &EffectiveSettings) -> Policy<'static> {
    let account_rules = if wanted.settings.one_account { ACCOUNT_RULES } else { &[] };
    Policy { obeys_ignores: true, account_rules, levels: wanted.levels(), always_shows_stops: false, baseline: None }
}

/// The severities of the rules: a flag overrides the settings file. If flags name a rule twice, `--ignore` overrides `--error`,
/// which overrides `--warn`.
fn levels(options: &ControlOptions, mut levels: Levels) -> Levels {
    let names = |rules: &[&ListedRule]| rules.iter().map(|rule| rule.name.to_owned()).collect::<Vec<_>>();
    levels.select(&names(&options.select));
    let wanted = [
        (&options.warn, Level::As(Severity::Warning)),
        (&options.error, Level::As(Severity::Error)),
        (&options.ignore, Level::Ignore),
    ];
    for (rules, level) in wanted {
        for rule in rules {
            levels.set(rule.name, level);
        }
    }
    levels
}
