//! Whether a file can be run, where the system knows such a thing.

use std::path::Path;

/// Whether a file is as runnable as it should be.
#[cfg(unix)]
pub(super) fn is_right(path: &Path, is_executable: bool) -> bool {
    use std::os::unix::fs::PermissionsExt;
    !is_executable || std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

/// The mode for a new file; the process's umask has its say too.
#[cfg(unix)]
pub(super) fn builder<'b>(is_executable: bool) -> tempfile::Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(if is_executable { 0o777 } else { 0o666 }));
    builder
}

/// Whether a file is as runnable as it should be.
#[cfg(not(unix))]
pub(super) fn is_right(_: &Path, _: bool) -> bool {
    true
}

/// The mode for a new file.
#[cfg(not(unix))]
pub(super) fn builder<'b>(_: bool) -> tempfile::Builder<'b, 'b> {
    tempfile::Builder::new()
}
