//! Folders that are looked through: what is found in them, and what a stranger's files in them lead to.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use publish_plan::Exit;

use crate::support::{Run, git, make_repository, run};

const TOPOLOGY: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/nokia.com]}\n";

/// Writes a file, and the folders that lead to it.
fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn check(folder: &Path) -> Run {
    run(&["check", folder.to_str().unwrap(), "--no-env"])
}

/// What `check` finds in a folder: paths seen from it.
fn found(folder: &Path) -> Vec<String> {
    let run = run(&["check", folder.to_str().unwrap(), "--no-env", "--show-settings"]);
    assert_eq!(run.stderr, "");
    let paths = run.stdout.lines().filter_map(|line| line.strip_prefix("# for "));
    paths.map(|path| Path::new(path).strip_prefix(folder).unwrap().to_str().unwrap().to_owned()).collect()
}

/// Messages quote a topology: a link in a cloned repository would have shown a secret of the user's.
#[test]
fn a_link_does_not_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    write(folder.path(), "l.clab.yml", TOPOLOGY);
    write(folder.path(), "sub/real.yml", TOPOLOGY);
    symlink("sub/real.yml", folder.path().join("inside.clab.yml")).unwrap();
    assert_eq!(found(folder.path()), ["inside.clab.yml", "l.clab.yml"]);

    write(elsewhere.path(), "secret", "topology: {t0ken: &t0ken 'x\n");
    write(folder.path(), ".git/config", "topology: {t0ken: &t0ken 'x\n");
    for target in [elsewhere.path().join("secret"), folder.path().join(".git/config")] {
        let link = folder.path().join("a.clab.yml");
        symlink(&target, &link).unwrap();
        let run = check(folder.path());
        let wanted = format!(
            "publish-plan: `{}` was not read: it is a symbolic link to `{}`, which is hidden or outside of `{}`; pass that file by its own path to read it\n",
            link.display(),
            target.canonicalize().unwrap().display(),
            folder.path().display()
        );
        assert_eq!((run.exit, run.stderr), (Exit::Failed, wanted));
        assert!(!run.stdout.contains("t0ken"), "{}", run.stdout);
        // The others are checked all the same, and a file that the user names is read.
        assert!(run.stdout.contains("2 files"), "{}", run.stdout);
        assert_eq!(self::run(&["check", link.to_str().unwrap(), "--no-env"]).exit, Exit::Findings);
        fs::remove_file(link).unwrap();
    }
    // The way to the folder may be a link of the user's.
    let way = elsewhere.path().join("way");
    symlink(folder.path(), &way).unwrap();
    assert_eq!(found(&way), ["inside.clab.yml", "l.clab.yml"]);
}

/// A name that is not UTF-8 hid its topology.
#[test]
fn a_name_that_is_not_utf_8_is_looked_at_and_not_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let names = [&b"a\xff.clab.yml"[..], b"a\xfe.clab.yml"].map(|name| folder.path().join(OsStr::from_bytes(name)));
    for name in &names {
        fs::write(name, TOPOLOGY.replace("tls/22", "tls/ab")).unwrap();
    }
    let run = check(folder.path());
    assert_eq!(run.exit, Exit::Findings, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("in 2 files"), "{}", run.stdout);
    for name in &names {
        fs::write(name, TOPOLOGY).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_publish-plan"))
            .args(["compile", "--no-env", "--provider", "mysocketio", "--acl", "identities"])
            .arg(name)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.ends_with("` cannot be compiled: its file name is not UTF-8, and the generated files are named after it; rename it\n"), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// What git ignores is left out, by the files that git reads; the same files as git has.
#[test]
fn what_git_ignores_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let labs = ["a", "b", "x/a", "x/b", "x/y/a", "out/a", "old/a", ".hid/a", ".shown/a"];
    for lab in labs {
        write(folder, &format!("{lab}.clab.yml"), TOPOLOGY);
    }
    write(folder, ".gitignore", "out/\n/b.clab.yml\nx/y/*\n# no pattern\n[\n");
    write(folder, "x/.gitignore", "b.clab.yml\n!y/a.clab.yml\n");
    // Outside of a repository they are no files of git's.
    let all = ["a.clab.yml", "b.clab.yml", "old/a.clab.yml", "out/a.clab.yml"];
    let below = ["x/a.clab.yml", "x/b.clab.yml", "x/y/a.clab.yml"];
    assert_eq!(found(folder), [&all[..], &below].concat());

    git(folder, &["init", "--quiet", "."]);
    write(folder, ".git/info/exclude", "old\n");
    let left = ["a.clab.yml", "x/a.clab.yml", "x/y/a.clab.yml"];
    assert_eq!(found(folder), left);
    git(folder, &["add", "."]);
    let tracked = git(folder, &["ls-files", "*.clab.yml"]);
    let tracked: Vec<&str> = tracked.lines().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(tracked, left);
    // From below, the folders above count up to the root of the repository.
    assert_eq!(found(&folder.join("x")), ["a.clab.yml", "y/a.clab.yml"]);
    assert_eq!(found(&folder.join("out")), ["a.clab.yml"]);
    git(&folder.join("x"), &["init", "--quiet", "."]);
    assert_eq!(found(folder), left);
    fs::remove_file(folder.join("x/.gitignore")).unwrap();
    assert_eq!(found(&folder.join("x")), ["a.clab.yml", "b.clab.yml", "y/a.clab.yml"]);
    // A name with a dot in front is hidden unless a pattern says that it is not ignored.
    write(folder, ".gitignore", "!.shown\n");
    assert_eq!(found(folder)[0], ".shown/a.clab.yml");
}

/// Files of other programs hide nothing, wherever they lie.
#[test]
fn ignore_files_that_are_not_gits_hide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("repo/labs");
    write(&lab, "l.clab.yml", TOPOLOGY);
    make_repository(&folder.path().join("repo"));
    for place in ["", "repo", "repo/labs"] {
        write(&folder.path().join(place), ".ignore", "*\n");
    }
    // Nor do git's above the repository.
    write(folder.path(), ".gitignore", "*\n");
    assert_eq!(found(&lab), ["l.clab.yml"]);
}

/// Puts something at a path.
type Make = fn(&Path);

/// What decides which files are left out is a small regular file: nothing else is waited for, nor read without end.
#[test]
fn a_gitignore_that_is_no_small_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_repository(folder);
    write(folder, "sub/labs/l.clab.yml", TOPOLOGY);
    write(folder, "other/l.clab.yml", TOPOLOGY);
    write(folder, "patterns", "l.clab.yml\n");
    let checked = |place: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_publish-plan"))
            .args(["check", place, "--no-env"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("{place}: it does not end");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let not_regular = "it is not a regular file, so what git ignores is not known";
    let kinds: [(Make, &str); 5] = [
        (|path| symlink("/dev/zero", path).unwrap(), not_regular),
        (|path| symlink(path.with_file_name("patterns"), path).unwrap(), not_regular),
        (|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()), not_regular),
        (|path| fs::create_dir(path).unwrap(), not_regular),
        (|path| fs::write(path, "#\n".repeat(200_000)).unwrap(), "it is larger than 262144 bytes"),
    ];
    for (make, reason) in kinds {
        for (place, seen) in [("", "./"), ("sub/", "sub/"), ("sub/labs/", "sub/labs/")] {
            let path = folder.join(place).join(".gitignore");
            make(&path);
            let (code, stdout, stderr) = checked(".");
            assert_eq!(code, Some(2), "{place}: {stderr}");
            assert_eq!(stderr, format!("publish-plan: cannot read `{seen}.gitignore`: {reason}\n"));
            // What is beside it is checked.
            assert_eq!(stdout.contains("in 1 file"), !place.is_empty(), "{place}: {stdout}");
            // From below.
            let (code, _, stderr) = checked("sub/labs");
            assert!(code == Some(2) && stderr.contains(reason), "{place}: {stderr}");
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir(&path);
        }
    }
    // The user's own patterns for the repository may be a link, as git has it.
    fs::create_dir(folder.join(".git/info")).unwrap();
    symlink(folder.join("patterns"), folder.join(".git/info/exclude")).unwrap();
    assert!(checked(".").2.contains("no topology found"));
    fs::remove_file(folder.join(".git/info/exclude")).unwrap();
    symlink("/dev/zero", folder.join(".git/info/exclude")).unwrap();
    let (code, _, stderr) = checked(".");
    assert!(code == Some(2) && stderr.contains("info/exclude`: it is not a regular file"), "{stderr}");
}
