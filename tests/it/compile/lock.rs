//! The lock of publish.sh: one `up`, `run` or `down` at a time, whatever a crash has left.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::stage::{SHELLS, Stage, is_shell, within};

/// Takes the lock, says so, and keeps it until the file `over` is there.
const TAKES: &str = r#"
while [ ! -e "$1/go" ]; do :; done
take_lock
echo in >>"$1/in"
while [ ! -e "$1/over" ]; do sleep 0.05; done
"#;

/// Takes the lock and is killed.
const DIES: &str = "take_lock\nkill -9 \"$$\"\n";

/// Again and again: takes the lock, tells whether somebody else is inside, and gives it back or dies with it.
const GOES_IN_AND_OUT: &str = r#"
while [ ! -e "$1/go" ]; do :; done
take_lock
mkdir "$1/inside" || echo two >>"$1/two"
echo in >>"$1/in"
rmdir "$1/inside"
[ $(($$ % 3)) -ne 0 ] || kill -9 "$$"
"#;

fn start(stage: &Stage, shell: &[&str], script: &Path, folder: &Path) -> Child {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(script).arg(folder).env("HOME", stage.home()).env_remove("XDG_STATE_HOME");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.secret(".mysocketio_token", "t0ken");
    stage.compile("mysocketio", "", &[]);
    stage
}

#[test]
fn a_lock_that_a_crash_left_is_taken_over_by_one() {
    const TRIES: usize = 30;
    const AT_ONCE: usize = 4;
    let stage = stage();
    let (takes, dies) = (stage.functions("takes.sh", TAKES), stage.functions("dies.sh", DIES));
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        for number in 0..TRIES {
            let folder = tempfile::tempdir().unwrap();
            assert!(!start(&stage, shell, &dies, folder.path()).wait().unwrap().success());
            assert!(stage.state().exists(), "something was left");
            let mut started: Vec<Child> = (0..AT_ONCE).map(|_| start(&stage, shell, &takes, folder.path())).collect();
            fs::write(folder.path().join("go"), "").unwrap();
            // All but the one that is in must come to their end by themselves.
            let is_decided = within(Duration::from_secs(20), || {
                let ended = started.iter_mut().map(|child| usize::from(child.try_wait().unwrap().is_some()));
                ended.sum::<usize>() >= AT_ONCE - 1
            });
            let inside = lines(&folder.path().join("in"));
            fs::write(folder.path().join("over"), "").unwrap();
            let codes: Vec<bool> = started.iter_mut().map(|child| child.wait().unwrap().success()).collect();
            assert!(is_decided && inside == 1, "{shell:?}, try {number}: {inside} were in, {codes:?}");
            assert_eq!(codes.iter().filter(|is_well| **is_well).count(), 1, "{shell:?}, try {number}");
            assert!(!stage.state().exists(), "{shell:?}, try {number}: something was left");
        }
    }
}

#[test]
fn never_are_two_inside() {
    let stage = stage();
    let goes = stage.functions("goes.sh", GOES_IN_AND_OUT);
    let folder = tempfile::tempdir().unwrap();
    let mut started = Vec::new();
    fs::write(folder.path().join("go"), "").unwrap();
    for number in 0..400 {
        let shell = SHELLS[number % SHELLS.len()];
        if is_shell(shell) {
            started.push(start(&stage, shell, &goes, folder.path()));
        }
        if started.len() > 8 {
            let _ = started.remove(0).wait();
        }
    }
    for mut child in started {
        let _ = child.wait();
    }
    assert_eq!(lines(&folder.path().join("two")), 0);
    assert!(lines(&folder.path().join("in")) > 50, "{}", lines(&folder.path().join("in")));
}

/// Whoever cannot take a lock opens nothing; whoever closes takes over from one that does not end.
#[test]
fn a_second_hand_is_told_so_and_down_takes_over() {
    let stage = stage();
    let takes = stage.functions("takes.sh", &format!("trap '' TERM\n{TAKES}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("go"), "").unwrap();
    let mut first = start(&stage, &["dash"], &takes, folder.path());
    let is_in = || lines(&folder.path().join("in")) == 1;
    assert!(within(Duration::from_secs(10), is_in));
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&up.stderr).contains("another publish.sh up, run, or down is in progress"),
        "{up:?}"
    );
    let reaps = std::thread::spawn(move || first.wait().unwrap());
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    assert!(!reaps.join().unwrap().success());
    stage.assert_struck();
}

/// Another process takes the lock just before this one would, as an `up` does that starts at the same moment; then `down`.
const DOWN_IN_BETWEEN: &str = r#"
ln() {
  if mkdir "$beside/once" 2>/dev/null; then
    : >"$beside/go"
    while [ ! -e "$beside/in" ]; do sleep 0.05; done
  fi
  command ln "$@"
}
beside=$1
down
"#;

#[test]
fn down_ends_an_up_that_begins_at_the_same_moment() {
    let stage = stage();
    let takes = stage.functions("takes.sh", TAKES);
    let down = stage.functions("down.sh", DOWN_IN_BETWEEN);
    let folder = tempfile::tempdir().unwrap();
    let mut first = start(&stage, &["dash"], &takes, folder.path());
    fs::create_dir_all(stage.state()).unwrap();
    assert_eq!(start(&stage, &["dash"], &down, folder.path()).wait().unwrap().code(), Some(0));
    assert_eq!(lines(&folder.path().join("in")), 1, "the first was in");
    assert!(!first.wait().unwrap().success());
    assert!(!stage.state().exists());
}
