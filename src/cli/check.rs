//! `publish-plan check`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;

use super::failure::Failure;
use super::input::{self, Input};
use super::options::{CheckOptions, FailOn};
use super::settings::{Wanted, Wishes};
use super::{Exit, Streams, baseline, show_settings};
use crate::base::{self, Severity, whole};
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
    let (mut inputs, mut excluded) = (Vec::new(), 0);
    for input in input::inputs(&options.paths, &mut failures) {
        let wanted = wishes.of(input.folder())?;
        if matches!(&input, Input::Found(path) if wanted.excludes(path)) {
            excluded += 1;
        } else {
            inputs.push((input, wanted.clone()));
        }
    }
    if options.show_settings {
        for (input, wanted) in &inputs {
            let text = show_settings::text(&input::name(input, &options.common), options, wanted);
            streams.stdout.write_all(text.as_bytes())?;
        }
        for failure in &failures {
            failure.tell(streams.stderr);
        }
        return Ok(if failures.is_empty() { Exit::Clean } else { Exit::Failed });
    }
    // Read before the threads start: there is one standard input, and it is among the inputs once at most.
    let has_stdin = inputs.iter().any(|(input, _)| *input == Input::Stdin);
    let stdin = Mutex::new(has_stdin.then(|| input::read_stdin(&options.common, streams)));

    let results: Vec<Result<Checked, Failure>> = inputs
        .into_par_iter()
        .map(|(input, wanted)| {
            let bytes = match &input {
                Input::File(path) | Input::Found(path) => input::read_file(path, &options.common)?,
                Input::Stdin => {
                    stdin.lock().map(|mut stdin| stdin.take()).ok().flatten().unwrap_or_else(|| Ok(Vec::new()))?
                }
            };
            let name = input::name(&input, &options.common);
            Ok(Checked { examined: line::examine(&name, bytes, &wanted.settings, false), wanted })
        })
        .collect();

    let mut checked = Vec::new();
    for result in results {
        match result {
            Ok(file) => checked.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    let mut ignored = 0;
    for file in &mut checked {
        ignored += silence(options, &mut file.examined);
    }
    // After the comments: one file does not speak for the account.
    for account in accounts(options, &checked) {
        let files: Vec<&Examined> = account.iter().map(|index| &checked[*index].examined).collect();
        for (index, finding) in line::examine_account(&files) {
            checked[account[index]].examined.findings.push(finding);
        }
    }
    let mut examined = Vec::new();
    for file in checked {
        let (file, count) = sifted(options, file);
        examined.push(file);
        ignored += count;
    }
    if let Some(path) = &options.rules.write_baseline {
        if failures.is_empty() {
            let written = baseline::write(path, &examined)?;
            let count = if written == 1 { "1 finding".to_owned() } else { format!("{written} findings") };
            writeln!(streams.stderr, "wrote {count} into {}", whole(&path.to_string_lossy()))?;
            return Ok(Exit::Clean);
        }
        // One of a part of the files would pass for one of all.
        examined.clear();
    }
    let mut summary = summary(options, &examined, ignored);
    summary.excluded = excluded;
    if let Some(path) = &options.rules.baseline {
        let is_whole = options.rules.select.is_empty() && options.rules.ignore.is_empty();
        summary.baselined = baseline::sift(path, &mut examined, is_whole, streams)?;
    }
    let result = if options.statistics {
        statistics(&examined, summary, streams)
    } else {
        report(options, &examined, summary, look, streams)
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

/// A file and what is wanted for it.
struct Checked {
    examined: Examined,
    wanted: Wanted,
}

/// The files that share an account, by their indices: all of them with the flag, else those of one configuration.
fn accounts(options: &CheckOptions, checked: &[Checked]) -> Vec<Vec<usize>> {
    if options.one_account {
        return vec![(0..checked.len()).collect()];
    }
    let mut accounts: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (index, file) in checked.iter().enumerate() {
        if let Some(account) = file.wanted.account() {
            accounts.entry(account).or_default().push(index);
        }
    }
    accounts.into_values().collect()
}

/// Takes out what the file's comments silence. Gives how many that are.
fn silence(options: &CheckOptions, examined: &mut Examined) -> usize {
    if options.rules.no_ignores {
        return 0;
    }
    let (kept, silenced) = ignore::apply(&examined.ignores, std::mem::take(&mut examined.findings), &examined.file);
    examined.findings = kept;
    silenced
}

/// The findings of a file as they are wanted, in their order, and how many are not.
fn sifted(options: &CheckOptions, file: Checked) -> (Examined, usize) {
    let Checked { mut examined, wanted } = file;
    let findings = std::mem::take(&mut examined.findings);
    let (mut findings, ignored) = levels(options, wanted.levels()).sift(findings);
    base::sort(&mut findings);
    examined.findings = findings;
    (examined, ignored)
}

/// What is wanted of each rule: flags win over the configuration. Where they name one twice, it is ignored rather than shown,
/// and rather an error.
fn levels(options: &CheckOptions, mut levels: Levels) -> Levels {
    let names = |rules: &[&Rule]| rules.iter().map(|rule| rule.name.to_owned()).collect::<Vec<_>>();
    levels.select(&names(&options.rules.select));
    let wanted = [
        (&options.rules.warn, Level::As(Severity::Warning)),
        (&options.rules.error, Level::As(Severity::Error)),
        (&options.rules.ignore, Level::Ignore),
    ];
    for (rules, level) in wanted {
        for rule in rules {
            levels.set(rule.name, level);
        }
    }
    levels
}

/// A line a rule, the most frequent first.
fn statistics(examined: &[Examined], mut summary: Summary, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    summary.hides_infos = false;
    for finding in examined.iter().flat_map(|file| &file.findings) {
        summary.count(finding);
        *counts.entry((finding.rule, finding.severity)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((rule, severity), count) in counts {
        writeln!(streams.stdout, "{count:>5}  {:<7}  {rule}", severity.word())?;
    }
    if !examined.is_empty() || summary.excluded > 0 {
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
    mut summary: Summary,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    for file in examined {
        let shown_from = if options.common.verbose { Severity::Info } else { Severity::Warning };
        let mut shown = 0;
        for finding in &file.findings {
            summary.count(finding);
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
    if !examined.is_empty() || summary.excluded > 0 {
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
