//! Several providers in one lab, end to end on loopback: real relays, real services as nodes, one script above those of the providers.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use super::{bore, ssh};
use crate::support::stage::{SHELLS, Stage, connect, echoes, get, is_shell, within};
use crate::support::{files_below, root};

/// A lab whose node `web` goes through an sshd, and `echo` through a bore server.
struct Lab {
    stage: Stage,
    ssh: ssh::Sshd,
    bore: bore::Relay,
}

impl Lab {
    /// It is compiled. None where a program is missing.
    fn new() -> Option<Self> {
        ssh::sshd()?;
        let bore = bore::Relay::new()?;
        let ssh = ssh::Sshd::new();
        let mut stage = Stage::new();
        stage.node("web", "127.0.0.2", "http");
        stage.node("echo", "127.0.0.3", "tcp");
        ssh::prepare(&stage, &ssh);
        bore::prepare(&stage, &bore);
        let settings = format!(
            "provider = [\"ssh\", \"bore\"]\n[routes]\n\"node:echo\" = \"bore\"\n[providers.ssh.relay]\n{}[providers.bore]\nsecret = \"~/secret\"\n[providers.bore.relay]\n{}",
            ssh.settings(),
            bore.settings()
        );
        fs::write(stage.folder().join("publish-plan.toml"), settings).unwrap();
        let lab = Self { stage, ssh, bore };
        lab.write_topology("");
        let output = lab.own("compile", &[]);
        assert!(output.status.success(), "{output:?}");
        lab.ssh.accept(&lab.stage, "stage.publish/ssh/authorized_keys");
        Some(lab)
    }

    fn write_topology(&self, more: &str) {
        let [web, echo] = ["web", "echo"].map(|node| {
            let name = self.stage.socket(node, true);
            let (rest, port) = name.rsplit_once('-').unwrap();
            format!("    {node}: {{kind: linux, publish: [{}/{port}]}}\n", rest.rsplit_once('-').unwrap().1)
        });
        let topology = format!("name: stage\ntopology:\n  nodes:\n{web}{echo}{more}");
        fs::write(self.stage.folder().join("stage.clab.yml"), topology).unwrap();
    }

    /// A command of the program for this lab.
    fn own(&self, command: &str, arguments: &[&str]) -> Output {
        let addresses = ["--address=web=127.0.0.2", "--address=echo=127.0.0.3"];
        let takes_addresses = ["compile", "up", "verify"].contains(&command);
        let addresses = addresses.into_iter().filter(|_| takes_addresses);
        let all: Vec<&str> =
            [command, "stage.clab.yml"].into_iter().chain(addresses).chain(arguments.iter().copied()).collect();
        self.stage.own(&all).output().unwrap()
    }

    /// The node, provider, and state of each socket.
    fn standings(&self) -> Vec<String> {
        let status = self.stage.status();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let sockets = status["sockets"].as_array().unwrap().iter();
        sockets
            .map(|row| format!("{} {} {}", text(&row["node"]), text(&row["provider"]), text(&row["standing"])))
            .collect()
    }

    /// Whether visitors reach each of the nodes.
    fn is_carried(&self) -> [bool; 2] {
        let [web, echo] = ["web", "echo"].map(|node| {
            let status = self.stage.status();
            let sockets = status["sockets"].as_array().unwrap();
            let socket = sockets.iter().find(|socket| socket["node"] == node).unwrap();
            let (host, port) = (socket["dns_name"].as_str().unwrap(), socket["ports"].as_str().unwrap());
            (host.to_owned(), port.parse::<u16>().unwrap())
        });
        [get(&web.0, web.1).as_deref() == Some("web"), connect(&echo.0, echo.1).is_some() && echoes(&echo.0, echo.1)]
    }

    /// Nothing runs, and no state is left.
    fn assert_closed(&self) {
        let states = self.stage.home().join(".local/state/publish-plan");
        let left = || if states.is_dir() { files_below(&states) } else { Vec::new() };
        let is_closed = || self.stage.processes().is_empty() && left().is_empty();
        assert!(within(Duration::from_secs(10), is_closed), "{:?} {:?}", self.stage.processes(), left());
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[test]
fn each_socket_goes_its_own_way_and_one_script_is_for_all() {
    let Some(mut lab) = Lab::new() else { return };
    for shell in SHELLS.into_iter().filter(|shell| is_shell(shell)) {
        lab.stage.shell = shell.iter().map(|&word| word.to_owned()).collect();
        let output = lab.stage.script(&["up"]);
        assert!(output.status.success(), "{shell:?}: {}", told(&output));
        let table = String::from_utf8(output.stdout).unwrap();
        let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(" | ").map(str::trim).collect()).collect();
        assert_eq!(rows[0], ["NODE", "STATE", "ADDRESS", "AUDIENCE", "PROVIDER", "CLOSES", "NAME"], "{table}");
        let short = |row: &Vec<&str>| format!("{} {} {} {} {}", row[0], row[1], row[3], row[4], row[5]);
        assert_eq!(
            rows[1..].iter().map(short).collect::<Vec<_>>(),
            ["web up anyone on the Internet ssh –", "echo up anyone on the Internet bore –"],
            "{table}"
        );
        assert_eq!(lab.is_carried(), [true, true], "{shell:?}");
        let visit = |words: &[&str]| told(&lab.stage.script(&[&["visit"], words].concat()));
        assert!(visit(&["echo"]).starts_with("nc 127."), "{}", visit(&["echo"]));
        assert!(visit(&["web"]).starts_with("http://127.0.0.1:"), "{}", visit(&["web"]));
        assert!(visit(&["web", "--only", "bore"]).contains("no node or socket is named web"));
        let list = told(&lab.stage.script(&["list"]));
        let ends: Vec<&str> = list.lines().map(|line| line.rsplit('\t').next().unwrap()).collect();
        assert_eq!(ends, ["ssh", "bore"], "{list}");
        let logs = told(&lab.stage.script(&["logs"]));
        assert!(["ssh: ", "bore: "].iter().all(|start| logs.lines().any(|line| line.starts_with(start))), "{logs}");
        let down = lab.stage.script(&["down"]);
        assert!(down.status.success(), "{}", told(&down));
        lab.assert_closed();
    }
}

#[test]
fn a_relay_that_ends_takes_nothing_of_another_provider_with_it() {
    let Some(mut lab) = Lab::new() else { return };
    let output = lab.own("up", &["--yes"]);
    assert!(output.status.success(), "{}", told(&output));
    lab.bore.kill();
    assert!(within(Duration::from_secs(20), || lab.standings()[1] != "echo bore up"), "{:?}", lab.standings());
    assert_eq!(lab.standings()[0], "web ssh up");
    assert_eq!(lab.is_carried(), [true, false]);
    let status = lab.own("status", &[]);
    assert_eq!(status.status.code(), Some(1), "{}", told(&status));
    assert!(lab.own("status", &["--only", "ssh"]).status.success());
    lab.bore.start();
    assert!(
        within(Duration::from_secs(30), || lab.standings() == ["web ssh up", "echo bore up"]),
        "{:?}",
        lab.standings()
    );
    // Only one of them is closed.
    let down = lab.own("down", &["--only", "ssh"]);
    assert!(down.status.success(), "{}", told(&down));
    assert_eq!(lab.is_carried(), [false, true]);
    let ps = told(&lab.stage.own(&["ps"]).output().unwrap());
    assert!(ps.contains("bore") && !ps.contains("ssh"), "{ps}");
    let down = lab.own("down", &[]);
    assert!(down.status.success(), "{}", told(&down));
    lab.assert_closed();
    assert!(told(&lab.own("status", &[])).contains("nothing is open from stage.publish"));
}

#[test]
fn all_is_opened_or_nothing() {
    let Some(mut lab) = Lab::new() else { return };
    // A client that ends, and a relay that is away: the second one is known before anything opens.
    let client = fs::read_to_string(lab.stage.bin().join("bore")).unwrap();
    for end in [
        "bore is not open as it should be, so everything that this opened is closed again: ssh",
        "bore cannot be opened, so nothing was opened",
    ] {
        if end.contains("cannot") {
            lab.stage.stand_in("bore", client.trim_start_matches("#!/bin/sh\n"));
            lab.bore.kill();
        } else {
            lab.stage.stand_in("bore", "exit 1\n");
        }
        for output in [lab.own("up", &["--yes"]), lab.stage.script(&["up"])] {
            let error = told(&output);
            assert_eq!(output.status.code(), Some(1), "{error}");
            assert!(error.contains(end), "{error}");
            lab.assert_closed();
        }
    }
    // What was open before stays.
    let output = lab.own("up", &["--yes", "--only", "ssh"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(!told(&output).contains("bore/publish.sh"), "{}", told(&output));
    let error = told(&lab.own("up", &["--yes"]));
    assert!(error.contains("bore cannot be opened, and no other provider was opened"), "{error}");
    assert!(error.contains("open before, and still open: ssh"), "{error}");
    assert_eq!(lab.is_carried(), [true, false]);
    lab.bore.start();
    let output = lab.own("up", &["--yes"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("ssh/publish.sh: the client is already running"), "{}", told(&output));
    assert_eq!(lab.is_carried(), [true, true]);
}

/// What is no longer in the lab is closed before another provider fails, and what only adds is not tried before it succeeds.
#[test]
fn what_is_gone_closes_whatever_another_provider_does() {
    let Some(mut lab) = Lab::new() else { return };
    let settings = lab.stage.folder().join("publish-plan.toml");
    let both = fs::read_to_string(&settings).unwrap();
    // Both nodes at both relays, but for their ports.
    let all = both.replace("\"node:echo\" = \"bore\"", "\"node:web\" = \"bore\"");
    fs::write(&settings, &all).unwrap();
    let compiled = lab.own("compile", &["--allow-port-changes"]);
    assert!(compiled.status.success(), "{}", told(&compiled));
    lab.ssh.accept(&lab.stage, "stage.publish/ssh/authorized_keys");
    let up = lab.own("up", &["--yes"]);
    assert!(up.status.success(), "{}", told(&up));
    let web = lab.stage.port("web");
    let host = lab.bore.host().to_owned();
    assert_eq!(get(&host, web).as_deref(), Some("web"));
    // `web` moves to ssh, whose relay is away.
    fs::write(
        &settings,
        both.replace("\"node:echo\" = \"bore\"", "\"node:none\" = \"bore\"")
            .replace("[\"ssh\", \"bore\"]", "[\"ssh\"]"),
    )
    .unwrap();
    let refused = lab.own("compile", &["--allow-port-changes"]);
    assert!(told(&refused).contains("run `sh stage.publish/publish.sh down` and compile again"), "{}", told(&refused));
    fs::write(&settings, &both).unwrap();
    let compiled = lab.own("compile", &["--allow-port-changes"]);
    assert!(compiled.status.success(), "{}", told(&compiled));
    lab.ssh.accept(&lab.stage, "stage.publish/ssh/authorized_keys");
    let verified = lab.own("verify", &[]);
    assert_eq!(verified.status.code(), Some(1), "{}", told(&verified));
    assert!(told(&verified).contains("still open, but no longer in the lab"), "{}", told(&verified));
    let only = lab.stage.script(&["up", "--only", "ssh"]);
    assert_eq!(only.status.code(), Some(1));
    assert!(told(&only).contains("bore has something open that is no longer in the lab"), "{}", told(&only));
    lab.ssh.kill();
    let up = told(&lab.stage.script(&["up"]));
    assert!(get(&host, web).is_none(), "{up}");
    lab.stage.script(&["down"]);
    lab.assert_closed();
}

#[test]
fn a_followed_log_leaves_nothing() {
    let Some(lab) = Lab::new() else { return };
    assert!(lab.own("up", &["--yes"]).status.success());
    let before = lab.stage.processes().len();
    for signal in ["-INT", "-TERM"] {
        let mut logs = lab.stage.start(&["logs", "-f"]);
        let follows = || lab.stage.processes().iter().filter(|process| process.contains("logs -f")).count() > 2;
        assert!(within(Duration::from_secs(10), follows), "{:?}", lab.stage.processes());
        let script =
            lab.stage.processes().into_iter().find(|process| process.contains("stage.publish/publish.sh logs -f"));
        let script = script.filter(|process| !process.contains("timeout")).or_else(|| {
            lab.stage.processes().into_iter().find(|process| {
                process.contains("dash")
                    && process.contains("stage.publish/publish.sh logs -f")
                    && !process.contains("timeout")
            })
        });
        let number = script.unwrap().split(' ').next().unwrap().to_owned();
        assert!(std::process::Command::new("kill").args([signal, &number]).status().unwrap().success());
        let _ = logs.wait();
        let is_left = || lab.stage.processes().iter().any(|process| process.contains("logs -f"));
        assert!(
            within(Duration::from_secs(5), || !is_left() && lab.stage.processes().len() <= before + 1),
            "{:?}",
            lab.stage.processes()
        );
    }
    assert!(lab.own("down", &[]).status.success());
}

#[test]
fn an_up_is_alone_and_a_down_ends_it() {
    let Some(lab) = Lab::new() else { return };
    // A client that never connects, so that `up` waits for it.
    lab.stage.stand_in("bore", "exec sleep 600\n");
    for signal in [None, Some("-INT")] {
        let mut first = lab.stage.start(&["up"]);
        let waits = || lab.stage.processes().iter().any(|process| process.contains("sleep 600"));
        assert!(within(Duration::from_secs(20), waits), "{:?}", lab.stage.processes());
        // What the first one has opened is not the second one's to close.
        let second = told(&lab.stage.script(&["up"]));
        assert!(second.contains("publish.sh: another publish.sh up, run, or down is in progress"), "{second}");
        assert!(waits());
        let status = lab.stage.script(&["status", "--only", "ssh"]);
        assert!(status.status.success(), "{}", told(&status));
        match signal {
            None => {
                let down = lab.stage.script(&["down"]);
                assert!(down.status.success(), "{}", told(&down));
            }
            // As a terminal does, to all of them.
            Some(signal) => {
                let of_up = |process: &&String| process.contains("publish.sh up");
                for process in lab.stage.processes().iter().filter(of_up) {
                    let number = process.split(' ').next().unwrap();
                    let _ = std::process::Command::new("kill").args([signal, number]).status();
                }
            }
        }
        assert!(!first.wait().unwrap().success());
        lab.assert_closed();
    }
}

#[test]
fn one_verification_is_for_all() {
    let Some(lab) = Lab::new() else { return };
    let output = lab.own("up", &["--yes", "--verify"]);
    assert!(output.status.success(), "{}", told(&output));
    let output = lab.own("verify", &[]);
    assert!(output.status.success(), "{}", told(&output));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.starts_with("VERDICT     AS      PROVIDER  SOCKET"), "{table}");
    for provider in ["ssh", "bore"] {
        assert!(
            table.lines().any(|line| line.starts_with("as planned") && line.contains(&format!("  {provider} "))),
            "{table}"
        );
    }
    let output = lab.own("verify", &["--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["version"], &document["verdict"]), (&1.into(), &"as planned".into()), "{document}");
    let schema = fs::read_to_string(root().join("schemas/verification.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    assert!(schema.is_valid(&document), "{document}");
    let providers: Vec<&str> =
        document["checks"].as_array().unwrap().iter().map(|check| check["provider"].as_str().unwrap()).collect();
    assert!(providers.contains(&"ssh") && providers.contains(&"bore"), "{document}");
    let output = lab.own("verify", &["--junit"]);
    let suites = junit_parser::from_reader(output.stdout.as_slice()).unwrap();
    assert_eq!(suites.suites.len(), 2, "{}", told(&output));
    // What is one provider's is not shown to another.
    let output = lab.own("verify", &["--as", "a@b.example", "--cookie", "c"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("--as is for one provider; add --only and one of: ssh bore"), "{}", told(&output));
    lab.own("down", &[]);
}
