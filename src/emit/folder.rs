//! Artifacts and the disk: what differs, and how to write without touching anyone's work.

use std::path::{Path, PathBuf};

use super::directory::{Directory, DirectoryPath, Unplaced};
use super::earlier::{Earlier, NEXT};
use super::manifest::{self, Digested, Generated, Manifest, Sources};
use super::opened::{Left, Opened};
use super::write_error::WriteError;
use crate::providers::{Artifact, Folder};

/// Everything that one compilation produces.
#[derive(Debug)]
pub(crate) struct Output {
    destination: Destination,
    files: Vec<Artifact>,
    /// The names of directories in the output directory that are those of other compilations.
    others: Vec<&'static str>,
}

/// A file that is not on disk as it should be.
#[derive(Debug)]
pub(crate) struct Difference<'o> {
    pub(crate) path: PathBuf,
    /// What is there; none if there is no file. Bytes that are not text are shown as replacement characters.
    pub(crate) old: Option<String>,
    /// What should be; none if an earlier run wrote a file that this one does not.
    pub(crate) new: Option<&'o str>,
}

/// A file as an earlier run, or someone else, left it.
#[derive(Debug)]
pub(crate) struct EarlierFile {
    /// None if it is not there.
    pub(crate) bytes: Option<Vec<u8>>,
    /// Whether the manifest of an earlier run names it.
    pub(crate) is_named: bool,
}

/// What a write did.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) new: usize,
    pub(crate) unchanged: usize,
    /// Files of an earlier run that are no longer made.
    pub(crate) removed: Vec<PathBuf>,
    /// Files in the output directory that someone else wrote.
    pub(crate) strangers: Vec<PathBuf>,
}

/// Where the files of a compilation go, and what they were made from.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// The directory of all files but the topology's copy for containerlab.
    pub(crate) output: DirectoryPath,
    /// Where the topology is.
    pub(crate) topology: DirectoryPath,
    /// The topology as it is seen from the output directory: two labs may have files of one name.
    pub(crate) source: String,
}

impl Output {
    /// `artifacts` and the manifest of all of them, which were made from `sources`.
    pub(crate) fn new(
        destination: Destination,
        sources: Sources,
        provider: &str,
        project: Option<&str>,
        artifacts: Vec<Artifact>,
    ) -> Result<Self, serde_json::Error> {
        let mut files = artifacts;
        let generated =
            |file: &Artifact| Generated { file: Digested::new(&file.name, file.text.as_bytes()), folder: file.folder };
        let generated = files.iter().map(generated).collect();
        let manifest = Manifest::new(sources, provider, project, generated).text()?;
        files.push(Artifact::new(manifest::NAME, manifest));
        Ok(Self { destination, files, others: Vec::new() })
    }

    /// The same, beside which there are directories of other compilations in the output directory.
    pub(crate) fn with_others(self, others: Vec<&'static str>) -> Self {
        Self { others, ..self }
    }

    /// The paths of all files from their directories, in their order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.files.iter().map(Artifact::path).collect()
    }

    /// The text of a file, by its path.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path() == name)?;
        Some(&file.text)
    }

    /// Where the files are written.
    pub(crate) fn folder(&self) -> &Path {
        &self.destination.output.shown
    }

    fn open(&self, create: bool) -> Result<Option<Opened>, WriteError> {
        let makes = |folder| self.files.iter().any(|file| file.folder == folder);
        Opened::open(&self.destination, create, makes)
    }

    /// The file of this name in the output directory; none if the directory does not exist.
    ///
    /// # Errors
    /// [`WriteError`], also for a link and for what is not a file.
    pub(crate) fn earlier(&self, name: &str) -> Result<Option<EarlierFile>, WriteError> {
        let Some(output) = Directory::open(&self.destination.output, false)? else { return Ok(None) };
        match output.kind(name)? {
            Some(kind) if kind.is_symlink() => return Err(WriteError::Link(output.path_of(name))),
            Some(kind) if !kind.is_file() => return Err(WriteError::NotAFile(output.path_of(name))),
            _ => {}
        }
        let is_named = Earlier::read(&output, &self.destination.source)?.names(name);
        Ok(Some(EarlierFile { bytes: output.read(name)?, is_named }))
    }

    /// Whether a file of the output directory is there already, as it would be written.
    ///
    /// # Errors
    /// [`WriteError`]
    pub(crate) fn stays(&self, name: &str) -> Result<bool, WriteError> {
        let Some(output) = Directory::open(&self.destination.output, false)? else { return Ok(false) };
        self.text(name).map_or(Ok(false), |text| output.has(name, text.as_bytes()))
    }

    /// The path of a file, for messages.
    fn path_of(&self, file: &Artifact) -> PathBuf {
        let directory = match file.folder {
            Folder::Topology => &self.destination.topology.shown,
            Folder::Output | Folder::Gateway | Folder::Kubernetes | Folder::Visitors => &self.destination.output.shown,
        };
        directory.join(file.path())
    }

    fn makes(&self, name: &str, folder: Folder) -> bool {
        self.files.iter().any(|file| file.name == name && file.folder == folder)
    }

    /// Whether something in one of the directories belongs there.
    fn belongs(&self, name: &str, folder: Folder) -> bool {
        self.makes(name, folder) || (folder == Folder::Output && self.others.contains(&name))
    }

    /// Every file that is not on disk as it should be.
    ///
    /// # Errors
    /// [`WriteError`]: what is on disk cannot be compared, or [`write`](Self::write) would refuse it even with `force`; files that
    /// an engine would load unasked.
    pub(crate) fn differences(&self) -> Result<Vec<Difference<'_>>, WriteError> {
        let missing = |file| Difference { path: self.path_of(file), old: None, new: Some(file.text.as_str()) };
        let Some(opened) = self.open(false)? else { return Ok(self.files.iter().map(missing).collect()) };
        let left = opened.left(|name, folder| self.makes(name, folder))?;
        let planted = opened.strangers(&left, |name, folder| self.belongs(name, folder))?.planted;
        if !planted.is_empty() {
            return Err(WriteError::Planted(planted));
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let mut differences = Vec::new();
        for file in &self.files {
            let Some(directory) = opened.of(file.folder) else {
                differences.push(missing(file));
                continue;
            };
            let kind = directory.kind(&file.name)?;
            if kind.as_ref().is_some_and(cap_std::fs::FileType::is_symlink) {
                return Err(WriteError::Link(directory.path_of(&file.name)));
            }
            let old = directory.read(&file.name)?;
            if old.as_deref() != Some(file.text.as_bytes()) {
                // A pipe or a device has no bytes that count.
                let old = old.or_else(|| kind.map(|_| Vec::new())).map(text);
                differences.push(Difference { path: directory.path_of(&file.name), old, new: Some(&file.text) });
            }
        }
        for file in left {
            let old = file.directory.read(&file.name)?.map(text);
            differences.push(Difference { path: file.directory.path_of(&file.name), old, new: None });
        }
        Ok(differences)
    }

    /// Writes what differs, each file in one step, the manifest last.
    ///
    /// # Errors
    /// [`WriteError`]; then nothing was written. Files that someone else wrote or edited, and files that an engine would load
    /// unasked, unless `force`; links and what is not a file in any case.
    pub(crate) fn write(&self, force: bool) -> Result<Written, WriteError> {
        let opened = self.open(true)?;
        let opened = opened.ok_or_else(|| WriteError::NotADirectory(self.destination.output.shown.clone()))?;
        let done = self.write_into(&opened, force);
        if done.is_err() {
            opened.remove_unused(|directory, _| !directory.is_new());
        }
        done
    }

    /// Whether [`write`](Self::write) would write everything.
    ///
    /// # Errors
    /// [`WriteError`]: it would not.
    pub(crate) fn check(&self, force: bool) -> Result<(), WriteError> {
        self.open(false)?.map_or(Ok(()), |opened| self.to_write(&opened, force).map(drop))
    }

    fn write_into(&self, opened: &Opened, force: bool) -> Result<Written, WriteError> {
        let (to_write, removed, mut done) = self.to_write(opened, force)?;
        opened.tidy();
        done.new = put(opened, to_write)?;
        for file in removed {
            file.directory.remove(&file.name)?;
            done.removed.push(file.directory.path_of(&file.name));
        }
        opened.remove_unused(|_, folder| self.files.iter().any(|file| file.folder == folder));
        Ok(done)
    }

    /// What is to be written, and what is to be removed.
    fn to_write<'o>(
        &'o self,
        opened: &'o Opened,
        force: bool,
    ) -> Result<(Vec<&'o Artifact>, Vec<Left<'o>>, Written), WriteError> {
        let earlier = &opened.earlier;
        let mut to_write = Vec::new();
        let mut not_ours = Vec::new();
        let mut done = Written::default();
        for file in &self.files {
            let Some(directory) = opened.of(file.folder) else {
                to_write.push(file);
                continue;
            };
            let kind = directory.kind(&file.name)?;
            if kind.as_ref().is_some_and(cap_std::fs::FileType::is_symlink) {
                return Err(WriteError::Link(directory.path_of(&file.name)));
            }
            if kind.is_some_and(|kind| !kind.is_file()) {
                return Err(WriteError::NotAFile(directory.path_of(&file.name)));
            }
            let is_same = directory.has(&file.name, file.text.as_bytes())?;
            if is_same && directory.is_runnable(&file.name, file.is_executable) {
                done.unchanged += 1;
                continue;
            }
            let is_ours = match &directory.read(&file.name)? {
                None => true,
                Some(_) if is_manifest(file) => !earlier.is_none(),
                Some(bytes) => is_same || earlier.wrote(&file.name, file.folder, bytes),
            };
            if !is_ours && !force {
                not_ours.push(directory.path_of(&file.name));
            }
            to_write.push(file);
        }
        if !not_ours.is_empty() {
            return Err(WriteError::NotOurs(not_ours));
        }
        let removed = opened.left(|name, folder| self.makes(name, folder))?;
        let strangers = opened.strangers(&removed, |name, folder| self.belongs(name, folder))?;
        if !strangers.planted.is_empty() && !force {
            return Err(WriteError::Planted(strangers.planted));
        }
        done.strangers = strangers.planted.into_iter().chain(strangers.others).collect();
        Ok((to_write, removed, done))
    }
}

fn is_manifest(file: &Artifact) -> bool {
    file.name == manifest::NAME && file.folder == Folder::Output
}

fn directory_of<'o>(opened: &'o Opened, file: &Artifact) -> &'o Directory {
    opened.of(file.folder).expect("the directories of files to write are created")
}

/// Writes files and puts them in their places, the manifest last. Returns their number.
fn put(opened: &Opened, files: Vec<&Artifact>) -> Result<usize, WriteError> {
    // First all of them next to their places: if one cannot be written, none is.
    let unplaced = files.into_iter().map(|file| Ok((file, directory_of(opened, file).write(file)?)));
    let unplaced: Vec<(&Artifact, Unplaced<'_>)> = unplaced.collect::<Result<_, _>>()?;
    let (manifest, others): (Vec<_>, Vec<_>) = unplaced.into_iter().partition(|(file, _)| is_manifest(file));
    let count = manifest.len() + others.len();
    let is_new_manifest = !manifest.is_empty();
    for (_, written) in manifest {
        written.place(NEXT)?;
    }
    for (file, written) in others {
        written.place(&file.name)?;
    }
    if is_new_manifest {
        opened.output.rename(NEXT, manifest::NAME)?;
    } else if opened.output.kind(NEXT)?.is_some() {
        opened.output.remove(NEXT)?;
    }
    Ok(count)
}
