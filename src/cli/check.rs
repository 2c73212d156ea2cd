//! `publish-plan check`

use std::collections::BTreeMap;
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
use crate::rules::Rule;
use crate::suppress::{Level, Levels, ignore};

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
    let levels = levels(options);
    let mut ignored = 0;
    if options.one_account {
        for (index, finding) in line::examine_account(&examined) {
            examined[index].findings.push(finding);
            base::sort(&mut examined[index].findings);
        }
    }
    for file in &mut examined {
        if !options.no_ignores {
            let (kept, silenced) = ignore::apply(&file.ignores, std::mem::take(&mut file.findings));
            file.findings = kept;
            base::sort(&mut file.findings);
            ignored += silenced;
        }
        let (shown, unshown) = levels.sift(std::mem::take(&mut file.findings));
        file.findings = shown;
        ignored += unshown;
    }
    let result = if options.statistics {
        statistics(options, &examined, ignored, streams)
    } else {
        report(options, &examined, ignored, look, streams)
    };
    match result {
        // Whoever reads the output has seen enough; how the run ended is still to be said.
        Err(Failure::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { exit(options, &examined) } else { Exit::Failed })
}

/// What the flags want of each rule: where one is named twice, it is ignored rather than shown, and rather an error.
fn levels(options: &CheckOptions) -> Levels {
    let mut levels = Levels::default();
    let names = |rules: &[&Rule]| rules.iter().map(|rule| rule.name.to_owned()).collect::<Vec<_>>();
    levels.select(&names(&options.select));
    let wanted = [
        (&options.warn, Level::As(Severity::Warning)),
        (&options.error, Level::As(Severity::Error)),
        (&options.ignore, Level::Ignore),
    ];
    for (rules, level) in wanted {
        for rule in rules {
            levels.set(rule.name, level);
        }
    }
    levels
}

/// A line a rule, the most frequent first.
fn statistics(
    options: &CheckOptions,
    examined: &[Examined],
    ignored: usize,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    let mut summary = summary(options, examined, ignored);
    summary.hides_infos = false;
    for finding in examined.iter().flat_map(|file| &file.findings) {
        summary.count(finding.severity);
        *counts.entry((finding.rule, finding.severity)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((rule, severity), count) in counts {
        writeln!(streams.stdout, "{count:>5}  {:<7}  {rule}", severity.word())?;
    }
    if !examined.is_empty() {
        streams.stdout.write_all(summary.line().as_bytes())?;
    }
    Ok(())
}

fn summary(options: &CheckOptions, examined: &[Examined], ignored: usize) -> Summary {
    let sockets = examined.iter().filter_map(|file| file.account.as_ref()).map(|account| account.used.sockets.len());
    Summary {
        files: examined.len(),
        sockets: sockets.sum(),
        ignored,
        hides_infos: !options.common.verbose,
        ..Summary::default()
    }
}

fn report(
    options: &CheckOptions,
    examined: &[Examined],
    ignored: usize,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let mut summary = summary(options, examined, ignored);
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
