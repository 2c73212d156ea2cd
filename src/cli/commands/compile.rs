//! `publish-plan compile`

use crate::cli::compilation::{Done, compile};
use crate::cli::compile_options::CompileOptions;
use crate::cli::failure::Failure;
use crate::cli::{Exit, Streams};

/// Compiles a lab into the files that run its tunnels.
pub(super) fn run(
    options: &CompileOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    match compile(&options.lab, options.purpose(), variables, streams)? {
        Done::Ready(ready) => {
            let written = ready.write(streams)?;
            streams.stderr.write_all(written.next_steps.as_bytes())?;
            Ok(Exit::Clean)
        }
        Done::Ended(exit) => Ok(exit),
    }
}
