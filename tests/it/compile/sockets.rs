//! How people name sockets to `publish.sh`, what it prints about them, and for how long they stay open.

use std::fs;
use std::process::{Command, Output};

use publish_plan::Exit;

use crate::providers::stand_ins::{BORDER0, token};
use crate::support::program::{Run, run};
use crate::support::stage::{SHELLS, Stage, family, is_shell};
use crate::support::{git, root, run_with};

/// A lab whose sockets are never opened.
fn closed(topology: &str, arguments: &[&str]) -> Stage {
    let stage = Stage::new();
    let path = stage.folder().join("stage.clab.yml");
    fs::write(&path, topology).unwrap();
    fs::copy(root().join("tests/cases/keys/relay.pub"), stage.home().join("key.pub")).unwrap();
    let fixed = ["compile", path.to_str().unwrap(), "--no-config", "--provider", "ssh", "--relay"];
    let rest = ["t@relay.invalid", "--identity", "~/key", "--relay-ports", "20000-29999"];
    let home = stage.home();
    let home = [("HOME", home.to_str().unwrap())];
    let run = run_with(&[&fixed[..], &rest, arguments].concat(), "", &home);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    stage
}

fn texts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

const LAB: &str = "name: stage
topology:
  nodes:
    r1: {kind: nokia_srlinux, publish: [tcp/22, tls/57400]}
    r2: {kind: cisco_xrd, publish: [tcp/22]}
    web: {kind: linux, publish: [tcp/22]}
    dns: {kind: linux, publish: [tcp/53, tls/53]}
";

#[test]
fn a_socket_is_named_by_its_node_its_port_or_its_name_in_every_shell() {
    let mut stage = closed(LAB, &[]);
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        for (words, user) in [
            (&["r2"][..], "clab"),
            (&["r2:22"], "clab"),
            (&["r1", "22"], "admin"),
            (&["r1:22"], "admin"),
            (&["clab-stage-r1-tcp-22"], "admin"),
            (&["web"], "USER"),
        ] {
            let (code, out, error) = texts(&stage.script(&[&["visit"], words].concat()));
            assert_eq!(code, Some(0), "{shell:?} {words:?}: {error}");
            assert!(
                out.starts_with("ssh -p ") && out.contains(&format!(" {user}@relay.invalid\n")),
                "{words:?}: {out}"
            );
        }
        for (words, told) in [
            (&["r1"][..], "r1 has several sockets; write one of: r1:22 r1:57400\n"),
            (&["r1", "23"], "r1 has no socket on port 23; expected one of: r1:22 r1:57400\n"),
            // One port with two types: only the names tell them apart.
            (&["dns:53"], "dns:53 has several sockets; write one of: clab-stage-dns-tcp-53 clab-stage-dns-tls-53\n"),
            (&["r"], "no node or socket is named r; expected one of: r1:22 r1:57400 r2:22 web:22 clab-"),
            (&["r1:"], "no node or socket is named r1:; expected one of: r1:22 "),
            (&["$(id)"], "no node or socket is named $(id); expected one of: "),
            (&["a\\tb"], "no node or socket is named a\\tb; expected one of: "),
        ] {
            for verb in ["visit", "logs"] {
                let (code, out, error) = texts(&stage.script(&[&[verb], words].concat()));
                assert_eq!((code, out.as_str()), (Some(1), ""), "{shell:?} {verb} {words:?}");
                assert!(error.starts_with(&format!("publish.sh: {told}")), "{shell:?} {verb} {words:?}: {error}");
            }
        }
    }
}

/// A node with the name of another node's socket: whoever asks for that name could mean either.
#[test]
fn a_name_of_a_node_and_of_another_nodes_socket_is_neither() {
    let lab = "name: stage\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n    clab-stage-r1-tcp-22: {kind: linux, publish: [tcp/23]}\n";
    let stage = closed(lab, &[]);
    let (code, out, error) = texts(&stage.script(&["visit", "clab-stage-r1-tcp-22"]));
    assert_eq!((code, out.as_str()), (Some(1), ""), "{error}");
    assert!(error.ends_with("has several sockets; write one of: r1:22 clab-stage-r1-tcp-22:23\n"), "{error}");
}

/// A path of the settings, which may be a stranger's, is one word of a command that people paste.
#[test]
fn a_path_in_a_command_to_paste_starts_nothing() {
    let mut stage = Stage::new();
    let path = stage.folder().join("stage.clab.yml");
    let node = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = node.local_addr().unwrap().port();
    let lab = format!("name: stage\ntopology:\n  nodes:\n    web: {{kind: linux, publish: [tcp/{port}]}}\n");
    fs::write(&path, lab).unwrap();
    for name in ["tok$(touch sprung)", "it's; touch sprung; :", "plain"] {
        let secret = stage.folder().join(name);
        fs::write(&secret, "s").unwrap();
        let fixed = ["compile", path.to_str().unwrap(), "--no-config", "--provider", "bore", "--relay", "127.0.0.1"];
        let home = stage.home().to_str().unwrap().to_owned();
        let run = run_with(
            &[&fixed[..], &["--address", "web=127.0.0.1", "--secret", secret.to_str().unwrap()]].concat(),
            "",
            &[("HOME", &home)],
        );
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        stage.stand_in("bore", "exit 1\n");
        for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
            stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
            fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
            let (_, _, error) = texts(&stage.script(&["up"]));
            let (_, command) = error.trim_end().split_once("; run: ").unwrap_or_else(|| panic!("{error}"));
            let pasted = Command::new("sh").arg("-c").arg(command).current_dir(stage.folder()).status().unwrap();
            assert!(pasted.success() && !stage.folder().join("sprung").exists(), "{shell:?}: {command}");
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&secret).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{shell:?}: {command}");
        }
    }
}

#[test]
fn a_long_list_of_sockets_is_cut() {
    let nodes: Vec<String> = (0..25).map(|node| format!("    n{node}: {{kind: linux, publish: [tcp/22]}}\n")).collect();
    let stage = closed(&format!("name: stage\ntopology:\n  nodes:\n{}", nodes.concat()), &[]);
    let (_, _, error) = texts(&stage.script(&["visit", "x"]));
    assert!(error.ends_with(" n19:22 and 5 more (sh publish.sh list)\n"), "{error}");
}

#[test]
fn a_folded_socket_is_named_by_its_node_too() {
    let lab = LAB.replace("web: {kind: linux, publish: [tcp/22]}", "web: {kind: linux, publish: [http/80]}");
    let stage = closed(&lab, &["--jump-host", "r2", "--fold"]);
    let (code, out, error) = texts(&stage.script(&["visit", "web"]));
    assert!(code == Some(0) && out.starts_with("ssh -F ssh_config web "), "{out}{error}");
    let (code, out, error) = texts(&stage.script(&["visit", "r1", "22"]));
    assert!(code == Some(0) && out.starts_with("ssh -F ssh_config r1\n"), "{out}{error}");
    let (_, _, error) = texts(&stage.script(&["visit", "r1"]));
    assert_eq!(error, "publish.sh: r1 has several sockets; write one of: r1:22 r1:57400\n");
    // What is reached through the jump host has no lines in the log.
    let (_, _, error) = texts(&stage.script(&["logs", "web"]));
    assert_eq!(error, "publish.sh: no node or socket is named web; expected one of: r2:22\n");
    let (_, out, _) = texts(&stage.script(&["list"]));
    assert!(out.lines().all(|line| line.split('\t').count() == 6), "{out}");
}

#[test]
fn help_names_every_command_and_flag() {
    let stage = closed(LAB, &[]);
    let (code, help, error) = texts(&stage.script(&["--help"]));
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(help.starts_with("usage: sh publish.sh COMMAND\n"), "{help}");
    let script = fs::read_to_string(stage.folder().join("stage.publish/runtime.sh")).unwrap();
    let (_, verbs) = script.rsplit_once("\n  case $verb in\n").unwrap();
    let verbs: Vec<&str> =
        verbs.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(')')).map(|(verb, _)| verb).collect();
    let verbs: Vec<&str> =
        verbs.into_iter().filter(|verb| verb.bytes().all(|byte| byte.is_ascii_lowercase())).collect();
    assert!(verbs.len() > 7, "{verbs:?}");
    for word in verbs.iter().chain(&["help", "--compose", "--for", "--json", "-f"]) {
        assert!(help.lines().any(|line| line.trim_start().split(' ').next() == Some(word)), "{word}: {help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 110), "{help}");
    for arguments in [&["help"][..], &["-h"], &["up", "--help"]] {
        assert_eq!(texts(&stage.script(arguments)), (Some(0), help.clone(), String::new()), "{arguments:?}");
    }
    // Through a link, and from anywhere.
    assert_eq!(texts(&stage.script(&[])), (Some(2), String::new(), help));
    let (code, _, error) = texts(&stage.script(&["upp"]));
    assert_eq!(
        (code, error.as_str()),
        (Some(2), "publish.sh: unknown command upp; sh publish.sh --help lists the commands\n")
    );
    for (arguments, form) in [
        (&["visit"][..], "visit SOCKET"),
        (&["visit", "a", "b", "c"], "visit SOCKET"),
        (&["visit", ""], "visit SOCKET"),
        (&["logs", "a", "b", "c"], "logs [SOCKET] [-f]"),
        (&["status", "x"], "status [--json]"),
        (&["up", "x"], "up [--compose] [--for TIME] [--verify]"),
        (&["down", "x"], "down"),
    ] {
        let (code, _, error) = texts(&stage.script(arguments));
        assert_eq!((code, error), (Some(2), format!("usage: sh publish.sh {form}\n")), "{arguments:?}");
    }
}

#[test]
fn a_time_is_read_alike_in_every_shell() {
    let good = [
        ("90m", "5400"),
        ("4h", "14400"),
        ("2d", "172800"),
        ("1h30m", "5400"),
        ("1d2h3m4s", "93784"),
        ("08m", "480"),
        ("1h0m", "3600"),
        ("999d", "86313600"),
    ];
    let bad = [
        "", "5", "h", "0", "0s", "0h0m", "1x", "1h30", "30m1h", "1h1h", "1.5h", "-1h", "1 h", "h1", "1000d", "10000h",
        "1000000s", "1h;id", "$(id)h", "1H", "*",
    ];
    let mut stage = closed(LAB, &[]);
    for shell in SHELLS.iter().filter(|shell| is_shell(shell)) {
        stage.shell = shell.iter().map(|word| (*word).to_owned()).collect();
        for (text, seconds) in good {
            assert_eq!(stage.does(&format!("seconds {text}")), format!("{seconds}\n"), "{shell:?} {text}");
        }
        let does: Vec<String> = bad.iter().map(|text| format!("! seconds '{text}' || echo '{text}'\n")).collect();
        assert_eq!(stage.does(&does.concat()), "", "{shell:?}");
    }
    let (code, _, error) = texts(&stage.script(&["up", "--for", "1h30"]));
    assert_eq!(code, Some(1));
    assert_eq!(error, "publish.sh: --for needs a duration such as 90m, 4h, 2d, or 1h30m\n");
}

#[test]
fn status_says_when_the_tunnels_close() {
    let mut stage = Stage::new();
    stage.node("r1", "127.0.0.2", "tls");
    stage.node("web", "127.0.0.3", "http");
    stage.stand_in("border0", &BORDER0.replace("t0ken", "$TOKEN"));
    let token = token(10_000);
    stage.secret(".border0/token", &token);
    stage.variables = vec![("TOKEN".to_owned(), token)];
    stage.compile("border0", "/a@b.com", &[]);
    let cells = |table: &str| -> Vec<Vec<String>> {
        table.lines().map(|line| line.split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
    };
    let (code, table, error) = texts(&stage.script(&["up"]));
    assert_eq!(code, Some(0), "{error}");
    let rows = cells(&table);
    let header = ["NODE", "STATE", "ADDRESS", "AUDIENCE", "CLOSES", "NAME", "SOCKET ID", "CLOUD AUTH"];
    assert_eq!(rows[0], header);
    let name = stage.socket("r1", true);
    let address = format!("{name}-org.border0.example:443");
    assert_eq!(rows[1], ["r1", "up", &address, "a@b.com", "–", &name, &format!("id-{name}"), "yes"]);
    assert_eq!(stage.status()["closes_in"], serde_json::Value::Null);

    let (code, table, _) = texts(&stage.script(&["up", "--for", "1d1h1m30s"]));
    assert_eq!(code, Some(0));
    assert!(["in 1d1h1m", "in 1d1h0m"].contains(&cells(&table)[2][4].as_str()), "{table}");
    let left = stage.status()["closes_in"].as_u64().unwrap();
    assert!((90_000..=90_090).contains(&left), "{left}");
    // Without a time the clock goes on; it is the clock that counts, and not what was written down.
    let (_, table, _) = texts(&stage.script(&["up"]));
    assert!(cells(&table)[1][4].starts_with("in 1d"), "{table}");
    let timer = fs::read_to_string(stage.state().join("timer")).unwrap();
    let clock = family(timer.split(' ').next().unwrap().parse().unwrap());
    let ended = Command::new("kill").arg("-9").args(clock.iter().map(u32::to_string)).status().unwrap();
    assert!(ended.success());
    let (_, table, _) = texts(&stage.script(&["status"]));
    assert_eq!(cells(&table)[1][4], "–", "{table}");
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    stage.assert_struck();
}

/// Nothing that scripts write belongs into a repository, and nothing that `compile` writes must stay out of one.
#[test]
fn an_output_directory_may_be_committed_or_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path();
    git(repository, &["init", "--quiet", "."]);
    let topology = repository.join("l.clab.yml");
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [http/80]}\n";
    fs::write(&topology, lab).unwrap();
    fs::write(repository.join(".gitignore"), "*.publish/\n*.yaml\n*.sh\n").unwrap();
    let compile = |more: &[&str]| -> Run {
        let fixed = ["compile", topology.to_str().unwrap(), "--provider", "bore", "--relay", "relay.example.net"];
        run(&[&fixed[..], more].concat())
    };
    let first = compile(&[]);
    assert_eq!(first.exit, Exit::Clean, "{}", first.stderr);
    let output = repository.join("l.publish");
    // A file of the user's, which Git reads and no engine does.
    fs::write(output.join(".gitignore"), "*\n").unwrap();
    for more in [&["--check"][..], &[], &["--diff"]] {
        let again = compile(more);
        assert_eq!((again.exit, again.stdout.as_str()), (Exit::Clean, ""), "{more:?}: {}", again.stderr);
        assert!(!again.stderr.contains(".gitignore"), "{}", again.stderr);
    }
    assert_eq!(git(repository, &["status", "--porcelain"]).lines().filter(|line| line.contains("publish")).count(), 0);
    fs::write(&topology, lab.replace("publish: [http/80]", "image: x")).unwrap();
    let retired = compile(&[]);
    assert_eq!(retired.exit, Exit::Clean, "{}", retired.stderr);
    let left: Vec<_> = fs::read_dir(&output).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, [".gitignore"]);

    // `up` and `down` leave nothing behind in the directory.
    let mut stage = Stage::new();
    stage.node("r1", "127.0.0.2", "tls");
    stage.stand_in("border0", BORDER0);
    stage.secret(".border0/token", "t0ken");
    stage.compile("border0", "/a@b.com", &[]);
    let names = || {
        let files = fs::read_dir(stage.folder().join("stage.publish")).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    assert_eq!(stage.script(&["up", "--for", "1h"]).status.code(), Some(0));
    assert_eq!(names(), before);
    assert_eq!(stage.script(&["down"]).status.code(), Some(0));
    assert_eq!(names(), before);
}
