//! `publish-plan plan`

use super::failure::Failure;
use super::given::Given;
use super::options::PlanOptions;
use super::values::FailOnChange;
use super::{Exit, Streams, against, comparison_format, plan_format, tell};
use crate::base::Severity;
use crate::line;
use crate::plan::{ChangeKind, Comparison, compare};

/// Prints the plan of one topology; what is wrong with it goes to standard error.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let Given { input, name, bytes, wanted, mut wishes, look } =
        Given::read(&options.path, &options.common, variables, streams)?;
    tell::settings(&wanted, None, streams)?;
    let mut examined = line::examine(&name, bytes, &wanted.settings, true);

    let told = tell::wanted(&examined, &wanted.levels());
    let mut summary = tell::findings(&examined.file, &told, &options.common, look, streams)?;
    // There may be many of them, and another topology may be read yet.
    drop(told);
    let findings = std::mem::take(&mut examined.findings);
    let is_said = findings.iter().any(|finding| finding.severity > Severity::Info);
    let stopped = findings.iter().filter(|finding| finding.blocks_compile).count();
    drop(findings);
    let facts = std::mem::take(&mut examined.facts);
    let Some(plan) = &examined.plan else {
        // What cannot be read has said so; what can be read and still has no plan is no topology.
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
    summary.sockets = plan.sockets.len();
    let width = streams.terminal.stdout.then_some(look.width);
    let mut exit = Exit::Clean;
    let text = match &options.against {
        None => plan_format::write(plan, options.format, width)?,
        Some(against) => {
            let before = against::before(options, against, &name, &mut wishes, streams)?;
            let after = wishes.end(&wanted, input.folder(), plan, facts, stopped)?;
            let comparison = compare(before.as_ref().map(|(plan, end)| (plan, end.clone())), plan, after);
            if is_failure(options, &comparison) {
                exit = Exit::Findings;
            }
            comparison_format::write(&comparison, &name, against, options.format, width)?
        }
    };
    streams.stdout.write_all(text.as_bytes())?;
    if summary.errors > 0 {
        streams.stderr.write_all(summary.line().as_bytes())?;
        return Ok(Exit::Findings);
    }
    Ok(exit)
}

fn is_failure(options: &PlanOptions, comparison: &Comparison) -> bool {
    match options.fail_on {
        None => false,
        Some(FailOnChange::Widened) => comparison.is_wider(),
        Some(FailOnChange::New) => comparison.count(ChangeKind::NewlyReachable) > 0,
        Some(FailOnChange::Any) => comparison.is_any(),
    }
}
