use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::documents::Documents;
use crate::base::{Finding, SourceFile};
use crate::cli::failure::Failure;
use crate::cli::flags::CommonOptions;
use crate::cli::input;
use crate::cli::lab::{FileReader, Lab, OnDisk};
use crate::cli::options::LspOptions;
use crate::cli::settings::{EffectiveSettings, SettingsLoader};
use crate::cli::triaged;
use crate::editor::View;
use crate::pipeline::{self, Examined, LabFiles, NamedFile};
use crate::render::Look;
use crate::settings;
use crate::triage::Triage;

/// A file that is open in the editor, with the lab that it belongs to.
pub(super) struct OpenLab {
    /// The files of the lab, with what `check` shows of each.
    pub(super) files: Vec<ShownFile>,
    pub(super) wanted: EffectiveSettings,
    /// What it was read from.
    pub(super) read: LabFiles,
    /// The index of the file that is open.
    pub(super) own: usize,
    /// With what an editor shows; worked out when it is asked for.
    outlined: OnceCell<Examined>,
}

/// A file of a lab.
pub(super) struct ShownFile {
    pub(super) path: PathBuf,
    pub(super) file: Arc<SourceFile>,
    pub(super) shown: Vec<Finding>,
}

/// What an open file is.
pub(super) enum Opened {
    Lab(Box<OpenLab>),
    /// A publish-plan.toml, with what is wrong with it.
    Settings(Arc<SourceFile>, Vec<Finding>),
    /// Not one of ours.
    Other,
    /// Something keeps it from being checked, in words.
    Failed(String),
}

/// Files as the editor has them, and otherwise as they are on disk.
struct InEditor<'e> {
    documents: &'e Documents,
    disk: OnDisk<'e>,
}

impl FileReader for InEditor<'_> {
    fn has(&self, path: &Path) -> bool {
        self.documents.get(path).is_some() || self.disk.has(path)
    }

    fn read(&self, path: &Path) -> Result<NamedFile, Failure> {
        let Some(document) = self.documents.get(path) else { return self.disk.read(path) };
        Ok(NamedFile { name: path.to_string_lossy().into_owned(), bytes: document.text.clone().into_bytes() })
    }

    fn trusts(&self, entries: &Path, topology: &Path) -> Result<(), Failure> {
        // What is not on disk yet is the user's own.
        if self.disk.has(entries) { self.disk.trusts(entries, topology) } else { Ok(()) }
    }

    fn may_list(&self, entries: &Path, folder: &Path) -> Result<(), Failure> {
        self.disk.may_list(entries, folder)
    }

    fn most(&self) -> u64 {
        self.disk.most()
    }
}

/// Reads the files that are open in the editor, each as `check` would read it alone.
pub(super) struct Reader<'o> {
    pub(super) options: &'o LspOptions,
    pub(super) variables: Vec<(String, String)>,
}

impl Reader<'_> {
    fn common(&self) -> &CommonOptions {
        &self.options.common
    }

    /// The settings for the topologies in a directory, as they are now.
    fn settings(&self, folder: &Path) -> Result<EffectiveSettings, Failure> {
        let look = Look { color: false, links: false, ascii: false, width: 80, columns: None };
        let mut loader =
            SettingsLoader::new(self.common(), self.options.account.clone(), self.variables.clone(), look)?;
        Ok(loader.of(folder)?.clone())
    }

    /// What the file at `path` is, which is open in the editor.
    pub(super) fn open(&self, path: &Path, documents: &Documents) -> Opened {
        let text = &documents.get(path).expect("the document is open").text;
        if path.file_name() == Some(OsStr::new(settings::FILE_NAME)) {
            let (file, findings) = check_settings(path, text);
            return Opened::Settings(file, findings);
        }
        match self.lab(path, text.clone().into_bytes(), documents) {
            Ok(lab) if lab.is_ours(path) => Opened::Lab(Box::new(lab)),
            Ok(_) => Opened::Other,
            Err(_) if !is_called_so(path) => Opened::Other,
            Err(failure) => Opened::Failed(failure.reason()),
        }
    }

    /// The lab of a file, with these bytes of it.
    pub(super) fn lab(&self, path: &Path, bytes: Vec<u8>, documents: &Documents) -> Result<OpenLab, Failure> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let wanted = self.settings(folder)?;
        let reader = InEditor { documents, disk: OnDisk(self.common()) };
        let file = NamedFile { name: path.to_string_lossy().into_owned(), bytes };
        let lab = Lab::of(Some(path), file, &wanted, &reader)?;
        let paths: Vec<PathBuf> = lab.path().into_iter().chain(lab.other_path()).map(Path::to_owned).collect();
        let read = lab.files;
        let examined = pipeline::examine(read.clone(), &wanted.settings, false);
        let triage = triaged::alone(&wanted, &examined);
        let files = examined
            .files
            .iter()
            .zip(triage)
            .zip(paths)
            .map(|((file, Triage { shown, .. }), path)| ShownFile { path, file: Arc::clone(&file.file), shown });
        let files: Vec<ShownFile> = files.collect();
        let own = files.iter().position(|file| file.path == path).unwrap_or(0);
        Ok(OpenLab { files, wanted, read, own, outlined: OnceCell::new() })
    }

    /// The texts of the other files that are open, and of those of labs in the same directory.
    pub(super) fn texts_beside(&self, path: &Path, documents: &Documents) -> Vec<String> {
        let open = documents.iter().filter(|(other, _)| *other != path).map(|(_, document)| document.text.clone());
        let folder = path.parent().unwrap_or(Path::new(""));
        let beside = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let beside = beside.filter(|other| other != path && is_called_so(other) && documents.get(other).is_none());
        // As a search does, it follows no link, and opens no pipe.
        let beside = beside.filter(|other| fs::symlink_metadata(other).is_ok_and(|metadata| metadata.is_file()));
        let beside = beside.filter_map(|other| input::read_file(&other, self.common()).ok());
        open.chain(beside.filter_map(|bytes| String::from_utf8(bytes).ok())).collect()
    }

    /// Every lab in a directory and below, as a search finds them and the editor has them; none for one that cannot be read.
    pub(super) fn labs_below(&self, folder: &Path, documents: &Documents) -> Vec<(PathBuf, Option<OpenLab>)> {
        let mut failures = Vec::new();
        let found = input::inputs(&[folder.to_owned()], &mut failures);
        let found = found.iter().filter_map(input::Input::path).map(Path::to_owned);
        let open = documents.iter().map(|(path, _)| path.clone()).filter(|path| path.starts_with(folder));
        let paths: BTreeSet<PathBuf> = found.chain(open).collect();
        let reader = InEditor { documents, disk: OnDisk(self.common()) };
        let read = |path: &Path| {
            let bytes = reader.read(path)?.bytes;
            self.lab(path, bytes, documents)
        };
        let labs = paths.into_iter().map(|path| (read(&path).ok(), path));
        let ours = labs.filter(|(lab, path)| lab.as_ref().map_or(is_called_so(path), |lab| lab.is_ours(path)));
        ours.map(|(lab, path)| (path, lab)).collect()
    }
}

impl OpenLab {
    /// The file that is open.
    pub(super) fn own(&self) -> &ShownFile {
        &self.files[self.own]
    }

    /// Whether the file is one that this program is for: by its name, or because it is a topology.
    fn is_ours(&self, path: &Path) -> bool {
        is_called_so(path) || self.read.entries.is_some() || self.view().is_some()
    }

    /// The lab with its outline. None if it cannot be read.
    pub(super) fn view(&self) -> Option<View<'_>> {
        let examined =
            self.outlined.get_or_init(|| pipeline::examine_with_outline(self.read.clone(), &self.wanted.settings));
        let (plan, outline) = (examined.plan.as_ref()?, examined.outline.as_ref()?);
        Some(View { outline, plan })
    }
}

fn is_called_so(path: &Path) -> bool {
    path.file_name().is_some_and(input::is_of_lab)
}

/// The findings of a settings file.
fn check_settings(path: &Path, text: &str) -> (Arc<SourceFile>, Vec<Finding>) {
    let (source, _, findings) =
        crate::cli::known::with_known(|known| settings::read(&path.to_string_lossy(), text, known));
    (source, findings)
}
