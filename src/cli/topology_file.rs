use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::lab;

/// The file that a lab is called by, its topology or its entries file, and the names that are derived from it.
pub(super) struct TopologyFile {
    /// The path as it was given.
    pub(super) shown: String,
    pub(super) folder: PathBuf,
    pub(super) name: String,
    /// The name without `.clab.yml` or similar endings.
    pub(super) stem: String,
}

impl TopologyFile {
    /// The file at `path`. It is rejected if containerlab would take the copy to deploy for another topology.
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.to_string_lossy().into_owned();
        let Some(name) = path.file_name().filter(|_| !path.is_dir()) else { return Err(Failure::NotAFile) };
        // If invalid bytes were replaced, two names could become the same, and one file's output would overwrite the other's.
        let Some(name) = name.to_str().map(str::to_owned) else { return Err(Failure::NameNotUtf8 { name: shown }) };
        let ends = lab::ENDS.iter().chain(&lab::TOPOLOGY_ENDS);
        let stem = ends.filter_map(|end| name.strip_suffix(end)).find(|stem| !stem.is_empty()).unwrap_or(&name);
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let file = Self { shown, folder, stem: stem.to_owned(), name };
        // containerlab takes `*.clab.y*ml` for topologies.
        if file.deploy_name().contains(".clab.y") { Err(Failure::DeployName { name: file.name }) } else { Ok(file) }
    }

    /// The name of the copy that current containerlab can deploy. It is in the topology's directory, because containerlab
    /// resolves paths from there.
    pub(super) fn deploy_name(&self) -> String {
        format!("{}.deploy.yml", self.stem)
    }
}
