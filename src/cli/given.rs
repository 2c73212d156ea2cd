use std::path::Path;

use super::failure::Failure;
use super::flags::{AccountOptions, CommonOptions, StdinOptions};
use super::input::{self, Input};
use super::settings::{EffectiveSettings, SettingsLoader};
use super::{Streams, tell};
use crate::render::Look;

/// The one topology that a command reads, and the settings that apply to it.
pub(super) struct Given<'o> {
    pub(super) input: Input,
    /// As findings show it.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) wanted: EffectiveSettings,
    pub(super) loader: SettingsLoader<'o>,
    /// How findings look on standard error.
    pub(super) look: Look,
}

impl<'o> Given<'o> {
    /// Reads the file at `path`, or standard input for `-`, and the settings that apply to it.
    pub(super) fn read(
        path: &Path,
        options: &'o CommonOptions,
        stdin: &StdinOptions,
        account: AccountOptions,
        variables: Vec<(String, String)>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let look = tell::look(options, &variables, streams);
        let input = Input::of(path);
        let mut loader = SettingsLoader::new(options, account, variables, look)?;
        let wanted = loader.of(input.folder())?.clone();
        loader.tell_warnings(streams)?;
        let bytes = input::read(&input, options, stdin, streams)?;
        let name = input::name(&input, stdin);
        Ok(Self { input, name, bytes, wanted, loader, look })
    }
}
