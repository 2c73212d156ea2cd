//! The topology of the current directory, for commands that were given none: as for containerlab, there may be only one.

use std::fs;
use std::path::{Path, PathBuf};

use super::Streams;
use super::failure::Failure;
use super::input::{is_topology, unreadable};
use super::{paths, settings_file};
use crate::base::whole;

/// The only topology of the current directory, whose name goes to standard error.
///
/// # Errors
/// If there is none, if there are several, or if it is a symbolic link that leads out of the repository (or, outside of a
/// repository, out of the directory): findings quote a topology, and the link could lead to a secret of the user's.
pub(super) fn only(streams: &mut Streams<'_>) -> Result<PathBuf, Failure> {
    let names = names().map_err(|error| unreadable(Path::new("."), error))?;
    let [path] = &names[..] else {
        let names: Vec<String> = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        return Err(if names.is_empty() { Failure::NoTopologyHere } else { Failure::SeveralTopologies { names } });
    };
    stays_inside(path)?;
    writeln!(streams.stderr, "topology: {}", whole(&path.to_string_lossy()))?;
    Ok(path.clone())
}

/// The names of the topologies in the current directory, in alphabetical order; not those in subdirectories, and not hidden
/// ones, which `check` leaves out too. What `compile` and containerlab write is not called like a topology.
pub(super) fn names() -> std::io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new("."))? {
        let name = PathBuf::from(entry?.file_name());
        let is_hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
        if is_topology(name.as_os_str()) && !is_hidden && name.is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Checks where a file of the current directory leads if it is a symbolic link.
fn stays_inside(name: &Path) -> Result<(), Failure> {
    let failed = |error| unreadable(name, error);
    if !fs::symlink_metadata(name).map_err(failed)?.is_symlink() {
        return Ok(());
    }
    let target = fs::canonicalize(name).map_err(failed)?;
    let here = fs::canonicalize(".").map_err(failed)?;
    let root = settings_file::root_of(&here).unwrap_or(&here);
    if paths::may_lead(&here, &target, root) {
        return Ok(());
    }
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Err(Failure::LeadsOut { name: text(name), target: text(&target), folder: text(root) })
}
