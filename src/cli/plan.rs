//! `publish-plan plan`

use std::path::Path;

use super::failure::Failure;
use super::git::Revision;
use super::given::Given;
use super::input;
use super::options::PlanOptions;
use super::settings::Wishes;
use super::values::FailOnChange;
use super::{Exit, Streams, comparison_format, plan_format, tell};
use crate::base::{Severity, whole};
use crate::config::FILE_NAME;
use crate::line;
use crate::plan::{ChangeKind, Comparison, Plan, compare};

/// Prints the plan of one topology; what is wrong with it goes to standard error.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let Given { name, bytes, wanted, mut wishes, look, .. } =
        Given::read(&options.path, &options.common, variables, streams)?;
    let examined = line::examine(&name, bytes, &wanted.settings, true);

    let findings = tell::wanted(&examined, &wanted.levels());
    let mut summary = tell::findings(&examined.file, &findings, &options.common, look, streams)?;
    let Some(plan) = &examined.plan else {
        // What cannot be read has said so; what can be read and still has no plan is no topology.
        let is_said = examined.findings.iter().any(|finding| finding.severity > Severity::Info);
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
    summary.sockets = plan.sockets.len();
    let width = streams.terminal.stdout.then_some(look.width);
    let mut exit = Exit::Clean;
    let text = match &options.against {
        None => plan_format::write(plan, options.format, width)?,
        Some(against) => {
            let before = before(options, against, &name, &mut wishes, streams)?;
            let comparison = compare(before.as_ref(), plan);
            if is_failure(options, &comparison) {
                exit = Exit::Findings;
            }
            comparison_format::write(&comparison, against, options.format, width)?
        }
    };
    streams.stdout.write_all(text.as_bytes())?;
    if summary.errors > 0 {
        streams.stderr.write_all(summary.line().as_bytes())?;
        return Ok(Exit::Findings);
    }
    Ok(exit)
}

/// The plan to compare with: of the file of this name where there is one, else of the same topology in a revision, with the
/// settings of that time. Where there is none, nothing was published: everything is new.
fn before(
    options: &PlanOptions,
    against: &str,
    name: &str,
    wishes: &mut Wishes<'_>,
    streams: &mut Streams<'_>,
) -> Result<Option<Plan>, Failure> {
    let (bytes, wanted) = if Path::new(against).exists() {
        let path = Path::new(against);
        let wanted = wishes.of(path.parent().unwrap_or(Path::new("")))?.clone();
        (Some(input::read_file(path, &options.common)?), wanted)
    } else {
        let file = options.path.file_name().filter(|_| options.path.as_os_str() != "-");
        let Some(file) = file else { return Err(Failure::NoRevisionOfStdin) };
        let folder = options.path.parent().unwrap_or(Path::new(""));
        let revision = Revision::new(folder, against)?;
        let wanted = wishes.of_revision(folder, revision.nearest(FILE_NAME)?)?;
        (revision.file(&file.to_string_lossy())?, wanted)
    };
    let Some(bytes) = bytes else {
        writeln!(streams.stderr, "note: {} was not there in {}: everything is new", whole(name), whole(against))?;
        return Ok(None);
    };
    let examined = line::examine(against, bytes, &wanted.settings, true);
    let left_out = examined.findings.iter().filter(|finding| finding.blocks_compile).count();
    if left_out > 0 {
        writeln!(
            streams.stderr,
            "note: {} has {left_out} findings that stop `compile`; what they are about is not in its plan",
            whole(against)
        )?;
    }
    Ok(examined.plan)
}

fn is_failure(options: &PlanOptions, comparison: &Comparison) -> bool {
    match options.fail_on {
        None => false,
        Some(FailOnChange::Widened) => comparison.changes.iter().any(|change| change.kind.is_wider()),
        Some(FailOnChange::New) => comparison.count(ChangeKind::NewlyReachable) > 0,
        Some(FailOnChange::Any) => !comparison.changes.is_empty() || comparison.is_other_provider(),
    }
}
