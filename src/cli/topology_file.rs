use std::path::{Path, PathBuf};

use super::failure::Failure;

/// A topology's file and what is named after it.
pub(super) struct TopologyFile {
    /// As it was given.
    pub(super) shown: String,
    pub(super) folder: PathBuf,
    pub(super) name: String,
    /// The name without `.clab.yml` and the like.
    pub(super) stem: String,
}

impl TopologyFile {
    /// The file at `path`; none of what is made of it may be taken for a topology by containerlab.
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.to_string_lossy().into_owned();
        let Some(name) = path.file_name().filter(|_| !path.is_dir()) else { return Err(Failure::NotAFile) };
        // Two such names can be one after their bytes are replaced, and what is made of one file would be written over the other's.
        let Some(name) = name.to_str().map(str::to_owned) else { return Err(Failure::NameNotUtf8 { name: shown }) };
        let ends = [".clab.yml", ".clab.yaml", ".yml", ".yaml"];
        let stem = ends.iter().find_map(|end| name.strip_suffix(end)).filter(|stem| !stem.is_empty()).unwrap_or(&name);
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let file = Self { shown, folder, stem: stem.to_owned(), name };
        // containerlab would take it for a topology of its own: `*.clab.y*ml`.
        if file.deploy_name().contains(".clab.y") { Err(Failure::DeployName { name: file.name }) } else { Ok(file) }
    }

    /// The topology for today's containerlab, which resolves the paths in it from its folder.
    pub(super) fn deploy_name(&self) -> String {
        format!("{}.deploy.yml", self.stem)
    }
}
