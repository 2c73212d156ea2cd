//! What the server tells without being asked: diagnostics, which files it wants to be told about, and that hints are others now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{Diagnostic, PublishDiagnosticsParams};
use serde_json::{Value, json};

use super::labs::{OpenLab, Opened};
use super::{Server, convert, guarded};

impl Server<'_> {
    /// Reads every stale file again.
    pub(super) fn read_stale(&mut self) {
        // One by one: if one of them ends in a panic, the others are still stale.
        while let Some(path) = self.stale.pop_first() {
            self.is_shown = false;
            if self.documents.get(&path).is_some() {
                let opened = self.reader.open(&path, &self.documents);
                self.opened.insert(path, opened);
            }
        }
    }

    /// Reads what is stale, and shows what was found.
    pub(super) fn refresh(&mut self) {
        let is_read = guarded(|| self.read_stale());
        if let Err(words) = is_read {
            self.log(&words);
        }
        self.show_all();
        self.is_shown = true;
    }

    /// Sends the diagnostics of every file of an open lab, and takes back those of files that are none's anymore.
    fn show_all(&mut self) {
        let mut diagnostics: BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)> = BTreeMap::new();
        for (path, opened) in &self.opened {
            let document = self.documents.get(path).expect("only open files are read");
            let version = Some(document.version);
            match opened {
                Opened::Lab(lab) => self.add_lab(path, lab, &mut diagnostics),
                Opened::Settings(file, findings) => {
                    let found = findings
                        .iter()
                        .map(|finding| convert::diagnostic(finding, file, &document.uri, self.client.encoding));
                    diagnostics.insert(path.clone(), (version, found.collect()));
                }
                Opened::Failed(reason) => {
                    diagnostics.insert(path.clone(), (version, vec![convert::failure(reason)]));
                }
                Opened::Other => {}
            }
        }
        let gone: Vec<PathBuf> = self.shown.iter().filter(|path| !diagnostics.contains_key(*path)).cloned().collect();
        for path in gone {
            self.shown.remove(&path);
            self.publish(&path, None, Vec::new());
        }
        for (path, (version, found)) in diagnostics {
            self.publish(&path, version, found);
            self.shown.insert(path);
        }
    }

    /// Adds what was found in the file itself, and in the other file of its lab if that is not open.
    fn add_lab(&self, path: &Path, lab: &OpenLab, diagnostics: &mut BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)>) {
        for file in &lab.files {
            let document = self.documents.get(&file.path);
            if file.path != path && document.is_some() {
                continue;
            }
            let uri = document.map_or_else(|| convert::uri(&file.path), |document| document.uri.clone());
            let found = file.shown.iter();
            let found =
                found.map(|finding| convert::diagnostic(finding, &file.file, &uri, self.client.encoding)).collect();
            diagnostics.insert(file.path.clone(), (document.map(|document| document.version), found));
        }
    }

    fn publish(&self, path: &Path, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let uri = self.documents.get(path).map_or_else(|| convert::uri(path), |document| document.uri.clone());
        let parameters = PublishDiagnosticsParams { uri, version, diagnostics };
        self.notify("textDocument/publishDiagnostics", serde_json::to_value(parameters).expect("they are JSON"));
    }

    /// Asks the editor to say when a file changes that labs are read from.
    pub(super) fn watch(&mut self) {
        if self.client.watches {
            let globs = ["**/publish-plan.toml", "**/*.{clab,publish}.{yml,yaml}", "**/*.{yml,yaml,env}"];
            let watchers: Vec<Value> = globs.iter().map(|glob| json!({"globPattern": glob})).collect();
            let method = "workspace/didChangeWatchedFiles";
            let registration = json!({"id": method, "method": method, "registerOptions": {"watchers": watchers}});
            self.ask("client/registerCapability", json!({"registrations": [registration]}));
        }
    }

    pub(super) fn ask_to_refresh(&mut self) {
        let [hints, lenses] = self.client.refreshes;
        if hints {
            self.ask("workspace/inlayHint/refresh", Value::Null);
        }
        if lenses {
            self.ask("workspace/codeLens/refresh", Value::Null);
        }
    }
}
