//! A directory that is open. Everything in it is read, written and removed relative to it, and a symbolic link in it is never
//! followed: a cloned repository may contain links that lead anywhere.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileType, OpenOptions};

use super::mode;
use super::write_error::WriteError;
use crate::providers::Artifact;

/// The start of the name of a file that has not been moved to its place yet.
const BESIDE: &str = ".publish-plan-";

/// No run writes for this long: an older file was left by a run that was killed.
const ABANDONED_AFTER: Duration = Duration::from_secs(3_600);

/// More than the largest artifact has, in bytes.
const LARGEST: u64 = 128 << 20;

/// How many bytes are compared at a time.
const PIECE: usize = 64 << 10;

/// The place of a directory: `below` the directory `base`. Links that lead to `base` are the user's own; below it there must be
/// none.
#[derive(Clone, Debug)]
pub(crate) struct DirectoryPath {
    /// An existing directory; opened as the operating system does, through links.
    pub(crate) base: PathBuf,
    /// Names of directories only. Empty for `base` itself.
    pub(crate) below: PathBuf,
    /// How messages name it.
    pub(crate) shown: PathBuf,
}

/// A directory that is open.
#[derive(Debug)]
pub(super) struct Directory {
    dir: Dir,
    shown: PathBuf,
    /// The directory above it and its name there; none for [`DirectoryPath::base`] itself.
    above: Option<(Dir, OsString)>,
    is_new: bool,
}

/// Bytes on disk, in the directory where they belong, in a file with a temporary name.
#[derive(Debug)]
pub(super) struct Unplaced<'d> {
    directory: &'d Directory,
    name: String,
    is_placed: bool,
}

impl Directory {
    /// Opens a directory; none if there is none and it is not to be created.
    ///
    /// # Errors
    /// A link or something that is not a directory at or below [`DirectoryPath::base`]; what the operating system says.
    pub(super) fn open(path: &DirectoryPath, create: bool) -> Result<Option<Self>, WriteError> {
        let base = if path.base.as_os_str().is_empty() { Path::new(".") } else { &path.base };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotADirectory => WriteError::NotADirectory(base.to_owned()),
            _ => WriteError::Disk(base.to_owned(), error),
        };
        let opened = if create { std::fs::create_dir_all(base) } else { Ok(()) };
        let mut dir = match opened.and_then(|()| Dir::open_ambient_dir(base, ambient_authority())) {
            Ok(dir) => dir,
            Err(error) if !create && error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let (mut above, mut is_new) = (None, false);
        // Messages name the part that is in the way as it was written.
        let depth = path.below.components().count();
        for (index, component) in path.below.components().enumerate() {
            let shown = path.shown.ancestors().nth(depth - 1 - index).unwrap_or(&path.shown);
            let Component::Normal(name) = component else { return Err(WriteError::NotADirectory(shown.to_owned())) };
            let disk = |error| WriteError::Disk(shown.to_owned(), error);
            match dir.symlink_metadata(name) {
                Ok(metadata) if metadata.is_symlink() => return Err(WriteError::Link(shown.to_owned())),
                Ok(metadata) if !metadata.is_dir() => return Err(WriteError::NotADirectory(shown.to_owned())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && !create => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    dir.create_dir(name).map_err(disk)?;
                    is_new = true;
                }
                Err(error) => return Err(disk(error)),
            }
            let opened = dir.open_dir_nofollow(name).map_err(disk)?;
            above = Some((std::mem::replace(&mut dir, opened), name.to_owned()));
        }
        Ok(Some(Self { dir, shown: path.shown.clone(), above, is_new }))
    }

    /// Whether this is the name of a file that has not been moved to its place yet.
    pub(super) fn is_unplaced(name: &str) -> bool {
        name.starts_with(BESIDE)
    }

    /// The path of a file in it, for messages.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.shown.join(name)
    }

    fn disk(&self, name: &str) -> impl Fn(io::Error) -> WriteError {
        let path = self.path_of(name);
        move |error| WriteError::Disk(path.clone(), error)
    }

    /// What is at a name; none if there is nothing. A link is a link.
    pub(super) fn kind(&self, name: &str) -> Result<Option<FileType>, WriteError> {
        match self.dir.symlink_metadata(name) {
            Ok(metadata) => Ok(Some(metadata.file_type())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.disk(name)(error)),
        }
    }

    /// The bytes of a regular file; none if there is no such file.
    ///
    /// # Errors
    /// What the operating system says; a file of more than [`LARGEST`] bytes, which no run wrote.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, WriteError> {
        let read = |file: File| {
            let size = file.metadata()?.len().min(LARGEST);
            let mut bytes = Vec::with_capacity(usize::try_from(size + 1).expect("a file that is read fits in memory"));
            file.take(LARGEST + 1).read_to_end(&mut bytes)?;
            let is_small = bytes.len() as u64 <= LARGEST;
            if is_small { Ok(bytes) } else { Err(io::Error::other(format!("it is larger than {LARGEST} bytes"))) }
        };
        self.open_file(name)?.map(|file| read(file).map_err(self.disk(name))).transpose()
    }

    /// Whether a regular file has these bytes. They are compared piece by piece: most files stay as they are, and are large.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn has(&self, name: &str, bytes: &[u8]) -> Result<bool, WriteError> {
        let compare = |mut file: File| {
            if file.metadata()?.len() != bytes.len() as u64 {
                return Ok(false);
            }
            let (mut rest, mut piece) = (bytes, vec![0; PIECE]);
            loop {
                let count = file.read(&mut piece)?;
                match rest.split_at_checked(count) {
                    Some((start, others)) if start == &piece[..count] => rest = others,
                    _ => return Ok(false),
                }
                if count == 0 {
                    return Ok(rest.is_empty());
                }
            }
        };
        self.open_file(name)?.map_or(Ok(false), |file| compare(file).map_err(self.disk(name)))
    }

    /// A regular file, open; none if there is no such file.
    fn open_file(&self, name: &str) -> Result<Option<File>, WriteError> {
        if !self.kind(name)?.is_some_and(|kind| kind.is_file()) {
            return Ok(None);
        }
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No);
        self.dir.open_with(name, &options).map(Some).map_err(self.disk(name))
    }

    /// Whether a file can be run, if it should be.
    pub(super) fn is_runnable(&self, name: &str, is_executable: bool) -> bool {
        !is_executable || self.dir.symlink_metadata(name).is_ok_and(|metadata| mode::is_executable(&metadata))
    }

    /// The names of everything in it, sorted. One that is not Unicode has replacement characters.
    pub(super) fn names(&self) -> Result<Vec<String>, WriteError> {
        let failed = |error| WriteError::Disk(self.shown.clone(), error);
        let mut names = Vec::new();
        for entry in self.dir.entries().map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// Writes a file next to its final place, to be moved there in one step: nobody ever sees half of it.
    pub(super) fn write(&self, artifact: &Artifact) -> Result<Unplaced<'_>, WriteError> {
        let written = || {
            let (mut file, name) = self.new_file(artifact.is_executable)?;
            let unplaced = Unplaced { directory: self, name, is_placed: false };
            file.write_all(artifact.text.as_bytes())?;
            Ok(unplaced)
        };
        written().map_err(self.disk(&artifact.name))
    }

    /// A new file that nobody else uses, and its name.
    fn new_file(&self, is_executable: bool) -> io::Result<(File, String)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        mode::of_new(&mut options, is_executable);
        let mut number = 0_u32;
        loop {
            let name = format!("{BESIDE}{}-{number}", std::process::id());
            match self.dir.open_with(&name, &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => number += 1,
                opened => return opened.map(|file| (file, name)),
            }
        }
    }

    /// Moves a file to another name, over whatever file or link is there.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), WriteError> {
        self.dir.rename(from, &self.dir, to).map_err(self.disk(to))
    }

    /// Removes a file or a link.
    pub(super) fn remove(&self, name: &str) -> Result<(), WriteError> {
        self.dir.remove_file(name).map_err(self.disk(name))
    }

    /// Removes the directory itself if it is empty.
    pub(super) fn remove_if_empty(&self) {
        if let Some((above, name)) = &self.above {
            // One that has something in it stays.
            let _ = above.remove_dir(name);
        }
    }

    /// Whether this run created it.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Removes what a killed run has left. A file that cannot be removed stays; it does no harm.
    pub(super) fn tidy(&self) {
        for entry in self.dir.entries().into_iter().flatten().flatten() {
            let age = || entry.metadata().ok()?.modified().ok()?.into_std().elapsed().ok();
            let is_abandoned = age().is_some_and(|age| age > ABANDONED_AFTER);
            if Self::is_unplaced(&entry.file_name().to_string_lossy()) && is_abandoned {
                let _ = entry.remove_file();
            }
        }
    }
}

impl Unplaced<'_> {
    /// Moves it to its place.
    pub(super) fn place(mut self, name: &str) -> Result<(), WriteError> {
        self.directory.rename(&self.name, name)?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Unplaced<'_> {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = self.directory.dir.remove_file(&self.name);
        }
    }
}
