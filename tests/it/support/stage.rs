//! A lab on this host: nodes that are real services on loopback, a compiled script, and a home of its own. What the script
//! left running when the stage is struck is an error.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::support::{gate, run_with, skip};

/// The shells that run generated scripts, each with its arguments before the script.
pub(crate) const SHELLS: [&[&str]; 5] = [&["dash"], &["busybox", "sh"], &["bash"], &["yash"], &["mksh"]];

/// Whether this host has a shell; where it does not, the test says so.
pub(crate) fn is_shell(shell: &[&str]) -> bool {
    let is_there = Command::new(shell[0]).args(&shell[1..]).args(["-c", "exit 0"]).output().is_ok();
    if !is_there {
        skip(&format!("{} is not installed", shell[0]));
    }
    is_there
}

pub(crate) struct Stage {
    folder: tempfile::TempDir,
    /// The shell and its arguments before the script.
    pub(crate) shell: Vec<String>,
    /// Variables for the script.
    pub(crate) variables: Vec<(String, String)>,
    nodes: Vec<Node>,
    /// Lines for `[relay.pins]`.
    pins: String,
}

/// A service that answers each line with the same line, and an HTTP request with its name.
struct Node {
    name: String,
    address: String,
    port: u16,
    socket_type: &'static str,
    is_on: Arc<AtomicBool>,
    is_published: bool,
}

impl Stage {
    /// Without nodes yet, in a POSIX shell.
    pub(crate) fn new() -> Self {
        gate::enter();
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            shell: vec!["dash".to_owned()],
            variables: Vec::new(),
            nodes: Vec::new(),
            pins: String::new(),
        };
        fs::create_dir(stage.home()).unwrap();
        fs::create_dir(stage.bin()).unwrap();
        stage
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    pub(crate) fn bin(&self) -> PathBuf {
        self.folder().join("bin")
    }

    /// Where the script keeps what it must know again.
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state/publish-plan/stage")
    }

    /// A program that is found before those of the system.
    pub(crate) fn stand_in(&self, name: &str, text: &str) {
        let path = self.bin().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A file in the home folder that only its owner can read.
    pub(crate) fn secret(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Starts a service on an address of this host and publishes it as a node.
    pub(crate) fn node(&mut self, name: &str, address: &str, socket_type: &'static str) {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_on = Arc::new(AtomicBool::new(true));
        let node =
            Node { name: name.to_owned(), address: address.to_owned(), port, socket_type, is_on, is_published: true };
        node.serve(listener);
        self.nodes.push(node);
    }

    /// Starts a node's service again, where it was.
    pub(crate) fn restart_node(&self, name: &str) {
        let node = self.nodes.iter().find(|node| node.name == name).unwrap();
        node.is_on.store(true, Ordering::Relaxed);
        node.serve(TcpListener::bind((node.address.as_str(), node.port)).unwrap());
    }

    /// Publishes a service that somebody else runs as a node.
    pub(crate) fn known_node(&mut self, name: &str, address: &str, port: u16, socket_type: &'static str) {
        let is_on = Arc::new(AtomicBool::new(false));
        let is_published = true;
        self.nodes.push(Node {
            name: name.to_owned(),
            address: address.to_owned(),
            port,
            socket_type,
            is_on,
            is_published,
        });
    }

    /// Only these nodes are published by the next compilation.
    pub(crate) fn publish_only(&mut self, names: &[&str]) {
        for node in &mut self.nodes {
            node.is_published = names.contains(&node.name.as_str());
        }
    }

    /// Every socket keeps the port that it was compiled with: of a few ports, two may want the same.
    pub(crate) fn keep_ports(&mut self) {
        let pins = self
            .nodes
            .iter()
            .map(|node| format!("\"{}\" = {}\n", self.socket(&node.name, true), self.port(&node.name)));
        self.pins = pins.collect();
    }

    /// The lines of a publish-plan.toml that keep the ports.
    pub(crate) fn pins(&self) -> String {
        format!("[relay.pins]\n{}", self.pins)
    }

    /// Ends a node's service.
    pub(crate) fn stop_node(&self, name: &str) {
        let node = self.nodes.iter().find(|node| node.name == name).unwrap();
        node.is_on.store(false, Ordering::Relaxed);
        let _ = TcpStream::connect((node.address.as_str(), node.port));
    }

    /// The socket's name at a provider that names sockets after containers (`true`) or nodes.
    pub(crate) fn socket(&self, node: &str, by_container: bool) -> String {
        let node = self.nodes.iter().find(|other| other.name == node).unwrap();
        let lab = if by_container { "stage-" } else { "" };
        format!("clab-{lab}{}-{}-{}", node.name, node.socket_type, node.port)
    }

    /// Compiles the lab of all nodes; the acl is put behind every entry.
    pub(crate) fn compile(&self, provider: &str, acl: &str, arguments: &[&str]) {
        let published = || self.nodes.iter().filter(|node| node.is_published);
        let nodes: Vec<String> = published()
            .map(|node| {
                format!("    {}: {{kind: linux, publish: [\"{}/{}{acl}\"]}}\n", node.name, node.socket_type, node.port)
            })
            .collect();
        let addresses: Vec<String> =
            published().map(|node| format!("--address={}={}", node.name, node.address)).collect();
        let mut all: Vec<&str> = addresses.iter().map(String::as_str).collect();
        all.extend(arguments);
        self.compile_text(provider, &format!("name: stage\ntopology:\n  nodes:\n{}", nodes.concat()), &all);
    }

    /// Compiles a lab that is called `stage`.
    pub(crate) fn compile_text(&self, provider: &str, topology: &str, arguments: &[&str]) {
        let path = self.folder().join("stage.clab.yml");
        fs::write(&path, topology).unwrap();
        // Ranges are narrow here, and nodes come and go.
        let config = self.folder().join("pins.toml");
        fs::write(&config, self.pins()).unwrap();
        let config = ["--config", config.to_str().unwrap()];
        let fixed = ["compile", path.to_str().unwrap(), "--allow-port-changes", "--provider", provider];
        let settings = if self.pins.is_empty() { &["--no-config"][..] } else { &config };
        let all = [&fixed, settings, arguments].concat();
        let run = run_with(&all, "", &[("HOME", self.home().to_str().unwrap())]);
        assert_eq!(run.exit, publish_plan::Exit::Clean, "{}", run.stderr);
    }

    /// `publish.sh` with these arguments, to its end.
    pub(crate) fn script(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `publish.sh` with these arguments, going on beside the test.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The functions of `publish.sh`, with something else to do than its verbs, as a script beside it.
    pub(crate) fn functions(&self, name: &str, does: &str) -> PathBuf {
        let script = fs::read_to_string(self.folder().join("stage.publish/publish.sh")).unwrap();
        let functions = script.strip_suffix("main \"$@\"\n").unwrap();
        let path = self.folder().join("stage.publish").join(name);
        fs::write(&path, format!("{functions}\n{does}")).unwrap();
        path
    }

    /// What such a script prints.
    pub(crate) fn does(&self, does: &str) -> String {
        let script = self.functions("does.sh", does);
        let output = self.program(&script, &[]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(&self.folder().join("stage.publish/publish.sh"), arguments)
    }

    /// The program itself, in the folder of the lab.
    pub(crate) fn own(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["120", env!("CARGO_BIN_EXE_publish-plan")]).args(arguments);
        self.surround(command)
    }

    pub(crate) fn program(&self, script: &Path, arguments: &[&str]) -> Command {
        // A script that hangs fails its test, not the whole run.
        let mut command = Command::new("timeout");
        command.arg("120").args(&self.shell).arg(script).args(arguments);
        self.surround(command)
    }

    /// With the variables of the stage, in its folder.
    fn surround(&self, mut command: Command) -> Command {
        command
            .stdin(Stdio::null())
            .current_dir(self.folder())
            .env("PATH", format!("{}:{}", self.bin().display(), std::env::var("PATH").unwrap()))
            .env("HOME", self.home())
            .env("LOG", self.folder().join("log"))
            .env("ACCOUNT", self.folder().join("account"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        for name in [
            "XDG_STATE_HOME",
            "ACCESS_TAKEN",
            "BORDER0_TOKEN",
            "BORDER0_ADMIN_TOKEN",
            "BORE_SECRET",
            "GRANTS_TAKEN",
            "NGROK_AUTHTOKEN",
            "TS_AUTHKEY",
            "HTTPS_PROXY",
            "https_proxy",
            "NO_PROXY",
            "no_proxy",
            "SSH_AUTH_SOCK",
        ] {
            if self.variables.iter().all(|(set, _)| set != name) {
                command.env_remove(name);
            }
        }
        command
    }

    /// What a stand-in wrote down, a line a call.
    pub(crate) fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// `status --json`.
    pub(crate) fn status(&self) -> serde_json::Value {
        let output = self.script(&["status", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    /// The port outside of a node, as `status` says it.
    pub(crate) fn port(&self, node: &str) -> u16 {
        let status = self.status();
        let sockets = status["sockets"].as_array().unwrap();
        let socket = sockets.iter().find(|socket| socket["node"] == node).unwrap();
        socket["ports"].as_str().unwrap().parse().unwrap()
    }

    /// How every socket stands.
    pub(crate) fn standings(&self) -> Vec<String> {
        let status = self.status();
        let sockets = status["sockets"].as_array().unwrap().iter();
        sockets.map(|socket| socket["standing"].as_str().unwrap().to_owned()).collect()
    }

    /// `up` that must not succeed: what it says.
    pub(crate) fn failure(&self) -> String {
        let output = self.script(&["up"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        error
    }

    /// The same if it leaves nothing.
    pub(crate) fn refusal(&self) -> String {
        let error = self.failure();
        self.assert_struck();
        error
    }

    /// Processes with this stage's home: the script's and all that they started.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = format!("HOME={}", self.home().display());
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
                let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                if !command.is_empty() {
                    found.push(format!(
                        "{} {}",
                        entry.file_name().display(),
                        String::from_utf8_lossy(&command).replace('\0', " ")
                    ));
                }
            }
        }
        found
    }

    /// The processes of the script but those that only sleep.
    pub(crate) fn busy(&self) -> Vec<String> {
        self.processes().into_iter().filter(|process| !process.ends_with(" sleep 1 ")).collect()
    }

    /// Nothing of the script is left: no process, no state.
    pub(crate) fn assert_struck(&self) {
        assert!(within(Duration::from_secs(5), || self.processes().is_empty()), "{:?}", self.processes());
        let left: Vec<_> = fs::read_dir(self.state())
            .map(|files| files.flatten().map(|file| file.file_name()).collect())
            .unwrap_or_default();
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Node {
    fn serve(&self, listener: TcpListener) {
        let (on, greeting) = (Arc::clone(&self.is_on), self.name.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !on.load(Ordering::Relaxed) {
                    break;
                }
                let greeting = greeting.clone();
                std::thread::spawn(move || serve(stream, &greeting));
            }
        });
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.folder().join("stage.publish/publish.sh").exists() {
            let _ = self.script(&["down"]);
        }
        for node in &self.nodes {
            self.stop_node(&node.name);
        }
    }
}

/// Echoes lines; a line that is an HTTP request gets an answer and an end.
fn serve(mut stream: TcpStream, name: &str) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        if buffer[..length].starts_with(b"GET ") {
            let _ = write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{name}", name.len());
            return;
        }
        if stream.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

/// What an HTTP server at a port says; none where there is none.
pub(crate) fn get(host: &str, port: u16) -> Option<String> {
    let mut stream = connect(host, port)?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.split("\r\n\r\n").nth(1)?.to_owned())
}

/// Whether two ports outside lead to the nodes `web` and `echo`.
pub(crate) fn both_carry(host: &str, web: u16, echo: u16) -> bool {
    get(host, web).as_deref() == Some("web") && echoes(host, echo)
}

/// Whether bytes come back from an echo server, many enough to fill a window.
pub(crate) fn echoes(host: &str, port: u16) -> bool {
    let Some(mut stream) = connect(host, port) else { return false };
    let text: Vec<u8> = (0..200_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let mut writer = stream.try_clone().unwrap();
    let sent = text.clone();
    let writing = std::thread::spawn(move || writer.write_all(&sent));
    let mut answer = vec![0; text.len()];
    let is_read = stream.read_exact(&mut answer).is_ok();
    writing.join().unwrap().is_ok() && is_read && answer == text
}

/// A connection that does not wait for ever.
pub(crate) fn connect(host: &str, port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect((host, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.set_write_timeout(Some(Duration::from_secs(5))).ok()?;
    Some(stream)
}

/// A process and all that it began.
pub(crate) fn family(process: u32) -> Vec<u32> {
    let children = Command::new("pgrep").args(["-P", &process.to_string()]).output().unwrap();
    let children = String::from_utf8_lossy(&children.stdout).into_owned();
    let below = children.split_whitespace().flat_map(|child| family(child.parse().unwrap()));
    std::iter::once(process).chain(below).collect()
}

/// The program, in the network of a process where that is not this one's.
pub(crate) fn in_network(of: Option<u32>, program: &str) -> Command {
    let Some(process) = of else { return Command::new(program) };
    let mut command = Command::new("nsenter");
    command.args(["-t", &process.to_string(), "-n", program]);
    command
}

/// Ends a server, if it still runs.
pub(crate) fn end(server: &mut Option<Child>) {
    let Some(mut server) = server.take() else { return };
    let _ = server.kill();
    let _ = server.wait();
}

/// Whether something comes true in time.
pub(crate) fn within(time: Duration, mut comes: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if comes() {
            return true;
        }
        if start.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The first of ports in a row that no other caller gets and that nothing listens on now. They lie below those that Linux gives
/// to connections on their way out (`ip_local_port_range`, from 32768): one of these can take any port above at any time.
pub(crate) fn free_ports(count: u16) -> u16 {
    const FIRST: u32 = 20_000;
    const ALL: u32 = 12_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Test runs side by side begin at different places.
    let start = std::process::id().wrapping_mul(97) % ALL;
    for _ in 0..ALL {
        let given = GIVEN.fetch_add(u32::from(count), Ordering::Relaxed);
        let first = u16::try_from(FIRST + (start + given) % ALL).unwrap();
        if (first..first + count).all(|port| TcpListener::bind(("0.0.0.0", port)).is_ok()) {
            return first;
        }
    }
    panic!("no {count} free ports in a row");
}
