//! Where `compile` writes, and which part of that path may be a symbolic link.

use std::fs;
use std::path::{Path, PathBuf};

use super::client_settings::{OutputPaths, absolute};
use super::failure::Failure;
use super::options::CompileOptions;
use super::paths;
use super::settings::EffectiveSettings;
use super::settings_file;
use super::topology_file::TopologyFile;
use crate::emit::DirectoryPath;
use crate::emit::folder::{self, Destination};
use crate::emit::manifest::Digested;
use crate::providers::{self, CompiledFrom, SourceFileDigest};

/// The output directory of a topology: the one that was `given`, otherwise `<stem>.publish` next to the topology. A link that
/// somebody committed must not lead out of the topology's directory, so links are not allowed
/// - below the topology's directory,
/// - below the current directory, if `given` is relative,
/// - in the last part, if it is absolute: the user typed the parts above it.
pub(super) fn output_folder(given: Option<&Path>, topology: &TopologyFile) -> Result<DirectoryPath, Failure> {
    let Some(given) = given else {
        let below = PathBuf::from(format!("{}.publish", topology.stem));
        return Ok(DirectoryPath { base: topology.folder.clone(), shown: topology.folder.join(&below), below });
    };
    let whole = absolute(given)?;
    let base = if given.is_relative() {
        let here = absolute(Path::new("."))?;
        let shared = here.ancestors().find(|folder| whole.starts_with(folder));
        shared.map(Path::to_owned)
    } else {
        let real =
            fs::canonicalize(if topology.folder.as_os_str().is_empty() { Path::new(".") } else { &topology.folder });
        let is_topologys =
            |folder: &&Path| real.as_ref().is_ok_and(|real| fs::canonicalize(folder).is_ok_and(|it| it == *real));
        whole.ancestors().skip(1).filter(is_topologys).last().or(whole.parent()).map(Path::to_owned)
    };
    // The root directory has no parent.
    let base = base.unwrap_or_else(|| whole.clone());
    let below = whole.strip_prefix(&base).map(Path::to_owned).unwrap_or_default();
    Ok(DirectoryPath { base, below, shown: given.to_owned() })
}

/// The directory of a topology, where the copy for containerlab is written.
pub(super) fn topology_folder(topology: &TopologyFile) -> DirectoryPath {
    DirectoryPath { base: topology.folder.clone(), below: PathBuf::new(), shown: topology.folder.clone() }
}

/// The directories that generated files see other files from. If the output directory is reached through links, `..` means the
/// parent of the directory that they lead to.
pub(super) fn output_paths(
    output: &DirectoryPath,
    topology: &TopologyFile,
    home: Option<PathBuf>,
) -> Result<OutputPaths, Failure> {
    let folder = if output.shown.is_absolute() { real(output) } else { absolute(&output.shown)? };
    Ok(OutputPaths { folder, topology: absolute(&topology.folder)?, home })
}

/// The path of the output directory with links resolved. It need not exist yet.
fn real(output: &DirectoryPath) -> PathBuf {
    let base = if output.base.as_os_str().is_empty() { Path::new(".") } else { &output.base };
    fs::canonicalize(base).unwrap_or_else(|_| base.to_owned()).join(&output.below)
}

/// The name of the Compose project for a lab. With `compares` it is the one on disk, so that a copy in another place, for
/// example in CI, does not count as different.
pub(super) fn project(lab: &str, destination: &Destination, compares: bool) -> Result<String, Failure> {
    let earlier = if compares { folder::project(destination).map_err(Failure::Emit)? } else { None };
    let earlier = earlier.filter(|project| providers::is_project_name(project, lab));
    Ok(earlier.unwrap_or_else(|| providers::project_name(lab, &real(&destination.output))))
}

/// The publish-plan.toml that was used, relative to the output directory.
pub(super) fn settings(wanted: &EffectiveSettings, output_paths: &OutputPaths) -> Result<Option<Digested>, Failure> {
    let Some((file, sha256)) = wanted.file.as_deref().zip(wanted.digest.clone()) else { return Ok(None) };
    let name = paths::seen_from(&output_paths.folder, &absolute(file)?).to_string_lossy().into_owned();
    Ok(Some(Digested { name, sha256 }))
}

/// What the script compares before it opens anything: the topology, the settings, and for all places that are searched before
/// those settings, that there is still no file.
pub(super) fn compiled_from(
    topology: &Digested,
    settings: Option<&Digested>,
    options: &CompileOptions,
    output_paths: &OutputPaths,
) -> CompiledFrom {
    let digest = |file: &Digested| SourceFileDigest { path: file.name.clone(), sha256: Some(file.sha256.clone()) };
    let is_looked_for = options.common.config.is_none() && !options.common.no_config;
    let places = if is_looked_for { settings_file::places(&output_paths.topology) } else { Vec::new() };
    let places =
        places.iter().map(|place| paths::seen_from(&output_paths.folder, place).to_string_lossy().into_owned());
    let missing = places.take_while(|place| settings.is_none_or(|settings| settings.name != *place));
    let missing = missing.map(|path| SourceFileDigest { path, sha256: None });
    CompiledFrom { topology: digest(topology), settings: missing.chain(settings.map(digest)).collect() }
}
