//! Findings that are new with a change: those that stop `compile`, those that are ignored now and were not before, and those that
//! were added to baselines.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::against::Looked;
use super::super::failure::Failure;
use super::super::fingerprint;
use super::super::git::{Change, Kind, Revision, Tree};
use super::super::settings::EffectiveSettings;
use super::super::triaged;
use crate::base::{Finding, Suppression};
use crate::pipeline::ExaminedFile;
use crate::render::review::{Accepted, Found};
use crate::triage::{Baseline, Fingerprint};

/// The findings that are ignored in the file as it is now and were not before.
pub(super) fn newly_ignored(
    before: Option<(&Looked, &EffectiveSettings)>,
    after: (&Looked, &EffectiveSettings),
) -> Vec<Found> {
    let of = |(looked, wanted): (&Looked, &EffectiveSettings)| {
        looked.examined.files.iter().flat_map(|file| ignored(file, wanted)).collect()
    };
    new(before.map(of), of(after))
}

/// The findings that stop `compile` and did not before.
pub(super) fn stops(before: Option<&Looked>, after: &Looked) -> Vec<Found> {
    let of_file = |file: &ExaminedFile| known(file, file.findings.iter().filter(|finding| finding.blocks_compile), "");
    let of = |looked: &Looked| looked.examined.files.iter().flat_map(of_file).collect();
    new(before.map(of), of(after))
}

fn new(before: Option<Vec<(Fingerprint, Found)>>, after: Vec<(Fingerprint, Found)>) -> Vec<Found> {
    let before: HashSet<Fingerprint> = before.into_iter().flatten().map(|(fingerprint, _)| fingerprint).collect();
    after.into_iter().filter(|(fingerprint, _)| !before.contains(fingerprint)).map(|(_, found)| found).collect()
}

/// All findings of a file that are ignored, by comments or by settings.
fn ignored(examined: &ExaminedFile, wanted: &EffectiveSettings) -> Vec<(Fingerprint, Found)> {
    let suppressed = triaged::without_flags(wanted, examined).suppressed;
    let of = |wanted: Suppression| {
        let these = suppressed.iter().filter(move |(_, suppression)| *suppression == wanted);
        these.map(|(finding, _)| finding)
    };
    let mut all = known(examined, of(Suppression::Comment), "a comment");
    all.extend(known(examined, of(Suppression::Level), "`rules` in publish-plan.toml"));
    all
}

/// Findings, each with its fingerprint, which does not depend on the name of the file.
fn known<'f>(
    examined: &ExaminedFile,
    findings: impl Iterator<Item = &'f Finding> + Clone,
    by: &'static str,
) -> Vec<(Fingerprint, Found)> {
    let fingerprints = fingerprint::all("", examined, findings.clone());
    let found = findings.map(|finding| {
        let line = examined.file.position(finding.start()).line;
        Found { rule: finding.rule.name, line, by }
    });
    fingerprints.into_iter().zip(found).collect()
}

/// The findings that are in a baseline of the index and were not in it in the revision, by baseline.
pub(super) fn baselines(change: &Change) -> Result<Vec<(PathBuf, Vec<Accepted>)>, Failure> {
    let Change { revision, index } = change;
    let mut grown = Vec::new();
    for (path, entry) in &index.entries {
        if entry.kind != Kind::File || revision.tree.entries.get(path) == Some(entry) {
            continue;
        }
        let Some(now) = baseline(revision, index, path)? else { continue };
        let then = baseline(revision, &revision.tree, path)?.unwrap_or_default();
        let more = now.beyond(&then).map(|Fingerprint { rule, file, node, .. }| Accepted { rule, file, node });
        let more: Vec<Accepted> = more.collect();
        if !more.is_empty() {
            grown.push((path.clone(), more));
        }
    }
    Ok(grown)
}

/// The baseline at a path of a tree; none if the file is not a baseline.
fn baseline(revision: &Revision, tree: &Tree, path: &Path) -> Result<Option<Baseline>, Failure> {
    let bytes = revision.small_blob(tree, path)?;
    Ok(bytes.and_then(|bytes| Baseline::read(std::str::from_utf8(&bytes).ok()?).ok()))
}
