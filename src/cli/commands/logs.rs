//! `publish-plan logs`: what `publish.sh logs` does, by the name of the lab.

use std::path::Path;

use crate::cli::failure::Failure;
use crate::cli::open_options::LogsOptions;
use crate::cli::{Exit, Streams, script};

/// Shows the log of a lab's client.
pub(super) fn run(
    options: &LogsOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let (path, socket) = match &options.words[..] {
        [path, socket, ..] => (Some(Path::new(path)), Some(socket)),
        // One word is the lab if there is such a file, otherwise a socket of the lab here.
        [word] if Path::new(word).exists() => (Some(Path::new(word)), None),
        [word] => (None, Some(word)),
        [] => (None, None),
    };
    let mut arguments = vec!["logs"];
    arguments.extend(socket.map(String::as_str));
    arguments.extend(options.follow.then_some("-f"));
    script::of_lab((path, &options.compiled), &arguments, variables, streams)
}
