//! The hooks, run by the real pre-commit. `.ci/run` puts it into `PRE_COMMIT`; elsewhere it is looked for on PATH.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{root, skip};

fn pre_commit() -> Option<String> {
    let program = std::env::var("PRE_COMMIT").unwrap_or_else(|_| "pre-commit".to_owned());
    if Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    skip("pre-commit is not installed (pip install pre-commit)");
    None
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A copy of what git would commit of this project, as a repository of its own.
fn repository(into: &Path) {
    let files = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    for name in String::from_utf8(files.stdout).unwrap().lines() {
        let to = into.join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        if root().join(name).exists() {
            std::fs::copy(root().join(name), to).unwrap();
        }
    }
    git(into, &["init", "--quiet"]);
    git(into, &["add", "--all", "--force"]);
    git(into, &["commit", "--quiet", "--message", "copy"]);
}

fn try_repo(program: &str, project: &Path, hook: &str, file: &str, text: &str) -> Output {
    let lab = tempfile::tempdir().unwrap();
    git(lab.path(), &["init", "--quiet"]);
    std::fs::write(lab.path().join(file), text).unwrap();
    git(lab.path(), &["add", "."]);
    let installed = Path::new(env!("CARGO_BIN_EXE_publish-plan")).parent().unwrap().display().to_string();
    Command::new(program)
        .args(["try-repo", project.to_str().unwrap(), hook, "--all-files", "--verbose"])
        .current_dir(lab.path())
        .env("PATH", format!("{installed}:{}", std::env::var("PATH").unwrap()))
        // The release build of the rust hook and that of the README's install command share what they compile.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .output()
        .unwrap()
}

#[test]
fn the_hooks_pass_a_good_lab_and_fail_a_bad_one() {
    let Some(program) = pre_commit() else { return };
    let project = tempfile::tempdir().unwrap();
    repository(project.path());
    let good = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n";
    let bad = good.replace("tcp/22", "tcp/ab");
    for hook in ["publish-plan-system", "publish-plan"] {
        let run = |file: &str, text: &str| {
            let output = try_repo(&program, project.path(), hook, file, text);
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
            )
        };
        let (code, text) = run("lab.clab.yml", good);
        assert_eq!(code, Some(0), "{hook}: {text}");
        assert!(text.contains("Passed"), "{text}");
        let (code, text) = run("topology-1.yaml", &bad);
        assert_eq!(code, Some(1), "{hook}: {text}");
        assert!(text.contains("error[malformed-entry]"), "{text}");
        if hook == "publish-plan" {
            continue; // it has the same file names, and each try builds it once more
        }
        let (code, text) = run("values.yaml", &bad);
        assert_eq!(code, Some(0), "{hook}: {text}");
        assert!(text.contains("no files to check"), "{text}");
    }
}
