//! Certificates that Apache gets by itself (ACME, RFC 8555): from Pebble, the test server of Let's Encrypt's authors.

use std::fs;
use std::process::{Child, Command, Stdio};

use super::stage::{Gateway, Identity, do_it, soon, told};
use crate::support::program;
use crate::support::stage::end;

/// Where Apache keeps what it gets.
const DOMAINS: &str = "/etc/apache2/md/domains";

/// Starts Pebble, which Apache is told to ask in place of Let's Encrypt. It looks for the answer to a challenge on the usual ports.
fn pebble(program: &str, gateway: &Gateway) -> Child {
    let folder = gateway.folder();
    let [certificate, key] = ["acme.pem", "acme.key"].map(|name| folder.join(name).display().to_string());
    do_it(
        &format!(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=acme.test -addext subjectAltName=DNS:acme.test -keyout '{key}' -out '{certificate}' 2>/dev/null
            cp '{certificate}' /etc/ssl/acme.pem
            cat >>/etc/hosts"
        ),
        "127.0.0.1 acme.test auth.lab.test ssh.lab.test web-3000.lab.test\n",
    );
    let settings = serde_json::json!({ "pebble": {
        "listenAddress": "127.0.0.1:14000",
        "managementListenAddress": "127.0.0.1:15000",
        "certificate": certificate,
        "privateKey": key,
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": false,
    } });
    let path = folder.join("pebble.json");
    fs::write(&path, settings.to_string()).unwrap();
    let pebble = Command::new(program)
        .arg("-config")
        .arg(&path)
        .env("PEBBLE_VA_NOSLEEP", "1")
        .env("PEBBLE_WFE_NONCEREJECT", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    do_it(
        "cat >/etc/apache2/conf-enabled/acme.conf",
        "<IfModule md_module>\nMDCertificateAuthority https://acme.test:14000/dir\nMDCACertificateFile /etc/ssl/acme.pem\n</IfModule>\n",
    );
    assert!(soon(|| std::net::TcpStream::connect("127.0.0.1:14000").is_ok()), "Pebble does not start");
    pebble
}

/// As the chapter says: Apache asks when it starts, and uses what it got after its next reload; then people log in.
#[test]
fn apache_gets_its_certificates_by_itself() {
    let Some(program) = program("pebble", "PEBBLE", &["-h"]) else { return };
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    let mut pebble = Some(pebble(&program, &gateway));
    gateway.node("web", "http/3000/nokia.com");
    gateway.run_nodes();
    gateway.compile(&["--acme-email", "admin@example.net"]);
    let output = gateway.install(&[]);
    assert!(output.status.success(), "{}", told(&output));
    let output = gateway.stage.script(&["up"]);
    assert!(output.status.success(), "{}", told(&output));
    let names = ["auth", "ssh", "web-3000"].map(|name| format!("{name}.lab.test"));
    let has = |name: &str| {
        let got = |file: &str| fs::metadata(format!("{DOMAINS}/{name}/{file}")).is_ok();
        got("pubcert.pem") || fs::metadata(format!("/etc/apache2/md/staging/{name}/pubcert.pem")).is_ok()
    };
    let all = (0..6).any(|_| soon(|| names.iter().all(|name| has(name))));
    assert!(all, "{}", fs::read_to_string("/var/log/apache2/error.log").unwrap_or_default());
    do_it("apache2ctl graceful 2>/dev/null; sleep 1", "");
    // What browsers trust is here Pebble's own authority.
    do_it(
        &format!(
            "curl -s --cacert /etc/ssl/acme.pem https://acme.test:15000/roots/0 >>'{}'",
            gateway.folder().join("ca.pem").display()
        ),
        "",
    );
    for name in &names {
        let seen = Command::new("sh")
            .args(["-c", "openssl s_client -connect 127.0.0.1:443 -servername \"$0\" </dev/null 2>/dev/null | openssl x509 -noout -issuer", name])
            .output()
            .unwrap();
        assert!(told(&seen).contains("Pebble Intermediate CA"), "{name}: {}", told(&seen));
    }
    assert!(gateway.login("alice", "https://web-3000.lab.test/").is_of("web"));
    assert!(gateway.login("mallory", "https://web-3000.lab.test/").is_refusal());
    end(&mut pebble);
}
