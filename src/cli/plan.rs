//! `publish-plan plan`

use super::failure::Failure;
use super::input::{self, Input};
use super::options::PlanOptions;
use super::settings::Wishes;
use super::{Exit, Streams, plan_format, tell};
use crate::base::Severity;
use crate::line;

/// Prints the plan of one topology; what is wrong with it goes to standard error.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let look = tell::look(&options.common, &variables, streams);
    let input = Input::of(&options.path);
    let mut wishes = Wishes::new(&options.common, variables, look)?;
    let wanted = wishes.of(input.folder())?.clone();
    let bytes = input::read(&input, &options.common, streams)?;
    let name = input::name(&input, &options.common);
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
    streams.stdout.write_all(plan_format::write(plan, options.format, width)?.as_bytes())?;
    if summary.errors > 0 {
        streams.stderr.write_all(summary.line().as_bytes())?;
        return Ok(Exit::Findings);
    }
    Ok(Exit::Clean)
}
