//! What goes wrong while tunnels stand: with a relay, the way to it, a client, a node, the clock, or a hand too many. Of every
//! fault a line is printed, into faults.txt too, which `.ci/run` shows. After each the tunnels must be back within thirty
//! seconds; at no time may a port lead to the wrong node; what `status` says must be so; nothing may be left after `down`.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::providers::{bore, frp, ssh as relay};
use crate::support::stage::{Stage, connect, get, within};
use crate::support::{anew, cases, keep, skip};

/// How soon all is well again after a fault.
const SOON: Duration = Duration::from_secs(30);
/// How long a fault may go unnoticed by `status`.
const NOTICED: Duration = Duration::from_secs(25);

/// A relay of a kind.
pub(crate) trait Relay {
    fn provider(&self) -> &'static str;
    /// Where its ports are reached.
    fn host(&self) -> &str;
    fn start(&mut self);
    /// Ends it, as a machine that loses its power.
    fn kill(&mut self);
    /// The processes that it is made of.
    fn processes(&self) -> Vec<u32>;
    /// Prepares a stage for it and compiles its lab, whose sockets have ports from an offset on.
    fn compile(&self, stage: &Stage, offset: u16);
}

/// A lab that stands: three pages, each of which says its node's name, and an echo.
pub(super) struct Scene {
    pub(super) relay: Box<dyn Relay>,
    pub(super) stage: Stage,
    /// Nodes and their ports outside.
    pub(super) ports: Vec<(&'static str, u16)>,
}

pub(super) const PAGES: [(&str, &str); 3] = [("web", "127.0.0.2"), ("shop", "127.0.0.3"), ("wiki", "127.0.0.4")];

impl Scene {
    pub(super) fn new(relay: Box<dyn Relay>) -> Self {
        let mut stage = Stage::new();
        for (name, address) in PAGES {
            // By port, which every relay gives.
            stage.node(name, address, "tcp");
        }
        stage.node("echo", "127.0.0.5", "tcp");
        relay.compile(&stage, 0);
        let ports = ["web", "shop", "wiki", "echo"].map(|node| (node, stage.port(node))).to_vec();
        Self { relay, stage, ports }
    }

    fn up(&self) {
        let up = self.stage.script(&["up"]);
        assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    }

    pub(super) fn down(&self) {
        assert_eq!(self.stage.script(&["down"]).status.code(), Some(0));
        self.stage.assert_struck();
        assert!(
            within(Duration::from_secs(5), || self.ports.iter().all(|(_, port)| self.is_closed(*port))),
            "a port is left"
        );
    }

    fn is_closed(&self, port: u16) -> bool {
        TcpStream::connect((self.relay.host(), port)).is_err()
    }

    /// Whether every port leads to its node.
    fn carries(&self) -> bool {
        let host = self.relay.host();
        self.ports.iter().all(|(node, port)| match *node {
            "echo" => says(host, *port, "to and fro"),
            page => get(host, *port).as_deref() == Some(page),
        })
    }

    fn stands(&self) -> bool {
        self.stage.standings().iter().all(|standing| standing == "up")
    }

    /// How long until all is well again.
    fn back(&self, fault: &str) -> f32 {
        let start = Instant::now();
        let is_back = within(SOON, || self.carries());
        let time = start.elapsed().as_secs_f32();
        assert!(is_back, "{fault}: not back after {time} s; {:?}\n{}", self.stage.standings(), self.log());
        assert!(
            within(Duration::from_secs(10), || self.stands()),
            "{fault}: {:?}\n{}",
            self.stage.standings(),
            self.log()
        );
        time
    }

    /// How long until `status` says of every socket that it is not up.
    fn noticed(&self, fault: &str) -> f32 {
        let start = Instant::now();
        let is_noticed = within(NOTICED, || self.stage.standings().iter().all(|standing| standing != "up"));
        assert!(is_noticed, "{fault}: {:?}\n{}", self.stage.standings(), self.log());
        start.elapsed().as_secs_f32()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.stage.state().join("log")).unwrap_or_default()
    }

    /// The process that the script keeps running.
    fn client(&self) -> String {
        let client = fs::read_to_string(self.stage.state().join("client")).unwrap();
        client.split(' ').next().unwrap().to_owned()
    }

    fn tell(&self, fault: &str, seen: &str) {
        keep("faults.txt", &format!("FAULT {}, {fault}: {seen}\n", self.relay.provider()));
    }
}

/// Asks every page for its name all the time; a wrong name is remembered.
struct Witness {
    is_over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<(usize, Vec<String>)>>,
}

impl Witness {
    fn of(scene: &Scene) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, host) = (Arc::clone(&is_over), scene.relay.host().to_owned());
        let pages: Vec<_> = scene.ports.iter().filter(|(node, _)| *node != "echo").copied().collect();
        let thread = std::thread::spawn(move || {
            let (mut right, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::Relaxed) {
                for (page, port) in &pages {
                    match get(&host, *port).as_deref() {
                        Some(name) if name == *page => right += 1,
                        // What was cut off names nobody.
                        Some(name) if !page.starts_with(name) => wrong.push(format!("{page} was {name}")),
                        _ => {}
                    }
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            (right, wrong)
        });
        Self { is_over, thread: Some(thread) }
    }

    /// Ends it: how often it got the right answer. It never got a wrong one.
    fn end(mut self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        let (right, wrong) = self.thread.take().unwrap().join().unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(right > 0);
        right
    }
}

/// Whether an echo server says a word again.
fn says(host: &str, port: u16, word: &str) -> bool {
    connect(host, port).is_some_and(|mut stream| answers(&mut stream, word))
}

fn answers(stream: &mut TcpStream, word: &str) -> bool {
    let mut answer = vec![0; word.len()];
    stream.write_all(word.as_bytes()).is_ok() && stream.read_exact(&mut answer).is_ok() && answer == word.as_bytes()
}

fn signal(name: &str, processes: &[u32]) {
    for process in processes {
        let _ = Command::new("kill").args([name, &process.to_string()]).stderr(Stdio::null()).status();
    }
}

/// All that can happen to what stands, one after the other.
fn endure(relay: Box<dyn Relay>) {
    let mut scene = Scene::new(relay);
    scene.up();
    assert!(scene.carries());
    let witness = Witness::of(&scene);

    scene.relay.kill();
    let noticed = scene.noticed("relay killed");
    scene.relay.start();
    let back = scene.back("relay restarted");
    scene.tell(
        "relay killed and restarted",
        &format!("status said so after {noticed:.0} s; back {back:.0} s after the start"),
    );

    let frozen = scene.relay.processes();
    signal("-STOP", &frozen);
    let start = Instant::now();
    let noticed = scene.noticed("relay frozen");
    std::thread::sleep(Duration::from_secs(60).saturating_sub(start.elapsed()));
    assert!(scene.stage.standings().iter().all(|standing| standing != "up"), "the relay is frozen still");
    signal("-CONT", &frozen);
    let back = scene.back("relay frozen for a minute");
    scene.tell(
        "relay frozen for a minute",
        &format!("status said so after {noticed:.0} s; back {back:.0} s after its end"),
    );

    let client = scene.client();
    assert!(Command::new("kill").args(["-9", &client]).status().unwrap().success());
    assert!(within(SOON, || scene.client() != client), "the client was killed");
    let back = scene.back("client killed");
    scene.tell("client killed", &format!("another runs, back {back:.0} s later"));

    scene.stage.stop_node("shop");
    assert!(within(SOON, || get(scene.relay.host(), scene.ports[1].1).is_none()));
    assert_eq!(scene.stage.standings(), ["up", "node does not answer", "up", "up"]);
    scene.stage.restart_node("shop");
    let back = scene.back("node restarted");
    scene.tell("node restarted on the same address", &format!("status said which; back {back:.0} s after its start"));

    let right = witness.end();
    scene.down();
    scene.tell(
        "all of these",
        &format!("{right} pages asked for meanwhile, none from the wrong node; nothing left after down"),
    );
}

/// What two hands do at once.
fn jostle(relay: Box<dyn Relay>) {
    let scene = Scene::new(relay);
    let mut ups: Vec<_> = (0..2).map(|_| scene.stage.start(&["up"])).collect();
    let codes: Vec<Option<i32>> = ups.iter_mut().map(|up| up.wait().unwrap().code()).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(within(Duration::from_secs(10), || scene.stands() && scene.carries()));
    let processes = || scene.stage.processes().iter().filter(|process| process.contains("publish.sh up")).count();
    let of_two = processes();
    scene.down();
    scene.up();
    assert!(within(Duration::from_secs(5), || processes() == of_two), "{of_two} of two, {} of one", processes());
    scene.down();
    scene.tell(
        "up twice at once",
        &format!(
            "exit codes {codes:?}, the same processes as after one up ({of_two} of the script); nothing left after down"
        ),
    );

    let mut ends = Vec::new();
    for pause in [50, 400, 900, 1_500] {
        let mut up = scene.stage.start(&["up"]);
        std::thread::sleep(Duration::from_millis(pause));
        let down = scene.stage.script(&["down"]);
        assert_eq!(down.status.code(), Some(0), "after {pause} ms: {}", String::from_utf8_lossy(&down.stderr));
        ends.push(up.wait().unwrap().code());
        // Whichever came first, a second one ends what is left.
        scene.down();
    }
    scene.tell("down during up", &format!("up ended with {ends:?}; nothing left"));
}

/// Five ports are wanted and one is not to be had.
fn refuse_one(relay: Box<dyn Relay>) {
    let mut scene = Scene::new(relay);
    scene.stage.node("fifth", "127.0.0.6", "tcp");
    scene.relay.compile(&scene.stage, 0);
    scene.ports = ["web", "shop", "wiki", "echo", "fifth"].map(|node| (node, scene.stage.port(node))).to_vec();
    let (_, wanted) = scene.ports[2];
    let taken = TcpListener::bind(("0.0.0.0", wanted)).unwrap();
    let said = scene.stage.refusal();
    assert!(said.contains("already in use") && said.contains(&wanted.to_string()), "{said}");
    let others = || scene.ports.iter().filter(|(_, port)| *port != wanted);
    assert!(within(Duration::from_secs(5), || others().all(|(_, port)| scene.is_closed(*port))));
    drop(taken);
    scene.up();
    assert!(scene.stands());
    scene.down();
    scene.tell(
        "relay refuses one of five ports",
        "up named it and left none of the others open; with the port free all five stood",
    );
}

/// Much through one tunnel while another is torn down.
fn burden(relay: Box<dyn Relay>) {
    const CONNECTIONS: usize = 200;
    let scene = Scene::new(relay);
    scene.up();
    let mut other = Stage::new();
    other.node("other", "127.0.0.7", "http");
    scene.relay.compile(&other, 10);
    let up = other.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let other_port = other.port("other");
    assert_eq!(get(scene.relay.host(), other_port).as_deref(), Some("other"));

    let (host, port) = (scene.relay.host().to_owned(), scene.ports[3].1);
    let mut held: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&host, port).unwrap()).collect();
    let all_say = |held: &mut Vec<TcpStream>, word: &str| held.iter_mut().all(|stream| answers(stream, word));
    assert!(all_say(&mut held, "before"));
    let start = Instant::now();
    let blocks: u32 = cases(1 << 10);
    let carrying = std::thread::spawn({
        let host = host.clone();
        move || carry(&host, port, blocks)
    });
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(other.script(&["down"]).status.code(), Some(0));
    let is_during = !carrying.is_finished();
    other.assert_struck();
    assert!(within(Duration::from_secs(5), || scene.is_closed(other_port)));
    let (sent, received) = carrying.join().unwrap();
    assert_eq!(sent, received);
    let seconds = start.elapsed().as_secs_f32();
    assert!(all_say(&mut held, "after"));
    drop(held);
    assert!(is_during, "the other tunnel went while this one carried");
    scene.down();
    scene.tell(
        &format!("200 connections held and {blocks} MiB while another tunnel is torn down"),
        &format!("same checksum both ways ({received:016x}) after {seconds:.0} s, every connection answers still; nothing left after down"),
    );
}

/// Sends so many blocks of 1 MiB to an echo and gives the checksums of what went and of what came back.
fn carry(host: &str, port: u16, blocks: u32) -> (u64, u64) {
    const BLOCK: usize = 1 << 20;
    let mut stream = TcpStream::connect((host, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || {
        let mut sum = Sum::default();
        for number in 0..blocks {
            let block: Vec<u8> = number.to_le_bytes().repeat(BLOCK / 4);
            sum.add(&block);
            writer.write_all(&block).unwrap();
        }
        sum.0
    });
    let mut sum = Sum::default();
    let mut block = vec![0; BLOCK];
    for _ in 0..blocks {
        stream.read_exact(&mut block).unwrap();
        sum.add(&block);
    }
    (writing.join().unwrap(), sum.0)
}

/// A checksum of blocks: the order counts (a multiplication for each word of eight bytes).
#[derive(Default)]
struct Sum(u64);

impl Sum {
    fn add(&mut self, block: &[u8]) {
        for word in block.as_chunks::<8>().0 {
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

/// The clock is put forward and back while the tunnels stand.
fn jump(relay: Box<dyn Relay>) {
    let libraries = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let library = libraries
        .map(|folder| PathBuf::from(folder).join("faketime/libfaketime.so.1"))
        .into_iter()
        .find(|path| path.exists());
    let Some(library) = library else { return skip("faketime is not installed") };
    let mut scene = Scene::new(relay);
    let clock = scene.stage.folder().join("clock");
    let put = |offset: &str| fs::write(&clock, format!("{offset}\n")).unwrap();
    put("+0");
    scene.stage.variables.extend([
        ("LD_PRELOAD".to_owned(), library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE".to_owned(), clock.display().to_string()),
        ("FAKETIME_NO_CACHE".to_owned(), "1".to_owned()),
        // The clock that only counts seconds never jumps; older releases have the second name.
        ("FAKETIME_DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()),
        ("DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()),
    ]);
    let up = scene.stage.script(&["up", "--for", "2h"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let witness = Witness::of(&scene);
    let mut seen = Vec::new();
    for (offset, name) in [("+3h", "three hours ahead"), ("-26h", "a day behind"), ("+0", "right again")] {
        put(offset);
        let back = scene.back(name);
        seen.push(format!("{name}: up, {back:.0} s"));
    }
    // The client starts again in another time than it began in.
    put("-3h");
    let client = scene.client();
    assert!(Command::new("kill").args(["-9", &client]).status().unwrap().success());
    assert!(within(SOON, || scene.client() != client));
    let back = scene.back("client killed in another time");
    seen.push(format!("client killed then: back {back:.0} s"));
    witness.end();
    scene.down();
    scene.tell("clock jump", &format!("{}; nothing left after down", seen.join(", ")));
}

/// The way to the relay is cut and healed. In a network of its own: the test begins itself anew in there.
fn cut(name: &str, relay_in: impl Fn(u32, &str) -> Option<Box<dyn Relay>>) {
    let has_all =
        ["ip", "unshare", "nsenter"].iter().all(|program| Command::new(program).arg("--version").output().is_ok());
    let may = has_all && Command::new("unshare").args(["--net", "true"]).status().is_ok_and(|status| status.success());
    if !may {
        return skip("no network namespace can be made here");
    }
    if std::env::var_os("INSIDE").is_none() {
        return anew(Command::new("unshare").arg("--net"), name);
    }
    let ip = |arguments: &str| {
        let status = Command::new("ip").args(arguments.split(' ')).status().unwrap();
        assert!(status.success(), "ip {arguments}");
    };
    let far = Far(Command::new("unshare").args(["--net", "sleep", "600"]).spawn().unwrap());
    // It has its network as soon as it is no longer in this one.
    let network = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
    assert!(within(Duration::from_secs(5), || network(&far.0.id().to_string()) != network("self")));
    let there = far.0.id().to_string();
    ip("link set lo up");
    ip(&format!("link add here type veth peer name there netns {there}"));
    ip("addr add 10.9.8.1/24 dev here");
    ip("link set here up");
    let ip_there = |arguments: &str| {
        let status =
            Command::new("nsenter").args(["-t", &there, "-n", "ip"]).args(arguments.split(' ')).status().unwrap();
        assert!(status.success(), "ip {arguments}");
    };
    for arguments in ["link set lo up", "addr add 10.9.8.2/24 dev there", "link set there up"] {
        ip_there(arguments);
    }
    if let Some(relay) = relay_in(far.0.id(), "10.9.8.2") {
        let scene = Scene::new(relay);
        scene.up();
        assert!(scene.carries());
        let witness = Witness::of(&scene);
        ip_there("link set there down");
        let start = Instant::now();
        let noticed = scene.noticed("network cut");
        std::thread::sleep(Duration::from_secs(60).saturating_sub(start.elapsed()));
        assert!(scene.stage.standings().iter().all(|standing| standing != "up"), "the network is cut still");
        ip_there("link set there up");
        let back = scene.back("network healed");
        witness.end();
        scene.down();
        scene.tell(
            "network cut for a minute and healed",
            &format!("status said so after {noticed:.0} s; back {back:.0} s after its end; nothing left after down"),
        );
    }
}

/// The process that holds the network of the relay; it ends with the test, however that ends.
struct Far(Child);

impl Drop for Far {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn ssh_endures() {
    if let Some(relay) = relay::boxed() {
        endure(relay);
    }
}

#[test]
fn bore_endures() {
    if let Some(relay) = bore::boxed() {
        endure(relay);
    }
}

#[test]
fn frp_endures() {
    if let Some(relay) = frp::boxed() {
        endure(relay);
    }
}

#[test]
fn ssh_carries_a_burden_and_two_hands() {
    for fault in [burden, jostle, refuse_one, jump] {
        let Some(relay) = relay::boxed() else { return };
        fault(relay);
    }
}

#[test]
fn bore_carries_a_burden_and_two_hands() {
    for fault in [burden, jostle, refuse_one, jump] {
        let Some(relay) = bore::boxed() else { return };
        fault(relay);
    }
}

#[test]
fn ssh_heals() {
    cut("providers::faults::ssh_heals", |process, address| {
        relay::sshd()?;
        Some(Box::new(relay::Sshd::at(address, Some(process))))
    });
}

#[test]
fn bore_heals() {
    cut("providers::faults::bore_heals", |process, address| {
        Some(Box::new(bore::Relay::at(address.to_owned(), Some("t0ken/9"), Some(process))?))
    });
}
