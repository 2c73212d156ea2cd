//! The lab of the current directory, for commands that were given none: as for containerlab, there may be only one.

use std::fs;
use std::path::{Path, PathBuf};

use super::Streams;
use super::failure::Failure;
use super::input::{is_of_lab, is_topology, unreadable};
use super::{lab, paths, settings_file};
use crate::base::whole;

/// The only lab of the current directory.
///
/// # Errors
/// As [`only_in`].
pub(super) fn only(streams: &mut Streams<'_>) -> Result<PathBuf, Failure> {
    only_in(Path::new(""), streams)
}

/// The only lab of a directory: its topology, or its entries file if the topology is elsewhere. Its name goes to standard error.
///
/// # Errors
/// If there is none, if there are several, or if it is a symbolic link that leads out of the repository (or, outside of a
/// repository, out of the directory): findings quote a topology, and the link could lead to a secret of the user's.
pub(super) fn only_in(folder: &Path, streams: &mut Streams<'_>) -> Result<PathBuf, Failure> {
    let names = names(folder).map_err(|error| unreadable(Path::new("."), error))?;
    let [path] = &names[..] else {
        let names: Vec<String> = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        let is_here = folder.as_os_str().is_empty();
        let none = || Failure::NoTopologyIn { folder: folder.to_string_lossy().into_owned() };
        return Err(match (names.is_empty(), is_here) {
            (true, true) => Failure::NoTopologyHere,
            (true, false) => none(),
            (false, _) => Failure::SeveralTopologies { names },
        });
    };
    stays_inside(path)?;
    let what = if path.file_name().is_some_and(is_topology) { "topology" } else { "entries" };
    writeln!(streams.stderr, "{what}: {}", whole(&path.to_string_lossy()))?;
    Ok(path.clone())
}

/// The paths of the topologies in a directory, and of the entries files without one beside them, in alphabetical order; not
/// those in subdirectories, and not hidden ones, which `check` leaves out too. What `compile` and containerlab write is not called
/// like a topology.
pub(super) fn names(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    let read = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(read)? {
        let name = entry?.file_name();
        let path = folder.join(&name);
        if is_of_lab(&name) && !name.as_encoded_bytes().starts_with(b".") && path.is_file() {
            names.push(path);
        }
    }
    let beside: Vec<PathBuf> = names
        .iter()
        .filter(|path| path.file_name().is_some_and(is_topology))
        .flat_map(|path| lab::places(path))
        .collect();
    names.retain(|name| !beside.contains(name));
    names.sort();
    Ok(names)
}

/// Checks where a file that nobody named leads if it is a symbolic link.
pub(super) fn stays_inside(name: &Path) -> Result<(), Failure> {
    let failed = |error| unreadable(name, error);
    if !fs::symlink_metadata(name).map_err(failed)?.is_symlink() {
        return Ok(());
    }
    let target = fs::canonicalize(name).map_err(failed)?;
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let here = fs::canonicalize(folder).map_err(failed)?;
    let root = settings_file::root_of(&here).unwrap_or(&here);
    if paths::may_lead(&here, &target, root) {
        return Ok(());
    }
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Err(Failure::LeadsOut { name: text(name), target: text(&target), folder: text(root) })
}
