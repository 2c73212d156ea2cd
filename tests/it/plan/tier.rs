//! The account's tier: `--tier`, `tier` in publish-plan.toml, and the names that both had before.

use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{Run, git, make_repository, root, run};

/// What ngrok carries on a paid tier only.
const PAID: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/8443]}\n";

const WARNING: &str = "warning: --plan is deprecated; use --tier\n";

/// A repository with a topology and, if there is any text for it, a publish-plan.toml.
fn repository(settings: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    make_repository(folder.path());
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, PAID).unwrap();
    fs::write(folder.path().join("publish-plan.toml"), settings).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn check(path: &str, arguments: &[&str]) -> Run {
    run(&[&["check", path, "--provider", "ngrok", "--domain", "example.net"], arguments].concat())
}

#[test]
fn the_old_flag_works_and_names_the_new_one() {
    let (_folder, path) = repository("");
    assert_eq!(check(&path, &[]).exit, Exit::Findings);
    let new = check(&path, &["--tier", "paid"]);
    assert_eq!((new.exit, new.stderr.as_str()), (Exit::Clean, ""), "{}", new.stdout);
    for old in [&["--plan", "paid"][..], &["--plan=paid"]] {
        let old = check(&path, old);
        assert_eq!((old.exit, old.stderr.as_str(), old.stdout), (Exit::Clean, WARNING, new.stdout.clone()));
    }
    // A file of this name is no flag, and neither is what is not accepted.
    assert!(!run(&["check", "--no-config", "--", "--plan"]).stderr.contains("deprecated"));
    let wrong = check(&path, &["--plan", "cheap"]);
    assert!(wrong.exit == Exit::Failed && !wrong.stderr.contains("deprecated"), "{}", wrong.stderr);
    for both in [["--plan=free", "--tier=paid"], ["--tier=paid", "--plan=paid"]] {
        let both = check(&path, &both);
        let wanted = "publish-plan: `--plan` is the old name of `--tier`; use only `--tier`\n";
        assert_eq!((both.exit, both.stdout.as_str(), both.stderr.as_str()), (Exit::Failed, "", wanted));
    }
    for typo in ["--teir", "--palan"] {
        let typo = check(&path, &[typo, "paid"]);
        assert!(typo.stderr.contains("'--tier'") && !typo.stderr.contains("'--plan'"), "{}", typo.stderr);
    }
}

#[test]
fn the_old_flag_is_shown_nowhere() {
    for command in ["check", "plan", "compile", "providers"] {
        for shown in [run(&[command, "--help"]).stdout, run(&["man", command]).stdout] {
            assert!(shown.contains("tier") && !shown.contains("--plan") && !shown.contains("\\-\\-plan"), "{shown}");
        }
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell]).stdout;
        assert!(script.contains("tier") && !script.contains("--plan") && !script.contains("-l plan"), "{shell}");
    }
}

/// It is shown at its place, once, in every command that reads settings, and it changes no exit code and no report.
#[test]
fn the_old_key_works_with_a_warning_at_its_place() {
    let (folder, path) = repository("provider = \"ngrok\"\nplan = \"paid\"\n");
    let other = folder.path().join("m.clab.yml");
    fs::write(&other, PAID.replace("name: l", "name: m").replace("8443", "8444")).unwrap();
    let new = folder.path().join("new.toml");
    fs::write(&new, "provider = \"ngrok\"\ntier = \"paid\"\n").unwrap();
    let new = new.to_str().unwrap();
    let folder_path = folder.path().to_str().unwrap();
    let flags = ["--domain", "example.net"];
    for (command, arguments) in [
        ("check", &[folder_path, "--fail-on", "warning", "--format", "json", "--domain", "example.net"][..]),
        ("check", &[&path, "--show-settings"]),
        ("plan", &[&[path.as_str()], &flags[..]].concat()),
        ("plan", &[&[path.as_str(), "--against", other.to_str().unwrap()], &flags[..]].concat()),
        ("compile", &[&[path.as_str(), "--stdout", "ngrok.yml"], &flags[..]].concat()),
        ("migrate", &[&path, "--diff"]),
        ("strip", &[&path]),
        ("providers", &["--for", &path]),
    ] {
        let what = format!("{command} {arguments:?}");
        let with_old = run(&[&[command], arguments].concat());
        let with_new = run(&[&[command], arguments, &["--config", new]].concat());
        let headlines = with_old.stderr.matches("warning[invalid-config]: the key `plan` is deprecated\n").count();
        assert_eq!(headlines, 1, "{what}: {}", with_old.stderr);
        assert!(with_old.stderr.contains("publish-plan.toml:2:1]"), "{what}: {}", with_old.stderr);
        assert!(!with_new.stderr.contains("deprecated"), "{what}: {}", with_new.stderr);
        assert_eq!(with_old.exit, with_new.exit, "{what}: {}", with_old.stderr);
        let report = |run: &Run| run.stdout.replace("new.toml", "publish-plan.toml");
        assert_eq!(report(&with_old), report(&with_new), "{what}");
    }
    assert!(run(&["check", &path, "--show-settings"]).stdout.contains("\ntier = \"paid\""));
    assert!(run(&["check", &path, "--tier", "free", "--show-settings"]).stdout.contains("\ntier = \"free\""));
}

#[test]
fn both_keys_are_an_error() {
    let (_folder, path) = repository("tier = 'paid'\nplan = 'paid'\n");
    for command in ["check", "plan", "compile", "strip"] {
        let run = run(&[command, &path]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{command}");
        assert!(run.stderr.contains("error[invalid-config]: `plan` and `tier` are both set\n"), "{}", run.stderr);
    }
}

/// The key under its new name is no change, and settings of the past are nobody's to correct.
#[test]
fn a_key_that_was_renamed_is_no_change() {
    let (folder, path) = repository("provider = 'ngrok'\nplan = 'paid'\n[names]\ndomain = 'example.net'\n");
    fs::remove_dir_all(folder.path().join(".git")).unwrap();
    git(folder.path(), &["init", "--quiet", "."]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "one"]);
    let config = folder.path().join("publish-plan.toml");
    let settings = fs::read_to_string(&config).unwrap();
    fs::write(&config, settings.replace("plan =", "tier =")).unwrap();
    let against = |more: &[&str]| run(&[&["plan", &path, "--against", "HEAD", "--fail-on", "any"], more].concat());
    let renamed = against(&[]);
    assert_eq!(renamed.exit, Exit::Clean, "{}{}", renamed.stdout, renamed.stderr);
    assert!(!renamed.stderr.contains("deprecated"), "{}", renamed.stderr);
    fs::write(&config, settings.replace("plan = 'paid'", "tier = 'free'")).unwrap();
    let lower = against(&["--format", "json"]);
    let document: Value = serde_json::from_str(&lower.stdout).unwrap();
    assert_eq!((lower.exit, &document["differing"][0]["what"]), (Exit::Findings, &Value::from("tier")), "{document}");
}

#[test]
fn editors_call_the_old_key_deprecated() {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(root().join("schemas/config.schema.json")).unwrap()).unwrap();
    let keys = &schema["properties"];
    assert_eq!((&keys["plan"]["deprecated"], &keys["tier"]["deprecated"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(keys["plan"]["enum"], keys["tier"]["enum"]);
}
