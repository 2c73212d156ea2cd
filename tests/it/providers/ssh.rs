//! ssh, end to end on loopback: a real sshd as relay, real services as nodes, the generated script between them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::providers::faults::Relay;
use crate::support::skip;
use crate::support::stage::{
    SHELLS, Stage, both_carry, connect, family, free_ports, get, in_network, is_shell, within,
};

/// An sshd on a port of its own, with throwaway keys.
pub(crate) struct Sshd {
    folder: tempfile::TempDir,
    host: String,
    port: u16,
    /// The first of the twenty ports that its tunnels may have.
    first: u16,
    /// A process in whose network it is, where that is not the test's.
    network: Option<u32>,
    /// Lines of its configuration about forwarding, the last of it.
    settings: String,
    /// The account that its key logs in to, where that is not the test's.
    user: Option<String>,
    server: Option<Child>,
}

const SETTINGS: &str =
    "AllowTcpForwarding remote\nGatewayPorts clientspecified\nClientAliveInterval 5\nClientAliveCountMax 3\n";

pub(crate) fn sshd() -> Option<PathBuf> {
    let sshd = PathBuf::from("/usr/sbin/sshd");
    let has_all = sshd.exists()
        && Command::new("dash")
            .args(["-c", "command -v ssh ssh-keygen ssh-keyscan nc"])
            .output()
            .is_ok_and(|output| output.status.success());
    if !has_all {
        skip("openssh-server, openssh-client, dash and nc are not all installed");
    }
    has_all.then_some(sshd)
}

pub(crate) fn keygen(path: &std::path::Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", path.to_str().unwrap()])
        .status()
        .unwrap();
    assert!(made.success());
}

impl Sshd {
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.1", None)
    }

    pub(crate) fn at(host: &str, network: Option<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        keygen(&folder.path().join("host"));
        fs::write(folder.path().join("authorized_keys"), "").unwrap();
        let mut relay = Self {
            host: host.to_owned(),
            port: free_ports(1),
            first: free_ports(20),
            folder,
            network,
            settings: SETTINGS.to_owned(),
            user: None,
            server: None,
        };
        relay.start();
        relay
    }

    pub(crate) fn start(&mut self) {
        let folder = self.folder.path().display();
        let config = format!(
            "Port {}\nListenAddress {}\nHostKey {folder}/host\nPidFile none\nAuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n{}",
            self.port, self.host, self.settings
        );
        let path = self.folder.path().join("sshd_config");
        fs::write(&path, config).unwrap();
        // Where the real one wants to leave its privileges.
        let _ = fs::create_dir_all("/run/sshd");
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let server = in_network(self.network, "/usr/sbin/sshd")
            .args(["-D", "-e", "-f", path.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(server);
        assert!(
            within(Duration::from_secs(10), || std::net::TcpStream::connect((self.host.as_str(), self.port)).is_ok())
        );
    }

    /// Ends it with all its sessions, as a machine that loses its power.
    pub(crate) fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        for process in family(server.id()) {
            let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
        }
        let _ = server.kill();
        let _ = server.wait();
    }

    fn address(&self) -> String {
        format!("{}@{}:{}", self.user(), self.host, self.port)
    }

    /// A publish-plan.toml for it.
    pub(crate) fn settings_file(&self) -> String {
        format!("provider = \"ssh\"\n[relay]\n{}", self.settings())
    }

    /// Its administrator adds the line that was compiled for the stage's key.
    pub(crate) fn accept(&self, stage: &Stage, compiled: &str) {
        let line = fs::read_to_string(stage.folder().join(compiled)).unwrap();
        let key = fs::read_to_string(stage.home().join("key.pub")).unwrap();
        let key = key.split(' ').nth(1).unwrap();
        // Of every key one line.
        let path = self.folder.path().join("authorized_keys");
        let others = fs::read_to_string(&path).unwrap();
        let others: Vec<&str> = others.lines().filter(|other| other.contains("ssh-") && !other.contains(key)).collect();
        fs::write(path, format!("{}\n{line}", others.join("\n"))).unwrap();
    }

    /// The keys of a publish-plan.toml about it, each in a line.
    pub(crate) fn settings(&self) -> String {
        format!(
            "address = \"{}\"\nports = \"{}-{}\"\nidentity = \"~/key\"\nknown-hosts = \"~/relay.host\"\n",
            self.address(),
            self.first,
            self.first + 9
        )
    }

    fn user(&self) -> String {
        self.user.clone().unwrap_or_else(|| {
            let user = Command::new("id").arg("-un").output().unwrap();
            String::from_utf8_lossy(&user.stdout).trim().to_owned()
        })
    }

    /// The same relay with other settings.
    fn again(&mut self, settings: &str) {
        self.kill();
        settings.clone_into(&mut self.settings);
        self.start();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A stage with a web and an echo node whose key the relay knows.
pub(crate) fn stage(relay: &Sshd) -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    prepare(&stage, relay);
    compile(&stage, relay, &[]);
    stage
}

/// A key, and the relay's.
pub(crate) fn prepare(stage: &Stage, relay: &Sshd) {
    keygen(&stage.home().join("key"));
    let scan = Command::new("ssh-keyscan").args(["-p", &relay.port.to_string(), &relay.host]).output().unwrap();
    fs::write(stage.home().join("relay.host"), scan.stdout).unwrap();
}

pub(crate) fn compile(stage: &Stage, relay: &Sshd, arguments: &[&str]) {
    compile_with_ports(stage, relay, (relay.first, 10), arguments);
}

pub(crate) fn compile_with_ports(stage: &Stage, relay: &Sshd, (first, count): (u16, u16), arguments: &[&str]) {
    let (address, ports) = (relay.address(), format!("{first}-{}", first + count - 1));
    let mut all = vec![
        "--force",
        "--relay",
        &address,
        "--relay-ports",
        &ports,
        "--identity",
        "~/key",
        "--known-hosts",
        "~/relay.host",
    ];
    all.extend(arguments);
    stage.compile("ssh", "", &all);
    relay.accept(stage, "stage.publish/authorized_keys");
}

/// One for tests that take any kind of relay; none where ssh is not installed.
pub(crate) fn boxed() -> Option<Box<dyn Relay>> {
    sshd()?;
    Some(Box::new(Sshd::new()))
}

impl Relay for Sshd {
    fn provider(&self) -> &'static str {
        "ssh"
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn start(&mut self) {
        Sshd::start(self);
    }

    fn kill(&mut self) {
        Sshd::kill(self);
    }

    fn processes(&self) -> Vec<u32> {
        self.server.as_ref().map(|server| family(server.id())).unwrap_or_default()
    }

    fn compile(&self, stage: &Stage, offset: u16) {
        if !stage.home().join("key").exists() {
            prepare(stage, self);
        }
        compile_with_ports(stage, self, (self.first + offset, 10), &[]);
    }
}

#[test]
fn tunnels_stand_in_every_shell() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let mut tried = 0;
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        let mut stage = stage(&relay);
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        let up = stage.script(&["up"]);
        let table = String::from_utf8_lossy(&up.stdout).into_owned();
        assert_eq!(up.status.code(), Some(0), "{shell:?}: {}", String::from_utf8_lossy(&up.stderr));
        let rows: Vec<Vec<&str>> =
            table.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>()).collect();
        assert_eq!(rows[0], ["NODE", "STATE", "ADDRESS", "AUDIENCE", "CLOSES", "NAME"], "{table}");
        for (row, node) in rows[1..].iter().zip(["web", "echo"]) {
            assert_eq!([row[0], row[1], row[3], row[4]], [node, "up", "anyone on the Internet", "–"], "{table}");
            assert!(row[2].starts_with("127.0.0.1:") && row[5] == stage.socket(node, true), "{table}");
        }
        // Columns are columns, whatever the shell's awk counts.
        let bars = |line: &str| line.chars().enumerate().filter(|(_, bar)| *bar == '|').map(|(at, _)| at).collect();
        let bars: Vec<Vec<usize>> = table.lines().map(bars).collect();
        assert!(bars.iter().all(|line| *line == bars[0]), "{table}");
        let (web, echo) = (stage.port("web"), stage.port("echo"));
        assert!(table.contains(&format!("127.0.0.1:{web}")), "{table}");
        assert!(both_carry("127.0.0.1", web, echo), "{shell:?}");
        assert_eq!(fs::metadata(stage.state()).unwrap().permissions().mode() & 0o777, 0o700);

        // Twice is once.
        let running = stage.busy();
        let again = stage.script(&["up"]);
        assert_eq!(again.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&again.stderr).contains("the client is already running"));
        assert_eq!(stage.busy(), running);

        let visit = stage.script(&["visit", &stage.socket("web", true)]);
        assert_eq!(
            String::from_utf8_lossy(&visit.stdout),
            format!("http://127.0.0.1:{web}/\n# anyone on the Internet\n"),
            "{shell:?}"
        );
        let visit = stage.script(&["visit", "nothing"]);
        assert_eq!(visit.status.code(), Some(1));
        assert!(
            String::from_utf8_lossy(&visit.stderr)
                .contains("no node or socket is named nothing; expected one of: web:")
        );
        let logs = stage.script(&["logs"]);
        assert!(String::from_utf8_lossy(&logs.stdout).contains("client starting"));

        // A node that stops is said, and is no tunnel's fault.
        stage.stop_node("echo");
        assert_eq!(stage.standings(), ["up", "node does not answer"], "{shell:?}");
        assert_eq!(stage.script(&["status"]).status.code(), Some(1));

        let down = stage.script(&["down"]);
        assert_eq!(down.status.code(), Some(0), "{shell:?}: {}", String::from_utf8_lossy(&down.stderr));
        stage.assert_struck();
        assert!(
            within(Duration::from_secs(5), || get("127.0.0.1", web).is_none()),
            "{shell:?}: the port is still open"
        );
        assert_eq!(stage.standings(), ["down", "down"]);
        assert!(String::from_utf8_lossy(&stage.script(&["down"]).stderr).contains("nothing is open"));
        tried += 1;
    }
    assert!(tried >= 2);
}

#[test]
fn tunnels_come_back_by_themselves() {
    if sshd().is_none() {
        return;
    }
    let mut relay = Sshd::new();
    let stage = stage(&relay);
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    let (web, echo) = (stage.port("web"), stage.port("echo"));
    relay.kill();
    assert!(within(Duration::from_secs(5), || stage.standings() == ["down", "down"]), "{:?}", stage.standings());
    relay.start();
    assert!(
        within(Duration::from_secs(30), || both_carry("127.0.0.1", web, echo)),
        "the relay is back, the tunnels are not"
    );
    assert!(within(Duration::from_secs(5), || stage.standings() == ["up", "up"]));

    let client = fs::read_to_string(stage.state().join("client")).unwrap();
    assert!(Command::new("kill").args(["-9", client.split(' ').next().unwrap()]).status().unwrap().success());
    assert!(
        within(Duration::from_secs(30), || stage.standings() == ["up", "up"] && both_carry("127.0.0.1", web, echo)),
        "the client was killed"
    );
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
}

#[test]
fn what_stands_in_the_way_is_said_in_a_sentence() {
    if sshd().is_none() {
        return;
    }
    let mut relay = Sshd::new();
    let stage = stage(&relay);
    let (web_name, echo_name) = (stage.socket("web", true), stage.socket("echo", true));
    let web = stage.port("web");

    let taken = std::net::TcpListener::bind(("0.0.0.0", web)).unwrap();
    let said = stage.refusal();
    assert!(said.contains(&format!("relay port {web} is already in use, so {web_name} cannot use it")), "{said}");
    assert!(said.contains(&format!("not open: {web_name} {echo_name}")), "{said}");
    drop(taken);

    let keys = relay.folder.path().join("authorized_keys");
    let line = fs::read_to_string(&keys).unwrap();
    fs::write(&keys, line.replace(&format!(",permitlisten=\"0.0.0.0:{web}\""), "")).unwrap();
    let said = stage.refusal();
    assert!(said.contains(&format!("the relay refused port {web} for {web_name}")), "{said}");
    fs::write(&keys, "").unwrap();
    let said = stage.refusal();
    assert!(said.contains("the relay rejected the key"), "{said}");
    fs::write(&keys, &line).unwrap();

    let hosts = stage.home().join("relay.host");
    let known = fs::read_to_string(&hosts).unwrap();
    let other = fs::read_to_string(stage.home().join("key.pub")).unwrap();
    fs::write(&hosts, format!("[127.0.0.1]:{} {other}", relay.port)).unwrap();
    let said = stage.refusal();
    assert!(said.contains("the relay's host key does not match"), "{said}");
    fs::remove_file(&hosts).unwrap();
    let said = stage.refusal();
    assert!(said.contains("the file with the relay's host key is not readable"), "{said}");
    fs::write(&hosts, known).unwrap();

    let key = stage.home().join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = stage.refusal();
    assert!(said.contains("the relay key is accessible to other users; run: chmod 600"), "{said}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    for arguments in [&["init", "--quiet"][..], &["add", "key"]] {
        assert!(Command::new("git").args(arguments).current_dir(stage.home()).status().unwrap().success());
    }
    let said = stage.refusal();
    assert!(said.contains("the relay key is tracked by Git"), "{said}");
    fs::remove_dir_all(stage.home().join(".git")).unwrap();
    let with_passphrase = |old: &str, new: &str| {
        assert!(
            Command::new("ssh-keygen")
                .args(["-q", "-p", "-P", old, "-N", new, "-f"])
                .arg(&key)
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        );
    };
    with_passphrase("", "pass phrase");
    let said = stage.refusal();
    assert!(said.contains("the relay key has a passphrase"), "{said}");
    with_passphrase("pass phrase", "");

    stage.stop_node("echo");
    let said = stage.refusal();
    assert!(said.contains("no answer from 127.0.0.3:"), "{said}");

    relay.kill();
    let said = stage.refusal();
    assert!(
        said.contains("no answer from")
            || said.contains(&format!("cannot connect to the relay: 127.0.0.1:{}", relay.port)),
        "{said}"
    );
}

/// Two locks, each tried without the other: the options of the key's line, and the settings of `relay.md`. On this account,
/// with an sshd that allows everything by itself.
#[test]
fn the_key_listens_on_its_ports_and_does_nothing_else() {
    if sshd().is_none() {
        return;
    }
    let mut relay = Sshd::new();
    let stage = stage(&relay);
    let keys = relay.folder.path().join("authorized_keys");
    let line = fs::read_to_string(&keys).unwrap();
    let bare = bare(&line);
    // Where this sshd looks for keys is its own; the test below has an account with all of the settings.
    let block: String = block(&stage)
        .lines()
        .filter(|line| !line.contains("AuthorizedKeysFile"))
        .fold(String::new(), |block, line| block + line + "\n");
    let user = relay.user();
    relay.again(EVERYTHING);
    fs::write(&keys, &bare).unwrap();
    let open = Attacker::new(&relay, &stage, &user, &keys).gets();
    assert_eq!(open, everything(&[]), "nothing would be tried here");
    for (key, settings, open) in [(&line, "", &["a UNIX socket"][..]), (&bare, &block, &[]), (&line, &block, &[])] {
        relay.again(&format!("{EVERYTHING}{settings}"));
        fs::write(&keys, key).unwrap();
        assert_eq!(Attacker::new(&relay, &stage, &user, &keys).gets(), open.iter().copied().collect());
        works(&stage);
    }
}

/// The same on accounts that are there for nothing else, one with a shell and one without, each of which owns a tunnel device.
/// In namespaces of its own, where accounts and devices can be made: the test begins itself anew in there.
#[test]
fn the_key_does_nothing_else_on_an_account_of_its_own() {
    if sshd().is_none() {
        return;
    }
    let may = Command::new("unshare")
        .args(["--net", "--mount", "sh", "-c"])
        .arg(format!("mount --bind /etc/passwd /etc/passwd && {DEVICES} && ip tuntap add dev tun9 mode tun"))
        .output()
        .is_ok_and(|output| output.status.success());
    if !may {
        return skip("no accounts and tunnel devices can be made here, in namespaces of their own");
    }
    if std::env::var_os("INSIDE").is_none() {
        let inside = Command::new("unshare")
            .args(["--net", "--mount"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "providers::ssh::the_key_does_nothing_else_on_an_account_of_its_own", "--nocapture"])
            .env("INSIDE", "yes")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&inside.stderr);
        assert!(inside.status.success(), "{}{said}", String::from_utf8_lossy(&inside.stdout));
        return;
    }
    let do_it = |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        assert!(Command::new(words[0]).args(&words[1..]).status().unwrap().success(), "{command}");
    };
    do_it("ip link set lo up");
    assert!(Command::new("sh").args(["-c", DEVICES]).status().unwrap().success());
    let mut relay = Sshd::new();
    let folder = relay.folder.path().to_owned();
    let place = folder.display();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let mut accounts = [fs::read_to_string("/etc/passwd").unwrap(), fs::read_to_string("/etc/shadow").unwrap()];
    for (user, number, shell) in [("shell", 64321, "/bin/sh"), ("noshell", 64322, "/usr/sbin/nologin")] {
        let _ = writeln!(accounts[0], "{user}:x:{number}:{number}::/nonexistent:{shell}");
        let _ = writeln!(accounts[1], "{user}:*:19000::::::");
    }
    for (name, text) in ["passwd", "shadow"].iter().zip(accounts) {
        fs::write(folder.join(name), text).unwrap();
        do_it(&format!("mount --bind {place}/{name} /etc/{name}"));
    }
    fs::create_dir_all(folder.join("ssh/authorized_keys.d")).unwrap();
    do_it(&format!("mount --bind {place}/ssh /etc/ssh"));

    for (user, number, not_even_then) in [("shell", "64321", &[][..]), ("noshell", "64322", &ON_A_SHELL[..])] {
        do_it(&format!("ip tuntap add dev tun9 mode tun user {number}"));
        relay.user = Some(user.to_owned());
        let mut stage = Stage::new();
        stage.node("web", "127.0.0.2", "http");
        stage.node("echo", "127.0.0.3", "tcp");
        prepare(&stage, &relay);
        let own = folder.join("authorized_keys");
        fs::write(&own, "").unwrap();
        do_it(&format!("chown {number} {place}/authorized_keys"));
        compile(&stage, &relay, &[]);
        let line = fs::read_to_string(&own).unwrap();
        let (bare, block) = (bare(&line), block(&stage));
        let of_root = PathBuf::from("/etc/ssh/authorized_keys.d").join(user);
        let attack = |relay: &Sshd| {
            let attacker = Attacker::new(relay, &stage, user, &own);
            let mut gets = attacker.gets();
            gets.extend(attacker.device().then_some("a tunnel device"));
            gets
        };

        relay.again(EVERYTHING);
        fs::write(&own, &bare).unwrap();
        let mut open = everything(not_even_then);
        open.insert("a tunnel device");
        assert_eq!(attack(&relay), open, "{user}: nothing would be tried here");
        // What no option of a line closes: relay.md says so.
        fs::write(&own, &line).unwrap();
        assert_eq!(attack(&relay), BTreeSet::from(["a UNIX socket", "a tunnel device"]), "{user}");
        works(&stage);
        let page = fs::read_to_string(stage.folder().join("stage.publish/relay.md")).unwrap();
        assert!(
            page.contains("**They are required**") && page.contains("UNIX sockets") && page.contains("tunnel devices")
        );

        // A line where the account could change it is not read any more.
        relay.again(&format!("{EVERYTHING}{block}"));
        fs::write(&own, &bare).unwrap();
        let said = Attacker::new(&relay, &stage, user, &own).ssh(&[], &["true"]);
        assert!(said.contains("Permission denied"), "{said}");
        for key in [&bare, &line] {
            fs::write(&of_root, key).unwrap();
            assert_eq!(attack(&relay), BTreeSet::new(), "{user}");
            works(&stage);
        }
        do_it("ip tuntap del dev tun9 mode tun");
    }
}

/// An sshd that allows whatever it can. Its first words on a subject hold, except those of a block `Match`.
const EVERYTHING: &str = "AllowTcpForwarding yes\nAllowStreamLocalForwarding yes\nAllowAgentForwarding yes\nX11Forwarding yes\nX11UseLocalhost yes\nPermitTTY yes\nPermitTunnel yes\nGatewayPorts clientspecified\nSubsystem sftp internal-sftp\n";

/// Lets any account have the tunnel devices that it owns, as most systems do.
const DEVICES: &str = "mount -t tmpfs tmpfs /dev/net && mknod /dev/net/tun c 10 200 && chmod 666 /dev/net/tun";

/// What [`Attacker::gets`] tries.
const TRIED: [&str; 14] = [
    "a command",
    "a shell",
    "a terminal",
    "files by sftp",
    "X11",
    "an agent",
    "a UNIX socket",
    "any port",
    "another port",
    "another address",
    "a proxy for visitors",
    "connections",
    "connections by proxy",
    "a UNIX socket's service",
];

/// What needs a shell on the relay, or shows there alone.
const ON_A_SHELL: [&str; 3] = ["a command", "a shell", "an agent"];

/// All of it but what an account cannot have anyway.
fn everything(but: &[&str]) -> BTreeSet<&'static str> {
    TRIED.into_iter().filter(|tried| !but.contains(tried)).collect()
}

/// The key of a line, without its options.
fn bare(line: &str) -> String {
    line[line.find("ssh-ed25519").unwrap()..].to_owned()
}

/// The settings that relay.md asks for.
fn block(stage: &Stage) -> String {
    let page = fs::read_to_string(stage.folder().join("stage.publish/relay.md")).unwrap();
    page.split("```").nth(1).unwrap().to_owned()
}

/// The key does what it is for.
fn works(stage: &Stage) {
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert!(both_carry("127.0.0.1", stage.port("web"), stage.port("echo")));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
}

/// Somebody who has the key and tries what else it is good for. The relay's own greeting is what is fetched over a way that is
/// open.
struct Attacker<'a> {
    relay: &'a Sshd,
    key: String,
    account: String,
    /// The file that would give the account more rights.
    keys: &'a Path,
    /// Of the lab.
    planned: u16,
}

impl<'a> Attacker<'a> {
    fn new(relay: &'a Sshd, stage: &Stage, user: &str, keys: &'a Path) -> Self {
        let key = stage.home().join("key").to_str().unwrap().to_owned();
        let account = format!("{user}@{}", relay.host);
        Self { relay, key, account, keys, planned: stage.port("web") }
    }

    /// Which of [`TRIED`] work.
    fn gets(&self) -> BTreeSet<&'static str> {
        let mark = "echo MARK$((6*7)) $SSH_AUTH_SOCK";
        let of_session = |options: &[&str], refused: &str| {
            let said = self.ssh(options, &["true"]);
            !said.contains(refused) && !said.contains("open failed")
        };
        // One for each: what listened a moment ago may listen still.
        let far = free_ports(5);
        let host = &self.relay.host;
        let onwards = format!("{host}:{}", self.relay.port);
        let listens = |bind: &str| {
            let way = format!("{bind}:{onwards}");
            let client = self.client(&["-R", &way]);
            client.reached(|| connect(host, bind.rsplit_once(':').unwrap().1.parse().unwrap()), greeting)
        };
        let got = [
            self.ssh(&[], &[mark]).contains("MARK42"),
            self.ssh_says(&["-T"], &[], &format!("{mark}\n")).contains("MARK42"),
            of_session(&["-tt"], "PTY allocation request failed"),
            self.sftp(),
            of_session(&["-X"], "X11 forwarding request failed"),
            self.agent(mark),
            self.makes_a_socket(&onwards),
            self.ssh_for_a_port(&onwards),
            listens(&format!("0.0.0.0:{far}")),
            listens(&format!("127.0.0.1:{}", self.planned)),
            self.client(&["-R", &format!("0.0.0.0:{}", far + 1)]).reached(|| connect(host, far + 1), |_| true),
            self.connects(&format!("-L127.0.0.1:{}:{onwards}", far + 2), far + 2, greeting),
            self.connects(&format!("-D127.0.0.1:{}", far + 3), far + 3, |stream| {
                let [high, low] = self.relay.port.to_be_bytes();
                let mut answer = [0; 12];
                stream.write_all(&[5, 1, 0]).is_ok()
                    && stream.read_exact(&mut answer[..2]).is_ok()
                    && stream.write_all(&[5, 1, 0, 1, 127, 0, 0, 1, high, low]).is_ok()
                    && stream.read_exact(&mut answer[2..]).is_ok()
                    && greeting(stream)
            }),
            self.connects_to_a_socket(far + 4),
        ];
        TRIED.into_iter().zip(got).filter_map(|(tried, got)| got.then_some(tried)).collect()
    }

    fn options(&self) -> Vec<String> {
        ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ExitOnForwardFailure=yes"]
            .iter()
            .flat_map(|option| ["-o".to_owned(), (*option).to_owned()])
            .chain(["-F".to_owned(), "none".to_owned(), "-i".to_owned(), self.key.clone()])
            .chain(["-o".to_owned(), format!("Port={}", self.relay.port)])
            .collect()
    }

    /// What a session says.
    fn ssh(&self, options: &[&str], command: &[&str]) -> String {
        self.ssh_says(options, command, "")
    }

    fn ssh_says(&self, options: &[&str], command: &[&str], typed: &str) -> String {
        let mut child = Command::new("timeout")
            .args(["20", "ssh"])
            .args(self.options())
            .args(options)
            .arg(&self.account)
            .args(command)
            // Nobody is there: it only has to be asked for.
            .env("DISPLAY", ":77")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    }

    /// Puts a line of its own among the account's keys.
    fn sftp(&self) -> bool {
        let before = fs::read_to_string(self.keys).unwrap();
        let mine = self.relay.folder.path().join("mine");
        fs::write(&mine, "ssh-ed25519 of the attacker\n").unwrap();
        let batch = self.relay.folder.path().join("batch");
        fs::write(&batch, format!("put {} {}\n", mine.display(), self.keys.display())).unwrap();
        let _ = Command::new("timeout")
            .args(["20", "sftp", "-b", batch.to_str().unwrap()])
            .args(self.options())
            .arg(&self.account)
            .output()
            .unwrap();
        let is_written = fs::read_to_string(self.keys).unwrap().contains("attacker");
        fs::write(self.keys, before).unwrap();
        is_written
    }

    fn agent(&self, mark: &str) -> bool {
        let output = Command::new("ssh-agent")
            .args(["timeout", "20", "ssh", "-A"])
            .args(self.options())
            .args([&self.account, mark])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains("MARK42 /")
    }

    /// A client that does nothing but forward.
    fn client(&self, options: &[&str]) -> Forwarding {
        let log = self.relay.folder.path().join("attacker.log");
        let client = Command::new("ssh")
            .args(self.options())
            .args(["-v", "-N"])
            .args(options)
            .arg(&self.account)
            .stdin(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Forwarding { client, log }
    }

    fn makes_a_socket(&self, onwards: &str) -> bool {
        let socket = self.keys.with_file_name("made");
        let client = self.client(&["-R", &format!("{}:{onwards}", socket.display())]);
        let is_made = client.reached(|| UnixStream::connect(&socket).ok(), greeting);
        let _ = fs::remove_file(&socket);
        is_made
    }

    fn ssh_for_a_port(&self, onwards: &str) -> bool {
        let client = self.client(&["-R", &format!("0.0.0.0:0:{onwards}")]);
        let log = client.log.clone();
        let port = || {
            let said = fs::read_to_string(&log).unwrap();
            let port = said.split_once("Allocated port ")?.1.split(' ').next()?.parse().ok()?;
            connect(&self.relay.host, port)
        };
        client.reached(port, greeting)
    }

    fn connects(&self, option: &str, port: u16, got: impl Fn(&mut TcpStream) -> bool) -> bool {
        self.client(&[option]).reached(|| connect("127.0.0.1", port), got)
    }

    fn connects_to_a_socket(&self, port: u16) -> bool {
        let place = self.relay.folder.path().join("service");
        let _ = fs::remove_file(&place);
        let service = UnixListener::bind(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
        let answering = std::thread::spawn(move || {
            if let Ok((mut stream, _)) = service.accept() {
                let _ = stream.write_all(b"SSH-2.0-");
            }
        });
        let is_reached = self.connects(&format!("-L127.0.0.1:{port}:{}", place.display()), port, greeting);
        let _ = UnixStream::connect(&place);
        answering.join().unwrap();
        is_reached
    }

    /// Whether it gets the account's tunnel device.
    fn device(&self) -> bool {
        let mut client = self.client(&["-w", "8:9"]);
        let said = || fs::read_to_string(&client.log).unwrap();
        assert!(within(Duration::from_secs(10), || said().contains("Tunnel forwarding failed")
            || said().contains("tunnel forwarding request")
            || said().contains("Entering interactive session")));
        std::thread::sleep(Duration::from_secs(1));
        assert!(said().contains("Requesting tun"), "{}", said());
        let is_refused = said().contains("Tunnel forwarding failed");
        client.end();
        !is_refused
    }
}

struct Forwarding {
    client: Child,
    log: PathBuf,
}

impl Forwarding {
    /// Whether there is a way, and it leads where it should. A client whose wish is refused ends.
    fn reached<S>(mut self, way: impl Fn() -> Option<S>, leads: impl Fn(&mut S) -> bool) -> bool {
        let mut stream = None;
        let is_decided = within(Duration::from_secs(20), || {
            stream = way();
            stream.is_some() || self.client.try_wait().unwrap().is_some()
        });
        assert!(is_decided, "{}", fs::read_to_string(&self.log).unwrap());
        let is_reached = stream.is_some_and(|mut stream| leads(&mut stream));
        self.end();
        is_reached
    }

    fn end(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}

/// Whether an sshd, or who plays one, is at the other end.
fn greeting(stream: &mut impl Read) -> bool {
    let mut greeting = [0; 8];
    stream.read_exact(&mut greeting).is_ok() && greeting == *b"SSH-2.0-"
}

#[test]
fn tunnels_close_when_their_time_is_over() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    assert_eq!(stage.script(&["up", "--for", "10s"]).status.code(), Some(0));
    let web = stage.port("web");
    assert!(get("127.0.0.1", web).is_some());
    assert!(within(Duration::from_secs(25), || get("127.0.0.1", web).is_none()));
    stage.assert_struck();
    for no_time in ["soon", "0h", "99999999999999999999h"] {
        let said = stage.script(&["up", "--for", no_time]);
        assert_eq!(said.status.code(), Some(1));
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("--for needs a duration such as 90m, 4h, 2d, or 1h30m"), "{said}");
    }
    // Closed by hand before that: the clock goes too.
    assert_eq!(stage.script(&["up", "--for", "1h"]).status.code(), Some(0));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
}

#[test]
fn tunnels_go_through_a_proxy() {
    if sshd().is_none() {
        return;
    }
    if Command::new("tinyproxy").arg("-v").output().is_err() || Command::new("socat").arg("-V").output().is_err() {
        return skip("tinyproxy and socat are not both installed");
    }
    let relay = Sshd::new();
    let mut stage = stage(&relay);
    let proxy_port = free_ports(1);
    let config = stage.folder().join("tinyproxy.conf");
    let log = stage.folder().join("tinyproxy.log");
    fs::write(&config, format!("Port {proxy_port}\nListen 127.0.0.1\nTimeout 600\nAllow 127.0.0.1\nConnectPort {}\nLogFile \"{}\"\nLogLevel Connect\n", relay.port, log.display())).unwrap();
    let mut proxy = Command::new("tinyproxy")
        .args(["-d", "-c", config.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(within(Duration::from_secs(10), || std::net::TcpStream::connect(("127.0.0.1", proxy_port)).is_ok()));
    let url = format!("http://127.0.0.1:{proxy_port}");
    let went_through =
        |times: usize| fs::read_to_string(&log).unwrap_or_default().matches("CONNECT 127.0.0.1:").count() >= times;

    // By the environment.
    stage.variables = vec![("HTTPS_PROXY".to_owned(), url.clone())];
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let (web, echo) = (stage.port("web"), stage.port("echo"));
    assert!(both_carry("127.0.0.1", web, echo) && went_through(1));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));

    // Not where NO_PROXY says so.
    stage.variables.push(("NO_PROXY".to_owned(), "example.com, 127.0.0.1".to_owned()));
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    assert!(!went_through(2));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));

    // Compiled in.
    stage.variables.clear();
    compile(&stage, &relay, &["--proxy", &url]);
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    assert!(both_carry("127.0.0.1", web, echo) && went_through(2));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    compile(&stage, &relay, &[]);

    for (proxy, words) in [
        ("http://user:secret@127.0.0.1:1", "the proxy needs a password"),
        ("socks5://127.0.0.1:1", "ssh supports only proxies of the form http://host:port"),
    ] {
        stage.variables = vec![("HTTPS_PROXY".to_owned(), proxy.to_owned())];
        let said = stage.refusal();
        assert!(said.contains(words) && !said.contains("secret"), "{said}");
    }
    proxy.kill().unwrap();
    proxy.wait().unwrap();
}

#[test]
fn the_client_runs_in_the_foreground_too() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    let (web, echo) = (stage.port("web"), stage.port("echo"));
    let mut run = stage.start(&["run"]);
    assert!(within(Duration::from_secs(10), || both_carry("127.0.0.1", web, echo)));
    assert_eq!(stage.standings(), ["up", "up"]);
    let up = stage.script(&["up"]);
    assert!(String::from_utf8_lossy(&up.stderr).contains("the tunnels are already open (run)"), "{up:?}");
    assert!(Command::new("kill").arg(run.id().to_string()).status().unwrap().success());
    run.wait().unwrap();
    stage.assert_struck();
    // Closed from beside it, and by a terminal that goes.
    for end in ["down", "HUP"] {
        let mut run = stage.start(&["run"]);
        assert!(within(Duration::from_secs(10), || both_carry("127.0.0.1", web, echo)), "{end}");
        if end == "down" {
            assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        } else {
            assert!(Command::new("kill").args(["-HUP", &run.id().to_string()]).status().unwrap().success());
        }
        run.wait().unwrap();
        stage.assert_struck();
    }
}

#[test]
fn several_at_once_leave_nothing_behind() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    let web = stage.port("web");
    for _ in 0..3 {
        let mut ups: Vec<Child> = (0..3).map(|_| stage.start(&["up"])).collect();
        let codes: Vec<Option<i32>> = ups.iter_mut().map(|up| up.wait().unwrap().code()).collect();
        assert!(codes.contains(&Some(0)), "{codes:?}");
        assert_eq!(stage.processes().iter().filter(|process| process.contains("/config -M -S ")).count(), 1);
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        stage.assert_struck();
    }
    // down while up is at work.
    stage.stop_node("echo");
    let mut up = stage.start(&["up"]);
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    assert_ne!(up.wait().unwrap().code(), Some(0));
    stage.assert_struck();
    assert!(get("127.0.0.1", web).is_none());
}

#[test]
fn a_crash_is_cleaned_up_by_the_next_up() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    assert_eq!(stage.script(&["up", "--for", "4s"]).status.code(), Some(0));
    let supervisor = fs::read_to_string(stage.state().join("supervisor")).unwrap();
    assert!(Command::new("kill").args(["-9", supervisor.split(' ').next().unwrap()]).status().unwrap().success());
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    // The clock of the run that crashed is gone with it.
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(stage.standings(), ["up", "up"]);
    // A clock that comes later holds too.
    assert_eq!(stage.script(&["up", "--for", "02s"]).status.code(), Some(0));
    assert!(within(Duration::from_secs(10), || stage.processes().is_empty()));
    stage.assert_struck();
}

#[test]
fn what_is_open_is_not_taken_for_what_was_compiled_since() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    compile(&stage, &relay, &["--address=web=127.0.0.9"]);
    let status = stage.script(&["status"]);
    assert!(!String::from_utf8_lossy(&status.stderr).contains("still open, but"), "{status:?}");
    assert!(
        String::from_utf8_lossy(&status.stderr).contains("the lab was recompiled after its tunnels were opened"),
        "{status:?}"
    );
    // A lab of the same name in another folder neither shares nor closes them.
    let other = stage.folder().join("other");
    fs::create_dir(&other).unwrap();
    for name in ["publish.sh", "relay.ssh_config", "runtime.sh"] {
        fs::copy(stage.folder().join("stage.publish").join(name), other.join(name)).unwrap();
    }
    for verb in ["up", "down", "status", "logs"] {
        let output = Command::new("dash")
            .arg(other.join("publish.sh"))
            .arg(verb)
            .env("HOME", stage.home())
            .env_remove("XDG_STATE_HOME")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{verb}");
        assert!(
            String::from_utf8_lossy(&output.stderr)
                .contains("a lab with this name is already open from another directory"),
            "{output:?}"
        );
    }
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
}

/// A client that is started again reads what it read at `up`: what was compiled since might lead elsewhere.
#[test]
fn what_is_compiled_later_reaches_nobody_before_the_next_up() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    let (web, echo) = (stage.port("web"), stage.port("echo"));
    let file = stage.folder().join("stage.publish/relay.ssh_config");
    let compiled = fs::read_to_string(&file).unwrap();
    fs::write(&file, "Nonsense yes\n").unwrap();
    let status = stage.script(&["status"]);
    assert!(
        String::from_utf8_lossy(&status.stderr).contains("the lab was recompiled after its tunnels were opened"),
        "{status:?}"
    );
    let client = fs::read_to_string(stage.state().join("client")).unwrap();
    assert!(Command::new("kill").args(["-9", client.split(' ').next().unwrap()]).status().unwrap().success());
    let is_new = || fs::read_to_string(stage.state().join("client")).is_ok_and(|now| now != client);
    assert!(within(Duration::from_secs(10), is_new));
    assert!(within(Duration::from_secs(30), || both_carry("127.0.0.1", web, echo)), "it read what was compiled later");
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
    assert!(!stage.state().exists());
    assert_eq!(stage.script(&["up"]).status.code(), Some(1), "the next up reads it");
    fs::write(&file, compiled).unwrap();
    stage.assert_struck();
}

/// A signal, or a kill, just when what keeps the tunnels open begins: nothing goes on that `down` cannot find.
#[test]
fn a_signal_to_up_leaves_nothing_that_down_cannot_find() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    let web = stage.port("web");
    let mut signaled = 0;
    // On a busy machine many an `up` has ended before its signal: then there are more rounds.
    for round in 0..120_u64 {
        if round >= 30 && signaled > 20 {
            break;
        }
        let mut up = stage.start(&["up"]);
        let log = stage.state().join("log");
        assert!(within(Duration::from_secs(20), || log.exists() || !stage.state().exists()));
        std::thread::sleep(Duration::from_micros(round % 30 * 150));
        // The script itself, and not what started it nor what it started.
        let of_script =
            |process: &String| process.trim_end().ends_with("publish.sh up") && !process.contains(" timeout ");
        let processes = stage.processes().into_iter().filter(of_script);
        let script = processes.filter_map(|process| process.split(' ').next()?.parse::<u32>().ok()).min();
        if let Some(script) = script {
            signaled += 1;
            let signal = if round % 3 == 0 { "-KILL" } else { "-TERM" };
            let _ = Command::new("kill").args([signal, &script.to_string()]).status().unwrap();
        }
        let _ = up.wait().unwrap();
        let _ = stage.script(&["down"]);
        assert!(within(Duration::from_secs(5), || stage.processes().is_empty()), "{round}: {:?}", stage.processes());
        assert!(get("127.0.0.1", web).is_none(), "{round}: a tunnel is open");
    }
    assert!(signaled > 20, "{signaled}");
    stage.assert_struck();
}

#[test]
fn slips_of_the_hand_are_usage() {
    if sshd().is_none() {
        return;
    }
    let relay = Sshd::new();
    let stage = stage(&relay);
    for arguments in
        [&["status", "--jsom"][..], &["up", "--fro", "4h"], &["logs", "--bogus"], &["visit"], &["updown"], &[]]
    {
        assert_eq!(stage.script(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let logs = stage.script(&["logs", "nothing"]);
    assert!(
        logs.status.code() == Some(1)
            && String::from_utf8_lossy(&logs.stderr).contains("no node or socket is named nothing")
    );
}
