//! `publish-plan strip`

use crate::cli::failure::Failure;
use crate::cli::flags::{AccountOptions, EntriesOptions};
use crate::cli::given::Given;
use crate::cli::options::StripOptions;
use crate::cli::{Exit, Streams, tell};
use crate::pipeline;

/// Prints the topology as current containerlab can deploy it; findings that prevent that go to standard error.
pub(super) fn run(
    options: &StripOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let path = options.topology.path(streams)?;
    // The account makes no difference to what is left of the topology.
    let account = AccountOptions::default();
    let given =
        Given::read(&path, (&options.common, &options.stdin, &EntriesOptions::default()), account, variables, streams)?;
    let topology = given.topology(&options.common)?;
    let Given { wanted, look, .. } = given;
    let (file, text) = pipeline::strip(topology, &wanted.settings);
    match text {
        Ok(text) => {
            streams.stdout.write_all(text.as_bytes())?;
            Ok(Exit::Clean)
        }
        Err(findings) => {
            tell::findings(&[(file, findings)], false, look, streams)?;
            Ok(Exit::Findings)
        }
    }
}
