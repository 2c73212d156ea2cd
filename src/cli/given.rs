use std::path::Path;

use super::failure::Failure;
use super::flags::{AccountOptions, CommonOptions, EntriesOptions, StdinOptions};
use super::input::{self, Input};
use super::lab::{self, Lab, OnDisk};
use super::other_labs::OtherLabs;
use super::settings::{EffectiveSettings, SettingsLoader};
use super::{Streams, tell};
use crate::pipeline::NamedFile;
use crate::render::Look;

/// The one topology that a command reads, and the settings that apply to it.
pub(super) struct Given<'o> {
    pub(super) input: Input,
    pub(super) file: NamedFile,
    pub(super) wanted: EffectiveSettings,
    pub(super) loader: SettingsLoader<'o>,
    /// How findings look on standard error.
    pub(super) look: Look,
}

impl<'o> Given<'o> {
    /// Reads the file at `path`, or standard input for `-`, and the settings that apply to it, or to the entries file that was given
    /// for it.
    pub(super) fn read(
        path: &Path,
        (options, stdin, entries): (&'o CommonOptions, &StdinOptions, &EntriesOptions),
        account: AccountOptions,
        variables: Vec<(String, String)>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let look = tell::look(options, &variables, streams);
        let input = Input::of(path);
        let mut loader = SettingsLoader::new(options, account, variables, look)?;
        let entries = entries.input();
        let wanted = loader.of(entries.as_ref().unwrap_or(&input).folder())?.clone();
        loader.tell_warnings(streams)?;
        let bytes = input::read(&input, options, stdin, streams)?;
        let file = NamedFile { name: input::name(&input, stdin), bytes };
        Ok(Self { input, file, wanted, loader, look })
    }

    /// The topology that the file is.
    ///
    /// # Errors
    /// If it is an entries file.
    pub(super) fn topology(&self, options: &CommonOptions) -> Result<NamedFile, Failure> {
        let environment = &self.wanted.settings.environment;
        let place = self.input.path().unwrap_or(Path::new(&self.file.name));
        if lab::topology_of(place, &self.file, environment, &OnDisk(options)).is_some() {
            return Err(Failure::EntriesFile { name: self.file.name.clone() });
        }
        Ok(self.file.clone())
    }
}

/// The flags about the one lab that a command reads.
#[derive(Clone, Copy)]
pub(super) struct LabFlags<'o> {
    pub(super) common: &'o CommonOptions,
    pub(super) stdin: &'o StdinOptions,
    pub(super) entries: &'o EntriesOptions,
    pub(super) account: &'o AccountOptions,
}

/// The one lab that a command reads, those that share its account, and the settings that apply to it.
pub(super) struct GivenLab<'o> {
    /// The file that was given.
    pub(super) input: Input,
    pub(super) lab: Lab,
    pub(super) others: OtherLabs,
    pub(super) wanted: EffectiveSettings,
    pub(super) loader: SettingsLoader<'o>,
    /// How findings look on standard error.
    pub(super) look: Look,
}

impl<'o> GivenLab<'o> {
    /// Reads the lab that the file at `path` belongs to, and the settings. Its other file, if nobody named it, is told on standard
    /// error.
    pub(super) fn read(
        path: &Path,
        flags: LabFlags<'o>,
        variables: Vec<(String, String)>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let LabFlags { common, stdin, entries, account } = flags;
        let given = Given::read(path, (common, stdin, entries), account.clone(), variables, streams)?;
        let Given { input, file, wanted, mut loader, look } = given;
        let name = file.name.clone();
        let lab = entries.lab(input.path(), file, &wanted, &OnDisk(common))?;
        tell::lab(&lab, &name, entries, streams)?;
        let others = OtherLabs::read(&lab, &wanted, (&mut loader, common))?;
        loader.tell_warnings(streams)?;
        Ok(Self { input, lab, others, wanted, loader, look })
    }
}
