//! The files of a lab: its topology, and the entries file that takes the place of the topology's lists (spec/entries-file.md#which-topology).

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::flags::CommonOptions;
use super::git::Revision;
use super::input::{self, unreadable};
use super::settings::EffectiveSettings;
use super::{paths, settings_file, topology_here};
use crate::pipeline::{self, LabFiles, NamedFile};
use crate::settings::ENTRIES;
use crate::text::{Environment, MAX_SIZE};

/// How the name of an entries file ends.
pub(super) const ENDS: [&str; 2] = [".publish.yml", ".publish.yaml"];

/// How the names of topologies end, the usual ones first.
pub(super) const TOPOLOGY_ENDS: [&str; 4] = [".clab.yml", ".clab.yaml", ".yml", ".yaml"];

/// A lab, and where its files are.
pub(super) struct Lab {
    pub(super) files: LabFiles,
    /// The topology; None for standard input.
    pub(super) topology: Option<PathBuf>,
    /// The entries file; None for standard input, and if there is none.
    pub(super) entries: Option<PathBuf>,
}

impl Lab {
    /// The file that findings are about; None for standard input.
    pub(super) fn path(&self) -> Option<&Path> {
        if self.files.entries.is_some() { self.entries.as_deref() } else { self.topology.as_deref() }
    }

    /// Its other file, if it has one.
    pub(super) fn other_path(&self) -> Option<&Path> {
        self.topology.as_deref().filter(|_| self.files.entries.is_some())
    }

    /// The lab that a file at `path` belongs to: it is its topology, or it has the entries for one. None is standard input, for which
    /// no entries are looked for.
    pub(super) fn of(
        path: Option<&Path>,
        file: NamedFile,
        wanted: &EffectiveSettings,
        reader: &dyn FileReader,
    ) -> Result<Self, Failure> {
        let environment = &wanted.settings.environment;
        // For standard input, the name that is shown says where an entries file would be.
        let place = path.map_or_else(|| PathBuf::from(&file.name), Path::to_owned);
        if let Some(topology) = topology_of(&place, &file, environment, reader) {
            let name = topology.to_string_lossy().into_owned();
            let (read, unread) = match reader.read(&topology) {
                Ok(read) => (read, None),
                Err(failure) => (NamedFile { name, bytes: Vec::new() }, Some(failure.why())),
            };
            let entries = path.map(Path::to_owned);
            let files = LabFiles { topology: read, entries: Some(file), unread };
            return Ok(Self { files: bounded(files, reader)?, topology: Some(topology), entries });
        }
        let entries = path.map_or(Ok(None), |topology| entries_of(topology, wanted, reader))?;
        Self::with(path, file, entries.as_deref(), reader)
    }

    /// The lab of a topology with these entries, if any.
    pub(super) fn with(
        topology: Option<&Path>,
        file: NamedFile,
        entries: Option<&Path>,
        reader: &dyn FileReader,
    ) -> Result<Self, Failure> {
        let read = entries.map(|entries| reader.read(entries)).transpose()?;
        let files = bounded(LabFiles { topology: file, entries: read, unread: None }, reader)?;
        Ok(Self { files, topology: topology.map(Path::to_owned), entries: entries.map(Path::to_owned) })
    }
}

/// Where the other file of a lab is read from.
pub(super) trait FileReader {
    /// Whether there is a file.
    fn has(&self, path: &Path) -> bool;

    /// Reads a file.
    fn read(&self, path: &Path) -> Result<NamedFile, Failure>;

    /// Checks whether an entries file that nobody named may be used.
    fn trusts(&self, entries: &Path, topology: &Path) -> Result<(), Failure>;

    /// Checks whether an entries file that the settings in a directory list may be used.
    fn may_list(&self, entries: &Path, folder: &Path) -> Result<(), Failure>;

    /// The most bytes that both files may have together.
    fn most(&self) -> u64;
}

/// The files on disk.
pub(super) struct OnDisk<'o>(pub(super) &'o CommonOptions);

impl FileReader for OnDisk<'_> {
    fn has(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }

    fn read(&self, path: &Path) -> Result<NamedFile, Failure> {
        // Reading a pipe or a device would block.
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
        if !metadata.is_file() {
            return Err(unreadable(path, io::Error::other("it is not a file")));
        }
        Ok(NamedFile { name: path.to_string_lossy().into_owned(), bytes: input::read_file(path, self.0)? })
    }

    fn trusts(&self, entries: &Path, topology: &Path) -> Result<(), Failure> {
        topology_here::stays_inside(entries)?;
        is_of_the_same(entries, topology)
    }

    /// Settings may be a stranger's: what they list is quoted in messages, and `check --fix` changes it.
    fn may_list(&self, entries: &Path, folder: &Path) -> Result<(), Failure> {
        let real = fs::canonicalize(entries).map_err(|error| unreadable(entries, error))?;
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let here = fs::canonicalize(here).map_err(|error| unreadable(here, error))?;
        let root = settings_file::root_of(&here).unwrap_or(&here);
        if paths::may_lead(&here, &real, root) {
            return Ok(());
        }
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Err(Failure::ListedOutside { name: text(entries), folder: text(root) })
    }

    fn most(&self) -> u64 {
        self.0.max_size.min(MAX_SIZE)
    }
}

/// The files of a revision. Those outside of its repository are what they are today.
pub(super) struct AtRevision<'r>(pub(super) &'r Revision, pub(super) OnDisk<'r>);

impl FileReader for AtRevision<'_> {
    fn has(&self, path: &Path) -> bool {
        self.0.file(path).is_ok_and(|file| file.is_some())
            || self.0.repository.inside(path).is_none() && self.1.has(path)
    }

    fn read(&self, path: &Path) -> Result<NamedFile, Failure> {
        if self.0.repository.inside(path).is_none() {
            return self.1.read(path);
        }
        let there = || unreadable(path, io::Error::from(io::ErrorKind::NotFound));
        let bytes = self.0.file(path)?.ok_or_else(there)?;
        Ok(NamedFile { name: path.to_string_lossy().into_owned(), bytes })
    }

    /// The author of the commit put it there.
    fn trusts(&self, _entries: &Path, _topology: &Path) -> Result<(), Failure> {
        Ok(())
    }

    fn may_list(&self, entries: &Path, folder: &Path) -> Result<(), Failure> {
        if self.0.repository.inside(entries).is_some() { Ok(()) } else { self.1.may_list(entries, folder) }
    }

    fn most(&self) -> u64 {
        self.1.most()
    }
}

/// Both files together may have as many bytes as one.
fn bounded(files: LabFiles, reader: &dyn FileReader) -> Result<LabFiles, Failure> {
    let size = files.topology.bytes.len() + files.entries.as_ref().map_or(0, |entries| entries.bytes.len());
    // What joins them counts too.
    if files.entries.is_some() && size as u64 >= reader.most() {
        return Err(Failure::TooLarge { name: files.topology.name, most: reader.most() });
    }
    Ok(files)
}

/// Whether a file is called like an entries file. The name need not be UTF-8.
pub(super) fn is_entries_file(name: &OsStr) -> bool {
    ENDS.iter().any(|end| name.as_encoded_bytes().ends_with(end.as_bytes()))
}

/// The topology of a file that is an entries file; None if it is none.
pub(super) fn topology_of(
    place: &Path,
    file: &NamedFile,
    environment: &Environment,
    reader: &dyn FileReader,
) -> Option<PathBuf> {
    let is_called_so = place.file_name().is_some_and(is_entries_file);
    if !is_called_so && !pipeline::may_be_entries(&file.bytes) {
        return None;
    }
    match pipeline::topology_named_by(file, environment) {
        Some(named) => Some(input::named(&place.with_file_name(named))),
        None if !is_called_so => None,
        None => {
            let places = topologies(place);
            // If there is none, the usual one is missing.
            places.iter().find(|path| reader.has(path)).or(places.first()).cloned()
        }
    }
}

/// Where the topology of an entries file is looked for that names none.
fn topologies(entries: &Path) -> Vec<PathBuf> {
    let name = entries.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let stem = ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let places = TOPOLOGY_ENDS.iter().map(|end| entries.with_file_name(format!("{stem}{end}")));
    places.filter(|place| place != entries).collect()
}

/// Where an entries file for a topology is looked for.
pub(super) fn places(topology: &Path) -> Vec<PathBuf> {
    let Some(name) = topology.file_name().and_then(OsStr::to_str) else { return Vec::new() };
    let stem = TOPOLOGY_ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let places = ENDS.iter().map(|end| topology.with_file_name(format!("{stem}{end}")));
    places.filter(|place| place != topology).collect()
}

/// The entries file for a topology that nobody named: beside it, or in the list of the settings. None if there is none.
pub(super) fn entries_of(
    topology: &Path,
    wanted: &EffectiveSettings,
    reader: &dyn FileReader,
) -> Result<Option<PathBuf>, Failure> {
    let environment = &wanted.settings.environment;
    let mut found: Vec<PathBuf> = Vec::new();
    for path in places(topology).into_iter().filter(|path| reader.has(path)) {
        reader.trusts(&path, topology)?;
        let named = pipeline::topology_named_by(&reader.read(&path)?, environment);
        if named.is_none_or(|named| is_same(&path.with_file_name(named), topology)) {
            found.push(path);
        }
    }
    for path in wanted.entries() {
        let of = listed(&path, wanted, reader)?;
        if is_same(&of, topology) && !found.iter().any(|found| is_same(found, &path)) {
            found.push(path);
        }
    }
    if found.len() > 1 {
        let names = found.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        return Err(Failure::SeveralEntries { names });
    }
    Ok(found.pop())
}

impl EffectiveSettings {
    /// The entries files that the settings file lists.
    pub(super) fn entries(&self) -> Vec<PathBuf> {
        let listed = self.config.list(&ENTRIES);
        if listed.is_empty() {
            // Asked for every topology, and the current directory is not free.
            return Vec::new();
        }
        let here = std::env::current_dir().unwrap_or_default();
        let path = |path: &String| {
            let path = input::named(&self.folder.join(path));
            // As people write it.
            path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path)
        };
        listed.iter().map(path).collect()
    }
}

/// The topology of an entries file that settings list.
///
/// # Errors
/// If it is none, or one that may not be used.
pub(super) fn listed(entries: &Path, wanted: &EffectiveSettings, reader: &dyn FileReader) -> Result<PathBuf, Failure> {
    reader.may_list(entries, &wanted.folder)?;
    let of = topology_of(entries, &reader.read(entries)?, &wanted.settings.environment, reader);
    of.ok_or_else(|| Failure::NotEntries { name: entries.to_string_lossy().into_owned() })
}

/// The topology of the file at a path, if that is an entries file that can be read.
pub(super) fn topology_at(entries: &Path, wanted: &EffectiveSettings, reader: &dyn FileReader) -> Option<PathBuf> {
    topology_of(entries, &reader.read(entries).ok()?, &wanted.settings.environment, reader)
}

/// Whether a topology, with its settings, is read with an entries file: then it stands for both.
pub(super) fn is_read_with(
    topology: &Path,
    wanted: &EffectiveSettings,
    entries: &Path,
    reader: &dyn FileReader,
) -> bool {
    let found = entries_of(topology, wanted, reader);
    found.is_ok_and(|found| found.is_some_and(|found| is_same(&found, entries)))
}

/// Checks that nobody else put an entries file beside a topology: in a directory that many may write to, it could open what is in the
/// topology of another.
#[cfg(unix)]
fn is_of_the_same(entries: &Path, topology: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| {
        fs::symlink_metadata(path).map(|metadata| metadata.uid()).map_err(|error| unreadable(path, error))
    };
    let (own, user) = (owner(entries)?, rustix::process::geteuid().as_raw());
    if own == 0 || own == user || own == owner(topology)? {
        return Ok(());
    }
    Err(Failure::EntriesOfAnother { name: entries.to_string_lossy().into_owned(), owner: own, user })
}

#[cfg(not(unix))]
fn is_of_the_same(_entries: &Path, _topology: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Whether two paths lead to the same file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => paths::plain(one) == paths::plain(other),
    }
}
