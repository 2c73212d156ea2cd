//! `publish-plan check`

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;

use super::baseline::Known;
use super::failure::Failure;
use super::fixing::Mended;
use super::input::{self, Input};
use super::options::CheckOptions;
use super::progress::Progress;
use super::report::Stage;
use super::settings::{EffectiveSettings, SettingsLoader};
use super::values::FailOn;
use super::{Exit, Streams, baseline, fixing, paths, report, show_settings, sift, tell, tracked};
use crate::base::{Finding, Severity, Suppression, counted, whole};
use crate::emit;
use crate::pipeline::{self, Examined};
use crate::render::{Look, Summary};

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
    let (mut inputs, mut excluded) = (Vec::new(), 0);
    let named = if options.tracked {
        tracked::inputs(&options.paths, &mut failures)?
    } else {
        input::inputs(&options.paths, &mut failures)
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
    loader.tell_warnings(streams)?;
    if options.show_settings {
        return show_settings::run(&inputs, options, failures, columns, streams);
    }
    // Standard input is read before the threads start: there is only one, and it is among the inputs at most once.
    let has_stdin = inputs.iter().any(|(input, _)| *input == Input::Stdin);
    if has_stdin && options.fix && inputs.len() > 1 {
        return Err(Failure::FixesStdin);
    }
    let read = inputs.iter().filter_map(|(input, _)| input.path()).chain(options.rules.baseline.as_deref());
    let read = read.chain(inputs.iter().filter_map(|(_, wanted)| wanted.file.as_deref()));
    stage.look_out(&read.collect::<Vec<_>>())?;
    let known = options.rules.baseline.as_deref().map(|path| baseline::read(path, &options.common)).transpose()?;
    let stdin = Mutex::new(has_stdin.then(|| input::read_stdin(&options.common, &options.stdin, streams)));

    let progress = Progress::new(inputs.len(), streams.terminal.stderr && !options.quiet);
    let results: Vec<Result<Checked, Failure>> = inputs
        .into_par_iter()
        .map(|(input, wanted)| {
            let bytes = match &input {
                Input::File(path) | Input::Found(path) => input::read_file(path, &options.common)?,
                Input::Stdin => {
                    stdin.lock().map(|mut stdin| stdin.take()).ok().flatten().unwrap_or_else(|| Ok(Vec::new()))?
                }
            };
            let checked = one(&input, bytes, options, wanted, known.as_ref());
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
    let exit = if options.diff {
        fixing::show(checked.iter().map(|file| (&file.examined, file.mended.as_ref())), look, streams)?
    } else {
        let summary = Summary { excluded, hides_infos: !options.verbose, ..Summary::default() };
        let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
        rest(options, checked, summary, known.as_ref(), failures, &stage, streams)?
    };
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { exit } else { Exit::Failed })
}

/// Checks one file, and fixes it if that was asked for.
fn one(
    input: &Input,
    bytes: Vec<u8>,
    options: &CheckOptions,
    wanted: EffectiveSettings,
    known: Option<&Known<'_>>,
) -> Result<Checked, Failure> {
    let (name, is_stdin) = (input::name(input, &options.stdin), *input == Input::Stdin);
    if !options.fix && !options.diff {
        let examined = pipeline::examine(&name, bytes, &wanted.settings, false);
        return Ok(Checked { examined, wanted, suppressed: Vec::new(), mended: None, is_stdin });
    }
    let (examined, mended) = fixing::mend(&name, bytes, options, &wanted, known);
    if let (true, true, Input::File(path) | Input::Found(path)) = (options.fix, mended.count > 0, input) {
        emit::replace(path, &mended.old, &mended.new).map_err(|error| Failure::NotMended { name, error })?;
    }
    Ok(Checked { examined, wanted, suppressed: Vec::new(), mended: Some(mended), is_stdin })
}

/// What is done with all files together: ignores, accounts, severities, the baseline, and the report.
fn rest(
    options: &CheckOptions,
    mut checked: Vec<Checked>,
    mut summary: Summary,
    known: Option<&Known<'_>>,
    failures: Vec<String>,
    stage: &Stage<'_>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    for file in &mut checked {
        sift::silence(options, file);
    }
    // After the comments were applied: a comment in one file must not hide a finding about the whole account.
    for account in sift::accounts(options, &checked) {
        let files: Vec<&Examined> = account.iter().map(|index| &checked[*index].examined).collect();
        for (index, finding) in pipeline::examine_account(&files) {
            checked[account[index]].examined.findings.push(finding);
        }
    }
    for file in &mut checked {
        sift::level(options, file);
    }
    if let Some(path) = &options.rules.write_baseline {
        if failures.is_empty() {
            let written = baseline::write(path, &checked)?;
            writeln!(streams.stderr, "wrote {} to {}", counted(written, "finding"), whole(&path.to_string_lossy()))?;
            return Ok(Exit::Clean);
        }
        // A baseline of some of the files would look like one of all of them.
        checked.clear();
    }
    if let Some(known) = known {
        let is_whole = options.rules.select.is_empty() && options.rules.ignore.is_empty();
        known.sift(&mut checked, is_whole, streams)?;
    }
    let exit = exit(options, &checked);
    let for_stdout = checked.iter().find(|file| file.is_stdin && options.fix).and_then(|file| file.mended.as_ref());
    let out: &mut dyn Write = if let Some(mended) = for_stdout {
        streams.stdout.write_all(&mended.new)?;
        streams.stderr
    } else {
        streams.stdout
    };
    for file in &checked {
        file.count(&mut summary);
    }
    if options.statistics {
        statistics(&checked, summary, stage.look(), out)?;
    } else {
        report::write(options, &checked, summary, failures, stage, out)?;
    }
    Ok(exit)
}

/// A file after its examination, with the settings that apply to it.
pub(super) struct Checked {
    pub(super) examined: Examined,
    pub(super) wanted: EffectiveSettings,
    /// Findings that are not shown, each with the reason.
    pub(super) suppressed: Vec<(Finding, Suppression)>,
    mended: Option<Mended>,
    is_stdin: bool,
}

impl Checked {
    /// Its absolute path, if it is relative to `folder`; None for standard input.
    pub(super) fn absolute(&self, folder: &Path) -> Option<String> {
        let path = std::path::absolute(folder.join(self.examined.file.name())).ok().filter(|_| !self.is_stdin)?;
        Some(report::slashed(&paths::plain(&path)))
    }

    /// Adds the file's counts to the summary.
    fn count(&self, summary: &mut Summary) {
        summary.files += 1;
        summary.sockets += self.examined.sockets;
        summary.open += self.examined.open;
        summary.fixed += self.mended.as_ref().map_or(0, |mended| mended.count);
        for (_, suppression) in &self.suppressed {
            match suppression {
                Suppression::Baseline => summary.baselined += 1,
                Suppression::Comment | Suppression::Level => summary.ignored += 1,
            }
        }
        for finding in &self.examined.findings {
            summary.count(finding);
        }
    }
}

/// Writes a line per rule, the most frequent first, and the summary line.
fn statistics(checked: &[Checked], mut summary: Summary, look: Look, out: &mut dyn Write) -> Result<(), Failure> {
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    summary.hides_infos = false;
    for finding in checked.iter().flat_map(|file| &file.examined.findings) {
        *counts.entry((finding.rule, finding.severity)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((rule, severity), count) in counts {
        writeln!(out, "{count:>5}  {:<7}  {rule}", severity.word())?;
    }
    if summary.files + summary.excluded > 0 {
        out.write_all(summary.line(look.color, look.columns).as_bytes())?;
    }
    Ok(())
}

fn exit(options: &CheckOptions, checked: &[Checked]) -> Exit {
    let from = match options.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    let fails = checked.iter().flat_map(|file| &file.examined.findings).any(|finding| finding.severity >= from);
    if fails { Exit::Findings } else { Exit::Clean }
}
