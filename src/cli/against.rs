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
    let revision = || Revision::new(folder, against);
    let (there, bytes, wanted) = if path.exists() && !path.is_dir() {
        // A new file must not pass for the branch of its name. A path that says that it is one is one.
        let says_so = ["./", "../", "/"].iter().any(|start| against.starts_with(start));
        if !says_so && revision().is_ok() {
            return Err(Failure::FileAndRevision { name: against.to_owned() });
        }
        let there = path.parent().unwrap_or(Path::new(""));
        let wanted = wishes.of(there)?.clone();
        (there, Some(input::read_file(path, &options.common)?), wanted)
    } else {
        if options.path.as_os_str() == "-" {
            return Err(Failure::NoRevisionOfStdin);
        }
        let revision = revision()?;
        let wanted = wishes.of_revision(folder, &revision, against)?;
        (folder, revision.file(&options.path)?, wanted)
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
            let end = wishes.end(&wanted, there, &plan, examined.facts, stopped)?;
            Ok(Some((plan, end)))
        }
        None if examined.findings.iter().any(|finding| finding.severity > Severity::Info) => {
            writeln!(streams.stderr, "note: {} could not be read as a topology: everything is new", whole(against))?;
            Ok(None)
        }
        None => Err(Failure::NotATopology { name: against.to_owned() }),
    }
}
