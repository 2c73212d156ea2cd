//! Arguments, streams and exit codes.

use std::fs;

use publish_plan::Exit;

use crate::support::{check, root, rules, run, run_with};

const GOOD: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n";
const BAD: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/ab]}\n";
const WARNING: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/+22]}\n";

#[test]
fn exit_codes_follow_fail_on() {
    assert_eq!(check(GOOD, &[]).exit, Exit::Clean);
    assert_eq!(check(BAD, &[]).exit, Exit::Findings);
    assert_eq!(check(WARNING, &[]).exit, Exit::Clean);
    assert_eq!(check(WARNING, &["--fail-on", "warning"]).exit, Exit::Findings);
    assert_eq!(check(GOOD, &["--fail-on", "warning"]).exit, Exit::Clean);
    assert_eq!(check(GOOD, &["--fail-on", "info"]).exit, Exit::Findings);
}

#[test]
fn information_is_counted_and_shown_on_request() {
    let quiet = run_with(&["check", "-"], GOOD, &[]);
    assert_eq!(
        quiet.stdout,
        "2 info (hidden; use --verbose) in 1 file, 1 socket; 1 of 1 socket is open to anyone on the Internet\n"
    );
    assert_eq!(rules(&check(GOOD, &[]).stdout), ["key-refused-by-containerlab", "open-socket"]);
}

#[test]
fn failures_beat_findings_and_do_not_stop_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.yml");
    fs::write(&bad, BAD).unwrap();
    let run = run(&["check", "no-such-file.yml", bad.to_str().unwrap()]);
    assert_eq!(run.exit, Exit::Failed);
    assert_eq!(run.stderr, "publish-plan: cannot read `no-such-file.yml`: no such file or directory\n");
    assert_eq!(rules(&run.stdout), ["malformed-entry"]);
}

#[test]
fn folders_are_looked_through_for_topologies() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("b/c");
    fs::create_dir_all(&inside).unwrap();
    fs::write(inside.join("x.clab.yaml"), BAD).unwrap();
    fs::write(folder.path().join("a.clab.yml"), WARNING).unwrap();
    fs::write(folder.path().join("other.yml"), BAD).unwrap();
    let report = run(&["check", folder.path().to_str().unwrap()]).stdout;
    assert_eq!(rules(&report), ["non-canonical-entry", "malformed-entry"]);
    assert!(
        report.contains("in 2 files, 1 socket; ") && report.ends_with("Internet; 1 fixable with --fix\n"),
        "{report}"
    );

    let empty = tempfile::tempdir().unwrap();
    let run = run(&["check", empty.path().to_str().unwrap()]);
    assert_eq!(run.exit, Exit::Failed);
    assert!(run.stderr.contains("no topology found in"), "{}", run.stderr);
}

#[test]
fn files_are_reported_in_the_order_given_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..20)
        .map(|index| {
            let path = folder.path().join(format!("{}.yml", 99 - index));
            fs::write(&path, BAD).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let mut arguments = vec!["check"];
    arguments.extend(paths.iter().map(String::as_str));
    arguments.push(&paths[0]);
    let report = run(&arguments).stdout;
    let shown: Vec<&str> =
        report.lines().filter_map(|line| line.split_once("─[")?.1.split_once(":4:")).map(|(name, _)| name).collect();
    assert_eq!(shown, paths.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn standard_input_has_the_name_it_is_given() {
    let report = run_with(&["check", "-", "--stdin-filename", "lab.clab.yml"], BAD, &[]).stdout;
    assert!(report.contains("[lab.clab.yml:4:"), "{report}");
}

#[test]
fn mistakes_in_arguments_are_usage() {
    for arguments in [
        &["check", "-", "--provider", "mysocketoi"][..],
        &["check", "-", "--limit", "udp=1"],
        &["plan", "-", "--stdin-filenam", "x"],
        &["chekc"],
        &["check", "-", "--fail-on", "never"],
    ] {
        let run = run_with(arguments, GOOD, &[]);
        assert_eq!(run.exit, Exit::Failed, "{arguments:?}");
        assert_eq!(run.stdout, "");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    let typo = run_with(&["check", "-", "--provider", "mysocketoi"], GOOD, &[]);
    assert!(typo.stderr.contains("'mysocketio'"), "{}", typo.stderr);
}

#[test]
fn one_account_adds_files_up_and_finds_collisions() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, node: &str, ports: &[u16]| {
        let entries: Vec<String> = ports.iter().map(|port| format!("tcp/{port}")).collect();
        let path = folder.path().join(name);
        fs::write(
            &path,
            format!(
                "name: {node}\ntopology:\n  nodes:\n    {node}: {{kind: linux, publish: [{}]}}\n",
                entries.join(", ")
            ),
        )
        .unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (a, b, c) = (write("a.yml", "r1", &[1, 2, 3]), write("b.yml", "r2", &[1, 2, 3]), write("c.yml", "r1", &[3]));
    assert_eq!(run(&["check", &a, &b]).exit, Exit::Clean);
    let together = run(&["check", "--one-account", &a, &b]);
    assert_eq!(together.exit, Exit::Findings);
    assert_eq!(rules(&together.stdout), ["too-many-sockets"]);
    assert!(together.stdout.contains("6 tcp-based sockets: 1 more than"), "{}", together.stdout);
    assert!(together.stdout.contains("b.yml:4:"), "the other file's sockets are labelled: {}", together.stdout);
    let colliding = run(&["check", "--one-account", &a, &c]);
    assert_eq!(rules(&colliding.stdout), ["socket-name-collision"]);
    // The socket's type is in its name, as the provider makes it: tls for tcp with an acl.
    let rewritten = ["tls/9/a@b.com", "tcp/9/a@b.com"].map(|entry| {
        let path = folder.path().join(format!("{}.yml", &entry[..3]));
        fs::write(&path, format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{entry}]}}\n"))
            .unwrap();
        path.to_str().unwrap().to_owned()
    });
    let [one, other] = &rewritten;
    let colliding = run(&["check", "--one-account", "--provider", "mysocketio", one, other]);
    assert_eq!(rules(&colliding.stdout), ["socket-name-collision"]);
    assert_eq!(run(&["check", "--one-account", "--limit", "tcp=6", &a, &b]).exit, Exit::Clean);
}

#[test]
fn one_relay_gives_each_port_once() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["one", "two"].map(|lab| {
        let path = folder.path().join(format!("{lab}.yml"));
        fs::write(&path, GOOD.replace("name: l", &format!("name: {lab}"))).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let check = |ports: &str| {
        run(&["check", "--one-account", "--provider", "ssh", "--relay-ports", ports, &paths[0], &paths[1]])
    };
    let apart = check("20000-29999");
    assert_eq!(apart.exit, Exit::Clean, "the lab has its part in the port: {}", apart.stdout);
    let together = check("3000-3000");
    assert_eq!(rules(&together.stdout), ["relay-port-collision"]);
    assert!(together.stdout.contains("two labs would request relay port 3000"), "{}", together.stdout);
    assert!(together.stdout.contains("one.yml:4:33"), "{}", together.stdout);
}

#[test]
fn a_host_name_leads_to_one_lab() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["one", "two"].map(|lab| {
        let path = folder.path().join(format!("{lab}.yml"));
        fs::write(&path, GOOD.replace("name: l", &format!("name: {lab}")).replace("tcp/", "http/")).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let check = |provider: &str, more: &[&str]| {
        let all =
            ["check", "--one-account", "--provider", provider, "--domain", "lab.example.net", &paths[0], &paths[1]];
        run(&[&all[..], more].concat())
    };
    let together = check("frp", &[]);
    assert_eq!(rules(&together.stdout), ["host-name-not-usable"]);
    assert!(
        together.stdout.contains("two labs would share the hostname `r1-22.lab.example.net`"),
        "{}",
        together.stdout
    );
    let config = folder.path().join("names.toml");
    fs::write(&config, "[names]\ntemplate = '{node}-{port}-{lab}.{domain}'\n").unwrap();
    assert_eq!(check("frp", &["--config", config.to_str().unwrap()]).exit, Exit::Clean);
    // Each lab has a node of its own in the tailnet: the same port there is another one.
    assert_eq!(check("tailscale", &["--relay-ports", "3000-3000"]).exit, Exit::Clean);
}

#[test]
fn variables_come_from_files_and_the_environment() {
    let topology = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: ['tcp/${PORT}']}\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("env");
    fs::write(&file, "PORT=2222\n").unwrap();
    let port = |arguments: &[&str], variables: &[(&str, &str)]| {
        let arguments: Vec<&str> = ["plan", "-", "--format", "json"].iter().chain(arguments).copied().collect();
        let run = run_with(&arguments, topology, variables);
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["sockets"][0]["port"].as_u64()
    };
    assert_eq!(port(&[], &[("PORT", "22")]), Some(22));
    assert_eq!(port(&["--no-env"], &[("PORT", "22")]), None);
    assert_eq!(port(&["--env-file", file.to_str().unwrap()], &[("PORT", "22")]), Some(2222));
    assert_eq!(port(&["--no-env", "--env-file", file.to_str().unwrap()], &[]), Some(2222));
    fs::write(&file, "secret-without-name").unwrap();
    let run = run_with(&["check", "-", "--env-file", file.to_str().unwrap()], GOOD, &[]);
    assert_eq!(run.exit, Exit::Failed);
    assert!(run.stderr.ends_with("line 1: expected `NAME=value`\n"), "{}", run.stderr);
    assert!(!run.stderr.contains("secret"));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_in_a_folder_is_said_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.clab.yml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(folder.path().join("lab.clab.yml"), GOOD).unwrap();
    std::os::unix::fs::symlink("gone", folder.path().join("link.clab.yml")).unwrap();
    std::os::unix::fs::symlink("circle.clab.yml", folder.path().join("circle.clab.yml")).unwrap();
    let check = || run(&["check", folder.path().to_str().unwrap()]);
    let report = check();
    assert_eq!(report.exit, Exit::Failed);
    assert!(report.stdout.contains("in 1 file, 1 socket; "), "{}", report.stdout);
    assert!(report.stderr.contains("pipe.clab.yml`: it is not a file\n"), "{}", report.stderr);
    assert!(report.stderr.contains("link.clab.yml`: no such file or directory\n"), "{}", report.stderr);
    assert!(report.stderr.contains("/circle.clab.yml`: "), "{}", report.stderr);
    // Nor is it said that there is none.
    fs::remove_file(folder.path().join("lab.clab.yml")).unwrap();
    assert!(!check().stderr.contains("no topology found"), "{}", check().stderr);
    let empty = tempfile::tempdir().unwrap();
    let both = run(&["check", folder.path().to_str().unwrap(), empty.path().to_str().unwrap()]);
    assert_eq!(both.stderr.matches("no topology found").count(), 1, "{}", both.stderr);
}

/// How the run ended does not depend on who reads what it says.
#[test]
fn a_reader_that_goes_away_does_not_hide_the_findings() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bad = write("bad.clab.yml", &BAD.replace("tcp/ab", &"tls/ab, ".repeat(5000)));
    let (old, wider) =
        (write("old.clab.yml", &GOOD.replace("tcp/22", "tcp/22/a@b.com")), write("wider.clab.yml", GOOD));
    let sloppy = write("sloppy.clab.yml", WARNING);
    let relay = ["--provider", "bore", "--relay", "relay.example.net"];
    for arguments in [
        &["check", &bad][..],
        &["check", "--diff", &sloppy],
        &["plan", &bad],
        &["plan", &wider, "--against", &old, "--fail-on", "widened"],
        &[&["compile", "--check", &wider], &relay[..]].concat(),
        &[&["compile", &bad], &relay[..]].concat(),
        &["migrate", &bad],
    ] {
        let code = |is_read: bool| {
            let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_publish-plan"))
                .args(arguments)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            if !is_read {
                drop((child.stdout.take(), child.stderr.take()));
            }
            child.wait_with_output().unwrap().status.code()
        };
        assert_eq!((code(true), code(false)), (Some(1), Some(1)), "{arguments:?}");
    }
}

#[test]
fn the_real_program_has_these_exit_codes() {
    let program = env!("CARGO_BIN_EXE_publish-plan");
    let demo = root().join("examples/demo.clab.yml");
    let code = |arguments: &[&str]| std::process::Command::new(program).args(arguments).output().unwrap().status.code();
    assert_eq!(code(&["check", demo.to_str().unwrap()]), Some(0));
    assert_eq!(code(&["check", "--fail-on", "info", demo.to_str().unwrap()]), Some(1));
    assert_eq!(code(&["check", "/no/such"]), Some(2));
    assert_eq!(code(&["--version"]), Some(0));
}

/// The label of a limit names nodes, and their names steer no terminal and forge no line.
#[test]
fn the_nodes_of_a_limit_are_shown_plainly() {
    let node = |index: usize| {
        format!("    \"r{index}\\e[2J\\a\\u202e\\nno problems found\": {{kind: linux, publish: [tcp/1]}}\n")
    };
    for nodes in [1, 2, 3] {
        let nodes = (0..nodes).map(node).collect::<Vec<_>>().concat();
        let lab = format!("name: l\ntopology:\n  nodes:\n{nodes}");
        for format in ["human", "concise", "github", "junit"] {
            let arguments = ["--no-env", "--limit", "tcp=0", "--select", "too-many-sockets", "--format", format];
            let shown = check(&lab, &arguments).stdout;
            assert!(shown.contains("too-many-sockets"), "{shown}");
            assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}: {}", shown.escape_debug());
            assert!(
                shown.lines().all(|line| !line.trim_start_matches([' ', '·', '│']).starts_with("no problems")),
                "{shown}"
            );
        }
    }
}

/// Without a provider the limits are somebody's, and only providers that carry what is written are without them.
#[test]
fn a_limit_has_an_owner_and_ways_to_be_without_it() {
    let lab = |entries: &str| {
        format!(
            "name: l\ntopology:\n  kinds: {{linux: {{publish: [{entries}]}}}}\n  nodes:\n    r1: {{kind: linux}}\n    r2: {{kind: linux}}\n    r3: {{kind: linux}}\n"
        )
    };
    let told = |entries: &str, arguments: &[&str]| {
        let text = check(&lab(entries), &[&["--no-env", "--select", "too-many-sockets"], arguments].concat()).stdout;
        let (_, help) = text.split_once("help: ").unwrap();
        help.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let open = told("tcp/1, tcp/2", &[]);
    let origin = "no provider is selected, so the limits of a regular account in containerlab's documentation apply (5 tcp-based and 10 http-based sockets); ";
    assert!(open.starts_with(origin), "{open}");
    assert!(
        open.contains("select a provider without such a limit (bore, cloudflared, frp, gateway, ssh, or tailscale), "),
        "{open}"
    );
    // bore, frp and ssh enforce no acl; the tailnet's domain is not known.
    let named = told("tls/1/a@b.com, tls/2/a@b.com", &[]);
    assert!(named.contains("select a provider without such a limit (gateway or tailscale), publish only"), "{named}");
    assert!(told("tls/1/b.com, tls/2/b.com", &[]).contains("select a provider without such a limit (gateway), "));
    assert!(!told("tls/1/ops, tls/2/ops", &[]).contains("select a provider"), "no provider but border0 knows policies");
    // Limits of one's own, and of a provider.
    let own = told("tcp/1, tcp/2", &["--limit", "tcp=1"]);
    assert!(own.starts_with("the limit is 1 tcp-based socket; publish only the SSH port"), "{own}");
    let border0 = told("tls/1/a@b.com, tls/2/a@b.com", &["--provider", "border0"]);
    assert!(border0.starts_with("the limit is 5 tcp-based sockets; publish only the SSH port"), "{border0}");
}
