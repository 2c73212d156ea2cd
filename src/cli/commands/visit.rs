//! `publish-plan visit`: what `publish.sh visit` does, by the name of the lab.

use std::path::Path;

use crate::cli::failure::Failure;
use crate::cli::open_options::VisitOptions;
use crate::cli::{Exit, Streams, script};

/// Shows how to connect to a socket, and who may.
pub(super) fn run(
    options: &VisitOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let (path, socket) = match &options.words[..] {
        [path, socket] => (Some(Path::new(path)), socket),
        [socket, ..] => (None, socket),
        [] => unreachable!("clap asks for one"),
    };
    script::of_lab((path, &options.compiled), &["visit", socket], variables, streams)
}
