//! `plan --against`: the plan that another one is compared with.

use std::path::Path;

use super::failure::Failure;
use super::git::Revision;
use super::options::PlanOptions;
use super::settings::Wishes;
use super::{Streams, input, tell};
use crate::base::{Severity, whole};
use crate::line;
use crate::plan::{End, Plan};

/// Of the file called `against`, else of the topology `name` in the revision of that name, with the settings of that time.
/// None where the topology was not there: then nothing was published.
pub(super) fn before(
    options: &PlanOptions,
    against: &str,
    name: &str,
    wishes: &mut Wishes<'_>,
    streams: &mut Streams<'_>,
) -> Result<Option<(Plan, End)>, Failure> {
    let path = Path::new(against);
    let folder = options.path.parent().unwrap_or(Path::new(""));
    let is_file = path.exists() && !path.is_dir();
    if !is_file && options.path.as_os_str() == "-" {
        return Err(Failure::NoRevisionOfStdin);
    }
    let revision = Revision::new(folder, against, options.common.max_size);
    // A new file must not pass for the branch of its name. A path that says that it is one is one, and the whole name of a commit
    // is nothing else.
    let says_so = ["./", "../", "/"].iter().any(|start| against.starts_with(start));
    let (bytes, wanted) = match revision {
        Ok(revision) if is_file && !says_so && !revision.is_called(against) => {
            return Err(Failure::FileAndRevision { name: against.to_owned() });
        }
        Ok(revision) if !says_so || !is_file => {
            let wanted = wishes.of_revision(folder, &revision, against)?;
            (revision.file(&options.path)?, wanted)
        }
        Err(failure) if !is_file => return Err(failure),
        _ => {
            let wanted = wishes.of(path.parent().unwrap_or(Path::new("")))?.clone();
            (Some(input::read_file(path, &options.common)?), wanted)
        }
    };
    tell::settings(&wanted, Some(against), streams)?;
    let Some(bytes) = bytes else {
        writeln!(streams.stderr, "note: {} was not there in {}: everything is new", whole(name), whole(against))?;
        return Ok(None);
    };
    let examined = line::examine(against, bytes, &wanted.settings, true);
    let stopped = examined.findings.iter().filter(|finding| finding.blocks_compile).count();
    match examined.plan {
        Some(plan) => {
            let end = End::new(&plan, wanted.relay.as_ref(), stopped);
            Ok(Some((plan, end)))
        }
        None => {
            let is_sick = examined.findings.iter().any(|finding| finding.severity > Severity::Info);
            let why = if is_sick { "could not be read as a topology" } else { "was no topology" };
            writeln!(streams.stderr, "note: {} {why}: everything is new", whole(against))?;
            Ok(None)
        }
    }
}
