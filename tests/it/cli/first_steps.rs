//! What a newcomer sees in the first ten minutes.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use publish_plan::Exit;

use crate::support::pages::scratch;
use crate::support::{make_repository, run, snapshot};

/// What the program prints in a directory for a user without settings, standard output first, and its exit code.
fn said(folder: &std::path::Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_publish-plan"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(), output.status.code())
}

/// `publish-plan` alone suggests three commands, in a directory without a topology and in one with a topology.
#[test]
fn alone_it_says_what_comes_next() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, code) = said(folder.path(), &[]);
    assert_eq!(code, Some(2));
    std::fs::write(
        folder.path().join("two nodes.clab.yml"),
        "name: l\ntopology: {nodes: {r1: {kind: linux, publish: [tcp/22]}}}\n",
    )
    .unwrap();
    let (with_one, _) = said(folder.path(), &[]);
    snapshot("cli", "first_steps__alone", format!("{empty}\n---\n\n{with_one}"));
    std::fs::write(folder.path().join("-a.clab.yml"), "").unwrap();
    assert!(said(folder.path(), &[]).0.contains("  publish-plan check ./-a.clab.yml  "));
    // The suggestions are commands that run.
    for text in [&empty, &with_one] {
        let commands: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        assert_eq!(commands.len(), 3, "{text}");
        for command in commands {
            let command = command.split("  ").next().unwrap().replace("DIR", ".");
            let (output, code) = crate::support::pages::shell(folder.path(), &command);
            assert!(code == Some(0) || code == Some(1), "{command}: {output}");
        }
    }
}

#[test]
fn init_asks_nothing_and_adds_a_lab_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let (text, code) = said(folder.path(), &["init"]);
    assert_eq!((text.as_str(), code), ("wrote publish-plan.toml\n", Some(0)));
    let other = folder.path().join("other");
    let (text, code) = said(folder.path(), &["init", "--example", "other"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("\nnext, run `publish-plan check other/demo.clab.yml`\n"), "{text}");
    let (checked, code) = said(folder.path(), &["check", "other/demo.clab.yml"]);
    assert!(code == Some(0) && checked.contains("warning[open-to-anyone]"), "{checked}");
    // If a file exists, it stays, and nothing is written.
    std::fs::remove_file(other.join("publish-plan.toml")).unwrap();
    std::fs::write(other.join("demo.clab.yml"), "mine").unwrap();
    let (text, code) = said(folder.path(), &["init", "--example", "other"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("other/demo.clab.yml") && !other.join("publish-plan.toml").exists(), "{text}");
    assert_eq!(std::fs::read_to_string(other.join("demo.clab.yml")).unwrap(), "mine");
}

/// All errors of the first ten minutes, in one snapshot. Read it aloud.
#[test]
fn errors_that_a_newcomer_meets() {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::write(
        folder.path().join("lab.yml"),
        "name: l\ntopology: {nodes: {r1: {kind: linux, publish: [tcp/2222]}}}\n",
    )
    .unwrap();
    let mut all = String::new();
    for (what, arguments) in [
        ("a missing file", &["check", "lab.clab.yml"][..]),
        ("a wrong directory", &["check", "labs"]),
        ("no topology found", &["check", "empty"]),
        ("no topology here", &["check"]),
        ("a directory instead of a file", &["plan", "examples"]),
        ("no file at all", &["plan"]),
        ("no provider selected", &["compile", "lab.yml"]),
        ("an unknown provider", &["compile", "--provider", "cloudflare", "lab.yml"]),
        ("no relay given", &["compile", "--provider", "ssh", "lab.yml"]),
        ("no key given", &["compile", "--provider", "ssh", "--relay", "tunnel@relay.example.net", "lab.yml"]),
        (
            "a key that is not there",
            &["compile", "--provider", "ssh", "--relay", "tunnel@relay.example.net", "--identity", "key", "lab.yml"],
        ),
        ("a token that is missing", &["compile", "--provider", "frp", "--relay", "relay.example.net", "lab.yml"]),
        (
            "an acl that the provider cannot enforce",
            &["compile", "--provider", "bore", "--relay", "relay.example.net", "examples/telemetry.clab.yml"],
        ),
        ("an unknown command", &["chekc"]),
        ("an unknown flag", &["check", "--fail", "warning"]),
        ("an unknown rule", &["explain", "open-to-all"]),
    ] {
        let empty = folder.path().join("empty");
        let (text, code) = said(if what == "no topology here" { &empty } else { folder.path() }, arguments);
        assert!(code == Some(2) || code == Some(1), "{what}: {text}");
        let text = text.replace(folder.path().to_str().unwrap(), "…");
        let (command, code) = (arguments.join(" "), code.unwrap());
        writeln!(all, "## {what}\n$ publish-plan {command}\n{text}exit code {code}\n").unwrap();
    }
    snapshot("cli", "first_steps__errors", all);
}

/// Files that publish-plan.toml excludes are skipped if pre-commit names them, but not if a user does.
#[test]
fn exclusions_hold_for_named_files_when_forced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("attic")).unwrap();
    make_repository(folder.path());
    std::fs::write(folder.path().join("publish-plan.toml"), "exclude = [\"attic/\"]\n").unwrap();
    let file = folder.path().join("attic/old.clab.yml");
    std::fs::write(&file, "name: l\ntopology: {nodes: {r1: {publish: [tcp/ab]}}}\n").unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(run(&["check", file]).exit, Exit::Findings);
    let forced = run(&["check", "--force-exclude", file]);
    assert_eq!(
        (forced.exit, forced.stdout.as_str()),
        (Exit::Clean, "no problems found in 0 files, 0 sockets; 1 file excluded\n"),
        "{}",
        forced.stderr
    );
}
