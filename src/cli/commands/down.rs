//! `publish-plan down`: what `publish.sh down` does, by the name of the lab.

use crate::cli::failure::Failure;
use crate::cli::open_options::DownOptions;
use crate::cli::{Exit, Streams, script};

/// Closes the tunnels of a lab.
pub(super) fn run(
    options: &DownOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    script::of_lab((options.topology.given(), &options.compiled), &["down"], variables, streams)
}
