//! The schemas of topologies and entries files in a real yaml-language-server, with the settings that docs/src/editors.md gives to editors.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::language_client::LanguageClient;
use crate::support::pages::{blocks_of, text};
use crate::support::{program, root, skip};

const PAGE: &str = "docs/src/editors.md";

/// The address of the schemas on the web; here the files are taken.
const SCHEMAS: &str = "https://raw.githubusercontent.com/publish-plan/publish-plan/main/schemas/";
const SCHEMA: &str = "https://raw.githubusercontent.com/publish-plan/publish-plan/main/schemas/topology.schema.json";

/// A text of the page with the schemas here in place of those on the web.
fn with_schemas_here(text: &str) -> String {
    text.replace(SCHEMAS, &format!("file://{}/", root().join("schemas").display()))
}

/// A yaml-language-server, started as an editor with these settings does.
pub(crate) fn server(settings: Value) -> Option<LanguageClient> {
    let name = std::env::var("YAML_LANGUAGE_SERVER").unwrap_or_else(|_| "yaml-language-server".to_owned());
    let client = LanguageClient::start(Command::new(name).arg("--stdio"), settings, &json!({}));
    if client.is_none() {
        skip("yaml-language-server is not installed (npm install yaml-language-server)");
    }
    client
}

/// The settings of VS Code, as the page has them.
pub(crate) fn settings() -> Value {
    let [block] = &blocks_of(PAGE, "json")[..] else { panic!("one block of settings") };
    let page: Value = serde_json::from_str(&with_schemas_here(block)).unwrap();
    assert!(block.contains(SCHEMA));
    json!({"yaml": {"schemas": page["yaml.schemas"], "validate": true, "hover": true, "completion": true}, "http": {}, "[yaml]": {}, "editor": {}, "files": {}})
}

const LAB: &str = "name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n        - tcp/22\n        - tcp/ab\n      labels:\n        publish: tls/0\n    r2:\n      pub\n";

#[test]
fn a_bad_entry_is_underlined_as_it_is_typed() {
    let Some(mut server) = server(settings()) else { return };
    let uri = "file:///labs/l.clab.yml";
    let told = server.open(uri, LAB.split("    r2:").next().unwrap());
    let places: Vec<(u64, u64)> = told.iter().map(|(line, column, _)| (*line, *column)).collect();
    assert_eq!(places, [(7, 10), (9, 17)], "{told:?}");
    // A file that is no topology by its name is left alone.
    assert_eq!(server.open("file:///labs/values.yaml", LAB.split("    r2:").next().unwrap()), []);
}

#[test]
fn entries_and_the_label_are_explained_and_completed() {
    let Some(mut server) = server(settings()) else { return };
    let uri = "file:///labs/l.clab.yml";
    server.open(uri, LAB);
    for (line, column) in [(5, 8), (6, 12), (9, 10)] {
        let hover = server.at("textDocument/hover", uri, line, column);
        let said = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(said.len() > 20, "{line}:{column}: {hover}");
    }
    let completed = server.at("textDocument/completion", uri, 11, 9);
    let items = completed["items"].as_array().or(completed.as_array()).unwrap();
    assert!(items.iter().any(|item| item["label"] == "publish"), "{completed}");
}

/// The same in an entries file: a wrong entry and an unknown key are underlined, names and lists explained, keys completed.
#[test]
fn an_entries_file_is_understood_as_it_is_typed() {
    let Some(mut server) = server(settings()) else { return };
    let uri = "file:///labs/l.publish.yml";
    let text = "topology: l.clab.yml\ndefaults: [tcp/ab]\nnode:\n  r1: [tcp/22]\nnodes:\n  r1:\n    - tls/0\n";
    let told = server.open(uri, text);
    let mut places: Vec<(u64, u64)> = told.iter().map(|(line, column, _)| (*line, *column)).collect();
    places.sort_unstable();
    assert_eq!(places, [(1, 11), (2, 0), (6, 6)], "{told:?}");
    for (line, column) in [(0, 3), (1, 3), (4, 2), (6, 7)] {
        let hover = server.at("textDocument/hover", uri, line, column);
        let said = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(said.len() > 20, "{line}:{column}: {hover}");
    }
    let uri = "file:///labs/m.publish.yml";
    server.open(uri, "topology: l.clab.yml\nno\n");
    let completed = server.at("textDocument/completion", uri, 1, 2);
    let items = completed["items"].as_array().or(completed.as_array()).unwrap();
    assert!(items.iter().any(|item| item["label"] == "nodes"), "{completed}");
}

/// The first line that does it for one file.
#[test]
fn a_modeline_does_it_for_one_file() {
    let Some(mut server) =
        server(json!({"yaml": {"validate": true}, "http": {}, "[yaml]": {}, "editor": {}, "files": {}}))
    else {
        return;
    };
    let modeline = blocks_of(PAGE, "yaml").remove(0);
    assert!(modeline.starts_with(&format!("# yaml-language-server: $schema={SCHEMA}\n")), "{modeline}");
    let lab = with_schemas_here(&modeline).replace("tls/57400", "tls/574000");
    let told = server.open("file:///labs/any-name.yaml", &lab);
    assert_eq!(told.len(), 1, "{told:?}");
}

/// Neovim itself, with what the page puts into `init.lua`.
#[test]
fn neovim_underlines_it_too() {
    let lua = &blocks_of(PAGE, "lua").into_iter().find(|block| block.contains("yamlls")).expect("a block for it");
    assert!(lua.contains(SCHEMA), "{lua}");
    let Some(nvim) = program(
        "nvim",
        "NVIM",
        &["--headless", "--clean", "+lua if not vim.lsp.start then vim.api.nvim_command('cquit') end", "+q"],
    ) else {
        return;
    };
    let Ok(server) = std::env::var("YAML_LANGUAGE_SERVER") else { return skip("YAML_LANGUAGE_SERVER is not set") };
    let folder = tempfile::tempdir().unwrap();
    let init = with_schemas_here(lua).replace("\"yaml-language-server\"", &format!("\"{server}\""));
    std::fs::write(folder.path().join("init.lua"), init).unwrap();
    let lab = folder.path().join("l.clab.yml");
    std::fs::write(&lab, LAB.split("    r2:").next().unwrap()).unwrap();
    let wait = "+lua vim.wait(30000, function() return #vim.diagnostic.get(0) == 2 end); for _, it in ipairs(vim.diagnostic.get(0)) do io.stdout:write(it.lnum .. ':' .. it.col .. '\\n') end";
    let output = Command::new(nvim)
        .args(["--headless", "--clean", "-u"])
        .arg(folder.path().join("init.lua"))
        .arg(&lab)
        .args([wait, "+q!"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "7:10\n9:17\n", "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every place of the page that names a schema names the same one, and it is there.
#[test]
fn the_page_names_the_schemas() {
    let page = text(PAGE);
    for name in ["topology.schema.json", "entries.schema.json"] {
        let at_its_address = page.matches(&format!("{SCHEMAS}{name}")).count();
        assert_eq!(page.matches(name).count(), at_its_address + 1, "and the link to read it");
        assert!(Path::new(&root()).join("schemas").join(name).exists());
    }
}
