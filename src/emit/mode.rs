//! Whether a file can be run, and the mode of a new one, if the system has such a thing.

#[cfg(unix)]
pub(super) use unix::{builder, is_executable, of_new};

#[cfg(not(unix))]
pub(super) use elsewhere::{builder, is_executable, of_new};

#[cfg(unix)]
mod unix {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use cap_std::fs::{Metadata, OpenOptions, OpenOptionsExt};

    /// Whether its owner can run a file.
    pub(in crate::emit) fn is_executable(metadata: &Metadata) -> bool {
        cap_std::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
    }

    /// Sets the mode of a new file; the process's umask is applied too.
    pub(in crate::emit) fn of_new(options: &mut OpenOptions, is_executable: bool) {
        options.mode(if is_executable { 0o777 } else { 0o666 });
    }

    /// Makes files that others may read; the process's umask is applied too.
    pub(in crate::emit) fn builder<'b>() -> tempfile::Builder<'b, 'b> {
        let mut builder = tempfile::Builder::new();
        builder.permissions(Permissions::from_mode(0o666));
        builder
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use cap_std::fs::{Metadata, OpenOptions};

    pub(in crate::emit) fn is_executable(_: &Metadata) -> bool {
        true
    }

    pub(in crate::emit) fn of_new(_: &mut OpenOptions, _: bool) {}

    pub(in crate::emit) fn builder<'b>() -> tempfile::Builder<'b, 'b> {
        tempfile::Builder::new()
    }
}
