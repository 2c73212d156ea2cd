//! Over the limit: one jump host, and the others through it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use publish_plan::Exit;
use serde_json::Value;

use crate::compile::files::compile;
use crate::providers::ssh::{Sshd, keygen, sshd};
use crate::support::stage::{Stage, echoes, get, within};
use crate::support::{check, program, root, run, run_with, skip};

const LAB: &str = "name: l
topology:
  nodes:
    jump: {kind: linux, image: a:1, publish: [tcp/22/user@domain.com, http/8080/domain.com]}
    r1:
      kind: linux
      image: a:1
      publish: [tcp/22/user@domain.com, tls/57400/domain.com, https/443/user@domain.com]
    web: {kind: linux, image: a:1, publish: [http/3000/domain.com]}
";

fn plan(text: &str, arguments: &[&str]) -> Value {
    let run = run_with(&[&["plan", "-", "--format", "json", "--no-config"], arguments].concat(), text, &[]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

fn through(plan: &Value) -> Vec<(String, Option<String>, Option<u64>)> {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let sockets = plan["sockets"].as_array().unwrap().iter();
    sockets
        .map(|socket| {
            let through = &socket["through"];
            (word(&socket["name"]).unwrap(), word(&through["jump_host"]), through["local_port"].as_u64())
        })
        .collect()
}

#[test]
fn it_is_folded_when_there_is_too_much_or_when_that_is_wanted() {
    let all = ["--provider", "mysocketio", "--jump-host", "jump"];
    let below = plan(LAB, &all);
    assert!(through(&below).iter().all(|(_, jump, _)| jump.is_none()), "{below}");
    assert_eq!(below["counts"]["tcp"]["used"], 3);
    let at_the_limit = plan(LAB, &[&all[..], &["--limit", "tcp=3,http=3"]].concat());
    assert!(through(&at_the_limit).iter().all(|(_, jump, _)| jump.is_none()), "{at_the_limit}");
    for more in [&["--fold"][..], &["--limit", "tcp=2"], &["--limit", "http=2"]] {
        let folded = plan(LAB, &[&all, more].concat());
        assert_eq!((&folded["counts"]["tcp"]["used"], &folded["counts"]["http"]["used"]), (&1.into(), &0.into()));
        let through = through(&folded);
        let jumps: Vec<bool> = through.iter().map(|(_, jump, _)| jump.as_deref() == Some("jump")).collect();
        assert_eq!(jumps, [false, true, true, true, true, true]);
        let ports: Vec<bool> = through.iter().map(|(_, _, port)| port.is_some()).collect();
        assert_eq!(ports, [false, true, false, true, true, true], "one jumps to SSH");
        // Whoever may use the jump host gets in, and nobody else.
        for socket in folded["sockets"].as_array().unwrap() {
            assert_eq!(socket["audience"], "user@domain.com");
        }
        let schema: Value =
            serde_json::from_str(&fs::read_to_string(root().join("schemas/plan.schema.json")).unwrap()).unwrap();
        assert!(jsonschema::is_valid(&schema, &folded), "{folded}");
    }
    // The same from publish-plan.toml.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, LAB).unwrap();
    fs::write(folder.path().join("publish-plan.toml"), "provider = 'mysocketio'\njump-host = 'jump'\nfold = true\n")
        .unwrap();
    let table = run(&["plan", path.to_str().unwrap()]).stdout;
    assert!(table.contains("folded: via jump") && table.contains("1 of 5 tcp-based and 0 of 10"), "{table}");
}

#[test]
fn what_would_be_wider_is_refused() {
    let arguments = ["--provider", "mysocketio", "--fold", "--jump-host", "jump", "--no-config"];
    let refused = |text: &str, rule: &str, times: usize| {
        let run = check(text, &arguments);
        assert_eq!(run.exit, Exit::Findings, "{}", run.stdout);
        assert_eq!(
            crate::support::rules(&run.stdout).iter().filter(|found| *found == rule).count(),
            times,
            "{}",
            run.stdout
        );
        run.stdout
    };
    assert_eq!(check(LAB, &arguments).exit, Exit::Clean);
    refused(
        &LAB.replace(
            "jump: {kind: linux, image: a:1, publish: [tcp/22/user@domain.com",
            "jump: {kind: linux, image: a:1, publish: [tcp/22/domain.com",
        ),
        "folded-wider",
        2,
    );
    refused(&LAB.replacen("tcp/22/user@domain.com", "tcp/22", 1), "folded-wider", 5);
    refused(&LAB.replacen("tcp/22/user@domain.com", "tcp/23/user@domain.com", 1), "jump-host-not-usable", 1);
    refused(&LAB.replace("    jump:", "    other:"), "jump-host-not-usable", 1);
    // What is refused is not planned.
    let wide = LAB.replacen("tcp/22/user@domain.com", "tcp/22/domain.com", 1);
    let plan = plan(&wide, &arguments[..5]);
    assert_eq!(through(&plan).len(), 4, "{plan}");
    let udp = "name: l\ntopology:\n  nodes:\n    jump: {kind: linux, publish: [tcp/22]}\n    r1: {kind: linux, publish: [udp/53]}\n";
    let run = check(udp, &["--provider", "frp", "--fold", "--jump-host", "jump", "--no-config"]);
    assert!(run.stdout.contains("SSH cannot forward UDP"), "{}", run.stdout);
    // An address from the environment stays there.
    let run = run_with(
        &[&["check", "-"], &arguments[..]].concat(),
        &LAB.replacen("tcp/22/user@domain.com", "tcp/22/${WHO}", 1),
        &[("WHO", "t0ken@other.org")],
    );
    assert!(run.stdout.contains("folded-wider") && !run.stdout.contains("t0ken"), "{}", run.stdout);
}

/// What ssh reads in the file for visitors, for each provider that can have one.
#[test]
fn visitors_get_a_host_a_node() {
    let Some(ssh) = program("ssh", "SSH", &["-V"]) else { return };
    for (provider, acl, host, port, command) in [
        ("bore", "", "relay.example.net", None, None),
        ("cloudflared", "", "jump-22.example.net", Some("22"), Some("cloudflared access ssh --hostname %h")),
        ("frp", "", "relay.example.net", None, None),
        ("mysocketio", "", "jump-host.invalid", Some("65535"), None),
        ("mysocketio", "/user@domain.com", "jump-host.invalid", Some("22"), Some("mysocketctl client tls --host %h")),
        ("ngrok", "", "jump-host.invalid", Some("65535"), None),
        ("ssh", "", "relay.example.net", None, None),
        ("tailscale", "", "clab-l", None, None),
        ("tailscale", "/user@domain.com", "clab-l", None, None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.clab.yml");
        let lab = LAB.replace("/user@domain.com", acl).replace("/domain.com", acl).replace("tls/57400", "tcp/57400");
        fs::write(&path, lab).unwrap();
        let done = compile(&path, provider, &["--fold", "--jump-host", "jump"]);
        assert_eq!(done.exit, Exit::Clean, "{provider}: {}", done.stderr);
        let file = folder.path().join("l.publish/ssh_config");
        let read = |name: &str| {
            let output = Command::new(&ssh).args(["-G", "-F", file.to_str().unwrap(), name]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let has = |text: &str, line: &str| {
            assert!(text.lines().any(|read| read == line), "{provider}: {line} is not in\n{text}");
        };
        let jump = read("jump");
        has(&jump, &format!("hostname {host}"));
        if let Some(port) = port {
            has(&jump, &format!("port {port}"));
        }
        match command {
            Some(command) => has(&jump, &format!("proxycommand {command}")),
            None => assert!(!jump.contains("proxycommand "), "{jump}"),
        }
        let r1 = read("r1");
        has(&r1, "hostname clab-l-r1");
        has(&r1, "proxyjump clab-l-r1+ports");
        let ports = read("clab-l-r1+ports");
        has(&ports, &format!("hostname {host}"));
        assert!(ports.contains(" [clab-l-r1]:57400") && ports.contains(" [clab-l-r1]:443"), "{ports}");
        let web = read("web");
        has(&web, "sessiontype none");
        assert!(web.contains("localforward [127.0.0.1]:2") && web.contains(" [clab-l-web]:3000"), "{web}");
        assert!(jump.contains(" [clab-l-jump]:8080"), "{jump}");
        // Only the jump host is published, and nothing of the rest stands in what runs the tunnel.
        let script = fs::read_to_string(folder.path().join("l.publish/publish.sh")).unwrap();
        let published = script.split("folded() {").next().unwrap();
        assert!(!published.contains("3000") && script.contains("\njump='ssh -F ssh_config "), "{provider}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(
        &path,
        LAB.replace("tcp/22/user@domain.com", "ssh/22/P").replace("user@domain.com", "P").replace("domain.com", "P"),
    )
    .unwrap();
    // Its ssh sockets are a service of its own.
    let refused = compile(&path, "border0", &["--fold", "--jump-host", "jump"]);
    assert_eq!(crate::support::rules(&refused.stderr), ["jump-host-not-usable"]);
    assert!(refused.stderr.contains("expected an entry of type tls for port 22"), "{}", refused.stderr);
}

#[test]
fn a_name_in_the_file_is_one_nodes() {
    let Some(ssh) = program("ssh", "SSH", &["-V"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let lab = |nodes: &[&str]| {
        let nodes: Vec<String> =
            nodes.iter().map(|node| format!("    {node}: {{kind: linux, publish: [tcp/22, tcp/80]}}\n")).collect();
        fs::write(&path, format!("name: l\ntopology:\n  nodes:\n{}", nodes.concat())).unwrap();
        compile(&path, "ssh", &["--fold", "--jump-host", "jump", "--force"])
    };
    // A node that is called like a name that this file makes, `leaf.ports`, has a dot in its name, and is refused; so is one that
    // is called like another's container, since Docker answers both.
    assert_eq!(lab(&["leaf", "jump", "leaf.ports"]).exit, Exit::Findings);
    for other in ["clab-l-leaf", "clab-l-jump"] {
        let refused = lab(&["leaf", "jump", other]);
        assert_eq!(refused.exit, Exit::Findings);
        let told = format!("node `{other}` has the name of a published container");
        assert!(refused.stderr.contains(&told), "{}", refused.stderr);
    }
    assert_eq!(lab(&["clab-m-leaf", "leaf", "jump", "Jump2"]).exit, Exit::Clean);
    let file = folder.path().join("l.publish/ssh_config");
    let text = fs::read_to_string(&file).unwrap();
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Host "))
        .flat_map(|names| names.split(' ').map(str::to_lowercase))
        .collect();
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    for (name, host) in [
        ("clab-l-leaf", "clab-l-leaf"),
        ("leaf", "clab-l-leaf"),
        ("clab-m-leaf", "clab-l-clab-m-leaf"),
        ("clab-l-jump", "relay.example.net"),
    ] {
        let output = Command::new(&ssh).args(["-G", "-F", file.to_str().unwrap(), name]).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert!(read.contains(&format!("hostname {host}\n")), "{name}: {read}");
        assert_eq!(read.contains("\nproxyjump "), name != "clab-l-jump", "{name}: {read}");
    }
    // The script sends nobody to another node either.
    let script = fs::read_to_string(folder.path().join("l.publish/publish.sh")).unwrap();
    assert!(script.contains("'ssh -F ssh_config clab-m-leaf'"), "{script}");
    assert!(script.contains("'ssh -F ssh_config leaf'"), "{script}");
    let refused = lab(&["jump", "leaf", "Leaf"]);
    assert_eq!(refused.exit, Exit::Findings);
    assert!(refused.stderr.contains("`clab-l-Leaf` and `clab-l-leaf` are the same name in DNS"), "{}", refused.stderr);
}

#[test]
fn folding_needs_a_jump_host() {
    for arguments in [&["plan", "-", "--fold"][..], &["check", "-", "--fold"]] {
        let run = run_with(arguments, LAB, &[]);
        assert_eq!(run.exit, Exit::Failed);
        assert!(run.stderr.contains("folding needs a jump host: use `--jump-host NODE`"), "{}", run.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, LAB).unwrap();
    fs::write(folder.path().join("publish-plan.toml"), "fold = true\n").unwrap();
    assert_eq!(run(&["check", path.to_str().unwrap()]).exit, Exit::Failed);
}

/// An SSH server of a node, at port 22 of an address of its own.
fn node_sshd(folder: &Path, address: &str, name: &str) -> Option<Child> {
    if TcpListener::bind((address, 22)).is_err() {
        skip("port 22 of the loopback network is not free for the nodes' SSH");
        return None;
    }
    let key = folder.join(format!("{name}-host"));
    keygen(&key);
    let config = folder.join(format!("{name}-sshd_config"));
    let keys = folder.join("visitor.pub");
    fs::write(&config, format!("Port 22\nListenAddress {address}\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nBanner none\n", key.display(), keys.display())).unwrap();
    let server = Command::new("/usr/sbin/sshd")
        .args(["-D", "-f", config.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(within(Duration::from_secs(10), || std::net::TcpStream::connect((address, 22)).is_ok()));
    Some(server)
}

/// The visitor's ssh; it goes on until it is killed or its command ends.
fn visitor(config: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let hosts: PathBuf = folder.join("visitor-hosts");
    let mut command = Command::new("timeout");
    command.args(["60", "ssh", "-F", config.to_str().unwrap()]).args(arguments).stdin(Stdio::null());
    // Of the visitor's own, for the jump host and for the node behind it.
    let own = format!(
        "IdentityFile {}\nUserKnownHostsFile {}\nStrictHostKeyChecking no\nBatchMode yes\nLogLevel ERROR\n",
        folder.join("visitor").display(),
        hosts.display()
    );
    let text = fs::read_to_string(config).unwrap();
    if !text.contains(&own) {
        fs::write(config, format!("{text}\nHost *\n{own}")).unwrap();
    }
    command
}

#[test]
fn a_visitor_jumps_and_forwards() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let mut stage = Stage::new();
    let folder = stage.folder().to_owned();
    keygen(&folder.join("visitor"));
    let (Some(mut jump), Some(mut r1)) =
        (node_sshd(&folder, "127.22.0.2", "jump"), node_sshd(&folder, "127.22.0.3", "r1"))
    else {
        return;
    };
    stage.known_node("jump", "127.22.0.2", 22, "tcp");
    stage.known_node("r1", "127.22.0.3", 22, "tcp");
    stage.node("web", "127.22.0.4", "http");
    stage.node("echo", "127.22.0.5", "tcp");
    crate::providers::ssh::prepare(&stage, &relay);
    crate::providers::ssh::compile(&stage, &relay, &["--fold", "--jump-host", "jump"]);
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert_eq!(stage.standings(), ["up"], "one socket is published");
    let plan: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("stage.publish/plan.json")).unwrap()).unwrap();
    let local = |node: &str| {
        let socket = plan["sockets"].as_array().unwrap().iter().find(|socket| socket["node"] == node).unwrap();
        u16::try_from(socket["through"]["local_port"].as_u64().unwrap()).unwrap()
    };

    // What the script says of those behind it.
    let visit = |node: &str| String::from_utf8(stage.script(&["visit", &stage.socket(node, true)]).stdout).unwrap();
    assert_eq!(visit("jump"), "ssh -F ssh_config jump\n# anyone on the Internet\n");
    assert_eq!(visit("r1"), "ssh -F ssh_config r1\n# anyone on the Internet\n");
    let place = format!("http://127.0.0.1:{}/", local("web"));
    assert_eq!(
        visit("web"),
        format!("ssh -F ssh_config web   # and {place} while it runs\n# anyone on the Internet\n")
    );
    assert_eq!(String::from_utf8(stage.script(&["list"]).stdout).unwrap().lines().count(), 4);

    // The file as the script prints it, on the visitor's machine.
    let config = folder.join("for-visitors");
    let printed = stage.script(&["ssh-config"]);
    assert_eq!(printed.status.code(), Some(0), "{}", String::from_utf8_lossy(&printed.stderr));
    fs::write(&config, &printed.stdout).unwrap();
    let said = |node: &str| {
        let output = visitor(&config, &folder, &[node, "echo $SSH_CONNECTION"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said("jump").contains(" 127.22.0.2 22"), "the jump host, through the relay");
    assert!(said("r1").contains(" 127.22.0.3 22"), "the node behind it");
    for (node, holds) in [("web", true), ("echo", false)] {
        let mut ssh = visitor(&config, &folder, &[node]).spawn().unwrap();
        let port = local(node);
        let stands =
            || if holds { get("127.0.0.1", port).as_deref() == Some("web") } else { echoes("127.0.0.1", port) };
        assert!(within(Duration::from_secs(10), stands), "{node}");
        let _ = Command::new("kill").arg(ssh.id().to_string()).status();
        let _ = ssh.wait();
        assert!(within(Duration::from_secs(5), || !stands()), "{node} is held only while ssh runs");
    }
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    let gone = visitor(&config, &folder, &["jump", "true"]).output().unwrap();
    assert!(!gone.status.success());
    let printed = stage.script(&["ssh-config"]);
    assert_eq!(printed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&printed.stderr).contains("the jump host is not up"));
    for server in [&mut jump, &mut r1] {
        let _ = server.kill();
        let _ = server.wait();
    }
    stage.assert_struck();
}
