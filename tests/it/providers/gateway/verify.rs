//! `publish.sh verify` from outside: every way in which a door was made wider than the plan is found and named, and nothing else is.

use std::fs;
use std::path::PathBuf;
use std::process::Child;

use serde_json::Value;

use super::stage::{Gateway, Identity, do_it, own, soon, told};
use crate::support::cases;
use crate::support::stage::end;

const ALICE: &str = "alice@nokia.com";
const PAGE: &str = "/etc/apache2/publish-plan/stage.lab";
const PRINCIPALS: &str = "/etc/ssh/publish-plan/stage/principals";

/// What a verification said.
struct Said {
    code: Option<i32>,
    json: Value,
    text: String,
}

impl Said {
    /// The checks with a verdict: the socket or, without one, the target, and what was found.
    fn with(&self, verdict: &str) -> Vec<String> {
        let checks = self.json["checks"].as_array().unwrap();
        let with = checks.iter().filter(|check| check["verdict"] == verdict);
        let name = |check: &Value| check["socket"].as_str().or(check["target"].as_str()).unwrap().to_owned();
        with.map(|check| format!("{}: {}", name(check), check["found"].as_str().unwrap())).collect()
    }

    /// Asserts that exactly one check has this verdict, and that it starts and goes on like this.
    #[track_caller]
    fn is_only(&self, verdict: &str, code: i32, name: &str, found: &str) {
        let with = self.with(verdict);
        assert_eq!(with.len(), 1, "{with:#?} {}", self.text);
        assert!(with[0].starts_with(name) && with[0].contains(found), "{with:#?}");
        assert_eq!(self.code, Some(code), "{}", self.text);
    }
}

/// Pages and ports, open and closed, on a gateway that is seen from outside: under another address than the one that closed sockets have.
struct Seen {
    gateway: Gateway,
}

impl Seen {
    fn new() -> Option<Self> {
        let mut gateway = Gateway::start(Identity::Mock)?;
        for (name, entry) in [
            ("open", "http/8001"),
            ("closed", "http/8002/alice@nokia.com,nokia.com"),
            ("one", "tcp/9001"),
            ("two", "tcp/9002"),
            ("person", "tcp/9003/alice@nokia.com"),
            ("other", "tcp/9004/bob@somedomain.com"),
        ] {
            gateway.node(name, entry);
        }
        gateway.publish();
        // The pages' names have no other way to be resolved.
        let pages = "open-8001.lab.test closed-8002.lab.test";
        let hosts = format!("127.0.0.1 localhost server login.id.test\n127.9.9.9 lab.test {pages}\n");
        fs::write("/etc/hosts", hosts).unwrap();
        Some(Self { gateway })
    }

    fn verify(&self, arguments: &[&str]) -> Said {
        let authority = self.gateway.folder().join("ca.pem");
        let mut all = vec!["verify", "--json", "--ca", authority.to_str().unwrap()];
        all.extend(arguments);
        let output = self.gateway.stage.script(&all);
        let text = told(&output);
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {text}"));
        Said { code: output.status.code(), json, text }
    }

    /// The file with the cookie of a person who has logged in.
    fn cookie(&self, person: &str) -> PathBuf {
        self.gateway.login(person, "https://closed-8002.lab.test/");
        self.gateway.stage.secret(&format!("cookie.{person}"), &self.gateway.session(person))
    }

    fn name(node: &str) -> String {
        let port = match node {
            "open" => "http-8001",
            "closed" => "http-8002",
            "one" => "tcp-9001",
            "two" => "tcp-9002",
            "person" => "tcp-9003",
            _ => "tcp-9004",
        };
        format!("clab-stage-{node}-{port}")
    }

    /// Does something to a file of the server, which is as before afterwards.
    fn with_changed(&self, file: &str, program: &str, reload: &str, does: impl FnOnce()) {
        let before = fs::read_to_string(file).unwrap();
        do_it(&format!("sed -E -i '{program}' {file}; {reload}"), "");
        assert_ne!(fs::read_to_string(file).unwrap(), before, "{program} changes nothing");
        does();
        fs::write(file, before).unwrap();
        do_it(reload, "");
    }
}

const GRACEFUL: &str = "apache2ctl graceful; sleep 1";

#[test]
fn what_was_made_wider_is_found_and_named() {
    let Some(mut seen) = Seen::new() else { return };
    let all_is_well = |seen: &Seen| {
        let said = seen.verify(&[]);
        assert!(said.code == Some(0) && said.with("as planned").len() == 7, "{}", said.text);
    };
    all_is_well(&seen);
    let said = seen.verify(&["--trust"]);
    assert_eq!(said.code, Some(0), "{}", said.text);
    pages(&seen);
    people(&seen);
    all_is_well(&seen);
    ports(&seen);
    services(&mut seen);
    all_is_well(&seen);
}

/// What is wrong with Apache.
fn pages(seen: &Seen) {
    let closed = Seen::name("closed");
    // The acl is gone.
    let without_acl = "/<RequireAll>/,/<\\/RequireAll>/d; s/^ *AuthType .*/Require all granted/; s/^ *AuthzSendForbidden.*//";
    seen.with_changed(PAGE, without_acl, GRACEFUL, || {
        let said = seen.verify(&[]);
        said.is_only("wider", 1, &closed, "answers without a login: status 200");
        assert!(said.text.contains("close the lab now: sh ") && said.text.contains("publish.sh down"), "{}", said.text);
    });
    // The page is gone, so what answers for other names answers for it.
    seen.with_changed(PAGE, "s/^ *ServerName closed-.*/ServerName elsewhere.invalid/", GRACEFUL, || {
        seen.verify(&[]).is_only("cannot tell", 3, &closed, "answers like a name that nobody planned");
    });
    // A proxy in between, which answers everything.
    do_it("apache2ctl stop", "");
    assert!(soon(|| std::net::TcpStream::connect("127.0.0.1:443").is_err()));
    let mut proxy = stand_in(&["0.0.0.0", "443", "proxy"], "https");
    let said = seen.verify(&[]);
    assert_eq!((said.code, said.with("wider")), (Some(3), vec![]), "{}", said.text);
    let cannot = said.with("cannot tell").join("\n");
    assert!(cannot.contains("for a name that nobody planned: a proxy in between"), "{cannot}");
    for page in ["open", "closed"] {
        let name = format!("{}: answers like a name that nobody planned", Seen::name(page));
        assert!(cannot.contains(&name), "{cannot}");
    }
    end(&mut proxy);
    do_it("apache2ctl start 2>/dev/null", "");
}

/// What is wrong with who gets in.
fn people(seen: &Seen) {
    let gateway = &seen.gateway;
    let cookies = ["alice", "mallory", "carol", "bob"].map(|person| seen.cookie(person));
    let key = gateway.key("alice");
    let [alice, mallory, carol, bob] = cookies.each_ref().map(|path| path.to_str().unwrap());
    let as_alice = ["--as", "Alice@Nokia.com", "--cookie", alice, "--key", key.to_str().unwrap()];
    let as_mallory = ["--as", "mallory@evil-nokia.com", "--cookie", mallory];
    let as_carol = ["--as", "carol@nokia.com.evil.org", "--cookie", carol];
    let said = seen.verify(&as_alice);
    assert_eq!((said.code, said.with("wider"), said.with("cannot tell")), (Some(0), vec![], vec![]), "{}", said.text);
    for name in [Seen::name("closed"), Seen::name("person")] {
        assert!(said.with("as planned").iter().any(|check| check.starts_with(&format!("{name}: gets in"))), "{}", said.text);
    }
    for others in [as_mallory, as_carol, ["--as", "bob@somedomain.com", "--cookie", bob]] {
        let said = seen.verify(&others);
        assert_eq!(said.with("wider"), Vec::<String>::new(), "{}", said.text);
        let refused = format!("{}: refused: status 403", Seen::name("closed"));
        assert!(said.with("as planned").contains(&refused), "{}", said.text);
    }
    // Whoever is logged in gets in.
    let any = "s/^ *Require claim \"email~.*/Require valid-user/";
    seen.with_changed(PAGE, any, GRACEFUL, || {
        assert_eq!(seen.verify(&[]).code, Some(0), "nobody is asked to log in as before");
        seen.verify(&as_mallory).is_only("wider", 1, &Seen::name("closed"), "gets in: status 200");
    });
    // The end of the address does not count.
    let without_anchors = "s/^ *Require claim \"email~.*/Require claim \"email~@nokia[.]com\"/";
    seen.with_changed(PAGE, without_anchors, GRACEFUL, || {
        seen.verify(&as_carol).is_only("wider", 1, &Seen::name("closed"), "gets in: status 200");
    });
    // The certificate opens every port of the gateway.
    seen.with_changed(PRINCIPALS, "s/,permitopen=\"[^\"]*\"//g", "true", || {
        let said = seen.verify(&as_alice);
        let wider = said.with("wider").join("\n");
        assert_eq!(said.code, Some(1), "{}", said.text);
        assert!(wider.contains(&format!("{}: gets in", Seen::name("other"))), "{wider}");
        assert!(wider.contains("ssh:22: reaches port 22 of the gateway, which no entry opens"), "{wider}");
        assert!(wider.contains(&format!("{}: reaches port", Seen::name("closed"))), "{wider}");
    });
    // What sshd has for that in its own settings makes a line of this file invalid.
    seen.with_changed(PRINCIPALS, "s/permitopen=\"[^\"]*\"/permitopen=\"any\"/g", "true", || {
        let said = seen.verify(&as_alice);
        assert!(said.code == Some(3) && said.with("cannot tell").len() == 5, "{}", said.text);
        assert!(said.text.contains("the certificate is not accepted"), "{}", said.text);
    });
    // The person is no longer let in.
    seen.with_changed(PRINCIPALS, "s/^restrict.* alice@nokia.com$/restrict,port-forwarding,permitopen=\"127.0.0.1:9\" alice@nokia.com/", "true", || {
        seen.verify(&as_alice).is_only("narrower", 3, &Seen::name("person"), "refused");
    });
    let said = gateway.stage.script(&["verify", "--as", "bob@somedomain.com", "--key", key.to_str().unwrap()]);
    assert!(told(&said).contains("the certificate is not for bob@somedomain.com"), "{}", told(&said));
    assert!(!fs::read_to_string(&cookies[0]).unwrap().is_empty());
}

/// What is wrong with ports of the gateway.
fn ports(seen: &Seen) {
    let gateway = &seen.gateway;
    // A firewall, or a proxy, that leads from outside to a port which only the gateway itself should reach.
    for node in ["closed", "person"] {
        let port = gateway.port(node).to_string();
        let mut hole = stand_in(&["127.9.9.9", &port, "hole"], "tcp");
        seen.verify(&[]).is_only("wider", 1, &Seen::name(node), "answers anyone, past the acl");
        end(&mut hole);
    }
    // The tunnel listens on every address of the gateway.
    let port = gateway.port("other");
    let (script, keys) = (gateway.compiled("publish.sh"), "/etc/ssh/publish-plan/stage/authorized_keys");
    let [from, to] = ["127.0.0.1", "0.0.0.0"].map(|address| format!("{address}:{port}"));
    let as_planned = fs::read_to_string(&script).unwrap();
    assert!(as_planned.contains(&from));
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    seen.with_changed(keys, &format!("s/{from}/{to}/"), "true", || {
        fs::write(&script, as_planned.replace(&from, &to)).unwrap();
        gateway.up();
        fs::write(&script, &as_planned).unwrap();
        seen.verify(&[]).is_only("wider", 1, &Seen::name("other"), &format!("port {port} of lab.test answers anyone"));
        assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    });
    gateway.up();
    // With `--verify`, nothing of it stays open.
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    let mut hole = stand_in(&["127.9.9.9", &gateway.port("person").to_string(), "hole"], "tcp");
    let authority = gateway.folder().join("ca.pem");
    let output = gateway.stage.command(&["up", "--verify"]).env("CURL_CA_BUNDLE", &authority).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("something is wider than planned, so everything is closed now"), "{}", told(&output));
    gateway.stage.assert_struck();
    end(&mut hole);
    let output = gateway.stage.command(&["up", "--verify"]).env("CURL_CA_BUNDLE", &authority).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

/// What answers behind a port.
fn services(seen: &mut Seen) {
    let gateway = &seen.gateway;
    let script = gateway.compiled("publish.sh");
    let as_planned = fs::read_to_string(&script).unwrap();
    let row = |node: &str| {
        let start = format!("  row {} 0.0.0.0:", Seen::name(node));
        as_planned.lines().find(|line| line.starts_with(&start)).unwrap().to_owned()
    };
    let target = |row: &str| row.rsplit(' ').next().unwrap().to_owned();
    let (one, two) = (row("one"), row("two"));
    let swapped = as_planned
        .replace(&one, &one.replace(&target(&one), &target(&two)))
        .replace(&two, &two.replace(&target(&two), &target(&one)));
    assert_ne!(swapped, as_planned);
    // Two ports swapped: each leads to the other's node.
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    fs::write(&script, swapped).unwrap();
    gateway.up();
    fs::write(&script, &as_planned).unwrap();
    let said = seen.verify(&[]);
    let wider = said.with("wider");
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert_eq!(wider.len(), 2, "{}", said.text);
    assert!(wider[0].ends_with(&format!("but {} answers here", Seen::name("two"))), "{wider:?}");
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    gateway.up();
    // Another service in a node's place.
    let target = target(&one);
    let (address, port) = target.rsplit_once(':').unwrap();
    end(&mut seen.gateway.servers[1]);
    let mut other = stand_in(&[address, port, "another service"], "tcp");
    let said = seen.verify(&[]);
    end(&mut other);
    let cannot = said.with("cannot tell");
    let of_one = cannot.iter().find(|check| check.starts_with(&Seen::name("one"))).unwrap();
    assert!(of_one.contains("not as it did when it was trusted"), "{of_one}");
    // The other nodes do not answer.
    let of_two = format!("{}: the port is open, but nothing behind it answers", Seen::name("two"));
    assert!(cannot.contains(&of_two) && said.code == Some(3), "{}", said.text);
    seen.gateway.run_nodes();
}

/// Something that answers at an address: `https` 200 for every name, `tcp` with some words.
fn stand_in(arguments: &[&str; 3], kind: &str) -> Option<Child> {
    let mut program = super::stage::node("anything.mjs");
    let child = program.args(super::stage::CERTIFICATE).arg(kind).args(arguments).spawn().unwrap();
    let place = (arguments[0], arguments[1].parse::<u16>().unwrap());
    assert!(soon(|| std::net::TcpStream::connect(place).is_ok()), "{arguments:?}");
    assert!(own("anything.mjs").exists());
    Some(child)
}

/// Nobody is told of anything that is not so.
#[test]
fn without_sabotage_nothing_is_told() {
    let Some(seen) = Seen::new() else { return };
    let key = seen.gateway.key("alice");
    let cookie = seen.cookie("alice");
    let as_alice = ["--as", ALICE, "--key", key.to_str().unwrap(), "--cookie", cookie.to_str().unwrap()];
    assert_eq!(seen.verify(&["--trust"]).code, Some(0));
    for run in 0..cases(200) {
        let said = seen.verify(if run % 4 == 0 { &as_alice } else { &[] });
        assert_eq!(said.code, Some(0), "run {run}: {}", said.text);
    }
}
