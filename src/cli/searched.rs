//! The files on disk, for topologies that a search found: in a directory without an entries file, nobody looks for one beside each of
//! thousands of topologies.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::failure::Failure;
use super::lab::{self, FileReader, OnDisk};
use crate::pipeline::NamedFile;

/// The files on disk, and which directories have an entries file.
pub(super) struct Searched<'o> {
    disk: OnDisk<'o>,
    has_entries: Mutex<HashMap<PathBuf, bool>>,
}

impl<'o> Searched<'o> {
    pub(super) fn new(disk: OnDisk<'o>) -> Self {
        Self { disk, has_entries: Mutex::default() }
    }

    /// Whether a directory might have an entries file, by whatever name the disk finds it.
    fn may_have_entries(&self, folder: &Path) -> bool {
        let mut known = self.has_entries.lock().expect("nothing panics while it is taken");
        if let Some(has_entries) = known.get(folder) {
            return *has_entries;
        }
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let is_one = |entry: fs::DirEntry| lab::is_entries_file(&entry.file_name().to_ascii_lowercase());
        let has_entries = fs::read_dir(here).map_or(true, |mut names| names.any(|entry| entry.map_or(true, is_one)));
        known.insert(folder.to_owned(), has_entries);
        has_entries
    }
}

impl FileReader for Searched<'_> {
    fn has(&self, path: &Path) -> bool {
        let is_one = path.file_name().is_some_and(lab::is_entries_file);
        (!is_one || path.parent().is_none_or(|folder| self.may_have_entries(folder))) && self.disk.has(path)
    }

    fn read(&self, path: &Path) -> Result<NamedFile, Failure> {
        self.disk.read(path)
    }

    fn trusts(&self, entries: &Path, topology: &Path) -> Result<(), Failure> {
        self.disk.trusts(entries, topology)
    }

    fn may_list(&self, entries: &Path, folder: &Path) -> Result<(), Failure> {
        self.disk.may_list(entries, folder)
    }

    fn most(&self) -> u64 {
        self.disk.most()
    }
}
