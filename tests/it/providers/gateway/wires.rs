//! Visitors who hold a connection open: bytes that no browser sends, web sockets, and forwarded ports.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::stage::{Gateway, soon};
use crate::support::stage::{end, within};

/// A connection over TLS to a name of the gateway, or without one.
fn tls(server: &str, port: u16) -> Command {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-connect", &format!("127.0.0.1:{port}")]);
    if server.is_empty() {
        command.arg("-noservername");
    } else {
        command.args(["-servername", server]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What Apache answers to bytes that somebody sends in a connection to a name.
pub(super) fn raw(server: &str, bytes: &str) -> String {
    let mut visitor = tls(server, 443).spawn().unwrap();
    let mut says = visitor.stdin.take().unwrap();
    says.write_all(bytes.as_bytes()).unwrap();
    let mut hears = visitor.stdout.take().unwrap();
    let mut visitor = Some(visitor);
    let reading = thread::spawn(move || {
        let mut answer = Vec::new();
        let _ = hears.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    // Apache waits for five seconds for more, if it takes the bytes for less than they are.
    within(Duration::from_secs(6), || reading.is_finished());
    end(&mut visitor);
    reading.join().unwrap()
}

/// A web socket.
pub(super) struct Socket {
    visitor: Option<Child>,
    says: ChildStdin,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Socket {
    /// To a page, with more lines of the request; its node has greeted.
    pub(super) fn open(page: &str, lines: &str) -> Self {
        let mut visitor = tls(page, 443).spawn().unwrap();
        let (says, mut hears) = (visitor.stdin.take().unwrap(), visitor.stdout.take().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = hears.read(&mut buffer) {
                ear.lock().unwrap().extend(&buffer[..length]);
            }
        });
        let mut socket = Self { visitor: Some(visitor), says, heard };
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {page}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://{page}\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{lines}\r\n"
        );
        socket.says.write_all(request.as_bytes()).unwrap();
        assert!(soon(|| socket.has_heard(" greets ")), "{}", socket.told());
        socket
    }

    pub(super) fn told(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }

    fn has_heard(&self, text: &str) -> bool {
        self.told().contains(text)
    }

    /// Whether the node answers to a text that it has not heard before.
    pub(super) fn answers(&mut self, text: &str) -> bool {
        let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        let sent = self.says.write_all(&frame);
        sent.is_ok() && within(Duration::from_secs(3), || self.has_heard(&format!(" heard {text}")))
    }

    /// Whether the other side ends it.
    pub(super) fn is_over(&mut self) -> bool {
        let visitor = self.visitor.as_mut().unwrap();
        within(Duration::from_secs(5), || visitor.try_wait().unwrap().is_some())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        end(&mut self.visitor);
    }
}

/// An ssh that forwards ports.
pub(super) struct Forwards(Option<Child>);

impl Forwards {
    /// Whether the other side ends it.
    pub(super) fn are_over(&mut self) -> bool {
        let ssh = self.0.as_mut().unwrap();
        within(Duration::from_secs(5), || ssh.try_wait().unwrap().is_some())
    }
}

impl Drop for Forwards {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

impl Gateway {
    /// `ssh -N` with ways in, the first of which is at a port of this machine; none if sshd does not let in.
    pub(super) fn forwards(&self, key: &Path, first: u16, ways: &[String]) -> Option<Forwards> {
        self.forwards_of("clab-stage-visitors", key, first, ways)
    }

    /// The same of an account.
    pub(super) fn forwards_of(&self, account: &str, key: &Path, first: u16, ways: &[String]) -> Option<Forwards> {
        let known = self.stage.home().join("tunnel.host");
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-N", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]);
        ssh.arg("-o").arg(format!("UserKnownHostsFile={}", known.display())).arg("-i").arg(key).args(ways);
        ssh.arg(format!("{account}@lab.test")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = ssh.spawn().unwrap();
        let mut has_ended = false;
        let begins = soon(|| {
            has_ended = child.try_wait().unwrap().is_some();
            has_ended || TcpStream::connect(("127.0.0.1", first)).is_ok()
        });
        assert!(begins, "ssh neither forwards nor ends");
        (!has_ended).then_some(Forwards(Some(child)))
    }
}

/// The first line that somebody hears at a port, over TLS or not; nothing where there is no node.
pub(super) fn heard_at(address: &str, port: u16, is_tls: bool) -> String {
    let mut line = String::new();
    if is_tls {
        assert_eq!(address, "127.0.0.1");
        let mut visitor = tls("", port).spawn().unwrap();
        let _ = BufReader::new(visitor.stdout.take().unwrap()).read_line(&mut line);
        end(&mut Some(visitor));
    } else if let Ok(stream) = TcpStream::connect((address, port)) {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let _ = BufReader::new(stream).read_line(&mut line);
    }
    line.trim().to_owned()
}
