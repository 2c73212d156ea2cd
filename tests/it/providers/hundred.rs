//! A lab of a hundred sockets: how long `up` and `status` take, and what runs while tunnels stand.

use std::fs;
use std::process::Command;

use crate::providers::bore;
use crate::providers::ssh::{Sshd, compile_with_ports, prepare, sshd};
use crate::support::stage::{Stage, free_ports};
use crate::support::{keep, skip};

const SOCKETS: u16 = 100;
/// For how many seconds the tunnels are watched.
const WATCHED: f64 = 10.0;
/// The processes among them that are this test's: those that read the two numbers, and the one that waits.
const OWN: f64 = 3.0;

/// What is measured, in its own process namespace, in which nobody else starts processes.
const MEASURED: &str = r#"
# Seconds that passed, and seconds of a processor that commands took: other tests run beside this one.
seconds() { cut -d ' ' -f 1 /proc/uptime; }
measure() {
  name=$1 at=$(seconds)
  times >before.txt
  $SCRIPT "$name" >said.txt 2>&1 || { cat said.txt; exit 1; }
  times >after.txt
  now=$(seconds)
  echo "$name $at $now $(cat before.txt after.txt | awk '{ gsub(/[ms]/, " "); print $1 * 60 + $2 + $3 * 60 + $4 }' | sed -n 'n; p' | tr '\n' ' ' | sed 's/ $//')"
}
started() { cat /proc/sys/kernel/ns_last_pid; }
# How often a client was started that notes it, and the threads of one: they have numbers too.
calls() { cat "$LOG" 2>/dev/null | wc -l; }
threads() { awk '$1 == "Threads:" { print $2 }' "/proc/$(cut -d ' ' -f 1 "$STATE/kept" | head -n 1)/status"; }
memory() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(cut -d ' ' -f 1 "$STATE/$1")/status"; }
measure up
measure status
grep -c ' up ' said.txt | sed 's/^/rows /'
called=$(calls) before=$(started)
sleep "$WATCHED"
echo "processes $before $(started)"
echo "calls $called $(calls)"
echo "threads $(threads)"
echo "memory $(memory supervisor) $(memory client)"
measure down
"#;

#[test]
fn of_ssh_are_open_soon_and_cost_little() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    look("ssh", |stage| {
        prepare(stage, &relay);
        compile_with_ports(stage, &relay, (free_ports(SOCKETS), SOCKETS), &["--limit", "tcp=100"]);
    });
}

#[test]
fn of_bore_are_open_soon_and_cost_little() {
    let Some(relay) = bore::Relay::new().map(|relay| relay.with_ports(SOCKETS)) else { return };
    look("bore", |stage| {
        bore::prepare(stage, &relay);
        let arguments = ["--secret", "~/secret", "--limit", "tcp=100", "--relay-ports", &relay.range()];
        bore::compile(stage, &relay, &arguments);
    });
}

/// Opens a hundred sockets, looks at them, watches them for some seconds, and closes them.
fn look(provider: &str, compile: impl FnOnce(&Stage)) {
    let is_apart = Command::new("unshare").args(["--pid", "--fork", "--mount-proc", "true"]).status();
    if !is_apart.is_ok_and(|status| status.success()) {
        skip("this user may not have a process namespace of its own");
        return;
    }
    let mut stage = Stage::new();
    for index in 0..SOCKETS {
        stage.node(&format!("n{index}"), "127.0.0.2", "tcp");
    }
    compile(&stage);
    let script = stage.folder().join("stage.publish/publish.sh");
    let path = stage.folder().join("measured.sh");
    fs::write(&path, MEASURED).unwrap();
    stage.variables.extend([
        ("SCRIPT".to_owned(), format!("dash {}", script.display())),
        ("STATE".to_owned(), stage.state().display().to_string()),
        ("WATCHED".to_owned(), WATCHED.to_string()),
    ]);
    stage.shell = ["unshare", "--pid", "--fork", "--mount-proc", "dash"].map(str::to_owned).to_vec();
    let output = stage.program(&path, &[]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let measured = |name: &str| -> Vec<f64> {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("{said}")).split(' ').map(|word| word.parse().unwrap()).collect()
    };
    let passed = |name: &str| measured(name)[1] - measured(name)[0];
    let took = |name: &str| measured(name)[3] - measured(name)[2];
    let (up, status, down) = (passed("up"), passed("status"), passed("down"));
    let processes = passed("processes") - OWN - passed("calls") * (measured("threads")[0] - 1.0);
    let memory = measured("memory");
    keep(
        "hundred.txt",
        &format!(
            "HUNDRED SOCKETS of {provider}: up {up:.1} s ({:.1} of a processor), status {status:.2} s ({:.2}), down {down:.1} s, {:.1} processes a second, supervisor {:.1} MiB, client's shell {:.1} MiB\n",
            took("up"),
            took("status"),
            processes / WATCHED,
            memory[0] / 1024.0,
            memory[1] / 1024.0
        ),
    );
    assert_eq!(measured("rows"), [f64::from(SOCKETS)], "{said}");
    assert!(took("up") < 5.0 && took("status") < 1.5, "{said}");
    // One may start at either end.
    assert!(processes <= WATCHED + 1.0, "{processes} processes in {WATCHED} seconds: {said}");
}
