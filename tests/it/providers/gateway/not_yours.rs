//! The page "Share a lab that is not yours": somebody else's topology, which cannot be written to, published by an entries file.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::stage::{CERTIFICATE, Gateway, ISSUER, Identity, do_it, node, on_server, soon, told};
use crate::providers::ssh::keygen;
use crate::support::shared;

const ENTRIES: &str = "topology: ../theirs/st.clab.yml
defaults: [tcp/22/netops@nokia.com]
kinds: {linux: [none]}
nodes:
  grafana: [http/3000/nokia.com]
";

fn own(gateway: &Gateway, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_publish-plan"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", gateway.stage.home())
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap()
}

/// A lab of the corpus, read-only: whom an entry names gets in, nobody else does, `ps` tells it, `down` leaves nothing, and no byte of the
/// topology has changed.
#[test]
fn a_lab_of_others_is_published_from_a_folder_elsewhere() {
    let Some(corpus) = shared("corpus") else { return };
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    let original = fs::read(corpus.join("srl-labs__srl-telemetry-lab/st.clab.yml")).unwrap();
    let (theirs, mine) = (gateway.folder().join("theirs"), gateway.folder().join("mine"));
    for folder in [&theirs, &mine] {
        fs::create_dir(folder).unwrap();
    }
    fs::write(theirs.join("st.clab.yml"), &original).unwrap();
    let mount = format!("mount --bind {0} {0} && mount -o remount,ro,bind {0}", theirs.display());
    do_it(&mount, "");
    assert!(fs::write(theirs.join("x"), "").is_err(), "the folder is read-only");
    // Dead nodes are told before anything opens: all that are published run, on addresses of this host.
    let names = ["grafana", "spine1", "spine2", "leaf1", "leaf2", "leaf3"];
    let address = |index: usize| format!("127.0.0.{}", index + 2);
    let nodes: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let (port, socket_type) = if index == 0 { (3000, "http") } else { (2200 + index, "tcp") };
            serde_json::json!({ "name": name, "address": address(index), "port": port, "type": socket_type })
        })
        .collect();
    let entries: String = names[1..].iter().enumerate().fold(ENTRIES.to_owned(), |text, (index, name)| {
        format!("{text}  {name}: [tcp/{}/netops@nokia.com]\n", 2201 + index)
    });
    fs::write(mine.join("st.publish.yml"), entries).unwrap();
    gateway
        .servers
        .push(Some(node("nodes.mjs").args(CERTIFICATE).arg(serde_json::to_string(&nodes).unwrap()).spawn().unwrap()));
    assert!(soon(|| std::net::TcpStream::connect("127.0.0.7:2205").is_ok()), "the nodes do not start");
    keygen(&mine.join("key"));
    let host = fs::read_to_string("/etc/ssh/ssh_host_ed25519_key.pub").unwrap();
    fs::write(mine.join("gateway-host"), format!("lab.test {host}")).unwrap();
    fs::write(
        mine.join("publish-plan.toml"),
        format!(
            "provider = \"gateway\"\n[relay]\naddress = \"lab.test\"\nidentity = \"key\"\nknown-hosts = \"gateway-host\"\n[names]\ndomain = \"lab.test\"\n[gateway]\nissuer = \"{ISSUER}\"\nclient-id = \"gateway\"\ncertificate = \"{}\"\ncertificate-key = \"{}\"\n",
            CERTIFICATE[0], CERTIFICATE[1]
        ),
    )
    .unwrap();
    let addresses: Vec<String> =
        names.iter().enumerate().map(|(index, name)| format!("--address={name}={}", address(index))).collect();
    let with = |verb: &[&str]| {
        let all: Vec<&str> = verb.iter().copied().chain(addresses.iter().map(String::as_str)).collect();
        own(&gateway, &mine, &all)
    };
    let compiled = with(&["compile"]);
    assert!(compiled.status.success(), "{}", told(&compiled));
    let installed = on_server("sh").arg(mine.join("st.publish/gateway/install.sh")).output().unwrap();
    assert!(installed.status.success(), "{}", told(&installed));
    let up = with(&["up", "--yes"]);
    assert!(up.status.success(), "{}", told(&up));

    assert!(gateway.login("alice", "https://grafana-3000.lab.test/").is_of("grafana"));
    assert!(gateway.login("mallory", "https://grafana-3000.lab.test/").is_refusal());
    let ps = own(&gateway, &mine, &["ps", "--json"]);
    let labs: serde_json::Value = serde_json::from_slice(&ps.stdout).unwrap();
    let lab = &labs["labs"][0];
    assert_eq!((&lab["lab"], &lab["provider"]), (&"st".into(), &"gateway".into()), "{labs}");
    assert_eq!((&lab["sockets"], &lab["up"], &lab["open_to_anyone"]), (&6.into(), &6.into(), &0.into()), "{labs}");
    let invitation = own(&gateway, &mine, &["invite", "--for", "alice@nokia.com"]);
    assert!(told(&invitation).contains("https://grafana-3000.lab.test/"), "{}", told(&invitation));

    let down = own(&gateway, &mine, &["down"]);
    assert!(down.status.success(), "{}", told(&down));
    assert_eq!(gateway.login("alice", "https://grafana-3000.lab.test/").status, 503);
    assert_eq!(told(&own(&gateway, &mine, &["ps"])), "nothing is open\n");
    let states = gateway.stage.home().join(".local/state/publish-plan/st");
    assert!(!states.exists(), "{states:?}");
    assert_eq!(fs::read(theirs.join("st.clab.yml")).unwrap(), original);
    assert_eq!(fs::read_dir(&theirs).unwrap().count(), 1);
}
