//! `publish-plan up` and the commands after it, through a real sshd.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use super::ssh::{Sshd, compile, prepare, sshd};
use crate::support::stage::{Stage, both_carry, get, within};

const ADDRESSES: [&str; 2] = ["--address=web=127.0.0.2", "--address=echo=127.0.0.3"];

/// A stage whose settings are in a file, and nothing compiled of it that this program wrote last.
fn with_settings(relay: &Sshd) -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    prepare(&stage, relay);
    // So that the relay knows the key and the ports.
    compile(&stage, relay, &[]);
    stage.keep_ports();
    let settings = format!("{}{}", relay.settings_file(), stage.pins());
    fs::write(stage.folder().join("publish-plan.toml"), settings).unwrap();
    stage
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(stage: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let output = stage.own(arguments).output().unwrap();
    (output.status.code(), told(&output))
}

#[test]
fn a_lab_is_opened_changed_and_closed_by_its_name() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = with_settings(&relay);
    let up = |more: &[&str]| run(&stage, &[&["up"], &ADDRESSES[..], more].concat());
    // Nobody is asked where nobody is, and nothing is written or opened.
    let written = stage.folder().join("stage.publish");
    let _ = fs::remove_dir_all(&written);
    let (code, said) = up(&[]);
    assert!(!written.exists(), "{said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("newly reachable")
            && said.ends_with("nothing was written or opened; to open it, run this with `--yes`\n"),
        "{said}"
    );
    stage.assert_struck();
    assert_eq!(run(&stage, &["ps"]), (Some(0), "nothing is open\n".to_owned()));
    let (code, said) = run(&stage, &["status"]);
    assert_eq!((code, said.contains("nothing is open from stage.publish")), (Some(1), true), "{said}");

    let (code, said) = up(&["--yes", "--for", "2h"]);
    assert_eq!(code, Some(0), "{said}");
    let (web, echo) = (stage.port("web"), stage.port("echo"));
    assert!(both_carry("127.0.0.1", web, echo), "{said}");
    let (code, said) = run(&stage, &["ps", "--json"]);
    let labs: Value = serde_json::from_str(&said).unwrap();
    let lab = &labs["labs"][0];
    assert_eq!((code, labs["labs"].as_array().unwrap().len()), (Some(0), 1), "{said}");
    assert_eq!(
        (&lab["lab"], &lab["provider"], &lab["how"]),
        (&"stage".into(), &"ssh".into(), &"host".into()),
        "{said}"
    );
    assert_eq!((&lab["sockets"], &lab["up"], &lab["open_to_anyone"]), (&2.into(), &2.into(), &2.into()), "{said}");
    assert!((7_000..7_201).contains(&lab["closes_in"].as_u64().unwrap()), "{said}");
    assert!(lab["open_for"].as_u64().unwrap() < 60, "{said}");
    let (_, said) = run(&stage, &["ps"]);
    assert!(said.contains("2 of 2") && (said.contains("in 1h59m") || said.contains("in 2h0m")), "{said}");

    // What the script says, by the name of the lab: none, its file, and its folder.
    let (code, said) = run(&stage, &["status"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{web}")), "{said}");
    let status: Value =
        serde_json::from_slice(&stage.own(&["status", "stage.clab.yml", "--json"]).output().unwrap().stdout).unwrap();
    assert_eq!(status["sockets"].as_array().unwrap().len(), 2);
    for arguments in [&["visit", "web"][..], &["visit", ".", "web"], &["visit", "stage.clab.yml", "web"]] {
        let (code, said) = run(&stage, arguments);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(&format!("http://127.0.0.1:{web}/\n")), "{said}");
    }
    for arguments in [&["logs"][..], &["logs", "stage.clab.yml"]] {
        let (code, said) = run(&stage, arguments);
        assert!(code == Some(0) && said.contains("client starting"), "{said}");
    }

    // Twice is once: nobody is asked about what is open already.
    let running = stage.busy();
    let (code, said) = up(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the client is already running") && !said.contains("newly reachable"), "{said}");
    assert_eq!(stage.busy(), running);

    // One entry less: what is gone closes, and nobody need agree.
    let topology = fs::read_to_string(stage.folder().join("stage.clab.yml")).unwrap();
    let less: Vec<&str> = topology.lines().filter(|line| !line.contains("echo:")).collect();
    let less = less.join("\n") + "\n";
    fs::write(stage.folder().join("stage.clab.yml"), &less).unwrap();
    let (code, said) = run(&stage, &["up", ADDRESSES[0]]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("no longer reachable") && said.contains("compared with what is open now"), "{said}");
    assert_eq!(stage.standings(), ["up"]);
    assert!(get("127.0.0.1", echo).is_none());
    // And again: someone must.
    fs::write(stage.folder().join("stage.clab.yml"), &topology).unwrap();
    let (code, said) = up(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("newly reachable") && said.contains("echo"), "{said}");
    assert!(run(&stage, &["ps", "--json"]).1.contains("\"sockets\": 1"));
    let (code, said) = up(&["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(stage.standings(), ["up", "up"]);

    let (code, said) = run(&stage, &["down"]);
    assert_eq!(code, Some(0), "{said}");
    stage.assert_struck();
    assert_eq!(run(&stage, &["ps"]), (Some(0), "nothing is open\n".to_owned()));
    assert_eq!(run(&stage, &["down"]).0, Some(0));
}

/// A relay that is gone by the time of a change: what goes is closed, though nothing can be opened in its place, and that is told.
#[test]
fn what_was_closed_for_nothing_is_told() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = with_settings(&relay);
    let file = stage.folder().join("stage.clab.yml");
    let topology = fs::read_to_string(&file).unwrap();
    let without = |node: &str| {
        let lines: Vec<&str> = topology.lines().filter(|line| !line.contains(node)).collect();
        lines.join("\n") + "\n"
    };
    fs::write(&file, without("echo:")).unwrap();
    let (code, said) = run(&stage, &["up", "--yes", ADDRESSES[0]]);
    assert_eq!(code, Some(0), "{said}");
    drop(relay);
    fs::write(&file, &topology).unwrap();
    let (code, said) = run(&stage, &[&["up", "--yes"], &ADDRESSES[..]].concat());
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.ends_with(
            "nothing new was opened; what is gone or different is closed, and what stays the same stays open\n"
        ),
        "{said}"
    );
    assert!(run(&stage, &["ps", "--json"]).1.contains("\"sockets\": 1"));
    fs::write(&file, without("web:")).unwrap();
    let (code, said) = run(&stage, &["up", "--yes", ADDRESSES[1]]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.ends_with("nothing new was opened, and what is gone or different is closed, so nothing is open now\n"),
        "{said}"
    );
    stage.assert_struck();
}

/// The same sockets through another relay lead elsewhere, and somebody must agree.
#[test]
fn another_relay_is_asked_about() {
    if sshd().is_none() {
        return;
    }
    let (relay, other) = (Sshd::new(), Sshd::new());
    let stage = with_settings(&relay);
    let up = |more: &[&str]| run(&stage, &[&["up"], &ADDRESSES[..], more].concat());
    let (code, said) = up(&["--yes", "--for", "1h"]);
    assert_eq!(code, Some(0), "{said}");
    let settings = fs::read_to_string(stage.folder().join("publish-plan.toml")).unwrap();
    let [old, new] = [&relay, &other].map(|relay| relay.settings_file().lines().nth(2).unwrap().to_owned());
    fs::write(stage.folder().join("publish-plan.toml"), settings.replace(&old, &new)).unwrap();
    let (code, said) = up(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("relay.address changed: 127.0.0.1:") && said.contains("leads somewhere else"), "{said}");
    assert_eq!(stage.standings(), ["up", "up"]);
    // What is open can be named by its directory, and one elsewhere of the same name is told.
    let (code, said) = run(&stage, &["status", "stage.publish"]);
    assert_eq!(code, Some(0), "{said}");
    let copy = stage.folder().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(stage.folder().join("stage.clab.yml"), copy.join("stage.clab.yml")).unwrap();
    let (code, said) = run(&stage, &["down", "copy"]);
    let here = stage.folder().join("stage.publish");
    let told = format!(
        "a lab of this name is open from {0}, not from copy/stage.publish; to close it, run `sh {0}/publish.sh down`",
        here.display()
    );
    assert!(code == Some(1) && said.contains(&told), "{said}");
    let kept = stage.folder().join("kept");
    fs::rename(&here, &kept).unwrap();
    let (code, said) = run(&stage, &["down"]);
    assert!(code == Some(1) && said.contains("its script is gone; to close it, run `publish-plan compile`"), "{said}");
    fs::rename(&kept, &here).unwrap();
    let (code, said) = run(&stage, &["down", "stage.publish"]);
    assert_eq!(code, Some(0), "{said}");
    stage.assert_struck();
    for wrong in ["4x", "", "4", "h", "1m1h", "0h", "1h1h", "-1h"] {
        let (code, said) = up(&["--yes", &format!("--for={wrong}")]);
        assert!(code == Some(2) && !stage.state().exists(), "{wrong}: {said}");
    }
}

/// A script that came with a repository, or that somebody changed since it opened the tunnels, is not run.
#[test]
fn a_strangers_script_is_not_run() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = with_settings(&relay);
    let script = stage.folder().join("stage.publish/publish.sh");
    let own = fs::read_to_string(&script).unwrap();
    let mark = stage.folder().join("was-run");
    let hostile = own.replacen('\n', &format!("\ntouch '{}'\n", mark.display()), 1);
    let verbs: [&[&str]; 4] = [&["status"], &["visit", "web"], &["logs"], &["down"]];
    fs::write(&script, &hostile).unwrap();
    for verb in verbs {
        run(&stage, verb);
    }
    assert!(!mark.exists(), "nothing was open");
    // Nor is it by `up`, which would overwrite it only if it were told to.
    let (code, said) = run(&stage, &[&["up", "--yes"], &ADDRESSES[..]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(!mark.exists() && said.contains("--force"), "{said}");
    fs::write(&script, &own).unwrap();
    let (code, said) = run(&stage, &[&["up", "--yes"], &ADDRESSES[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    let opened = fs::read_to_string(&script).unwrap();
    fs::write(&script, opened.replacen('\n', &format!("\ntouch '{}'\n", mark.display()), 1)).unwrap();
    for verb in verbs {
        let (code, said) = run(&stage, verb);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("so it is not run; if you trust it, run `sh stage.publish/publish.sh "), "{said}");
    }
    let (_, said) = run(&stage, &["ps", "--json"]);
    assert!(said.contains("\"up\": null"), "{said}");
    assert!(!mark.exists());
    // What this program writes is known again.
    fs::write(&script, opened).unwrap();
    let topology = fs::read_to_string(stage.folder().join("stage.clab.yml")).unwrap();
    fs::write(stage.folder().join("stage.clab.yml"), format!("{topology}# more\n")).unwrap();
    let (code, said) = run(&stage, &[&["compile"], &ADDRESSES[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&stage, &["down"]);
    assert_eq!(code, Some(0), "{said}");
    stage.assert_struck();
}

/// What `script` opened by hand is known by its name too, and `--deploy` starts the containerlab that is on PATH, before anything.
#[test]
fn the_script_alone_does_the_same() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = with_settings(&relay);
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", told(&up));
    let (_, said) = run(&stage, &["ps"]);
    assert!(said.contains("stage") && said.contains("2 of 2"), "{said}");
    assert_eq!(run(&stage, &["status"]).0, Some(0));
    assert_eq!(run(&stage, &["down"]).0, Some(0));
    stage.assert_struck();
    let deploy = |stage: &Stage| run(stage, &[&["up", "--yes", "--deploy"], &ADDRESSES[..]].concat());
    stage.stand_in("containerlab", "echo \"containerlab $*\" >>\"$LOG\"\nexit 1\n");
    let (code, said) = deploy(&stage);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(stage.log(), ["containerlab deploy -t ./stage.deploy.yml"]);
    stage.assert_struck();
    stage.stand_in("containerlab", "exit 0\n");
    assert_eq!(deploy(&stage).0, Some(0));
    assert!(within(Duration::from_secs(5), || stage.standings() == ["up", "up"]));
    assert_eq!(run(&stage, &["down"]).0, Some(0));
}
