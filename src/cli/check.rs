//! `publish-plan check`

use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::failure::Failure;
use super::input::{self, Input};
use super::options::{CheckOptions, FailOn};
use super::settings::Wishes;
use super::{Exit, Streams};
use crate::base::{self, Severity};
use crate::line::{self, Examined};
use crate::report::human::{self, Look, Summary};

/// Checks every input and reports in the order in which they were given.
pub(super) fn run(
    options: &CheckOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let look = input::look(&options.common, &variables, streams.terminal.stdout, streams.terminal);
    let mut wishes = Wishes::new(&options.common, variables, look)?;
    wishes.one_account = options.one_account;
    let mut failures = Vec::new();
    let inputs = input::inputs(&options.paths, &mut failures);
    let mut wanted = Vec::new();
    for input in &inputs {
        let settings = &wishes.of(input.folder())?.settings;
        wanted.push(Arc::clone(settings));
    }
    // Read before the threads start: there is one standard input, and it is among the inputs once at most.
    let stdin = Mutex::new(inputs.contains(&Input::Stdin).then(|| input::read_stdin(&options.common, streams)));

    let results: Vec<Result<Examined, Failure>> = inputs
        .par_iter()
        .zip(wanted)
        .map(|(input, settings)| {
            let bytes = match input {
                Input::File(path) => input::read_file(path, &options.common)?,
                Input::Stdin => {
                    stdin.lock().map(|mut stdin| stdin.take()).ok().flatten().unwrap_or_else(|| Ok(Vec::new()))?
                }
            };
            Ok(line::examine(&input::name(input, &options.common), bytes, &settings, false))
        })
        .collect();

    let mut examined = Vec::new();
    for result in results {
        match result {
            Ok(file) => examined.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    if options.one_account {
        for (index, finding) in line::examine_account(&examined) {
            examined[index].findings.push(finding);
            base::sort(&mut examined[index].findings);
        }
    }
    match report(options, &examined, look, streams) {
        // Whoever reads the output has seen enough; how the run ended is still to be said.
        Err(Failure::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { exit(options, &examined) } else { Exit::Failed })
}

fn report(options: &CheckOptions, examined: &[Examined], look: Look, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut summary = Summary { files: examined.len(), hides_infos: !options.common.verbose, ..Summary::default() };
    for file in examined {
        let shown_from = if options.common.verbose { Severity::Info } else { Severity::Warning };
        let mut shown = 0;
        for finding in &file.findings {
            summary.count(finding.severity);
            if finding.severity < shown_from {
                continue;
            }
            if shown == options.max_findings {
                summary.unshown += 1;
                continue;
            }
            shown += 1;
            streams.stdout.write_all(human::finding(&file.file, finding, look).as_bytes())?;
        }
        summary.sockets += file.account.as_ref().map_or(0, |account| account.used.sockets.len());
    }
    if !examined.is_empty() {
        streams.stdout.write_all(summary.line().as_bytes())?;
    }
    Ok(())
}

fn exit(options: &CheckOptions, examined: &[Examined]) -> Exit {
    let from = match options.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    let fails = examined.iter().flat_map(|file| &file.findings).any(|finding| finding.severity >= from);
    if fails { Exit::Findings } else { Exit::Clean }
}
