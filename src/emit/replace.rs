//! Replaces the bytes of a user's file in one step, so that nobody ever sees half of it, and never over what someone else wrote
//! in the meantime.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::Path;

/// Why a file was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplaceError {
    /// Its bytes are no longer those that were read.
    #[error("it changed while it was being checked")]
    Changed,
    /// A pipe, a device, a directory.
    #[error("it is not a regular file")]
    NotAFile,
    /// It may lead anywhere: the place of the link says nothing about its target.
    #[error("it is a symbolic link; fix the file that it leads to")]
    SymbolicLink,
    /// Nobody may write to it.
    #[error("it is read-only")]
    ReadOnly,
    /// It has other hard links, which would keep the old bytes.
    #[error("it has other hard links, which would keep the old content")]
    Linked,
    /// The operating system refused.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Writes a file of this program's own, in one step, over whatever was there; its mode is what the umask leaves.
///
/// # Errors
/// The disk's.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = super::mode::builder().prefix(".publish-plan-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Puts `new` in place of `old`; mode and owner stay. Nothing is written through a symbolic link.
///
/// # Errors
/// [`ReplaceError`]; then the file is as it was.
pub(crate) fn replace(path: &Path, old: &[u8], new: &[u8]) -> Result<(), ReplaceError> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(ReplaceError::SymbolicLink);
    }
    if !metadata.is_file() {
        return Err(ReplaceError::NotAFile);
    }
    if metadata.permissions().readonly() {
        return Err(ReplaceError::ReadOnly);
    }
    if has_other_names(&metadata) {
        return Err(ReplaceError::Linked);
    }
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new().prefix(".publish-plan-").tempfile_in(folder)?;
    file.write_all(new)?;
    keep_owner(file.as_file(), &metadata)?;
    file.as_file().set_permissions(metadata.permissions())?;
    file.as_file().sync_all()?;
    // As late as can be.
    if fs::read(path)? != old {
        return Err(ReplaceError::Changed);
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The directory of a file, even if the path is only a name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

/// The new file belongs to the user; if the old one belonged to someone else, so does the new one.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.clab.yml");
        fs::write(&path, "theirs").unwrap();
        assert!(matches!(replace(&path, b"read", b"new"), Err(ReplaceError::Changed)));
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        replace(&path, b"theirs", b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(matches!(replace(folder.path(), b"", b""), Err(ReplaceError::NotAFile)));
        assert!(matches!(replace(&folder.path().join("none"), b"", b""), Err(ReplaceError::Disk(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
