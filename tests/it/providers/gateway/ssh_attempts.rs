//! What people with a key, a certificate, or none try at the gateway's sshd.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::stage::{Gateway, Identity, do_it, exempt, told};
use crate::providers::ssh::keygen;

const VISITORS: &str = "clab-stage-visitors";
const TUNNEL: &str = "clab-stage";
/// The key that signs on the gateway.
const CA: &str = "/var/lib/publish-plan/ca";

fn start() -> Option<Gateway> {
    let mut gateway = Gateway::start(Identity::Mock)?;
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.node("r1", "tcp/2022/alice@nokia.com");
    gateway.node("r2", "tcp/57400/nokia.com");
    gateway.node("r3", "tcp/9001");
    exempt();
    gateway.publish();
    Some(gateway)
}

/// Tries many things at a time.
fn all_at_once<T: Sync>(things: &[T], does: impl Fn(usize, &T) + Sync) {
    let numbered: Vec<(usize, &T)> = things.iter().enumerate().collect();
    thread::scope(|scope| {
        for part in numbered.chunks(numbered.len().div_ceil(4)) {
            scope.spawn(|| part.iter().for_each(|(number, thing)| does(*number, thing)));
        }
    });
}

/// Why sshd does not let somebody do something; the client's own error would be no answer.
fn refused(gateway: &Gateway, key: &Path, account: &str, arguments: &[&str]) -> String {
    let output = gateway.ssh(key, account, arguments);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(255), "{account} {arguments:?}: {told}");
    assert!(output.stdout.is_empty(), "{account} {arguments:?}: {told}");
    told
}

/// A key with a certificate of a key, for names, with more options.
fn certificate(gateway: &Gateway, ca: &Path, name: &str, names: &[&str], options: &[&str]) -> PathBuf {
    let key = gateway.stage.home().join(format!("forged-{name}"));
    keygen(&key);
    let mut sign = Command::new("ssh-keygen");
    sign.arg("-q").arg("-s").arg(ca).args(["-I", name]).args(options);
    if !names.is_empty() {
        sign.arg("-n").arg(names.join(","));
    }
    let output = sign.arg(key.with_extension("pub")).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    key
}

const ONLY_PORTS: [&str; 4] = ["-O", "clear", "-O", "permit-port-forwarding"];

#[test]
fn everybody_gets_where_a_key_or_a_certificate_leads_and_nowhere_else() {
    let Some(gateway) = start() else { return };
    a_certificate_opens_the_ports_that_name_its_person_and_nothing_else(&gateway);
    the_key_of_the_tunnel_only_listens_at_its_ports(&gateway);
    no_other_certificate_key_or_password_gets_in(&gateway);
}

fn a_certificate_opens_the_ports_that_name_its_person_and_nothing_else(gateway: &Gateway) {
    let alice = gateway.key("alice");
    let port = |node: &str| gateway.port(node);
    let (r1, r2) = (port("r1"), port("r2"));
    let dan = gateway.key("dan");
    // What ssh asks about when it connects for the first time.
    let key = Command::new("ssh-keygen").args(["-l", "-f", "/etc/ssh/ssh_host_ed25519_key.pub"]).output().unwrap();
    let fingerprint = String::from_utf8(key.stdout).unwrap().split(' ').nth(1).unwrap().to_owned();
    let page = gateway.login("alice", "https://ssh.lab.test/");
    assert!(page.body.contains(&format!("<li><code>{fingerprint}</code> (ED25519)</li>")), "{page:?}");
    assert_eq!(gateway.reach(&alice, r1).as_deref(), Ok("r1"));
    assert_eq!(gateway.reach(&dan, r2).as_deref(), Ok("r2"));
    // With everything that a certificate can allow.
    let all = certificate(gateway, Path::new(CA), "all", &["alice@nokia.com", "@nokia.com"], &[]);
    assert_eq!(gateway.reach(&all, r1).as_deref(), Ok("r1"));

    let ways = [
        format!("localhost:{r1}"),
        format!("[::1]:{r1}"),
        format!("127.0.0.2:{r1}"),
        format!("0.0.0.0:{r1}"),
        format!("127.1:{r1}"),
        format!("lab.test:{r1}"),
        format!("[::ffff:127.0.0.1]:{r1}"),
        format!("127.0.0.1:{}", port("web")),
        format!("127.0.0.1:{}", port("r3")),
        "127.0.0.1:22".to_owned(),
        "127.0.0.1:443".to_owned(),
        "127.0.0.1:9443".to_owned(),
        "127.0.0.3:2022".to_owned(),
        "login.id.test:9443".to_owned(),
        "127.0.0.1:1".to_owned(),
    ];
    let tries: Vec<(&PathBuf, &str)> = ways.iter().map(|way| (&all, way.as_str())).collect();
    let (for_r1, for_ssh) = (format!("127.0.0.1:{r1}"), "127.0.0.1:22");
    let tries: Vec<_> = tries.into_iter().chain([(&dan, for_r1.as_str()), (&alice, for_ssh)]).collect();
    all_at_once(&tries, |_, (key, way)| {
        let why = refused(gateway, key, VISITORS, &["-W", way]);
        assert!(why.contains("administratively prohibited"), "{way}: {why}");
    });
    sessions(gateway, VISITORS, &all);
    listening(gateway, VISITORS, &all, &[r1]);
    unix_sockets(gateway, VISITORS, &all);
    socks(gateway, &alice, port("web"));
    // Somebody else's account, the tunnel's too.
    let accounts = ["root", "www-data", "publish-plan-ca", "nobody", TUNNEL, "sshd", "no-such-account"];
    all_at_once(&accounts, |_, account| {
        let why = refused(gateway, &all, account, &["-N"]);
        assert!(why.contains("Permission denied"), "{account}: {why}");
    });
}

/// A shell, a command, sftp, and what belongs to sessions.
fn sessions(gateway: &Gateway, account: &str, key: &Path) {
    let agent = gateway.stage.home().join("agent");
    let agent = format!("-oForwardAgent={}", agent.display());
    let ways: [&[&str]; 9] = [
        &[],
        &["-tt"],
        &["-o", "RemoteCommand=id"],
        &["-T", "-o", "RemoteCommand=/bin/sh"],
        &["-o", "SessionType=subsystem", "-o", "RemoteCommand=sftp"],
        &["-A", "-o", "RemoteCommand=env"],
        &[&agent, "-o", "RemoteCommand=env"],
        &["-Y", "-o", "RemoteCommand=env"],
        &["-o", "SetEnv=LC_ALL=x", "-o", "RemoteCommand=env"],
    ];
    all_at_once(&ways, |_, way| {
        let why = refused(gateway, key, account, way);
        assert!(!why.contains("Permission denied"), "{way:?}: {why}");
    });
    let why = refused(
        gateway,
        key,
        account,
        &["-N", "-w", "0:0", "-o", "Tunnel=point-to-point", "-o", "ExitOnForwardFailure=yes"],
    );
    assert!(!why.contains("Permission denied"), "{why}");
}

/// Ports and sockets that the gateway would listen at.
fn listening(gateway: &Gateway, account: &str, key: &Path, ports: &[u16]) {
    let mut ways: Vec<String> =
        ["0", "31999", "127.0.0.1:31999", "localhost:31999", "*:31999", ":31999", "[::1]:31999", "127.0.0.1:22", "443"]
            .iter()
            .map(|bind| format!("{bind}:127.0.0.1:22"))
            .collect();
    for port in ports {
        ways.extend(
            ["", "*:", "0.0.0.0:", "[::]:", "localhost:", "127.0.0.2:"]
                .map(|bind| format!("{bind}{port}:127.0.0.1:22")),
        );
    }
    ways.extend([
        "31999".to_owned(),
        "/run/forged.sock:127.0.0.1:22".to_owned(),
        "/run/forged.sock:/run/other.sock".to_owned(),
    ]);
    all_at_once(&ways, |_, way| {
        let why = refused(gateway, key, account, &["-N", "-o", "ExitOnForwardFailure=yes", "-R", way]);
        assert!(why.contains("remote port forwarding failed"), "{way}: {why}");
    });
    assert!(!Path::new("/run/forged.sock").exists());
    assert!(TcpStream::connect(("127.0.0.1", 31_999)).is_err());
}

/// Sockets of the gateway's file system.
fn unix_sockets(gateway: &Gateway, account: &str, key: &Path) {
    let path = format!("/run/{account}.sock");
    let listener = UnixListener::bind(&path).unwrap();
    do_it(&format!("chmod 777 {path}"), "");
    listener.set_nonblocking(true).unwrap();
    for (way, first) in [(format!("-L30900:{path}"), 30_900), ("-L30901:/run/no-such.sock".to_owned(), 30_901)] {
        let forwards = gateway.forwards_of(account, key, first, std::slice::from_ref(&way)).unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", first)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut said = Vec::new();
        assert_eq!(stream.read_to_end(&mut said).ok(), Some(0), "{way}");
        drop(forwards);
    }
    assert!(listener.accept().is_err(), "nobody came");
}

/// A proxy for any port is one for the ports of the person.
fn socks(gateway: &Gateway, key: &Path, web: u16) {
    let _forwards = gateway.forwards(key, 30_910, &["-D30910".to_owned()]).unwrap();
    for url in [
        format!("http://127.0.0.1:{web}/"),
        "https://login.id.test:9443/".to_owned(),
        "http://127.0.0.1:22/".to_owned(),
    ] {
        let mut curl = Command::new("curl");
        let output =
            curl.args(["-sS", "--max-time", "5", "--socks5-hostname", "127.0.0.1:30910", &url]).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{url}: {}", told(&output));
    }
}

fn the_key_of_the_tunnel_only_listens_at_its_ports(gateway: &Gateway) {
    let tunnel = gateway.stage.home().join("tunnel");
    let (r1, web, r3) = (gateway.port("r1"), gateway.port("web"), gateway.port("r3"));
    let ways = [
        format!("127.0.0.1:{r1}"),
        format!("localhost:{r1}"),
        format!("127.0.0.1:{web}"),
        "127.0.0.1:22".to_owned(),
        "nowhere.invalid:1".to_owned(),
        "login.id.test:9443".to_owned(),
        "127.0.0.3:2022".to_owned(),
    ];
    all_at_once(&ways, |_, way| {
        let why = refused(gateway, &tunnel, TUNNEL, &["-W", way]);
        assert!(why.contains("administratively prohibited"), "{way}: {why}");
    });
    sessions(gateway, TUNNEL, &tunnel);
    // `listening` has every address but the one of each port; a closed port is nowhere else, and neither is an open one.
    listening(gateway, TUNNEL, &tunnel, &[31_777]);
    let closed = [r1, web]
        .into_iter()
        .flat_map(|port| ["*:", "0.0.0.0:", "[::]:", "127.0.0.2:", "[::1]:"].map(|at| format!("{at}{port}")));
    let others = closed.chain([format!("127.0.0.2:{r3}"), format!("127.0.0.1:{r3}")]);
    let others: Vec<String> = others.map(|bind| format!("{bind}:127.0.0.1:22")).collect();
    all_at_once(&others, |_, way| {
        let why = refused(gateway, &tunnel, TUNNEL, &["-N", "-o", "ExitOnForwardFailure=yes", "-R", way]);
        assert!(why.contains("remote port forwarding failed"), "{way}: {why}");
    });
    unix_sockets(gateway, TUNNEL, &tunnel);
    all_at_once(&[VISITORS, "root", "www-data", "publish-plan-ca"], |_, account| {
        let why = refused(gateway, &tunnel, account, &["-N"]);
        assert!(why.contains("Permission denied"), "{account}: {why}");
    });
    // What stands goes on.
    assert_eq!(gateway.reach(&gateway.key("alice"), r1).as_deref(), Ok("r1"));
}

fn no_other_certificate_key_or_password_gets_in(gateway: &Gateway) {
    let r2 = gateway.port("r2");
    let (ca, other) = (PathBuf::from(CA), gateway.stage.home().join("other-ca"));
    keygen(&other);
    let own = ["alice@nokia.com", "@nokia.com"];
    let forge = |name: &str, ca: &Path, names: &[&str], options: &[&str]| {
        certificate(gateway, ca, name, names, &[&ONLY_PORTS, options].concat())
    };
    let good = forge("good", &ca, &own, &["-V", "-1m:+1h"]);
    assert_eq!(gateway.reach(&good, r2).as_deref(), Ok("r2"));
    let all: Vec<(&str, PathBuf)> = vec![
        ("expired", forge("expired", &ca, &own, &["-V", "20200101:20200102"])),
        ("just expired", forge("just", &ca, &own, &["-V", "-2m:-1m"])),
        ("not yet valid", forge("early", &ca, &own, &["-V", "+1d:+2d"])),
        ("of another authority", forge("other", &other, &own, &[])),
        ("of itself", forge_itself(gateway)),
        ("of a domain, of another authority", forge("domain", &other, &["@nokia.com"], &[])),
        ("for nobody", forge("none", &ca, &[], &[])),
        ("for another case", forge("case", &ca, &["ALICE@NOKIA.COM", "@NOKIA.COM"], &[])),
        (
            "for everybody",
            forge("star", &ca, &["*", "*@nokia.com", "@*", "?nokia.com", "nokia.com", "@nokia", "@"], &[]),
        ),
        ("for a sub-domain", forge("sub", &ca, &["judy@sub.nokia.com", "@sub.nokia.com"], &[])),
        ("for a longer domain", forge("long", &ca, &["carol@nokia.com.evil.org", "@nokia.com.evil.org"], &[])),
        ("for another domain", forge("evil", &ca, &["mallory@evil-nokia.com", "@evil-nokia.com"], &[])),
        ("for an address of the domain alone", forge("dan", &ca, &["dan@nokia.com"], &[])),
        (
            "with a newline in its names",
            forge("newline", &ca, &["x\n@nokia.com", "@nokia.com\n", " @nokia.com", "@nokia.com "], &[]),
        ),
        ("for a comment", forge("comment", &ca, &["#", "restrict", "restrict,port-forwarding"], &[])),
        (
            "with a newline in its id",
            forge("id", &ca, &["mallory@evil.org", "@evil.org"], &["-I", "x\nalice@nokia.com"]),
        ),
        ("for a host", forge("host", &ca, &own, &["-h"])),
        ("for elsewhere", forge("source", &ca, &own, &["-O", "source-address=10.0.0.0/8"])),
        ("with an option that nobody knows", forge("critical", &ca, &own, &["-O", "critical:unknown@lab.test=x"])),
    ];
    all_at_once(&all, |_, (what, key)| {
        let why = gateway.reach(key, r2).unwrap_err();
        assert!(why.contains("Permission denied (publickey)"), "{what}: {why}");
    });
    // It is in, but may not forward.
    let bare = certificate(gateway, &ca, "no-forwarding", &own, &["-O", "clear"]);
    let why = gateway.reach(&bare, r2).unwrap_err();
    assert!(why.contains("administratively prohibited"), "{why}");
    without_certificates(gateway, r2);
    revoked(gateway, r2);
}

/// A certificate that a visitor's own key has signed.
fn forge_itself(gateway: &Gateway) -> PathBuf {
    let key = gateway.stage.home().join("itself");
    keygen(&key);
    let command = format!(
        "cd {}; ssh-keygen -q -s itself -I x -n alice@nokia.com,@nokia.com itself.pub",
        gateway.stage.home().display()
    );
    do_it(&command, "");
    key
}

/// Bare keys and passwords.
fn without_certificates(gateway: &Gateway, port: u16) {
    let alice = gateway.key("alice");
    let bare = gateway.stage.home().join("bare");
    fs::copy(&alice, &bare).unwrap();
    for key in [&bare, &PathBuf::from(CA), &PathBuf::from("/etc/ssh/ssh_host_ed25519_key")] {
        let why = gateway.reach(key, port).unwrap_err();
        assert!(why.contains("Permission denied (publickey)"), "{why}");
    }
    // The certificate of one key with another key.
    let mixed = gateway.stage.home().join("mixed");
    keygen(&mixed);
    fs::copy(alice.with_extension("alice-cert.pub"), mixed.with_extension("pub")).unwrap();
    fs::copy(alice.with_extension("alice-cert.pub"), gateway.stage.home().join("mixed-cert.pub")).unwrap();
    assert!(gateway.reach(&mixed, port).is_err());
    for account in [VISITORS, TUNNEL] {
        for methods in
            ["password", "keyboard-interactive", "none", "hostbased,gssapi-with-mic,password,keyboard-interactive"]
        {
            let preferred = format!("PreferredAuthentications={methods}");
            let why = refused(gateway, &bare, account, &["-N", "-o", &preferred, "-o", "PubkeyAuthentication=no"]);
            // What sshd would take is a key alone.
            assert!(why.contains("Permission denied (publickey)"), "{methods}: {why}");
        }
    }
}

/// Revoked by id, as install.sh does it, and by serial number, as an administrator does it.
fn revoked(gateway: &Gateway, port: u16) {
    let (alice, dan) = (gateway.key("alice"), gateway.key("dan"));
    let serial = certificate(gateway, Path::new(CA), "serial", &["erin@nokia.com", "@nokia.com"], &["-z", "4711"]);
    for key in [&alice, &dan, &serial] {
        assert_eq!(gateway.reach(key, port).as_deref(), Ok("r2"));
    }
    do_it("ssh-keygen -q -k -u -s /etc/ssh/publish-plan/ca.pub -f /etc/ssh/publish-plan/revoked -", "serial: 4711\n");
    let output = gateway.install(&["--revoke", "Dan@Nokia.com"]);
    assert!(output.status.success(), "{}", told(&output));
    for key in [&dan, &serial] {
        let why = gateway.reach(key, port).unwrap_err();
        assert!(why.contains("Permission denied (publickey)"), "{why}");
    }
    assert_eq!(gateway.reach(&alice, port).as_deref(), Ok("r2"));
}
