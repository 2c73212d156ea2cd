//! `plan --against REV --format github-comment`: every topology of a repository compared with a revision, in one document for
//! whoever decides about a change. What cannot be compared is said, and is never taken for unchanged.

mod compared;
mod document;
mod left_out;
mod pairs;
mod sheet;
mod silenced;
mod words;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::failure::Failure;
use super::git::{Revision, Tree};
use super::options::PlanOptions;
use super::settings::{Wanted, Wishes};
use super::tracked::Scope;
use super::values::FailOnChange;
use super::{Exit, Streams, input, plan, report, tell};
use crate::line;
use crate::suppress::Fingerprint;
use compared::{Side, Told, compared};
use left_out::LeftOut;
use pairs::{Pair, pairs};

/// All that there is to say about a change. Paths are those of the repository.
#[derive(Default)]
struct Review {
    /// The commit that was looked at, and the one that it was compared with.
    head: String,
    base: String,
    /// What there is to tell of each topology, in the order of their paths.
    topologies: Vec<Reviewed>,
    /// How many topologies are as they were.
    unchanged: usize,
    /// Topologies that are no longer there, each with the sockets that it published.
    gone: Vec<(PathBuf, Option<usize>)>,
    /// Submodules at another commit.
    submodules: Vec<PathBuf>,
    /// Topologies that a check of their folder passes over now and did not before, each with what does that.
    left_out: Vec<(PathBuf, &'static str)>,
    /// Baselines that hold more findings than before.
    baselines: Vec<(PathBuf, Vec<Fingerprint>)>,
}

/// What there is to tell of a topology.
struct Reviewed {
    path: PathBuf,
    /// The path that it had.
    was: Option<PathBuf>,
    /// There was a file before.
    has_before: bool,
    told: Told,
}

/// Writes the document of a change, also where the change could not be looked at.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let against = options.against.as_deref().ok_or(Failure::CommentWithoutRevision)?;
    let look = tell::look(&options.common, &variables, streams);
    let wishes = Wishes::new(&options.common, variables, look);
    let reviewed = wishes.and_then(|mut wishes| review(options, against, &mut wishes));
    let documents = match &reviewed {
        Ok(review) => document::documents(review),
        Err(failure) => document::failed(against, failure),
    };
    if let Some(path) = &options.summary {
        report::into_file(path, documents.summary.as_bytes())?;
    }
    streams.stdout.write_all(documents.comment.as_bytes())?;
    Ok(exit(options, &reviewed?))
}

/// What cannot be compared is a run that failed; what may be wider is for `--fail-on`.
fn exit(options: &PlanOptions, review: &Review) -> Exit {
    let mut exit = Exit::Clean;
    if let Some(what) = options.fail_on {
        let is_wider = !review.submodules.is_empty() && !matches!(what, FailOnChange::New);
        if is_wider {
            exit = Exit::Findings;
        }
    }
    for reviewed in &review.topologies {
        exit = exit.max(match &reviewed.told {
            Told::NotCompared(_) => Exit::Failed,
            Told::Compared(compared) if plan::is_failure(options, &compared.comparison) => Exit::Findings,
            Told::Compared(_) => Exit::Clean,
        });
    }
    let is_any = matches!(options.fail_on, Some(FailOnChange::Any));
    if is_any && !(review.gone.is_empty() && review.left_out.is_empty() && review.baselines.is_empty()) {
        exit = exit.max(Exit::Findings);
    }
    exit
}

/// Looks at all of it.
fn review(options: &PlanOptions, against: &str, wishes: &mut Wishes<'_>) -> Result<Review, Failure> {
    let scope = Scope::new(&options.paths)?;
    let revision = Revision::new(&scope.repository.top, against, options.common.max_size)?;
    let index = scope.repository.index()?;
    let found = pairs(&scope, &revision, &index)?;
    let mut review = Review {
        head: head(&scope, &revision)?,
        base: revision.commit.clone(),
        submodules: found.submodules,
        baselines: silenced::baselines(&revision, &index)?,
        ..Review::default()
    };
    for path in found.gone {
        review.gone.push(gone(&scope, &revision, path, against, wishes)?);
    }
    let mut both = Vec::new();
    for pair in found.pairs {
        let sides = sides(&pair, &scope, &revision, against, options, wishes)?;
        both.push((pair, sides));
    }
    review.left_out = left_out(&both, &revision, &index)?;
    let hides_environment = options.common.no_env;
    let told = both.into_par_iter().map(|(pair, sides)| {
        let name = pair.path.to_string_lossy().into_owned();
        let told = match sides {
            Sides::NotCompared(reason) => Some(Told::NotCompared(reason)),
            Sides::Read(before, after) => compared(&name, before.as_ref(), &after, hides_environment),
        };
        (pair, told)
    });
    for (pair, told) in told.collect::<Vec<_>>() {
        match told {
            None => review.unchanged += 1,
            Some(told) => {
                let Pair { path, was, has_before, .. } = pair;
                review.topologies.push(Reviewed { path, was, has_before, told });
            }
        }
    }
    Ok(review)
}

/// The commit that is looked at: HEAD, or where that joins a change with the revision, the change, as GitHub checks it out.
fn head(scope: &Scope, revision: &Revision) -> Result<String, Failure> {
    let head = scope.repository.commit("HEAD")?;
    let head = head.map_err(|reason| Failure::NoRevision { name: "HEAD".to_owned(), reason })?;
    Ok(match &revision.parents(&head)?[..] {
        [first, second] if *first == revision.commit => second.clone(),
        _ => head,
    })
}

/// The two texts of a topology.
enum Sides {
    /// One of them cannot be had, for this reason.
    NotCompared(String),
    Read(Option<Side>, Side),
}

impl Sides {
    /// The settings of both, where they are known.
    fn wanted(&self) -> Option<(Option<&Wanted>, &Wanted)> {
        match self {
            Self::NotCompared(_) => None,
            Self::Read(before, after) => Some((before.as_ref().map(|side| &side.wanted), &after.wanted)),
        }
    }
}

/// Reads both. What is wrong with the settings of one of them is a reason for its topologies, and for no other.
fn sides(
    pair: &Pair,
    scope: &Scope,
    revision: &Revision,
    against: &str,
    options: &PlanOptions,
    wishes: &mut Wishes<'_>,
) -> Result<Sides, Failure> {
    if let Some(reason) = &pair.not_read {
        return Ok(Sides::NotCompared(reason.clone()));
    }
    let top = &scope.repository.top;
    let read = |wishes: &mut Wishes<'_>| -> Result<Sides, Failure> {
        let path = top.join(&pair.path);
        let wanted = wishes.of(folder(&scope.shown(&pair.path)))?.clone();
        let after = Side { bytes: input::read_file(&path, &options.common)?, wanted };
        let old = pair.was.as_ref().unwrap_or(&pair.path);
        let before = match revision.blob(&revision.tree, old)? {
            None => None,
            Some(bytes) => {
                Some(Side { bytes, wanted: wishes.of_revision(folder(&top.join(old)), revision, against)? })
            }
        };
        Ok(Sides::Read(before, after))
    };
    Ok(read(wishes).unwrap_or_else(|failure| Sides::NotCompared(failure.to_string())))
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A topology of the revision that is no longer there, and how many sockets it published.
fn gone(
    scope: &Scope,
    revision: &Revision,
    path: PathBuf,
    against: &str,
    wishes: &mut Wishes<'_>,
) -> Result<(PathBuf, Option<usize>), Failure> {
    let wanted = wishes.of_revision(folder(&scope.repository.top.join(&path)), revision, against);
    let sockets = match (revision.blob(&revision.tree, &path)?, wanted) {
        (Some(bytes), Ok(wanted)) => {
            let plan = line::examine(&path.to_string_lossy(), bytes, &wanted.settings, true).plan;
            plan.map(|plan| plan.sockets.len())
        }
        _ => None,
    };
    Ok((path, sockets))
}

/// The topologies that a check of their folder passes over now and did not.
fn left_out(
    both: &[(Pair, Sides)],
    revision: &Revision,
    index: &Tree,
) -> Result<Vec<(PathBuf, &'static str)>, Failure> {
    let (mut then, mut now) = (LeftOut::new(revision, &revision.tree), LeftOut::new(revision, index));
    let mut left_out = Vec::new();
    let top = &revision.repository.top;
    for (pair, sides) in both {
        let was = pair.was.as_ref().unwrap_or(&pair.path);
        if now.has(&pair.path)? && !(pair.has_before && then.has(was)?) {
            left_out.push((pair.path.clone(), ".gitignore, or because its name is hidden"));
        }
        if let Some((before, after)) = sides.wanted()
            && after.excludes(&top.join(&pair.path))
            && !before.is_some_and(|before| before.excludes(&top.join(was)))
        {
            left_out.push((pair.path.clone(), "`exclude` in publish-plan.toml"));
        }
    }
    Ok(left_out)
}
