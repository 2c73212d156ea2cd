//! A second `up` after a change of the lab: what is gone closes first, what is new opens, and what stays the same is not interrupted.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use super::faults::{PAGES, Relay, Scene};
use super::stand_ins::{MYSOCKETCTL, token};
use super::{bore, frp, ssh};
use crate::support::stage::{SHELLS, Stage, connect, family, get, is_shell, within};

impl Scene {
    /// A scene whose sockets keep their ports while others come and go.
    fn of_changes(relay: Box<dyn Relay>) -> Self {
        let mut scene = Self::new(relay);
        scene.stage.keep_ports();
        scene
    }

    fn compile(&mut self, nodes: &[&str]) {
        self.stage.publish_only(nodes);
        self.relay.compile(&self.stage, 0);
    }

    /// Compiles the lab with these nodes, opens it, and returns what that said.
    fn change(&mut self, nodes: &[&str], arguments: &[&str]) -> String {
        self.compile(nodes);
        let up = self.stage.script(&[&["up"], arguments].concat());
        let said = String::from_utf8_lossy(&up.stderr).into_owned();
        assert_eq!(up.status.code(), Some(0), "{said}");
        self.assert_open(nodes);
        said
    }

    fn port(&self, node: &str) -> u16 {
        self.ports.iter().find(|(name, _)| *name == node).unwrap().1
    }

    /// Those pages are there, and no other.
    fn assert_open(&self, nodes: &[&str]) {
        for (page, _) in PAGES {
            let there = get(self.relay.host(), self.port(page));
            assert_eq!(there.as_deref(), nodes.contains(&page).then_some(page), "{page}");
        }
        // The state says so too.
        let open = std::fs::read_to_string(self.stage.state().join("sockets-open")).unwrap();
        let open: Vec<&str> = open.lines().map(|row| row.split('\t').nth(7).unwrap()).collect();
        assert_eq!(open, nodes);
    }

    /// A visitor who comes to a node and stays.
    fn visitor(&self, node: &str) -> TcpStream {
        let mut stream = connect(self.relay.host(), self.port(node)).unwrap();
        assert!(is_there(&mut stream), "{node}");
        stream
    }
}

/// Whether a visitor still reaches the node.
fn is_there(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 6];
    stream.write_all(b"hello\n").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"hello\n"
}

/// Whether a visitor is out.
fn is_out(stream: &mut TcpStream) -> bool {
    within(Duration::from_secs(5), || !is_there(stream))
}

/// A node more, a node less, one in the place of another: nobody who stays notices.
fn what_stays_is_not_interrupted(scene: &mut Scene) {
    scene.change(&["web", "echo"], &["--for", "1h"]);
    let mut stays = scene.visitor("echo");
    // What is gone is told until the next `up`.
    scene.compile(&["echo"]);
    let status = scene.stage.script(&["status"]);
    let said = String::from_utf8_lossy(&status.stderr).into_owned();
    let web = format!("{} ({}:{})", scene.stage.socket("web", true), scene.relay.host(), scene.port("web"));
    assert!(said.contains(&format!("still open, but no longer in the lab: {web}\n")), "{said}");
    assert_eq!(status.status.code(), Some(1));
    for nodes in [&["web", "shop", "echo"][..], &["shop", "echo"], &["wiki", "echo"]] {
        let said = scene.change(nodes, &[]);
        assert!(!said.contains("every connection ends"), "{said}");
        assert!(is_there(&mut stays), "{nodes:?}");
    }
    let closes = scene.stage.status()["closes_in"].as_u64().unwrap();
    assert!((3000..=3600).contains(&closes), "the clock goes on: {closes}");
    // Once more is nothing.
    let said = scene.change(&["wiki", "echo"], &[]);
    assert!(said.contains("the client is already running"), "{said}");
    assert!(is_there(&mut stays));
}

/// Who is in when a node goes is out.
fn who_is_in_is_out(scene: &mut Scene, ends_all: bool) {
    let mut stays = scene.visitor("echo");
    let mut goes = scene.visitor("wiki");
    let said = scene.change(&["web", "echo"], &[]);
    assert!(is_out(&mut goes));
    assert_eq!(
        said.contains("the client starts again, so every connection ends: visitors are connected to a removed socket"),
        ends_all,
        "{said}"
    );
    assert_eq!(is_there(&mut stays), !ends_all, "{said}");
    assert!(scene.stage.status()["closes_in"].is_u64(), "the clock goes on");
}

/// What cannot be opened leaves what stays as it is; what is gone is closed nevertheless.
fn what_fails_is_told(scene: &mut Scene) {
    let mut stays = scene.visitor("echo");
    scene.compile(&["shop", "echo"]);
    let other = TcpListener::bind((scene.relay.host(), scene.port("shop"))).unwrap();
    let said = scene.stage.failure();
    assert!(said.contains("already in use"), "{said}");
    assert!(
        said.ends_with(
            "publish.sh: nothing new was opened; what is gone or different is closed, and what stays the same stays open\n"
        ),
        "{said}"
    );
    assert!(is_there(&mut stays));
    drop(other);
    scene.assert_open(&["echo"]);
    assert_eq!(scene.stage.standings(), ["not open", "up"]);
}

/// When all must start again, it is what is open now.
fn what_is_open_comes_back(scene: &mut Scene, nodes: &[&str]) {
    scene.relay.kill();
    std::thread::sleep(Duration::from_secs(2));
    scene.relay.start();
    let comes =
        || nodes.iter().filter(|node| **node != "echo").all(|node| get(scene.relay.host(), scene.port(node)).is_some());
    assert!(within(Duration::from_secs(40), comes), "{nodes:?}");
    assert!(within(Duration::from_secs(20), || get(scene.relay.host(), scene.port("echo")).is_some()));
    scene.assert_open(nodes);
}

/// Whatever a killed `up` had opened, nothing is open after the next one that is not written down.
fn a_killed_change_is_noticed(scene: &mut Scene) {
    scene.change(&["web", "echo"], &[]);
    scene.compile(&["web", "shop", "echo"]);
    let mut up = scene.stage.start(&["up"]);
    assert!(within(Duration::from_secs(20), || get(scene.relay.host(), scene.port("shop")).is_some()));
    for process in family(up.id()) {
        Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
    }
    up.wait().unwrap();
    let said = scene.change(&["web", "echo"], &[]);
    assert!(said.contains("so every connection ends: an earlier change was interrupted\n"), "{said}");
    assert_eq!(scene.stage.standings(), ["up", "up"]);
}

#[test]
fn an_ssh_client_changes_only_what_the_lab_changes() {
    let Some(relay) = ssh::boxed() else { return };
    let mut scene = Scene::of_changes(relay);
    what_stays_is_not_interrupted(&mut scene);
    who_is_in_is_out(&mut scene, false);
    scene.down();
    scene.change(&["wiki", "echo"], &["--for", "1h"]);
    // One connection has both, and a part of it cannot be ended.
    who_is_in_is_out(&mut scene, true);
    what_fails_is_told(&mut scene);
    let up = scene.change(&["web", "shop", "echo"], &[]);
    assert!(!up.contains("every connection ends"), "{up}");
    what_is_open_comes_back(&mut scene, &["web", "shop", "echo"]);
    a_killed_change_is_noticed(&mut scene);
    scene.down();
}

/// A relay that is slow to let the client in: what `up` has given up does not open later.
#[test]
fn what_is_given_up_stays_closed() {
    let Some(relay) = ssh::boxed() else { return };
    let mut scene = Scene::of_changes(relay);
    let real = Command::new("sh").args(["-c", "command -v ssh"]).output().unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    let slow = "case \"$*\" in *' -M -S '*/client.2*) sleep 48 ;; esac";
    scene.stage.stand_in("ssh", &format!("{slow}\nexec {} \"$@\"\n", real.trim()));
    scene.change(&["web", "echo"], &[]);
    scene.compile(&["shop", "echo"]);
    let said = scene.stage.failure();
    let name = scene.stage.socket("shop", true);
    assert!(said.contains("did not connect in time") && said.contains(&format!("not open: {name}")), "{said}");
    std::thread::sleep(Duration::from_secs(5));
    scene.assert_open(&["echo"]);
    scene.down();
}

#[test]
fn a_bore_client_changes_only_what_the_lab_changes() {
    let Some(relay) = bore::boxed() else { return };
    let mut scene = Scene::of_changes(relay);
    what_stays_is_not_interrupted(&mut scene);
    who_is_in_is_out(&mut scene, false);
    what_fails_is_told(&mut scene);
    scene.change(&["web", "shop", "echo"], &[]);
    what_is_open_comes_back(&mut scene, &["web", "shop", "echo"]);
    a_killed_change_is_noticed(&mut scene);
    scene.down();
}

/// By a reload: the one process goes on. Nothing is known of a connection but that its node has one, so who is in a removed socket is put out
/// with all others.
#[test]
fn an_frp_client_changes_only_what_the_lab_changes() {
    for (relay, is_real) in [(frp::stand_in(), false), (frp::boxed(), true)] {
        let Some(relay) = relay else { continue };
        let mut scene = Scene::of_changes(relay);
        what_stays_is_not_interrupted(&mut scene);
        if is_real {
            who_is_in_is_out(&mut scene, true);
        }
        scene.change(&["web", "echo"], &[]);
        what_fails_is_told(&mut scene);
        let up = scene.change(&["web", "shop", "echo"], &[]);
        assert!(!up.contains("every connection ends"), "{up}");
        if !is_real {
            // The stand-in takes its time, so that there is a moment to be killed in.
            a_killed_change_is_noticed(&mut scene);
        }
        scene.down();
    }
    let Some(relay) = frp::boxed() else { return };
    let mut scene = Scene::of_changes(relay);
    scene.change(&["web", "echo"], &[]);
    scene.change(&["web", "shop", "echo"], &[]);
    what_is_open_comes_back(&mut scene, &["web", "shop", "echo"]);
    scene.down();
}

/// A client of one process: all is closed and opened again, unless that could open nothing more and need close nothing.
#[test]
fn a_client_that_cannot_change_starts_again() {
    let mut stage = Stage::new();
    stage.node("r1", "127.0.0.2", "tls");
    stage.node("web", "127.0.0.3", "http");
    stage.stand_in("mysocketctl", MYSOCKETCTL);
    let mut up = |nodes: &[&str], arguments: &[&str], seconds: i64| {
        stage.secret(".mysocketio_token", &token(seconds));
        stage.publish_only(nodes);
        stage.compile("mysocketio", "", &[]);
        let up = stage.script(&[&["up"], arguments].concat());
        let account = std::fs::read_to_string(stage.folder().join("account")).unwrap();
        let open: Vec<String> = account.lines().map(|line| line.split('-').nth(5).unwrap().to_owned()).collect();
        let closes = stage.status()["closes_in"].as_u64();
        (up.status.code(), String::from_utf8_lossy(&up.stderr).into_owned(), open, closes)
    };
    let (code, said, open, _) = up(&["r1", "web"], &["--for", "1h"], 10_000);
    assert_eq!((code, open), (Some(0), vec!["r1".to_owned(), "web".to_owned()]), "{said}");
    let (code, said, open, closes) = up(&["r1"], &[], 10_000);
    assert_eq!((code, open), (Some(0), vec!["r1".to_owned()]), "{said}");
    let told = "so every connection ends: this client cannot change while it runs\n";
    assert!(said.contains(told), "{said}");
    assert!((3000..3600).contains(&closes.unwrap()), "the clock goes on: {closes:?}");
    let (code, said, open, closes) = up(&["r1", "web"], &[], -10);
    assert_eq!((code, open), (Some(1), vec!["r1".to_owned()]), "{said}");
    assert!(said.ends_with("publish.sh: nothing was changed; what is open stays open\n"), "{said}");
    assert!((3000..3600).contains(&closes.unwrap()), "the clock goes on: {closes:?}");
    let (code, said, open, _) = up(&["web"], &[], -10);
    assert_eq!((code, open), (Some(1), vec![]), "{said}");
    assert!(said.ends_with("publish.sh: what was open before is closed now\n"), "{said}");
    stage.assert_struck();
}

#[test]
fn a_lab_changes_in_every_shell() {
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        let Some(relay) = ssh::boxed() else { return };
        let mut scene = Scene::of_changes(relay);
        scene.stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        what_stays_is_not_interrupted(&mut scene);
        scene.down();
    }
}
