//! The generated compose file on a real engine: nodes as containers on a lab's network, a container with sshd as relay, the
//! tunnel client between them. Everything is made here: no image is pulled.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, fs};

use crate::packaging::{build_folder, build_quickly};
use crate::support::stage::{Stage, get, within};
use crate::support::{anew, program, root, run_with, skip};

pub(super) const RELAY: &str = "172.20.20.100";
pub(super) const IMAGE: &str = "publish-plan/ssh-client";

/// Gives an image the name that a compiled compose file builds, so that nothing has to be built or pulled.
fn name_as_built(stage: &Stage, image: &str) {
    let text = fs::read_to_string(stage.folder().join("stage.publish/compose.yaml")).unwrap();
    let built = text.lines().find_map(|line| line.strip_prefix("    image: ")).unwrap();
    assert!(built.starts_with(&format!("{image}:")), "{built}");
    done(&["tag", image, built]);
}

pub(super) fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).stdin(Stdio::null()).output().unwrap()
}

pub(super) fn done(arguments: &[&str]) -> String {
    let output = docker(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The engine, which one test at a time has: names of containers, networks, and images are its own.
pub(super) struct Engine(#[expect(dead_code, reason = "held until the test ends")] MutexGuard<'static, ()>);

impl Engine {
    /// The engine that answers. Where none does, `ENGINE` may be a command that runs another one beside an engine: the test
    /// begins itself anew in there.
    pub(super) fn new(test: &str) -> Option<Self> {
        static ONE: Mutex<()> = Mutex::new(());
        let answers = |arguments: &[&str]| {
            Command::new("docker").args(arguments).output().is_ok_and(|output| output.status.success())
        };
        let is_inside = env::var_os("INSIDE").is_some();
        if answers(&["version"]) && answers(&["compose", "version"]) {
            return Some(Self(ONE.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        assert!(!is_inside, "no engine answers beside `ENGINE`");
        match env::var("ENGINE") {
            Ok(engine) => {
                let mut command = Command::new("bash");
                anew(command.args(["-c", &format!("{engine} \"$@\""), "bash"]), test);
            }
            Err(_) => skip("no container engine answers, or it has no compose"),
        }
        None
    }
}

/// The programs of this host and the libraries that they are linked with, as an image: the OpenSSH client and server, and
/// busybox for the nodes.
pub(super) fn make_image(folder: &Path) {
    let busybox = env::var("DOCKER_E2E_BUSYBOX").unwrap_or_else(|_| "/bin/busybox".to_owned());
    let script = r#"
set -eu
root=$1 busybox=$2
mkdir -p "$root/bin" "$root/etc" "$root/root" "$root/run/sshd" "$root/tmp" "$root/usr/bin" "$root/usr/sbin" "$root/dev" "$root/proc" "$root/www"
cp -L "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list | grep -vx busybox); do ln -sf busybox "$root/bin/$applet"; done
for program in /usr/bin/ssh /usr/sbin/sshd; do
  cp -L "$program" "$root$program"
  { ldd "$program"; } | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"
  done
done
echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
echo 'sshd:x:100:65534::/run/sshd:/bin/false' >> "$root/etc/passwd"
echo 'root:x:0:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
tar -C "$root" -c . | docker import -c 'ENV PATH=/bin:/usr/bin:/usr/sbin' - "$3" > /dev/null
"#;
    let made = Command::new("bash")
        .args(["-c", script, "bash"])
        .arg(folder.join("image"))
        .args([&busybox, IMAGE])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A program that plays a client, in an image of the client's name.
pub(super) fn make_client(folder: &Path, image: &str, program: &str, text: &str, entrypoint: &str) {
    let path = folder.join("image").join(program);
    fs::write(&path, format!("#!/bin/sh\nLOG=/tmp/log ACCOUNT=/tmp/account\n{text}")).unwrap();
    let script = "chmod 755 \"$1/$2\"; tar -C \"$1\" -c . | docker import -c 'ENV PATH=/bin:/usr/bin' -c \"ENTRYPOINT [$4]\" - \"$3\" > /dev/null";
    let made = Command::new("bash")
        .args(["-euc", script, "bash"])
        .arg(folder.join("image"))
        .args([program, image, entrypoint])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Containers and the network go when the test does.
impl Drop for Engine {
    fn drop(&mut self) {
        let all = docker(&["ps", "-aq", "--filter", "network=clab"]);
        for container in String::from_utf8_lossy(&all.stdout).split_whitespace() {
            docker(&["rm", "-f", container]);
        }
        docker(&["network", "rm", "clab"]);
    }
}

/// The lab's network with two nodes on it, named as containerlab names them.
pub(super) fn start_nodes(stage: &Stage) {
    make_image(stage.folder());
    done(&["network", "create", "--subnet", "172.20.20.0/24", "clab"]);
    // As containerlab names them.
    done(&[
        "run",
        "-d",
        "--name",
        "clab-open-web",
        "--network",
        "clab",
        IMAGE,
        "sh",
        "-c",
        "echo web > /www/index.html; exec httpd -f -p 80 -h /www",
    ]);
    done(&["run", "-d", "--name", "clab-open-r1", "--network", "clab", IMAGE, "nc", "-ll", "-p", "22", "-e", "cat"]);
}

/// Compiles the lab, and starts a relay that does what relay.md asks for.
pub(super) fn start_relay(stage: &Stage) {
    let keygen = |name: &str| {
        let path = stage.home().join(name);
        assert!(
            Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        path
    };
    let (key, host) = (keygen("key"), keygen("host"));
    let host_key = fs::read_to_string(host.with_extension("pub")).unwrap();
    fs::write(stage.home().join("relay.host"), format!("{RELAY} {host_key}")).unwrap();
    let topology = stage.folder().join("open.clab.yml");
    fs::copy(root().join("examples/open.clab.yml"), &topology).unwrap();
    let compiled = run_with(
        &[
            "compile",
            topology.to_str().unwrap(),
            "--no-config",
            "--provider",
            "ssh",
            "--relay",
            &format!("root@{RELAY}"),
            "--identity",
            "~/key",
            "--known-hosts",
            "~/relay.host",
            "-o",
            stage.folder().join("stage.publish").to_str().unwrap(),
        ],
        "",
        &[("HOME", stage.home().to_str().unwrap())],
    );
    assert_eq!(compiled.exit, publish_plan::Exit::Clean, "{}", compiled.stderr);
    name_as_built(stage, IMAGE);
    let relay = stage.folder().join("relay");
    fs::create_dir(&relay).unwrap();
    fs::copy(stage.folder().join("stage.publish/authorized_keys"), relay.join("authorized_keys")).unwrap();
    fs::copy(&host, relay.join("host")).unwrap();
    fs::write(relay.join("sshd_config"), "HostKey /relay/host\nPidFile none\nAuthorizedKeysFile /relay/authorized_keys\nStrictModes no\nAllowTcpForwarding remote\nGatewayPorts clientspecified\nClientAliveInterval 5\nClientAliveCountMax 3\n").unwrap();
    let mount = format!("{}:/relay:ro", relay.display());
    done(&[
        "run",
        "-d",
        "--name",
        "relay",
        "--network",
        "clab",
        "--ip",
        RELAY,
        "-v",
        &mount,
        IMAGE,
        "/usr/sbin/sshd",
        "-D",
        "-e",
        "-f",
        "/relay/sshd_config",
    ]);
    assert!(within(Duration::from_secs(10), || std::net::TcpStream::connect((RELAY, 22)).is_ok()));
    // The key is somebody's own, and nobody else's: the container must be able to read it all the same.
    std::os::unix::fs::chown(&key, Some(4321), Some(4321)).unwrap();
}

/// border0 and mysocketio in containers of their images' names, with stand-ins for their clients in them: how they are started,
/// asked and stopped is the same.
#[test]
fn the_other_clients_run_in_containers_too() {
    let Some(_engine) = Engine::new("providers::compose::the_other_clients_run_in_containers_too") else { return };
    let stage = Stage::new();
    start_nodes(&stage);
    make_client(
        stage.folder(),
        "ghcr.io/hellt/mysocketctl:0.5.0",
        "bin/mysocketctl",
        crate::providers::stand_ins::MYSOCKETCTL,
        "",
    );
    make_client(
        stage.folder(),
        "ghcr.io/borderzero/border0:v1.1-688-g33db4761",
        "border0",
        crate::providers::stand_ins::BORDER0,
        "\"/border0\"",
    );
    stage.secret(".mysocketio_token", "t0ken");
    stage.secret(".border0/token", "t0ken");
    let topology = stage.folder().join("open.clab.yml");
    let output = stage.folder().join("stage.publish");
    for (provider, acl) in [("mysocketio", ""), ("border0", "/a@b.com")] {
        let text = fs::read_to_string(root().join("examples/open.clab.yml"))
            .unwrap()
            .replace("tcp/22 ", &format!("tls/22{acl} "))
            .replace("http/80", &format!("http/80{acl}"));
        // A token that the topology binds is seen from the topology's folder, wherever the script is run.
        let tunnel_node = "    t:\n      kind: mysocketio\n      image: ghcr.io/hellt/mysocketctl:0.5.0\n      binds: [home/.mysocketio_token:/root/.mysocketio_token]\n";
        let text = if provider == "mysocketio" { text + tunnel_node } else { text };
        fs::write(&topology, text).unwrap();
        let compiled = run_with(
            &[
                "compile",
                topology.to_str().unwrap(),
                "--no-config",
                "--provider",
                provider,
                "-o",
                output.to_str().unwrap(),
            ],
            "",
            &[],
        );
        assert_eq!(compiled.exit, publish_plan::Exit::Clean, "{}", compiled.stderr);
        let up = stage.script(&["up", "--compose"]);
        assert_eq!(
            up.status.code(),
            Some(0),
            "{provider}: {}{}",
            String::from_utf8_lossy(&up.stderr),
            String::from_utf8_lossy(&up.stdout)
        );
        let status = stage.status();
        let standings: Vec<&str> =
            status["sockets"].as_array().unwrap().iter().map(|socket| socket["standing"].as_str().unwrap()).collect();
        assert_eq!(standings, ["up", "up"], "{provider}: {status}");
        let client = done(&["ps", "-q", "--filter", "name=tunnels-open"]);
        let inspected = done(&["inspect", &client]);
        // Docker keeps the environment of a container, with the token under both its names; nothing else may know it.
        assert_eq!(inspected.matches("t0ken").count(), if provider == "border0" { 2 } else { 0 }, "{provider}");
        let log = done(&["exec", &client, "cat", "/tmp/log"]);
        assert!(!log.contains("t0ken"), "{log}");
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        assert_eq!(done(&["ps", "-aq", "--filter", "name=tunnels-open"]), "");
    }
}

#[test]
fn a_lab_is_published_from_a_container() {
    let Some(_engine) = Engine::new("providers::compose::a_lab_is_published_from_a_container") else { return };
    let stage = Stage::new();
    start_nodes(&stage);
    start_relay(&stage);

    let up = stage.script(&["up", "--compose"]);
    assert_eq!(
        up.status.code(),
        Some(0),
        "{}\n{}",
        String::from_utf8_lossy(&up.stderr),
        String::from_utf8_lossy(&up.stdout)
    );
    let ports: Vec<u16> = stage.status()["sockets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|socket| socket["ports"].as_str().unwrap().parse().unwrap())
        .collect();
    let carries = || get(RELAY, ports[1]).is_some_and(|page| page.trim() == "web") && is_echoed(ports[0]);
    assert!(carries(), "both tunnels carry bytes");

    let client = done(&["ps", "-q", "--filter", "name=tunnels-open"]);
    let health = || done(&["inspect", "-f", "{{.State.Health.Status}}", &client]);
    assert!(within(Duration::from_secs(40), || health() == "healthy"), "{}", health());
    assert_eq!(
        done(&["inspect", "-f", "{{.HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}}", &client]),
        "[ALL] true"
    );
    let again = stage.script(&["up", "--compose"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("the client is already running"), "{again:?}");

    // A node that stops is said by status.
    done(&["stop", "-t", "1", "clab-open-r1"]);
    let standing = || stage.status()["sockets"][0]["standing"].as_str().unwrap().to_owned();
    assert_eq!(standing(), "node does not answer");
    done(&["start", "clab-open-r1"]);
    assert!(within(Duration::from_secs(10), || standing() == "up"));

    // While the relay is gone nothing is healthy; when it is back, so are the tunnels.
    done(&["kill", "relay"]);
    assert!(within(Duration::from_secs(45), || health() != "healthy"), "healthy without a relay");
    assert_eq!(standing(), "down");
    done(&["start", "relay"]);
    assert!(within(Duration::from_secs(30), carries), "the relay is back, the tunnels are not");
    assert!(within(Duration::from_secs(40), || health() == "healthy"));

    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    assert_eq!(done(&["ps", "-aq", "--filter", "name=tunnels-open"]), "");
    assert!(within(Duration::from_secs(20), || get(RELAY, ports[1]).is_none()));
    stage.assert_struck();
}

/// Makes an image of this machine's bore, as `publish-plan/bore-client`.
pub(super) fn import_bore(stage: &Stage, bore: &str) {
    let script = r#"
set -eu
cp -L "$(command -v "$2")" "$1/bin/bore"
{ ldd "$1/bin/bore"; } | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$1$(dirname "$library")"; cp -L "$library" "$1$library"
done
tar -C "$1" -c . | docker import -c 'ENV PATH=/bin:/usr/bin' - publish-plan/bore-client > /dev/null
"#;
    let image = stage.folder().join("image");
    let made = Command::new("bash").args(["-c", script, "bash"]).arg(&image).arg(bore).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The container of bore, with the relay's real server in another one.
#[test]
fn bore_runs_in_a_container_too() {
    let Some(bore) = program("bore", "BORE", &["--version"]) else { return };
    let Some(_engine) = Engine::new("providers::compose::bore_runs_in_a_container_too") else { return };
    let stage = Stage::new();
    start_nodes(&stage);
    import_bore(&stage, &bore);
    let secret = stage.secret("secret", "t0ken");
    let topology = stage.folder().join("open.clab.yml");
    fs::copy(root().join("examples/open.clab.yml"), &topology).unwrap();
    let output = stage.folder().join("stage.publish");
    let compile = ["compile", topology.to_str().unwrap(), "--no-config", "--provider", "bore", "--relay", RELAY];
    let rest = ["--secret", "~/secret", "-o", output.to_str().unwrap()];
    let compiled = run_with(&[&compile[..], &rest].concat(), "", &[("HOME", stage.home().to_str().unwrap())]);
    assert_eq!(compiled.exit, publish_plan::Exit::Clean, "{}", compiled.stderr);
    name_as_built(&stage, "publish-plan/bore-client");
    let relay = ["run", "-d", "--name", "relay", "--network", "clab", "--ip", RELAY, "-e", "BORE_SECRET=t0ken"];
    done(
        &[&relay[..], &["publish-plan/bore-client", "bore", "server", "--min-port", "20000", "--max-port", "29999"]]
            .concat(),
    );
    assert!(within(Duration::from_secs(10), || std::net::TcpStream::connect((RELAY, 7835)).is_ok()));
    // The secret is somebody's own, and nobody else's: the container must be able to read it all the same.
    std::os::unix::fs::chown(&secret, Some(4321), Some(4321)).unwrap();

    let up = stage.script(&["up", "--compose"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let (web, echo) = (stage.port("web"), stage.port("r1"));
    let carries = || get(RELAY, web).is_some_and(|page| page.trim() == "web") && is_echoed(echo);
    assert!(carries(), "both tunnels carry bytes");
    let client = done(&["ps", "-q", "--filter", "name=tunnels-open"]);
    assert!(!done(&["inspect", &client]).contains("t0ken"));
    let health = || done(&["inspect", "-f", "{{.State.Health.Status}}", &client]);
    assert!(within(Duration::from_secs(60), || health() == "healthy"), "{}", health());
    done(&["kill", "relay"]);
    assert!(within(Duration::from_secs(20), || stage.standings().iter().all(|standing| standing != "up")));
    done(&["start", "relay"]);
    assert!(within(Duration::from_secs(40), carries), "the relay is back, the tunnels are not");
    assert!(within(Duration::from_secs(20), || stage.standings() == ["up", "up"]));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    assert_eq!(done(&["ps", "-aq", "--filter", "name=tunnels-open"]), "");
    assert!(within(Duration::from_secs(20), || get(RELAY, web).is_none()));
    stage.assert_struck();
}

pub(super) fn is_echoed(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect((RELAY, port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut answer = [0; 5];
    stream.write_all(b"hello").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"hello"
}

/// The program's own image, by the commands of docs/src/image.md: built without a network, run without one and without rights.
#[test]
fn the_image_of_the_program_is_built_and_run() {
    let Some(_engine) = Engine::new("providers::compose::the_image_of_the_program_is_built_and_run") else { return };
    let [build, run] = &crate::support::pages::blocks_of("docs/src/image.md", "sh")[..] else { panic!("two blocks") };
    let folder = tempfile::tempdir().unwrap();
    let target = "x86_64-unknown-linux-gnu";
    let (compile, build) = build.split_once('\n').unwrap();
    assert!(compile.contains("+crt-static") && compile.contains(target), "{compile}");
    let compile = compile.replace("cargo build", "cargo build --offline --quiet");
    let shell = |folder: &Path, command: &str| {
        let mut bash = Command::new("bash");
        let output = build_quickly(bash.args(["-euc", command]).current_dir(folder).stdin(Stdio::null()));
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };
    let (code, said) = shell(&root(), &compile);
    assert_eq!(code, Some(0), "{said}");
    let context = folder.path().join("context");
    let release = Path::new(target).join("release");
    fs::create_dir_all(context.join("target").join(&release)).unwrap();
    let binary = release.join("publish-plan");
    fs::copy(build_folder().join(&binary), context.join("target").join(&binary)).unwrap();
    fs::copy(root().join("Dockerfile"), context.join("Dockerfile")).unwrap();
    let (code, said) = shell(&context, build);
    assert_eq!(code, Some(0), "{said}");
    let tag = "publish-plan";
    assert!(build.contains(&format!(" --tag {tag} ")) && run.contains(&format!(" {tag} check")), "{build}{run}");
    let labs = folder.path().join("labs");
    fs::create_dir(&labs).unwrap();
    fs::write(labs.join("l.clab.yml"), "name: l\ntopology: {nodes: {r1: {kind: linux, publish: [tls/ab]}}}\n").unwrap();
    let (code, said) = shell(&labs, run);
    assert!(
        code == Some(1) && said.contains("error[malformed-entry]") && said.contains("[l.clab.yml:2:"),
        "{code:?} {said}"
    );
    assert_eq!(done(&["image", "inspect", "--format", "{{.Config.User}}", tag]), "65534:65534");
    done(&["image", "rm", "--force", tag]);
}
