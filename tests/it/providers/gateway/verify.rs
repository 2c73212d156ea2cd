//! `publish.sh verify` from outside: every way in which a door was made wider than the plan is found and named, and nothing else is.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output};

use serde_json::Value;

use super::stage::{Gateway, ISSUER, Identity, do_it, own, soon, told};
use crate::support::all_cases;
use crate::support::pages::blocks_of;
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
            ("wiki", "http/8001"),
            ("grafana", "http/3000/alice@nokia.com,nokia.com"),
            ("r1", "tcp/9001"),
            ("r2", "tcp/9002"),
            ("leaf1", "tcp/9003/alice@nokia.com"),
            ("leaf2", "tcp/9004/bob@somedomain.com"),
        ] {
            gateway.node(name, entry);
        }
        gateway.publish();
        // The pages' names have no other way to be resolved.
        let pages = "wiki-8001.lab.test grafana-3000.lab.test";
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

    /// A command of the book, with this lab in the place of its own.
    fn types(&self, command: &str) -> Output {
        let command = command.replace("lab.publish", "stage.publish");
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).current_dir(self.gateway.folder()).env("HOME", self.gateway.stage.home());
        shell.env("CURL_CA_BUNDLE", self.gateway.folder().join("ca.pem")).output().unwrap()
    }

    /// The file with the cookie of a person who has logged in.
    fn cookie(&self, person: &str) -> PathBuf {
        self.gateway.login(person, "https://grafana-3000.lab.test/");
        self.gateway.stage.secret(&format!("cookie.{person}"), &self.gateway.session(person))
    }

    fn name(node: &str) -> String {
        let port = match node {
            "wiki" => "http-8001",
            "grafana" => "http-3000",
            "r1" => "tcp-9001",
            "r2" => "tcp-9002",
            "leaf1" => "tcp-9003",
            _ => "tcp-9004",
        };
        format!("clab-stage-{node}-{port}")
    }

    /// Does something to a file of the server, which is as before afterwards.
    fn with_changed(file: &str, program: &str, reload: &str, does: impl FnOnce()) {
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
    book(&seen);
    pages(&seen);
    people(&seen);
    all_is_well(&seen);
    ports(&seen);
    services(&mut seen);
    all_is_well(&seen);
}

/// The commands of the book, and what they say.
fn book(seen: &Seen) {
    let gateway = &seen.gateway;
    let home = gateway.stage.home();
    let key = gateway.key("alice");
    fs::create_dir_all(home.join(".ssh")).unwrap();
    for end in ["", "-cert.pub"] {
        fs::copy(format!("{}{end}", key.display()), home.join(format!(".ssh/id_ed25519{end}"))).unwrap();
    }
    do_it(&format!("chmod 600 {}/.ssh/id_ed25519", home.display()), "");
    fs::copy(seen.cookie("alice"), gateway.folder().join("alice.cookie")).unwrap();
    let blocks = blocks_of("docs/src/verify.md", "bash");
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let output = seen.types(&block);
        assert_eq!(output.status.code(), Some(0), "{block}: {}", told(&output));
    }
    let (announced, _) = excerpts();
    let output = seen.types("sh lab.publish/publish.sh verify");
    let said = plain(&told(&output));
    assert!(announced.iter().all(|line| said.contains(line)), "{announced:#?}\n{said:#?}");
}

/// The two excerpts of the book: what is said before, and the table.
fn excerpts() -> (Vec<String>, Vec<String>) {
    let blocks = blocks_of("docs/src/verify.md", "text");
    let [announced, table] = blocks.as_slice() else { panic!("{blocks:?}") };
    (plain(announced), plain(table))
}

/// Lines with single spaces, and without ports and the names that are another's in the book.
fn plain(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let line = words.join(" ").replace("clab-lab-", "clab-stage-").replace("https://login.example.net", ISSUER);
        line.replace(|c: char| c.is_ascii_digit(), "")
    };
    text.lines().map(line).collect()
}

/// What is wrong with Apache.
fn pages(seen: &Seen) {
    let closed = Seen::name("grafana");
    // The acl is gone.
    let without_acl =
        "/<RequireAll>/,/<\\/RequireAll>/d; s/^ *AuthType .*/Require all granted/; s/^ *AuthzSendForbidden.*//";
    Seen::with_changed(PAGE, without_acl, GRACEFUL, || {
        let said = seen.verify(&[]);
        said.is_only("wider", 1, &closed, "answers without a login: status 200");
        assert!(said.text.contains("close the lab now: sh ") && said.text.contains("publish.sh down"), "{}", said.text);
        let (_, table) = excerpts();
        let said = plain(&told(&seen.types("sh lab.publish/publish.sh verify")));
        assert!(table.iter().all(|line| said.contains(line)), "{table:#?}\n{said:#?}");
    });
    // The page is gone, so what answers for other names answers for it.
    Seen::with_changed(PAGE, "s/^ *ServerName grafana-.*/ServerName elsewhere.invalid/", GRACEFUL, || {
        seen.verify(&[]).is_only("cannot tell", 3, &closed, "answers like a name that is not in the plan");
    });
    // A proxy in between, which answers everything.
    do_it("apache2ctl stop", "");
    assert!(soon(|| std::net::TcpStream::connect("127.0.0.1:443").is_err()));
    let proxy = stand_in(&["0.0.0.0", "443", "proxy"], "https");
    let said = seen.verify(&[]);
    assert_eq!((said.code, said.with("wider")), (Some(3), vec![]), "{}", said.text);
    let cannot = said.with("cannot tell").join("\n");
    assert!(cannot.contains("for a name that is not in the plan: a proxy in between"), "{cannot}");
    for page in ["wiki", "grafana"] {
        let name = format!("{}: answers like a name that is not in the plan", Seen::name(page));
        assert!(cannot.contains(&name), "{cannot}");
    }
    drop(proxy);
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
    for name in [Seen::name("grafana"), Seen::name("leaf1")] {
        assert!(
            said.with("as planned").iter().any(|check| check.starts_with(&format!("{name}: gets in"))),
            "{}",
            said.text
        );
    }
    for others in [as_mallory, as_carol, ["--as", "bob@somedomain.com", "--cookie", bob]] {
        let said = seen.verify(&others);
        assert_eq!(said.with("wider"), Vec::<String>::new(), "{}", said.text);
        let refused = format!("{}: refused: status 403", Seen::name("grafana"));
        assert!(said.with("as planned").contains(&refused), "{}", said.text);
    }
    // Anyone who is logged in gets in.
    let any = "s/^ *Require claim \"email~.*/Require valid-user/";
    Seen::with_changed(PAGE, any, GRACEFUL, || {
        assert_eq!(seen.verify(&[]).code, Some(0), "nobody is asked to log in as before");
        seen.verify(&as_mallory).is_only("wider", 1, &Seen::name("grafana"), "gets in: status 200");
    });
    // The end of the address does not count.
    let without_anchors = "s/^ *Require claim \"email~.*/Require claim \"email~@nokia[.]com\"/";
    Seen::with_changed(PAGE, without_anchors, GRACEFUL, || {
        seen.verify(&as_carol).is_only("wider", 1, &Seen::name("grafana"), "gets in: status 200");
    });
    // The certificate opens every port of the gateway.
    Seen::with_changed(PRINCIPALS, "s/,permitopen=\"[^\"]*\"//g", "true", || {
        let said = seen.verify(&as_alice);
        let wider = said.with("wider").join("\n");
        assert_eq!(said.code, Some(1), "{}", said.text);
        assert!(wider.contains(&format!("{}: gets in", Seen::name("leaf2"))), "{wider}");
        assert!(wider.contains("ssh:22: reaches port 22 of the gateway, which no entry opens"), "{wider}");
        assert!(wider.contains(&format!("{}: reaches port", Seen::name("grafana"))), "{wider}");
    });
    // What sshd has for that in its own settings makes a line of this file invalid.
    Seen::with_changed(PRINCIPALS, "s/permitopen=\"[^\"]*\"/permitopen=\"any\"/g", "true", || {
        let said = seen.verify(&as_alice);
        assert!(said.code == Some(3) && said.with("cannot tell").len() == 5, "{}", said.text);
        assert!(said.text.contains("the certificate is not accepted"), "{}", said.text);
    });
    // The person is no longer let in.
    Seen::with_changed(
        PRINCIPALS,
        "s/^restrict.* alice@nokia.com$/restrict,port-forwarding,permitopen=\"127.0.0.1:9\" alice@nokia.com/",
        "true",
        || {
            seen.verify(&as_alice).is_only("narrower", 3, &Seen::name("leaf1"), "refused");
        },
    );
    let said = gateway.stage.script(&["verify", "--as", "bob@somedomain.com", "--key", key.to_str().unwrap()]);
    assert!(told(&said).contains("the certificate is not for bob@somedomain.com"), "{}", told(&said));
    assert!(!fs::read_to_string(&cookies[0]).unwrap().is_empty());
}

/// What is wrong with ports of the gateway.
fn ports(seen: &Seen) {
    let gateway = &seen.gateway;
    // A firewall, or a proxy, that leads from outside to a port which only the gateway itself should reach.
    for node in ["grafana", "leaf1"] {
        let port = gateway.port(node).to_string();
        let hole = stand_in(&["127.9.9.9", &port, "hole"], "tcp");
        seen.verify(&[]).is_only("wider", 1, &Seen::name(node), "answers anyone, past the acl");
        drop(hole);
    }
    // The tunnel listens on every address of the gateway.
    let port = gateway.port("leaf2");
    let (script, keys) = (gateway.compiled("publish.sh"), "/etc/ssh/publish-plan/stage/authorized_keys");
    let [from, to] = ["127.0.0.1", "0.0.0.0"].map(|address| format!("{address}:{port}"));
    let as_planned = fs::read_to_string(&script).unwrap();
    assert!(as_planned.contains(&from));
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    Seen::with_changed(keys, &format!("s/{from}/{to}/"), "true", || {
        fs::write(&script, as_planned.replace(&from, &to)).unwrap();
        gateway.up();
        fs::write(&script, &as_planned).unwrap();
        seen.verify(&[]).is_only("wider", 1, &Seen::name("leaf2"), &format!("port {port} of lab.test answers anyone"));
        assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    });
    gateway.up();
    // With `--verify`, nothing of it stays open.
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    let hole = stand_in(&["127.9.9.9", &gateway.port("leaf1").to_string(), "hole"], "tcp");
    let authority = gateway.folder().join("ca.pem");
    let output = gateway.stage.command(&["up", "--verify"]).env("CURL_CA_BUNDLE", &authority).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(
        told(&output).contains("something is wider than planned, so everything is closed now"),
        "{}",
        told(&output)
    );
    gateway.stage.assert_struck();
    drop(hole);
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
    let (one, two) = (row("r1"), row("r2"));
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
    assert!(wider[0].ends_with(&format!("but {} answers here", Seen::name("r2"))), "{wider:?}");
    assert_eq!(gateway.stage.script(&["down"]).status.code(), Some(0));
    gateway.up();
    // Another service in a node's place.
    let target = target(&one);
    let (address, port) = target.rsplit_once(':').unwrap();
    end(&mut seen.gateway.servers[1]);
    let other = stand_in(&[address, port, "another service"], "tcp");
    let said = seen.verify(&[]);
    drop(other);
    let cannot = said.with("cannot tell");
    let of_one = cannot.iter().find(|check| check.starts_with(&Seen::name("r1"))).unwrap();
    assert!(of_one.contains("not as it did when it was trusted"), "{of_one}");
    // The other nodes do not answer.
    let of_two = format!("{}: the port is open, but nothing behind it answers", Seen::name("r2"));
    assert!(cannot.contains(&of_two) && said.code == Some(3), "{}", said.text);
    seen.gateway.run_nodes();
}

/// A program that ends with this.
struct Server(Option<Child>);

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// Something that answers at an address: `https` 200 for every name, `tcp` with some words.
fn stand_in(arguments: &[&str; 3], kind: &str) -> Server {
    let mut program = super::stage::node("anything.mjs");
    let child = program.args(super::stage::CERTIFICATE).arg(kind).args(arguments).spawn().unwrap();
    let place = (arguments[0], arguments[1].parse::<u16>().unwrap());
    assert!(soon(|| std::net::TcpStream::connect(place).is_ok()), "{arguments:?}");
    assert!(own("anything.mjs").exists());
    Server(Some(child))
}

/// Nobody is told of anything that is not so.
#[test]
fn without_sabotage_nothing_is_told() {
    let Some(seen) = Seen::new() else { return };
    let key = seen.gateway.key("alice");
    let cookie = seen.cookie("alice");
    let as_alice = ["--as", ALICE, "--key", key.to_str().unwrap(), "--cookie", cookie.to_str().unwrap()];
    assert_eq!(seen.verify(&["--trust"]).code, Some(0));
    // Each run takes two seconds.
    for run in 0..if all_cases() { 200 } else { 12 } {
        let said = seen.verify(if run % 4 == 0 { &as_alice } else { &[] });
        assert_eq!(said.code, Some(0), "run {run}: {}", said.text);
    }
}
