//! `publish-plan strip`

use super::failure::Failure;
use super::input::{self, Input};
use super::options::StripOptions;
use super::settings::Wishes;
use super::{Exit, Streams};
use crate::line;
use crate::report::human;

/// Prints the topology that today's containerlab deploys.
pub(super) fn run(
    options: &StripOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let look = input::look(&options.common, &variables, streams.terminal.stderr, streams.terminal);
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
            for finding in &findings {
                streams.stderr.write_all(human::finding(&file, finding, look).as_bytes())?;
            }
            Ok(Exit::Findings)
        }
    }
}
