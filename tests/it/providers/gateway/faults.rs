//! What goes wrong at a gateway: each visitor gets a sentence, `status` says what it is, and all is well again when it is put right.

use std::fs;
use std::net::TcpStream;
use std::time::Duration;

use super::stage::{Gateway, Identity, do_it, soon, told};
use super::visitors::Page;
use crate::support::stage::{end, within};

const WEB: &str = "https://web-3000.lab.test/";
/// How soon all is well again.
const SOON: Duration = Duration::from_secs(30);

const STOP_SSHD: &str = "for status in /proc/[0-9]*/status; do
      case $(sed -n 's/^Name:.//p' $status 2>/dev/null) in sshd*) status=${status%/status}; kill -KILL ${status##*/} ;; esac
    done; rm -f /run/sshd.pid";
const START_SSHD: &str = "/usr/sbin/sshd -E /var/log/sshd.log";
pub(super) const STOP_APACHE: &str = r"pid=$(cat /run/apache2/apache2.pid); apache2ctl stop 2>/dev/null
    for try in $(seq 100); do [ -e /proc/$pid ] || exit 0; sleep 0.1; done; exit 1";
pub(super) const START_APACHE: &str = "apache2ctl start 2>/dev/null";

/// What `status` says of the page and of the port.
fn standings(gateway: &Gateway) -> [String; 2] {
    gateway.stage.standings().try_into().unwrap()
}

/// Sooner or later, `status` says this of the page and of the port.
#[track_caller]
fn says(gateway: &Gateway, page: &str, port: &str) {
    let mut last = standings(gateway);
    let is_so = within(SOON, || {
        last = standings(gateway);
        last == [page, port]
    });
    assert!(is_so, "{last:?}");
}

/// A page has a sentence, and nothing of a node.
#[track_caller]
fn is_told(page: &Page, status: u16, sentence: &str) {
    assert!(page.status == status && page.body.contains(sentence) && page.sent().is_none(), "{page:?}");
}

struct Scene {
    gateway: Gateway,
    key: std::path::PathBuf,
    port: u16,
}

impl Scene {
    fn new(mut gateway: Gateway) -> Self {
        gateway.node("web", "http/3000/nokia.com");
        gateway.node("r1", "tcp/2022/alice@nokia.com");
        gateway.publish();
        let (key, port) = (gateway.key("alice"), gateway.port("r1"));
        let scene = Self { gateway, key, port };
        let file = scene.gateway.compiled("visitors/ssh_config");
        let visit = told(&scene.gateway.stage.script(&["visit", "r1"]));
        let command = format!("ssh -F {} r1+ports   # and 127.0.0.1:{port} while it runs\n", file.display());
        assert!(file.exists() && visit.contains(&command), "{visit}");
        assert!(scene.gateway.login("alice", WEB).is_of("web"));
        scene.is_well("at the start");
        scene
    }

    /// alice, who has logged in before, has her page and her port.
    #[track_caller]
    fn is_well(&self, when: &str) {
        let is_back = within(SOON, || {
            self.gateway.get(Some("alice"), WEB, &[]).is_of("web")
                && self.gateway.reach(&self.key, self.port).as_deref() == Ok("r1")
        });
        assert!(
            is_back,
            "{when}: {:?} {:?}",
            self.gateway.get(Some("alice"), WEB, &[]),
            self.gateway.reach(&self.key, self.port)
        );
        says(&self.gateway, "up", "up");
    }

    fn tunnel(&self) {
        let (gateway, down) = (&self.gateway, "The tunnel of the lab is down. Ask the lab's owner.");
        assert!(gateway.stage.script(&["down"]).status.success());
        is_told(&gateway.get(Some("alice"), WEB, &[]), 503, down);
        assert!(gateway.reach(&self.key, self.port).unwrap_err().contains("Connection refused"));
        says(gateway, "tunnel down", "tunnel down");
        assert!(gateway.stage.script(&["up"]).status.success());
        self.is_well("up again");
    }

    fn node(&mut self) {
        end(&mut self.gateway.servers[1]);
        let page = self.gateway.get(Some("alice"), WEB, &[]);
        assert!([500, 502, 503].contains(&page.status), "{page:?}");
        is_told(&page, page.status, "Ask the lab's owner.");
        assert!(!page.body.contains("tunnel of the lab is down"), "{page:?}");
        self.gateway.reach(&self.key, self.port).unwrap_err();
        says(&self.gateway, "node does not answer", "node does not answer");
        self.gateway.run_nodes();
        self.is_well("with its nodes again");
    }

    fn identity_provider(&mut self) {
        end(&mut self.gateway.servers[0]);
        let gateway = &self.gateway;
        assert!(gateway.get(Some("alice"), WEB, &[]).is_of("web"), "who has logged in goes on");
        // The gateway knows where people log in for a day; only their browsers notice.
        let page = gateway.get(Some("dan"), WEB, &[]);
        assert!(page.status == 302 && page.url.starts_with("https://login.id.test:9443/"), "{page:?}");
        // A gateway that does not know it yet.
        do_it("cd /var/cache/apache2/publish-plan; mkdir /run/kept; mv mod-auth-openidc-p-* /run/kept", "");
        let page = gateway.get(Some("bob"), WEB, &[]);
        is_told(&page, 500, "identity provider");
        assert!(gateway.get(Some("alice"), WEB, &[]).is_of("web"), "who has logged in goes on");
        self.gateway.run_identity(Identity::Mock);
        assert!(soon(|| TcpStream::connect("127.0.0.1:9443").is_ok()), "the identity provider does not start");
        assert!(self.gateway.login("dan", WEB).is_of("web"));
        self.is_well("with its identity provider again");
    }

    fn apache(&self) {
        do_it(STOP_APACHE, "");
        says(&self.gateway, "gateway does not answer", "up");
        assert_eq!(self.gateway.reach(&self.key, self.port).as_deref(), Ok("r1"));
        assert!(self.gateway.stage.script(&["down"]).status.success());
        let output = self.gateway.stage.script(&["up"]);
        assert!(!output.status.success() && told(&output).contains("whether Apache is running"), "{}", told(&output));
        do_it(START_APACHE, "");
        assert!(self.gateway.stage.script(&["up"]).status.success());
        self.is_well("with Apache again");
    }

    fn sshd(&self) {
        // It lets nobody in any more, and what is open goes on.
        do_it("kill $(cat /run/sshd.pid)", "");
        says(&self.gateway, "up", "gateway does not answer");
        assert!(self.gateway.get(Some("alice"), WEB, &[]).is_of("web"));
        do_it(STOP_SSHD, "");
        says(&self.gateway, "tunnel down", "tunnel down");
        let page = self.gateway.get(Some("alice"), WEB, &[]);
        is_told(&page, 503, "The tunnel of the lab is down. Ask the lab's owner.");
        do_it(START_SSHD, "");
        self.is_well("with sshd again");
    }

    /// Everything of /run is gone, and nobody runs install.sh.
    fn reboot(&self) {
        do_it(STOP_SSHD, "");
        do_it(STOP_APACHE, "");
        do_it("rm -rf /run/*; mkdir /run/lock /run/sshd", "");
        do_it(START_SSHD, "");
        do_it(START_APACHE, "");
        self.is_well("after a restart of the server");
        let page = self.gateway.sign("alice", fs::read_to_string(self.key.with_extension("alice.pub")).unwrap().trim());
        assert!(page.status == 200 && page.body.contains("-cert-v01@openssh.com "), "{page:?}");
    }
}

#[test]
fn everybody_is_told_what_is_wrong_and_all_is_well_again() {
    let Some(gateway) = Gateway::start(Identity::Mock) else { return };
    let mut scene = Scene::new(gateway);
    scene.tunnel();
    scene.node();
    scene.identity_provider();
    scene.apache();
    scene.sshd();
    scene.reboot();
}
