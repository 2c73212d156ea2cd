//! The directories that a compilation writes to, open, and what earlier runs wrote there.

use std::path::PathBuf;

use super::directory::{Directory, DirectoryPath};
use super::earlier::{self, Earlier, Strangers};
use super::folder::Destination;
use super::write_error::WriteError;
use crate::providers::Folder;

/// The directories, open.
pub(super) struct Opened {
    pub(super) earlier: Earlier,
    pub(super) output: Directory,
    topology: Directory,
    /// Those inside the output directory that are needed and exist.
    inside: Vec<(Folder, Directory)>,
}

/// A file of an earlier run that this one does not make, in its directory.
pub(super) struct Left<'o> {
    pub(super) directory: &'o Directory,
    folder: Folder,
    pub(super) name: String,
}

impl Opened {
    /// Opens the directories of a destination; none if the output directory does not exist and is not to be created. Inside it, opens
    /// those that files are made for, and those that an earlier run used.
    pub(super) fn open(
        destination: &Destination,
        create: bool,
        makes: impl Fn(Folder) -> bool,
    ) -> Result<Option<Self>, WriteError> {
        let topology = Directory::open(&destination.topology, false)?;
        let topology = topology.ok_or_else(|| WriteError::NotADirectory(destination.topology.shown.clone()))?;
        let Some(output) = Directory::open(&destination.output, create)? else { return Ok(None) };
        let earlier = Earlier::read(&output, &destination.source)?;
        let is_needed = |folder: &Folder| makes(*folder) || earlier.has(*folder);
        let mut inside = Vec::new();
        for folder in Folder::INSIDE.into_iter().filter(is_needed) {
            let opened = Directory::open(&destination.inside(folder), create && makes(folder))?;
            inside.extend(opened.map(|directory| (folder, directory)));
        }
        Ok(Some(Self { earlier, output, topology, inside }))
    }

    /// A directory; none if it does not exist.
    pub(super) fn of(&self, folder: Folder) -> Option<&Directory> {
        match folder {
            Folder::Output => Some(&self.output),
            Folder::Topology => Some(&self.topology),
            Folder::Gateway | Folder::Kubernetes | Folder::Visitors => {
                self.inside.iter().find(|(inside, _)| *inside == folder).map(|(_, directory)| directory)
            }
        }
    }

    /// The output directory and those inside it.
    fn own(&self) -> impl Iterator<Item = (&Directory, Folder)> {
        let inside = self.inside.iter().map(|(folder, directory)| (directory, *folder));
        std::iter::once((&self.output, Folder::Output)).chain(inside)
    }

    /// The files of an earlier run that nobody edited and that are not made anymore: `makes` says which are.
    pub(super) fn left(&self, makes: impl Fn(&str, Folder) -> bool) -> Result<Vec<Left<'_>>, WriteError> {
        let mut left = Vec::new();
        for (directory, folder) in self.own() {
            let names = self.earlier.untouched((directory, folder), |name| makes(name, folder))?;
            left.extend(names.into_iter().map(|name| Left { directory, folder, name }));
        }
        Ok(left)
    }

    /// The paths of files of an earlier run that are not among those that are `left` because someone edited them.
    pub(super) fn edited(&self, left: &[Left<'_>]) -> Result<Vec<PathBuf>, WriteError> {
        let mut edited = Vec::new();
        for (directory, folder) in self.own() {
            let of_it = left.iter().filter(|file| file.folder == folder);
            let untouched: Vec<String> = of_it.map(|file| file.name.clone()).collect();
            edited.extend(self.earlier.edited((directory, folder), &untouched)?);
        }
        Ok(edited)
    }

    /// Files that no run wrote: they are neither made nor `left`.
    pub(super) fn strangers(
        &self,
        left: &[Left<'_>],
        makes: impl Fn(&str, Folder) -> bool,
    ) -> Result<Strangers, WriteError> {
        let mut all = Strangers::default();
        for (directory, folder) in self.own() {
            let is_directory = |name: &str| self.inside.iter().any(|(inside, _)| inside.name() == Some(name));
            let is_own = |name: &str| {
                makes(name, folder)
                    || left.iter().any(|file| file.folder == folder && file.name == name)
                    || (folder == Folder::Output && is_directory(name))
            };
            let found = earlier::strangers(directory, is_own)?;
            all.planted.extend(found.planted);
            all.others.extend(found.others);
        }
        Ok(all)
    }

    /// Removes the files that a killed run left next to their places.
    pub(super) fn tidy(&self) {
        self.own().for_each(|(directory, _)| directory.tidy());
    }

    /// Removes the directories that are empty and not `used`, the inner ones first.
    pub(super) fn remove_unused(&self, is_used: impl Fn(&Directory, Folder) -> bool) {
        let own: Vec<_> = self.own().filter(|(directory, folder)| !is_used(directory, *folder)).collect();
        own.into_iter().rev().for_each(|(directory, _)| directory.remove_if_empty());
    }
}

impl Destination {
    /// A directory inside the output directory.
    fn inside(&self, folder: Folder) -> DirectoryPath {
        let name = folder.name().expect("a directory inside the output directory has a name");
        DirectoryPath {
            base: self.output.base.clone(),
            below: self.output.below.join(name),
            shown: self.output.shown.join(name),
        }
    }
}
