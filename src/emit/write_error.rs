use std::io;
use std::path::PathBuf;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Files that someone else wrote or edited.
    #[error("not written")]
    NotOurs(Vec<PathBuf>),
    /// Someone else's files that Compose or Docker would load without being told to.
    #[error("planted")]
    Planted(Vec<PathBuf>),
    /// Something that is not a regular file is where one is to be written: a directory, a pipe.
    #[error("not a file")]
    NotAFile(PathBuf),
    /// Something that is not a directory is where the files are to be written.
    #[error("not a directory")]
    NotADirectory(PathBuf),
    /// A symbolic link is where a file or a directory is to be written.
    #[error("a link")]
    Link(PathBuf),
    /// The operating system refused.
    #[error("{}", .1)]
    Disk(PathBuf, io::Error),
}
