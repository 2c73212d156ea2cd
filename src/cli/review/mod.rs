//! `plan --against REV --format github-comment`: every topology of a repository compared with a revision, in one document for the
//! people who review a change. What cannot be compared is reported, and never counts as unchanged.

mod attributes;
mod claims;
mod compared;
mod converted;
mod doors;
mod findings;
mod left_out;
mod pairs;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::against::Looked;
use super::failure::Failure;
use super::git::{Change, Revision};
use super::lab::{AtRevision, Lab, OnDisk};
use super::options::PlanOptions;
use super::settings::{EffectiveSettings, SettingsLoader};
use super::tracked::Scope;
use super::values::FailOnChange;
use super::{Exit, Streams, input, report, tell};
use crate::pipeline::{self, NamedFile};
use crate::plan::ChangeKind;
use crate::render::review::{self as document, Review, Reviewed, Told};
use claims::{Ends, Names};
use compared::compared;
use converted::Converted;
use doors::Door;
use left_out::LeftOut;
use pairs::{Pair, pairs};

/// Writes the document of a change, even if the change could not be compared.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let against = options.against.as_deref().ok_or(Failure::CommentWithoutRevision)?;
    let look = tell::look(&options.common, &variables, streams);
    let loader = SettingsLoader::new(&options.common, options.account.clone(), variables, look);
    let reviewed = loader.and_then(|mut loader| {
        let reviewed = review(options, against, &mut loader);
        loader.tell_warnings(streams)?;
        reviewed
    });
    let documents = match &reviewed {
        Ok(review) => document::documents(review),
        Err(failure) => document::failed(against, &failure.to_string()),
    };
    if let Some(path) = &options.summary {
        report::into_file(path, documents.summary.as_bytes())?;
    }
    streams.stdout.write_all(documents.comment.as_bytes())?;
    Ok(exit(options, &reviewed?))
}

/// The exit code: a run with anything that cannot be compared has failed; otherwise `--fail-on` decides.
fn exit(options: &PlanOptions, review: &Review) -> Exit {
    let is_new = || review.compared().any(|(_, it)| it.comparison.count(ChangeKind::NewlyReachable) > 0);
    let fails = match options.fail_on {
        None => false,
        Some(FailOnChange::Widened) => review.is_wider(),
        Some(FailOnChange::New) => is_new(),
        Some(FailOnChange::Any) => review.is_any(),
    };
    if review.not_compared().next().is_some() {
        Exit::Failed
    } else if fails {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// Compares every topology of the change.
fn review(options: &PlanOptions, against: &str, loader: &mut SettingsLoader<'_>) -> Result<Review, Failure> {
    let scope = Scope::new(&options.paths_of_change()?)?;
    let change = Change::since(Revision::new(&scope.repository.top, against, options.common.max_size)?)?;
    let names = scope.missing(&[&change.revision.tree, &change.index]);
    if !names.is_empty() {
        return Err(Failure::NothingTracked { names });
    }
    let found = pairs(&scope, &change)?;
    let mut review = Review {
        head: head(&change.revision)?,
        base: change.revision.commit.clone(),
        submodules: found.submodules,
        moved: found.moved,
        baselines: findings::baselines(&change)?,
        ..Review::default()
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let top = &change.revision.repository.top;
    let mut both = Vec::new();
    for pair in found.there {
        let texts = texts(&pair, &change, against, options, loader);
        both.push((pair, texts));
    }
    // An entries file that a topology is read with is compared with that.
    let labs = |(pair, texts): &(Pair, Result<Texts, String>), was: bool| {
        let (before, after) = texts.as_ref().ok()?;
        let (text, path) = if was { (before.as_ref()?, pair.was()) } else { (after, pair.path.as_path()) };
        text.lab.entries.clone().filter(|entries| *entries != top.join(path))
    };
    let [was, is] = [true, false].map(|was| both.iter().filter_map(|one| labs(one, was)).collect::<HashSet<PathBuf>>());
    both.retain(|(pair, _)| !is.contains(&top.join(&pair.path)));
    for path in found.gone.into_iter().filter(|path| !was.contains(&top.join(path))) {
        let (sockets, doors) = gone(&change, &path, against, options, loader)?;
        review.gone.push((path, sockets));
        before.extend(doors);
    }
    review.left_out = left_out(&both, &change)?;
    let (loader, converted) = (&*loader, Converted::new(&change, &options.common.env_file));
    let looked = both.into_par_iter().map(|(pair, texts)| {
        let texts = texts.and_then(|texts| converted.read(&pair, texts));
        let looked = texts.and_then(|texts| look_at(&pair, &texts, &change, loader, options.common.no_env));
        let looked =
            looked.unwrap_or_else(|reason| LookedAt { told: Some(Told::NotCompared(reason)), ..LookedAt::default() });
        (pair, looked)
    });
    let looked: Vec<(Pair, LookedAt)> = looked.collect();
    review.claims = claims::new(looked.iter().map(|(pair, looked)| (pair.path.as_path(), &looked.names)));
    for (Pair { path, was, has_before, .. }, looked) in looked {
        before.extend(looked.doors_before);
        after.extend(looked.doors_after);
        match looked.told {
            None if looked.is_read => review.unchanged += 1,
            None => review.unreadable += 1,
            Some(told) => review.topologies.push(Reviewed { path, was, has_before, told }),
        }
    }
    review.rewired = doors::rewired(&before, &after);
    Ok(review)
}

/// The commit that is compared. If it merges a change into the revision, as GitHub checks it out, also the commit of that change.
fn head(revision: &Revision) -> Result<Vec<String>, Failure> {
    let head = revision.repository.commit("HEAD")?;
    let head = head.map_err(|reason| Failure::NoRevision { name: "HEAD".to_owned(), reason })?;
    Ok(match &revision.parents(&head)?[..] {
        [first, second] if *first == revision.commit => vec![head, second.clone()],
        _ => vec![head],
    })
}

/// The text of a topology, and that of its entries file, and the settings for it.
struct Text {
    lab: Lab,
    wanted: EffectiveSettings,
}

/// The texts of a topology: before, if there was one, and after.
type Texts = (Option<Text>, Text);

/// Reads both texts. The error is the reason why one of them cannot be read.
fn texts(
    pair: &Pair,
    change: &Change,
    against: &str,
    options: &PlanOptions,
    loader: &mut SettingsLoader<'_>,
) -> Result<Texts, String> {
    if let Some(reason) = &pair.not_read {
        return Err(reason.clone());
    }
    let revision = &change.revision;
    let mut read = || -> Result<Texts, Failure> {
        let path = revision.repository.top.join(&pair.path);
        let wanted = loader.of(folder(&path))?.clone();
        let file = |path: &Path, bytes| NamedFile { name: path.to_string_lossy().into_owned(), bytes };
        let disk = OnDisk(&options.common);
        let own = file(&pair.path, input::read_file(&path, &options.common)?);
        let after = Text { lab: Lab::of(Some(&path), own, &wanted, &disk)?, wanted };
        let Some(bytes) = revision.blob(&revision.tree, pair.was())? else { return Ok((None, after)) };
        let wanted = loader.of_revision(Some(folder(pair.was())), revision, against)?;
        let (was, own) = (revision.repository.top.join(pair.was()), file(pair.was(), bytes));
        let lab = Lab::of(Some(&was), own, &wanted, &AtRevision(revision, disk))?;
        Ok((Some(Text { lab, wanted }), after))
    };
    read().map_err(|failure| failure.reason())
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// What a comparison of one topology found.
#[derive(Default)]
struct LookedAt {
    /// What to report; none if nothing changed.
    told: Option<Told>,
    /// Whether the new text could be read as a topology.
    is_read: bool,
    doors_before: Vec<Door>,
    doors_after: Vec<Door>,
    names: Ends,
}

/// Compares the two texts of a topology.
fn look_at(
    pair: &Pair,
    (before, after): &Texts,
    change: &Change,
    loader: &SettingsLoader<'_>,
    hides_environment: bool,
) -> Result<LookedAt, String> {
    let contents_before = |folder: &Path, path: &str| change.contents_before(folder, path);
    let contents_after = |folder: &Path, path: &str| change.contents_after(folder, path);
    let look = |path, text, contents| look(path, text, change, loader, contents).map_err(|failure| failure.reason());
    let old = before.as_ref().map(|text| look(pair.was(), text, &contents_before)).transpose()?;
    let new = look(&pair.path, after, &contents_after)?;
    let doors_before = old.as_ref().map_or_else(Vec::new, |old| doors::of(&pair.path, old));
    let doors_after = doors::of(&pair.path, &new);
    let was = old.as_ref().zip(before.as_ref()).map(|(old, text)| (old, &text.wanted));
    // A text that cannot be read might mean something else with other settings.
    let known = |text: &Text, contents: &dyn Fn(&Path, &str) -> String| {
        text.wanted.known(contents).map_err(|failure| failure.reason())
    };
    let is_read = new.examined.plan.is_some();
    let has_other_settings = match before {
        Some(before) if !is_read => known(before, &contents_before)? != known(after, &contents_after)?,
        _ => false,
    };
    let told = compared(pair, was, (&new, &after.wanted), has_other_settings, hides_environment);
    let before = old.map(|old| Names::of(old.examined)).unwrap_or_default();
    let lab = after.lab.topology.as_ref().and_then(|topology| fs::canonicalize(topology).ok());
    let names = Ends { lab: lab.unwrap_or_else(|| pair.path.clone()), before, after: Names::of(new.examined) };
    Ok(LookedAt { told, is_read, doors_before, doors_after, names })
}

/// Examines one text of the topology at a path of the repository.
fn look(
    path: &Path,
    text: &Text,
    change: &Change,
    loader: &SettingsLoader<'_>,
    contents: &dyn Fn(&Path, &str) -> String,
) -> Result<Looked, Failure> {
    let examined = pipeline::examine_with_names(text.lab.files.clone(), &text.wanted.settings);
    let folder = change.revision.repository.top.join(folder(path));
    let end = loader.end(&text.wanted, &folder, &examined, contents)?;
    Ok(Looked { examined, end })
}

/// A topology of the revision that no longer exists: the number of sockets that it published, if it could be read, and its addresses.
fn gone(
    change: &Change,
    path: &Path,
    against: &str,
    options: &PlanOptions,
    loader: &mut SettingsLoader<'_>,
) -> Result<(Option<usize>, Vec<Door>), Failure> {
    let revision = &change.revision;
    let wanted = loader.of_revision(Some(folder(path)), revision, against);
    let (Some(bytes), Ok(wanted)) = (revision.small_blob(&revision.tree, path)?, wanted) else {
        return Ok((None, Vec::new()));
    };
    let contents = |folder: &Path, path: &str| change.contents_before(folder, path);
    let file = NamedFile { name: path.to_string_lossy().into_owned(), bytes };
    let place = revision.repository.top.join(path);
    let lab = Lab::of(Some(&place), file, &wanted, &AtRevision(revision, OnDisk(&options.common)))?;
    let looked = look(path, &Text { lab, wanted }, change, loader, &contents)?;
    let sockets = looked.examined.plan.as_ref().map(|plan| plan.sockets.len());
    Ok((sockets, doors::of(path, &looked)))
}

/// The topologies that a check of their directory skips now and did not before, each with the reason.
fn left_out(both: &[(Pair, Result<Texts, String>)], change: &Change) -> Result<Vec<(PathBuf, &'static str)>, Failure> {
    let Change { revision, index } = change;
    let (mut then, mut now) = (LeftOut::new(revision, &revision.tree), LeftOut::new(revision, index));
    let mut left_out = Vec::new();
    let top = &revision.repository.top;
    for (pair, texts) in both {
        if now.has(&pair.path)? && !(pair.has_before && then.has(pair.was())?) {
            left_out.push((pair.path.clone(), "because of .gitignore or its hidden name; `check --tracked` checks it"));
        }
        if !pair.is_looked_at && pair.was.is_some() {
            left_out.push((pair.path.clone(), "because its new name does not end in `.clab.yml`"));
        }
        if let Ok((before, after)) = texts
            && after.wanted.excludes(&top.join(&pair.path))
            && !before.as_ref().is_some_and(|before| before.wanted.excludes(&top.join(pair.was())))
        {
            left_out.push((pair.path.clone(), "because of `exclude` in publish-plan.toml"));
        }
    }
    Ok(left_out)
}
