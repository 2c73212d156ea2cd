//! Clocks that differ: a gateway's and its identity provider's may by minutes, a visitor's by anything.

use super::stage::{Gateway, Identity, off, told};
use crate::support::skip;

const WEB: &str = "https://web-3000.lab.test/";

/// `mod_auth_openidc` takes a token that is at most ten minutes old, by its own clock, or from the future.
#[test]
fn a_login_works_unless_clocks_differ_by_more_than_ten_minutes() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    if !off("+1m").arg("true").output().is_ok_and(|output| output.status.success()) {
        return skip("faketime is not installed");
    }
    gateway.node("web", "http/3000/nokia.com");
    gateway.node("r1", "tcp/2022/alice@nokia.com");
    gateway.publish();
    for (by, person) in [("-5m", "alice"), ("+5m", "dan")] {
        gateway.run_identity_off(by);
        let page = gateway.login(person, WEB);
        assert!(page.is_of("web"), "{by}: {page:?}");
    }
    for by in ["-15m", "+15m"] {
        gateway.run_identity_off(by);
        let page = gateway.login("ALICE", WEB);
        let says_why = page.body.contains("the clock of the gateway or of the identity provider is wrong");
        assert!(page.url.starts_with("https://auth.lab.test/") && says_why, "{by}: {page:?}");
        assert_eq!(gateway.get(Some("ALICE"), WEB, &[]).status, 302, "{by}: somebody is logged in");
        assert!(gateway.get(Some("alice"), WEB, &[]).is_of("web"), "{by}: who has logged in does not go on");
    }
    // Only the gateway's own clock says whether a certificate is valid.
    let (key, way) = (gateway.key("alice"), format!("127.0.0.1:{}", gateway.port("r1")));
    for by in ["-2d", "+2d"] {
        let mut ssh = off(by);
        ssh.args(["timeout", "10"]).arg("ssh").args(gateway.ssh_arguments(&key)).args(["-W", &way]);
        let output = ssh.arg("clab-stage-visitors@lab.test").stdin(std::process::Stdio::null()).output().unwrap();
        assert_eq!(output.stdout, b"r1\n", "{by}: {}", told(&output));
    }
}
