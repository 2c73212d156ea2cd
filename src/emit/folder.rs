//! Artifacts and the disk: what differs, and how to write without touching anybody's work.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::manifest::{self, Digested, Folder, Generated, Manifest};
use super::mode;
use crate::providers::Artifact;

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

    /// Every file that is not on disk as it should be.
    pub(crate) fn differences(&self) -> Result<Vec<Difference<'_>>, WriteError> {
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
        let old = self.old_manifest()?;
        let mut to_write = Vec::new();
        let mut not_ours = Vec::new();
        let mut done = Written::default();
        for file in &self.files {
            let path = self.path(&file.artifact.name, file.folder);
            let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file());
            let there = if is_link { None } else { read(&path)? };
            if there.as_deref() == Some(file.artifact.text.as_bytes())
                && mode::is_right(&path, file.artifact.is_executable)
            {
                done.unchanged += 1;
                continue;
            }
            let is_ours = match &there {
                None => !is_link,
                Some(_) if file.artifact.name == manifest::NAME => old.is_some(),
                Some(bytes) => {
                    old.as_ref().is_some_and(|old| {
                        old.digest_of(&file.artifact.name, file.folder) == Some(&Digested::new("", bytes).sha256)
                    }) || bytes == file.artifact.text.as_bytes()
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
        fs::create_dir_all(&self.folder).map_err(|error| WriteError::Disk(self.folder.clone(), error))?;
        // First all of them beside their places: where one cannot be written, none is.
        let mut ready = Vec::new();
        for (path, file) in to_write {
            let written = write_beside(&path, &file.artifact).map_err(|error| WriteError::Disk(path.clone(), error))?;
            ready.push((path, written));
        }
        for (path, written) in ready {
            written.persist(&path).map_err(|error| WriteError::Disk(path, error.error))?;
            done.new += 1;
        }
        for path in &done.removed {
            fs::remove_file(path).map_err(|error| WriteError::Disk(path.clone(), error))?;
        }
        Ok(done)
    }

    /// Files of an earlier run for the same topology that are no longer made, and that nobody edited.
    fn left_over(&self) -> Result<Vec<PathBuf>, WriteError> {
        let Some(old) = self.old_manifest()? else { return Ok(Vec::new()) };
        let mut left = Vec::new();
        for generated in &old.files {
            let is_made = self
                .files
                .iter()
                .any(|file| file.artifact.name == generated.file.name && file.folder == generated.folder);
            let path = self.path(&generated.file.name, generated.folder);
            let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
            // Beside the topology there are other people's files: only its own folder is tidied up.
            if is_made || !is_file || generated.folder == Folder::Topology {
                continue;
            }
            if read(&path)?.is_some_and(|bytes| Digested::new("", &bytes).sha256 == generated.file.sha256) {
                left.push(path);
            }
        }
        Ok(left)
    }

    /// The manifest that an earlier run for the same topology left.
    fn old_manifest(&self) -> Result<Option<Manifest>, WriteError> {
        let text = read(&self.folder.join(manifest::NAME))?;
        let old = text.and_then(|text| Manifest::read(&String::from_utf8_lossy(&text)));
        let own = self.text(manifest::NAME).and_then(Manifest::read);
        Ok(old.filter(|old| own.is_some_and(|own| own.source.name == old.source.name)))
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
    let mut file = mode::builder(artifact.is_executable).prefix(".publish-plan-").tempfile_in(folder)?;
    file.write_all(artifact.text.as_bytes())?;
    Ok(file)
}
