//! Every fenced command of the README runs, and prints what the README says.

use std::process::Command;

use crate::support::root;

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in readme.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(found)) => open = Some((found == language, String::new())),
            (Some((is_wanted, block)), Some(_)) => {
                if *is_wanted {
                    blocks.push(std::mem::take(block));
                }
                open = None;
            }
            (Some((_, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// What the commands of the README look at, in a folder of its own: some of them write.
fn scratch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["examples", "tests/cases/findings"] {
        let from = root().join(part);
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
        for file in crate::support::files_below(&from) {
            std::fs::copy(&file, folder.path().join(part).join(file.file_name().unwrap())).unwrap();
        }
    }
    folder
}

fn shell(folder: &std::path::Path, command: &str) -> (String, Option<i32>) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_publish-plan"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

/// `console` blocks: a line `$ command`, then what it prints.
#[test]
fn terminal_excerpts_are_real() {
    let mut commands = 0;
    let folder = scratch();
    for block in blocks("console") {
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("expected a command: {line}"));
            let mut expected = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push_str(line);
                expected.push('\n');
            }
            let (output, _) = shell(folder.path(), command);
            let trimmed = output.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
            assert_eq!(trimmed.trim_end(), expected.trim_end(), "{command}\n{output}");
            commands += 1;
        }
    }
    assert!(commands >= 3);
}

/// `sh` blocks: exactly the two commands for a fresh machine, run by `.ci/run` in a fresh clone (the install) and as this
/// very run (the tests). Here their parts that need no build are run.
#[test]
fn there_is_one_command_to_install_and_one_to_test() {
    let [install, test] = &blocks("sh")[..] else { panic!("expected two blocks of `sh`") };
    assert_eq!(install.lines().count(), 1);
    assert_eq!(test.trim(), "cargo test");
    let (install, rest) = install.split_once("&&").unwrap();
    assert_eq!(install.trim(), "cargo install --path .");
    let (output, code) = shell(scratch().path(), rest.trim());
    assert_eq!(code, Some(0), "{output}");
}

/// `yaml` blocks are topologies that `check` takes, or the configuration of pre-commit.
#[test]
fn yaml_blocks_are_checked() {
    for block in blocks("yaml") {
        if block.starts_with("name:") {
            let run = crate::support::check(&block, &["--no-env"]);
            assert_eq!(run.exit, publish_plan::Exit::Clean, "{}", run.stdout);
        } else {
            assert!(block.starts_with("repos:"), "{block}");
            assert!(block.contains("id: publish-plan"));
        }
    }
}

/// `toml` blocks are settings that are taken.
#[test]
fn toml_blocks_are_settings() {
    let folder = scratch();
    let blocks = blocks("toml");
    assert!(!blocks.is_empty());
    for block in blocks {
        std::fs::write(folder.path().join("examples/publish-plan.toml"), &block).unwrap();
        let (output, code) = shell(folder.path(), "publish-plan plan examples/open.clab.yml");
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains("provider ssh: 1 of 20 tcp-based"), "{output}");
    }
}

/// The matrix between the marks is what the program prints. `UPDATE_README=1 cargo test` writes it.
#[test]
fn the_matrix_of_providers_is_the_programs_own() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- providers -->\n").unwrap();
    let (written, after) = rest.split_once("<!-- /providers -->").unwrap();
    let printed = crate::support::run(&["providers", "--format", "markdown"]).stdout;
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, format!("{before}<!-- providers -->\n{printed}<!-- /providers -->{after}")).unwrap();
    } else {
        assert_eq!(written, printed, "UPDATE_README=1 cargo test writes it");
    }
}

/// The words of `providers NAME` and its JSON.
#[test]
fn providers_are_described() {
    let providers = crate::compile::providers();
    for (name, _) in &providers {
        let text = crate::support::run(&["providers", name]).stdout;
        insta::with_settings!({ snapshot_path => root().join("snapshots"), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("providers__{name}"), text);
        });
    }
    let json = crate::support::run(&["providers", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["providers"].as_array().unwrap().len(), providers.len());
    assert_eq!(json["providers"][1]["carries"][0]["carriage"], "raw");
}

/// The chapter that takes a reader to a tunnel, copied command by command.
#[test]
fn a_lab_is_published_by_copying_a_chapter() {
    let needs = "command -v ssh ssh-keyscan nc curl python3 && test -x /usr/sbin/sshd";
    if !Command::new("bash").args(["-c", needs]).output().is_ok_and(|output| output.status.success()) {
        return crate::support::skip("openssh-server, openssh-client, nc, curl and python3 are not all installed");
    }
    let _ = std::fs::create_dir_all("/run/sshd");
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks("bash");
    let (last, first) = blocks.split_last().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_publish-plan"));
    let shell = |commands: &str| {
        Command::new("timeout")
            .args(["120", "bash", "-euxo", "pipefail", "-c", commands])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap()))
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
    };
    let opened = shell(&first.concat());
    let closed = shell(last);
    let said = String::from_utf8_lossy(&opened.stdout).into_owned();
    assert!(opened.status.success(), "{said}{}", String::from_utf8_lossy(&opened.stderr));
    assert!(said.contains("| clab-try-web-http-18080 | 127.0.0.1:"), "{said}");
    assert!(said.contains("# anyone on the Internet\n") && said.contains("Directory listing for /"), "{said}");
    assert!(closed.status.success(), "{}", String::from_utf8_lossy(&closed.stderr));
}
