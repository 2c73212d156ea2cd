//! The lab changes while people are in: who loses something is out, and nobody else notices.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::stage::{Gateway, Identity, install_killed, told};
use super::wires::{Forwards, Socket};
use crate::support::stage::within;

const WEB: &str = "https://web-3000.lab.test/";
const OTHER: &str = "https://other-3001.lab.test/";
const SIGN: &str = "https://ssh.lab.test/";
const BOB: &str = "bob@somedomain.com";
const CAROL: &str = "carol@nokia.com.evil.org";

/// A person who holds a web socket of a page and a forwarded port open.
struct Visitor {
    name: &'static str,
    socket: Socket,
    key: PathBuf,
    forwards: Forwards,
    stream: TcpStream,
}

impl Visitor {
    /// At a page, and at a port of the gateway, through a port of this machine.
    fn comes(gateway: &Gateway, name: &'static str, url: &str, port: u16, local: u16) -> Self {
        assert!(gateway.login(name, url).sent().is_some(), "{name} at {url}");
        let page = url.trim_start_matches("https://").trim_end_matches('/');
        let socket = Socket::open(page, &format!("Cookie: {}\r\n", gateway.session(name)));
        let key = gateway.key(name);
        let (forwards, stream) = forward(gateway, &key, port, local);
        Self { name, socket, key, forwards, stream }
    }

    fn has_port(&mut self) -> bool {
        echoes(&mut self.stream)
    }
}

fn forward(gateway: &Gateway, key: &Path, port: u16, local: u16) -> (Forwards, TcpStream) {
    let forwards = gateway.forwards(key, local, &[format!("-L{local}:127.0.0.1:{port}")]).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", local)).unwrap();
    assert!(echoes(&mut stream), "{port}");
    (forwards, stream)
}

/// Whether a node behind a connection answers.
fn echoes(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let text = b"is anybody there?\n";
    if stream.write_all(text).is_err() {
        return false;
    }
    let mut said = Vec::new();
    let mut buffer = [0; 512];
    while !said.ends_with(text) {
        match stream.read(&mut buffer) {
            Ok(length @ 1..) => said.extend(&buffer[..length]),
            _ => return false,
        }
    }
    true
}

/// Apache's main process, and how often sshd was told to read its files again.
fn servers() -> (String, usize) {
    let apache = fs::read_to_string("/run/apache2/apache2.pid").unwrap();
    let sshd = fs::read_to_string("/var/log/sshd.log").unwrap();
    (apache, sshd.matches("Received SIGHUP").count())
}

fn install(gateway: &Gateway, arguments: &[&str]) -> String {
    if arguments.is_empty() {
        gateway.compile(&[]);
    }
    let output = gateway.install(arguments);
    assert!(output.status.success(), "{}", told(&output));
    told(&output)
}

/// What people gain and lose by an installation, as it tells the administrator.
fn changes_told(said: &str) -> Vec<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("install.sh:   "));
    lines.filter(|line| line.starts_with("gain: ") || line.starts_with("lose: ")).map(str::to_owned).collect()
}

/// Whether somebody gets to a port. Who has just been put out comes again.
fn reaches(gateway: &Gateway, key: &Path, port: u16, node: &str) -> bool {
    gateway.reach(key, port).as_deref() == Ok(node)
}

fn start() -> Option<Gateway> {
    let mut gateway = Gateway::start(Identity::Mock)?;
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.node("other", "http/3001/nokia.com,bob@somedomain.com");
    gateway.node("r1", "tcp/2022/alice@nokia.com,bob@somedomain.com");
    gateway.node("r2", "tcp/57400/nokia.com");
    gateway.node("r3", "tcp/2023/alice@nokia.com");
    gateway.run_nodes();
    // It comes later.
    gateway.change("r3", "");
    install(&gateway, &[]);
    gateway.up();
    Some(gateway)
}

#[test]
fn who_loses_something_is_out_and_nobody_else_is() {
    let Some(mut gateway) = start() else { return };
    let (r1, r2) = (gateway.port("r1"), gateway.port("r2"));
    let mut alice = Visitor::comes(&gateway, "alice", OTHER, r2, 30_801);
    let mut bob = Visitor::comes(&gateway, "bob", WEB, r1, 30_802);
    assert!(gateway.login("carol", WEB).is_refusal());
    widened(&mut gateway, &mut [&mut alice, &mut bob]);
    extended(&mut gateway, &mut [&mut alice, &mut bob]);

    // Bob loses the page and the port.
    gateway.change("web", "http/3000/nokia.com,carol@nokia.com.evil.org");
    gateway.change("r1", "tcp/2022/alice@nokia.com,carol@nokia.com.evil.org");
    gateway.compile(&[]);
    let would = gateway.install(&["--check"]);
    assert_eq!(would.status.code(), Some(1));
    let told_before = changes_told(&told(&would));
    assert_eq!(
        told_before,
        [
            format!("lose: https://web-3000.lab.test: {BOB}"),
            format!("lose: port {r1}, with a certificate for ssh: {BOB}"),
        ]
    );
    install_killed(&gateway.compiled("gateway"));
    assert!(gateway.get(Some("bob"), WEB, &[]).is_of("web"), "Apache does not know it yet");
    install(&gateway, &[]);
    assert!(bob.socket.is_over() && bob.forwards.are_over() && !bob.has_port(), "{} is out", bob.name);
    assert!(gateway.get(Some("bob"), WEB, &[]).is_refusal());
    assert!(gateway.get(Some("bob"), SIGN, &[]).is_refusal());
    assert!(gateway.reach(&bob.key, r1).unwrap_err().contains("Permission denied"));
    // What he has not lost, and what the others have, is there.
    // The tunnel was ended too, because one installation was killed, and comes back.
    assert!(within(Duration::from_secs(20), || gateway.get(Some("bob"), OTHER, &[]).is_of("other")));
    for (person, url, node) in [("alice", OTHER, "other"), ("alice", WEB, "web"), ("carol", WEB, "web")] {
        assert!(gateway.get(Some(person), url, &[]).is_of(node), "{person} at {url}");
    }
    assert!(reaches(&gateway, &alice.key, r1, "r1") && reaches(&gateway, &alice.key, r2, "r2"));
}

#[test]
fn who_is_revoked_is_out_and_a_page_that_is_gone_answers_nobody() {
    let Some(mut gateway) = start() else { return };
    let r2 = gateway.port("r2");
    let alice = Visitor::comes(&gateway, "alice", OTHER, r2, 30_801);
    assert!(gateway.login("bob", OTHER).is_of("other"));
    let alice = revoked(&gateway, alice, r2);
    removed(&mut gateway, &alice);
}

/// Somebody gets more: nothing ends.
fn widened(gateway: &mut Gateway, visitors: &mut [&mut Visitor]) {
    let before = servers();
    gateway.change("web", "http/3000/nokia.com,bob@somedomain.com,carol@nokia.com.evil.org");
    gateway.change("r1", "tcp/2022/alice@nokia.com,bob@somedomain.com,carol@nokia.com.evil.org");
    let said = install(gateway, &[]);
    let r1 = gateway.port("r1");
    assert_eq!(
        changes_told(&said),
        [
            format!("gain: https://web-3000.lab.test: {CAROL}"),
            format!("gain: port {r1}, with a certificate for ssh: {CAROL}"),
        ]
    );
    assert!(
        said.contains("reload Apache, because the pages change; the people of the signing page change\n"),
        "{said}"
    );
    assert!(said.contains("reload Apache") && !said.contains("restart") && !said.contains("end the"), "{said}");
    assert_eq!(servers(), before, "{said}");
    for visitor in visitors {
        assert!(visitor.socket.answers("after the change"), "the web socket of {}", visitor.name);
        assert!(visitor.has_port(), "the port of {}", visitor.name);
    }
    assert!(gateway.get(Some("carol"), WEB, &[]).is_of("web"));
    assert!(gateway.get(Some("carol"), OTHER, &[]).is_refusal());
    let key = gateway.key("carol");
    assert!(reaches(gateway, &key, r1, "r1"));
    // Nothing at all is different now.
    let said = install(gateway, &[]);
    assert!(said.contains("nobody gains or loses anything") && said.contains("nothing changed"), "{said}");
    assert_eq!(servers(), before);
}

/// The lab has a socket more: neither its administrator's installation nor its owner's `up` ends anything.
fn extended(gateway: &mut Gateway, visitors: &mut [&mut Visitor]) {
    gateway.change("r3", "tcp/2023/alice@nokia.com");
    let said = install(gateway, &[]);
    let r3 = gateway.port("r3");
    assert_eq!(changes_told(&said), [format!("gain: port {r3}, with a certificate for ssh: alice@nokia.com")]);
    assert!(!said.contains("end the"), "{said}");
    assert!(!gateway.up().contains("every connection ends"));
    for visitor in visitors {
        assert!(visitor.socket.answers("after the change"), "the web socket of {}", visitor.name);
        assert!(visitor.has_port(), "the port of {}", visitor.name);
    }
    assert!(reaches(gateway, &gateway.key("alice"), r3, "r3"));
}

/// One person is out everywhere and at once, and then in again.
fn revoked(gateway: &Gateway, mut there: Visitor, r2: u16) -> PathBuf {
    let dan = Visitor::comes(gateway, "dan", OTHER, r2, 30_804).key;
    let said = install(gateway, &["--revoke", "ALICE@nokia.com"]);
    assert!(!said.contains("no lab lets in"), "{said}");
    assert!(there.socket.is_over() && there.forwards.are_over() && !there.has_port(), "{said}");
    for (person, url) in [("alice", WEB), ("alice", OTHER), ("alice", SIGN), ("ALICE", WEB), ("ALICE", SIGN)] {
        let page = gateway.login(person, url);
        assert!(page.is_refusal(), "{page:?}");
    }
    let why = gateway.reach(&there.key, r2).unwrap_err();
    assert!(why.contains("Permission denied (publickey)"), "{why}");
    assert!(gateway.get(Some("dan"), OTHER, &[]).is_of("other") && reaches(gateway, &dan, r2, "r2"));
    assert!(gateway.get(Some("bob"), OTHER, &[]).is_of("other"));
    // The lab's owner cannot take it back, and the administrator is told so.
    let said = install(gateway, &[]);
    assert!(said.contains("not let in, because you revoked that address: alice@nokia.com\n"), "{said}");
    assert!(gateway.get(Some("alice"), OTHER, &[]).is_refusal() && gateway.reach(&there.key, r2).is_err());
    install(gateway, &["--unrevoke", "alice@nokia.com"]);
    // Whom only a domain names, in other letters.
    assert!(gateway.login("oneil", OTHER).is_of("other"));
    install(gateway, &["--revoke", "O'Neil@nokia.com"]);
    assert!(gateway.login("oneil", OTHER).is_refusal());
    install(gateway, &["--unrevoke", "o'neil@nokia.com"]);
    assert!(gateway.login("oneil", OTHER).is_of("other"));
    // A slip of the hand, perhaps.
    let said = install(gateway, &["--revoke", "alcie@nokai.com"]);
    assert!(said.contains("no lab lets in alcie@nokai.com by this address; it is revoked all the same\n"), "{said}");
    assert!(!install(gateway, &[]).contains("alcie"));
    install(gateway, &["--unrevoke", "alcie@nokai.com"]);
    for (verb, person, why) in [
        ("--unrevoke", "o'neil@nokia.com", "o'neil@nokia.com is not revoked"),
        ("--revoke", "@nokia.com", "not a domain"),
        ("--revoke", "j\u{fc}rgen@nokia.com", "expected an email address of ASCII letters"),
    ] {
        let output = gateway.install(&[verb, person]);
        assert!(output.status.code() == Some(2) && told(&output).contains(why), "{person}: {}", told(&output));
    }
    assert!(gateway.login("alice", OTHER).is_of("other"));
    assert!(reaches(gateway, &there.key, r2, "r2"));
    there.key
}

/// A page and a port that are no longer published answer nobody.
fn removed(gateway: &mut Gateway, alice: &Path) {
    let (r1, r2) = (gateway.port("r1"), gateway.port("r2"));
    let mut socket = Socket::open("other-3001.lab.test", &format!("Cookie: {}\r\n", gateway.session("alice")));
    let (mut forwards, _stream) = forward(gateway, alice, r2, 30_805);
    gateway.change("other", "");
    gateway.change("r2", "");
    install(gateway, &[]);
    assert!(socket.is_over() && forwards.are_over());
    for person in [None, Some("alice"), Some("bob")] {
        let page = gateway.get(person, OTHER, &[]);
        assert!(page.status == 403 && page.sent().is_none() && !page.is_refusal(), "{page:?}");
    }
    assert!(gateway.reach(alice, r2).is_err());
    // The tunnel comes back with what is left.
    for verb in ["down", "up"] {
        let output = gateway.stage.script(&[verb]);
        assert!(output.status.success(), "{}", told(&output));
    }
    assert!(within(Duration::from_secs(20), || reaches(gateway, alice, r1, "r1")));
    assert!(within(Duration::from_secs(5), || TcpStream::connect(("127.0.0.1", r2)).is_err()), "nothing listens there");
    assert!(gateway.get(Some("alice"), WEB, &[]).is_of("web"));
}
