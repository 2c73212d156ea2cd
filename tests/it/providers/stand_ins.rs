//! border0 and mysocketio: their services cannot be had here. The script runs against programs that play what the clients
//! were documented to print, remember an account, and write down what they were told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::stage::{Stage, within};

/// An account in a file, a line a socket; LIMIT is how many it takes.
pub(crate) const MYSOCKETCTL: &str = r#"
printf '%s\n' "$*" >> "$LOG"
touch "$ACCOUNT"
case "$1 $2" in
  "socket ls")
    printf '┌────┐\n│ SOCKET ID │ DNS NAME │ PORT(S) │ TYPE │ CLOUD AUTH │ NAME │\n'
    while read -r id name type auth; do printf '│ %s │ %s │ 443 │ %s │ %s │ %s │\n' "$id" "${DNS:-$name.edge.example}" "$type" "$auth" "$name"; done < "$ACCOUNT"
    printf '└────┘\n' ;;
  "socket create")
    if [ "$(wc -l < "$ACCOUNT")" -ge "${LIMIT:-9}" ]; then echo 'Error: limit' >&2; exit 1; fi
    auth=false; type=$4; name=$6; case "$*" in *" -c "*) auth=true ;; esac
    n=$(grep -c 'socket create' "$LOG")
    id=11111111-2222-3333-4444-00000000000$n
    printf '%s %s %s %s\n' "$id" "$name" "$type" "$auth" >> "$ACCOUNT"
    printf '│ SOCKET ID │ NAME │\n│ %s │ %s │\n' "$id" "$name" ;;
  "socket delete") grep -v "^$4 " "$ACCOUNT" > "$ACCOUNT.new"; mv "$ACCOUNT.new" "$ACCOUNT" ;;
  "tunnel create") printf '│ SOCKET ID │ TUNNEL ID │\n│ %s │ aaaaaaaa-2222-3333-4444-%s │\n' "$4" "${4##*-}" ;;
  "tunnel connect") exec sleep 600 ;;
  "login "*) mkdir -p "$HOME"; echo t0ken > "$HOME/.mysocketio_token" ;;
esac
"#;

pub(crate) const BORDER0: &str = r#"
printf '%s\n' "$*" >> "$LOG"
touch "$ACCOUNT"
# Of the two variables the account and a connector with a file of sockets read this one.
[ "$1" = login ] || [ "${BORDER0_ADMIN_TOKEN:-$(cat "$HOME/.border0/token" 2>/dev/null)}" = t0ken ] || { echo 'please login first' >&2; exit 1; }
case "$1 $2" in
  "socket ls")
    printf '┌────┐\n│ SOCKET ID │ NAME │ DNS NAME │ PORT(S) │ TYPE │ DESCRIPTION │\n'
    while read -r id name; do printf '│ %s │ %s │ %s │ 443 │ tls │  │\n' "$id" "$name" "${DNS:-$name-org.border0.example}"; done < "$ACCOUNT" ;;
  "socket delete") grep -v "^$3 " "$ACCOUNT" > "$ACCOUNT.new"; mv "$ACCOUNT.new" "$ACCOUNT" ;;
  "connector start")
    [ "$BORDER0_TOKEN" = t0ken ] || { echo 'please login first' >&2; exit 1; }
    sed -n 's/^  - "\(.*\)":$/\1/p' "$4" | while read -r name; do echo "id-$name $name" >> "$ACCOUNT"; done
    exec sleep 600 ;;
  "login "*) mkdir -p "$HOME/.border0"; echo t0ken > "$HOME/.border0/token" ;;
esac
"#;

/// A token that ends in so many seconds.
pub(crate) fn token(seconds: i64) -> String {
    let now =
        i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.sig", part(r#"{"alg":"HS256"}"#), part(&format!(r#"{{"user":"a?b>c","exp": {} }}"#, now + seconds)))
}

fn mysocketio(acl: &str) -> Stage {
    let mut stage = Stage::new();
    stage.node("r1", "127.0.0.2", "tls");
    stage.node("web", "127.0.0.3", "http");
    stage.stand_in("mysocketctl", MYSOCKETCTL);
    stage.secret(".mysocketio_token", &token(10_000));
    stage.compile("mysocketio", acl, &[]);
    stage
}

fn error(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.script(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn mysocketio_is_told_what_containerlab_told_it() {
    let stage = mysocketio("/o'neil@b.com,nokia.com");
    fs::write(stage.folder().join("account"), "99999999-2222-3333-4444-000000000000 clab-other-tcp-22 tcp false\n")
        .unwrap();
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{up:?}");
    let (r1, web) = (stage.socket("r1", false), stage.socket("web", false));
    let port = |name: &str| name.rsplit('-').next().unwrap().to_owned();
    let socket = |n: u8| format!("11111111-2222-3333-4444-00000000000{n}");
    let tunnel = |n: u8| format!("aaaaaaaa-2222-3333-4444-00000000000{n}");
    // Tunnels connect beside what comes next.
    let told = stage.log().into_iter().filter(|call| call != "socket ls");
    let (mut connected, told): (Vec<String>, Vec<String>) = told.partition(|call| call.starts_with("tunnel connect "));
    connected.sort();
    assert_eq!(
        told,
        [
            format!("socket create -t tls -n {r1} -c -d nokia.com -e o'neil@b.com"),
            format!("tunnel create -s {}", socket(1)),
            format!("socket create -t http -n {web} -c -d nokia.com -e o'neil@b.com"),
            format!("tunnel create -s {}", socket(2)),
        ]
    );
    assert_eq!(
        connected,
        [
            format!("tunnel connect --host 127.0.0.2 -p {} -s {} -t {}", port(&r1), socket(1), tunnel(1)),
            format!("tunnel connect --host 127.0.0.3 -p {} -s {} -t {}", port(&web), socket(2), tunnel(2)),
        ]
    );
    let status = stage.status();
    let row = &status["sockets"][0];
    assert_eq!((row["id"].as_str(), row["standing"].as_str()), (Some(socket(1).as_str()), Some("up")));
    assert_eq!(row["address"], format!("{r1}.edge.example:443"));
    assert_eq!(row["audience"], "o'neil@b.com and anyone @nokia.com");
    let visit = stage.script(&["visit", &r1]);
    assert_eq!(
        String::from_utf8_lossy(&visit.stdout),
        format!(
            "ssh USER@{r1}.edge.example -o 'ProxyCommand=mysocketctl client tls --host %h'\n# o'neil@b.com and anyone @nokia.com\n"
        )
    );
    // A client that ends is started again, with the sockets that there are.
    let ended = stage.processes().iter().filter(|process| process.contains("sleep 600")).count();
    assert_eq!(ended, 2);
    assert!(
        Command::new("sh")
            .args(["-c", "kill $(cat \"$0\" | cut -d' ' -f1)"])
            .arg(stage.state().join("client"))
            .status()
            .unwrap()
            .success()
    );
    assert!(within(Duration::from_secs(20), || stage
        .log()
        .iter()
        .filter(|call| call.starts_with("tunnel connect"))
        .count()
        == 4));
    assert_eq!(stage.log().iter().filter(|call| call.starts_with("socket create")).count(), 2);

    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
    let account = fs::read_to_string(stage.folder().join("account")).unwrap();
    assert_eq!(
        account, "99999999-2222-3333-4444-000000000000 clab-other-tcp-22 tcp false\n",
        "nobody else's socket is touched"
    );
    let deleted: Vec<String> = stage.log().into_iter().filter(|call| call.starts_with("socket delete")).collect();
    assert_eq!(deleted, [format!("socket delete -s {}", socket(1)), format!("socket delete -s {}", socket(2))]);
}

#[test]
fn mysocketio_refuses_a_name_that_somebody_else_has() {
    let stage = mysocketio("");
    let name = stage.socket("web", false);
    fs::write(stage.folder().join("account"), format!("99999999-2222-3333-4444-000000000000 {name} http false\n"))
        .unwrap();
    let said = error(&stage, &["up"]);
    assert!(
        said.contains(&format!("a socket named {name} already exists and was not created by this script")),
        "{said}"
    );
    assert!(!stage.log().iter().any(|call| call.starts_with("socket create") || call.starts_with("socket delete")));
    stage.assert_struck();
}

#[test]
fn what_a_full_account_took_is_given_back() {
    let mut stage = mysocketio("");
    stage.variables.push(("LIMIT".to_owned(), "1".to_owned()));
    let (r1, web) = (stage.socket("r1", false), stage.socket("web", false));
    let said = error(&stage, &["up"]);
    assert!(said.contains(&format!("could not create socket {web}; the account may be full")), "{said}");
    assert!(said.contains(&format!("not open: {r1} {web}")) || said.contains(&format!("not open: {web}")), "{said}");
    assert_eq!(fs::read_to_string(stage.folder().join("account")).unwrap(), "");
    stage.assert_struck();
}

#[test]
fn a_token_is_looked_at_before_anything_is_opened() {
    let stage = mysocketio("");
    stage.secret(".mysocketio_token", &token(-60));
    let said = error(&stage, &["up"]);
    assert!(said.contains("the token has expired; run: sh publish.sh login"), "{said}");
    assert_eq!(stage.log(), [""; 0], "the client was not asked");
    let path = stage.secret(".mysocketio_token", &token(10_000));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let said = error(&stage, &["up"]);
    assert!(said.contains("the token is accessible to other users; run: chmod 600"), "{said}");
    fs::remove_file(&path).unwrap();
    assert!(error(&stage, &["up"]).contains("no token; run: sh publish.sh login"));
    assert_eq!(stage.script(&["login"]).status.code(), Some(0));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    stage.secret(".mysocketio_token", &token(1_800));
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0));
    let said = String::from_utf8_lossy(&up.stderr).into_owned();
    assert!(
        said.contains("the token expires in 29 minutes") || said.contains("the token expires in 30 minutes"),
        "{said}"
    );
}

#[test]
fn border0_gets_its_sockets_and_keeps_its_token_out_of_arguments() {
    let mut stage = Stage::new();
    stage.node("r1", "127.0.0.2", "tls");
    stage.node("web", "127.0.0.3", "http");
    stage.stand_in("border0", BORDER0);
    stage.secret(".border0/token", "t0ken");
    stage.compile("border0", "/a@b.com,nokia.com", &[]);
    let up = stage.script(&["up"]);
    assert_eq!(up.status.code(), Some(0), "{up:?}");
    let config = stage.state().join("taken/border0.yaml");
    assert!(stage.log().contains(&format!("connector start --config {}", config.display())), "{:?}", stage.log());
    assert!(!stage.log().iter().any(|call| call.contains("t0ken")));
    assert!(!fs::read_to_string(&config).unwrap().contains("t0ken"));
    assert!(!stage.processes().iter().any(|process| process.contains("t0ken")));
    let name = stage.socket("r1", true);
    let visit = stage.script(&["visit", &name]);
    assert_eq!(
        String::from_utf8_lossy(&visit.stdout),
        format!(
            "ssh USER@{name}-org.border0.example -o 'ProxyCommand=border0 client tls --host %h'\n# a@b.com and anyone @nokia.com\n"
        )
    );
    assert_eq!(
        stage.status()["sockets"][1]["address"],
        format!("https://{}-org.border0.example/", stage.socket("web", true))
    );
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
    assert_eq!(fs::read_to_string(stage.folder().join("account")).unwrap(), "");

    // The token under the one name or the other is for both.
    fs::remove_file(stage.home().join(".border0/token")).unwrap();
    for variable in ["BORDER0_TOKEN", "BORDER0_ADMIN_TOKEN"] {
        stage.variables = vec![(variable.to_owned(), "t0ken".to_owned())];
        let up = stage.script(&["up"]);
        assert_eq!(up.status.code(), Some(0), "{variable}: {up:?}");
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        stage.assert_struck();
    }
    stage.variables.clear();
    stage.secret(".border0/token", "t0ken");
    fs::write(stage.folder().join("account"), format!("id-9 {name}\n")).unwrap();
    let said = error(&stage, &["up"]);
    assert!(
        said.contains(&format!("a socket named {name} already exists and was not created by this script")),
        "{said}"
    );
    assert_eq!(fs::read_to_string(stage.folder().join("account")).unwrap(), format!("id-9 {name}\n"));
    fs::remove_file(stage.home().join(".border0/token")).unwrap();
    assert!(error(&stage, &["up"]).contains("no token: run sh publish.sh login, or set BORDER0_TOKEN"));
}

#[test]
fn a_node_that_does_not_answer_is_named_before_anything_is_opened() {
    let stage = mysocketio("");
    stage.stop_node("web");
    let said = error(&stage, &["up"]);
    assert!(said.contains("no answer from 127.0.0.3:"), "{said}");
    assert_eq!(stage.log(), [""; 0]);
    stage.assert_struck();
}

#[test]
fn a_script_finds_its_own_folder() {
    let mut stage = mysocketio("");
    let link = stage.folder().join("link.sh");
    std::os::unix::fs::symlink(stage.folder().join("stage.publish/publish.sh"), &link).unwrap();
    fs::create_dir_all(stage.folder().join("other/stage.publish")).unwrap();
    stage.variables.push(("CDPATH".to_owned(), stage.folder().join("other").display().to_string()));
    let output = Command::new("dash")
        .arg(&link)
        .arg("list")
        .current_dir(stage.folder())
        .env("CDPATH", stage.folder().join("other"))
        .output()
        .unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).lines().count() == 2, "{output:?}");
    assert_eq!(stage.script(&["up"]).status.code(), Some(0));
}

#[test]
fn a_proxy_is_handed_to_the_client_that_takes_one() {
    let mut stage = mysocketio("");
    let connects = |stage: &Stage| {
        assert_eq!(stage.script(&["up"]).status.code(), Some(0));
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        let calls = stage.log().into_iter().filter(|call| call.starts_with("tunnel connect")).collect::<Vec<_>>();
        fs::remove_file(stage.folder().join("log")).unwrap();
        calls
    };
    assert!(connects(&stage).iter().all(|call| !call.contains("--proxy")));
    stage.variables.push(("HTTPS_PROXY".to_owned(), "http://proxy:8000".to_owned()));
    assert!(connects(&stage).iter().all(|call| call.ends_with(" --proxy http://proxy:8000")));
    stage.compile("mysocketio", "", &["--proxy", "http://other:8001"]);
    assert!(connects(&stage).iter().all(|call| call.ends_with(" --proxy http://other:8001")));
    stage.compile("mysocketio", "", &[]);
    for proxy in ["http://user:s3cret@proxy:8000", "socks5://proxy:1080"] {
        stage.variables = vec![("HTTPS_PROXY".to_owned(), proxy.to_owned())];
        let said = error(&stage, &["up"]);
        assert!(said.contains("proxy ") && !said.contains("s3cret"), "{said}");
        stage.assert_struck();
    }
}

#[test]
fn a_proxy_is_refused_in_words_where_the_client_takes_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/a@b.com]}\n").unwrap();
    let run = crate::support::run(&[
        "compile",
        path.to_str().unwrap(),
        "--no-config",
        "--provider",
        "border0",
        "--proxy",
        "http://proxy:8000",
    ]);
    assert_eq!(run.exit, publish_plan::Exit::Failed);
    assert!(run.stderr.contains("the border0 client does not support a proxy"), "{}", run.stderr);
}
