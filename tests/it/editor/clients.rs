//! Real clients, with what the page gives to them, and a second server on the same file.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Editor, LAB, position};
use crate::packaging::editors;
use crate::support::pages::blocks_of;
use crate::support::program;

const PAGE: &str = "docs/src/editors.md";

/// A directory with the lab, and a PATH on which the program is first.
fn desk() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("l.clab.yml"), LAB).unwrap();
    let own = Path::new(env!("CARGO_BIN_EXE_publish-plan")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    (folder, path)
}

/// What both clients are to show: of line 5 a warning, and of `leaf1` who gets in.
fn shows(output: &str) {
    for words in [
        "5 publish-plan: `tcp/22` opens SSH on `leaf1` and 1 more to anyone on the Internet\n",
        "the list of kind nokia\\_srlinux applies to leaf1\n",
        "- port 22 of leaf1 (tcp): **anyone on the Internet**",
    ] {
        assert!(output.contains(words), "{words}\n{output}");
    }
}

#[test]
fn neovim_shows_what_the_server_says() {
    let lua = blocks_of(PAGE, "lua").into_iter().find(|block| block.contains("publish-plan\", \"lsp\"")).unwrap();
    let Some(nvim) = program("nvim", "NVIM", &["--headless", "--clean", "+lua vim.lsp.start_client", "+q"]) else {
        return;
    };
    let (folder, path) = desk();
    fs::write(folder.path().join("init.lua"), lua).unwrap();
    let wait = "+lua vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end); for _, it in ipairs(vim.diagnostic.get(0)) do io.stdout:write((it.lnum + 1) .. ' ' .. it.source .. ': ' .. it.message:gsub('\\n.*', '') .. '\\n') end";
    let hover = "+lua vim.api.nvim_win_set_cursor(0, {7, 5}); for _, it in pairs(vim.lsp.buf_request_sync(0, 'textDocument/hover', vim.lsp.util.make_position_params(), 30000)) do io.stdout:write(it.result.contents.value .. '\\n') end";
    let mut command = Command::new(nvim);
    command.args(["--headless", "--clean", "-u", "init.lua", "l.clab.yml", wait, hover, "+q!"]);
    let output = command.current_dir(folder.path()).env("PATH", path).output().unwrap();
    shows(&String::from_utf8_lossy(&output.stdout));
}

#[test]
fn emacs_shows_what_the_server_says() {
    let [init] = &blocks_of(PAGE, "elisp")[..] else { panic!("one block of Emacs Lisp") };
    let load = ["--batch", "-q", "--eval", "(package-initialize)"];
    let Some(emacs) = program("emacs", "EMACS", &[&load[..], &["--eval", "(require 'eglot)"]].concat()) else { return };
    let (folder, path) = desk();
    fs::write(folder.path().join("init.el"), init).unwrap();
    let run = r#"
(find-file "l.clab.yml")
(run-hooks 'post-command-hook)
(let ((end (+ (float-time) 30)))
  (while (and (< (float-time) end) (not (and (eglot-current-server) (flymake-diagnostics))))
    (accept-process-output nil 0.1)
    (when (eglot-current-server) (flymake-start))))
(dolist (one (flymake-diagnostics))
  (let ((text (replace-regexp-in-string " \\[[a-z-]+\\]:" ":" (car (split-string (flymake-diagnostic-text one) "\n")))))
    (princ (format "%s %s\n" (line-number-at-pos (flymake-diagnostic-beg one)) text))))
(goto-char (point-min))
(search-forward "leaf1")
(backward-char)
(let ((answer (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))))
  (princ (plist-get (plist-get answer :contents) :value)))
"#;
    fs::write(folder.path().join("run.el"), run).unwrap();
    let mut command = Command::new(emacs);
    command.args(load).args(["-l", "init.el", "-l", "run.el"]).current_dir(folder.path());
    let output = command.env("PATH", path).env("HOME", folder.path()).output().unwrap();
    shows(&String::from_utf8_lossy(&output.stdout));
}

/// Both on one file: each says who it is, and nothing is completed twice.
#[test]
fn beside_yaml_language_server_nothing_is_completed_twice() {
    let Some(mut other) = editors::server(editors::settings()) else { return };
    let mut own = Editor::new();
    let uri = own.uri("l.clab.yml");
    own.open("l.clab.yml", LAB);
    other.open(&uri, LAB);
    let mut version = 1;
    let mut count = [0, 0];
    for (from, to) in [
        ("http/8080/user@domain.com", "http/8080/|"),
        ("http/8080/user@domain.com", "http/|"),
        ("http/8080/user@domain.com", "|"),
        ("http/8080/user@domain.com", "ht|"),
        ("      publish:\n        - http", "      |\n        - http"),
        ("kind: linux", "kind: linux # publish-plan: ignore[|]"),
        ("    server:", "    s|"),
        ("    server:", "    r2:\n      pub|\n    server:"),
        ("    server:", "    r2:\n      publish:\n        - |\n    server:"),
    ] {
        let text = LAB.replacen(from, to, 1);
        let (line, column) = position(&text, "|");
        let text = text.replacen('|', "", 1);
        own.replace("l.clab.yml", &text);
        version += 1;
        let change = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]});
        other.notify("textDocument/didChange", &change);
        let labels = |answer: Value| -> Vec<String> {
            let items = answer["items"].as_array().or(answer.as_array()).cloned().unwrap_or_default();
            items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
        };
        let theirs = labels(other.at("textDocument/completion", &uri, line, column));
        let ours = labels(own.client.at("textDocument/completion", &uri, line, column));
        for label in &ours {
            assert!(!theirs.contains(label), "{to}: {label} is completed twice: {theirs:?}");
        }
        count = [count[0] + ours.len(), count[1] + theirs.len()];
    }
    assert!(count[0] > 10 && count[1] > 3, "each completes something: {count:?}");
}
