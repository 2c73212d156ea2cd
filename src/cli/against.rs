//! `plan --against`: compares a plan with that of another topology, or of a Git revision of the same one.

use std::collections::HashSet;
use std::path::Path;

use super::failure::Failure;
use super::git::{Change, Revision};
use super::lab::{AtRevision, FileReader, Lab, OnDisk};
use super::options::PlanOptions;
use super::settings::SettingsLoader;
use super::{Streams, input, tell};
use crate::base::{Severity, whole};
use crate::pipeline::{self, Examined, NamedFile};
use crate::plan::{Comparison, End, compare};

/// A topology after its examination, and its side of a comparison if it has a plan.
pub(super) struct Looked {
    pub(super) examined: Examined,
    pub(super) end: Option<End>,
}

/// The old side of a comparison.
pub(super) struct Before {
    /// None if the topology did not exist: then nothing was published.
    pub(super) looked: Option<Looked>,
    /// The change since the revision, if the old side is a Git revision.
    pub(super) change: Option<Change>,
}

/// Compares two topologies. Returns None if the new one has no plan. With `hides_environment`, variables of either topology
/// count as unknown if the text or the settings changed: the person who deploys it might set them to anything, and a different
/// text might use them differently.
pub(super) fn comparison(old: Option<&Looked>, new: &Looked, hides_environment: bool) -> Option<Comparison> {
    let (plan, end) = (new.examined.plan.as_ref()?, new.end.clone()?);
    let old = old.and_then(|old| Some((&old.examined, old.examined.plan.as_ref()?, old.end.clone()?)));
    let is_same =
        old.as_ref().is_some_and(|(examined, _, old)| examined.is_same_text(&new.examined) && old.is_decided_as(&end));
    let mut unknown = Vec::new();
    if hides_environment && !is_same {
        let before = old.iter().flat_map(|(examined, ..)| &examined.unknown_variables);
        let both = new.examined.unknown_variables.iter().chain(before);
        let mut seen = HashSet::new();
        unknown.extend(both.filter(|variable| seen.insert(&variable.name)).map(|variable| variable.name.clone()));
    }
    Some(compare(old.map(|(_, plan, end)| (plan, end)), plan, end, unknown))
}

/// Reads the old side: the file called `against` if there is one, otherwise the topology called `name` in the Git revision
/// `against`, with the settings of that revision.
pub(super) fn before(
    options: &PlanOptions,
    topology: &Path,
    against: &str,
    name: &str,
    loader: &mut SettingsLoader<'_>,
    streams: &mut Streams<'_>,
) -> Result<Before, Failure> {
    let path = Path::new(against);
    let folder = topology.parent().unwrap_or(Path::new(""));
    let is_file = path.exists() && !path.is_dir();
    if !is_file && topology.as_os_str() == "-" {
        return Err(Failure::NoRevisionOfStdin);
    }
    // A path that starts like one is a file, so git is not asked.
    let says_so = ["./", "../", "/"].iter().any(|start| against.starts_with(start));
    let revision = (!is_file || !says_so).then(|| Revision::new(folder, against, options.common.max_size));
    let disk = OnDisk(&options.common);
    let (there, lab, wanted, change) = match revision {
        // Somebody could add a file with the name of a branch, so that the wrong thing is compared. The full name of a commit
        // is not ambiguous.
        Some(Ok(revision)) if is_file && !revision.is_called(against) => {
            return Err(Failure::FileAndRevision { name: against.to_owned() });
        }
        Some(Ok(revision)) => {
            let there = revision.folder(folder)?;
            let wanted = loader.of_revision(there.as_deref(), &revision, against)?;
            let there = there.map_or_else(|| folder.to_owned(), |there| revision.repository.top.join(there));
            let named = |bytes| NamedFile { name: against.to_owned(), bytes };
            let then = AtRevision(&revision, disk);
            let lab = match (revision.file(topology)?, &options.entries.file) {
                (None, _) => None,
                (Some(bytes), None) => Some(Lab::of(Some(topology), named(bytes), &wanted, &then)?),
                (Some(bytes), Some(entries)) => {
                    let entries = Some(input::named(entries)).filter(|entries| then.has(entries));
                    Some(Lab::with(Some(topology), named(bytes), entries.as_deref(), &then)?)
                }
            };
            (there, lab, wanted, Some(Change::since(revision)?))
        }
        Some(Err(failure)) if !is_file => return Err(failure),
        _ => {
            let there = path.parent().unwrap_or(Path::new(""));
            let wanted = loader.of(there)?.clone();
            loader.tell_warnings(streams)?;
            let file = NamedFile { name: against.to_owned(), bytes: input::read_file(path, &options.common)? };
            (there.to_owned(), Some(Lab::of(Some(path), file, &wanted, &disk)?), wanted, None)
        }
    };
    tell::settings(&wanted, Some(against), streams)?;
    let Some(lab) = lab else {
        writeln!(streams.stderr, "note: {} did not exist in {}, so everything is new", whole(name), whole(against))?;
        return Ok(Before { looked: None, change });
    };
    let examined = pipeline::examine(lab.files, &wanted.settings, true);
    if examined.plan.is_none() {
        let is_malformed = examined.findings().any(|finding| finding.severity > Severity::Info);
        let why = if is_malformed { "could not be read as a topology" } else { "was no topology" };
        writeln!(streams.stderr, "note: {} {why}, so everything is new", whole(against))?;
    }
    let contents = |folder: &Path, path: &str| {
        change.as_ref().map_or_else(String::new, |change| change.contents_before(folder, path))
    };
    let end = loader.end(&wanted, &there, &examined, &contents)?;
    Ok(Before { looked: Some(Looked { examined, end }), change })
}
