//! `publish-plan status`: what `publish.sh status` does, by the name of the lab.

use crate::cli::failure::Failure;
use crate::cli::open_options::StatusOptions;
use crate::cli::{Exit, Streams, script};

/// Shows what is up of a lab, who may connect, and when it closes.
pub(super) fn run(
    options: &StatusOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let arguments: Vec<&str> = ["status"].into_iter().chain(options.json.then_some("--json")).collect();
    script::of_lab((options.topology.given(), &options.compiled), &arguments, variables, streams)
}
