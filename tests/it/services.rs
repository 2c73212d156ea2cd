//! cloudflared, ngrok and tailscale: their services cannot be had here. The script runs against programs that say what the
//! clients say, and, where a real cloudflared is on PATH, that one reads its file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::compile::compiled;
use crate::stage::{Stage, within};
use crate::support::skip;

pub(crate) const TUNNEL: &str = "6ff42ae2-765d-4adf-8112-31c55c1551ef";

/// Says what cloudflared says, and writes down what it was told. LOST beside its log ends its connection.
pub(crate) const CLOUDFLARED: &str = r#"
printf '%s\n' "$*" >> "$LOG"
case "$*" in *'ingress validate') exit 0 ;; esac
[ -z "${FAIL:-}" ] || { echo "2026-01-01T12:00:00Z ERR $FAIL"; exit 1; }
echo '2026-01-01T12:00:00Z INF Starting tunnel tunnelID=6ff42ae2'
echo '2026-01-01T12:00:01Z INF Registered tunnel connection connIndex=0 event=0 ip=198.51.100.1'
while :; do
  sleep 1
  [ ! -e "$LOG.lost" ] || { rm "$LOG.lost"; echo '2026-01-01T12:00:02Z ERR Serve tunnel error error="timeout" connIndex=0 event=0'; }
done
"#;

pub(crate) const NGROK: &str = r#"
printf '%s %s\n' "$NGROK_AUTHTOKEN" "$*" >> "$LOG"
[ "$1" != config ] || exit 0
[ -z "${FAIL:-}" ] || { echo "t=2026 lvl=eror msg=\"failed\" err=\"$FAIL\""; exit 1; }
echo 't=2026 lvl=info msg="client session established" obj=csess'
sed -n 's/^  - name: "\(.*\)"/\1/p' "$4" | while read -r name; do
  case $name in
    *-tcp-*) url=tcp://7.tcp.ngrok.io:12345 ;;
    *) url=https://page.lab.example.net ;;
  esac
  printf 't=2026 lvl=info msg="started tunnel" obj=tunnels name=%s addr=x url=%s\n' "$name" "$url"
done
exec sleep 600
"#;

/// An engine with one container, the client's: what the script asks of Docker and of tailscale in there.
pub(crate) const DOCKER: &str = r#"
printf '%s grants=%s\n' "$*" "${GRANTS_TAKEN:-}" >> "$LOG"
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
        refused.contains(&format!("no Access application is known for {} {}: make one", hosts[0], hosts[1])),
        "{refused}"
    );
    assert_eq!(config.matches("audTag: [\"no-application-yet\"]").count(), 2, "{config}");

    let tags: Vec<String> =
        hosts.iter().enumerate().map(|(index, host)| format!("--access-tag={host}={index:064x}")).collect();
    let mut all = given.to_vec();
    all.push("--force");
    all.extend(tags.iter().map(String::as_str));
    stage.compile("cloudflared", "/user@domain.com", &all);
    stage.variables = vec![("HTTPS_PROXY".to_owned(), "http://127.0.0.1:1".to_owned())];
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert!(String::from_utf8_lossy(&up.stderr).contains("cloudflared takes no proxy"));
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
        ("Unauthorized: Invalid tunnel secret", "Cloudflare does not take the credentials"),
        ("edge discovery: lookup: no such host", "Cloudflare cannot be reached from here; cloudflared takes no proxy"),
    ] {
        stage.variables = vec![("FAIL".to_owned(), fails.to_owned())];
        let refused = stage.refusal();
        assert!(refused.contains(words), "{refused}");
    }
    fs::set_permissions(&credentials, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = stage.refusal();
    assert!(refused.contains("the file of the tunnel's credentials can be read by others: chmod 600"), "{refused}");
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
        refused.stderr.contains("a-80.example.net and b-80.example.net have one audience tag and two acls"),
        "{}",
        refused.stderr
    );
    assert_eq!(compile(&tag, &"cd".repeat(32)).exit, publish_plan::Exit::Clean);
    // Whoever says that there is an application must not get a name that is open to all.
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    a: {kind: linux, publish: [http/80]}\n    b: {kind: linux, publish: [http/80/b.com]}\n").unwrap();
    let refused = compile(&tag, &"cd".repeat(32));
    assert!(
        refused.stderr.contains("an Access application is said for a-80.example.net, whose entry names nobody"),
        "{}",
        refused.stderr
    );
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    b: {kind: linux, publish: [http/80/b.com]}\n").unwrap();
    let refused = compile(&tag, &"cd".repeat(32));
    assert!(refused.stderr.contains("no socket has the host name a-80.example.net"), "{}", refused.stderr);
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
    assert!(
        refused.contains("there is no token: compile with --secret FILE, or put it into NGROK_AUTHTOKEN"),
        "{refused}"
    );
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
    said(&stage, &["down"]);
    stage.assert_struck();
    for (fails, words) in [
        ("authentication failed: ERR_NGROK_107", "ngrok does not take the token (ERR_NGROK_107)"),
        ("ERR_NGROK_8013", "tcp needs a payment card on record"),
        ("ERR_NGROK_334", "ngrok refuses: https://ngrok.com/docs/errors/err_ngrok_334"),
        ("broken", "the agent did not get through:"),
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
    assert!(refused.contains("docker does not answer: does its daemon run, and may you use it?"), "{refused}");
    stage.stand_in("docker", "case \"$1\" in version) exit 0 ;; esac; exit 1\n");
    stage.stand_in("docker-compose", "exit 1\n");
    let refused = stage.refusal();
    assert!(refused.contains("there is no Compose"), "{refused}");

    fs::create_dir_all(stage.state()).unwrap();
    for (name, text) in [("how", "host\n"), ("here", "/elsewhere\n"), ("supervisor", "1 0\n"), ("sockets-open", "")] {
        fs::write(stage.state().join(name), text).unwrap();
    }
    let status = stage.script(&["status"]);
    assert!(!String::from_utf8_lossy(&status.stderr).contains("open from another folder"), "{status:?}");
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
    assert!(refused.contains("take grants.json into it"), "{refused}");
    let digest = refused.split("GRANTS_TAKEN=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    // Those of another acl are not these.
    stage.variables = vec![("GRANTS_TAKEN".to_owned(), digest)];
    stage.compile("tailscale", "/other@domain.com", &["--secret", "~/key", "--force"]);
    assert!(stage.refusal().contains("take grants.json into it"));
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
    // It may be closed by somebody who says nothing of grants.
    stage.variables.clear();
    said(&stage, &["down"]);
    stage.assert_struck();
    assert!(stage.log().iter().all(|line| line.ends_with("grants=yes")));
    let run = stage.script(&["run"]);
    assert!(String::from_utf8_lossy(&run.stderr).contains("tailscale runs in its container only"), "{run:?}");
}
