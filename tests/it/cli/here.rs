//! `plan`, `compile`, `migrate`, and `strip` without a file: the only topology of the current directory, as for containerlab.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::make_repository;

const LAB: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, image: alpine, publish: [tls/22/a@b.com]}\n";

/// Standard output, standard error, and the exit code of the program in a directory.
fn said(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_publish-plan"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("XDG_STATE_HOME")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

const COMMANDS: [&[&str]; 5] =
    [&["plan"], &["compile", "--provider", "tailscale", "--check"], &["migrate"], &["migrate", "--diff"], &["strip"]];

#[test]
fn the_only_topology_of_the_directory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("below")).unwrap();
    fs::write(folder.path().join("below/other.clab.yml"), LAB).unwrap();
    fs::write(folder.path().join("other.yml"), LAB).unwrap();
    fs::write(folder.path().join(".hidden.clab.yml"), LAB).unwrap();
    for name in ["l.clab.yml", "l.clab.yaml"] {
        fs::write(folder.path().join(name), LAB).unwrap();
        for command in COMMANDS {
            let alone = said(folder.path(), command);
            let named = said(folder.path(), &[command, &[name]].concat());
            assert_eq!((&alone.0, alone.2), (&named.0, named.2), "{command:?}: {}", alone.1);
            assert_eq!(alone.1, format!("topology: {name}\n{}", named.1), "{command:?}");
            for flag in [&["-t", name][..], &["--topo", name]] {
                assert_eq!(said(folder.path(), &[command, flag].concat()), named, "{command:?}");
            }
            let (stdout, stderr, code) = said(folder.path(), &[command, &[name, "-t", name]].concat());
            assert_eq!((stdout.as_str(), code), ("", Some(2)), "{command:?}");
            assert!(stderr.contains("cannot be used with"), "{command:?}: {stderr}");
        }
        fs::remove_file(folder.path().join(name)).unwrap();
    }
}

#[test]
fn none_and_several_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let none = "publish-plan: no topology found in the current directory (searched for *.clab.yml, *.clab.yaml, and *.publish.yml, but not in subdirectories); pass a file by name\n";
    for command in COMMANDS {
        assert_eq!(said(folder.path(), command), (String::new(), none.to_owned(), Some(2)), "{command:?}");
    }
    for name in ["b.clab.yml", "a.clab.yaml"] {
        fs::write(folder.path().join(name), LAB).unwrap();
    }
    let several = "publish-plan: the directory has several topologies; pass one of them: `a.clab.yaml`, `b.clab.yml`\n";
    for command in COMMANDS {
        assert_eq!(said(folder.path(), command), (String::new(), several.to_owned(), Some(2)), "{command:?}");
    }
    for number in 0..30 {
        fs::write(folder.path().join(format!("c{number:02}.clab.yml")), LAB).unwrap();
    }
    assert!(said(folder.path(), &["plan"]).1.ends_with("`c17.clab.yml`, and 12 more\n"));
    let (_, stderr, code) = said(folder.path(), &["plan", "--format", "github-comment", "--against", "HEAD"]);
    assert!(code == Some(2) && stderr.contains("the topologies or directories to compare"), "{stderr}");
}

/// What `compile` wrote is not another topology, wherever it was written to.
#[test]
fn what_compile_wrote_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("l.clab.yml"), LAB).unwrap();
    for output in [&[][..], &["--output", "."]] {
        let (_, stderr, code) = said(folder.path(), &[&["compile", "--provider", "tailscale"], output].concat());
        assert_eq!(code, Some(0), "{stderr}");
        assert!(folder.path().join("l.deploy.yml").is_file());
        let (_, stderr, code) = said(folder.path(), &["plan"]);
        assert!(code == Some(0) && stderr.starts_with("topology: l.clab.yml\n"), "{stderr}");
    }
}

/// Findings quote a topology: a link that somebody committed must not show a secret of the user's.
#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_not_taken() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make_repository(folder.path());
    let secret = elsewhere.path().join("secret");
    fs::write(&secret, "t0ken: [").unwrap();
    let link = folder.path().join("l.clab.yml");
    std::os::unix::fs::symlink(&secret, &link).unwrap();
    for command in COMMANDS {
        let (stdout, stderr, code) = said(folder.path(), command);
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{command:?}");
        assert!(stderr.contains("is a symbolic link to") && !stderr.contains("t0ken"), "{command:?}: {stderr}");
    }
    fs::remove_file(&link).unwrap();
    fs::create_dir(folder.path().join("labs")).unwrap();
    fs::write(folder.path().join("labs/l.clab.yml"), LAB).unwrap();
    std::os::unix::fs::symlink("labs/l.clab.yml", &link).unwrap();
    assert_eq!(said(folder.path(), &["plan"]).2, Some(0));
}

/// What a user has to know to deploy the lab, without `--verbose`: once, and not where there is nothing to know.
#[test]
fn plan_and_compile_say_what_containerlab_rejects() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("l.clab.yml"), LAB).unwrap();
    let note = "note: containerlab 0.62+ rejects `publish:`; deploy the copy that `compile` writes, or run `migrate`\n";
    let compile: &[&str] = &["compile", "--provider", "tailscale"];
    let commands: [&[&str]; 5] = [
        &["plan"],
        &["plan", "--against", "l.clab.yml"],
        compile,
        &["compile", "--provider", "tailscale", "--check"],
        &["compile", "--provider", "tailscale", "--stdout", "plan.json"],
    ];
    let notes = |command: &[&str]| {
        let (stdout, stderr, code) = said(folder.path(), command);
        assert_eq!(code, Some(0), "{command:?}: {stderr}");
        assert!(!stdout.contains("note: containerlab"), "{stdout}");
        (stderr.matches(note).count(), stderr.matches("info[key-refused-by-containerlab]").count())
    };
    for command in commands {
        assert_eq!(notes(command), (1, 0), "{command:?}");
        assert_eq!(notes(&[command, &["--verbose"]].concat()), (0, 1), "{command:?}");
    }
    // An ignored finding says nothing, in either form.
    let config = folder.path().join("publish-plan.toml");
    fs::write(&config, "[rules]\nkey-refused-by-containerlab = \"ignore\"\n").unwrap();
    assert_eq!((notes(&["plan"]), notes(compile)), ((0, 0), (0, 0)));
    fs::remove_file(&config).unwrap();
    fs::write(
        folder.path().join("l.clab.yml"),
        LAB.replace("publish: [tls/22/a@b.com]", "labels: {publish: tls/22/a@b.com}"),
    )
    .unwrap();
    assert_eq!((notes(&["plan"]), notes(compile)), ((0, 0), (0, 0)));
}

/// The last lines of `compile` are commands for this lab, and a shell takes them as they are.
#[test]
fn compile_ends_with_the_next_commands() {
    let folder = tempfile::tempdir().unwrap();
    let labs = folder.path().join("two labs");
    fs::create_dir(&labs).unwrap();
    fs::write(labs.join("l.clab.yml"), LAB).unwrap();
    let next = |arguments: &[&str]| {
        let (_, stderr, code) = said(folder.path(), &[&["compile", "two labs/l.clab.yml"], arguments].concat());
        assert!(code == Some(0), "{stderr}");
        stderr.split_once("next, run:\n").map(|(_, commands)| commands.to_owned())
    };
    let tailscale = ["--provider", "tailscale"];
    let commands = next(&tailscale).unwrap();
    assert_eq!(
        commands,
        "  containerlab deploy -t 'two labs/l.deploy.yml'\n  sh 'two labs/l.publish/publish.sh' up\n  sh 'two labs/l.publish/publish.sh' visit clab-l-r1-tls-22\n"
    );
    assert_eq!(next(&tailscale), Some(commands), "nothing changed, and they still come next");
    for dry in [&["--check"][..], &["--diff"], &["--stdout", "plan.json"]] {
        assert_eq!(next(&[&tailscale[..], dry].concat()), None, "{dry:?}");
    }
    // They find what they name: the copy, the script, and the socket.
    let output = next(&["--provider", "tailscale", "--output", "out"]).unwrap();
    let words: Vec<Vec<String>> = output.lines().map(|line| shlex::split(line).unwrap()).collect();
    assert!(folder.path().join(&words[0][3]).is_file(), "{output}");
    let listed = Command::new("sh").arg(&words[1][1]).arg("list").current_dir(folder.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains(words[2].last().unwrap()), "{output}");
    // A service that is gone opens nothing.
    fs::remove_dir_all(labs.join("l.publish")).unwrap();
    assert_eq!(next(&["--provider", "mysocketio"]), None);
}
