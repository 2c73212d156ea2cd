//! `publish-plan lsp`: what editors show of topologies, entries files, and settings.

mod clients;
mod diagnostics;
mod drift;
mod places;
mod protocol;
mod shown;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::language_client::LanguageClient;

/// An editor with a directory of its own.
struct Editor {
    folder: TempDir,
    client: LanguageClient,
}

impl Editor {
    fn new() -> Self {
        Self::with(&[], &json!({}))
    }

    /// With these files on disk, in an editor with these capabilities.
    fn with(files: &[(&str, &str)], capabilities: &Value) -> Self {
        // yaml-language-server leaves hidden directories alone.
        let folder = tempfile::Builder::new().prefix("lab").tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        command.args(["lsp", "--stdio", "--no-env"]).current_dir(folder.path());
        Self { client: LanguageClient::start(&mut command, Value::Null, capabilities).unwrap(), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        // As the server finds it.
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    /// Opens a file, and gives its diagnostics: `line:column severity[rule] first line of the message`, as they are shown.
    fn open(&mut self, name: &str, text: &str) -> Vec<String> {
        let uri = self.uri(name);
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.client.notify("textDocument/didOpen", &json!({"textDocument": document}));
        self.diagnostics(name)
    }

    /// Replaces the whole text.
    fn replace(&mut self, name: &str, text: &str) -> Vec<String> {
        let document = json!({"uri": self.uri(name), "version": 2});
        let parameters = json!({"textDocument": document, "contentChanges": [{"text": text}]});
        self.client.notify("textDocument/didChange", &parameters);
        self.diagnostics(name)
    }

    fn diagnostics(&mut self, name: &str) -> Vec<String> {
        let uri = self.uri(name);
        self.client.diagnostics(&uri).iter().map(line).collect()
    }

    /// Asks about the first place of `words` in a text, which has to be the file's.
    fn at(&mut self, method: &str, name: &str, text: &str, words: &str) -> Value {
        let (line, column) = position(text, words);
        let uri = self.uri(name);
        self.client.at(method, &uri, line, column)
    }
}

/// The line and column of some words, from 0; the text is ASCII.
fn position(text: &str, words: &str) -> (u64, u64) {
    let offset = text.find(words).unwrap_or_else(|| panic!("{words}"));
    let before = &text[..offset];
    let column = offset - before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() as u64, column as u64)
}

/// `7:10 error[malformed-entry] malformed publish entry`, from 1.
fn line(diagnostic: &Value) -> String {
    assert_eq!(diagnostic["source"], "publish-plan");
    let start = &diagnostic["range"]["start"];
    let [line, column] = ["line", "character"].map(|key| start[key].as_u64().unwrap() + 1);
    let severity = ["", "error", "warning", "info"][usize::try_from(diagnostic["severity"].as_u64().unwrap()).unwrap()];
    let rule = diagnostic["code"].as_str().unwrap_or("-");
    let message = diagnostic["message"].as_str().unwrap().lines().next().unwrap();
    format!("{line}:{column} {severity}[{rule}] {message}")
}

/// A topology in which a list is inherited, one replaces it, and one is wrong.
const LAB: &str = "\
name: l
topology:
  kinds:
    nokia_srlinux:
      publish: [tls/57400/domain.com, tcp/22]
  nodes:
    leaf1: {kind: nokia_srlinux}
    leaf2: {kind: nokia_srlinux}
    server:
      kind: linux
      publish:
        - http/8080/user@domain.com
        - https/8443/user@domain.com,domain.com
";
