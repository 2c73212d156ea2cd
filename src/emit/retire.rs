//! What earlier runs wrote for something that is not published anymore.

use std::path::PathBuf;

use super::directory::Directory;
use super::earlier::{Earlier, NEXT};
use super::folder::Destination;
use super::manifest;
use super::opened::Opened;
use super::write_error::WriteError;
use crate::providers::Folder;

/// What was removed of a topology that publishes nothing anymore.
#[derive(Debug, Default)]
pub(crate) struct Retired {
    pub(crate) removed: Vec<PathBuf>,
    /// Files of an earlier run that someone has edited since.
    pub(crate) edited: Vec<PathBuf>,
    /// The Compose project of its container.
    pub(crate) project: Option<String>,
}

/// Removes what earlier runs wrote for a topology that publishes nothing anymore: its files would open what it no longer
/// publishes; `deploy` is the name of its copy for containerlab. With `dry`, it only says what it would remove. None if no earlier run wrote anything.
///
/// # Errors
/// [`WriteError`], for links and for what the operating system refuses.
pub(crate) fn retire(destination: &Destination, deploy: &str, dry: bool) -> Result<Option<Retired>, WriteError> {
    let Some(opened) = Opened::open(destination, false, |_| false)? else { return Ok(None) };
    let earlier = &opened.earlier;
    if earlier.is_none() {
        return Ok(None);
    }
    let left = opened.left(|_, _| false)?;
    let edited = opened.edited(&left)?;
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
    let topology = opened.of(Folder::Topology).expect("the topology's directory is open");
    for name in earlier.untouched((topology, Folder::Topology), |name| name != deploy)? {
        remove(topology, &name)?;
    }
    // The manifests last, so that a run that was killed can be repeated.
    left.iter().try_for_each(|file| remove(file.directory, &file.name))?;
    [NEXT, manifest::NAME].iter().try_for_each(|name| remove(&opened.output, name))?;
    if !dry {
        opened.remove_unused(|_, _| false);
    }
    Ok(Some(retired))
}

/// The Compose project of the last run for this topology that wrote into the output directory.
pub(crate) fn project(destination: &Destination) -> Result<Option<String>, WriteError> {
    let Some(output) = Directory::open(&destination.output, false)? else { return Ok(None) };
    Ok(Earlier::read(&output, &destination.source)?.project().map(str::to_owned))
}
