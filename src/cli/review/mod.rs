//! `plan --against REV --format github-comment`: every topology of a repository compared with a revision, in one document for
//! whoever decides about a change. What cannot be compared is said, and is never taken for unchanged.

mod claims;
mod compared;
mod document;
mod left_out;
mod pairs;
mod sheet;
mod silenced;
mod words;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::against::Looked;
use super::failure::Failure;
use super::git::{Change, Revision};
use super::options::PlanOptions;
use super::settings::{Wanted, Wishes};
use super::tracked::Scope;
use super::values::FailOnChange;
use super::{Exit, Streams, input, plan, report, tell};
use crate::line;
use crate::suppress::Fingerprint;
use claims::{Ends, Names};
use compared::{Told, compared};
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
    /// Lines about names that a tunnel looks for and several topologies have.
    claims: Vec<String>,
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
        let is_any = !(review.submodules.is_empty() && review.claims.is_empty());
        let is_wider = is_any && !matches!(what, FailOnChange::New);
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
    let change = Change::since(Revision::new(&scope.repository.top, against, options.common.max_size)?)?;
    let found = pairs(&scope, &change)?;
    let mut review = Review {
        head: head(&change.revision)?,
        base: change.revision.commit.clone(),
        submodules: found.submodules,
        baselines: silenced::baselines(&change)?,
        ..Review::default()
    };
    for path in found.gone {
        review.gone.push(gone(&change.revision, path, against, wishes)?);
    }
    let mut both = Vec::new();
    for pair in found.there {
        let texts = texts(&pair, &change, against, options, wishes);
        both.push((pair, texts));
    }
    review.left_out = left_out(&both, &change)?;
    let wishes = &*wishes;
    let told = both.into_par_iter().map(|(pair, texts)| {
        let told = texts.and_then(|texts| tell_of(&pair, &texts, &change, wishes, options.common.no_env));
        let (told, ends) = told.unwrap_or_else(|reason| (Some(Told::NotCompared(reason)), Ends::default()));
        ((pair, told), ends)
    });
    let (told, ends): (Vec<_>, Vec<Ends>) = told.unzip();
    review.claims = claims::lines(told.iter().map(|(pair, _)| pair.path.as_path()).zip(&ends));
    for (Pair { path, was, has_before, .. }, told) in told {
        match told {
            None => review.unchanged += 1,
            Some(told) => review.topologies.push(Reviewed { path, was, has_before, told }),
        }
    }
    Ok(review)
}

/// The commit that is looked at: HEAD, or where that joins a change with the revision, the change, as GitHub checks it out.
fn head(revision: &Revision) -> Result<String, Failure> {
    let head = revision.repository.commit("HEAD")?;
    let head = head.map_err(|reason| Failure::NoRevision { name: "HEAD".to_owned(), reason })?;
    Ok(match &revision.parents(&head)?[..] {
        [first, second] if *first == revision.commit => second.clone(),
        _ => head,
    })
}

/// A topology's text, and what was wanted for it.
struct Text {
    bytes: Vec<u8>,
    wanted: Wanted,
}

/// The texts of a topology, before if there was one, and after.
type Texts = (Option<Text>, Text);

/// Reads both texts, or gives the reason why one of them cannot be had.
fn texts(
    pair: &Pair,
    change: &Change,
    against: &str,
    options: &PlanOptions,
    wishes: &mut Wishes<'_>,
) -> Result<Texts, String> {
    if let Some(reason) = &pair.not_read {
        return Err(reason.clone());
    }
    let revision = &change.revision;
    let mut read = || -> Result<Texts, Failure> {
        let path = revision.repository.top.join(&pair.path);
        let wanted = wishes.of(folder(&path))?.clone();
        let after = Text { bytes: input::read_file(&path, &options.common)?, wanted };
        let Some(bytes) = revision.blob(&revision.tree, pair.was())? else { return Ok((None, after)) };
        let was = revision.repository.top.join(pair.was());
        let wanted = wishes.of_revision(folder(&was), revision, against)?;
        Ok((Some(Text { bytes, wanted }), after))
    };
    read().map_err(|failure| failure.reason())
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// What there is to tell of a topology with these texts, if anything, and what is known of its names.
fn tell_of(
    pair: &Pair,
    (before, after): &Texts,
    change: &Change,
    wishes: &Wishes<'_>,
    hides_environment: bool,
) -> Result<(Option<Told>, Ends), String> {
    let look = |path: &Path, text: &Text, contents: &dyn Fn(&Path) -> String| -> Result<Looked, String> {
        let examined = line::examine(&path.to_string_lossy(), text.bytes.clone(), &text.wanted.settings, true);
        let folder = change.revision.repository.top.join(folder(path));
        let end = wishes.end(&text.wanted, &folder, &examined, contents).map_err(|failure| failure.reason())?;
        Ok(Looked { examined, end })
    };
    let old = before.as_ref().map(|text| look(pair.was(), text, &|path| change.contents_before(path))).transpose()?;
    let new = look(&pair.path, after, &|path| change.contents_after(path))?;
    let was = old.as_ref().zip(before.as_ref()).map(|(old, text)| (old, &text.wanted));
    let told = compared(was, (&new, &after.wanted), hides_environment);
    let before = old.map(|old| Names::of(old.examined)).unwrap_or_default();
    Ok((told, Ends { before, after: Names::of(new.examined) }))
}

/// A topology of the revision that is no longer there, and how many sockets it published.
fn gone(
    revision: &Revision,
    path: PathBuf,
    against: &str,
    wishes: &mut Wishes<'_>,
) -> Result<(PathBuf, Option<usize>), Failure> {
    let wanted = wishes.of_revision(folder(&revision.repository.top.join(&path)), revision, against);
    let sockets = match (revision.blob(&revision.tree, &path)?, wanted) {
        (Some(bytes), Ok(wanted)) => {
            let plan = line::examine(&path.to_string_lossy(), bytes, &wanted.settings, true).plan;
            plan.map(|plan| plan.sockets.len())
        }
        _ => None,
    };
    Ok((path, sockets))
}

/// The topologies that a check of their folder passes over now and did not, each with what does that.
fn left_out(both: &[(Pair, Result<Texts, String>)], change: &Change) -> Result<Vec<(PathBuf, &'static str)>, Failure> {
    let Change { revision, index } = change;
    let (mut then, mut now) = (LeftOut::new(revision, &revision.tree), LeftOut::new(revision, index));
    let mut left_out = Vec::new();
    let top = &revision.repository.top;
    for (pair, texts) in both {
        if now.has(&pair.path)? && !(pair.has_before && then.has(pair.was())?) {
            left_out.push((pair.path.clone(), ".gitignore, or because its name is hidden"));
        }
        if let Ok((before, after)) = texts
            && after.wanted.excludes(&top.join(&pair.path))
            && !before.as_ref().is_some_and(|before| before.wanted.excludes(&top.join(pair.was())))
        {
            left_out.push((pair.path.clone(), "`exclude` in publish-plan.toml"));
        }
    }
    Ok(left_out)
}
