//! The other labs of an account, for commands that read one lab (spec/limits.md#labs-of-one-account).

use std::path::Path;

use super::failure::Failure;
use super::flags::CommonOptions;
use super::lab::{self, FileReader, Lab, OnDisk};
use super::settings::{EffectiveSettings, SettingsLoader};
use crate::pipeline::{self, Examined};

/// What the other labs use of the account that a lab shares with them.
#[derive(Default)]
pub(super) struct OtherLabs(Vec<Examined>);

impl OtherLabs {
    /// Reads the labs whose entries files the settings of `own` list, if they share its account. `loader` has read these settings.
    ///
    /// # Errors
    /// If one of them cannot be read: without it, nothing can be said about the account.
    pub(super) fn read(
        own: &Lab,
        wanted: &EffectiveSettings,
        (loader, options): (&mut SettingsLoader<'_>, &CommonOptions),
    ) -> Result<Self, Failure> {
        let mut others = Vec::new();
        let Some(account) = wanted.account() else { return Ok(Self::default()) };
        let reader = OnDisk(options);
        for path in wanted.entries() {
            let of = lab::listed(&path, wanted, &reader)?;
            let is_own = |one: &Path, own: Option<&Path>| own.is_some_and(|own| lab::is_same(one, own));
            if is_own(&path, own.entries.as_deref()) || is_own(&of, own.topology.as_deref()) {
                continue;
            }
            let settings = loader.of(path.parent().unwrap_or(Path::new("")))?;
            if settings.account() == Some(account) {
                let other = Lab::of(Some(&path), reader.read(&path)?, settings, &reader)?;
                others.push(pipeline::examine(other.files, &settings.settings, false));
            }
        }
        Ok(Self(others))
    }

    /// Adds what is found about the account to the findings of the lab.
    pub(super) fn count_with(&self, own: &mut Examined) {
        pipeline::examine_own_account(own, &self.0);
    }
}
