//! runtime.sh, which has the commands of publish.sh: found next to it from anywhere, and compared with what it was compiled with.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use publish_plan::Exit;

use crate::compile::files::compile;
use crate::support::stage::{SHELLS, is_shell};

/// A lab in a new directory of this name: the directory around it, and that of its scripts.
fn compiled(name: &str) -> (tempfile::TempDir, PathBuf) {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join(name);
    fs::create_dir(&folder).unwrap();
    let path = folder.join("l.clab.yml");
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n").unwrap();
    let run = compile(&path, "mysocketio", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    (around, folder.join("l.publish"))
}

fn list(command: &mut Command, folder: &Path) -> Output {
    command.arg("list").env("HOME", "/nonexistent").current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn the_script_finds_its_runtime_from_anywhere() {
    let expected = "clab-r1-tcp-22\ttcp\tclab-l-r1\t22\t-\tanyone on the Internet\n";
    for name in ["l", "two words", "-e", "$(touch x)", "a'b\"c", "*", "`id`"] {
        let (around, folder) = compiled(name);
        // Another one that must not be read: in the current directory, and on PATH.
        let elsewhere = around.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("runtime.sh"), "echo wrong; exit 3\n").unwrap();
        let link = elsewhere.join("link");
        symlink(folder.join("publish.sh"), &link).unwrap();
        let path = format!("{}:{}", elsewhere.display(), std::env::var("PATH").unwrap());
        for shell in SHELLS.into_iter().filter(|shell| is_shell(shell)) {
            let ways: [(PathBuf, &Path); 4] = [
                ("publish.sh".into(), &folder),
                (folder.join("publish.sh"), &elsewhere),
                (format!("./{name}/l.publish/publish.sh").into(), around.path()),
                (link.clone(), around.path()),
            ];
            for (script, from) in ways {
                let mut command = Command::new(shell[0]);
                let output = list(command.args(&shell[1..]).arg(&script).env("PATH", &path), from);
                assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{shell:?} {script:?} {output:?}");
            }
        }
        assert_eq!(
            String::from_utf8_lossy(&list(&mut Command::new(folder.join("publish.sh")), &elsewhere).stdout),
            expected
        );
        assert!(!folder.join("x").exists() && !elsewhere.join("x").exists());
    }
}

#[test]
fn another_runtime_is_not_run() {
    let (_around, folder) = compiled("l");
    let runtime = folder.join("runtime.sh");
    let text = fs::read_to_string(&runtime).unwrap();
    let again = "run publish-plan compile again\n";
    for shell in SHELLS.into_iter().filter(|shell| is_shell(shell)) {
        let refused = |words: &str| {
            for verb in ["list", "up", "down", "help"] {
                let mut command = Command::new(shell[0]);
                command.args(&shell[1..]).arg(folder.join("publish.sh")).arg(verb).env("HOME", "/nonexistent");
                let output = command.output().unwrap();
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{shell:?} {error}");
                assert_eq!(error, format!("publish.sh: runtime.sh{words}"), "{shell:?}");
            }
        };
        for other in ["", "echo run\n", &format!("{text}\n"), &text.replacen("publish", "Publish", 1)] {
            fs::write(&runtime, other).unwrap();
            refused(" is not the one that this file was compiled with; run publish-plan compile --force\n");
        }
        fs::remove_file(&runtime).unwrap();
        refused(&format!(", which belongs next to this file, is missing or not readable; {again}"));
        fs::write(&runtime, &text).unwrap();
        let mut alone = Command::new(shell[0]);
        let output = alone.args(&shell[1..]).arg(&runtime).arg("down").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(error, "runtime.sh: run publish.sh, next to this file, instead\n");
    }
}

/// Any of three programs can compare it; without them, it only closes what is open.
#[test]
fn the_runtime_is_compared_by_what_this_host_has() {
    let (around, folder) = compiled("l");
    let bin = around.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let which = |name: &str| {
        let output = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end())
    };
    for name in ["awk", "cut", "dirname", "dash", "od", "cat", "sed"] {
        symlink(which(name), bin.join(name)).unwrap();
    }
    let run = |verb: &str| {
        let mut command = Command::new(which("dash"));
        command.arg(folder.join("publish.sh")).arg(verb).env_clear().env("PATH", &bin).env("HOME", "/nonexistent");
        command.output().unwrap()
    };
    let output = run("list");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(error, "publish.sh: cannot check runtime.sh; install sha256sum, shasum, or openssl\n");
    // What is open can be closed.
    let output = run("down");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("cannot check runtime.sh"), "{output:?}");
    for name in ["sha256sum", "shasum", "openssl"] {
        let program = which(name);
        if program.as_os_str().is_empty() {
            crate::support::skip(&format!("{name} is not installed"));
            continue;
        }
        symlink(program, bin.join(name)).unwrap();
        let output = run("list");
        assert!(output.status.success(), "{name}: {output:?}");
        fs::remove_file(bin.join(name)).unwrap();
    }
}
