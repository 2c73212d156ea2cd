//! `publish-plan check`

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rayon::prelude::*;

use crate::base::{Applicability, Finding, Severity, counted, whole};
use crate::cli::baseline::BaselineFile;
use crate::cli::checked::Checked;
use crate::cli::failure::Failure;
use crate::cli::input::{self, Input};
use crate::cli::lab::{self, FileReader, OnDisk};
use crate::cli::options::CheckOptions;
use crate::cli::progress::Progress;
use crate::cli::report::Stage;
use crate::cli::searched::Searched;
use crate::cli::settings::{EffectiveSettings, SettingsLoader};
use crate::cli::triaged::Flags;
use crate::cli::values::FailOn;
use crate::cli::{Exit, Streams, fixing, report, show_settings, tell, tracked, watch};
use crate::emit;
use crate::pipeline::{self, Examined, NamedFile};
use crate::render::{Summary, findings};
use crate::settings::ONE_ACCOUNT;

/// Checks every input, and with `--watch` again after each change.
pub(super) fn run(
    options: &CheckOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    if options.watch {
        return watch::run(options, streams, |streams| once(options, variables.clone(), streams));
    }
    once(options, variables, streams)
}

/// Checks every input and reports the findings in the order of the inputs.
fn once(options: &CheckOptions, variables: Vec<(String, String)>, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
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
        fixing::show(checked.iter().map(|file| (&*file.examined, file.fixed.as_ref())), look, streams)?
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
    if options.entries.file.is_some() && !matches!(&options.paths[..], [path] if !path.is_dir()) {
        return Err(Failure::EntriesOfSeveral);
    }
    let named = if options.tracked {
        tracked::inputs(&options.paths, failures)?
    } else {
        input::inputs(&options.paths, failures)
    };
    for input in named {
        let entries = options.entries.input();
        let wanted = loader.of(entries.as_ref().unwrap_or(&input).folder())?;
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
    let reader = OnDisk(&options.common);
    let listed = listed(&inputs);
    for (path, of) in listed {
        // What may not be used is told once, not by each topology that it might be for.
        if let Err(failure) = lab::listed(&path, &of, &reader) {
            failures.push(failure);
            continue;
        }
        let wanted = loader.of(path.parent().unwrap_or(Path::new("")))?.clone();
        inputs.push((Input::Found(path), wanted));
    }
    if inputs.iter().filter_map(|(input, _)| input.path()).all(is_topology) {
        return Ok((inputs, excluded));
    }
    // An entries file of a topology that is checked too is checked with it.
    let topologies: HashMap<PathBuf, (PathBuf, EffectiveSettings)> = inputs
        .iter()
        .filter_map(|(input, wanted)| Some((real(input.path()?), (input.path()?.to_owned(), wanted.clone()))))
        .collect();
    inputs.retain(|(input, wanted)| {
        let Some(entries) = input.path().filter(|path| !is_topology(path)) else { return true };
        let of = lab::topology_at(entries, wanted, &reader).and_then(|of| topologies.get(&real(&of)));
        !of.is_some_and(|(topology, wanted)| {
            topology != entries && lab::is_read_with(topology, wanted, entries, &reader)
        })
    });
    Ok((inputs, excluded))
}

/// The entries files that the settings of the directories that are searched list, and that the search did not find; each with these
/// settings.
fn listed(inputs: &[(Input, EffectiveSettings)]) -> BTreeMap<PathBuf, EffectiveSettings> {
    let found = inputs.iter().filter(|(input, _)| matches!(input, Input::Found(_)));
    let mut listed: BTreeMap<PathBuf, EffectiveSettings> =
        found.flat_map(|(_, wanted)| wanted.entries().into_iter().map(|path| (path, wanted.clone()))).collect();
    listed.retain(|path, _| inputs.iter().all(|(input, _)| input.path() != Some(path)));
    listed
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
    let of_others = of_others(&inputs, options);
    let readers = (OnDisk(&options.common), Searched::new(OnDisk(&options.common)));
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
            let is_of_others = matches!(&input, Input::Found(path) if of_others.contains(path));
            let reader: &dyn FileReader = if matches!(input, Input::Found(_)) { &readers.1 } else { &readers.0 };
            let checked = one((&input, is_of_others), bytes, (options, reader), wanted, flags);
            progress.step();
            checked
        })
        .collect();
    drop(progress);
    let mut checked = Vec::new();
    let mut told: HashSet<String> = failures.iter().map(ToString::to_string).collect();
    for result in results {
        match result {
            Ok(file) => checked.push(file),
            // Several topologies can have the same reason.
            Err(failure) if !told.insert(failure.to_string()) => {}
            Err(failure) => failures.push(failure),
        }
    }
    checked
}

/// The topologies that a search found and that one of the entries files is for: they stay as they are.
fn of_others(inputs: &[(Input, EffectiveSettings)], options: &CheckOptions) -> HashSet<PathBuf> {
    let reader = OnDisk(&options.common);
    let entries = inputs.iter().filter_map(|(input, wanted)| Some((input.path()?, wanted)));
    let entries = entries.filter(|(path, _)| !is_topology(path));
    let topologies: HashSet<PathBuf> =
        entries.filter_map(|(path, wanted)| Some(real(&lab::topology_at(path, wanted, &reader)?))).collect();
    if topologies.is_empty() {
        return topologies;
    }
    let found = inputs.iter().filter_map(|(input, _)| input.path());
    found.filter(|path| topologies.contains(&real(path))).map(Path::to_owned).collect()
}

/// Whether a file is called like a topology: then it is no entries file that nobody named.
fn is_topology(path: &Path) -> bool {
    path.file_name().is_some_and(input::is_topology)
}

/// A path without links, if there is a file.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Checks one file, and fixes it if that was asked for, unless it is the topology of others.
fn one(
    (input, is_of_others): (&Input, bool),
    bytes: Vec<u8>,
    (options, reader): (&CheckOptions, &dyn FileReader),
    wanted: EffectiveSettings,
    flags: &Flags<'_>,
) -> Result<Checked, Failure> {
    let (is_stdin, triage) = (*input == Input::Stdin, Vec::new());
    let file = NamedFile { name: input::name(input, &options.stdin), bytes };
    let lab = options.entries.lab(input.path(), file, &wanted, reader)?;
    if is_of_others || !options.fix && !options.diff {
        let mut examined = pipeline::examine(lab.files, &wanted.settings, false);
        for finding in examined.files.iter_mut().flat_map(|file| &mut file.findings).filter(|_| is_of_others) {
            finding.fix = None;
        }
        return Ok(Checked { examined: Box::new(examined), wanted, triage, fixed: None, is_stdin });
    }
    let least = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let (examined, fixed) = fixing::fix_all(&lab.files, least, &wanted, flags);
    if let (true, true, Some(path)) = (options.fix, fixed.count > 0, lab.path()) {
        let name = examined.file().name().to_owned();
        emit::replace(path, &fixed.old, &fixed.new).map_err(|error| Failure::NotFixed { name, error })?;
    }
    Ok(Checked { examined: Box::new(examined), wanted, triage, fixed: Some(fixed), is_stdin })
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
        // What is about the account is in the lab's own file, not in a topology below it.
        let mut of_account = of_accounts.remove(&index).unwrap_or_default();
        let files = examined.files.iter_mut();
        *triage = files
            .map(|file| {
                let findings = std::mem::take(&mut file.findings);
                flags.triage(wanted, file, findings, std::mem::take(&mut of_account))
            })
            .collect();
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
        let shown = checked.iter().flat_map(Checked::files).flat_map(|(_, triage)| &triage.shown);
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
        let files: Vec<&Examined> = account.iter().map(|index| &*checked[*index].examined).collect();
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
    let fails = checked
        .iter()
        .flat_map(Checked::files)
        .flat_map(|(_, triage)| &triage.shown)
        .any(|finding| finding.severity >= from);
    if fails { Exit::Findings } else { Exit::Clean }
}
