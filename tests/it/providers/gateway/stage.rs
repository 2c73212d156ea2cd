//! A gateway: Apache with `mod_auth_openidc`, sshd, an identity provider with people, and a lab's nodes behind a tunnel, on a server of
//! their own. It is this machine in namespaces where `/etc` and all that `install.sh` changes is a copy, so Apache has port 443 and
//! sshd has port 22, and nothing is left. The test begins itself anew in there.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::browser::Browser;
use crate::providers::ssh::keygen;
use crate::support::stage::{Stage, end};
use crate::support::{anew, gate, root, skip};

/// The certificate of the gateway, for all names of its domain.
pub(super) const CERTIFICATE: [&str; 2] = ["/etc/ssl/lab.test.pem", "/etc/ssl/private/lab.test.key"];
/// What the mock and the certified provider both know the gateway by.
const CLIENT_SECRET: &str = "the-secret-of-the-gateway\n";
pub(super) const ISSUER: &str = "https://login.id.test:9443";

/// Who says who somebody is; both know the people of `stage/people.json`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Python's oidc-provider-mock: for visitors with curl.
    Mock,
    /// npm's oidc-provider: for visitors with a browser.
    Certified,
}

pub(crate) struct Gateway {
    pub(crate) stage: Stage,
    /// Entries by node.
    nodes: Vec<(String, String)>,
    /// The identity provider, and the nodes.
    pub(super) servers: Vec<Option<Child>>,
    pub(super) browser: Mutex<Option<Browser>>,
}

impl Gateway {
    /// A server that is no gateway yet, and an identity provider. None outside of it, where the test has had its turn, and where it
    /// cannot be made, which is said.
    pub(crate) fn start(identity: Identity) -> Option<Self> {
        Self::start_with(identity, &[])
    }

    /// The same, and the identity provider knows more people: names, and their verified addresses.
    pub(crate) fn start_with(identity: Identity, people: &[(String, String)]) -> Option<Self> {
        Self::begin(identity, people, None)
    }

    /// A server with another system, `<ID>-<VERSION_ID>` of its os-release, whose root has this name and is in `GATEWAY_ROOTS`.
    pub(super) fn start_on(system: &str, identity: Identity) -> Option<Self> {
        let roots = std::env::var_os("GATEWAY_ROOTS").unwrap_or_default();
        let root = std::env::split_paths(&roots).find(|root| root.ends_with(system) && root.join("etc").is_dir());
        if root.is_none() {
            skip(&format!("there is no root of {system} in GATEWAY_ROOTS"));
            return None;
        }
        Self::begin(identity, &[], root)
    }

    fn begin(identity: Identity, people: &[(String, String)], root: Option<PathBuf>) -> Option<Self> {
        gate::enter();
        if std::env::var_os("INSIDE").is_some() {
            return Some(Self::inside(identity, people));
        }
        if let Some(reason) = missing(identity) {
            skip(&reason);
            return None;
        }
        let test = thread::current().name().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "unshare"]).args(NAMESPACES);
        command.arg(own("namespace.sh")).arg(folder.path()).env("TMPDIR", folder.path());
        command.envs(root.map(|root| ("GATEWAY_SYSTEM", root)));
        anew(&mut command, &test);
        None
    }

    fn inside(identity: Identity, people: &[(String, String)]) -> Self {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        assert!(mounts.lines().any(|line| line.split(' ').nth(1) == Some("/etc")), "this is not a server of its own");
        let stage = Stage::new();
        let mut gateway = Self { stage, nodes: Vec::new(), servers: Vec::new(), browser: Mutex::new(None) };
        certificates(gateway.folder());
        let mut known: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&fs::read_to_string(own("people.json")).unwrap()).unwrap();
        for (name, address) in people {
            known.insert(name.clone(), serde_json::json!({ "email": address, "email_verified": true }));
        }
        fs::write(gateway.folder().join("people.json"), serde_json::to_string(&known).unwrap()).unwrap();
        gateway.servers.push(None);
        gateway.run_identity(identity);
        fs::write("/etc/hosts", "127.0.0.1 localhost server lab.test login.id.test\n").unwrap();
        do_it("mkdir /etc/publish-plan; umask 077; cat >/etc/publish-plan/client-secret", CLIENT_SECRET);
        do_it("ssh-keygen -A >/dev/null && /usr/sbin/sshd -E /var/log/sshd.log", "");
        do_it("apache2ctl start 2>/dev/null", "");
        assert!(soon(|| TcpStream::connect("127.0.0.1:9443").is_ok()), "the identity provider does not start");
        gateway
    }

    /// Starts the identity provider.
    pub(super) fn run_identity(&mut self, identity: Identity) {
        let program = match identity {
            Identity::Mock => mock(Command::new(python())).spawn_with(self.folder()),
            Identity::Certified => node("certified.mjs").spawn_with(self.folder()),
        };
        self.servers[0] = Some(program);
    }

    /// The mock identity provider starts anew, and its clock is off by so much, such as `+15m`.
    pub(super) fn run_identity_off(&mut self, by: &str) {
        end(&mut self.servers[0]);
        assert!(soon(|| TcpStream::connect("127.0.0.1:9443").is_err()), "the identity provider does not end");
        let mut command = off(by);
        command.args(["setpriv", "--pdeathsig", "KILL"]).arg(python());
        self.servers[0] = Some(mock(command).spawn_with(self.folder()));
        assert!(soon(|| TcpStream::connect("127.0.0.1:9443").is_ok()), "the identity provider does not start");
    }

    pub(crate) fn folder(&self) -> &Path {
        self.stage.folder()
    }

    /// A node with an entry, such as `http/3000/nokia.com`. Its port is free on every address of the server: not 22, 80, or 443.
    pub(crate) fn node(&mut self, name: &str, entry: &str) {
        self.nodes.push((name.to_owned(), entry.to_owned()));
    }

    /// A node gets another entry, or none, for the next time that the lab is compiled.
    pub(crate) fn change(&mut self, name: &str, entry: &str) {
        let node = self.nodes.iter_mut().find(|(node, _)| node == name).unwrap();
        entry.clone_into(&mut node.1);
    }

    /// The nodes run, and are reached through the gateway.
    pub(crate) fn publish(&mut self) {
        self.run_nodes();
        self.compile(&[]);
        let output = self.install(&[]);
        assert!(output.status.success(), "{}", told(&output));
        self.up();
    }

    /// Opens the lab, and returns what that said.
    pub(crate) fn up(&self) -> String {
        let output = self.stage.script(&["up"]);
        assert!(output.status.success(), "{}", told(&output));
        told(&output)
    }

    pub(super) fn run_nodes(&mut self) {
        let node_of = |(index, (name, entry)): (usize, &(String, String))| {
            let words: Vec<&str> = entry.split('/').collect();
            let port: u16 = words[1].parse().unwrap();
            let socket_type = if words[0] == "ssh" { "tcp" } else { words[0] };
            serde_json::json!({ "name": name, "address": address(index), "port": port, "type": socket_type })
        };
        let nodes: Vec<_> = self.nodes.iter().enumerate().map(node_of).collect();
        let mut program = node("nodes.mjs");
        self.servers.truncate(1);
        self.servers.push(Some(program.args(CERTIFICATE).arg(serde_json::to_string(&nodes).unwrap()).spawn().unwrap()));
        for node in &nodes {
            let (address, port) = (node["address"].as_str().unwrap(), node["port"].as_u64().unwrap());
            let port = u16::try_from(port).unwrap();
            assert!(soon(|| TcpStream::connect((address, port)).is_ok()), "the nodes do not start");
        }
    }

    /// A lab of this text is compiled and installed, and no tunnel stands.
    pub(super) fn install_text(&self, topology: &str, arguments: &[&str]) {
        self.compile_text(topology, arguments);
        let output = self.install(&[]);
        assert!(output.status.success(), "{}", told(&output));
    }

    /// Compiles the lab, with more arguments.
    pub(crate) fn compile(&self, arguments: &[&str]) {
        let addresses = self.addresses();
        let mut all: Vec<&str> = addresses.iter().map(String::as_str).collect();
        all.extend(arguments);
        self.compile_text(&self.topology(), &all);
    }

    fn topology(&self) -> String {
        let nodes = self.nodes.iter().map(|(name, entry)| {
            let entry = if entry.is_empty() { String::new() } else { format!("\"{entry}\"") };
            format!("    {name}: {{kind: linux, publish: [{entry}]}}\n")
        });
        format!("name: stage\ntopology:\n  nodes:\n{}", nodes.collect::<String>())
    }

    /// The flags that say where the nodes are.
    pub(super) fn addresses(&self) -> Vec<String> {
        let published = self.nodes.iter().enumerate().filter(|(_, (_, entry))| !entry.is_empty());
        published.map(|(index, (name, _))| format!("--address={name}={}", address(index))).collect()
    }

    /// The tunnel's key, and a file with the host key of the gateway.
    fn tunnel_key(&self) -> (PathBuf, PathBuf) {
        let (key, known) = (self.stage.home().join("tunnel"), self.stage.home().join("tunnel.host"));
        if !key.exists() {
            keygen(&key);
            let host = fs::read_to_string("/etc/ssh/ssh_host_ed25519_key.pub").unwrap();
            fs::write(&known, format!("lab.test {host}")).unwrap();
        }
        (key, known)
    }

    /// Writes the lab, and settings that begin with the providers and go on with these tables.
    pub(super) fn write_lab(&self, providers: &str, tables: &str) {
        let (key, known) = self.tunnel_key();
        let settings = format!(
            "provider = [{providers}]\n[relay]\naddress = \"lab.test\"\nidentity = \"{}\"\nknown-hosts = \"{}\"\n[names]\ndomain = \"lab.test\"\n[gateway]\nissuer = \"{ISSUER}\"\nclient-id = \"gateway\"\ncertificate = \"{}\"\ncertificate-key = \"{}\"\n{tables}",
            key.display(),
            known.display(),
            CERTIFICATE[0],
            CERTIFICATE[1]
        );
        fs::write(self.folder().join("stage.clab.yml"), self.topology()).unwrap();
        fs::write(self.folder().join("publish-plan.toml"), settings).unwrap();
    }

    fn compile_text(&self, topology: &str, arguments: &[&str]) {
        let (key, known) = self.tunnel_key();
        let mut all = vec!["--relay", "lab.test", "--domain", "lab.test", "--issuer", ISSUER, "--client-id", "gateway"];
        all.extend(["--identity", key.to_str().unwrap(), "--known-hosts", known.to_str().unwrap()]);
        if !arguments.contains(&"--acme-email") {
            all.extend(["--certificate", CERTIFICATE[0], "--certificate-key", CERTIFICATE[1]]);
        }
        all.extend(arguments);
        self.stage.compile_text("gateway", topology, &all);
    }

    /// A file that was compiled.
    pub(crate) fn compiled(&self, path: &str) -> PathBuf {
        self.folder().join("stage.publish").join(path)
    }

    /// What the administrator does with the directory `gateway`.
    pub(crate) fn install(&self, arguments: &[&str]) -> Output {
        on_server("sh").arg(self.compiled("gateway/install.sh")).args(arguments).output().unwrap()
    }

    /// The port of the gateway that leads to a node.
    pub(crate) fn port(&self, node: &str) -> u16 {
        let ports = self.stage.does("forwards\n");
        let start = format!("clab-stage-{node}-");
        let line = ports.lines().find(|line| line.starts_with(&start)).unwrap();
        line.split('\t').nth(1).unwrap().rsplit(':').next().unwrap().parse().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if thread::panicking() {
            for log in ["/var/log/apache2/error.log", "/var/log/sshd.log"] {
                let log = fs::read_to_string(log).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let last = lines[lines.len().saturating_sub(20)..].join("\n");
                let _ = writeln!(std::io::stderr(), "{last}");
            }
        }
        for server in &mut self.servers {
            end(server);
        }
    }
}

const NAMESPACES: [&str; 7] = ["--mount", "--net", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"];

/// What the stage needs and this machine does not have.
fn missing(identity: Identity) -> Option<String> {
    let runs = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    let programs = ["apache2ctl", "sshd", "ssh", "sudo", "curl", "openssl", "setpriv", "unshare", "ip", "node"];
    let (chromium, python) = (super::browser::chromium(), python());
    let own = match identity {
        Identity::Mock => &python,
        Identity::Certified => &chromium,
    };
    for program in programs.into_iter().chain([own.as_str()]) {
        if !runs(Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program]).env("PATH", path())) {
            return Some(format!("{program} is not installed"));
        }
    }
    let modules: &[&str] = match identity {
        Identity::Mock => &["ws"],
        Identity::Certified => &["ws", "oidc-provider", "playwright-core"],
    };
    if let Some(module) = modules.iter().find(|module| !node_modules().join(module).exists()) {
        return Some(format!("npm's {module} is not in NPM_MODULES"));
    }
    let finds_mock = ["-c", "import importlib.util as it, sys; sys.exit(not it.find_spec('oidc_provider_mock'))"];
    if identity == Identity::Mock && !runs(Command::new(&python).args(finds_mock)) {
        return Some("PyPI's oidc-provider-mock is not installed for GATEWAY_PYTHON".to_owned());
    }
    if !Path::new("/usr/lib/apache2/modules/mod_auth_openidc.so").exists() {
        return Some("mod_auth_openidc is not installed".to_owned());
    }
    let may = runs(Command::new("unshare").args(NAMESPACES).args(["mount", "--bind", "/etc", "/etc"]));
    (!may).then(|| "no server of its own can be made here, in namespaces".to_owned())
}

/// A file of the stage.
pub(super) fn own(name: &str) -> PathBuf {
    root().join("tests/it/providers/gateway/stage").join(name)
}

fn python() -> String {
    std::env::var("GATEWAY_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn mock(mut command: Command) -> Command {
    command.arg(own("mock.py"));
    command
}

/// A command whose clock is off by so much. It waits as long as any other.
pub(super) fn off(by: &str) -> Command {
    let mut command = Command::new("faketime");
    command.args(["-f", by]).env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    command
}

fn node_modules() -> PathBuf {
    std::env::var_os("NPM_MODULES").map_or_else(|| root().join("node_modules"), PathBuf::from)
}

/// A program of the stage that Node.js runs.
pub(super) fn node(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(own(name)).env("NPM_MODULES", node_modules()).stdin(Stdio::null());
    command
}

/// Where programs of a server are.
fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap())
}

/// An identity provider starts with its certificate and its people.
trait Identifies {
    fn spawn_with(&mut self, folder: &Path) -> Child;
}

impl Identifies for Command {
    fn spawn_with(&mut self, folder: &Path) -> Child {
        let pair = ["id.pem", "id.key"].map(|name| folder.join(name));
        self.args(pair).arg(folder.join("people.json")).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
    }
}

/// The address of a node.
fn address(index: usize) -> String {
    format!("127.0.0.{}", index + 2)
}

/// A program of the server.
pub(super) fn on_server(program: &str) -> Command {
    let Some(root) = std::env::var_os("GATEWAY_SERVER") else { return Command::new(program) };
    let mut command = Command::new("chroot");
    command.arg(root).arg(program).env("PATH", path());
    command
}

/// Does something while a program of `/usr/sbin` is replaced by a script, which finds the program itself at `/run/real`.
pub(super) fn with_stand_in(program: &str, script: &str, does: impl FnOnce()) {
    let put = format!(
        "touch /run/real; mount --bind /usr/sbin/{program} /run/real; cat >/run/no; chmod 755 /run/no; \
         mount --bind /run/no /usr/sbin/{program}"
    );
    do_it(&put, &format!("#!/bin/sh\n{script}\nexec /run/real \"$@\"\n"));
    does();
    // A server that is just ending may still have it open.
    do_it(&format!("umount --lazy /usr/sbin/{program} /run/real; rm /run/real /run/no"), "");
}

/// install.sh of a directory, which is killed when all files are written, and nobody is told.
pub(super) fn install_killed(directory: &Path) {
    let killer = "if [ \"$1\" = -t ] && [ -e /etc/publish-plan/unfinished ]; then kill -KILL $PPID; fi";
    with_stand_in("sshd", killer, || {
        let output = on_server("sh").arg(directory.join("install.sh")).output().unwrap();
        assert_eq!(output.status.code(), None, "{}", told(&output));
    });
}

/// A command of the shell that has to succeed on the server.
pub(super) fn do_it(command: &str, input: &str) {
    let mut shell = on_server("sh").args(["-euc", command]).env("PATH", path()).stdin(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success(), "{command}");
}

/// From OpenSSH 9.8 on, sshd locks out whoever fails often, and so do some tests: from the next time that sshd reads its files on, not here.
pub(super) fn exempt() {
    do_it(
        "if sshd -T | grep -q '^persourcepenaltyexemptlist'; then
          echo 'PerSourcePenaltyExemptList 127.0.0.0/8' >/etc/ssh/sshd_config.d/10-test.conf
        fi",
        "",
    );
}

/// An authority that this server believes, the gateway's certificate, and the identity provider's.
fn certificates(folder: &Path) {
    let [certificate, key] = CERTIFICATE;
    let command = format!(
        r#"cd {folder}
        new() {{ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "$@" 2>/dev/null; }}
        new -subj '/CN=An authority of a test' -keyout ca.key -out ca.pem
        signed() {{
          new -subj "/CN=$1" -addext "subjectAltName=DNS:$1" -addext basicConstraints=critical,CA:FALSE -CA ca.pem -CAkey ca.key -out "$2" -keyout "$3"
        }}
        signed '*.lab.test' {certificate} {key}
        signed '*.id.test' id.pem id.key
        cat ca.pem >>/etc/ssl/certs/ca-certificates.crt"#,
        folder = folder.display()
    );
    do_it(&command, "");
}

/// Whether something comes true in the time in which a server starts.
pub(super) fn soon(mut comes: impl FnMut() -> bool) -> bool {
    for _ in 0..1000 {
        if comes() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

/// What a command said.
pub(super) fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
