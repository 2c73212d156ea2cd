//! The script of a lab, publish.sh, run by the name of the lab; and containerlab.
//!
//! A script is run only if it is the one that this user opened the tunnels with, or that this program wrote since, or for a node of the
//! topology wrote last: the generated files of a repository that somebody cloned start nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::compilation::output_folder::output_folder;
use super::failure::Failure;
use super::flags::{AccountOptions, StdinOptions};
use super::given::Given;
use super::lab::{Lab, OnDisk};
use super::open_options::{CompiledOptions, OnlyOptions};
use super::state::{self, SCRIPT};
use super::topology_file::TopologyFile;
use super::{Exit, Streams, input, script_record, topology_here};
use crate::base::whole;
use crate::pipeline;
use crate::providers;

/// Calls the script of a lab that is open.
pub(super) fn of_lab(
    (path, options): (Option<&Path>, &CompiledOptions),
    arguments: &[&str],
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let states = state::folder(&variables);
    let (output, lab) = output(path, options, variables, streams)?;
    let shown = whole(&output.to_string_lossy());
    let untrusted = |why: &str, streams: &mut Streams<'_>| {
        let arguments = arguments.join(" ");
        if !output.join(SCRIPT).exists() {
            writeln!(
                streams.stderr,
                "{shown}/{SCRIPT} is missing; write it anew with `publish-plan compile`, and then run this again"
            )?;
            return Ok(Exit::Findings);
        }
        writeln!(
            streams.stderr,
            "{shown}/{SCRIPT} {why}, so it is not run; if you trust it, run `sh {shown}/{SCRIPT} {arguments}`; if not, write it anew with `publish-plan compile --force`, and then run this again"
        )?;
        Ok(Exit::Findings)
    };
    if let Some(open) = states.as_deref().and_then(|states| state::open_here(states, &output)) {
        refuse_another(&options.only, open.provider())?;
        return match open.script() {
            Some(script) => call(&script, arguments, streams),
            None => untrusted(
                "is not the script that opened these tunnels, and this program did not write it since",
                streams,
            ),
        };
    }
    if let Some(node) = states.as_deref().and_then(|states| script_record::of_node(states, &output)) {
        return match node.script() {
            Some(script) => call(&script, arguments, streams),
            None => untrusted("is not the script that this program wrote last", streams),
        };
    }
    if states.as_deref().is_some_and(|states| is_one_of_several_open(states, &output)) {
        let record = states.as_deref().and_then(|states| script_record::of_several(states, &output));
        return match record.and_then(|record| record.script()) {
            Some(script) => {
                let arguments: Vec<&str> = arguments.iter().copied().chain(options.only.arguments()).collect();
                call(&script, &arguments, streams)
            }
            None => untrusted("is not the script that was run or written last", streams),
        };
    }
    let open = states.as_deref().map_or_else(Vec::new, state::all);
    if let Some(open) = lab.and_then(|lab| open.into_iter().find(|open| open.is_of(&lab))) {
        let here = whole(&open.here.to_string_lossy());
        let script = open.here.join(SCRIPT);
        let how = if script.exists() {
            format!("to close it, run `sh {here}/{SCRIPT} down`")
        } else {
            format!(
                "its script is gone; to close it, run `publish-plan compile` for it, and then `sh {shown}/{SCRIPT} down`"
            )
        };
        writeln!(streams.stderr, "a lab of this name is open from {here}, not from {shown}; {how}")?;
        return Ok(Exit::Findings);
    }
    writeln!(streams.stderr, "nothing is open from {shown}")?;
    Ok(if arguments == ["down"] { Exit::Clean } else { Exit::Findings })
}

/// Whether tunnels of one of several providers are open from its directory in `output`, or may be, as a node of a topology.
fn is_one_of_several_open(states: &Path, output: &Path) -> bool {
    providers::capabilities().iter().filter_map(|provider| provider.name).any(|provider| {
        let folder = output.join(provider);
        state::open_here(states, &folder).is_some() || script_record::of_node(states, &folder).is_some()
    })
}

/// Refuses `--only` with another provider than the one of a lab.
fn refuse_another(only: &OnlyOptions, provider: Option<String>) -> Result<(), Failure> {
    let provider = provider.and_then(|name| providers::find(&name)?.capabilities().name);
    match (only.providers.iter().find(|name| provider != Some(name.as_str())), provider) {
        (Some(other), Some(provider)) => {
            Err(Failure::NotAProviderOfTheLab { name: other.clone(), names: vec![provider] })
        }
        _ => Ok(()),
    }
}

/// The directory with the generated files of a lab, and the lab's name, if it is known.
fn output(
    path: Option<&Path>,
    options: &CompiledOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<(PathBuf, Option<String>), Failure> {
    if let Some(output) = &options.output {
        return Ok((output.clone(), None));
    }
    let path = match path {
        // As `ps` names it.
        Some(path) if path.is_dir() && path.join(SCRIPT).is_file() => return Ok((path.to_owned(), None)),
        Some(path) if !path.is_dir() => path.to_owned(),
        folder => topology_here::only_in(folder.unwrap_or(Path::new("")), streams)?,
    };
    let stdin = StdinOptions::default();
    let account = AccountOptions::default();
    let given = Given::read(&path, (&options.common, &stdin, &options.entries), account, variables, streams)?;
    let Lab { files, topology, entries } =
        options.entries.lab(given.input.path(), given.file, &given.wanted, &OnDisk(&options.common))?;
    let named = TopologyFile::new(&entries.or(topology).ok_or(Failure::NotAFile)?)?;
    let plan = pipeline::examine(files, &given.wanted.settings, true).plan;
    Ok((output_folder(None, &named)?.shown, plan.map(|plan| plan.lab)))
}

/// Runs a script of a lab, on the terminal of this program, and returns how it ended.
pub(super) fn call(
    script: &Path,
    arguments: &[impl AsRef<std::ffi::OsStr>],
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let script = input::named(script);
    let script = if script.is_absolute() { script } else { Path::new(".").join(script) };
    on_terminal(Command::new("sh").arg(script).args(arguments), "sh", streams)
}

/// How many sockets are up, as a script that opened them says; none if it cannot tell.
pub(super) fn count_up(script: &Path) -> Option<usize> {
    let output = Command::new("sh").arg(script).arg("rows").stdin(Stdio::null()).output().ok()?;
    let rows = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| rows.lines().filter(|row| row.split('\t').nth(7) == Some("up")).count())
}

/// What a script says of its lab's tunnels (`status --json`); none if it does not run or says something else.
pub(super) fn status(script: &Path) -> Option<serde_json::Value> {
    let status = Command::new("sh").arg(script).args(["status", "--json"]).stdin(Stdio::null()).output().ok()?;
    serde_json::from_slice(&status.stdout).ok()
}

/// Deploys a topology with the containerlab on PATH.
pub(super) fn deploy(topology: &Path, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let program = "containerlab";
    writeln!(streams.stderr, "{program} deploy -t {}", whole(&topology.to_string_lossy()))?;
    // Not a flag, whatever its name is.
    let path = if topology.is_absolute() { topology.to_owned() } else { Path::new(".").join(topology) };
    on_terminal(Command::new(program).args(["deploy", "-t"]).arg(path), program, streams)
}

/// Runs a program on the terminal of this one.
fn on_terminal(command: &mut Command, program: &str, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    // What was printed before it comes before it.
    streams.stdout.flush()?;
    streams.stderr.flush()?;
    let status = command.status().map_err(|error| Failure::NotStarted { program: program.to_owned(), error })?;
    Ok(match status.code() {
        Some(0) => Exit::Clean,
        Some(1) => Exit::Findings,
        Some(3) => Exit::CannotTell,
        _ => Exit::Failed,
    })
}
