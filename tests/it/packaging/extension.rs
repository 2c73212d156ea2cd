//! The extension of VS Code: what is packaged, and what it starts.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::pages::blocks_of;
use crate::support::{files_below, program, root, skip};

fn folder() -> PathBuf {
    root().join("editors/vscode")
}

fn manifest() -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join("package.json")).unwrap()).unwrap()
}

/// A copy of the files that git has.
fn copy(to: &Path) {
    for file in files_below(&folder()).iter().filter(|file| !file.iter().any(|part| part == "node_modules")) {
        fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
    }
}

#[test]
fn it_is_packaged_as_the_page_says() {
    let [block] = &blocks_of("docs/src/editors.md", "sh")[..] else { panic!("one block of commands") };
    assert_eq!(
        block.trim(),
        "cd editors/vscode && npm install && npx vsce package && code --install-extension publish-plan-0.1.0.vsix"
    );
    let Some(modules) = std::env::var_os("NPM_MODULES").map(PathBuf::from) else {
        return skip("NPM_MODULES is not set");
    };
    let vsce = modules.join("@vscode/vsce/vsce");
    if !vsce.exists() {
        return skip("npm's @vscode/vsce is not in NPM_MODULES");
    }
    let there = tempfile::tempdir().unwrap();
    copy(there.path());
    // What it depends on is npm's to fetch.
    let output = Command::new("node")
        .arg(vsce)
        .args(["package", "--no-dependencies"])
        .current_dir(there.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let package = there.path().join("publish-plan-0.1.0.vsix");
    let Some(python) = program("python3", "PYTHON", &["--version"]) else { return };
    let listed = Command::new(python).args(["-m", "zipfile", "-l"]).arg(&package).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<&str> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let own: BTreeSet<&str> = names.into_iter().filter_map(|name| name.strip_prefix("extension/")).collect();
    assert_eq!(own, BTreeSet::from(["LICENSE.txt", "extension.js", "package.json", "readme.md"]));
}

#[test]
fn its_version_and_its_license_are_those_of_the_program() {
    assert_eq!(manifest()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest()["license"], "Apache-2.0");
    assert_eq!(fs::read(folder().join("LICENSE")).unwrap(), fs::read(root().join("LICENSE")).unwrap());
    // A directory that somebody opens cannot say what is run.
    let path = &manifest()["contributes"]["configuration"]["properties"]["publish-plan.path"];
    assert_eq!((&path["scope"], &path["default"]), (&"machine".into(), &"publish-plan".into()));
}

/// What VS Code is to the extension, in its place; the client says what it was made with.
const STAND_IN: &str = r#"
const Module = require("module");
const load = Module._load;
const settings = { defaultValue: "publish-plan", globalValue: process.env.OF_USER, workspaceValue: "of-the-repository" };
const stands = {
  vscode: {
    workspace: { getConfiguration: () => ({ inspect: () => settings, get: () => settings.workspaceValue }) },
    window: { showErrorMessage: (words) => console.log(JSON.stringify({ words })) },
  },
  "vscode-languageclient/node": {
    LanguageClient: class {
      constructor(id, name, server, client) { console.log(JSON.stringify({ server, client })); }
      async start() { if (process.env.FAILS) throw new Error("spawn ENOENT"); }
      async stop() { console.log(JSON.stringify({ stopped: true })); }
    },
  },
};
Module._load = (name, ...rest) => stands[name] ?? load(name, ...rest);
const { activate, deactivate } = require(process.argv[1]);
activate({ subscriptions: [] }).then(deactivate);
"#;

#[test]
fn it_finds_the_program_and_nothing_else() {
    let Some(node) = program("node", "NODE", &["--version"]) else { return };
    let said = |variables: &[(&str, &str)]| -> Vec<Value> {
        let mut command = Command::new(&node);
        command.arg("-e").arg(STAND_IN).arg(folder().join("extension.js")).envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let usual = said(&[]);
    assert_eq!(usual[0]["server"], serde_json::json!({"command": "publish-plan", "args": ["lsp"]}));
    let patterns = usual[0]["client"]["documentSelector"].to_string();
    for name in ["*.clab.yml", "*.publish.yaml", "publish-plan.toml"] {
        assert!(patterns.contains(name), "{patterns}");
    }
    assert_eq!(usual[1]["stopped"], true);
    assert_eq!(said(&[("OF_USER", "/opt/publish-plan")])[0]["server"]["command"], "/opt/publish-plan");
    let failed = said(&[("FAILS", "1")]);
    let words = failed[1]["words"].as_str().unwrap();
    assert!(
        words.contains("cannot run `publish-plan lsp`: spawn ENOENT") && words.contains("user settings"),
        "{words}"
    );
}
