//! `publish-plan verify`: what `publish.sh verify` does, by the name of the lab.

use std::fs;

use crate::base::whole;
use crate::cli::compilation::ready::Ready;
use crate::cli::compilation::{Done, compile};
use crate::cli::compile_options::Purpose;
use crate::cli::failure::Failure;
use crate::cli::open_options::VerifyOptions;
use crate::cli::state::{self, SCRIPT};
use crate::cli::{Exit, Streams, script, script_record};

/// The files of a lab that a verification runs.
const RUN: [&str; 2] = [SCRIPT, "runtime.sh"];

/// Tries the sockets of a lab. Its exit code has a meaning of its own (docs/src/verify.md), so everything that keeps it from being
/// done is a failure.
pub(super) fn run(
    options: &VerifyOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let states = state::folder(&variables);
    let Done::Ready(ready) = compile(&options.lab, Purpose::Look, variables, streams)? else {
        return Ok(Exit::Failed);
    };
    if let Some(failure) = ready.no_provider(&options.only.providers) {
        return Err(failure);
    }
    let folder = ready.folder();
    let states = states.as_deref();
    let script = if ready.above.is_some() {
        states.and_then(|states| script_record::of_several(states, folder)?.script())
    } else {
        states.and_then(|states| state::open_here(states, folder)?.script())
    };
    // What came with a repository, or was edited, is not run.
    if !is_as_written(&ready) && script.is_none() {
        let shown = whole(&folder.to_string_lossy());
        writeln!(
            streams.stderr,
            "the files in {shown} are not those that this program would write now; run `publish-plan compile` with the same flags first"
        )?;
        return Ok(Exit::Failed);
    }
    let only = options.only.arguments().filter(|_| ready.above.is_some()).map(str::to_owned);
    let arguments: Vec<String> = arguments(options).into_iter().chain(only).collect();
    script::call(&folder.join(SCRIPT), &arguments, streams)
}

/// Whether the files are those that this program would write.
fn is_as_written(ready: &Ready) -> bool {
    ready.outputs().all(|output| {
        RUN.iter().all(|name| {
            let there = fs::read_to_string(output.folder().join(name)).ok();
            there.as_deref() == output.text(name)
        })
    })
}

fn arguments(options: &VerifyOptions) -> Vec<String> {
    let path = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
    let values = [
        ("--as", options.person.clone()),
        ("--key", options.key.as_ref().map(path)),
        ("--cookie", options.cookie.as_ref().map(path)),
        ("--marks", options.marks.as_ref().map(path)),
        ("--ca", options.ca.as_ref().map(path)),
    ];
    let values = values.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
    let flags = [("--trust", options.trust), ("--json", options.json), ("--junit", options.junit)];
    let flags = flags.into_iter().filter(|(_, is_given)| *is_given).map(|(flag, _)| flag.to_owned());
    std::iter::once("verify".to_owned()).chain(values.flatten()).chain(flags).collect()
}
