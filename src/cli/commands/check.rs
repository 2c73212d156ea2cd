//! `publish-plan check`

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::base::{Applicability, Finding, Severity, counted, whole};
use crate::cli::baseline::BaselineFile;
use crate::cli::checked::Checked;
use crate::cli::failure::Failure;
use crate::cli::input::{self, Input};
use crate::cli::options::CheckOptions;
use crate::cli::progress::Progress;
use crate::cli::report::Stage;
use crate::cli::settings::{EffectiveSettings, SettingsLoader};
use crate::cli::triaged::Flags;
use crate::cli::values::FailOn;
use crate::cli::{Exit, Streams, fixing, report, show_settings, tell, tracked};
use crate::emit;
use crate::pipeline::{self, Examined};
use crate::render::{Summary, findings};
use crate::settings::ONE_ACCOUNT;
use crate::triage::Triage;

/// Checks every input and reports the findings in the order of the inputs.
pub(super) fn run(
    options: &CheckOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let columns = input::columns(&variables, streams.terminal.stdout, streams.terminal);
    let look = input::look(&options.common, &variables, streams.terminal.stdout, streams.terminal);
    let stage = Stage::new(options, &variables, look)?;
    // Findings about settings go to standard error.
    let settings_look = tell::look(&options.common, &variables, streams);
    let mut loader = SettingsLoader::new(&options.common, options.account(), variables, settings_look)?;
    let mut failures = Vec::new();
    let (inputs, excluded) = inputs(options, &mut loader, &mut failures)?;
    loader.tell_warnings(streams)?;
    if options.show_settings {
        return show_settings::run(&inputs, options, failures, columns, streams);
    }
    if options.fix && inputs.len() > 1 && inputs.iter().any(|(input, _)| *input == Input::Stdin) {
        return Err(Failure::FixesStdin);
    }
    let read = inputs.iter().filter_map(|(input, _)| input.path()).chain(options.rules.baseline.as_deref());
    let read = read.chain(inputs.iter().filter_map(|(_, wanted)| wanted.file.as_deref()));
    stage.look_out(&read.collect::<Vec<_>>())?;
    let baseline = match (&options.rules.baseline, &options.rules.write_baseline) {
        (Some(path), _) => Some(BaselineFile::read(path, &options.common)?),
        (None, Some(path)) => Some(BaselineFile::empty(path)),
        (None, None) => None,
    };
    let flags = Flags { rules: &options.rules, baseline: baseline.as_ref() };
    let checked = check(inputs, options, &flags, &mut failures, streams);
    let exit = if options.diff {
        fixing::show(checked.iter().map(|file| (&file.examined, file.fixed.as_ref())), look, streams)?
    } else {
        let summary = Summary { excluded, hides_infos: !options.verbose, ..Summary::default() };
        let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
        report(options, checked, summary, &flags, failures, &stage, streams)?
    };
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { exit } else { Exit::Failed })
}

/// What is checked, each with its settings, and the number of files that settings exclude.
fn inputs(
    options: &CheckOptions,
    loader: &mut SettingsLoader<'_>,
    failures: &mut Vec<Failure>,
) -> Result<(Vec<(Input, EffectiveSettings)>, usize), Failure> {
    let (mut inputs, mut excluded) = (Vec::new(), 0);
    let named = if options.tracked {
        tracked::inputs(&options.paths, failures)?
    } else {
        input::inputs(&options.paths, failures)
    };
    for input in named {
        let wanted = loader.of(input.folder())?;
        let may_be_left_out = match &input {
            Input::Stdin => None,
            Input::File(path) => options.force_exclude.then_some(path),
            Input::Found(path) => Some(path),
        };
        if may_be_left_out.is_some_and(|path| wanted.excludes(path)) {
            excluded += 1;
        } else {
            inputs.push((input, wanted.clone()));
        }
    }
    Ok((inputs, excluded))
}

/// Reads, examines and fixes the inputs in parallel. Those that cannot be read or fixed are among the failures.
fn check(
    inputs: Vec<(Input, EffectiveSettings)>,
    options: &CheckOptions,
    flags: &Flags<'_>,
    failures: &mut Vec<Failure>,
    streams: &mut Streams<'_>,
) -> Vec<Checked> {
    // Standard input is read before the threads start: there is only one, and it is among the inputs at most once.
    let has_stdin = inputs.iter().any(|(input, _)| *input == Input::Stdin);
    let stdin = Mutex::new(has_stdin.then(|| input::read_stdin(&options.common, &options.stdin, streams)));
    let progress = Progress::new(inputs.len(), streams.terminal.stderr && !options.quiet);
    let results: Vec<Result<Checked, Failure>> = inputs
        .into_par_iter()
        .map(|(input, wanted)| {
            let bytes = match &input {
                Input::File(path) | Input::Found(path) => input::read_file(path, &options.common)?,
                Input::Stdin => {
                    let read = stdin.lock().expect("nothing panics while it is taken").take();
                    read.expect("standard input is among the inputs at most once")?
                }
            };
            let checked = one(&input, bytes, options, wanted, flags);
            progress.step();
            checked
        })
        .collect();
    drop(progress);
    let mut checked = Vec::new();
    for result in results {
        match result {
            Ok(file) => checked.push(file),
            Err(failure) => failures.push(failure),
        }
    }
    checked
}

/// Checks one file, and fixes it if that was asked for.
fn one(
    input: &Input,
    bytes: Vec<u8>,
    options: &CheckOptions,
    wanted: EffectiveSettings,
    flags: &Flags<'_>,
) -> Result<Checked, Failure> {
    let (name, is_stdin, triage) = (input::name(input, &options.stdin), *input == Input::Stdin, Triage::default());
    if !options.fix && !options.diff {
        let examined = pipeline::examine(&name, bytes, &wanted.settings, false);
        return Ok(Checked { examined, wanted, triage, fixed: None, is_stdin });
    }
    let least = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let (examined, fixed) = fixing::fix_all(&name, bytes, least, &wanted, flags);
    if let (true, true, Input::File(path) | Input::Found(path)) = (options.fix, fixed.count > 0, input) {
        emit::replace(path, &fixed.old, &fixed.new).map_err(|error| Failure::NotFixed { name, error })?;
    }
    Ok(Checked { examined, wanted, triage, fixed: Some(fixed), is_stdin })
}

/// What is done with all files together: accounts, triage, the baseline, and the report.
fn report(
    options: &CheckOptions,
    mut checked: Vec<Checked>,
    mut summary: Summary,
    flags: &Flags<'_>,
    failures: Vec<String>,
    stage: &Stage<'_>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let mut of_accounts = of_accounts(options, &checked);
    for (index, Checked { examined, wanted, triage, .. }) in checked.iter_mut().enumerate() {
        let findings = std::mem::take(&mut examined.findings);
        *triage = flags.triage(wanted, examined, findings, of_accounts.remove(&index).unwrap_or_default());
    }
    if let Some(file) = flags.baseline.filter(|_| options.rules.write_baseline.is_some()) {
        if failures.is_empty() {
            let written = file.write(&checked)?;
            let path = whole(&file.path().to_string_lossy());
            writeln!(streams.stderr, "wrote {} to {path}", counted(written, "finding"))?;
            return Ok(Exit::Clean);
        }
        // A baseline of some of the files would look like one of all of them.
        checked.clear();
    } else if let Some(file) = flags.baseline
        && options.rules.select.is_empty()
        && options.rules.ignore.is_empty()
    {
        file.tell_gone(&checked, streams)?;
    }
    let exit = exit(options, &checked);
    let for_stdout = checked.iter().find(|file| file.is_stdin && options.fix).and_then(|file| file.fixed.as_ref());
    let out: &mut dyn Write = if let Some(fixed) = for_stdout {
        streams.stdout.write_all(&fixed.new)?;
        streams.stderr
    } else {
        streams.stdout
    };
    for file in &checked {
        file.count(&mut summary);
    }
    if options.statistics {
        let shown = checked.iter().flat_map(|file| &file.triage.shown);
        out.write_all(findings::statistics(shown, summary, stage.look()).as_bytes())?;
    } else {
        report::write(options, &checked, summary, failures, stage, out)?;
    }
    Ok(exit)
}

/// What was found about the accounts that files share, by the indices of the files: all of them share one with `--one-account`,
/// otherwise those of the same settings file.
fn of_accounts(options: &CheckOptions, checked: &[Checked]) -> BTreeMap<usize, Vec<Finding>> {
    let mut accounts: BTreeMap<Option<&Path>, Vec<usize>> = BTreeMap::new();
    for (index, file) in checked.iter().enumerate() {
        match file.wanted.account() {
            _ if options.settings.0.has(&ONE_ACCOUNT) => accounts.entry(None).or_default().push(index),
            Some(account) => accounts.entry(Some(account)).or_default().push(index),
            None => {}
        }
    }
    let mut found: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for account in accounts.into_values() {
        let files: Vec<&Examined> = account.iter().map(|index| &checked[*index].examined).collect();
        for (index, finding) in pipeline::examine_account(&files) {
            found.entry(account[index]).or_default().push(finding);
        }
    }
    found
}

fn exit(options: &CheckOptions, checked: &[Checked]) -> Exit {
    let from = match options.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    let fails = checked.iter().flat_map(|file| &file.triage.shown).any(|finding| finding.severity >= from);
    if fails { Exit::Findings } else { Exit::Clean }
}
