//! Artifacts and the disk: what differs, and how to write without touching anybody's work.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::manifest::{self, Digested, Folder, Generated, Manifest};
use super::mode;
use crate::providers::Artifact;

/// What the new manifest is called until all other files have their places: where a run is killed between two of them, both
/// manifests say what is ours.
const NEXT: &str = "manifest.json.next";

/// What a file is called before it has its place.
const BESIDE: &str = ".publish-plan-";

/// Nobody writes for so long: what is older was left by a run that was killed.
const LONG_AGO: Duration = Duration::from_secs(3_600);

/// Everything that one compilation gives.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    topology_folder: PathBuf,
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
    /// What stands there; none where there is no file. Bytes that are no text are shown as replacement characters.
    pub(crate) old: Option<String>,
    /// What should; none where an earlier run wrote a file that this one does not.
    pub(crate) new: Option<&'o str>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Files that are somebody's own.
    #[error("not written")]
    NotOurs(Vec<PathBuf>),
    /// Something that is no plain file stands where one is to be written: a folder, a pipe.
    #[error("no file")]
    NoFile(PathBuf),
    /// Something that is no folder stands where the files are to be written, or a link that leads nowhere.
    #[error("no folder")]
    NoFolder(PathBuf),
    /// The disk said no.
    #[error("{}", .1)]
    Disk(PathBuf, io::Error),
}

/// What a write did.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) new: usize,
    pub(crate) unchanged: usize,
    /// Files of an earlier run that are no longer made.
    pub(crate) removed: Vec<PathBuf>,
}

impl Output {
    /// `artifacts` for `folder`, `deploy` for the topology's, and the manifest of all of them.
    pub(crate) fn new(
        folder: PathBuf,
        topology_folder: PathBuf,
        source: Digested,
        provider: &str,
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
        let manifest = Manifest::new(source, provider, files.iter().map(generated).collect()).text()?;
        files.push(OutputFile { artifact: Artifact::new(manifest::NAME, manifest), folder: Folder::Output });
        Ok(Self { folder, topology_folder, files })
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
        &self.folder
    }

    fn path(&self, name: &str, folder: Folder) -> PathBuf {
        match folder {
            Folder::Output => self.folder.join(name),
            Folder::Topology => self.topology_folder.join(name),
        }
    }

    /// Said before anything is looked at in it.
    fn folder_is_one(&self) -> Result<(), WriteError> {
        if fs::symlink_metadata(&self.folder).is_ok() && !self.folder.is_dir() {
            return Err(WriteError::NoFolder(self.folder.clone()));
        }
        Ok(())
    }

    /// Every file that is not on disk as it should be.
    pub(crate) fn differences(&self) -> Result<Vec<Difference<'_>>, WriteError> {
        self.folder_is_one()?;
        let mut differences = Vec::new();
        for file in &self.files {
            let path = self.path(&file.artifact.name, file.folder);
            let old = read(&path)?;
            if old.as_deref() != Some(file.artifact.text.as_bytes()) {
                let old = old.map(|old| String::from_utf8_lossy(&old).into_owned());
                differences.push(Difference { path, old, new: Some(&file.artifact.text) });
            }
        }
        for path in self.left_over()? {
            let old = read(&path)?.map(|old| String::from_utf8_lossy(&old).into_owned());
            differences.push(Difference { path, old, new: None });
        }
        Ok(differences)
    }

    /// Writes what differs, each file in one step, the manifest last. Nothing is written where one of them is somebody's own:
    /// it is in no manifest, or was edited since. `force` writes all the same.
    pub(crate) fn write(&self, force: bool) -> Result<Written, WriteError> {
        self.folder_is_one()?;
        let known = self.known()?;
        let mut to_write = Vec::new();
        let mut not_ours = Vec::new();
        let mut done = Written::default();
        for file in &self.files {
            let path = self.path(&file.artifact.name, file.folder);
            let stands = fs::symlink_metadata(&path).ok();
            if stands.as_ref().is_some_and(|stands| !stands.is_file() && !stands.is_symlink()) {
                return Err(WriteError::NoFile(path));
            }
            let is_link = stands.is_some_and(|stands| stands.is_symlink());
            let there = if is_link { None } else { read(&path)? };
            if there.as_deref() == Some(file.artifact.text.as_bytes())
                && mode::is_right(&path, file.artifact.is_executable)
            {
                done.unchanged += 1;
                continue;
            }
            let is_ours = match &there {
                None => !is_link,
                Some(_) if file.artifact.name == manifest::NAME => !known.is_empty(),
                Some(bytes) => {
                    let digest = Digested::new("", bytes).sha256;
                    let is_known =
                        |known: &Manifest| known.digest_of(&file.artifact.name, file.folder) == Some(&digest);
                    known.iter().any(is_known) || bytes == file.artifact.text.as_bytes()
                }
            };
            if !is_ours && !force {
                not_ours.push(path.clone());
            }
            to_write.push((path, file));
        }
        if !not_ours.is_empty() {
            return Err(WriteError::NotOurs(not_ours));
        }
        done.removed = self.left_over()?;
        let is_new = !self.folder.exists();
        fs::create_dir_all(&self.folder).map_err(|error| WriteError::Disk(self.folder.clone(), error))?;
        tidy(&self.folder);
        // First all of them beside their places: where one cannot be written, none is.
        let ready = to_write.into_iter().map(|(path, file)| match write_beside(&path, &file.artifact) {
            Ok(written) => Ok((path, written)),
            Err(error) => Err(WriteError::Disk(path, error)),
        });
        let ready: Vec<_> = ready.collect::<Result<_, _>>().inspect_err(|_| {
            // Only an empty one goes.
            if is_new {
                let _ = fs::remove_dir(&self.folder);
            }
        })?;
        let place = |written: tempfile::NamedTempFile, path: &Path| {
            written.persist(path).map_err(|error| WriteError::Disk(path.to_owned(), error.error))
        };
        let (manifest_path, next) = (self.folder.join(manifest::NAME), self.folder.join(NEXT));
        let (manifest, others): (Vec<_>, Vec<_>) = ready.into_iter().partition(|(path, _)| *path == manifest_path);
        done.new = manifest.len() + others.len();
        let is_new_manifest = !manifest.is_empty();
        for (_, written) in manifest {
            place(written, &next)?;
        }
        for (path, written) in others {
            place(written, &path)?;
        }
        if is_new_manifest {
            fs::rename(&next, &manifest_path).map_err(|error| WriteError::Disk(manifest_path, error))?;
        } else if next.exists() {
            fs::remove_file(&next).map_err(|error| WriteError::Disk(next, error))?;
        }
        for path in &done.removed {
            fs::remove_file(path).map_err(|error| WriteError::Disk(path.clone(), error))?;
        }
        Ok(done)
    }

    /// Files of an earlier run for the same topology that are no longer made, and that nobody edited.
    fn left_over(&self) -> Result<Vec<PathBuf>, WriteError> {
        let mut left = Vec::new();
        for generated in self.known()?.iter().flat_map(|known| &known.files) {
            let is_made = self
                .files
                .iter()
                .any(|file| file.artifact.name == generated.file.name && file.folder == generated.folder);
            let path = self.path(&generated.file.name, generated.folder);
            let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
            // Beside the topology there are other people's files: only its own folder is tidied up.
            if is_made || !is_file || generated.folder == Folder::Topology || left.contains(&path) {
                continue;
            }
            if read(&path)?.is_some_and(|bytes| Digested::new("", &bytes).sha256 == generated.file.sha256) {
                left.push(path);
            }
        }
        Ok(left)
    }

    /// The manifest that an earlier run for the same topology left, and that of one which was killed.
    fn known(&self) -> Result<Vec<Manifest>, WriteError> {
        let own = self.text(manifest::NAME).and_then(Manifest::read);
        let mut known = Vec::new();
        for name in [manifest::NAME, NEXT] {
            let text = read(&self.folder.join(name))?;
            known.extend(text.and_then(|text| Manifest::read(&String::from_utf8_lossy(&text))));
        }
        known.retain(|known| own.as_ref().is_some_and(|own| own.source.name == known.source.name));
        Ok(known)
    }
}

/// The bytes of a file; none where there is none. A pipe, a device or a folder has none that count.
fn read(path: &Path) -> Result<Option<Vec<u8>>, WriteError> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(Some(Vec::new())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    fs::read(path).map(Some).map_err(|error| WriteError::Disk(path.to_owned(), error))
}

/// A file beside its place, to be moved there in one step: nobody ever sees half of it.
fn write_beside(path: &Path, artifact: &Artifact) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut file = mode::builder(artifact.is_executable).prefix(BESIDE).tempfile_in(folder)?;
        file.write_all(artifact.text.as_bytes())?;
        Ok(file)
    };
    // The name of the file that is not there yet says nothing to anybody.
    write().map_err(|error: io::Error| if error.raw_os_error().is_none() { error.kind().into() } else { error })
}

/// Takes away what a run that was killed has left. What cannot be taken away stays: it is in nobody's way.
fn tidy(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_old = || entry.metadata().ok()?.modified().ok()?.elapsed().ok().map(|age| age > LONG_AGO);
        if entry.file_name().to_string_lossy().starts_with(BESIDE) && is_old() == Some(true) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
