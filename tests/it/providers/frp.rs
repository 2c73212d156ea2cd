//! frp: the script against a program that says what frpc says, and, where frpc and frps are on PATH, against the real ones.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::providers::faults;
use crate::support::stage::{Stage, echoes, end, family, free_ports, within};
use crate::support::{program, run, skip};

/// Says what frpc 0.70 says (client/control.go, client/service.go), and listens where the relay would: FAIL names a socket that the
/// relay refuses, REASON is why.
pub(crate) const FRPC: &str = r#"
printf '%s\n' "$*" >> "$LOG"
case $1 in
  verify) exit 0 ;;
  reload)
    touch "$LOG.reload"
    while [ -e "$LOG.reload" ]; do sleep 0.1; done
    sleep 1
    echo 'reload success'
    exit 0
    ;;
esac
file=$2
say() { printf '2026-01-01 12:00:00.000 [%s] [client/control.go:168] [1f] %s\n' "$1" "$2"; }
[ "$(cat "$FRP_TOKEN_FILE")" = t0ken ] || { say E "login to the server failed: token in login doesn't match token from configuration"; exit 1; }
relay=$(sed -n 's/^serverAddr = "\(.*\)"$/\1/p' "$file")
say I "try to connect to server..."
say I "login to server success, get run id [1f]"
open=''
# Also the one that was started just now.
trap 'for one in $open; do kill "${one#*=}" 2>/dev/null; done; kill "$!" 2>/dev/null; exit 0' TERM
load() {
  start=" $(sed -n 's/^start = \[\(.*\)\]$/\1/p' "$file" | tr -d '"' | tr ',' ' ') "
  sed -n 's/^name = "\(.*\)"/name \1/p; s/^localIP = "\(.*\)"/host \1/p; s/^localPort = \(.*\)/local \1/p; s/^remotePort = \(.*\)/remote \1/p; s/^customDomains.*/remote -/p' "$file" > "$LOG.plan"
  stays=''
  for one in $open; do
    case "$start" in
      *" ${one%%=*} "*) stays="$stays $one" ;;
      *) say I "proxy removed: [${one%%=*}]"; kill "${one#*=}" 2>/dev/null ;;
    esac
  done
  open=$stays
  while read -r key value; do
    case $key in
      name) name=$value ;;
      host) host=$value ;;
      local) port=$value ;;
      remote)
        case "$start" in *" $name "*) ;; *) continue ;; esac
        case "$open " in *" $name="*) continue ;; esac
        if [ "${FAIL:-}" = "$name" ]; then say W "[$name] start error: ${REASON:-port already used}"; continue; fi
        listener=-
        if [ "$value" != - ]; then
          socat "TCP-LISTEN:$value,bind=$relay,reuseaddr,fork" "TCP:$host:$port" & listener=$!
          sleep 0.3
          kill -0 "$listener" 2>/dev/null || { say W "[$name] start error: port unavailable"; continue; }
        fi
        open="$open $name=$listener"
        say I "[$name] start proxy success" ;;
    esac
  done < "$LOG.plan"
}
load
while :; do
  sleep 0.5 & wait $!
  [ ! -e "$LOG.reload" ] || { load; rm "$LOG.reload"; }
  [ ! -e "$LOG.lost" ] || { rm "$LOG.lost"; say I "try to connect to server..."; }
done
"#;

/// A stage with a page by host name and an echo by port.
pub(crate) fn stage(relay: &str, ports: u16, arguments: &[&str]) -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    stage.secret("token", "t0ken");
    let ports = format!("{ports}-{}", ports + 9);
    let given =
        ["--force", "--relay", relay, "--relay-ports", &ports, "--secret", "~/token", "--domain", "lab.example.net"];
    stage.compile("frp", "", &[&given, arguments].concat());
    stage
}

pub(crate) fn socat() -> bool {
    let has_it = Command::new("socat").arg("-V").output().is_ok();
    if !has_it {
        skip("socat is not installed");
    }
    has_it
}

#[test]
fn the_script_reads_what_the_client_says() {
    if !socat() {
        return;
    }
    // Something stands where the relay would listen.
    let relay = TcpListener::bind("127.0.0.9:0").unwrap();
    let address = relay.local_addr().unwrap().to_string();
    let mut stage = stage(&address, free_ports(10), &[]);
    stage.stand_in("frpc", FRPC);
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert_eq!(stage.standings(), ["up", "up"]);
    assert!(echoes("127.0.0.9", stage.port("echo")));
    assert!(stage.processes().iter().all(|process| !process.contains("t0ken")));
    let visit = stage.script(&["visit", &stage.socket("web", true)]);
    let name = stage.status()["sockets"][0]["address"].as_str().unwrap().to_owned();
    assert!(name.starts_with("http://web-") && name.ends_with(".lab.example.net/"), "{name}");
    assert_eq!(String::from_utf8_lossy(&visit.stdout), format!("{name}\n# anyone on the Internet\n"));
    assert_eq!(stage.status()["sockets"][0]["dns_name"], name.trim_start_matches("http://").trim_end_matches('/'));
    let logs = stage.script(&["logs", &stage.socket("echo", true)]);
    assert_eq!(String::from_utf8_lossy(&logs.stdout).lines().count(), 1, "{logs:?}");
    // The relay is lost, and not found again yet.
    fs::write(stage.folder().join("log.lost"), "").unwrap();
    assert!(within(Duration::from_secs(5), || stage.standings() == ["down", "down"]));
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();

    stage.variables = vec![("FAIL".to_owned(), stage.socket("echo", true))];
    let said = stage.refusal();
    let words = format!("a relay port is already in use, for {}: port already used", stage.socket("echo", true));
    assert!(said.contains(&words) && said.contains("not open:"), "{said}");
    // Another program than frp has it (frp 0.70.0, server/ports/ports.go).
    stage.variables.push(("REASON".to_owned(), "port unavailable".to_owned()));
    let said = stage.refusal();
    assert!(said.contains("a relay port is already in use, for ") && said.contains("port unavailable"), "{said}");
    // The relay's words about one socket are nothing about another.
    let forged = format!("no [{}] start proxy success", stage.socket("echo", true));
    stage.variables = vec![("FAIL".to_owned(), stage.socket("web", true)), ("REASON".to_owned(), forged.clone())];
    let said = stage.refusal();
    assert!(said.contains(&forged) && said.contains("not open:"), "{said}");
    stage.variables.clear();
    stage.secret("token", "other");
    let said = stage.refusal();
    assert!(said.contains("the relay rejected the token") && !said.contains("t0ken"), "{said}");
    drop(relay);
    let said = stage.refusal();
    assert!(said.contains("cannot connect to the relay: 127.0.0.9:"), "{said}");
}

/// frpc and frps run what is between two braces, in comments too, and the file's name is in one. Go's own templates say what is
/// left of it, and frpc where it is installed.
#[test]
fn a_name_is_no_part_of_the_template_that_frp_runs() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "t0ken").unwrap();
    let mut files = Vec::new();
    let names = ["x{{ .Envs.HOME }}", "{{{{`a`}}", "{{ .Envs.FRP_TOKEN_FILE }}", "{{", "{{ .Envs.HOME }}{{/* "];
    for (number, name) in names.iter().enumerate() {
        let path = folder.path().join(name.replace('/', "\\x2f") + ".clab.yml");
        let text = "name: braces\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22, http/80]}\n";
        fs::write(&path, text).unwrap();
        let output = folder.path().join(number.to_string());
        let [path, token, output_path] = [&path, &token, &output].map(|path| path.to_str().unwrap());
        let compile = ["compile", path, "--no-config", "--provider=frp", "--secret", token, "-o", output_path];
        let run = run(&[&compile[..], &["--relay=relay.example.net", "--domain=lab.example.net"]].concat());
        assert_eq!(run.exit, publish_plan::Exit::Clean, "{name}: {}", run.stderr);
        for (file, actions) in [("frpc.toml", 1), ("frps.toml", 0)] {
            let path = output.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(text.matches("{{").count(), actions, "{name}: {text}");
            files.push(path);
        }
        if Command::new("frpc").arg("--version").output().is_ok() {
            let mut verify = Command::new("frpc");
            let verify = verify.args(["verify", "-c"]).arg(output.join("frpc.toml")).env("FRP_TOKEN_FILE", token);
            assert!(verify.output().unwrap().status.success(), "{name}");
        }
    }
    let Some(rendered) = rendered_by_go(&files) else { return };
    let meant: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap().replace("{{ .Envs.FRP_TOKEN_FILE }}", "/token"))
        .collect();
    assert_eq!(rendered, meant);
}

/// What Go's text/template, with which frp reads its files, makes of files; none where go is not installed.
fn rendered_by_go(files: &[PathBuf]) -> Option<Vec<String>> {
    const RENDERS: &str = r#"package main

import (
	"fmt"
	"os"
	"text/template"
)

func main() {
	values := map[string]any{"Envs": map[string]string{"FRP_TOKEN_FILE": "/token", "HOME": "/attacker"}}
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		if err := template.Must(template.New("frp").Parse(string(text))).Execute(os.Stdout, values); err != nil {
			panic(err)
		}
		fmt.Print("\x00")
	}
}
"#;
    let go = program("go", "GO", &["version"])?;
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("renders.go");
    fs::write(&source, RENDERS).unwrap();
    let mut renders = Command::new(go);
    renders.arg("run").arg(&source).args(files).env("GO111MODULE", "off").env("GOCACHE", scratch.path().join("go"));
    let output = renders.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.split_terminator('\0').map(str::to_owned).collect())
}

/// Real frps with the generated frps.toml, its token put where this user can write.
struct Relay {
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Relay {
    fn new(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "t0ken").unwrap();
        let generated = fs::read_to_string(stage.folder().join("stage.publish/frps.toml")).unwrap();
        let token = folder.path().join("token").display().to_string();
        let text = format!("bindAddr = \"127.0.0.9\"\n{}", generated.replace("/etc/frp/token", &token));
        fs::write(folder.path().join("frps.toml"), text).unwrap();
        let mut relay = Self { folder, server: None };
        relay.start();
        relay
    }

    fn start(&mut self) {
        self.server = Some(start(&self.folder.path().join("frps.toml")));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

/// Real frps with settings of its own, for tests that take any kind of relay.
struct Plain {
    folder: tempfile::TempDir,
    control: u16,
    /// The first of the twenty ports that it gives away.
    first: u16,
    server: Option<Child>,
}

/// A relay that the stand-in for the client is itself; none where socat is not installed.
struct StandIn {
    control: TcpListener,
    first: u16,
}

/// One of them.
pub(crate) fn stand_in() -> Option<Box<dyn faults::Relay>> {
    socat().then(|| -> Box<dyn faults::Relay> {
        Box::new(StandIn { control: TcpListener::bind(("127.0.0.9", 0)).unwrap(), first: free_ports(20) })
    })
}

impl faults::Relay for StandIn {
    fn provider(&self) -> &'static str {
        "frp"
    }

    fn host(&self) -> &'static str {
        "127.0.0.9"
    }

    fn start(&mut self) {}

    fn kill(&mut self) {}

    fn processes(&self) -> Vec<u32> {
        Vec::new()
    }

    fn compile(&self, stage: &Stage, offset: u16) {
        stage.stand_in("frpc", FRPC);
        stage.secret("token", "t0ken");
        let (relay, first) = (self.control.local_addr().unwrap().to_string(), self.first + offset);
        let ports = format!("{first}-{}", first + 9);
        stage.compile("frp", "", &["--force", "--relay", &relay, "--relay-ports", &ports, "--secret", "~/token"]);
    }
}

/// One of them; none where frp is not installed.
pub(crate) fn boxed() -> Option<Box<dyn faults::Relay>> {
    if !is_installed() {
        return None;
    }
    let (folder, control, first) = (tempfile::tempdir().unwrap(), free_ports(1), free_ports(20));
    let text = format!(
        "bindAddr = \"127.0.0.9\"\nbindPort = {control}\nauth.token = \"t0ken\"\nallowPorts = [{{ start = {first}, end = {} }}]\n",
        first + 19
    );
    fs::write(folder.path().join("frps.toml"), text).unwrap();
    let mut relay = Plain { folder, control, first, server: None };
    faults::Relay::start(&mut relay);
    Some(Box::new(relay))
}

impl faults::Relay for Plain {
    fn provider(&self) -> &'static str {
        "frp"
    }

    fn host(&self) -> &'static str {
        "127.0.0.9"
    }

    fn start(&mut self) {
        self.server = Some(start(&self.folder.path().join("frps.toml")));
        assert!(within(Duration::from_secs(10), || TcpStream::connect(("127.0.0.9", self.control)).is_ok()));
    }

    fn kill(&mut self) {
        end(&mut self.server);
    }

    fn processes(&self) -> Vec<u32> {
        self.server.as_ref().map(|server| family(server.id())).unwrap_or_default()
    }

    fn compile(&self, stage: &Stage, offset: u16) {
        stage.secret("token", "t0ken");
        let (relay, first) = (format!("127.0.0.9:{}", self.control), self.first + offset);
        let ports = format!("{first}-{}", first + 9);
        stage.compile("frp", "", &["--force", "--relay", &relay, "--relay-ports", &ports, "--secret", "~/token"]);
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

fn start(settings: &Path) -> Child {
    let mut server = Command::new("frps");
    server.arg("-c").arg(settings).stdin(Stdio::null()).stdout(Stdio::null());
    server.spawn().unwrap()
}

fn is_installed() -> bool {
    let is_there = ["frpc", "frps"].iter().all(|name| Command::new(name).arg("--version").output().is_ok());
    if !is_there {
        skip("frpc and frps are not both on PATH: nothing of frp was run for real");
    }
    is_there
}

/// What a page at a host name says.
fn page(port: u16, host: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.9", port)).ok()?;
    write!(stream, "GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.split("\r\n\r\n").nth(1)?.to_owned())
}

#[test]
fn real_tunnels_stand_and_come_back() {
    if !is_installed() {
        return;
    }
    let first = free_ports(13);
    let (control, http, https) = (first + 10, first + 11, first + 12);
    let web_ports = format!("{http},{https}");
    let stage = stage(&format!("127.0.0.9:{control}"), first, &["--relay-web-ports", &web_ports]);
    let mut relay = Relay::new(&stage);
    assert!(within(Duration::from_secs(10), || TcpStream::connect(("127.0.0.9", control)).is_ok()));
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let host = stage.status()["sockets"][0]["dns_name"].as_str().unwrap().to_owned();
    let echo = stage.port("echo");
    let stands = || page(http, &host).as_deref() == Some("web") && echoes("127.0.0.9", echo);
    assert!(stands());
    assert_ne!(page(http, "other.lab.example.net").as_deref(), Some("web"));
    end(&mut relay.server);
    assert!(within(Duration::from_secs(30), || stage.standings().iter().all(|standing| standing != "up")));
    relay.start();
    assert!(within(Duration::from_secs(60), stands), "the relay is back, the tunnels are not");
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();

    let taken = TcpListener::bind(("127.0.0.9", echo)).unwrap();
    let said = stage.refusal();
    assert!(said.contains("a relay port is already in use"), "{said}");
    drop(taken);
    stage.secret("token", "other");
    let said = stage.refusal();
    assert!(said.contains("the relay rejected the token"), "{said}");
}
