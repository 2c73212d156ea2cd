//! What is open to anyone on the Internet: its finding, the gate in CI, and the counts of `check` and `plan` agree with the plan.

use std::collections::BTreeMap;

use publish_plan::{Exit, Streams, Terminal};
use serde_json::Value;

use crate::support::mutate::Chance;
use crate::support::program::providers;
use crate::support::{cases, run, run_with};

const ANYONE: &str = "anyone on the Internet";

/// How many sockets are open, by the place of their entry.
type Open = BTreeMap<(u64, u64), u64>;

fn json(text: &str, arguments: &[&str]) -> Option<Value> {
    let apart = ["--format", "json", "--no-env", "--no-config"];
    let run = run_with(&[arguments, &apart].concat(), text, &[]);
    assert_ne!(run.exit, Exit::Failed, "{}\n{text}", run.stderr);
    serde_json::from_str(&run.stdout).ok()
}

fn place(of: &Value) -> (u64, u64) {
    (of["line"].as_u64().unwrap(), of["column"].as_u64().unwrap())
}

/// The rows of a plan that anyone may use.
fn planned(plan: &Value) -> Open {
    let mut open = Open::new();
    for socket in plan["sockets"].as_array().unwrap().iter().filter(|socket| socket["audience"] == ANYONE) {
        *open.entry(place(&socket["origin"])).or_default() += 1;
    }
    open
}

/// The findings of a report, each with the number of nodes that it says.
fn reported(report: &Value) -> Open {
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == "open-socket");
    let found: Vec<((u64, u64), u64)> = findings
        .map(|finding| {
            let message = finding["message"].as_str().unwrap();
            let more = message.split(" more node").next().filter(|before| before.len() < message.len());
            let more = more.map_or(0, |before| before.rsplit(' ').next().unwrap().parse().unwrap());
            (place(&finding["start"]), more + 1)
        })
        .collect();
    let open: Open = found.iter().copied().collect();
    assert_eq!(open.len(), found.len(), "an entry is reported twice: {found:?}");
    open
}

/// Findings, counts and the gate against the plan; returns the plan if there is one.
fn agrees(text: &str, flags: &[&str]) -> Option<Value> {
    let plan = json(text, &[&["plan", "-"], flags].concat())?;
    let open = planned(&plan);
    let report = json(text, &[&["check", "-"], flags].concat()).unwrap();
    assert_eq!(reported(&report), open, "{flags:?}\n{text}");
    let (count, all) = (open.values().sum::<u64>(), plan["sockets"].as_array().unwrap().len());
    assert_eq!(report["summary"]["open_sockets"], count, "{flags:?}\n{text}");
    // Alone, next to the others, and with these ignored.
    for chosen in [&["--select", "open-socket"][..], &[], &["--ignore", "open-to-anyone,wider-than-sibling"]] {
        let gate = [&["check", "-", "--no-env", "--no-config", "--error", "open-socket"], chosen, flags].concat();
        let run = run_with(&gate, text, &[]);
        assert!(run.exit == if count > 0 { Exit::Findings } else { run.exit }, "{gate:?}\n{text}");
        assert!(chosen.len() != 2 || chosen[0] != "--select" || (run.exit == Exit::Clean) == (count == 0), "{text}");
        let words = format!("; {count} of {all} socket");
        assert_eq!(run.stdout.contains(&words) && run.stdout.contains(ANYONE), count > 0, "{}\n{text}", run.stdout);
    }
    let footer = run_with(&[&["plan", "-", "--no-env", "--no-config"], flags].concat(), text, &[]).stdout;
    assert_eq!(footer.contains(&format!("\n{count} of {all} socket")), count > 0, "{footer}\n{text}");
    Some(plan)
}

const ENTRIES: [&str; 16] = [
    "tcp/22",
    "ssh/22",
    "tls/22/user@domain.com",
    "tcp/22/user@domain.com",
    "tls/57400",
    "http/80",
    "https/443",
    "https/443/domain.com",
    "tls/443",
    "tls/8443",
    "http/80/MyPolicy",
    "udp/161",
    "tcp/6379",
    "tls/+23",
    "tls/ab",
    "none",
];

fn list(chance: &mut Chance) -> String {
    let entries: Vec<&str> = (0..chance.below(5)).map(|_| ENTRIES[chance.below(ENTRIES.len())]).collect();
    format!("publish: [{}]", entries.join(", "))
}

/// A topology in which entries are written on each level, inherited, repeated, opted out of, and shared by an alias.
fn topology(chance: &mut Chance) -> String {
    let mut level = |head: String, kind: &str| {
        let mut keys = if kind.is_empty() { Vec::new() } else { vec![format!("kind: {kind}")] };
        match chance.below(6) {
            0 | 1 => keys.push(list(chance)),
            2 => keys.push(format!("labels: {{publish: {}}}", ENTRIES[chance.below(ENTRIES.len())])),
            3 => keys.push("publish: *shared".to_owned()),
            _ => {}
        }
        format!("{head}: {{{}}}\n", keys.join(", "))
    };
    let mut text = String::from("name: l\n");
    text += "x: &shared [tcp/22, tls/8443/user@domain.com]\n";
    text += "topology:\n";
    text += &level("  defaults".to_owned(), "");
    text += "  kinds:\n";
    text += &level("    linux".to_owned(), "");
    text += &level("    nokia_srlinux".to_owned(), "");
    text += "  nodes:\n";
    for (index, kind) in ["linux", "nokia_srlinux", "linux", "linux", "bridge", "nokia_srlinux"].iter().enumerate() {
        text += &level(format!("    n{index}"), kind);
    }
    text
}

#[test]
fn what_is_reported_is_what_the_plan_shows_open() {
    let mut chance = Chance::new(0x9e37_79b9_7f4a_7c15);
    let mut providers: Vec<(String, Vec<String>)> = providers()
        .into_iter()
        .map(|(name, flags)| (name.to_owned(), [vec!["--provider".to_owned(), name.to_owned()], flags].concat()))
        .collect();
    providers.push((String::new(), Vec::new()));
    // Of `compile`: `check` and `plan` know none of them.
    let only_compile = [
        "--relay",
        "--identity",
        "--known-hosts",
        "--secret",
        "--tunnel",
        "--team",
        "--issuer",
        "--client-id",
        "--acme-email",
    ];
    for (_, flags) in &mut providers {
        while let Some(at) = flags.iter().position(|flag| only_compile.contains(&flag.as_str())) {
            flags.drain(at..at + 2);
        }
    }
    let (mut opened, mut folded) = (BTreeMap::new(), 0);
    for round in 0..cases(600) {
        let text = topology(&mut chance);
        let (name, flags) = &providers[round % providers.len()];
        let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        if chance.below(3) == 0 {
            flags.extend(["--jump-host", "n0", "--fold"]);
        }
        let Some(plan) = agrees(&text, &flags) else { continue };
        let sockets = plan["sockets"].as_array().unwrap();
        let open = sockets.iter().filter(|socket| socket["audience"] == ANYONE);
        *opened.entry(name.as_str()).or_insert(0) += open.clone().count();
        folded += open.filter(|socket| socket["through"].is_object()).count();
    }
    for (name, opened) in &opened {
        let closed = ["border0", "tailscale"].contains(name);
        assert_eq!(*opened == 0, closed, "{name}: {opened}");
    }
    assert!(opened.len() == providers.len() && folded > 20, "{opened:?}, {folded} folded");
}

const TWO_OF_THREE: &str = "name: l
topology:
  kinds: {nokia_srlinux: {publish: [tls/57400]}}
  nodes:
    r1: {kind: nokia_srlinux}
    r2: {kind: nokia_srlinux}
    web: {kind: linux, publish: [https/443/user@domain.com]}
";
const CLOSED: &str = "name: l\ntopology:\n  nodes:\n    web: {kind: linux, publish: [https/443/user@domain.com]}\n";
const WEB: &str = "name: w\ntopology:\n  nodes:\n    web: {kind: linux, publish: [https/443]}\n";

#[test]
fn the_gate_is_one_word() {
    let gate = ["check", "-", "--error", "open-socket"];
    assert_eq!(run_with(&gate, CLOSED, &[]).exit, Exit::Clean);
    for text in [TWO_OF_THREE, WEB] {
        assert_eq!(run_with(&["check", "-"], text, &[]).exit, Exit::Clean);
        assert_eq!(run_with(&gate, text, &[]).exit, Exit::Findings);
        // What lets in nobody without a name, or only members, is not open.
        let with = |provider: &str| run_with(&[&gate[..], &["--provider", provider]].concat(), text, &[]).exit;
        assert_eq!((with("tailscale"), with("border0")), (Exit::Clean, Exit::Clean));
        assert_eq!(with("ssh"), Exit::Findings);
    }
    let told = run_with(&gate, TWO_OF_THREE, &[]).stdout;
    assert!(
        told.contains("error[open-socket]: `tls/57400` on `r1` and 1 more node is open to anyone on the Internet\n"),
        "{told}"
    );
}

/// A small file can raise more findings than are kept; those of the gate are kept.
#[test]
fn no_number_of_findings_hides_an_open_socket() {
    let text = format!(
        "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{}]}}\n    r2: {{kind: linux, publish: [https/443]}}\n",
        vec!["tls/ab"; 30_100].join(", ")
    );
    let gate = ["check", "-", "--no-env", "--select", "open-socket", "--error", "open-socket"];
    let run = run_with(&gate, &text, &[]);
    assert_eq!(run.exit, Exit::Findings, "{}", run.stdout);
}

#[test]
fn both_counts_say_what_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (two, web, closed) = (write("a.yml", TWO_OF_THREE), write("b.yml", WEB), write("c.yml", CLOSED));
    let last = |arguments: &[&str]| run(arguments).stdout.lines().last().unwrap().to_owned();
    let two_open = "2 of 3 sockets are open to anyone on the Internet";
    assert!(
        last(&["check", &two]).ends_with(&format!(" in 1 file, 3 sockets; {two_open}")),
        "{}",
        last(&["check", &two])
    );
    assert!(last(&["check", "--statistics", &two]).ends_with(two_open));
    // Without any finding, too; and of several files the sum.
    let quiet = last(&["check", "--select", "duplicate-socket", &web]);
    assert_eq!(quiet, "no problems found in 1 file, 1 socket; 1 of 1 socket is open to anyone on the Internet");
    let sum = last(&["check", &two, &web, &closed]);
    assert!(sum.ends_with(" in 3 files, 5 sockets; 3 of 5 sockets are open to anyone on the Internet"), "{sum}");
    for nothing in [&["check", &closed][..], &["check", "--provider", "tailscale", &web], &["plan", &closed]] {
        assert!(!run(nothing).stdout.contains("open to anyone"), "{nothing:?}");
    }
    let counts = "lab l, no provider selected, so containerlab's documentation applies: 2 of 5 tcp-based and 1 of 10 http-based sockets";
    let plan = run(&["plan", &two]).stdout;
    assert!(plan.contains(&format!("\n{counts}\n{two_open}\nother door: ")), "{plan}");
    let plan = run(&["plan", "--format", "markdown", &two]).stdout;
    assert!(plan.contains(&format!("\n\n{counts}; {two_open}\n\nother door: ")), "{plan}");
    let plan = run(&["plan", "--provider", "frp", &web]).stdout;
    let open = "1 of 1 socket is open to anyone on the Internet";
    assert!(
        plan.contains(&format!("\nlab w, provider frp: 0 tcp-based and 1 http-based sockets\n{open}\nother door: ")),
        "{plan}"
    );
    let report: Value = serde_json::from_str(&run(&["check", "--format", "json", &two, &web]).stdout).unwrap();
    assert_eq!((&report["summary"]["sockets"], &report["summary"]["open_sockets"]), (&4.into(), &3.into()));
}

/// The sockets behind an open jump host are open, too; behind a closed one they are not.
#[test]
fn a_jump_host_decides_for_what_it_leads_to() {
    let lab = |acl: &str| {
        format!(
            "name: l\ntopology:\n  nodes:\n    jump: {{kind: linux, publish: [tcp/22{acl}]}}\n    web: {{kind: linux, publish: [http/3000]}}\n"
        )
    };
    let flags = ["--provider", "ssh", "--jump-host", "jump", "--fold"];
    let told = run_with(&[&["check", "-", "--verbose"], &flags[..]].concat(), &lab(""), &[]).stdout;
    assert!(
        told.contains("`http/3000` on `web` is open to anyone on the Internet through the jump host `jump`\n"),
        "{told}"
    );
    assert!(told.ends_with(", 1 socket; 2 of 2 sockets are open to anyone on the Internet\n"), "{told}");
    let flags = ["--provider", "cloudflared", "--jump-host", "jump", "--fold"];
    let closed = run_with(&[&["check", "-", "--verbose"], &flags[..]].concat(), &lab("/user@domain.com"), &[]).stdout;
    assert!(!closed.contains("open to anyone"), "{closed}");
}

fn on_a_terminal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let (mut stdin, mut stdout, mut stderr) = (TWO_OF_THREE.as_bytes(), Vec::new(), Vec::new());
    let terminal = Terminal { stdout: true, ..Terminal::default() };
    let mut streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr, terminal };
    let arguments = std::iter::once("publish-plan").chain(arguments.iter().copied()).map(Into::into);
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    publish_plan::run(arguments, variables, &mut streams);
    on_one_line(&String::from_utf8(stdout).unwrap())
}

/// A terminal breaks the summary line where it ends.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn it_is_red_on_a_terminal_with_colors_and_only_there() {
    let red = "\u{1b}[31m2 of 3 sockets are open to anyone on the Internet\u{1b}[0m";
    for command in [&["check", "-"][..], &["check", "-", "--statistics"], &["plan", "-"]] {
        let shown = on_a_terminal(command, &[]);
        assert!(shown.contains(red), "{command:?}: {shown}");
        for plain in [
            on_a_terminal(command, &[("NO_COLOR", "1")]),
            on_a_terminal(&[command, &["--color", "never"]].concat(), &[]),
            run_with(command, TWO_OF_THREE, &[]).stdout,
        ] {
            assert!(!plain.contains('\u{1b}') && plain.contains("2 of 3 sockets are open to"), "{command:?}: {plain}");
        }
    }
    for format in [&["check", "-", "--format", "concise"][..], &["plan", "-", "--format", "markdown"]] {
        assert!(!on_a_terminal(format, &[]).contains('\u{1b}'), "{format:?}");
    }
}
