//! What earlier runs for the same topology wrote into a directory, by the manifests that they left.

use std::path::PathBuf;

use super::directory::Directory;
use super::manifest::{self, Digested, Manifest};
use super::write_error::WriteError;
use crate::providers::Folder;

/// The name of the new manifest until all other files are in their places: if a run is killed between two of them, both
/// manifests say which files are ours.
pub(super) const NEXT: &str = "manifest.json.next";

/// A file of the user's in the output directory, which only Git reads.
const GIT_IGNORE: &str = ".gitignore";

/// Files that `docker compose` and `docker build` load from a directory without being told to, in lower case: an engine on a
/// disk that folds case finds them in any. Sources: compose-go's `DefaultFileNames` and `DefaultOverrideFileNames`
/// (cli/options.go), Compose's manual ("Ways to set environment variables": `.env`), Docker's manual ("Build context":
/// `Dockerfile`, `.dockerignore`, `Dockerfile.dockerignore`).
const LOADED_UNASKED: &[&str] = &[
    ".dockerignore",
    ".env",
    "compose.override.yaml",
    "compose.override.yml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "dockerfile",
    "dockerfile.dockerignore",
];

/// The manifests of earlier runs.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    manifests: Vec<Manifest>,
}

/// Files in an output directory that no run for this topology wrote.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// Those that an engine would load without being told to.
    pub(super) planted: Vec<PathBuf>,
    pub(super) others: Vec<PathBuf>,
}

impl Earlier {
    /// The manifest that an earlier run for the topology called `source` left, and that of one which was killed.
    pub(super) fn read(output: &Directory, source: &str) -> Result<Self, WriteError> {
        let mut manifests = Vec::new();
        for name in [manifest::NAME, NEXT] {
            let text = output.read(name)?;
            manifests.extend(text.and_then(|text| Manifest::read(&String::from_utf8_lossy(&text))));
        }
        manifests.retain(|known| known.source.name == source);
        Ok(Self { manifests })
    }

    /// Whether there was an earlier run.
    pub(super) fn is_none(&self) -> bool {
        self.manifests.is_empty()
    }

    /// The Compose project of the last run that ended.
    pub(super) fn project(&self) -> Option<&str> {
        self.manifests.first()?.project.as_deref()
    }

    /// Whether an earlier run wrote a file of this name into the output directory.
    pub(super) fn names(&self, name: &str) -> bool {
        self.manifests.iter().any(|known| known.digest_of(name, Folder::Output).is_some())
    }

    /// Whether an earlier run wrote a file into a directory.
    pub(super) fn has(&self, folder: Folder) -> bool {
        self.manifests.iter().any(|known| known.has(folder))
    }

    /// Whether an earlier run wrote these bytes under this name.
    pub(super) fn wrote(&self, name: &str, folder: Folder, bytes: &[u8]) -> bool {
        let digest = Digested::new("", bytes).sha256;
        self.manifests.iter().any(|known| known.digest_of(name, folder) == Some(&digest))
    }

    /// The names of its files in one of the directories that nobody edited, except for those that `is_kept`.
    pub(super) fn untouched(
        &self,
        (directory, folder): (&Directory, Folder),
        is_kept: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, WriteError> {
        let mut untouched = Vec::new();
        for generated in self.manifests.iter().flat_map(|known| &known.files) {
            let name = &generated.file.name;
            if generated.folder != folder || is_kept(name) || untouched.contains(name) {
                continue;
            }
            if directory.read(name)?.is_some_and(|bytes| Digested::new("", &bytes).sha256 == generated.file.sha256) {
                untouched.push(name.clone());
            }
        }
        Ok(untouched)
    }

    /// The paths of its files in one of the directories that are not among the `untouched` ones.
    pub(super) fn edited(
        &self,
        (directory, folder): (&Directory, Folder),
        untouched: &[String],
    ) -> Result<Vec<PathBuf>, WriteError> {
        let mut edited = Vec::new();
        for generated in self.manifests.iter().flat_map(|known| &known.files) {
            let (name, path) = (&generated.file.name, directory.path_of(&generated.file.name));
            let is_in_it = generated.folder == folder && directory.kind(name)?.is_some();
            if is_in_it && !untouched.contains(name) && !edited.contains(&path) {
                edited.push(path);
            }
        }
        Ok(edited)
    }
}

/// The files in `output` other than those that `is_own`.
pub(super) fn strangers(output: &Directory, is_own: impl Fn(&str) -> bool) -> Result<Strangers, WriteError> {
    let mut strangers = Strangers::default();
    for name in output.names()? {
        if is_own(&name) || name == NEXT || name == GIT_IGNORE || Directory::is_unplaced(&name) {
            continue;
        }
        let is_loaded = LOADED_UNASKED.contains(&name.to_ascii_lowercase().as_str());
        let place = if is_loaded { &mut strangers.planted } else { &mut strangers.others };
        place.push(output.path_of(&name));
    }
    Ok(strangers)
}
