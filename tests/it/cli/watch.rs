//! `check --watch`: a report after each change.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::run;

const LAB: &str = "name: l\ntopology: {nodes: {r1: {kind: linux, publish: [http/80/a@b.c]}}}\n";

/// A check that goes on, and what it prints, line by line.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(folder: &std::path::Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        command.args(["check", "--watch", "--format", "concise", "--no-env"]).args(arguments).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || BufReader::new(stream).lines().all(|line| sender.send(line.unwrap()).is_ok()));
        }
        Self { child, lines }
    }

    /// The lines of one report: what the check printed until it waits.
    fn report(&self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30)).expect("a report comes");
            if line.starts_with("watching for changes; press Ctrl+C to stop") {
                // The other stream may be behind.
                while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(200)) {
                    lines.push(line);
                }
                return lines;
            }
            lines.push(line);
        }
    }

    fn is_quiet(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(600)).is_err()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has(report: &[String], words: &str) -> bool {
    report.iter().any(|line| line.contains(words))
}

#[test]
fn each_change_gets_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("labs")).unwrap();
    fs::write(path("labs/l.clab.yml"), LAB).unwrap();
    let watch = Watch::start(folder.path(), &[]);
    let first = watch.report();
    assert!(has(&first, "no problems found") || has(&first, "1 info"), "{first:?}");
    fs::write(path("labs/l.clab.yml"), LAB.replace("http/80", "http/ab")).unwrap();
    assert!(has(&watch.report(), "error[malformed-entry]"));
    // As editors write: another file, which takes the place of the first.
    fs::write(path("labs/new"), LAB).unwrap();
    fs::rename(path("labs/new"), path("labs/l.clab.yml")).unwrap();
    assert!(!has(&watch.report(), "malformed-entry"));
    // A file beside it, which no check reads.
    fs::write(path("labs/notes.txt"), "x").unwrap();
    assert!(watch.is_quiet());
    // Nor what others do in a directory above.
    let beside = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
    fs::write(beside.path().join("x.yml"), "x").unwrap();
    assert!(watch.is_quiet());
    // Settings, a topology in a directory that is new, and one that is gone.
    fs::write(path("labs/publish-plan.toml"), "provider = \"sh\"\n").unwrap();
    let settings = watch.report();
    assert!(has(&settings, "publish-plan.toml"), "{settings:?}");
    fs::remove_file(path("labs/publish-plan.toml")).unwrap();
    watch.report();
    fs::create_dir(path("more")).unwrap();
    watch.report();
    fs::write(path("more/m.clab.yml"), LAB.replace("http/80", "http/ab").replace("name: l", "name: m")).unwrap();
    assert!(has(&watch.report(), "more/m.clab.yml:2"));
    fs::remove_file(path("more/m.clab.yml")).unwrap();
    assert!(!has(&watch.report(), "malformed-entry"));
}

#[test]
fn a_single_file_is_watched_in_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lab"), LAB).unwrap();
    let watch = Watch::start(folder.path(), &["lab"]);
    watch.report();
    fs::write(folder.path().join("lab"), LAB.replace("http/80", "http/ab")).unwrap();
    assert!(has(&watch.report(), "lab:2"));
}

#[test]
fn what_cannot_be_watched_is_said() {
    let stdin = run(&["check", "--watch", "-"]);
    assert!(stdin.stderr.contains("`--watch` needs files or directories"), "{}", stdin.stderr);
    let fixes = run(&["check", "--watch", "--fix"]);
    assert!(fixes.stderr.contains("cannot be used with"), "{}", fixes.stderr);
}
