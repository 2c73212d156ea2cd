//! cloudflared, ngrok and tailscale: their services cannot be had here. The script runs against programs that say what the
//! clients say, and, where a real cloudflared is on PATH, that one reads its file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use yaml_rust2::YamlLoader;

use crate::compile::files::compiled;
use crate::support::skip;
use crate::support::stage::{Stage, within};

pub(crate) const TUNNEL: &str = "6ff42ae2-765d-4adf-8112-31c55c1551ef";

/// Says what cloudflared says (2026.8: supervisor/tunnel.go, connection/observer.go), and writes down what it was told. LOST beside
/// its log ends its connection; FAIL ends it, REFUSED is what Cloudflare says to the credentials, which are tried for ever.
pub(crate) const CLOUDFLARED: &str = r#"
printf '%s\n' "$*" >> "$LOG"
case "$*" in *'ingress validate') exit 0 ;; esac
[ -z "${FAIL:-}" ] || { echo "2026-01-01T12:00:00Z ERR $FAIL"; exit 1; }
echo '2026-01-01T12:00:00Z INF Starting tunnel tunnelID=6ff42ae2'
while [ -n "${REFUSED:-}" ]; do
  printf '2026-01-01T12:00:01Z ERR Register tunnel error from server side error="%s" connIndex=0 event=0 ip=198.51.100.1\n' "$REFUSED"
  echo '2026-01-01T12:00:01Z INF Retrying connection in up to 2s connIndex=0 event=0 ip=198.51.100.1'
  sleep 1
done
echo '2026-01-01T12:00:01Z INF Registered tunnel connection connIndex=0 connection=1 event=0 ip=198.51.100.1 location=ams01 protocol=quic'
while :; do
  sleep 1
  [ ! -e "$LOG.lost" ] || { rm "$LOG.lost"; echo '2026-01-01T12:00:02Z ERR Serve tunnel error error="timeout" connIndex=0 event=0'; }
done
"#;

pub(crate) const NGROK: &str = r#"
printf '%s %s\n' "$NGROK_AUTHTOKEN" "$*" >> "$LOG"
[ "$1" != config ] || exit 0
[ -z "${FAIL:-}" ] || { echo "t=2026 lvl=eror msg=\"failed\" err=\"$FAIL\""; exit 1; }
echo 't=2026 lvl=info msg="open config file" path=ngrok.yml err=nil'
echo 't=2026 lvl=info msg="client session established" obj=csess id=1'
sed -n 's/^  - name: "\(.*\)"/\1/p' "$4" | while read -r name; do
  case $name in
    *-tcp-*) url=tcp://7.tcp.ngrok.io:12345 ;;
    *) url=https://page.lab.example.net ;;
  esac
  printf 't=2026 lvl=info msg="started tunnel" obj=tunnels name=%s addr=x url=%s\n' "$name" "${URL:-$url}"
done
# What it says of a loss and of its end: ngrok-go, internal/tunnel/client/reconnecting.go. No tunnel is named again.
while :; do
  sleep 1
  [ ! -e "$LOG.lost" ] || { rm "$LOG.lost"; echo 't=2026 lvl=eror msg="session closed, starting reconnect loop" obj=csess id=1 err="read EOF from remote peer"'; echo 't=2026 lvl=eror msg="failed to reconnect session" obj=csess id=1 err=EOF'; }
  [ ! -e "$LOG.back" ] || { rm "$LOG.back"; echo 't=2026 lvl=info msg="client session established" obj=csess id=1'; }
done
"#;

/// An engine with one container, the client's: what the script asks of Docker and of tailscale in there. While RESTARTING lies
/// beside its log, nothing can be asked of the container.
pub(crate) const DOCKER: &str = r#"
printf '%s grants=%s\n' "$*" "${GRANTS_TAKEN:-}" >> "$LOG"
[ ! -e "$LOG.restarting" ] || case "$*" in *' exec '*) echo 'Error response from daemon: Container 1234 is restarting, wait until the container is running' >&2; exit 1 ;; esac
case "$*" in
  'compose version'*) echo 2.26.1 ;;
  'network inspect '*) ;;
  'inspect -f '*) echo true ;;
  *' up --detach') touch "$ACCOUNT" ;;
  *' down '*) rm -f "$ACCOUNT" ;;
  *' ps -q '*) [ ! -e "$ACCOUNT" ] || echo 1234 ;;
  *' status --json --peers=false') printf '{\n  "BackendState": "Running",\n  "Self": {\n    "DNSName": "clab-stage.tail1234.ts.net."\n  }\n}\n' ;;
  *' serve status --json') cat "${0%/bin/docker}/stage.publish/serve.json" ;;
  *' logs '*) echo "$FAIL" ;;
esac
"#;

/// What `up` wants to hear in a variable.
fn asked_for(refused: &str, variable: &str) -> String {
    let (_, behind) = refused.split_once(&format!("{variable}=")).unwrap_or_else(|| panic!("{refused}"));
    behind.split(' ').next().unwrap().to_owned()
}

fn said(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.script(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn cloudflared_lets_nobody_in_before_the_application_is_known() {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    stage.stand_in("cloudflared", CLOUDFLARED);
    let credentials = stage.secret(&format!(".cloudflared/{TUNNEL}.json"), "{}");
    let given = ["--tunnel", TUNNEL, "--team", "t", "--domain", "example.net"];
    stage.compile("cloudflared", "/user@domain.com", &given);
    let refused = stage.refusal();
    let config = fs::read_to_string(stage.folder().join("stage.publish/config.yml")).unwrap();
    let hosts: Vec<&str> =
        config.lines().filter_map(|line| line.strip_prefix("  - hostname: \"")?.strip_suffix('"')).collect();
    assert!(
        refused.contains(&format!("no Access application is set for {} {}; create one", hosts[0], hosts[1])),
        "{refused}"
    );
    assert_eq!(config.matches("audTag: [\"no-application-yet\"]").count(), 2, "{config}");

    let tags: Vec<String> =
        hosts.iter().enumerate().map(|(index, host)| format!("--access-tag={host}={index:064x}")).collect();
    let mut all = given.to_vec();
    all.push("--force");
    all.extend(tags.iter().map(String::as_str));
    stage.compile("cloudflared", "/user@domain.com", &all);
    // An application that lets in whom an older lab let in is not this one's.
    let digest = asked_for(&stage.refusal(), "ACCESS_TAKEN");
    let taken = ("ACCESS_TAKEN".to_owned(), digest);
    stage.variables = vec![taken.clone()];
    stage.compile("cloudflared", "/other@domain.com", &all);
    assert_ne!(asked_for(&stage.refusal(), "ACCESS_TAKEN"), taken.1);
    stage.compile("cloudflared", "/user@domain.com", &all);
    stage.variables.push(("HTTPS_PROXY".to_owned(), "http://127.0.0.1:1".to_owned()));
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert!(String::from_utf8_lossy(&up.stderr).contains("cloudflared does not support proxies"));
    stage.variables.clear();
    assert_eq!(stage.standings(), ["up", "up"]);
    let run = stage.log().pop().unwrap();
    assert!(run.ends_with(&format!("run --credentials-file {} {TUNNEL}", credentials.display())), "{run}");
    let visit = said(&stage, &["visit", &stage.socket("web", true)]);
    assert_eq!(visit, format!("https://{}/\n# user@domain.com\n", hosts[0]));
    let visit = said(&stage, &["visit", &stage.socket("echo", true)]);
    assert!(visit.starts_with(&format!("cloudflared access tcp --hostname {} --url 127.0.0.1:", hosts[1])), "{visit}");
    fs::write(stage.folder().join("log.lost"), "").unwrap();
    assert!(within(Duration::from_secs(5), || stage.standings() == ["down", "down"]));
    said(&stage, &["down"]);
    stage.assert_struck();

    for (fails, words) in [
        ("Unauthorized: Invalid tunnel secret", "Cloudflare rejected the credentials in "),
        (
            "edge discovery: lookup: no such host",
            "cannot reach Cloudflare from here; cloudflared does not support proxies",
        ),
    ] {
        stage.variables = vec![("FAIL".to_owned(), fails.to_owned()), taken.clone()];
        let refused = stage.refusal();
        assert!(refused.contains(words), "{refused}");
    }
    // It would go on trying for ever, and so would whoever waits for it.
    stage.variables = vec![("REFUSED".to_owned(), "Unauthorized: Invalid tunnel secret".to_owned()), taken.clone()];
    let start = Instant::now();
    let refused = stage.refusal();
    let words = format!("Cloudflare rejected the credentials in {}: Invalid tunnel secret", credentials.display());
    assert!(refused.contains(&words) && start.elapsed() < Duration::from_secs(30), "{refused}");
    // What it says in the logs of cloudflare/cloudflared#496 and #657: the second was over by itself.
    for (reason, standing) in [
        ("Unauthorized: Record for tunnel not found", "refused: Record for tunnel not found"),
        ("Unauthorized: Failed to get tunnel", "down"),
        ("there are no free edge addresses left to resolve to", "down"),
    ] {
        let line = format!("ERR Register tunnel error from server side error=\"{reason}\" connIndex=0 event=0");
        let rows =
            stage.does(&format!("client_lives() {{ :; }}\nwords() {{ echo '{line}'; }}\nclient_rows | cut -f 8"));
        assert_eq!(rows, format!("{standing}\n{standing}\n"));
    }
    stage.variables = vec![taken];
    fs::set_permissions(&credentials, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = stage.refusal();
    assert!(
        refused.contains("the tunnel's credentials file is accessible to other users; run: chmod 600"),
        "{refused}"
    );
}

#[test]
fn two_host_names_with_two_acls_do_not_share_an_application() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    a: {kind: linux, publish: [http/80/a@b.com]}\n    b: {kind: linux, publish: [http/80/b.com]}\n").unwrap();
    let tag = "ab".repeat(32);
    let compile = |first: &str, second: &str| {
        let tags =
            [format!("--access-tag=a-80.example.net={first}"), format!("--access-tag=b-80.example.net={second}")];
        let mut all = vec!["compile", path.to_str().unwrap(), "--provider", "cloudflared", "--no-config", "--tunnel"];
        all.extend([TUNNEL, "--team", "t", "--domain", "example.net", "--force"]);
        all.extend(tags.iter().map(String::as_str));
        crate::support::run(&all)
    };
    let refused = compile(&tag, &tag);
    assert_eq!(refused.exit, publish_plan::Exit::Failed);
    assert!(
        refused.stderr.contains("a-80.example.net and b-80.example.net share an audience tag but have different acls"),
        "{}",
        refused.stderr
    );
    assert_eq!(compile(&tag, &"cd".repeat(32)).exit, publish_plan::Exit::Clean);
    // Whoever says that there is an application must not get a name that is open to all.
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    a: {kind: linux, publish: [http/80]}\n    b: {kind: linux, publish: [http/80/b.com]}\n").unwrap();
    let refused = compile(&tag, &"cd".repeat(32));
    assert!(
        refused.stderr.contains("a-80.example.net has an access tag, but its entry has no acl and lets in anyone"),
        "{}",
        refused.stderr
    );
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    b: {kind: linux, publish: [http/80/b.com]}\n").unwrap();
    let refused = compile(&tag, &"cd".repeat(32));
    assert!(refused.stderr.contains("no socket has the hostname a-80.example.net"), "{}", refused.stderr);
}

/// What a real cloudflared makes of every file that is compiled for it.
#[test]
fn a_real_cloudflared_takes_the_file_and_finds_each_rule() {
    if Command::new("cloudflared").arg("--version").output().is_err() {
        return skip("cloudflared is not on PATH: nothing of it was run for real");
    }
    for (name, _, folder) in compiled().iter().filter(|(_, provider, _)| *provider == "cloudflared") {
        let config = folder.path().join(format!("{name}.publish/config.yml"));
        let ask = |arguments: &[&str]| {
            let config = ["tunnel", "--config", config.to_str().unwrap(), "ingress"];
            let output = Command::new("cloudflared").args(config).args(arguments).output().unwrap();
            let text =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{arguments:?}: {text}");
            text
        };
        assert!(!ask(&["validate"]).to_lowercase().contains("warn"), "no key is misspelt");
        let text = fs::read_to_string(&config).unwrap();
        let rules = text.split("  - hostname: \"").skip(1);
        for rule in rules {
            let host = rule.split('"').next().unwrap();
            let service = rule.split("service: \"").nth(1).unwrap().split('"').next().unwrap();
            assert!(ask(&["rule", &format!("https://{host}/")]).contains(service), "{host}");
        }
        assert!(ask(&["rule", "https://other.example.net/"]).contains("http_status:404"));
    }
}

#[test]
fn ngrok_says_where_its_endpoints_are() {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    stage.stand_in("ngrok", NGROK);
    stage.compile("ngrok", "", &[]);
    let refused = stage.refusal();
    assert!(refused.contains("no authtoken: compile with --secret FILE, or set NGROK_AUTHTOKEN"), "{refused}");
    stage.secret("token", "t0ken");
    stage.compile("ngrok", "", &["--secret", "~/token", "--force"]);
    said(&stage, &["up"]);
    assert_eq!(stage.standings(), ["up", "up"]);
    let log = stage.log();
    assert!(log.iter().all(|line| line.starts_with("t0ken ") && !line[6..].contains("t0ken")), "{log:?}");
    assert_eq!(
        said(&stage, &["visit", &stage.socket("web", true)]),
        "https://page.lab.example.net\n# anyone on the Internet\n"
    );
    assert_eq!(
        said(&stage, &["visit", &stage.socket("echo", true)]),
        "nc 7.tcp.ngrok.io 12345\n# anyone on the Internet\n"
    );
    let status = stage.status();
    assert_eq!(status["sockets"][1]["dns_name"], "7.tcp.ngrok.io");
    assert_eq!(said(&stage, &["logs", &stage.socket("echo", true)]).lines().count(), 1);
    // A session that was lost comes back with the same addresses.
    fs::write(stage.folder().join("log.lost"), "").unwrap();
    assert!(within(Duration::from_secs(10), || stage.standings() == ["down", "down"]));
    fs::write(stage.folder().join("log.back"), "").unwrap();
    assert!(within(Duration::from_secs(10), || stage.standings() == ["up", "up"]));
    assert_eq!(stage.status()["sockets"][1]["address"], "7.tcp.ngrok.io:12345");
    said(&stage, &["down"]);
    stage.assert_struck();
    for (fails, words) in [
        ("authentication failed: ERR_NGROK_107", "ngrok rejected the authtoken (ERR_NGROK_107)"),
        ("ERR_NGROK_8013", "tcp needs a payment card on file"),
        ("ERR_NGROK_334", "ngrok refused the connection: https://ngrok.com/docs/errors/err_ngrok_334"),
        ("broken", "the agent could not connect:"),
    ] {
        stage.variables = vec![("FAIL".to_owned(), fails.to_owned())];
        let refused = stage.refusal();
        assert!(refused.contains(words) && !refused.contains("t0ken"), "{refused}");
    }
}

/// What a crash has left under a lab's name is in nobody's way, and what cannot be started leaves nothing.
#[test]
fn an_engine_that_does_not_answer_leaves_nothing() {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.secret("key", "t0ken");
    stage.compile("tailscale", "", &["--secret", "~/key"]);
    stage.stand_in("docker", "case \"$1\" in version) exit 1 ;; esac; exit 1\n");
    let refused = stage.refusal();
    assert!(
        refused.contains("cannot connect to Docker; check that the daemon is running and that you may use it"),
        "{refused}"
    );
    stage.stand_in("docker", "case \"$1\" in version) exit 0 ;; esac; exit 1\n");
    stage.stand_in("docker-compose", "exit 1\n");
    let refused = stage.refusal();
    assert!(refused.contains("Docker Compose not found"), "{refused}");

    fs::create_dir_all(stage.state()).unwrap();
    for (name, text) in [("how", "host\n"), ("here", "/elsewhere\n"), ("supervisor", "1 0\n"), ("sockets-open", "")] {
        fs::write(stage.state().join(name), text).unwrap();
    }
    let status = stage.script(&["status"]);
    assert!(!String::from_utf8_lossy(&status.stderr).contains("already open from another directory"), "{status:?}");
    said(&stage, &["down"]);
    stage.assert_struck();
}

#[test]
fn tailscale_waits_for_its_grants() {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    stage.stand_in("docker", DOCKER);
    stage.secret("key", "t0ken");
    stage.compile("tailscale", "/user@domain.com", &["--secret", "~/key"]);
    let refused = stage.refusal();
    assert!(refused.contains("add grants.json to it"), "{refused}");
    let digest = asked_for(&refused, "GRANTS_TAKEN");
    // Those of another acl are not these.
    stage.variables = vec![("GRANTS_TAKEN".to_owned(), digest.clone())];
    stage.compile("tailscale", "/other@domain.com", &["--secret", "~/key", "--force"]);
    assert!(stage.refusal().contains("add grants.json to it"));
    stage.compile("tailscale", "/user@domain.com", &["--secret", "~/key", "--force"]);
    said(&stage, &["up"]);
    assert_eq!(stage.standings(), ["up", "up"]);
    let status = stage.status();
    assert_eq!(status["how"], "compose");
    let web = &status["sockets"][0];
    let port = web["ports"].as_str().unwrap();
    assert_eq!(web["address"], format!("https://clab-stage.tail1234.ts.net:{port}/"));
    let visit = said(&stage, &["visit", &stage.socket("web", true)]);
    assert_eq!(visit, format!("https://clab-stage.tail1234.ts.net:{port}/\n# user@domain.com\n"));
    // Where docker does not answer, what is open is not forgotten: neither by down, nor by an up that begins with closing it.
    stage.variables.clear();
    stage.stand_in("docker", "exit 1\n");
    for verb in ["down", "up", "down"] {
        let failed = stage.script(&[verb]);
        assert_eq!(failed.status.code(), Some(1), "{verb}: {failed:?}");
        let said = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert!(
            said.contains("Docker Compose could not stop the client, so the tunnels may still be open"),
            "{verb}: {said}"
        );
        assert!(stage.state().join("composed").exists());
    }
    stage.stand_in("docker", DOCKER);
    assert_eq!(stage.standings(), ["up", "up"]);
    // It may be closed by somebody who says nothing of grants.
    said(&stage, &["down"]);
    stage.assert_struck();
    // The container hears what was said, and it alone.
    let log = stage.log();
    assert!(log.iter().any(|line| line.ends_with(&format!(" up --detach grants={digest}"))), "{log:?}");
    assert!(log.iter().any(|line| line.ends_with(" down --timeout 20 grants=")), "{log:?}");
    let run = stage.script(&["run"]);
    assert!(String::from_utf8_lossy(&run.stderr).contains("tailscale runs only in its container"), "{run:?}");
}

/// While the container starts again, nothing can be asked of it: that is waited for, and is neither an answer nor an end.
#[test]
fn tailscale_is_asked_again_while_its_container_restarts() {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    stage.stand_in("docker", DOCKER);
    stage.secret("key", "t0ken");
    stage.compile("tailscale", "", &["--secret", "~/key"]);
    let restarting = stage.folder().join("log.restarting");
    fs::write(&restarting, "").unwrap();
    let healed = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(6));
        fs::remove_file(restarting).unwrap();
    });
    let start = Instant::now();
    let up = stage.script(&["up"]);
    healed.join().unwrap();
    assert_eq!(up.status.code(), Some(0), "{up:?}");
    assert!(start.elapsed() > Duration::from_secs(6), "{up:?}");
    assert_eq!(stage.standings(), ["up", "up"]);
    fs::write(stage.folder().join("log.restarting"), "").unwrap();
    assert_eq!(stage.standings(), ["down", "down"]);
    said(&stage, &["down"]);
    stage.assert_struck();
}

/// A socket of which a client's program says nothing is not open.
#[test]
fn no_word_of_a_socket_is_not_a_good_one() {
    let stage = {
        let mut stage = Stage::new();
        stage.node("web", "127.0.0.2", "http");
        stage.node("echo", "127.0.0.3", "tcp");
        stage.secret("token", "t0ken");
        stage.compile("ngrok", "", &["--secret", "~/token"]);
        stage
    };
    let (web, echo) = (stage.socket("web", true), stage.socket("echo", true));
    assert_eq!(stage.does("client_rows() { return 1; }\nmissing"), format!(" {web} {echo}"));
    let one = format!("client_rows() {{ printf -- '-\\ta\\t1\\ttcp\\tno\\t{web}\\ta:1\\tup\\t{{\"name\":1}}\\n'; }}\n");
    assert_eq!(stage.does(&format!("{one}missing")), format!(" {echo}"));
    let status = stage.does(&format!("{one}status --json || :"));
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["sockets"][1]["standing"], "not known");
    assert_eq!(status["sockets"][1]["name"], echo);
}

/// Why a node of a tailnet does not serve: the lines of containerboot and tailscaled, in their order.
#[test]
fn tailscale_says_what_is_missing() {
    // cmd/containerboot/serve.go, isValidHTTPSConfig; ipn/ipnlocal/local.go, enterStateLocked.
    const HTTPS: &str = "boot: 2026/01/01 12:00:03 serve proxy: this node is configured as a proxy that exposes an HTTPS endpoint to tailnet,\n\t\t(perhaps a Kubernetes operator Ingress proxy) but it is not able to issue TLS certs, so this will likely not work.";
    const FRESH: &str = "2026/01/01 12:00:00 Switching ipn state NoState -> NeedsLogin (WantRunning=false, nm=false)";
    const KNOWN: &str = "2026/01/01 12:00:01 Switching ipn state NeedsLogin -> Starting (WantRunning=true, nm=true)\n2026/01/01 12:00:02 Switching ipn state Starting -> Running (WantRunning=true, nm=true)";
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.stand_in("docker", DOCKER);
    stage.compile("tailscale", "", &[]);
    fs::create_dir_all(stage.state()).unwrap();
    fs::write(stage.state().join("how"), "compose\n").unwrap();
    for (log, words) in [
        (FRESH.to_owned(), "the node is not in the tailnet; it needs an auth key"),
        (format!("{FRESH}\n{KNOWN}\n{HTTPS}"), "the tailnet has no HTTPS certificates"),
        (format!("{FRESH}\n{KNOWN}"), "the node could not connect: "),
    ] {
        stage.variables = vec![("FAIL".to_owned(), log)];
        let why = stage.does("client_why");
        assert!(why.starts_with(words), "{why}");
    }
    fs::remove_dir_all(stage.state()).unwrap();
}

/// What asks for a confirmation asks when a container starts: `down`, `ps` and `logs` read the same file and need none.
#[test]
fn a_container_starts_with_the_confirmation_alone() {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.compile("tailscale", "/user@domain.com", &["-o", stage.folder().join("ts").to_str().unwrap()]);
    let text = fs::read_to_string(stage.folder().join("ts/compose.yaml")).unwrap();
    let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
    let entry = yaml["services"]["tunnels-stage"]["entrypoint"].as_vec().unwrap();
    let entry: Vec<&str> = entry.iter().map(|word| word.as_str().unwrap()).collect();
    let [shell, flags, script] = entry[..] else { panic!("{text}") };
    fs::create_dir(stage.folder().join("serve")).unwrap();
    // As Compose reads it, with places of ours.
    let script = script
        .replace("$$", "$")
        .replace("/publish/", &format!("{}/ts/", stage.folder().display()))
        .replace("/serve/", &format!("{}/serve/", stage.folder().display()))
        .replace("exec /usr/local/bin/containerboot", "echo it starts");
    let digest = asked_for(&text, "GRANTS_TAKEN");
    let starts = |taken: Option<&str>| {
        let mut shell = Command::new(shell);
        shell.args([flags, &script]).env_remove("GRANTS_TAKEN");
        if let Some(taken) = taken {
            shell.env("GRANTS_TAKEN", taken);
        }
        let output = shell.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(starts(Some(&digest)), (true, "it starts\n".to_owned()));
    for taken in [None, Some(""), Some("yes"), Some("0123456789ab")] {
        let (is_well, said) = starts(taken);
        assert!(!is_well && said.contains(&format!("GRANTS_TAKEN={digest}")), "{said}");
    }

    let cloudflared = ["--tunnel", TUNNEL, "--team", "t", "--domain", "example.net", "--force"];
    let compose = |acl: &str| {
        stage.compile("cloudflared", acl, &cloudflared);
        fs::read_to_string(stage.folder().join("stage.publish/compose.yaml")).unwrap()
    };
    // cloudflared ends where the file that `--config` names is not there (config/configuration.go, ReadConfigFile).
    let (one, two) = (compose("/user@domain.com"), compose("/other@domain.com"));
    for text in [&one, &two] {
        let digest = asked_for(text, "ACCESS_TAKEN");
        assert!(text.contains("\"/etc/cloudflared/${ACCESS_TAKEN:-access-json-not-taken}.yml\""), "{text}");
        assert!(text.contains(&format!("/config.yml:/etc/cloudflared/{digest}.yml:ro\"\n")), "{text}");
    }
    assert_ne!(asked_for(&one, "ACCESS_TAKEN"), asked_for(&two, "ACCESS_TAKEN"));
    assert!(!compose("").contains("ACCESS_TAKEN"));
}
