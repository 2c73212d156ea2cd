//! Where `compile` writes, and which part of that path may be a symbolic link.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::client_settings::{OutputPaths, absolute};
use crate::cli::compile_options::LabOptions;
use crate::cli::failure::Failure;
use crate::cli::lab;
use crate::cli::paths;
use crate::cli::settings::EffectiveSettings;
use crate::cli::settings_file;
use crate::cli::topology_file::TopologyFile;
use crate::emit;
use crate::emit::DirectoryPath;
use crate::emit::folder::Destination;
use crate::emit::manifest::{Digested, Sources};
use crate::providers::{self, CompiledFrom, SourceFileDigest};

/// The output directory of a topology: the one that was `given`, otherwise `<stem>.publish` next to the topology. A link that
/// somebody committed must not lead out of the topology's directory, so links are not allowed
/// - below the topology's directory,
/// - below the current directory, if `given` is relative,
/// - in the last part, if it is absolute: the user typed the parts above it.
pub(in crate::cli) fn output_folder(given: Option<&Path>, topology: &TopologyFile) -> Result<DirectoryPath, Failure> {
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

/// The directory of one of several providers in the output directory.
pub(in crate::cli) fn inside(output: &DirectoryPath, provider: &str) -> DirectoryPath {
    let base = output.base.clone();
    DirectoryPath { base, below: output.below.join(provider), shown: output.shown.join(provider) }
}

/// The directory of a topology, where the copy for containerlab is written.
pub(in crate::cli) fn topology_folder(folder: &Path) -> DirectoryPath {
    DirectoryPath { base: folder.to_owned(), below: PathBuf::new(), shown: folder.to_owned() }
}

/// The directories that generated files see other files from; `topology` is that of the topology. If the output directory is reached through links, `..` means the
/// parent of the directory that they lead to.
pub(in crate::cli) fn output_paths(
    output: &DirectoryPath,
    topology: &Path,
    home: Option<PathBuf>,
) -> Result<OutputPaths, Failure> {
    let folder = if output.shown.is_absolute() { real(output) } else { absolute(&output.shown)? };
    Ok(OutputPaths { folder, topology: absolute(topology)?, home })
}

/// The path of the output directory with links resolved. It need not exist yet.
fn real(output: &DirectoryPath) -> PathBuf {
    let base = if output.base.as_os_str().is_empty() { Path::new(".") } else { &output.base };
    fs::canonicalize(base).unwrap_or_else(|_| base.to_owned()).join(&output.below)
}

/// The name of the Compose project for a lab. With `compares` it is the one on disk, so that a copy in another place, for
/// example in CI, does not count as different.
pub(in crate::cli) fn project(lab: &str, destination: &Destination, compares: bool) -> Result<String, Failure> {
    let earlier = if compares { emit::project(destination).map_err(Failure::Emit)? } else { None };
    let earlier = earlier.filter(|project| providers::is_project_name(project, lab));
    Ok(earlier.unwrap_or_else(|| providers::project_name(lab, &real(&destination.output))))
}

/// A file that was used, relative to the output directory.
pub(in crate::cli) fn seen(path: &Path, bytes: &[u8], output_paths: &OutputPaths) -> Result<Digested, Failure> {
    let name = paths::seen_from(&output_paths.folder, &absolute(path)?).to_string_lossy().into_owned();
    Ok(Digested::new(&name, bytes))
}

/// The publish-plan.toml that was used, relative to the output directory.
pub(in crate::cli) fn settings(
    wanted: &EffectiveSettings,
    output_paths: &OutputPaths,
) -> Result<Option<Digested>, Failure> {
    let Some((file, sha256)) = wanted.file.as_deref().zip(wanted.digest.clone()) else { return Ok(None) };
    let name = paths::seen_from(&output_paths.folder, &absolute(file)?).to_string_lossy().into_owned();
    Ok(Some(Digested { name, sha256 }))
}

/// What the script compares before it opens anything: the topology, the entries file, the settings, and for all places that are
/// searched before those, that there is still no file. `lab` is the file that the lab is called by.
pub(in crate::cli) fn compiled_from(
    sources: &Sources,
    lab: &TopologyFile,
    options: &LabOptions,
    output_paths: &OutputPaths,
) -> Result<CompiledFrom, Failure> {
    let digest = |file: &Digested| SourceFileDigest { path: file.name.clone(), sha256: Some(file.sha256.clone()) };
    let searched = |places: Vec<PathBuf>, found: &Option<Digested>| -> Vec<SourceFileDigest> {
        let places = places.iter().map(|place| paths::seen_from(&output_paths.folder, place));
        let places = places.map(|place| place.to_string_lossy().into_owned());
        let missing = places.take_while(|place| found.as_ref().is_none_or(|found| found.name != *place));
        missing.map(|path| SourceFileDigest { path, sha256: None }).chain(found.as_ref().map(digest)).collect()
    };
    let folder = absolute(&lab.folder)?;
    let is_looked_for = options.common.config.is_none() && !options.common.no_config;
    let settings = if is_looked_for { settings_file::places(&folder) } else { Vec::new() };
    let entries = if sources.entries.is_none() { lab::places(&folder.join(&lab.name)) } else { Vec::new() };
    Ok(CompiledFrom {
        topology: digest(&sources.topology),
        entries: searched(entries, &sources.entries),
        settings: searched(settings, &sources.settings),
    })
}
