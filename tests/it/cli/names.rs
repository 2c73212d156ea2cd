//! Names of files on the command line: none of them is a flag, and each path has one form, which is git's.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::make_repository;

const BAD: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/ab]}\n";

/// Runs the program in a directory: its exit code, and what it prints on each stream.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_publish-plan")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_is_a_file_and_looks_like_a_flag_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let names = ["--write-baseline=x.clab.yml", "--fix", "-v", "-\u{1b}[2J", "--config=labs/c.clab.yml", "--no-such"];
    for name in names {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), BAD).unwrap();
    }
    symlink("nowhere", folder.join("--diff")).unwrap();
    fs::create_dir(folder.join("--verbose")).unwrap();
    let before = crate::support::files_below(folder);
    for name in names.iter().chain(&["--diff", "--verbose"]) {
        let shown = name.replace('\u{1b}', "\\u{1b}");
        let wanted = format!(
            "publish-plan: `{shown}` is a file here and looks like a flag; for the file, put `--` before file names or write `./{shown}`; for the flag, rename the file\n"
        );
        for arguments in [&["check", name][..], &["check", "l.yml", name, "--", "x"], &["plan", name], &[name]] {
            assert_eq!(run(folder, arguments), (Some(2), String::new(), wanted.clone()), "{arguments:?}");
        }
    }
    for name in names {
        for arguments in
            [&["check", "--format=github", "--", name][..], &["check", "--format=github", &format!("./{name}")]]
        {
            let (code, stdout, stderr) = run(folder, arguments);
            assert!(code == Some(1) && stderr.is_empty(), "{arguments:?}: {stdout}{stderr}");
            let shown = name.replace('\u{1b}', "\\u{1b}");
            assert!(stdout.starts_with(&format!("::error file={shown},line=4,")), "{arguments:?}: {stdout}");
        }
    }
    assert_eq!(crate::support::files_below(folder), before);
    // Flags are flags where no file is called like them, and `-` is standard input.
    fs::write(folder.join("-"), BAD).unwrap();
    let (code, stdout, _) = run(folder, &["check", "-q", "-"]);
    assert!(code == Some(0) && stdout.is_empty(), "{stdout}");
    assert_eq!(run(folder, &["check", "-q", "./-"]).0, Some(1));
}

#[test]
fn a_path_has_one_form() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &folder.path().canonicalize().unwrap();
    make_repository(folder);
    fs::create_dir_all(folder.join("labs/deep")).unwrap();
    fs::write(folder.join("labs/core.yml"), BAD).unwrap();
    let absolute = folder.join("labs/core.yml").display().to_string();
    let forms = [
        "labs/core.yml",
        "labs//core.yml",
        "./labs/core.yml",
        "labs/./core.yml",
        "labs/../labs/core.yml",
        "labs/deep/..//core.yml",
        ".//labs/deep/../../labs/core.yml",
    ];
    let reports = |form: &str| {
        let of = |format: &str| run(folder, &["check", "--no-env", &format!("--format={format}"), form]).1;
        crate::support::formats().iter().map(|format| of(format)).collect::<Vec<_>>()
    };
    let wanted = reports(forms[0]);
    assert!(wanted.iter().all(|report| report.contains("labs/core.yml")), "{wanted:?}");
    for form in forms {
        assert_eq!(reports(form), wanted, "{form}");
        for verb in ["plan", "migrate", "compile"] {
            let (code, _, stderr) = run(folder, &[verb, "--no-env", form]);
            assert_eq!((code, stderr.contains("─[labs/core.yml:4:")), (Some(1), true), "{verb} {form}: {stderr}");
        }
        let (_, _, stderr) = run(folder, &["providers", "--no-env", "--for", form]);
        assert!(stderr.contains("─[labs/core.yml:4:"), "{form}: {stderr}");
    }
    // For programs that follow paths or keep findings, so has a whole path.
    for format in ["github", "gitlab"] {
        let format = format!("--format={format}");
        assert_eq!(run(folder, &["check", &format, &absolute]).1, run(folder, &["check", &format, forms[0]]).1);
    }

    // All of them are one input, and so are the forms of what is not there.
    let all: Vec<&str> = forms.into_iter().chain([absolute.as_str()]).collect();
    let (code, stdout, _) = run(folder, &[&["check"], &all[..]].concat());
    assert!(code == Some(1) && stdout.contains(" in 1 file,"), "{stdout}");
    let (_, _, stderr) = run(folder, &["check", "labs//no.yml", "./labs/no.yml"]);
    assert_eq!(stderr, "publish-plan: cannot read `labs/no.yml`: no such file or directory\n");
    let (_, _, stderr) = run(folder, &["check", "labs/deep/", "./labs//deep", "labs/../labs/deep"]);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("no topology found in `labs/deep`"), "{stderr}");

    // One baseline knows all of them.
    assert_eq!(run(folder, &["check", "--write-baseline", "b.json", "labs//core.yml"]).0, Some(0));
    assert!(fs::read_to_string(folder.join("b.json")).unwrap().contains("\"labs/core.yml\""));
    for form in &all {
        assert_eq!(run(folder, &["check", "--baseline", "b.json", form]).0, Some(0), "{form}");
    }
    // And so do patterns.
    fs::write(folder.join("publish-plan.toml"), "exclude = ['/labs/core.yml']\n").unwrap();
    for form in &all {
        let (code, stdout, _) = run(folder, &["check", "--force-exclude", form]);
        assert!(code == Some(0) && stdout.contains("1 file excluded"), "{form}: {stdout}");
    }
}

/// `..` goes up from where a link leads, and the file that is read is the one that is named.
#[test]
fn a_way_up_from_a_link_is_the_disks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("far/away")).unwrap();
    fs::create_dir(folder.join("labs")).unwrap();
    fs::write(folder.join("far/core.yml"), BAD).unwrap();
    fs::write(folder.join("labs/core.yml"), BAD.replace("tls/ab", "tls/22/user@domain.com")).unwrap();
    symlink("../far/away", folder.join("labs/link")).unwrap();
    let (code, stdout, _) = run(folder, &["check", "--format=concise", "./labs//link/../core.yml"]);
    assert!(code == Some(1) && stdout.starts_with("labs/link/../core.yml:4:"), "{stdout}");
    let (code, stdout, _) = run(folder, &["check", "labs/link/../core.yml", "far/core.yml", "labs/core.yml"]);
    assert!(code == Some(1) && stdout.contains("in 2 files"), "{stdout}");
}
