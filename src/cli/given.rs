use std::path::Path;

use super::failure::Failure;
use super::input::{self, Input};
use super::options::CommonOptions;
use super::settings::{Wanted, Wishes};
use super::{Streams, tell};
use crate::report::Look;

/// The one topology that a verb was given, and what is wanted for it.
pub(super) struct Given<'o> {
    pub(super) input: Input,
    /// As findings show it.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) wanted: Wanted,
    pub(super) wishes: Wishes<'o>,
    /// How findings look on standard error.
    pub(super) look: Look,
}

impl<'o> Given<'o> {
    /// Reads the file at `path`, or standard input for `-`.
    pub(super) fn read(
        path: &Path,
        options: &'o CommonOptions,
        variables: Vec<(String, String)>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let look = tell::look(options, &variables, streams);
        let input = Input::of(path);
        let mut wishes = Wishes::new(options, variables, look)?;
        let wanted = wishes.of(input.folder())?.clone();
        let bytes = input::read(&input, options, streams)?;
        let name = input::name(&input, options);
        Ok(Self { input, name, bytes, wanted, wishes, look })
    }
}
