//! Output folders that go wrong: what was there before is still whole, nothing is half written, and the message names the file.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::support::{files_below, skip};

/// A lab of `nodes` nodes on `port`, in a folder of its own.
fn lab(nodes: usize, port: u16) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    write_lab(&path, nodes, port);
    (folder, path)
}

fn write_lab(path: &Path, nodes: usize, port: u16) {
    let nodes: Vec<String> =
        (0..nodes).map(|index| format!("    n{index}: {{kind: linux, publish: [http/{port}]}}\n")).collect();
    fs::write(path, format!("name: l\ntopology:\n  nodes:\n{}", nodes.concat())).unwrap();
}

/// The real program: a process can be killed, and have another user or disk.
fn command(path: &Path, output: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
    command.args(["compile", "--no-config", "--no-env", "--provider", "mysocketio", "--limit", "http=999", "-o"]);
    command.arg(output).arg(path).stderr(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).lines().last().unwrap().to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    files_below(folder).iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn what_stands_in_the_way_is_named() {
    let (folder, path) = lab(1, 80);
    let place = |name: &str| folder.path().join(name);
    fs::write(place("file"), "mine").unwrap();
    symlink("nowhere", place("dangling")).unwrap();
    let no_directory = "not a directory; choose another";
    for (name, flag, what) in [
        ("file", "--force", no_directory),
        ("file", "--check", no_directory),
        ("file", "--diff", no_directory),
        ("dangling", "--force", "a symbolic link"),
    ] {
        let said = said(&command(&path, &place(name)).arg(flag).stderr(Stdio::piped()).output().unwrap());
        assert!(said.contains(&format!("/{name}` is {what}")), "{said}");
    }
    assert_eq!(fs::read_to_string(place("file")).unwrap(), "mine");
    fs::create_dir_all(place("folder/compose.yaml/mine")).unwrap();
    let said = said(&command(&path, &place("folder")).arg("--force").stderr(Stdio::piped()).output().unwrap());
    assert!(said.contains("/folder/compose.yaml` is not a regular file; move it away"), "{said}");
    assert_eq!(names(&place("folder")), [] as [&str; 0]);
}

/// Neither a link nor a manifest leads out of the folder.
#[test]
fn nothing_outside_is_touched() {
    let (folder, path) = lab(1, 80);
    let output = folder.path().join("out");
    assert!(command(&path, &output).status().unwrap().success());
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let made = names(&output);
    for name in made.iter().map(String::as_str).chain(["manifest.json.next", ".publish-plan-old"]) {
        fs::write(outside.join(name), "mine").unwrap();
        let _ = fs::remove_file(output.join(name));
        symlink(outside.join(name), output.join(name)).unwrap();
    }
    let is_whole = || {
        files_below(&outside).iter().all(|file| fs::read_to_string(file).unwrap() == "mine")
            && fs::metadata(outside.join("publish.sh")).unwrap().permissions().mode() & 0o111 == 0
    };
    let refused = said(&command(&path, &output).stderr(Stdio::piped()).output().unwrap());
    assert!(refused.contains("nothing was written"), "{refused}");
    assert!(is_whole());
    let refused = said(&command(&path, &output).arg("--force").stderr(Stdio::piped()).output().unwrap());
    assert!(refused.contains("is a symbolic link"), "{refused}");
    assert!(is_whole());
    for name in &made {
        fs::remove_file(output.join(name)).unwrap();
    }
    assert!(command(&path, &output).arg("--force").status().unwrap().success());
    assert!(is_whole(), "the manifest of a run that was killed, and what it had begun, are links too");

    // A manifest that somebody made says that files out there are the program's own, which it may remove.
    let manifest = output.join("manifest.json");
    let written = fs::read_to_string(&manifest).unwrap();
    let digest_of_mine = "3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff";
    for name in ["../outside/plan.json", outside.join("plan.json").to_str().unwrap(), "sub/../../outside/plan.json"] {
        let mut read: serde_json::Value = serde_json::from_str(&written).unwrap();
        for place in ["output", "topology"] {
            let file = serde_json::json!({ "name": name, "sha256": digest_of_mine, "folder": place });
            read["files"].as_array_mut().unwrap().push(file);
        }
        fs::write(&manifest, read.to_string()).unwrap();
        let _ = command(&path, &output).arg("--force").status().unwrap();
        assert!(is_whole(), "{name}");
    }
}

/// What a run that was killed has left goes with a later one; what one writes just now stays.
#[test]
fn what_a_killed_run_left_is_tidied_up() {
    let (folder, path) = lab(1, 80);
    let output = folder.path().join("out");
    fs::create_dir(&output).unwrap();
    for (name, hours) in [(".publish-plan-old", 2), (".publish-plan-new", 0), ("notes", 2)] {
        let file = File::create(output.join(name)).unwrap();
        let then = SystemTime::now() - Duration::from_secs(hours * 3_600);
        file.set_times(FileTimes::new().set_modified(then)).unwrap();
    }
    assert!(command(&path, &output).status().unwrap().success());
    assert_eq!(
        names(&output),
        [".publish-plan-new", "compose.yaml", "manifest.json", "notes", "plan.json", "publish.sh", "runtime.sh"]
    );
}

#[test]
fn a_folder_that_nobody_may_write_to_stays_as_it_is() {
    let (folder, path) = lab(1, 80);
    let output = folder.path().join("out");
    assert!(command(&path, &output).status().unwrap().success());
    let before: Vec<Vec<u8>> = files_below(&output).iter().map(|file| fs::read(file).unwrap()).collect();
    write_lab(&path, 2, 81);
    fs::set_permissions(&output, fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = command(&path, &output);
    // The administrator may write everywhere.
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        let program = folder.path().join("publish-plan");
        // By another process: a child that a test beside this one starts would keep a file open that is written here, and what is
        // written cannot be run.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_publish-plan")).arg(&program).status().unwrap();
        assert!(copied.success());
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--clear-groups", "--"]).arg(program).args(arguments);
    }
    let output_of_run = command.stderr(Stdio::piped()).output().unwrap();
    fs::set_permissions(&output, fs::Permissions::from_mode(0o755)).unwrap();
    let said = said(&output_of_run);
    assert!(said.contains("cannot write `") && said.ends_with("/out/publish.sh`: permission denied"), "{said}");
    let after: Vec<Vec<u8>> = files_below(&output).iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(before, after);
}

/// A disk of 200 KiB, in a mount namespace of its own.
#[test]
fn a_full_disk_leaves_what_was_there() {
    let (folder, path) = lab(1, 80);
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let large = folder.path().join("large.clab.yml");
    write_lab(&large, 500, 80);
    let script = r#"mount -t tmpfs -o size=200k tmpfs "$DISK" || exit 77
        "$PROGRAM" compile --no-config --no-env --provider mysocketio -o "$DISK/out" "$SMALL" 2>&1 || exit 3
        cp -r "$DISK/out" "$COPY"
        for out in out other; do
          "$PROGRAM" compile --no-config --no-env --provider mysocketio --limit http=999 -o "$DISK/$out" --force "$LARGE" 2>&1
          echo "exit $?"
        done
        diff -r "$COPY" "$DISK/out" && ls -A "$DISK" "$DISK/out""#;
    let run = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("PROGRAM", env!("CARGO_BIN_EXE_publish-plan"))
        .env("DISK", &disk)
        .env("COPY", folder.path().join("copy"))
        .env("SMALL", &path)
        .env("LARGE", &large)
        .output();
    let Ok(run) = run else { return skip("unshare is not installed") };
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    if run.status.code() == Some(77) || (said.is_empty() && !run.status.success()) {
        return skip("no mount namespace may be made here");
    }
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    for out in ["out", "other"] {
        let line = format!("/disk/{out}/");
        let told = said.lines().find(|told| told.contains(&line)).unwrap_or_else(|| panic!("{said}"));
        assert!(told.ends_with(": no space left on the disk"), "{told}");
    }
    assert_eq!(said.matches("exit 2").count(), 2, "{said}");
    assert!(!said.contains(".publish-plan-") && !said.contains("\nother\n"), "{said}");
}

/// Killed at whatever moment: each file is the old one or the new one, and the next run goes on from there.
#[test]
fn a_kill_between_two_files_leaves_each_whole() {
    let (folder, path) = lab(200, 80);
    let output = folder.path().join("out");
    // At one place: the name of the Compose project is that of the place.
    let texts = |port: u16| -> Vec<(String, Vec<u8>)> {
        write_lab(&path, 200, port);
        assert!(command(&path, &output).arg("--force").status().unwrap().success());
        names(&output).into_iter().zip(files_below(&output).iter().map(|file| fs::read(file).unwrap())).collect()
    };
    let known = [texts(80), texts(81)];
    write_lab(&path, 200, 80);
    let begun = Instant::now();
    assert!(command(&path, &output).arg("--force").status().unwrap().success());
    // At moments from the start of such a run to its end, however fast this machine is.
    let took = begun.elapsed();
    let mut killed = 0;
    for round in 0..40_u16 {
        write_lab(&path, 200, 80 + (round + 1) % 2);
        let mut run = command(&path, &output).arg("--force").spawn().unwrap();
        std::thread::sleep(took * u32::from(round) / 32);
        run.kill().unwrap();
        killed += usize::from(!run.wait().unwrap().success());
        for name in names(&output).iter().filter(|name| !name.starts_with(".publish-plan-")) {
            let bytes = fs::read(output.join(name)).unwrap();
            let placed = name.trim_end_matches(".next");
            let is_whole = known.iter().flatten().any(|(known, text)| known == placed && *text == bytes);
            assert!(is_whole, "{name} is half written");
        }
    }
    assert!(killed > 3, "only {killed} were killed");
    // Nothing of it is taken for somebody else's.
    write_lab(&path, 200, 81);
    let run = command(&path, &output).stderr(Stdio::piped()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
