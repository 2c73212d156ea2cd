//! What a change keeps `check` from showing: findings that are ignored now and were not, and baselines that hold more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::against::Looked;
use super::super::failure::Failure;
use super::super::fingerprint;
use super::super::git::{Change, Kind, Revision, Tree};
use super::super::settings::Wanted;
use crate::line::{ACCOUNT_RULES, Examined};
use crate::suppress::{Baseline, Fingerprint, ignore};

/// A finding that is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Silenced {
    pub(super) rule: &'static str,
    /// 1-based.
    pub(super) line: usize,
    /// What ignores it, in words.
    pub(super) by: &'static str,
}

/// The findings that are ignored in the file as it is now and were not before.
pub(super) fn silenced(before: Option<(&Looked, &Wanted)>, after: (&Looked, &Wanted)) -> Vec<Silenced> {
    let before: HashSet<Fingerprint> = before
        .into_iter()
        .flat_map(|(looked, wanted)| ignored(&looked.examined, wanted))
        .map(|(fingerprint, _)| fingerprint)
        .collect();
    let now = ignored(&after.0.examined, after.1).into_iter();
    now.filter(|(fingerprint, _)| !before.contains(fingerprint)).map(|(_, silenced)| silenced).collect()
}

/// Whatever of a file is ignored, and what each is known by, whatever the file is called.
fn ignored(examined: &Examined, wanted: &Wanted) -> Vec<(Fingerprint, Silenced)> {
    let later = if wanted.settings.one_account { ACCOUNT_RULES } else { &[] };
    let (kept, by_comment) = ignore::apply(&examined.ignores, examined.findings.clone(), &examined.file, later);
    let (_, by_level) = wanted.levels().sift(kept);
    let mut all = Vec::new();
    for (findings, by) in [(by_comment, "a comment"), (by_level, "`rules` in publish-plan.toml")] {
        let fingerprints = fingerprint::all("", examined, &findings);
        all.extend(fingerprints.into_iter().zip(&findings).map(|(fingerprint, finding)| {
            let line = examined.file.position(finding.start()).line;
            (fingerprint, Silenced { rule: finding.rule, line, by })
        }));
    }
    all
}

/// The findings that each baseline of the index holds and did not hold in the revision.
pub(super) fn baselines(change: &Change) -> Result<Vec<(PathBuf, Vec<Fingerprint>)>, Failure> {
    let Change { revision, index } = change;
    let mut grown = Vec::new();
    for (path, entry) in &index.entries {
        let is_candidate = entry.kind == Kind::File && path.extension().is_some_and(|end| end == "json");
        if !is_candidate || revision.tree.entries.get(path) == Some(entry) {
            continue;
        }
        let Some(now) = baseline(revision, index, path)? else { continue };
        let then = baseline(revision, &revision.tree, path)?.unwrap_or_default();
        let more: Vec<Fingerprint> = now.beyond(&then).collect();
        if !more.is_empty() {
            grown.push((path.clone(), more));
        }
    }
    Ok(grown)
}

/// The baseline at a path of a tree, if it is one.
fn baseline(revision: &Revision, tree: &Tree, path: &Path) -> Result<Option<Baseline>, Failure> {
    let bytes = revision.blob(tree, path)?;
    Ok(bytes.and_then(|bytes| Baseline::read(std::str::from_utf8(&bytes).ok()?).ok()))
}
