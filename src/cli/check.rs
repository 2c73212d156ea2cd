//! `publish-plan check`

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;

use rayon::prelude::*;

use super::baseline::Known;
use super::failure::Failure;
use super::input::{self, Input};
use super::mend::Mended;
use super::options::{CheckOptions, FailOn};
use super::settings::{Wanted, Wishes};
use super::{Exit, Streams, baseline, mend, show_settings, sift};
use crate::base::{Severity, whole};
use crate::emit;
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
        return show_settings::run(&inputs, options, failures, streams);
    }
    // Read before the threads start: there is one standard input, and it is among the inputs once at most.
    let has_stdin = inputs.iter().any(|(input, _)| *input == Input::Stdin);
    if has_stdin && options.fix && inputs.len() > 1 {
        return Err(Failure::FixesStdin);
    }
    let known = options.rules.baseline.as_deref().map(baseline::read).transpose()?;
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
            one(&input, bytes, options, wanted, known.as_ref())
        })
        .collect();

    let mut checked = Vec::new();
    for result in results {
        match result {
            Ok(file) => checked.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    let result = if options.diff {
        mend::show(checked.iter().map(|file| (&file.examined, file.mended.as_ref())), look, streams)
    } else {
        rest(options, checked, excluded, known.as_ref(), failures.is_empty(), look, streams)
    };
    let exit = match result {
        // Whoever reads the output has seen enough; how the run ended is still to be said.
        Err(Failure::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Clean,
        other => other?,
    };
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { exit } else { Exit::Failed })
}

/// Looks at one file, and mends it where that is wanted.
fn one(
    input: &Input,
    bytes: Vec<u8>,
    options: &CheckOptions,
    wanted: Wanted,
    known: Option<&Known<'_>>,
) -> Result<Checked, Failure> {
    let (name, is_stdin) = (input::name(input, &options.common), *input == Input::Stdin);
    if !options.fix && !options.diff {
        let examined = line::examine(&name, bytes, &wanted.settings, false);
        return Ok(Checked { examined, wanted, mended: None, is_stdin });
    }
    let (examined, mended) = mend::mend(&name, bytes, options, &wanted, known);
    if let (true, true, Input::File(path) | Input::Found(path)) = (options.fix, mended.count > 0, input) {
        emit::replace(path, &mended.old, &mended.new).map_err(|error| Failure::NotMended { name, error })?;
    }
    Ok(Checked { examined, wanted, mended: Some(mended), is_stdin })
}

/// What is done with all files together: silences, accounts, levels, the baseline, the report.
fn rest(
    options: &CheckOptions,
    mut checked: Vec<Checked>,
    excluded: usize,
    known: Option<&Known<'_>>,
    are_all: bool,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let mut ignored = 0;
    for file in &mut checked {
        ignored += sift::silence(options, &file.wanted, &mut file.examined);
    }
    // After the comments: one file does not speak for the account.
    for account in sift::accounts(options, &checked) {
        let files: Vec<&Examined> = account.iter().map(|index| &checked[*index].examined).collect();
        for (index, finding) in line::examine_account(&files) {
            checked[account[index]].examined.findings.push(finding);
        }
    }
    let fixed = checked.iter().filter_map(|file| file.mended.as_ref()).map(|mended| mended.count).sum();
    let for_stdout = checked.iter().find(|file| file.is_stdin && options.fix).and_then(|file| file.mended.as_ref());
    let for_stdout = for_stdout.map(|mended| mended.new.clone());
    let mut examined = Vec::new();
    for file in checked {
        let (file, count) = sift::sifted(options, file);
        examined.push(file);
        ignored += count;
    }
    if let Some(path) = &options.rules.write_baseline {
        if are_all {
            let written = baseline::write(path, &examined)?;
            let count = if written == 1 { "1 finding".to_owned() } else { format!("{written} findings") };
            writeln!(streams.stderr, "wrote {count} into {}", whole(&path.to_string_lossy()))?;
            return Ok(Exit::Clean);
        }
        // One of a part of the files would pass for one of all.
        examined.clear();
    }
    let mut summary = Summary { fixed, excluded, ..summary(options, &examined, ignored) };
    if let Some(known) = known {
        let is_whole = options.rules.select.is_empty() && options.rules.ignore.is_empty();
        summary.baselined = known.sift(&mut examined, is_whole, streams)?;
    }
    let exit = exit(options, &examined);
    let out: &mut dyn Write = if let Some(text) = for_stdout {
        streams.stdout.write_all(&text)?;
        streams.stderr
    } else {
        streams.stdout
    };
    let result = if options.statistics {
        statistics(&examined, summary, out)
    } else {
        report(options, &examined, summary, look, out)
    };
    match result {
        Err(Failure::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(exit),
        other => other.map(|()| exit),
    }
}

/// A file and what is wanted for it.
pub(super) struct Checked {
    pub(super) examined: Examined,
    pub(super) wanted: Wanted,
    mended: Option<Mended>,
    is_stdin: bool,
}

/// A line a rule, the most frequent first.
fn statistics(examined: &[Examined], mut summary: Summary, out: &mut dyn Write) -> Result<(), Failure> {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    summary.hides_infos = false;
    for finding in examined.iter().flat_map(|file| &file.findings) {
        summary.count(finding);
        *counts.entry((finding.rule, finding.severity)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((rule, severity), count) in counts {
        writeln!(out, "{count:>5}  {:<7}  {rule}", severity.word())?;
    }
    if !examined.is_empty() || summary.excluded > 0 {
        out.write_all(summary.line().as_bytes())?;
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
    out: &mut dyn Write,
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
            out.write_all(human::finding(&file.file, finding, look).as_bytes())?;
        }
    }
    if !examined.is_empty() || summary.excluded > 0 {
        out.write_all(summary.line().as_bytes())?;
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
