//! `publish.sh verify` with relays that ask nobody, which run, and with doors of services, which are stood in for: each stand-in answers as
//! the facts about its provider say that the service does.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use super::faults::Relay;
use super::services::TUNNEL;
use super::ssh::keygen;
use super::{bore, ssh};
use crate::support::stage::{SHELLS, Stage, is_shell};
use crate::support::{root, skip};

/// What `verify` said: its exit code, the verdict and what was found for each socket and each name, and everything.
struct Said {
    code: Option<i32>,
    checks: Vec<(String, String, String)>,
    text: String,
}

fn verify(stage: &Stage, arguments: &[&str]) -> Said {
    let output = stage.script(&[&["verify", "--json"], arguments].concat());
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {text}"));
    let schema = fs::read_to_string(root().join("schemas/verification.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    validator.validate(&json).unwrap_or_else(|error| panic!("{error}: {text}"));
    let word = |check: &Value, key: &str| check[key].as_str().unwrap_or("-").to_owned();
    let checks = json["checks"].as_array().unwrap().iter();
    let checks = checks.map(|check| (word(check, "socket"), word(check, "verdict"), word(check, "found"))).collect();
    Said { code: output.status.code(), checks, text }
}

impl Said {
    #[track_caller]
    fn says(&self, node: &str, verdict: &str, found: &str) {
        let of_node = |socket: &str| socket.contains(&format!("-{node}-")) || socket == node;
        let check = self.checks.iter().find(|(socket, ..)| of_node(socket));
        let (_, is, said) = check.unwrap_or_else(|| panic!("{node}: {}", self.text));
        assert!(
            is == verdict && said.contains(found),
            "{node}: {is}, {said}; expected {verdict}, {found}\n{}",
            self.text
        );
    }
}

/// A service that says its name to anyone who connects.
struct Speaker(Arc<AtomicBool>, u16);

impl Speaker {
    fn new(address: &str, port: u16, name: &'static str) -> Self {
        let listener = TcpListener::bind((address, port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_on = Arc::new(AtomicBool::new(true));
        let on = Arc::clone(&is_on);
        thread::spawn(move || {
            listener.set_nonblocking(true).unwrap();
            let mut held = Vec::new();
            while on.load(Ordering::Relaxed) {
                if let Ok((mut stream, _)) = listener.accept() {
                    let _ = writeln!(stream, "{name}, at your service");
                    held.push(stream);
                }
                thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        Self(is_on, port)
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
        thread::sleep(std::time::Duration::from_millis(30));
    }
}

/// Open ports of a relay: they answer, and lead to their nodes.
fn ports(relay: &dyn Relay) {
    let mut stage = Stage::new();
    let (one, two) = (Speaker::new("127.0.0.2", 0, "one"), Speaker::new("127.0.0.3", 0, "two"));
    stage.known_node("one", "127.0.0.2", one.1, "tcp");
    stage.known_node("two", "127.0.0.3", two.1, "tcp");
    stage.node("page", "127.0.0.4", "http");
    relay.compile(&stage, 0);
    // Nothing is open: that is no proof of anything.
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("one", "cannot tell", "nothing listens there (refused)");
    let up = stage.script(&["up"]);
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    assert_eq!(verify(&stage, &["--trust"]).code, Some(0));
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(0), "{}", said.text);
    let status = stage.script(&["status"]);
    let status = String::from_utf8_lossy(&status.stderr);
    assert!(status.contains("verified from this machine 0 minutes ago, as nobody: as planned"), "{status}");
    for node in ["one", "two", "page"] {
        said.says(node, "as planned", "answers");
    }
    // In every shell, and from a copy of the directory, on a machine that has nothing else of the lab.
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(verify(&stage, &[]).code, Some(0), "{shell:?}");
    }
    stage.shell = vec!["dash".to_owned()];
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = format!("cp -r {}/stage.publish {}", stage.folder().display(), elsewhere.path().display());
    assert!(Command::new("sh").args(["-c", &copy]).status().unwrap().success());
    let there = Command::new("sh")
        .args(["stage.publish/publish.sh", "verify", "--marks", "marks"])
        .current_dir(&elsewhere)
        .env("HOME", elsewhere.path())
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap();
    assert_eq!(there.status.code(), Some(0), "{}", String::from_utf8_lossy(&there.stderr));
    // A check that dies proves nothing.
    stage.stand_in("mkfifo", "exit 1\n");
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("one", "cannot tell", "this check ended before its time");
    fs::remove_file(stage.bin().join("mkfifo")).unwrap();
    // The nodes have swapped their places.
    let (at_one, at_two) = (one.1, two.1);
    drop((one, two));
    let swapped = (Speaker::new("127.0.0.2", at_one, "two"), Speaker::new("127.0.0.3", at_two, "one"));
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(1), "{}", said.text);
    for (node, other) in [("one", "two"), ("two", "one")] {
        said.says(node, "wider", &format!("{} answers here", stage.socket(other, true)));
    }
    let status = stage.script(&["status"]);
    let status = String::from_utf8_lossy(&status.stderr);
    assert!(status.contains("2 checks wider than planned"), "{status}");
    drop(swapped);
    // One has what is another's version too, which is no proof that it is the other.
    let both = (Speaker::new("127.0.0.2", at_one, "two"), Speaker::new("127.0.0.3", at_two, "two"));
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("one", "cannot tell", "not as it did when it was trusted");
    drop(both);
    // One is another now, and one does not answer.
    let _another = Speaker::new("127.0.0.2", at_one, "somebody");
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("one", "cannot tell", "not as it did when it was trusted");
    said.says("two", "cannot tell", "nothing behind it answers");
    assert_eq!(verify(&stage, &["--trust"]).code, Some(3));
    verify(&stage, &[]).says("one", "as planned", "answers");
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
}

#[test]
fn ports_of_ssh_lead_where_they_should() {
    if let Some(relay) = ssh::boxed() {
        ports(&*relay);
    }
}

#[test]
fn ports_of_bore_lead_where_they_should() {
    if let Some(relay) = bore::boxed() {
        ports(&*relay);
    }
}

/// The doors of a service: a server for names that all lead to it, each with a status, headers, and a body.
struct Doors {
    server: std::process::Child,
}

const DOORS: &str = r"
import http.server, json, os, ssl, sys
pages, scheme, pair = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.headers['Host'].split(':')[0]
        with open(sys.argv[4], 'a') as log: log.write(host + ' ' + str(self.headers['Cookie']) + '\n')
        page = pages.get(host, pages['*'])
        self.send_response(page[0])
        if page[1]: self.send_header('Location', page[1])
        body = page[2].replace('NONCE', os.urandom(8).hex()).encode()
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Door)
if scheme == 'https':
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
";

impl Doors {
    /// Every name that curl is asked for leads to these pages; `*` is the one for names that are not among them.
    fn open(stage: &Stage, scheme: &str, pages: &Value) -> Self {
        use std::io::{BufRead, BufReader};
        let pair = stage.folder().join("doors.pem");
        let pair = pair.to_str().unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=doors", "-keyout", pair, "-out", pair])
            .args(["-addext", "subjectAltName=DNS:*.example.net,DNS:*.lab.example.net"])
            .output()
            .unwrap();
        assert!(made.status.success());
        // The key and then the certificate.
        let key = fs::read_to_string(pair).unwrap();
        assert!(key.contains("CERTIFICATE"));
        let mut server = Command::new("python3")
            .args(["-c", DOORS, &pages.to_string(), scheme, pair, &stage.folder().join("asked").to_string_lossy()])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let curl =
            String::from_utf8(Command::new("sh").args(["-c", "command -v curl"]).output().unwrap().stdout).unwrap();
        let more = format!("--connect-to ::127.0.0.1:{} --cacert {pair}", port.trim());
        stage.stand_in("curl", &format!("printf '%s\\n' \"$*\" >>\"$LOG\"\ncase \"$*\" in *telnet://*) exec {0} \"$@\" ;; esac\nexec {0} -q {more} \"$@\"\n", curl.trim()));
        Self { server }
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn has_tools() -> bool {
    let has =
        ["curl", "openssl", "python3"].iter().all(|program| Command::new(program).arg("--version").output().is_ok());
    if !has {
        skip("curl, openssl, or python3 is not installed");
    }
    has
}

#[test]
fn access_of_cloudflare_asks_or_does_not() {
    if !has_tools() {
        return;
    }
    let mut stage = Stage::new();
    for (name, address) in [
        ("a", "127.0.0.2"),
        ("b", "127.0.0.3"),
        ("c", "127.0.0.4"),
        ("d", "127.0.0.5"),
        ("e", "127.0.0.6"),
        ("f", "127.0.0.7"),
    ] {
        stage.known_node(name, address, 80, "http");
    }
    stage.known_node("echo", "127.0.0.8", 22, "tcp");
    stage.secret(&format!(".cloudflared/{TUNNEL}.json"), "{}");
    let host = |name: &str| format!("{name}-80.example.net");
    let names = ["a", "b", "c", "d", "e", "f"].map(host);
    let tag = "a".repeat(64);
    let tags: Vec<String> = names.iter().map(|host| format!("--access-tag={host}={tag}")).collect();
    let echo = format!("--access-tag=echo-22.example.net={tag}");
    let mut all = vec!["--tunnel", TUNNEL, "--team", "t", "--domain", "example.net", &echo];
    all.extend(tags.iter().map(String::as_str));
    stage.compile("cloudflared", "/user@domain.com", &all);
    let login = |host: &str, kid: &str| {
        format!("https://t.cloudflareaccess.com/cdn-cgi/access/login/{host}?kid={kid}&redirect_url=%2F")
    };
    let pages = serde_json::json!({
        names[0].as_str(): [302, login(&names[0], &tag), ""],
        names[1].as_str(): [302, login(&names[1], &"b".repeat(64)), ""],
        names[2].as_str(): [200, "", "the node itself"],
        names[3].as_str(): [403, "", ""],
        names[4].as_str(): [302, "/login", ""],
        names[5].as_str(): [403, "", "the node refuses"],
        "echo-22.example.net": [302, login("echo-22.example.net", &tag), ""],
        "*": [404, "", ""],
    });
    let _doors = Doors::open(&stage, "https", &pages);
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(1), "{}", said.text);
    said.says("a", "as planned", "asks for a login at https://t.cloudflareaccess.com");
    said.says("b", "cannot tell", "cannot be told to be the login of the plan");
    said.says("c", "wider", "answers without a login: status 200");
    // Cloudflare's program and the node may both refuse without a word.
    said.says("d", "cannot tell", "perhaps of the node itself");
    said.says("e", "wider", "a redirect to /login");
    said.says("f", "cannot tell", "perhaps of the node itself");
    said.says("echo", "as planned", "asks for a login");
    // A cookie goes to the closed pages of this lab only, and is in no argument.
    let cookie = stage.secret("cookie", "CF_Authorization=s3cret\r\nX-Injected: yes\n");
    let (asked, log) = (stage.folder().join("asked"), stage.folder().join("log"));
    fs::remove_file(&asked).unwrap();
    let said = verify(&stage, &["--as", "user@domain.com", "--cookie", cookie.to_str().unwrap()]);
    let asked = fs::read_to_string(&asked).unwrap();
    let with: Vec<&str> = asked.lines().filter(|line| line.contains("s3cret")).collect();
    assert_eq!(with.len(), 7, "{asked}");
    assert!(
        with.iter().all(|line| line.ends_with("-80.example.net CF_Authorization=s3cret")
            || *line == "echo-22.example.net CF_Authorization=s3cret"),
        "{asked}"
    );
    assert!(!said.text.contains("s3cret") && !fs::read_to_string(log).unwrap().contains("s3cret"), "{}", said.text);
    let of_c = said.checks.iter().filter(|(socket, ..)| socket.contains("-c-")).collect::<Vec<_>>();
    assert!(
        of_c.iter().any(|(_, verdict, found)| verdict == "as planned" && found == "gets in: status 200"),
        "{of_c:?}"
    );
    // Somebody else, with a session that the door takes.
    let said = verify(&stage, &["--as", "mallory@domain.org", "--cookie", cookie.to_str().unwrap()]);
    let of_c = said.checks.iter().filter(|(socket, ..)| socket.contains("-c-")).collect::<Vec<_>>();
    assert!(of_c.iter().all(|(_, verdict, _)| verdict == "wider"), "{of_c:?}");
}

#[test]
fn ngrok_asks_or_does_not() {
    if !has_tools() {
        return;
    }
    let mut stage = Stage::new();
    stage.known_node("a", "127.0.0.2", 80, "http");
    stage.secret("token", "t0ken");
    let page = |page: Value| serde_json::json!({ "*": page });
    for (answer, code, verdict, found) in [
        (
            serde_json::json!([302, "https://idp.ngrok.com/oauth2/authn?x=y", ""]),
            0,
            "as planned",
            "https://idp.ngrok.com",
        ),
        (serde_json::json!([200, "", "the node"]), 1, "wider", "answers without a login"),
        (serde_json::json!([502, "", "ERR_NGROK_8012"]), 3, "cannot tell", "status 502"),
    ] {
        stage.compile(
            "ngrok",
            "/user@gmail.com",
            &["--secret", "~/token", "--force", "--domain", "lab.example.net", "--tier", "paid"],
        );
        let _doors = Doors::open(&stage, "https", &page(answer));
        let said = verify(&stage, &[]);
        assert_eq!(said.code, Some(code), "{}", said.text);
        said.says("a", verdict, found);
    }
    // Where ngrok chooses the address, nobody outside knows it.
    stage.compile("ngrok", "/user@gmail.com", &["--secret", "~/token", "--force"]);
    let said = verify(&stage, &[]);
    said.says("a", "cannot tell", "its address is known only where the lab is open");
    assert_eq!(said.code, Some(3), "{}", said.text);
}

#[test]
fn a_page_of_frp_is_there_or_is_not() {
    if !has_tools() {
        return;
    }
    let mut stage = Stage::new();
    stage.known_node("a", "127.0.0.2", 80, "http");
    stage.known_node("b", "127.0.0.3", 80, "http");
    stage.secret("token", "t0ken");
    let given = ["--relay", "relay.example.net", "--secret", "~/token", "--domain", "lab.example.net"];
    stage.compile("frp", "", &given);
    let missing = "<title>Not Found</title><h1>The page you requested was not found.</h1>";
    let pages =
        serde_json::json!({ "a-80.lab.example.net": [200, "", "<title>Grafana</title>"], "*": [404, "", missing] });
    let _doors = Doors::open(&stage, "http", &pages);
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("-", "as planned", "status 404");
    said.says("a", "as planned", "answers: status 200");
    said.says("b", "cannot tell", "answers like a name that is not in the plan");
}

#[test]
fn what_nobody_outside_can_try_is_not_told_to_be_kept() {
    let mut stage = Stage::new();
    stage.known_node("a", "127.0.0.2", 80, "http");
    stage.known_node("b", "127.0.0.3", 22, "tls");
    for (provider, arguments, why) in [
        ("tailscale", &[][..], "only members of the tailnet reach it"),
        ("border0", &[], "visitors need border0"),
        ("mysocketio", &[], "the service no longer exists"),
    ] {
        stage.compile(provider, "/user@domain.com", &[&["--force"], arguments].concat());
        let said = verify(&stage, &[]);
        assert_eq!(said.code, Some(3), "{}", said.text);
        for node in ["a", "b"] {
            said.says(node, "cannot tell", why);
        }
    }
}

/// What keeps a verification from being done has an exit code of its own, and nothing secret is in what is printed.
#[test]
fn a_slip_of_the_hand_is_no_verdict() {
    let mut stage = Stage::new();
    stage.known_node("a", "127.0.0.2", 80, "tcp");
    stage.compile("tailscale", "/user@domain.com", &["--force"]);
    let cookie = stage.secret("cookie", "session=s3cret");
    let open = stage.folder().join("open-cookie");
    fs::write(&open, "session=s3cret").unwrap();
    std::os::unix::fs::symlink("elsewhere", stage.folder().join("link")).unwrap();
    let [cookie, open] = [&cookie, &open].map(|path| path.to_str().unwrap());
    for (arguments, words) in [
        (&["--as", "a@b.com"][..], "--as needs --key FILE, --cookie FILE, or both"),
        (&["--cookie", cookie], "--key and --cookie need --as ADDRESS"),
        (&["--as", "nobody", "--cookie", cookie], "--as needs an email address"),
        (&["--as", "a@b@c", "--cookie", cookie], "--as needs an email address"),
        (&["--as", "a@b.com", "--cookie", open], "is accessible to other users"),
        (&["--as", "a@b.com", "--key", cookie], "--key is for a gateway"),
        (&["--as", "a@b.com", "--cookie", "/nonexistent"], "the cookie is missing"),
        (&["--ca", "/nonexistent"], "not readable: /nonexistent"),
        (&["--marks", "home"], "not a regular file: home"),
        (&["--trust", "--marks", "link"], "not a regular file: link"),
        (&["--as", "a@b.com", "--cookie", "a\"b"], "contains a quote or a line break"),
        (&["--fast"], "usage: sh publish.sh verify"),
    ] {
        let output = stage.script(&[&["verify"], arguments].concat());
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    // Files of the lab that are out of date, or not its own.
    let (topology, runtime) = (stage.folder().join("stage.clab.yml"), stage.folder().join("stage.publish/runtime.sh"));
    for (path, words) in
        [(&topology, "changed after this was compiled"), (&runtime, "is not the one that this file was compiled with")]
    {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, format!("{text}# another\n")).unwrap();
        let output = stage.script(&["verify"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(words), "{said}");
        fs::write(path, text).unwrap();
    }
}

/// By the name of the lab: only files are run that this program would write now.
#[test]
fn a_strangers_script_verifies_nothing() {
    let mut stage = Stage::new();
    stage.known_node("a", "127.0.0.2", 80, "http");
    stage.compile("tailscale", "/user@domain.com", &["--force"]);
    let verify = |arguments: &[&str]| {
        let fixed = ["verify", "stage.clab.yml", "--no-config", "--provider", "tailscale", "--address", "a=127.0.0.2"];
        let output = stage.own(&[&fixed, arguments].concat()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said)
    };
    let (code, said) = verify(&[]);
    assert!(code == Some(3) && said.contains("cannot tell  nobody  clab-stage-a-http-80"), "{said}");
    let (code, said) = verify(&["--junit"]);
    assert!(code == Some(3) && said.contains("<testsuites><testsuite name=\"publish-plan verify stage\""), "{said}");
    assert!(said.contains("<skipped message=\"cannot tell: only members of the tailnet"), "{said}");
    let (code, said) = verify(&["--json"]);
    assert!(code == Some(3) && said.starts_with("{\"version\":1,"), "{said}");
    for name in ["publish.sh", "runtime.sh"] {
        let path = stage.folder().join("stage.publish").join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replace("set -eu", "touch stolen\nset -eu").replace("umask 077", "umask 077; touch stolen"),
        )
        .unwrap();
        let (code, said) = verify(&[]);
        assert!(code == Some(2) && said.contains("are not those that this program would write now"), "{said}");
        fs::write(&path, text).unwrap();
    }
    // Another audience than the files were written for.
    let topology = stage.folder().join("stage.clab.yml");
    let text = fs::read_to_string(&topology).unwrap();
    fs::write(&topology, text.replace("user@domain.com", "other@domain.com")).unwrap();
    assert_eq!(verify(&[]).0, Some(2));
    // What cannot be compiled is no verdict either.
    fs::write(&topology, text.replace("http/80", "http/99999")).unwrap();
    assert_eq!(verify(&[]).0, Some(2));
    assert!(!stage.folder().join("stolen").exists());
}

/// A gateway whose pages are stood in for by [`Doors`] and whose sshd by a program: page `web`, port `leaf`, both for alice.
fn gateway() -> Stage {
    let mut stage = Stage::new();
    stage.known_node("web", "127.0.0.2", 80, "http");
    stage.known_node("leaf", "127.0.0.3", 22, "tcp");
    keygen(&stage.home().join("tunnel"));
    // Nothing listens there.
    fs::write(stage.home().join("known"), "127.9.9.8 ssh-ed25519 AAAA\n").unwrap();
    let given = ["--relay", "127.9.9.8", "--domain", "lab.example.net", "--issuer", "https://login.example.net"];
    let more =
        ["--client-id", "c", "--acme-email", "a@example.net", "--identity", "~/tunnel", "--known-hosts", "~/known"];
    stage.compile("gateway", "/alice@nokia.com", &[&given[..], &more].concat());
    stage
}

const OWN: &str = "client_id=c&redirect_uri=https%3A%2F%2Fauth.lab.example.net%2F.publish-plan%2Foidc&state=x";
const REFUSES: &str = "echo 'clab-stage-visitors@127.9.9.8: Permission denied (publickey).' >&2; exit 255\n";

/// The pages of a gateway: that of `web`, and what its issuer says of itself.
fn web(answer: &Value) -> Value {
    let metadata =
        "{\"issuer\":\"https://login.example.net\",\"authorization_endpoint\":\"https://login.example.net/auth\"}";
    serde_json::json!({ "web-80.lab.example.net": answer, "login.example.net": [200, "", metadata], "*": [403, "", "no"] })
}

#[test]
fn a_page_is_closed_by_its_own_login_only() {
    if !has_tools() {
        return;
    }
    let stage = gateway();
    stage.stand_in("ssh", REFUSES);
    let login = |path: &str, query: &str| format!("https://login.example.net{path}?{query}");
    let not_named = "The lab's owner has not named you for this page, https://login.example.net has not verified your email address, or your access was ended. (To programs: a header with an underscore in its name is refused.)";
    for (answer, verdict, found) in [
        (
            serde_json::json!([302, login("/auth", OWN), ""]),
            "as planned",
            "asks for a login at https://login.example.net",
        ),
        // The node's own login at the same issuer, also if it carries the words of the other one, and one without a client.
        (serde_json::json!([302, login("/auth", "client_id=grafana&redirect_uri=x"), ""]), "wider", "a redirect to"),
        (
            serde_json::json!([
                302,
                login("/auth", &format!("client_id=grafana&state=%26{}%26", OWN.replace('&', "%26"))),
                ""
            ]),
            "wider",
            "a redirect to",
        ),
        (serde_json::json!([302, login("/auth", "state=x"), ""]), "cannot tell", "cannot be told"),
        // A status that is no redirect.
        (serde_json::json!([300, login("/auth", OWN), ""]), "wider", "status 300"),
        // Another path of it, and another issuer.
        (serde_json::json!([302, login("/logout", OWN), ""]), "wider", "a redirect to"),
        (
            serde_json::json!([302, format!("https://evil.example.org/auth?{OWN}"), ""]),
            "cannot tell",
            "evil.example.org",
        ),
        // A page is no redirect, whatever it says.
        (serde_json::json!([200, login("/auth", OWN), "the node"]), "wider", "status 200"),
        (serde_json::json!([502, login("/auth", OWN), ""]), "cannot tell", "status 502"),
        (serde_json::json!([404, "", "the node"]), "wider", "status 404"),
        (serde_json::json!([400, "", ""]), "cannot tell", "status 400"),
        (serde_json::json!([403, "", "no"]), "cannot tell", "answers like a name that is not in the plan"),
        // The door's own page, and one that has its words.
        (serde_json::json!([401, "", not_named]), "as planned", "refuses: status 401"),
        (serde_json::json!([401, "", format!("{not_named} <h1>the node</h1>")]), "cannot tell", "status 401"),
        (serde_json::json!([403, "", "the admin has not named you"]), "cannot tell", "status 403"),
    ] {
        let _doors = Doors::open(&stage, "https", &web(&answer));
        let said = verify(&stage, &[]);
        said.says("web", verdict, found);
        said.says("leaf", "as planned", "refused without a certificate");
        let code = match verdict {
            "as planned" => 0,
            "wider" => 1,
            _ => 3,
        };
        assert_eq!(said.code, Some(code), "{}", said.text);
    }
    // Everybody gets a page for every name, the same one or another one each time.
    for page in ["a proxy", "a proxy, NONCE"] {
        let all = serde_json::json!({ "*": [200, "", page], "login.example.net": [200, "", page] });
        let _doors = Doors::open(&stage, "https", &all);
        let said = verify(&stage, &[]);
        said.says("web", "cannot tell", "answers like a name that is not in the plan");
        assert_eq!(said.code, Some(3), "{}", said.text);
    }
    // Every name leads to a page, and this one to its node.
    let mut pages = web(&serde_json::json!([200, "", "the node"]));
    pages["*"] = serde_json::json!([200, "", "it works"]);
    let _doors = Doors::open(&stage, "https", &pages);
    verify(&stage, &[]).says("web", "wider", "answers without a login: status 200");
}

/// What an issuer says of itself, in other forms; and one that says nothing, without which no session can be told from none.
#[test]
fn a_login_page_is_known_by_what_the_issuer_says() {
    if !has_tools() {
        return;
    }
    let stage = gateway();
    stage.stand_in("ssh", REFUSES);
    let cookie = stage.secret("cookie", "mod_auth_openidc_session=s3cret");
    let query = "https://login.example.net/auth?p=B2C_1_signin";
    for (metadata, page) in [
        (
            "{\n\t\"authorization_endpoint\"\t:\t\"https:\\/\\/login.example.net\\/auth\"\n}",
            "https://login.example.net/auth?",
        ),
        (&format!("{{\"authorization_endpoint\":\"{query}\"}}")[..], &format!("{query}&")[..]),
    ] {
        let mut pages = web(&serde_json::json!([302, format!("{page}{OWN}"), ""]));
        pages["login.example.net"] = serde_json::json!([200, "", metadata]);
        let _doors = Doors::open(&stage, "https", &pages);
        let said = verify(&stage, &[]);
        said.says("web", "as planned", "asks for a login");
        assert_eq!(said.code, Some(0), "{}", said.text);
    }
    let mut pages = web(&serde_json::json!([302, format!("https://login.example.net/auth?{OWN}"), ""]));
    pages["login.example.net"] = serde_json::json!([429, "", "slow down"]);
    let _doors = Doors::open(&stage, "https", &pages);
    for person in ["alice@nokia.com", "eve@evil.com"] {
        let said = verify(&stage, &["--as", person, "--cookie", cookie.to_str().unwrap()]);
        let of_web: Vec<_> = said.checks.iter().filter(|(socket, ..)| socket.contains("-web-")).collect();
        assert!(of_web.len() == 2 && of_web.iter().all(|(_, verdict, _)| verdict == "cannot tell"), "{}", said.text);
    }
}

/// Bytes came, whatever they are.
#[test]
fn a_page_is_a_page_without_a_good_certificate_too() {
    if !has_tools() {
        return;
    }
    let stage = gateway();
    stage.stand_in("ssh", REFUSES);
    let _doors = Doors::open(&stage, "https", &web(&serde_json::json!([200, "", "the node"])));
    // Nobody's request minds neither a certificate nor a protocol.
    let curl = fs::read_to_string(stage.bin().join("curl")).unwrap();
    let pair = stage.folder().join("doors.pem");
    fs::write(
        stage.bin().join("curl"),
        curl.replace(&format!("--cacert {}", pair.display()), "--cacert /etc/ssl/certs/ca-certificates.crt"),
    )
    .unwrap();
    verify(&stage, &[]).says("web", "wider", "answers without a login: status 200");
    let nine =
        "case \"$*\" in *web-80*) echo 'curl: (1) Received HTTP/0.9 when not allowed' >&2; exit 1 ;; esac\n\nexec";
    fs::write(stage.bin().join("curl"), curl.replacen("\nexec", &format!("\n{nine}"), 1)).unwrap();
    verify(&stage, &[]).says("web", "wider", "but not in HTTP");
}

/// Silence is a proof only where something else of the lab is heard.
#[test]
fn silence_proves_nothing_alone() {
    if !has_tools() {
        return;
    }
    let stage = gateway();
    stage.stand_in("ssh", "echo 'ssh: connect to host 127.9.9.8 port 22: Connection refused' >&2; exit 255\n");
    // The whole gateway is down.
    let refused = "case \"$*\" in *--version*) exec /usr/bin/env -i PATH=/usr/bin:/bin curl --version ;; esac\nprintf '* connect to 127.9.9.8 port 443 failed: Connection refused\\ncurl: (7) Failed to connect\\n\\n0.000000\\n' >&2\nexit 7\n";
    stage.stand_in("curl", refused);
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("web", "cannot tell", "connection refused; port");
    // A port behind a socket is silent: perhaps this network lets nobody out to it.
    stage.stand_in("ssh", REFUSES);
    let _doors = Doors::open(
        &stage,
        "https",
        &web(&serde_json::json!([302, format!("https://login.example.net/auth?{OWN}"), ""])),
    );
    let curl = fs::read_to_string(stage.bin().join("curl")).unwrap();
    let silent = "case \"$*\" in *telnet://*) printf '* Trying 127.9.9.8\\ncurl: (28) Connection timed out\\n\\n0.000000\\n' >&2; exit 28 ;; esac\n";
    fs::write(stage.bin().join("curl"), curl.replacen("case", &format!("{silent}case"), 1)).unwrap();
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("web", "cannot tell", "this network lets nobody out to it");
}

/// A port of IPv6, and a name with both.
#[test]
fn a_port_answers_at_an_address_of_six_parts_too() {
    let stage = gateway();
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return skip("this machine has no IPv6") };
    let port = listener.local_addr().unwrap().port();
    let knocks = |host: &str, port: u16| {
        stage.does(&format!("verify_folder=$(mktemp -d)\nknock '{host}' {port}\nprintf '%s\\n' \"$knock_is\"\nrm -r \"$verify_folder\"")).trim().to_owned()
    };
    assert_eq!(knocks("::1", port), "open");
    assert_eq!(knocks("[::1]", port), "open");
    drop(listener);
    assert_eq!(knocks("::1", port), "refused");
}

/// Files of marks as people keep them, and one that cannot be written.
#[test]
fn marks_survive_how_they_are_kept() {
    let Some(relay) = bore::boxed() else { return };
    let mut stage = Stage::new();
    let (one, two) = (Speaker::new("127.0.0.2", 0, "one"), Speaker::new("127.0.0.3", 0, "two"));
    stage.known_node("one", "127.0.0.2", one.1, "tcp");
    stage.known_node("two", "127.0.0.3", two.1, "tcp");
    relay.compile(&stage, 0);
    assert!(stage.script(&["up"]).status.success());
    let marks = stage.folder().join("marks");
    let of = |arguments: &[&str]| verify(&stage, &[&["--marks", marks.to_str().unwrap()], arguments].concat());
    assert_eq!(of(&["--trust"]).code, Some(0));
    let text = fs::read_to_string(&marks).unwrap();
    for kept in [text.trim_end().to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\n\n")] {
        fs::write(&marks, &kept).unwrap();
        assert_eq!(of(&[]).code, Some(0), "{kept:?}");
        assert_eq!(of(&["--trust"]).code, Some(0));
        let lines =
            |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&fs::read_to_string(&marks).unwrap()), lines(&text));
    }
    // Something is wider, which is more than a file that cannot be written.
    let (at_one, at_two) = (one.1, two.1);
    drop((one, two));
    let _swapped = (Speaker::new("127.0.0.2", at_one, "two"), Speaker::new("127.0.0.3", at_two, "one"));
    fs::write(&marks, text).unwrap();
    assert_eq!(of(&[]).code, Some(1));
    let said = verify(&stage, &["--trust", "--marks", "/proc/marks"]);
    assert_eq!(said.code, Some(2), "{}", said.text);
    // Two ports of one node may have one key.
    let judged = stage.does("verify_all=$(mktemp -d)\nverify_trust='' verify_marks=$verify_all/marks\nprintf 'a\\tr1\\nb\\tr1\\nc\\tr2\\n' >\"$verify_all/nodes\"\nprintf 'a\\tssh K\\nb\\tssh L\\nc\\tssh M\\n' >\"$verify_marks\"\nfor row in 'b ssh.K' 'c ssh.K'; do row \"${row% *}\" x nobody open answers kept \"$(printf '%s' \"${row#* }\" | tr . ' ')\"; done | judge_marks | cut -f 1,6 | tr '\\t\\n' '  '\nrm -r \"$verify_all\"");
    assert_eq!(judged.trim(), "b unknown c wider");
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
}

/// A relay listens in any case: what says nothing is no proof that the node is there.
#[test]
fn a_port_that_says_nothing_proves_nothing() {
    let Some(relay) = bore::boxed() else { return };
    let mut stage = Stage::new();
    let silent = TcpListener::bind("127.0.0.2:0").unwrap();
    stage.known_node("silent", "127.0.0.2", silent.local_addr().unwrap().port(), "tcp");
    stage.node("page", "127.0.0.4", "tcp");
    relay.compile(&stage, 0);
    assert!(stage.script(&["up"]).status.success());
    let said = verify(&stage, &[]);
    assert_eq!(said.code, Some(3), "{}", said.text);
    said.says("silent", "cannot tell", "nothing there says anything");
    said.says("page", "as planned", "answers");
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
}

#[test]
fn nobody_is_in_or_out_without_a_proof() {
    if !has_tools() {
        return;
    }
    let stage = gateway();
    let _doors = Doors::open(
        &stage,
        "https",
        &web(&serde_json::json!([302, format!("https://login.example.net/auth?{OWN}"), ""])),
    );
    let (authority, key) = (stage.home().join("authority"), stage.home().join("key"));
    keygen(&authority);
    keygen(&key);
    let certify = |person: &str, valid: &str| {
        let arguments = ["-q", "-s", authority.to_str().unwrap(), "-I", person, "-n", person, "-V", valid];
        let signed = Command::new("ssh-keygen").args(arguments).arg(key.with_extension("pub")).status().unwrap();
        assert!(signed.success());
    };
    let asked = |person: &str, sshd: &str| {
        stage.stand_in("ssh", sshd);
        verify(&stage, &["--as", person, "--key", key.to_str().unwrap()])
    };
    let authenticated = "echo 'Authenticated to 127.9.9.8 ([127.9.9.8]:22) using \"publickey\".' >&2\n";
    let nobody = format!("case \"$*\" in *PubkeyAuthentication=no*) {} ;; esac\n", REFUSES.trim());
    for (person, own, verdict, found) in [
        ("alice@nokia.com", format!("{authenticated}echo hello"), "as planned", "gets in"),
        ("bob@nokia.com", format!("{authenticated}echo hello"), "wider", "gets in"),
        // Logged in, and the connection is gone.
        (
            "bob@nokia.com",
            format!("{authenticated}echo 'Connection to 127.9.9.8 closed by remote host.' >&2; exit 255"),
            "cannot tell",
            "closed by remote host",
        ),
        (
            "bob@nokia.com",
            format!(
                "{authenticated}echo 'channel 0: open failed: administratively prohibited: open failed' >&2; exit 255"
            ),
            "as planned",
            "refused",
        ),
        // No proof of anything.
        (
            "alice@nokia.com",
            "echo 'kex_exchange_identification: read: Connection reset by peer' >&2; exit 255".to_owned(),
            "cannot tell",
            "Connection reset",
        ),
        (
            "bob@nokia.com",
            "echo 'Not allowed at this time' >&2; exit 255".to_owned(),
            "cannot tell",
            "Not allowed at this time",
        ),
        ("alice@nokia.com", "exit 124".to_owned(), "cannot tell", "not let in"),
        ("bob@nokia.com", REFUSES.to_owned(), "cannot tell", "the certificate is not accepted"),
        // A banner is no answer.
        (
            "bob@nokia.com",
            format!("echo 'Permission denied (to strangers)' >&2\n{authenticated}echo hello"),
            "wider",
            "gets in",
        ),
    ] {
        certify(person, "-5m:+1h");
        let said = asked(person, &format!("{nobody}{own}\n"));
        let checks: Vec<_> = said.checks.iter().filter(|(socket, ..)| socket.contains("-leaf-")).collect();
        assert!(checks.iter().any(|(_, is, said)| is == verdict && said.contains(found)), "{person} {own}: {checks:?}");
        assert_eq!(checks[0].1, "as planned", "nobody is refused: {checks:?}");
    }
    // In without a certificate.
    let said = asked("bob@nokia.com", &format!("{authenticated}exec sleep 0\n"));
    said.says("leaf", "wider", "lets anyone in, without a certificate");
    // What is no certificate of now.
    for (valid, words) in [
        ("-2h:-1h", "the certificate expired at"),
        ("always:20200101", "the certificate expired at"),
        ("+1h:+2h", "is not valid before"),
    ] {
        certify("bob@nokia.com", valid);
        let output = stage.script(&["verify", "--as", "bob@nokia.com", "--key", key.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(words), "{valid}: {said}");
    }
}

/// What cannot be reached from here is closed to this machine, not to everybody.
#[test]
fn a_machine_without_a_network_proves_nothing() {
    let stage = gateway();
    stage.stand_in("ssh", "echo 'ssh: connect to host 127.9.9.8 port 22: Network is unreachable' >&2; exit 255\n");
    for (code, reason) in [
        (7, "connect to 127.9.9.8 failed: Network is unreachable"),
        (28, "Resolving timed out after 3000 milliseconds"),
    ] {
        let version = "case \"$*\" in *--version*) echo 'Protocols: http https telnet'; exit ;; esac\n";
        let curl =
            format!("{version}printf '* {reason}\\ncurl: ({code}) {reason}\\n\\n0.000000\\n' >&2\nexit {code}\n");
        stage.stand_in("curl", &curl);
        let said = verify(&stage, &[]);
        assert_eq!(said.code, Some(3), "{}", said.text);
        assert!(said.checks.iter().all(|(_, verdict, _)| verdict == "cannot tell"), "{}", said.text);
    }
}
