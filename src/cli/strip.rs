//! `publish-plan strip`

use super::failure::Failure;
use super::input::{self, Input};
use super::options::StripOptions;
use super::settings::Wishes;
use super::{Exit, Streams, tell};
use crate::line;

/// Prints the topology that today's containerlab deploys.
pub(super) fn run(
    options: &StripOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let look = tell::look(&options.common, &variables, streams);
    let input = Input::of(&options.path);
    let mut wishes = Wishes::new(&options.common, variables, look)?;
    let settings = wishes.of(input.folder())?.settings.clone();
    let bytes = input::read(&input, &options.common, streams)?;
    let (file, text) = line::strip(&input::name(&input, &options.common), bytes, &settings);
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
