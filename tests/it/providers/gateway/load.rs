//! How much a gateway carries: what Debian's settings stand, and that those which gateway.md names stand more.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::faults::{START_APACHE, STOP_APACHE};
use super::stage::{Gateway, Identity, do_it, exempt, node, soon, told};
use super::wires::heard_at;
use crate::support::stage::{end, free_ports};
use crate::support::{all_cases, keep};

const WEB: &str = "https://web-3000.lab.test";
/// What gateway.md has an administrator write for more visitors.
const APACHE: [&str; 2] = ["ServerLimit 64", "MaxRequestWorkers 400"];
const SSHD: &str = "MaxStartups 100";
/// As many as Debian's Apache answers at a time.
const REQUESTS: usize = 150;
/// As many as Debian's sshd lets log in at a time, whatever happens.
const LOGINS: usize = 10;

/// Web sockets of one visitor to one page.
struct Sockets {
    program: Option<Child>,
    says: Option<ChildStdin>,
    hears: BufReader<ChildStdout>,
    open: usize,
}

impl Sockets {
    /// Opens so many at once; those count that stand after some seconds.
    fn open(gateway: &Gateway, count: usize, seconds: u32) -> Self {
        let (count, seconds) = (count.to_string(), seconds.to_string());
        let authority = gateway.folder().join("ca.pem");
        let mut program = node("sockets.mjs");
        program.args(["wss://web-3000.lab.test/ws", &count]).arg(authority).arg(seconds);
        program.env("COOKIE", gateway.session("alice")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = program.spawn().unwrap();
        let (says, hears) = (program.stdin.take(), BufReader::new(program.stdout.take().unwrap()));
        let mut sockets = Self { program: Some(program), says, hears, open: 0 };
        sockets.open = sockets.number();
        sockets
    }

    fn number(&mut self) -> usize {
        let mut line = String::new();
        self.hears.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }

    /// How many the node answers on.
    fn answer(&mut self) -> usize {
        self.says.as_mut().unwrap().write_all(b"text\n").unwrap();
        self.number()
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        end(&mut self.program);
    }
}

struct Load {
    gateway: Gateway,
    key: PathBuf,
    r1: u16,
    /// What is sent, and its digest.
    file: PathBuf,
    digest: String,
    megabytes: u32,
}

impl Load {
    fn new(mut gateway: Gateway) -> Self {
        gateway.node("web", "http/3000/alice@nokia.com");
        gateway.node("r1", "tcp/2022/alice@nokia.com");
        exempt();
        gateway.publish();
        let (key, r1) = (gateway.key("alice"), gateway.port("r1"));
        assert!(gateway.login("alice", WEB).is_of("web"));
        let file = gateway.folder().join("sent");
        // More than 1 GiB, which is all that Apache takes for pages of its own.
        let megabytes = if all_cases() { 1100 } else { 32 };
        do_it(&format!("head -c {megabytes}000000 /dev/urandom >{}", file.display()), "");
        let digest = digest_of(File::open(&file).unwrap());
        Self { gateway, key, r1, file, digest, megabytes }
    }

    /// Whether the page answers in a few seconds.
    fn is_served(&self) -> bool {
        let curl = self.curl(&["-o", "/dev/null", "--max-time", "4", WEB]).output().unwrap();
        curl.status.success()
    }

    fn curl(&self, arguments: &[&str]) -> Command {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--fail", "--resolve", "*:443:127.0.0.1", "--cacert"])
            .arg(self.gateway.folder().join("ca.pem"));
        curl.arg("-b").arg(self.gateway.folder().join("jar.alice")).args(arguments);
        curl
    }

    /// Sends the file to a page and gets it from there: the seconds that each takes.
    fn page(&self, page: &str) -> [f64; 2] {
        let start = Instant::now();
        let output = self.curl(&["-X", "POST", "-T", self.file.to_str().unwrap(), &format!("{page}/digest")]).output();
        let output = output.unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), self.digest, "{page}: {}", told(&output));
        let up = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let url = format!("{page}/file?of={}", self.file.display());
        let mut curl = self.curl(&[&url]).stdout(Stdio::piped()).spawn().unwrap();
        assert_eq!(digest_of(curl.stdout.take().unwrap()), self.digest, "{page}");
        assert!(curl.wait().unwrap().success());
        [up, start.elapsed().as_secs_f64()]
    }

    /// Sends the file to a port, which sends it back meanwhile: the seconds.
    fn port(&self, address: &str, port: u16) -> f64 {
        let start = Instant::now();
        let mut stream = TcpStream::connect((address, port)).unwrap();
        let (mut to_node, mut file) = (stream.try_clone().unwrap(), File::open(&self.file).unwrap());
        let sending = thread::spawn(move || {
            std::io::copy(&mut file, &mut to_node).unwrap();
            to_node.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let mut name = [0; 3];
        stream.read_exact(&mut name).unwrap();
        assert_eq!(&name, b"r1\n");
        assert_eq!(digest_of(std::os::fd::OwnedFd::from(stream)), self.digest, "{address}:{port}");
        sending.join().unwrap();
        start.elapsed().as_secs_f64()
    }

    /// Much goes through, whole, in both directions.
    fn bulk(&self) {
        let mut said = format!("{} MB", self.megabytes);
        let [direct, through] = ["http://127.0.0.2:3000", WEB].map(|page| self.page(page));
        for (way, direct, through) in [("up to", direct[0], through[0]), ("down from", direct[1], through[1])] {
            let _ = write!(said, "; {way} a page in {through:.1} s, {:.1} times as long as directly", through / direct);
        }
        let first = free_ports(1);
        let way = ["-L".to_owned(), format!("127.0.0.1:{first}:127.0.0.1:{}", self.r1)];
        let forwards = self.gateway.forwards(&self.key, first, &way).unwrap();
        let (direct, through) = (self.port("127.0.0.3", 2022), self.port("127.0.0.1", first));
        let _ =
            write!(said, "; to a port and back in {through:.1} s, {:.1} times as long as directly", through / direct);
        tell(&said);
        // MaxSessions is not about forwarded connections.
        let streams: Vec<_> = (0..200).map(|_| TcpStream::connect(("127.0.0.1", first)).unwrap()).collect();
        for stream in &streams {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line).unwrap();
            assert_eq!(line, "r1\n");
        }
        drop(forwards);
    }

    /// How many of so many visitors reach a port who come at once, and the seconds until the last one knows.
    fn logins(&self, count: usize) -> (usize, f64) {
        let start = Instant::now();
        let way = format!("127.0.0.1:{}", self.r1);
        let visitor = |_| {
            let mut ssh = Command::new("timeout");
            ssh.args(["60", "ssh"]).args(self.gateway.ssh_arguments(&self.key)).args(["-W", &way]);
            ssh.arg("clab-stage-visitors@lab.test").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            ssh.spawn().unwrap()
        };
        let visitors: Vec<Child> = (0..count).map(visitor).collect();
        let outputs = visitors.into_iter().map(|visitor| visitor.wait_with_output().unwrap());
        let are_in = outputs.filter(|output| output.stdout == b"r1\n").count();
        (are_in, start.elapsed().as_secs_f64())
    }

    fn ssh(&self) {
        // Nobody of these goes on to log in.
        let waiting: Vec<_> = (0..50).map(|_| TcpStream::connect("127.0.0.1:22").unwrap()).collect();
        let is_taken = |stream: &&TcpStream| {
            let mut line = String::new();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let _ = BufReader::new(*stream).read_line(&mut line);
            line.starts_with("SSH-")
        };
        let taken = waiting.iter().filter(is_taken).count();
        drop(waiting);
        assert!((LOGINS..50).contains(&taken), "{taken} of 50 may log in");
        assert!(soon(|| heard_at("127.0.0.1", 22, false).starts_with("SSH-")));
        tell(&format!("of 50 visitors who come to Debian's sshd at once and wait, {taken} may log in"));
        if all_cases() {
            let (are_in, seconds) = self.logins(50);
            assert!(are_in >= LOGINS, "{are_in} of 50 are in");
            tell(&format!("of 50 SSH logins at once, it lets {are_in} in ({seconds:.1} s)"));
        }
        do_it(
            "cat >/etc/ssh/sshd_config.d/10-many-visitors.conf; kill -HUP $(cat /run/sshd.pid)",
            &format!("{SSHD}\n"),
        );
        let sets =
            || Command::new("sshd").arg("-T").output().is_ok_and(|output| told(&output).contains("maxstartups 100:"));
        assert!(sets(), "sshd has other settings");
        assert!(soon(|| heard_at("127.0.0.1", 22, false).starts_with("SSH-")));
        let (are_in, seconds) = self.logins(50);
        assert_eq!(are_in, 50);
        tell(&format!("with `{SSHD}`, 50 of 50 ({seconds:.1} s)"));
    }

    /// How many reloads the page survives while some web sockets of each time before one stay; no more than so many.
    fn reloads(&self, most: usize) -> usize {
        let mut all = Vec::new();
        while all.len() < most {
            all.push(Sockets::open(&self.gateway, 6, 5));
            do_it("apache2ctl graceful 2>/dev/null; sleep 1", "");
            if !self.is_served() {
                break;
            }
        }
        all.len()
    }

    fn web_sockets(&self) {
        let mut sockets = Sockets::open(&self.gateway, 200, 12);
        let open = sockets.open;
        assert!((REQUESTS - 10..=REQUESTS).contains(&open), "{open} web sockets are open");
        assert_eq!(sockets.answer(), open);
        assert!(!self.is_served(), "somebody else is served too");
        drop(sockets);
        assert!(soon(|| self.is_served()));
        tell(&format!("of 200 web sockets at once, Debian's settings carry {open}"));
        if all_cases() {
            let reloads = self.reloads(20);
            assert!(reloads < 20, "web sockets that stay are no limit to reloads");
            tell(&format!("with web sockets that stay, pages hang after {reloads} reloads of Apache"));
        }
        self.raise();
        let start = Instant::now();
        let mut sockets = Sockets::open(&self.gateway, 200, 60);
        assert_eq!((sockets.open, sockets.answer()), (200, 200));
        tell(&format!("with `{}`, 200 of 200 in {:.1} s", APACHE[1], start.elapsed().as_secs_f64()));
        assert!(self.is_served());
        do_it("apache2ctl graceful 2>/dev/null", "");
        let mut more = Sockets::open(&self.gateway, 10, 60);
        assert_eq!((more.open, more.answer(), sockets.answer()), (10, 10, 200), "after a reload");
        drop((sockets, more));
        if all_cases() {
            assert_eq!(self.reloads(20), 20);
        }
    }

    /// What gateway.md says for more visitors.
    fn raise(&self) {
        let page = fs::read_to_string(self.gateway.compiled("gateway/gateway.md")).unwrap();
        for line in APACHE.into_iter().chain([SSHD]) {
            assert!(page.contains(&format!("`{line}`")), "gateway.md does not say {line}");
        }
        do_it("cat >/etc/apache2/conf-available/many-visitors.conf; a2enconf -q many-visitors", &APACHE.join("\n"));
        do_it(STOP_APACHE, "");
        do_it(START_APACHE, "");
        assert!(soon(|| self.is_served()));
    }
}

fn tell(what: &str) {
    keep("load.txt", &format!("LOAD gateway: {what}\n"));
}

/// The SHA-256 of what comes.
fn digest_of(source: impl Into<Stdio>) -> String {
    let output = Command::new("sha256sum").stdin(source).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn many_visitors_and_much_go_through_and_limits_are_where_the_page_says() {
    let Some(gateway) = Gateway::start(Identity::Mock) else { return };
    let load = Load::new(gateway);
    load.bulk();
    load.ssh();
    load.web_sockets();
}
