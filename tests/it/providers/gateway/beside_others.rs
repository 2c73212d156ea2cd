//! A gateway beside other providers of one lab, all at once.

use std::io::Read;
use std::time::Duration;

use super::stage::{Gateway, Identity, on_server, soon, told};
use crate::providers::{bore, ssh};
use crate::support::stage::{connect, get, within};

const WEB: &str = "https://web-3000.lab.test/";

/// Where visitors reach a socket, as `status` says.
fn place(gateway: &Gateway, node: &str) -> (String, u16) {
    let status = gateway.stage.status();
    let sockets = status["sockets"].as_array().unwrap();
    let socket = sockets.iter().find(|socket| socket["node"] == node).unwrap();
    (socket["dns_name"].as_str().unwrap().to_owned(), socket["ports"].as_str().unwrap().parse().unwrap())
}

/// What a node says first at a port that is open to anyone.
fn greeting(host: &str, port: u16) -> String {
    let mut said = [0; 64];
    let count = connect(host, port).and_then(|mut stream| stream.read(&mut said).ok()).unwrap_or_default();
    String::from_utf8_lossy(&said[..count]).trim().to_owned()
}

#[test]
fn three_providers_carry_each_socket_by_its_own_way() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    let Some(bore) = bore::Relay::new() else { return };
    let mut ssh = ssh::Sshd::new();
    for (name, entry) in [
        ("web", "http/3000/nokia.com"),
        ("r1", "tcp/9001/alice@nokia.com"),
        ("speed", "tcp/5201"),
        ("wiki", "http/8001"),
    ] {
        gateway.node(name, entry);
    }
    gateway.run_nodes();
    ssh::prepare(&gateway.stage, &ssh);
    bore::prepare(&gateway.stage, &bore);
    let tables = format!(
        "[routes]\n\"node:wiki\" = \"ssh\"\n[providers.ssh.relay]\n{}[providers.bore]\nsecret = \"~/secret\"\n[providers.bore.relay]\n{}",
        ssh.settings(),
        bore.settings()
    );
    // What two of them could open goes to the first.
    gateway.write_lab("\"bore\", \"gateway\"", &tables);
    let addresses = gateway.addresses();
    let own = |words: &[&str]| {
        let addresses =
            addresses.iter().map(String::as_str).filter(|_| ["compile", "up", "verify"].contains(&words[0]));
        gateway.stage.own(&[words, &["stage.clab.yml"], &addresses.collect::<Vec<_>>()].concat()).output().unwrap()
    };
    let compiled = own(&["compile"]);
    assert!(compiled.status.success(), "{}", told(&compiled));
    ssh.accept(&gateway.stage, "stage.publish/ssh/authorized_keys");
    let installed = on_server("sh").arg(gateway.compiled("gateway/gateway/install.sh")).output().unwrap();
    assert!(installed.status.success(), "{}", told(&installed));
    let up = own(&["up", "--yes"]);
    assert!(up.status.success(), "{}", told(&up));
    assert!(gateway.login("alice", WEB).is_of("web") && gateway.login("mallory", WEB).is_refusal());
    let key = gateway.asks_for_certificate("alice").unwrap();
    let (r1, speed, wiki) = (place(&gateway, "r1").1, place(&gateway, "speed"), place(&gateway, "wiki"));
    let is_wiki = || get(&wiki.0, wiki.1).is_some_and(|body| body.contains("wiki"));
    assert_eq!(gateway.reach(&key, r1).as_deref(), Ok("r1"));
    assert_eq!(greeting(&speed.0, speed.1), "speed");
    assert!(is_wiki());
    let verified = own(&["verify"]);
    assert!(matches!(verified.status.code(), Some(0 | 3)) && !told(&verified).contains("WIDER"), "{}", told(&verified));
    // One relay ends: the others stay.
    ssh.kill();
    assert!(soon(|| !is_wiki()), "the relay does not end");
    assert!(gateway.get(Some("alice"), WEB, &[]).is_of("web"));
    assert_eq!(gateway.reach(&key, r1).as_deref(), Ok("r1"));
    assert_eq!(greeting(&speed.0, speed.1), "speed");
    let status = own(&["status"]);
    assert_eq!(status.status.code(), Some(1), "{}", told(&status));
    for provider in ["bore", "gateway"] {
        assert!(own(&["status", "--only", provider]).status.success(), "{provider}");
    }
    let down = own(&["down"]);
    assert!(down.status.success(), "{}", told(&down));
    let is_closed = || !gateway.get(Some("alice"), WEB, &[]).is_of("web") && greeting(&speed.0, speed.1).is_empty();
    assert!(
        within(Duration::from_secs(10), is_closed)
            && within(Duration::from_secs(10), || gateway.stage.processes().is_empty())
    );
    // With one that cannot be opened, nothing is.
    let up = own(&["up", "--yes"]);
    assert_eq!(up.status.code(), Some(1), "{}", told(&up));
    assert!(told(&up).contains("ssh cannot be opened, so nothing was opened"), "{}", told(&up));
    assert!(is_closed() && gateway.stage.processes().is_empty(), "{:?}", gateway.stage.processes());
    ssh.start();
    let up = own(&["up", "--yes"]);
    assert!(up.status.success(), "{}", told(&up));
    assert!(is_wiki() && gateway.get(Some("alice"), WEB, &[]).is_of("web") && greeting(&speed.0, speed.1) == "speed");
    assert!(own(&["down"]).status.success());
}
