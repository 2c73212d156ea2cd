//! The hooks, run by the real pre-commit: the program that `PRE_COMMIT` names, as in `.ci/run`, otherwise the one on PATH.

use std::path::Path;
use std::process::Command;

use crate::packaging::build_quickly;
use crate::support::{all_cases, git, root, skip};

fn pre_commit() -> Option<String> {
    let program = std::env::var("PRE_COMMIT").unwrap_or_else(|_| "pre-commit".to_owned());
    if Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    skip("pre-commit is not installed (pip install pre-commit)");
    None
}

/// A new repository with the files of this project that git would commit.
pub(crate) fn repository(into: &Path) {
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

/// A repository with these files in its index.
fn labs(files: &[(&str, &str)]) -> tempfile::TempDir {
    let lab = tempfile::tempdir().unwrap();
    git(lab.path(), &["init", "--quiet"]);
    for (name, text) in files {
        let path = lab.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    git(lab.path(), &["add", "."]);
    lab
}

fn pre_commit_in(program: &str, lab: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut pre_commit = Command::new(program);
    pre_commit.args(arguments).current_dir(lab).env("PATH", crate::support::pages::path());
    let output = build_quickly(&mut pre_commit);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said)
}

const GOOD: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n";

#[test]
fn the_hooks_pass_a_good_lab_and_fail_a_bad_one() {
    let Some(program) = pre_commit() else { return };
    let project = tempfile::tempdir().unwrap();
    repository(project.path());
    let bad = GOOD.replace("tcp/22", "tcp/ab");
    // The first hook runs the program on PATH; the others build it, each in its own environment. What cargo installs is tested all the
    // time, so the hook that cargo builds has its turn at night.
    let hooks = ["publish-plan-system", "publish-plan", "publish-plan-rust"];
    for hook in &hooks[..if all_cases() { 3 } else { 2 }] {
        let run = |file: &str, text: &str| {
            let lab = labs(&[(file, text)]);
            let project = project.path().to_str().unwrap();
            pre_commit_in(&program, lab.path(), &["try-repo", project, hook, "--all-files", "--verbose"])
        };
        let (code, text) = run("topology-1.yaml", &bad);
        assert_eq!(code, Some(1), "{hook}: {text}");
        assert!(text.contains("error[malformed-entry]"), "{text}");
        if *hook != "publish-plan-system" {
            continue; // the same file names apply to them, and each run would build them again
        }
        let (code, text) = run("lab.clab.yml", GOOD);
        assert_eq!(code, Some(0), "{hook}: {text}");
        assert!(text.contains("Passed"), "{text}");
        for other in ["values.yaml", "network_topology.yml"] {
            let (code, text) = run(other, &bad);
            assert_eq!(code, Some(0), "{hook}: {text}");
            assert!(text.contains("no files to check"), "{text}");
        }
    }
}

/// The README's snippet as a configuration, with this project instead of the address, and the hook on PATH instead of the
/// one that is built.
#[test]
fn the_snippet_of_the_readme_excludes_and_fixes() {
    let Some(program) = pre_commit() else { return };
    let [snippet] = &crate::support::pages::blocks_of("README.md", "yaml")[..] else { panic!("one snippet") };
    assert_eq!(crate::support::pages::blocks_of("docs/src/pre-commit.md", "yaml"), std::slice::from_ref(snippet));
    let project = tempfile::tempdir().unwrap();
    repository(project.path());
    git(project.path(), &["branch", "--move", "main"]);
    assert!(snippet.contains("\n      - id: publish-plan\n"), "{snippet}");
    let here = snippet
        .replace("https://github.com/publish-plan/publish-plan", project.path().to_str().unwrap())
        .replace("id: publish-plan\n", "id: publish-plan-system\n");
    let strict = "        args: [--fail-on, warning, --]\n";
    assert!(here.contains(strict), "{snippet}");
    let bad = GOOD.replace("tcp/22", "tcp/ab");
    let sloppy = GOOD.replace("tcp/22", "tcp/+22");
    let lab = labs(&[
        (".pre-commit-config.yaml", &here),
        ("publish-plan.toml", "exclude = [\"attic/\"]\n"),
        ("attic/old.clab.yml", &bad),
        ("l.clab.yml", &sloppy),
    ]);
    let write = |config: &str| std::fs::write(lab.path().join(".pre-commit-config.yaml"), config).unwrap();
    // Without arguments a warning passes, and is shown; those of the snippet make it fail the commit.
    for (config, expected) in [(here.replace(strict, ""), 0), (here.clone(), 1)] {
        write(&config);
        git(lab.path(), &["add", "."]);
        let (code, text) = pre_commit_in(&program, lab.path(), &["run", "--all-files"]);
        assert_eq!(code, Some(expected), "{text}");
        assert!(text.contains("warning[non-canonical-entry]") && !text.contains("old.clab.yml"), "{text}");
    }
    write(&here.replace(strict, "        args: [--fix, --]\n"));
    git(lab.path(), &["add", "."]);
    let (code, text) = pre_commit_in(&program, lab.path(), &["run", "--all-files", "--verbose"]);
    assert!(code == Some(1) && text.contains("files were modified by this hook"), "{text}");
    assert_eq!(std::fs::read_to_string(lab.path().join("l.clab.yml")).unwrap(), GOOD);
    assert_eq!(pre_commit_in(&program, lab.path(), &["run", "--all-files"]).0, Some(0));
}

/// Anyone can name a file in a commit. No file name is read as a flag, with the hook's own arguments or with others, and no
/// link is followed.
#[test]
fn names_of_files_are_not_flags() {
    let Some(program) = pre_commit() else { return };
    let hooks = crate::support::pages::text(".pre-commit-hooks.yaml");
    for line in ["\n  args: [\"--\"]\n", "\n  verbose: true\n"] {
        assert_eq!(hooks.matches(line).count(), hooks.matches("\n  entry: ").count(), "{line}");
    }
    for example in crate::support::pages::text("docs/src/pre-commit.md").split("`args: [").skip(1) {
        assert!(example.split(']').next().unwrap().ends_with(", --"), "{example}");
    }
    let project = tempfile::tempdir().unwrap();
    repository(project.path());
    git(project.path(), &["tag", "v1"]);
    let config = |arguments: &str| {
        let project = project.path().display();
        format!(
            "repos: [{{repo: {project}, rev: v1, hooks: [{{id: publish-plan-system, verbose: true{arguments}}}]}}]\n"
        )
    };
    let sloppy = GOOD.replace("tcp/22", "tcp/+22");
    let names = [
        "--baseline=/topo.yml",
        "--config=l.clab.yml",
        "--fix.clab.yml",
        "--format=json=/report.clab.yml",
        "--ignore=malformed-entry,x.clab.yml",
        "--write-baseline=written.clab.yml",
        "-v.clab.yml",
        "a b.clab.yml",
        "c\nd.clab.yml",
    ];
    let files = names.map(|name| (name, sloppy.as_str()));
    let lab = labs(&files);
    let outside = lab.path().join(".git/outside");
    std::fs::write(&outside, "topology: {nodes: {r1: {publish: [t0ken]}}}\n").unwrap();
    std::os::unix::fs::symlink(&outside, lab.path().join("link.clab.yml")).unwrap();
    let run = |arguments: &str| {
        std::fs::write(lab.path().join(".pre-commit-config.yaml"), config(arguments)).unwrap();
        git(lab.path(), &["add", "--all"]);
        let (code, text) = pre_commit_in(&program, lab.path(), &["run", "--all-files"]);
        assert!(!text.contains("t0ken") && !lab.path().join("written.clab.yml").exists(), "{text}");
        (code, text)
    };
    let as_they_were = || names.iter().all(|name| std::fs::read_to_string(lab.path().join(name)).unwrap() == sloppy);

    let (code, text) = run("");
    assert!(code == Some(0) && as_they_were(), "{text}");
    for name in names {
        let shown = name.replace('\n', "\\u{a}");
        assert!(text.contains(&format!("─[{shown}:4:")), "{shown}: {text}");
    }
    // A user replaces the arguments and forgets `--`.
    for forgotten in [", args: [--fix]", ", args: []"] {
        let (code, text) = run(forgotten);
        assert!(code == Some(1) && as_they_were(), "{text}");
        assert!(
            text.contains("is a file here and looks like a flag; for the file, put `--` before file names"),
            "{text}"
        );
    }
    let (code, text) = run(", args: [--fix, --]");
    assert_eq!(code, Some(1), "{text}");
    for name in names {
        assert_eq!(std::fs::read_to_string(lab.path().join(name)).unwrap(), GOOD, "{name}: {text}");
    }
}
