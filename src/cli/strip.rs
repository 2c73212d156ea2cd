//! `publish-plan strip`

use super::failure::Failure;
use super::given::Given;
use super::options::StripOptions;
use super::{Exit, Streams, tell};
use crate::line;

/// Prints the topology that today's containerlab deploys.
pub(super) fn run(
    options: &StripOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let Given { name, bytes, wanted, look, .. } = Given::read(&options.path, &options.common, variables, streams)?;
    let (file, text) = line::strip(&name, bytes, &wanted.settings);
    match text {
        Ok(text) => {
            streams.stdout.write_all(text.as_bytes())?;
            Ok(Exit::Clean)
        }
        Err(findings) => {
            tell::findings(&file, &findings, &options.common, look, streams)?;
            Ok(Exit::Findings)
        }
    }
}
