//! The other systems that install.sh is for: a lab from its first installation to its end, with their Apache, sshd, and tools.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::time::Duration;

use super::stage::{Gateway, Identity, do_it, on_server, told};
use super::wires::Socket;
use crate::support::stage::within;

const DEBIAN: &str = "debian-13";
const UBUNTU: &str = "ubuntu-24.04";
const WEB: &str = "https://web-3000.lab.test/";
const OTHER: &str = "https://other-3001.lab.test/";
const SIGN: &str = "https://ssh.lab.test/";

/// What the labs of a gateway share, and what stays after the last of them.
const SHARED: [&str; 26] = [
    "/etc/apache2/publish-plan",
    "/etc/apache2/publish-plan/failed.html",
    "/etc/apache2/publish-plan/headers.inc",
    "/etc/apache2/publish-plan/login.inc",
    "/etc/apache2/publish-plan/revoked.inc",
    "/etc/apache2/publish-plan/secret.inc",
    "/etc/apache2/publish-plan/tls.inc",
    "/etc/apache2/sites-available/publish-plan.conf",
    "/etc/apache2/sites-enabled/publish-plan.conf",
    "/etc/publish-plan/gateway.values",
    "/etc/publish-plan/hours",
    "/etc/publish-plan/labs",
    "/etc/publish-plan/passphrase",
    "/etc/ssh/publish-plan",
    "/etc/ssh/publish-plan/ca.pub",
    "/etc/ssh/publish-plan/revoked",
    "/etc/sudoers.d/publish-plan",
    "/usr/local/lib/publish-plan",
    "/usr/local/lib/publish-plan/sign",
    "/usr/local/lib/publish-plan/sign.cgi",
    "/var/cache/apache2/publish-plan",
    "/var/lib/publish-plan",
    "/var/lib/publish-plan/ca",
    "/var/lib/publish-plan/signing",
    "group publish-plan-ca",
    "passwd publish-plan-ca",
];

/// Two pages and two ports, on a server with this system, which is no gateway yet.
fn start(system: &str, identity: Identity) -> Option<Gateway> {
    let mut gateway = Gateway::start_on(system, identity)?;
    do_it(&format!(". /etc/os-release; [ \"$ID-$VERSION_ID\" = {system} ]"), "");
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.node("other", "https/3001/nokia.com,bob@somedomain.com");
    gateway.node("r1", "tcp/2022/alice@nokia.com");
    gateway.node("r2", "tcp/57400/nokia.com");
    Some(gateway)
}

/// What `install.sh` says, which ends with a code.
fn says(gateway: &Gateway, arguments: &[&str], code: i32) -> String {
    let output = gateway.install(arguments);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

/// Everything that is on the server's disk, and its accounts.
fn server() -> BTreeSet<String> {
    let command = "find / -xdev ! -path '/var/cache/apache2/publish-plan/*'; for kind in passwd group; do getent $kind | sed \"s/:.*//; s/^/$kind /\"; done";
    let output = on_server("sh").args(["-c", command]).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn from_installation_to_removal(system: &str) {
    let Some(mut gateway) = start(system, Identity::Mock) else { return };
    gateway.compile(&[]);
    let before = server();
    assert!(says(&gateway, &["--check"], 1).contains("would reload Apache"));
    assert_eq!(server(), before);
    gateway.publish();
    assert!(says(&gateway, &["--check"], 0).contains("nothing would change"));
    people_get_in(&gateway);
    fewer_get_in(&mut gateway);
    nobody_is_locked_out(&gateway, system);
    one_is_revoked(&gateway);
    removed(&gateway, system, &before);
}

fn people_get_in(gateway: &Gateway) {
    let page = gateway.login("alice", WEB);
    assert!(page.is_of("web"), "{page:?}");
    assert_eq!(page.sent().unwrap()["headers"]["x-forwarded-email"], "alice@nokia.com");
    assert!(gateway.login("alice", OTHER).is_of("other"));
    assert!(gateway.login("bob", WEB).is_of("web"));
    assert!(gateway.login("mallory", WEB).is_refusal());
    assert_eq!(gateway.get(None, WEB, &[]).status, 302);
    let (r1, r2) = (gateway.port("r1"), gateway.port("r2"));
    let [alice, dan] = ["alice", "dan"].map(|person| gateway.key(person));
    assert_eq!(gateway.reach(&alice, r1).as_deref(), Ok("r1"));
    assert_eq!(gateway.reach(&dan, r2).as_deref(), Ok("r2"));
    for (key, port) in [(&dan, r1), (&alice, 22), (&alice, gateway.port("web"))] {
        let why = gateway.reach(key, port).unwrap_err();
        assert!(why.contains("administratively prohibited"), "{port}: {why}");
    }
    assert!(gateway.asks_for_certificate("bob").unwrap_err().is_refusal());
}

/// Bob loses a page and dan a port, and both are out at once.
fn fewer_get_in(gateway: &mut Gateway) {
    let (r1, r2) = (gateway.port("r1"), gateway.port("r2"));
    let [alice, dan] = ["alice", "dan"].map(|person| gateway.stage.home().join(format!("key.{person}")));
    let mut socket = Socket::open("web-3000.lab.test", &format!("Cookie: {}\r\n", gateway.session("bob")));
    assert!(socket.answers("before the change"));
    let mut forwards = gateway.forwards(&dan, 30_801, &[format!("-L30801:127.0.0.1:{r2}")]).unwrap();
    gateway.change("web", "http/3000/nokia.com");
    gateway.change("r2", "tcp/57400/alice@nokia.com");
    gateway.compile(&[]);
    let said = says(gateway, &[], 0);
    assert!(socket.is_over() && forwards.are_over(), "{said}");
    assert!(gateway.get(Some("bob"), WEB, &[]).is_refusal());
    assert!(gateway.get(Some("bob"), OTHER, &[]).is_of("other"));
    let why = gateway.reach(&dan, r2).unwrap_err();
    assert!(why.contains("Permission denied (publickey)"), "{why}");
    assert!(gateway.get(Some("dan"), WEB, &[]).is_of("web"));
    assert!(gateway.get(Some("alice"), WEB, &[]).is_of("web"));
    for (port, node) in [(r1, "r1"), (r2, "r2")] {
        assert_eq!(gateway.reach(&alice, port).as_deref(), Ok(node));
    }
}

/// Somebody whose certificate opens nothing comes again and again. Since OpenSSH 9.8, that keeps out everybody at the same address.
fn nobody_is_locked_out(gateway: &Gateway, system: &str) {
    let has_penalties = system == DEBIAN;
    let locks_out = says(gateway, &[], 0).contains("--relax-penalties makes that one second");
    let has_none = says(gateway, &["--relax-penalties"], 0).contains("no PerSourcePenalties");
    assert_eq!((locks_out, has_none), (has_penalties, !has_penalties));
    let [alice, dan] = ["alice", "dan"].map(|person| gateway.stage.home().join(format!("key.{person}")));
    let r2 = gateway.port("r2");
    for _ in 0..4 {
        let why = gateway.reach(&dan, r2).unwrap_err();
        assert!(why.contains("Permission denied (publickey)"), "{why}");
    }
    assert_eq!(gateway.reach(&alice, r2).as_deref(), Ok("r2"));
}

fn one_is_revoked(gateway: &Gateway) {
    let key = gateway.stage.home().join("key.alice");
    let r2 = gateway.port("r2");
    says(gateway, &["--revoke", "alice@nokia.com"], 0);
    for url in [WEB, SIGN] {
        assert!(gateway.login("alice", url).is_refusal(), "{url}");
    }
    let why = gateway.reach(&key, r2).unwrap_err();
    assert!(why.contains("Permission denied (publickey)"), "{why}");
    assert!(gateway.get(Some("dan"), WEB, &[]).is_of("web"));
    says(gateway, &["--unrevoke", "alice@nokia.com"], 0);
    assert!(gateway.login("alice", WEB).is_of("web"));
    assert_eq!(gateway.reach(&key, r2).as_deref(), Ok("r2"));
}

/// Nothing of the lab is left.
fn removed(gateway: &Gateway, system: &str, before: &BTreeSet<String>) {
    let r2 = gateway.port("r2");
    says(gateway, &["--remove"], 0);
    let page = gateway.get(Some("alice"), WEB, &[]);
    assert!(page.status == 403 && page.sent().is_none() && !page.is_refusal(), "{page:?}");
    assert!(within(Duration::from_secs(5), || TcpStream::connect(("127.0.0.1", r2)).is_err()), "nothing listens there");
    // A module of Apache stays enabled.
    let module =
        |line: &&String| ["/etc/apache2/mods-enabled/", "/var/lib/apache2/"].iter().any(|path| line.starts_with(path));
    let after = server();
    let left: BTreeSet<&str> = after.difference(before).filter(|line| !module(line)).map(String::as_str).collect();
    let penalties = ["/etc/ssh/sshd_config.d/40-publish-plan-penalties.conf"].into_iter().filter(|_| system == DEBIAN);
    assert_eq!(left, SHARED.into_iter().chain(penalties).collect());
}

#[test]
fn a_lab_is_installed_and_removed_on_debian_13() {
    from_installation_to_removal(DEBIAN);
}

#[test]
fn a_lab_is_installed_and_removed_on_ubuntu_24_04() {
    from_installation_to_removal(UBUNTU);
}

#[test]
fn people_log_in_with_a_browser_on_debian_13() {
    let Some(mut gateway) = start(DEBIAN, Identity::Certified) else { return };
    gateway.publish();
    for (page, node) in gateway.browse("alice", &[WEB, OTHER]).iter().zip(["web", "other"]) {
        assert!(page.is_of(node), "{page:?}");
    }
    assert!(gateway.browse("mallory", &[WEB])[0].is_refusal());
}
