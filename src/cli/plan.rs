//! `publish-plan plan`

use super::failure::Failure;
use super::input::{self, Input};
use super::options::PlanOptions;
use super::plan_format;
use super::settings::Wishes;
use super::{Exit, Streams};
use crate::base::Severity;
use crate::line;
use crate::report::human::{self, Summary};

/// Prints the plan of one topology; what is wrong with it goes to standard error.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let look = input::look(&options.common, &variables, streams.terminal.stderr, streams.terminal);
    let input = Input::of(&options.path);
    let mut wishes = Wishes::new(&options.common, variables, look)?;
    let settings = &wishes.of(input.folder())?.settings;
    let bytes = input::read(&input, &options.common, streams)?;
    let name = input::name(&input, &options.common);
    let examined = line::examine(&name, bytes, settings, true);

    let shown_from = if options.common.verbose { Severity::Info } else { Severity::Warning };
    let mut summary = Summary { files: 1, hides_infos: !options.common.verbose, ..Summary::default() };
    for finding in &examined.findings {
        summary.count(finding.severity);
        if finding.severity >= shown_from {
            streams.stderr.write_all(human::finding(&examined.file, finding, look).as_bytes())?;
        }
    }
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
