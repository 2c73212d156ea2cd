//! What is the README's alone. The blocks of all pages: `docs.rs`.

use crate::pages::{blocks_of, hold, scratch, shell, text};
use crate::support::{program, root, run};

/// `sh` blocks: exactly the two commands for a fresh machine, run by `.ci/run` in a fresh clone (the install) and as this
/// very run (the tests). Here their parts that need no build are run.
#[test]
fn there_is_one_command_to_install_and_one_to_test() {
    let [install, test] = &blocks_of("README.md", "sh")[..] else { panic!("expected two blocks of `sh`") };
    assert_eq!(install.lines().count(), 1);
    assert_eq!(test.trim(), "cargo test");
    let (install, rest) = install.split_once("&&").unwrap();
    assert_eq!(install.trim(), "cargo install --path .");
    let (output, code) = shell(scratch().path(), rest.trim());
    assert_eq!(code, Some(0), "{output}");
}

/// The matrix between the marks is what the program prints.
#[test]
fn the_matrix_of_providers_is_the_programs_own() {
    let printed = run(&["providers", "--format", "markdown"]).stdout;
    for page in ["README.md", "docs/src/providers.md"] {
        let text = text(page);
        let (before, rest) = text.split_once("<!-- providers -->\n").unwrap();
        let (_, after) = rest.split_once("<!-- /providers -->").unwrap();
        hold(page, &format!("{before}<!-- providers -->\n{printed}<!-- /providers -->{after}"));
    }
}

/// The terminals are drawn from what the program prints today.
#[test]
fn the_pictures_are_real() {
    let Some(python) = program("python3", "PYTHON", &["--version"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let drawn = std::process::Command::new(python)
        .arg(root().join("docs/picture.py"))
        .args([env!("CARGO_BIN_EXE_publish-plan").as_ref(), folder.path()])
        .output()
        .unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    for name in ["terminal-dark.svg", "terminal-light.svg"] {
        let picture = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(picture.contains("malformed-entry") && picture.contains("anyone on the Internet"), "{picture}");
        hold(&format!("docs/src/{name}"), &picture);
        assert!(text("README.md").contains(&format!("docs/src/{name}")));
    }
}

/// The words of `providers NAME` and its JSON.
#[test]
fn providers_are_described() {
    let providers = crate::compile::providers();
    for (name, _) in &providers {
        let text = run(&["providers", name]).stdout;
        insta::with_settings!({ snapshot_path => root().join("snapshots"), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("providers__{name}"), text);
        });
    }
    let json = run(&["providers", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["providers"].as_array().unwrap().len(), providers.len());
    assert_eq!(json["providers"][1]["carries"][0]["carriage"], "raw");
}
