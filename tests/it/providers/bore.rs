//! bore, end to end on loopback: its real server as relay, real services as nodes, the generated script between them.

use std::fs;
use std::ops::RangeInclusive;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::providers::faults;
use crate::support::stage::{Stage, both_carry, end, family, free_ports, get, in_network, within};
use crate::support::{program, skip};

/// A server with an address of its own: its port for clients cannot be chosen.
pub(crate) struct Relay {
    program: String,
    address: String,
    /// The ports that its tunnels may have.
    ports: RangeInclusive<u16>,
    secret: Option<&'static str>,
    /// A process in whose network it is, where that is not the test's.
    network: Option<u32>,
    server: Option<Child>,
}

impl Relay {
    /// One with a secret; none where bore is not installed, which is said.
    pub(crate) fn new() -> Option<Self> {
        Self::with(Some("t0ken/9"))
    }

    fn with(secret: Option<&'static str>) -> Option<Self> {
        static GIVEN: AtomicU8 = AtomicU8::new(1);
        // Test runs side by side are on different networks.
        let network = std::process::id() % 200 + 1;
        Self::at(format!("127.35.{network}.{}", GIVEN.fetch_add(1, Ordering::Relaxed)), secret, None)
    }

    pub(crate) fn at(address: String, secret: Option<&'static str>, network: Option<u32>) -> Option<Self> {
        let program = program("bore", "BORE", &["--version"])?;
        if Command::new("dash").args(["-c", "command -v nc"]).output().is_ok_and(|output| !output.status.success()) {
            skip("dash and nc are not both installed");
            return None;
        }
        let first = free_ports(20);
        let mut relay = Self { program, address, ports: first..=first + 19, secret, network, server: None };
        relay.start();
        Some(relay)
    }

    /// The same with so many ports.
    pub(crate) fn with_ports(mut self, count: u16) -> Self {
        end(&mut self.server);
        let first = free_ports(count);
        self.ports = first..=first + count - 1;
        self.start();
        self
    }

    /// The same with these ports.
    pub(crate) fn with_ports_from(mut self, ports: RangeInclusive<u16>) -> Self {
        end(&mut self.server);
        self.ports = ports;
        self.start();
        self
    }

    /// All of them, for `--relay-ports`.
    pub(crate) fn range(&self) -> String {
        format!("{}-{}", self.ports.start(), self.ports.end())
    }

    /// The keys of a publish-plan.toml about it, each in a line.
    pub(crate) fn settings(&self) -> String {
        format!("address = \"{}\"\nports = \"{}\"\n", self.address, self.range())
    }

    /// Where visitors reach it.
    pub(crate) fn host(&self) -> &str {
        &self.address
    }

    /// Ends it.
    pub(crate) fn kill(&mut self) {
        end(&mut self.server);
    }

    pub(crate) fn start(&mut self) {
        let server = in_network(self.network, &self.program)
            .args(["server", "--bind-addr", &self.address])
            .args(["--min-port", &self.ports.start().to_string(), "--max-port", &self.ports.end().to_string()])
            .env_remove("BORE_SECRET")
            .envs(self.secret.map(|secret| ("BORE_SECRET", secret)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.server = Some(server);
        let connects = || std::net::TcpStream::connect((self.address.as_str(), 7835)).is_ok();
        assert!(within(Duration::from_secs(10), connects));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

/// One for tests that take any kind of relay; none where bore is not installed.
pub(crate) fn boxed() -> Option<Box<dyn faults::Relay>> {
    Some(Box::new(Relay::new()?))
}

impl faults::Relay for Relay {
    fn provider(&self) -> &'static str {
        "bore"
    }

    fn host(&self) -> &str {
        &self.address
    }

    fn start(&mut self) {
        Relay::start(self);
    }

    fn kill(&mut self) {
        end(&mut self.server);
    }

    fn processes(&self) -> Vec<u32> {
        self.server.as_ref().map(|server| family(server.id())).unwrap_or_default()
    }

    fn compile(&self, stage: &Stage, offset: u16) {
        prepare(stage, self);
        let first = self.ports.start() + offset;
        compile(stage, self, &["--secret", "~/secret", "--relay-ports", &format!("{first}-{}", first + 9)]);
    }
}

/// The client, and the relay's secret.
pub(crate) fn prepare(stage: &Stage, relay: &Relay) {
    stage.stand_in("bore", &format!("echo \"$@\" >>\"$LOG\"\nexec '{}' \"$@\"\n", relay.program));
    stage.secret("secret", "t0ken/9\n");
}

/// A stage with a web and an echo node, and the relay's secret.
pub(crate) fn stage(relay: &Relay) -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    prepare(&stage, relay);
    compile(&stage, relay, &["--secret", "~/secret"]);
    stage
}

pub(crate) fn compile(stage: &Stage, relay: &Relay, arguments: &[&str]) {
    let ports = format!("{}-{}", relay.ports.start(), relay.ports.start() + 9);
    let mut all = [&["--force", "--relay", &relay.address], arguments].concat();
    if !arguments.contains(&"--relay-ports") {
        all.extend(["--relay-ports", &ports]);
    }
    stage.compile("bore", "", &all);
}

#[test]
fn tunnels_stand_until_they_are_closed() {
    let Some(relay) = Relay::new() else { return };
    for shell in [&["dash"][..], &["busybox", "sh"], &["bash"]] {
        let mut stage = stage(&relay);
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        let up = stage.script(&["up"]);
        assert_eq!(up.status.code(), Some(0), "{shell:?}: {}", String::from_utf8_lossy(&up.stderr));
        let (web, echo) = (stage.port("web"), stage.port("echo"));
        assert!(both_carry(&relay.address, web, echo), "{shell:?}");

        // A client a socket, and the secret in no argument.
        let processes = stage.processes();
        let clients = processes.iter().filter(|process| process.contains(" local ")).count();
        assert_eq!(clients, 2, "{processes:?}");
        assert!(processes.iter().all(|process| !process.contains("t0ken")), "{processes:?}");

        let visit = stage.script(&["visit", &stage.socket("web", true)]);
        let expected = format!("http://{}:{web}/\n# anyone on the Internet\n", relay.address);
        assert_eq!(String::from_utf8_lossy(&visit.stdout), expected, "{shell:?}");
        let logs = stage.script(&["logs", &stage.socket("echo", true)]);
        assert!(String::from_utf8_lossy(&logs.stdout).contains(&format!("remote_port={echo}")), "{logs:?}");
        stage.stop_node("echo");
        assert_eq!(stage.standings(), ["up", "node does not answer"], "{shell:?}");
        assert_eq!(stage.script(&["down"]).status.code(), Some(0), "{shell:?}");
        stage.assert_struck();
        assert!(get(&relay.address, web).is_none(), "{shell:?}: the port is still open");
    }
}

#[test]
fn tunnels_come_back_by_themselves() {
    let Some(mut relay) = Relay::new() else { return };
    let stage = stage(&relay);
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
    let (web, echo) = (stage.port("web"), stage.port("echo"));
    end(&mut relay.server);
    assert!(within(Duration::from_secs(5), || stage.standings().iter().all(|standing| standing != "up")));
    relay.start();
    assert!(within(Duration::from_secs(30), || both_carry(&relay.address, web, echo)), "the relay is back");
    assert!(within(Duration::from_secs(5), || stage.standings() == ["up", "up"]));

    let clients = stage.processes();
    let client = clients.iter().find(|process| process.contains(" local ")).unwrap();
    assert!(Command::new("kill").args(["-9", client.split(' ').next().unwrap()]).status().unwrap().success());
    assert!(within(Duration::from_secs(5), || !stage.processes().contains(client)));
    let stands = || stage.standings() == ["up", "up"] && both_carry(&relay.address, web, echo);
    assert!(within(Duration::from_secs(30), stands), "a client was killed");
    let clients = stage.processes().iter().filter(|process| process.contains(" local ")).count();
    assert_eq!(clients, 2, "no client is left over");

    // What keeps them is killed: they go on, and it is all the same who of it notices first.
    for then_down in [false, true] {
        let keeper = fs::read_to_string(stage.state().join("client")).unwrap();
        assert!(Command::new("kill").args(["-9", keeper.split(' ').next().unwrap()]).status().unwrap().success());
        if then_down {
            assert_eq!(stage.script(&["down"]).status.code(), Some(0));
            stage.assert_struck();
            assert!(within(Duration::from_secs(3), || get(&relay.address, web).is_none()), "a client went on");
        } else {
            let is_new = || fs::read_to_string(stage.state().join("client")).is_ok_and(|client| client != keeper);
            assert!(within(Duration::from_secs(10), is_new));
            assert!(within(Duration::from_secs(30), stands), "those of before gave their ports back");
            assert_eq!(stage.processes().iter().filter(|process| process.contains(" local ")).count(), 2);
        }
    }
    // The relay has the ports of a moment ago back in time.
    for _ in 0..3 {
        let up = stage.script(&["up"]);
        assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    }
    stage.assert_struck();
}

#[test]
fn what_stands_in_the_way_is_said_in_a_sentence() {
    let Some(mut relay) = Relay::new() else { return };
    let stage = stage(&relay);
    let web = stage.port("web");
    let says = |words: &str| {
        let said = stage.refusal();
        assert!(said.contains(words) && !said.contains("t0ken"), "{said}");
    };
    let taken = std::net::TcpListener::bind((relay.address.as_str(), web)).unwrap();
    says(&format!("the relay port for {} is already in use: {web}", stage.socket("web", true)));
    drop(taken);

    let secret = stage.secret("secret", "t0ken/8");
    says("the relay rejected the secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    says("the relay secret is accessible to other users; run: chmod 600");
    fs::remove_file(&secret).unwrap();
    says("the relay secret is missing");
    compile(&stage, &relay, &[]);
    says("the relay requires a secret; compile with --secret FILE, or set BORE_SECRET");
    stage.secret("secret", "t0ken/9");
    compile(&stage, &relay, &["--relay-ports", "19000-19009", "--secret", "~/secret"]);
    says("the relay does not allow the port for");
    compile(&stage, &relay, &["--secret", "~/secret"]);
    stage.stop_node("echo");
    says("no answer from 127.0.0.3:");
    end(&mut relay.server);
    let said = stage.refusal();
    assert!(said.contains("no answer from") || said.contains("cannot connect to the relay:"), "{said}");
}

#[test]
fn the_secret_comes_from_the_environment_too_and_time_ends_it() {
    let Some(relay) = Relay::new() else { return };
    let mut stage = stage(&relay);
    compile(&stage, &relay, &[]);
    stage.variables = vec![
        ("BORE_SECRET".to_owned(), "t0ken/9".to_owned()),
        ("HTTPS_PROXY".to_owned(), "http://127.0.0.1:1".to_owned()),
    ];
    let up = stage.script(&["up", "--for", "10s"]);
    let said = String::from_utf8_lossy(&up.stderr).into_owned();
    assert_eq!(up.status.code(), Some(0), "{said}");
    assert!(said.contains("bore does not support proxies"), "{said}");
    let web = stage.port("web");
    assert!(get(&relay.address, web).is_some());
    assert!(within(Duration::from_secs(25), || get(&relay.address, web).is_none()));
    stage.assert_struck();

    let mut run = stage.start(&["run"]);
    assert!(within(Duration::from_secs(10), || get(&relay.address, web).is_some()));
    // It asks the relay whether it is there, and leaves nothing of that.
    assert!(within(Duration::from_secs(10), || stage.state().join("question").exists()));
    assert!(Command::new("kill").arg(run.id().to_string()).status().unwrap().success());
    run.wait().unwrap();
    stage.assert_struck();
    assert!(get(&relay.address, web).is_none());
}

#[test]
fn a_relay_may_have_no_secret() {
    let Some(relay) = Relay::with(None) else { return };
    let stage = stage(&relay);
    compile(&stage, &relay, &[]);
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert!(both_carry(&relay.address, stage.port("web"), stage.port("echo")));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
}
