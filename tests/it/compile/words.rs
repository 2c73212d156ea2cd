//! What clients, relays and services say, where somebody reads it: no word of theirs steers a terminal, forges a line or a
//! field, or becomes a part of a command.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::providers::{frp, services, stand_ins};
use crate::support::stage::{SHELLS, Stage, free_ports, is_shell, within};
use crate::support::{root, skip};

/// Sequences of ECMA-48 and xterm in seven and in eight bits, a line that is begun anew, text turned around and hidden, what is
/// no UTF-8, a NUL, and a field of JSON. It begins and ends with words that must be seen.
const EVIL: &[u8] = b"begun \x1b]0;title\x07\x1b[2J\x1b[1A\rover \xc2\x9b31m\xc2\x9d0;t\xc2\x9c \"q\\\",\"standing\":\"up\" \t| \xe2\x80\xae\xe2\x80\x8b\xe2\x81\xa6\xef\xbb\xbf \xc3\xa4 \x9b31m\xff\xed\xa0\x80 nul\0 ended";

/// Whether text can be shown: UTF-8 without what steers a terminal (Unicode TR36, ECMA-48), but for lines and tabs.
fn is_plain(bytes: &[u8]) -> bool {
    let is_harmless = |character: char| {
        matches!(character, '\n' | '\t')
            || !(character.is_control()
                || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
    };
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_harmless))
}

#[track_caller]
fn assert_plain(output: &Output) {
    for bytes in [&output.stdout, &output.stderr] {
        assert!(is_plain(bytes), "{}", bytes.escape_ascii());
    }
}

/// A program that says something evil when it is asked for anything, and fails.
fn evil(stage: &Stage, program: &str, but: &str) {
    fs::write(stage.folder().join("evil"), EVIL).unwrap();
    let evil = stage.folder().join("evil").display().to_string();
    stage.stand_in(program, &format!("{but}\ncat {evil}; echo\ncat {evil} >&2; echo >&2\nexit 1\n"));
}

/// `up` fails and shows show the client's log, in every shell.
fn fails_plainly(stage: &mut Stage) {
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        let up = stage.script(&["up"]);
        assert_eq!(up.status.code(), Some(1), "{shell:?}");
        assert_plain(&up);
        assert!(String::from_utf8_lossy(&up.stderr).contains("begun "), "{shell:?}: {up:?}");
        stage.assert_struck();
    }
}

fn of_two_nodes() -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", "tcp");
    stage
}

#[test]
fn a_filter_is_the_same_in_every_awk() {
    let stage = of_two_nodes();
    stage.compile("ngrok", "", &["--secret", "~/token"]);
    fs::write(stage.folder().join("evil"), EVIL).unwrap();
    let wanted = concat!(
        r#"begun \u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[1A\u{d}over \u{9b}31m\u{9d}0;t\u{9c} "q\","standing":"up" "#,
        "\t",
        r"| \u{202e}\u{200b}\u{2066}\u{feff} ä \x9b31m\xff\xed\xa0\x80 nul\u{0} ended",
        "\n"
    );
    let mut tried = 0;
    for awk in ["mawk", "gawk", "original-awk", "busybox awk"] {
        let (program, applet) = awk.split_once(' ').unwrap_or((awk, ""));
        if Command::new(program).args(applet.split_whitespace()).arg("BEGIN {}").stdin(Stdio::null()).output().is_err()
        {
            skip(&format!("{awk} is not installed"));
            continue;
        }
        stage.stand_in("awk", &format!("exec {awk} \"$@\"\n"));
        assert_eq!(stage.does(&format!("printable <{}", stage.folder().join("evil").display())), wanted, "{awk}");
        // Every byte alone, and every character that has an end of its length.
        let all: Vec<u8> = (0..=255).flat_map(|byte| [byte, b' ']).collect();
        let edges = ['\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{ffff}', '\u{10000}', '\u{10ffff}'];
        fs::write(stage.folder().join("all"), [all, edges.iter().collect::<String>().into_bytes()].concat()).unwrap();
        let shown = stage.does(&format!("printable <{}", stage.folder().join("all").display()));
        assert!(is_plain(shown.as_bytes()), "{awk}: {shown:?}");
        assert!(
            shown.ends_with("\\xff \\u{7f}\\u{80}\u{7ff}\u{800}\\u{ffff}\u{10000}\u{10ffff}\n"),
            "{awk}: {shown:?}"
        );
        // A line without an end is not looked at again for each of its characters.
        fs::write(stage.folder().join("long"), "x".repeat(1 << 20)).unwrap();
        let begun = Instant::now();
        let long = stage.does(&format!("printable <{}", stage.folder().join("long").display()));
        assert!(
            long.trim_end().len() == 1 << 20 && begun.elapsed() < Duration::from_secs(90),
            "{awk}: {:?}",
            begun.elapsed()
        );
        tried += 1;
    }
    assert!(tried > 0);
}

#[test]
fn a_client_that_fails_is_quoted() {
    let mut ngrok = of_two_nodes();
    ngrok.secret("token", "t0ken");
    ngrok.compile("ngrok", "", &["--secret", "~/token"]);
    evil(&ngrok, "ngrok", "");
    fails_plainly(&mut ngrok);
    evil(&ngrok, "ngrok", "[ \"$1\" != config ] || exit 0");
    fails_plainly(&mut ngrok);

    let mut cloudflared = of_two_nodes();
    cloudflared.secret(&format!(".cloudflared/{}.json", services::TUNNEL), "{}");
    cloudflared.compile("cloudflared", "", &["--tunnel", services::TUNNEL, "--domain", "example.net"]);
    evil(&cloudflared, "cloudflared", "case \"$*\" in *'ingress validate') exit 0 ;; esac");
    fails_plainly(&mut cloudflared);

    let mut mysocketio = of_two_nodes();
    mysocketio.secret(".mysocketio_token", &stand_ins::token(10_000));
    mysocketio.compile("mysocketio", "", &[]);
    evil(&mysocketio, "mysocketctl", "");
    fails_plainly(&mut mysocketio);

    let mut border0 = Stage::new();
    border0.node("web", "127.0.0.2", "http");
    border0.secret(".border0/token", "t0ken");
    border0.compile("border0", "/a@b.com", &[]);
    evil(&border0, "border0", "");
    fails_plainly(&mut border0);

    let mut tailscale = of_two_nodes();
    tailscale.secret("key", "t0ken");
    tailscale.compile("tailscale", "", &["--secret", "~/key"]);
    evil(
        &tailscale,
        "docker",
        "case \"$*\" in version|'compose version'|*' version'|'network inspect '*) exit 0 ;; 'inspect -f '*) echo true; exit 0 ;; *' down '*) exit 0 ;; esac",
    );
    fails_plainly(&mut tailscale);

    // Something listens where these have their relay.
    let relay = TcpListener::bind("127.0.0.11:0").unwrap();
    let place = relay.local_addr().unwrap().to_string();
    let mut frp = frp::stage(&place, free_ports(10), &[]);
    evil(&frp, "frpc", "[ \"$1\" != verify ] || exit 0");
    fails_plainly(&mut frp);
    evil(&frp, "frpc", "");
    fails_plainly(&mut frp);

    let mut ssh = of_two_nodes();
    ssh.secret("key", "not one that is looked at");
    fs::copy(root().join("tests/cases/keys/relay.pub"), ssh.home().join("key.pub")).unwrap();
    ssh.secret("relay.host", "");
    let place = format!("tunnel@{place}");
    ssh.compile("ssh", "", &["--relay", &place, "--identity", "~/key", "--known-hosts", "~/relay.host"]);
    ssh.stand_in("ssh-keygen", "exit 0\n");
    evil(&ssh, "ssh", "");
    fails_plainly(&mut ssh);

    // bore's relay has a port that cannot be chosen; its client's words go before the script's own ones.
    let _relay = TcpListener::bind("127.0.0.12:7835").unwrap();
    let bore = of_two_nodes();
    let ports = free_ports(10);
    let ports = format!("{ports}-{}", ports + 9);
    bore.compile("bore", "", &["--relay", "127.0.0.12", "--relay-ports", &ports]);
    evil(&bore, "bore", "");
    let up = bore.script(&["up"]);
    assert_eq!(up.status.code(), Some(1));
    assert_plain(&up);
    bore.assert_struck();
    let said = bore.does("last_words() { cat \"$HOME/../evil\"; }\nsay \"$(client_why)\" 2>&1");
    assert!(is_plain(said.as_bytes()) && said.contains("begun "), "{said:?}");
}

#[test]
fn what_a_relay_says_of_a_socket_is_one_field() {
    if !frp::socat() {
        return;
    }
    let relay = TcpListener::bind("127.0.0.11:0").unwrap();
    let mut stage = frp::stage(&relay.local_addr().unwrap().to_string(), free_ports(10), &[]);
    fs::write(stage.folder().join("evil"), EVIL).unwrap();
    // The loss comes first, so that `up` has seen all of them stand.
    let says = format!(
        "rm \"$LOG.lost\"; say I 'try to connect to server...'; say I \"[$name] start error: $(cat {})\"",
        stage.folder().join("evil").display()
    );
    let loses = "rm \"$LOG.lost\"; say I \"try to connect to server...\"";
    assert!(frp::FRPC.contains(loses));
    stage.stand_in("frpc", &frp::FRPC.replace(loses, &says));
    let echo = stage.socket("echo", true);
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(stage.script(&["up"]).status.code(), Some(0), "{shell:?}");
        fs::write(stage.folder().join("log.lost"), "").unwrap();
        let standing = |stage: &Stage| stage.standings().pop().unwrap();
        assert!(within(Duration::from_secs(10), || standing(&stage).starts_with("refused: begun ")), "{shell:?}");
        let status = stage.status();
        let sockets = status["sockets"].as_array().unwrap();
        assert_eq!(sockets.len(), 2);
        assert!(sockets.iter().all(|socket| socket.as_object().unwrap().len() == 10), "{status}");
        for arguments in
            [&["status"][..], &["status", "--json"], &["rows"], &["logs"], &["logs", &echo], &["visit", &echo]]
        {
            let output = stage.script(arguments);
            assert_plain(&output);
            let is_said =
                [&output.stdout, &output.stderr].iter().any(|text| String::from_utf8_lossy(text).contains("begun "));
            assert!(is_said, "{shell:?} {arguments:?}: {output:?}");
        }
        let mut follows = stage.command(&["logs", "-f"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(2));
        assert!(follows.try_wait().unwrap().is_none(), "{shell:?}: it goes on");
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        let output = follows.wait_with_output().unwrap();
        assert_plain(&output);
        assert!(String::from_utf8_lossy(&output.stdout).contains("start error: begun "), "{shell:?}: {output:?}");
        stage.assert_struck();
    }
}

/// In the foreground a client speaks to the terminal itself.
#[test]
fn a_client_in_the_foreground_is_shown_plainly() {
    let stage = {
        let stage = of_two_nodes();
        stage.secret("token", "t0ken");
        stage.compile("ngrok", "", &["--secret", "~/token"]);
        stage
    };
    if Command::new("script").arg("--version").output().is_err() {
        return skip("script, which makes a terminal, is not installed");
    }
    evil(&stage, "ngrok", "[ \"$1\" != config ] || exit 0");
    let run = stage.command(&["run"]);
    let words: Vec<String> = std::iter::once(run.get_program())
        .chain(run.get_args())
        .map(|word| shlex::try_quote(word.to_str().unwrap()).unwrap().into_owned())
        .collect();
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &words.join(" "), "/dev/null"]).current_dir(stage.folder()).stdin(Stdio::null());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let output = terminal.output().unwrap();
    let shown: Vec<u8> = output.stdout.into_iter().filter(|byte| *byte != b'\r').collect();
    assert!(is_plain(&shown), "{}", shown.escape_ascii());
    assert!(String::from_utf8_lossy(&shown).contains("begun \\u{1b}]0;title"), "{}", shown.escape_ascii());
    stage.assert_struck();
}

/// An address that a service gives goes into commands that people paste.
#[test]
fn an_address_is_an_address() {
    let bad = [
        "x.example;touch /tmp/x",
        "$(id)",
        "-oProxyCommand=id",
        "a\",\"standing\":\"up",
        "b`id`",
        "c'd",
        "e\u{202e}f",
        "g\u{1b}[2J",
    ];
    let mut ngrok = of_two_nodes();
    ngrok.stand_in("ngrok", services::NGROK);
    ngrok.secret("token", "t0ken");
    ngrok.compile("ngrok", "", &["--secret", "~/token"]);
    let mut border0 = Stage::new();
    border0.node("web", "127.0.0.2", "http");
    border0.node("echo", "127.0.0.3", "tls");
    border0.stand_in("border0", stand_ins::BORDER0);
    border0.secret(".border0/token", "t0ken");
    border0.compile("border0", "/a@b.com", &[]);
    let mut mysocketio = of_two_nodes();
    mysocketio.stand_in("mysocketctl", stand_ins::MYSOCKETCTL);
    mysocketio.secret(".mysocketio_token", &stand_ins::token(10_000));
    mysocketio.compile("mysocketio", "", &[]);
    for (variable, stage) in [("DNS", &mut border0), ("DNS", &mut mysocketio)] {
        let name = stage.script(&["list"]).stdout;
        let name = String::from_utf8(name).unwrap().lines().next_back().unwrap().split('\t').next().unwrap().to_owned();
        assert_eq!(stage.script(&["up"]).status.code(), Some(0));
        for bad in bad {
            stage.variables = vec![(variable.to_owned(), bad.to_owned())];
            let status = stage.script(&["status", "--json"]);
            assert_plain(&status);
            let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
            let row = status["sockets"].as_array().unwrap().last().unwrap();
            assert_eq!(
                (row["standing"].as_str(), row["dns_name"].as_str()),
                (Some("no usable address"), Some("-")),
                "{bad}"
            );
            let visit = stage.script(&["visit", &name]);
            assert_plain(&visit);
            let said = String::from_utf8_lossy(&visit.stdout).into_owned();
            assert!(!said.contains("touch") && !said.contains("id") && !said.contains('`'), "{bad}: {said}");
        }
        stage.variables.clear();
        assert_eq!(stage.script(&["down"]).status.code(), Some(0));
        stage.assert_struck();
    }
    // Of ngrok's log only what follows `url=` up to a space is an address.
    for bad in ["tcp://-oProxyCommand=id:1", "tcp://x;id:1", "tcp://$(id):1", "tcp://a:b`id`", "tcp://host:1;id"] {
        ngrok.variables = vec![("URL".to_owned(), bad.to_owned())];
        let script = format!(
            "client_lives() {{ return 0; }}\nwords() {{ printf '%s\\n' 't=1 lvl=info msg=\"started tunnel\" obj=tunnels name={} addr=x url={bad}'; }}\nvisit {} || echo refused\n",
            ngrok.socket("echo", true),
            ngrok.socket("echo", true)
        );
        let said = ngrok.does(&format!("({script})"));
        assert!(said.ends_with("refused\n") && !said.contains("id"), "{bad}: {said}");
    }
}

/// A word in an audience decides nothing: whether visitors must say who they are is a field of its own.
#[test]
fn no_script_goes_by_the_words_of_an_audience() {
    for file in crate::support::files_below(&root().join("src/providers")) {
        if file.extension().is_some_and(|end| end == "hbs")
            && file.file_name().unwrap().to_str().unwrap().contains(".sh.")
        {
            let text = fs::read_to_string(&file).unwrap();
            for words in ["anyone on the Internet", "every member of the tailnet", "case $audience"] {
                assert!(!text.contains(words), "{}: {words}", file.display());
            }
        }
    }
    let stage = of_two_nodes();
    for (provider, acl, auth) in [("tailscale", "", "no"), ("tailscale", "/a@b.com", "yes"), ("ngrok", "", "no")] {
        stage.compile(provider, acl, &["--secret", "~/token", "--force"]);
        let shown = stage.does("sockets | cut -f 7");
        assert_eq!(shown, format!("{auth}\n{auth}\n"), "{provider} {acl}");
    }
}
