//! Artifacts and the disk: what differs, and how to write without touching anyone's work.

use std::path::{Path, PathBuf};

use super::directory::{Directory, DirectoryPath, Unplaced};
use super::earlier::{self, Earlier, NEXT};
use super::manifest::{self, Digested, Folder, Generated, Manifest};
use super::write_error::WriteError;
use crate::providers::Artifact;

/// Everything that one compilation produces.
#[derive(Debug)]
pub(crate) struct Output {
    destination: Destination,
    files: Vec<OutputFile>,
}

#[derive(Debug)]
struct OutputFile {
    artifact: Artifact,
    folder: Folder,
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

/// What was removed of a topology that publishes nothing anymore.
#[derive(Debug, Default)]
pub(crate) struct Retired {
    pub(crate) removed: Vec<PathBuf>,
    /// Files of an earlier run that someone has edited since.
    pub(crate) edited: Vec<PathBuf>,
    /// The Compose project of its container.
    pub(crate) project: Option<String>,
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

/// The directories that a compilation writes to, open.
struct Opened {
    output: Directory,
    topology: Directory,
}

impl Opened {
    fn of(&self, folder: Folder) -> &Directory {
        match folder {
            Folder::Output => &self.output,
            Folder::Topology => &self.topology,
        }
    }
}

impl Output {
    /// `artifacts` for the output directory, `deploy` for the topology's, and the manifest of all of them, which was made from
    /// `source` and `settings`.
    pub(crate) fn new(
        destination: Destination,
        (source, settings): (Digested, Option<Digested>),
        provider: &str,
        project: &str,
        artifacts: Vec<Artifact>,
        deploy: Artifact,
    ) -> Result<Self, serde_json::Error> {
        let in_output = artifacts.into_iter().map(|artifact| OutputFile { artifact, folder: Folder::Output });
        let mut files: Vec<OutputFile> = in_output.collect();
        files.push(OutputFile { artifact: deploy, folder: Folder::Topology });
        let generated = |file: &OutputFile| Generated {
            file: Digested::new(&file.artifact.name, file.artifact.text.as_bytes()),
            folder: file.folder,
        };
        let generated = files.iter().map(generated).collect();
        let manifest = Manifest::new((source, settings), provider, project, generated).text()?;
        files.push(OutputFile { artifact: Artifact::new(manifest::NAME, manifest), folder: Folder::Output });
        Ok(Self { destination, files })
    }

    /// The names of all files, in their order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.artifact.name.as_str()).collect()
    }

    /// The text of the file called `name`.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.artifact.name == name)?;
        Some(&file.artifact.text)
    }

    /// Where the files are written.
    pub(crate) fn folder(&self) -> &Path {
        &self.destination.output.shown
    }

    /// Both directories; none if the output directory does not exist and is not to be created.
    fn open(&self, create: bool) -> Result<Option<Opened>, WriteError> {
        let topology = Directory::open(&self.destination.topology, false)?;
        let topology = topology.ok_or_else(|| WriteError::NotADirectory(self.destination.topology.shown.clone()))?;
        Ok(Directory::open(&self.destination.output, create)?.map(|output| Opened { output, topology }))
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

    fn directory(&self, folder: Folder) -> &Path {
        match folder {
            Folder::Output => &self.destination.output.shown,
            Folder::Topology => &self.destination.topology.shown,
        }
    }

    fn makes(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.artifact.name == name && file.folder == Folder::Output)
    }

    /// Every file that is not on disk as it should be.
    ///
    /// # Errors
    /// [`WriteError`]: what is on disk cannot be compared, or [`write`](Self::write) would refuse it even with `force`; files that
    /// an engine would load unasked.
    pub(crate) fn differences(&self) -> Result<Vec<Difference<'_>>, WriteError> {
        let Some(opened) = self.open(false)? else {
            let missing = self.files.iter().map(|file| Difference {
                path: self.directory(file.folder).join(&file.artifact.name),
                old: None,
                new: Some(&file.artifact.text),
            });
            return Ok(missing.collect());
        };
        let earlier = Earlier::read(&opened.output, &self.destination.source)?;
        let left = earlier.untouched((&opened.output, Folder::Output), |name| self.makes(name))?;
        let planted =
            earlier::strangers(&opened.output, |name| self.makes(name) || left.iter().any(|it| it == name))?.planted;
        if !planted.is_empty() {
            return Err(WriteError::Planted(planted));
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let mut differences = Vec::new();
        for OutputFile { artifact, folder } in &self.files {
            let directory = opened.of(*folder);
            let kind = directory.kind(&artifact.name)?;
            if kind.as_ref().is_some_and(cap_std::fs::FileType::is_symlink) {
                return Err(WriteError::Link(directory.path_of(&artifact.name)));
            }
            let old = directory.read(&artifact.name)?;
            if old.as_deref() != Some(artifact.text.as_bytes()) {
                // A pipe or a device has no bytes that count.
                let old = old.or_else(|| kind.map(|_| Vec::new())).map(text);
                let path = directory.path_of(&artifact.name);
                differences.push(Difference { path, old, new: Some(&artifact.text) });
            }
        }
        for name in left {
            let old = opened.output.read(&name)?.map(text);
            differences.push(Difference { path: opened.output.path_of(&name), old, new: None });
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
        if done.is_err() && opened.output.is_new() {
            opened.output.remove_if_empty();
        }
        done
    }

    fn write_into(&self, opened: &Opened, force: bool) -> Result<Written, WriteError> {
        let earlier = Earlier::read(&opened.output, &self.destination.source)?;
        let mut to_write = Vec::new();
        let mut not_ours = Vec::new();
        let mut done = Written::default();
        for file in &self.files {
            let (artifact, directory) = (&file.artifact, opened.of(file.folder));
            let kind = directory.kind(&artifact.name)?;
            if kind.as_ref().is_some_and(cap_std::fs::FileType::is_symlink) {
                return Err(WriteError::Link(directory.path_of(&artifact.name)));
            }
            if kind.is_some_and(|kind| !kind.is_file()) {
                return Err(WriteError::NotAFile(directory.path_of(&artifact.name)));
            }
            let old = directory.read(&artifact.name)?;
            let is_same = old.as_deref() == Some(artifact.text.as_bytes());
            if is_same && directory.is_runnable(&artifact.name, artifact.is_executable) {
                done.unchanged += 1;
                continue;
            }
            let is_ours = match &old {
                None => true,
                Some(_) if artifact.name == manifest::NAME => !earlier.is_none(),
                Some(bytes) => is_same || earlier.wrote(&artifact.name, file.folder, bytes),
            };
            if !is_ours && !force {
                not_ours.push(directory.path_of(&artifact.name));
            }
            to_write.push(file);
        }
        if !not_ours.is_empty() {
            return Err(WriteError::NotOurs(not_ours));
        }
        let removed = earlier.untouched((&opened.output, Folder::Output), |name| self.makes(name))?;
        let strangers =
            earlier::strangers(&opened.output, |name| self.makes(name) || removed.iter().any(|it| it == name))?;
        if !strangers.planted.is_empty() && !force {
            return Err(WriteError::Planted(strangers.planted));
        }
        done.strangers = strangers.planted.into_iter().chain(strangers.others).collect();
        opened.output.tidy();
        done.new = put(opened, to_write)?;
        for name in removed {
            opened.output.remove(&name)?;
            done.removed.push(opened.output.path_of(&name));
        }
        Ok(done)
    }
}

/// Writes files and puts them in their places, the manifest last. Returns their number.
fn put(opened: &Opened, files: Vec<&OutputFile>) -> Result<usize, WriteError> {
    // First all of them next to their places: if one cannot be written, none is.
    let unplaced = files.into_iter().map(|file| Ok((file, opened.of(file.folder).write(&file.artifact)?)));
    let unplaced: Vec<(&OutputFile, Unplaced<'_>)> = unplaced.collect::<Result<_, _>>()?;
    let (manifest, others): (Vec<_>, Vec<_>) =
        unplaced.into_iter().partition(|(file, _)| file.artifact.name == manifest::NAME);
    let count = manifest.len() + others.len();
    let is_new_manifest = !manifest.is_empty();
    for (_, written) in manifest {
        written.place(NEXT)?;
    }
    for (file, written) in others {
        written.place(&file.artifact.name)?;
    }
    if is_new_manifest {
        opened.output.rename(NEXT, manifest::NAME)?;
    } else if opened.output.kind(NEXT)?.is_some() {
        opened.output.remove(NEXT)?;
    }
    Ok(count)
}

/// Removes what earlier runs wrote for a topology that publishes nothing anymore: its files would open what it no longer
/// publishes; `deploy` is the name of its copy for containerlab. With `dry`, it only says what it would remove. None if no earlier run wrote anything.
///
/// # Errors
/// [`WriteError`], for links and for what the operating system refuses.
pub(crate) fn retire(destination: &Destination, deploy: &str, dry: bool) -> Result<Option<Retired>, WriteError> {
    let Some(output) = Directory::open(&destination.output, false)? else { return Ok(None) };
    let earlier = Earlier::read(&output, &destination.source)?;
    if earlier.is_none() {
        return Ok(None);
    }
    let names = earlier.untouched((&output, Folder::Output), |_| false)?;
    let edited = earlier.edited(&output, &names)?;
    let mut retired = Retired { edited, project: earlier.project().map(str::to_owned), ..Retired::default() };
    let mut remove = |directory: &Directory, name: &str| {
        if directory.kind(name)?.is_some() {
            if !dry {
                directory.remove(name)?;
            }
            retired.removed.push(directory.path_of(name));
        }
        Ok(())
    };
    // The copy belongs to the topology as it was. Next to it there are other people's files, whatever a manifest says.
    if let Some(topology) = Directory::open(&destination.topology, false)? {
        for name in earlier.untouched((&topology, Folder::Topology), |name| name != deploy)? {
            remove(&topology, &name)?;
        }
    }
    // The manifests last, so that a run that was killed can be repeated.
    names.iter().map(String::as_str).chain([NEXT, manifest::NAME]).try_for_each(|name| remove(&output, name))?;
    if !dry {
        output.remove_if_empty();
    }
    Ok(Some(retired))
}

/// The Compose project of the last run for this topology that wrote into the output directory.
pub(crate) fn project(destination: &Destination) -> Result<Option<String>, WriteError> {
    let Some(output) = Directory::open(&destination.output, false)? else { return Ok(None) };
    Ok(Earlier::read(&output, &destination.source)?.project().map(str::to_owned))
}
