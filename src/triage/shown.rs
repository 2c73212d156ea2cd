use std::collections::HashSet;

use super::baseline::{Baseline, Fingerprint};
use super::ignore::{self, Ignore};
use super::levels::Levels;
use crate::base::{self, Finding, Rule, SourceFile, Suppression};

/// What was found in one file.
pub(crate) struct Found<'f> {
    pub(crate) file: &'f SourceFile,
    pub(crate) findings: Vec<Finding>,
    /// Findings about the account that the file shares with others. No comment ignores them: one file must not hide them from the
    /// others.
    pub(crate) of_account: Vec<Finding>,
    /// What comments in the file ignore.
    pub(crate) ignores: &'f [Ignore],
}

/// What the user wants to see of it.
pub(crate) struct Policy<'p> {
    /// Whether comments in the file are obeyed.
    pub(crate) obeys_ignores: bool,
    /// The rules that are checked for a whole account: a comment that ignores one of them is never reported as unused.
    pub(crate) account_rules: &'p [&'static Rule],
    pub(crate) levels: Levels,
    /// Whether findings that stop `compile` are shown even if a comment or a level ignores them.
    pub(crate) always_shows_stops: bool,
    pub(crate) baseline: Option<Known<'p>>,
}

/// A baseline, and what identifies the findings of the file for it: one fingerprint for each finding, in their order.
pub(crate) struct Known<'k> {
    pub(crate) baseline: &'k Baseline,
    pub(crate) identify: &'k dyn Fn(&[Finding]) -> Vec<Fingerprint>,
}

/// What is shown of the findings of one file.
#[derive(Debug, Default)]
pub(crate) struct Triage {
    /// In the order in which they are reported, with the severity that the user wants.
    pub(crate) shown: Vec<Finding>,
    /// The findings that are counted only, each with the reason.
    pub(crate) suppressed: Vec<(Finding, Suppression)>,
    /// The fingerprints of all findings that the baseline was compared with; empty without a baseline.
    pub(crate) fingerprints: Vec<Fingerprint>,
}

/// Decides what is shown of the findings of a file: comments come first, then levels, then one of several findings with the same
/// cause is kept, and what the baseline contains is left out. Findings of rules that were not selected, and those with the cause of
/// another one, are neither shown nor counted.
pub(crate) fn shown(found: Found<'_>, policy: &Policy<'_>) -> Triage {
    let Found { file, findings, of_account, ignores } = found;
    let mut triage = Triage::default();
    let ignores = if policy.obeys_ignores { ignores } else { &[] };
    let (mut kept, ignored) = ignore::apply(ignores, findings, file, policy.account_rules);
    kept.extend(of_account);
    let (mut shown, leveled) = policy.levels.sift(kept);
    let ignored = ignored.into_iter().map(|finding| (finding, Suppression::Comment));
    let leveled = leveled.into_iter().map(|finding| (finding, Suppression::Level));
    for (finding, suppression) in ignored.chain(leveled) {
        if policy.always_shows_stops && finding.blocks_compile {
            shown.push(finding);
        } else {
            triage.suppressed.push((finding, suppression));
        }
    }
    one_cause_one_finding(&mut shown);
    base::sort(&mut shown);
    let Some(Known { baseline, identify }) = &policy.baseline else { return Triage { shown, ..triage } };
    triage.fingerprints = identify(&shown);
    for (finding, fingerprint) in shown.into_iter().zip(&triage.fingerprints) {
        if baseline.has(fingerprint) {
            triage.suppressed.push((finding, Suppression::Baseline));
        } else {
            triage.shown.push(finding);
        }
    }
    triage
}

/// Keeps one of several findings with the same cause.
fn one_cause_one_finding(findings: &mut Vec<Finding>) {
    if findings.iter().all(|finding| finding.suppressed_by.is_none()) {
        return;
    }
    let said: HashSet<(&Rule, u32)> = findings.iter().map(|finding| (finding.rule, finding.start())).collect();
    findings.retain(|finding| finding.suppressed_by.is_none_or(|rule| !said.contains(&(rule, finding.start()))));
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &Rule = &Rule::new("a", &[Severity::Error]);
    const B: &Rule = &Rule::new("b", &[Severity::Error, Severity::Warning]);
    const C: &Rule = &Rule::new("c", &[Severity::Warning]);
    use crate::base::{Severity, Span};
    use crate::syntax::Comment;
    use crate::triage::{Level, Owners};

    const TEXT: &str = "# publish-plan: ignore-file[a, b]\nk: v\n";

    /// What is shown and what is suppressed of four findings, of which a comment ignores the first two and the settings the third.
    fn triage(change: impl Fn(&mut Policy<'_>)) -> (Vec<&'static str>, Vec<(&'static str, Suppression)>) {
        let file = SourceFile::new("x", TEXT);
        let end = u32::try_from(TEXT.find('\n').unwrap()).unwrap();
        let comment = Comment { span: Span::new(0, end), text: TEXT[1..end as usize].to_owned() };
        let (ignores, malformed) = ignore::read(&[comment], &file, Owners::default(), &["a", "b", "c"], false);
        assert!(malformed.is_empty());
        let at = |finding: Finding| finding.at(Span::new(end + 1, end + 2), "here");
        let findings = [Finding::error(A, "stops"), Finding::warning(B, "x"), Finding::warning(C, "x")];
        let mut levels = Levels::default();
        levels.set("c", Level::Ignore);
        levels.set("d", Level::As(Severity::Info));
        let mut policy =
            Policy { obeys_ignores: true, account_rules: &[], levels, always_shows_stops: false, baseline: None };
        change(&mut policy);
        let found = Found {
            file: &file,
            findings: findings.into_iter().map(at).collect(),
            of_account: vec![at(Finding::warning(B, "of the account"))],
            ignores: &ignores,
        };
        let Triage { shown, suppressed, .. } = shown(found, &policy);
        let suppressed = suppressed.iter().map(|(finding, suppression)| (finding.rule.name, *suppression));
        (shown.iter().map(|finding| finding.rule.name).collect(), suppressed.collect())
    }

    #[test]
    fn each_suppressed_finding_has_its_reason() {
        let (comment, level) = (Suppression::Comment, Suppression::Level);
        assert_eq!(triage(|_| {}), (vec!["b"], vec![("a", comment), ("b", comment), ("c", level)]));
        assert_eq!(triage(|policy| policy.obeys_ignores = false), (vec!["a", "b", "b"], vec![("c", level)]));
    }

    #[test]
    fn what_stops_compile_is_shown_on_request() {
        let (shown, suppressed) = triage(|policy| policy.always_shows_stops = true);
        assert_eq!((shown, suppressed.len()), (vec!["a", "b"], 2));
    }

    #[test]
    fn what_the_baseline_has_is_counted() {
        let known = |rule: &str| Fingerprint {
            file: "x".to_owned(),
            rule: rule.to_owned(),
            node: String::new(),
            entry: String::new(),
            occurrence: 1,
            affects: std::collections::BTreeSet::new(),
        };
        let baseline = Baseline::new([known("a")]);
        let identify = |findings: &[Finding]| findings.iter().map(|finding| known(finding.rule.name)).collect();
        let file = SourceFile::new("x", "");
        let findings = vec![Finding::error(A, "x"), Finding::error(B, "x")];
        let found = Found { file: &file, findings, of_account: Vec::new(), ignores: &[] };
        let policy = Policy {
            obeys_ignores: true,
            account_rules: &[],
            levels: Levels::default(),
            always_shows_stops: false,
            baseline: Some(Known { baseline: &baseline, identify: &identify }),
        };
        let Triage { shown, suppressed, fingerprints } = shown(found, &policy);
        assert_eq!((shown.len(), fingerprints.len()), (1, 2));
        assert_eq!((shown[0].rule, suppressed[0].0.rule, suppressed[0].1), (B, A, Suppression::Baseline));
    }
}
