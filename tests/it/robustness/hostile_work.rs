//! What a run costs: at most 8 bytes of memory for each byte of a topology and 64 MiB more, and time that grows with its
//! length, for each verb and each shape of what somebody may write. Each run is a process of its own, this very program with
//! one test in it, which says what it took.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use publish_plan::{Streams, Terminal};

use crate::support::program::providers;
use crate::support::{all_cases, root, skip};

/// Bytes of a small topology; a large one has ten times as many.
fn small() -> usize {
    if all_cases() { 40_000 } else { 5_000 }
}

/// How many times the work of a small topology one of ten times its size may take: what grows with the square takes a hundred.
/// Fifteen is ten, and what processor caches make of it: `plan` of many sockets took 12 to 13 next to other tests, and less alone.
const MOST: f64 = 15.0;

/// Runs that are tried again before work is too much: other programs take the caches away.
const TRIES: usize = 12;

/// What a run takes beside what its topology needs.
const FIXED: usize = 64 << 20;

/// The arguments of the run, one a line, for the process that is to make it.
const ARGUMENTS: &str = "HOSTILE_WORK_ARGUMENTS";

/// What a run took.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Bytes, at most at a time.
    memory: usize,
    /// Nanoseconds that its threads ran.
    time: f64,
}

/// The run of the process that another test started.
#[test]
#[ignore = "a part of the tests below, which start it"]
#[expect(clippy::print_stdout, reason = "the test that started it reads what it prints")]
fn one_run() {
    let Ok(arguments) = env::var(ARGUMENTS) else { return };
    let mut streams = Streams {
        stdin: &mut io::empty(),
        stdout: &mut io::sink(),
        stderr: &mut io::stderr(),
        terminal: Terminal::default(),
    };
    let arguments = std::iter::once("publish-plan").chain(arguments.lines()).map(Into::into);
    let home = ("HOME".into(), root().join("tests/cases/keys").into());
    let exit = publish_plan::run(arguments, [home], &mut streams);
    let ran = |task: io::Result<fs::DirEntry>| -> Option<u64> {
        fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    let time: u64 = fs::read_dir("/proc/self/task").unwrap().filter_map(ran).sum();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("cost {} {time} {exit:?}", peak.trim().trim_end_matches(" kB"));
}

/// Makes a run in a process of its own.
fn cost(folder: &Path, verb: &[&str], topology: &str) -> Cost {
    let folder = &folder.join("run");
    let _ = fs::remove_dir_all(folder);
    fs::create_dir(folder).unwrap();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    fs::write(at("f.clab.yml"), topology).unwrap();
    fs::write(at("g.clab.yml"), topology.replace("a@b.com", "z@b.com")).unwrap();
    let named = |word: &&str| match *word {
        "FILE" => at("f.clab.yml"),
        "OTHER" => at("g.clab.yml"),
        "OUT" => at("out"),
        word => word.to_owned(),
    };
    let arguments: Vec<String> = verb.iter().map(named).chain(["--no-env".to_owned()]).collect();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", "robustness::hostile_work::one_run"])
        .env(ARGUMENTS, arguments.join("\n"))
        .env("INSIDE", "yes")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let said = said.lines().find_map(|line| line.split_once("cost ")).unwrap_or_else(|| panic!("{verb:?}: {said}")).1;
    let numbers: Vec<&str> = said.split(' ').collect();
    let why = || String::from_utf8_lossy(&output.stderr[..output.stderr.len().min(2_000)]).into_owned();
    // A gateway opens so many ports to one person and no more.
    let is_limit = why().contains("which supports 400 for one address or domain");
    assert!(numbers[2] != "Failed" || is_limit, "{verb:?} failed: {}", why());
    Cost { memory: numbers[0].parse::<usize>().unwrap() << 10, time: numbers[1].parse().unwrap() }
}

const LIMITS: [&str; 4] = ["--limit", "tcp=9999999", "--limit", "http=9999999"];

fn verbs() -> Vec<Vec<&'static str>> {
    let with = |verb: &[&'static str]| [verb, &LIMITS].concat();
    let mut verbs = vec![
        with(&["check", "FILE"]),
        with(&["check", "FILE", "--format", "json", "--verbose", "--max-findings", "9999999"]),
        with(&["check", "FILE", "--format", "sarif"]),
        with(&["check", "FILE", "--diff", "--unsafe-fixes"]),
        with(&["check", "FILE", "--provider", "ssh", "--fix", "--unsafe-fixes"]),
        with(&["plan", "FILE"]),
        with(&["plan", "FILE", "--format", "json"]),
        with(&["plan", "FILE", "--provider", "ssh"]),
        with(&["plan", "FILE", "--against", "OTHER"]),
        vec!["migrate", "FILE"],
        vec!["migrate", "FILE", "--diff"],
        vec!["strip", "FILE"],
        vec!["providers", "--for", "FILE"],
    ];
    verbs.extend(
        ["mysocketio", "border0", "tailscale"]
            .map(|provider| with(&["compile", "FILE", "-o", "OUT", "--provider", provider])),
    );
    verbs
}

/// A topology of about so many bytes: a head, and as many lines as fit.
fn of(bytes: usize, head: &str, line: impl Fn(&mut String, usize), end: &str) -> String {
    let mut text = head.to_owned();
    let mut index = 0;
    while text.len() < bytes {
        line(&mut text, index);
        index += 1;
    }
    text + end
}

const NODES: &str = "name: l\ntopology:\n  nodes:\n";

fn people(count: usize) -> String {
    let mut text = String::new();
    (0..count).for_each(|index| _ = write!(text, "a{index}@b.com,"));
    text.trim_end_matches(',').to_owned()
}

/// A list of a kind, and as many nodes that inherit it.
fn inherited(bytes: usize, list: &str) -> String {
    let head = format!("name: l\ntopology:\n  kinds:\n    linux: {{publish: [{list}]}}\n  nodes:\n");
    of(head.len() + bytes, &head, |text, index| _ = writeln!(text, "    n{index}: {{kind: linux}}"), "")
}

type Shape = (&'static str, fn(usize) -> String);

/// What somebody may write, about so many bytes of it.
const SHAPES: &[Shape] = &[
    ("nodes", |bytes| {
        of(bytes, NODES, |text, index| _ = writeln!(text, "    n{index}: {{publish: [tls/22/a@b.com]}}"), "")
    }),
    ("open nodes", |bytes| {
        of(bytes, NODES, |text, index| _ = writeln!(text, "    n{index}:\n      publish:\n      - tcp/22 # c"), "")
    }),
    ("host ports of many nodes", |bytes| {
        let ports = "9000:9000, ".repeat(bytes / 2_000);
        let head =
            format!("name: l\ntopology:\n  defaults: {{ports: [{ports}], publish: [tls/9000/a@b.com]}}\n  nodes:\n");
        of(bytes, &head, |text, index| _ = writeln!(text, "    n{index}: {{kind: linux}}"), "")
    }),
    ("host ports of one node", |bytes| {
        of(
            bytes,
            &format!("{NODES}    r1: {{kind: linux, publish: [tls/9000/a@b.com], ports: ["),
            |text, _| text.push_str("1-65535:1-65535, "),
            "]}\n",
        )
    }),
    ("nodes in a line", |bytes| {
        of(
            bytes,
            "{name: l, topology: {nodes: {",
            |text, index| _ = write!(text, "n{index}: {{publish: [tls/22/a@b.com]}}, "),
            "}}}\n",
        )
    }),
    ("entries in a line", |bytes| {
        of(
            bytes,
            &format!("{NODES}    r1: {{publish: ["),
            |text, index| _ = write!(text, "tls/{}/a@b.com, ", index + 1),
            "]}\n",
        )
    }),
    ("wrong entries in a line", |bytes| {
        of(
            bytes,
            &format!("{NODES}    r1: {{publish: ["),
            |text, index| _ = write!(text, "TCP/0{}, ", index + 1),
            "]}\n",
        )
    }),
    ("entries with comments", |bytes| {
        of(
            bytes,
            &format!("{NODES}    r1:\n      publish:\n"),
            |text, index| _ = writeln!(text, "      - tls/{}/a@b.com # c", index + 1),
            "",
        )
    }),
    ("a label", |bytes| {
        of(
            bytes,
            &format!("{NODES}    r1: {{labels: {{publish: '"),
            |text, index| _ = write!(text, "tcp/{} ", index + 1),
            "'}}\n",
        )
    }),
    ("a long acl for many", |bytes| inherited(bytes / 2, &format!("'tls/22/{}'", people(bytes / 24)))),
    ("a long acl for some", |bytes| inherited(1000, &format!("'tls/22/{}'", people(bytes / 12)))),
    ("a long word for many", |bytes| inherited(bytes / 2, &format!("'tls/22/{}'", "p".repeat(bytes / 2)))),
    ("a long name", |bytes| {
        inherited(bytes / 2, "tls/22/a@b.com").replace("name: l", &format!("name: {}", "l".repeat(bytes / 2)))
    }),
    ("anchors", |bytes| {
        of(
            bytes,
            NODES,
            |text, index| {
                _ = writeln!(text, "    n{index}: {{publish: [&a{index} tls/22/a@b.com], binds: [*a{index}]}}");
            },
            "",
        )
    }),
    ("aliases", |bytes| {
        of(
            bytes,
            "name: l\nx: &x [tls/22/a@b.com]\ntopology:\n  nodes:\n",
            |text, index| _ = writeln!(text, "    n{index}: {{publish: *x}}"),
            "",
        )
    }),
    ("merges", |bytes| {
        of(
            bytes,
            "name: l\nx: &x {publish: [tls/22/a@b.com]}\ntopology:\n  nodes:\n",
            |text, index| _ = writeln!(text, "    n{index}: {{<<: *x, kind: linux}}"),
            "",
        )
    }),
    ("kinds", |bytes| {
        let kinds = of(
            bytes / 2,
            "name: l\ntopology:\n  kinds:\n",
            |text, index| _ = writeln!(text, "    k{index}: {{publish: [tls/22/a@b.com]}}"),
            "  nodes:\n",
        );
        of(bytes, &kinds, |text, index| _ = writeln!(text, "    n{index}: {{kind: k{index}}}"), "")
    }),
    ("groups that are not there", |bytes| {
        let groups = of(
            bytes / 2,
            "name: l\ntopology:\n  defaults: {publish: [tls/22/a@b.com]}\n  groups:\n",
            |text, index| _ = writeln!(text, "    spine{index}: {{publish: [tls/22/a@b.com]}}"),
            "  nodes:\n",
        );
        of(bytes, &groups, |text, index| _ = writeln!(text, "    n{index}: {{group: spin{index}}}"), "")
    }),
    ("components", |bytes| {
        let head = of(
            bytes / 2,
            "name: l\ntopology:\n  kinds:\n    nokia_srsim: {type: sr-7, publish: [tls/22/a@b.com], components: [",
            |text, index| _ = write!(text, "{{slot: {index}}}, "),
            "]}\n  nodes:\n",
        );
        of(bytes, &head, |text, index| _ = writeln!(text, "    n{index}: {{kind: nokia_srsim}}"), "")
    }),
    ("ignored nodes", |bytes| {
        of(
            bytes,
            NODES,
            |text, index| {
                _ = writeln!(
                    text,
                    "    # publish-plan: ignore[open-to-anyone] -- x\n    n{index}: {{publish: [tcp/22]}}"
                );
            },
            "",
        )
    }),
    ("variables", |bytes| {
        of(
            bytes,
            NODES,
            |text, index| {
                _ = writeln!(
                    text,
                    "    n{index}: {{env: {{A: $A{index}}}, publish: ['tls/22/a@b.com${{B{index}:+,$C}}']}} # $D"
                );
            },
            "",
        )
    }),
    ("variables in a line", |bytes| {
        of(
            bytes,
            &format!("{NODES}    r1: {{publish: [tls/22/a@b.com], env: {{A: "),
            |text, index| _ = write!(text, "${{A{index}:+b}} "),
            "}}\n",
        )
    }),
    ("deep lists", |bytes| {
        of(
            bytes,
            "name: l\nx:\n",
            |text, _| _ = writeln!(text, "- {}{}", "[".repeat(60), "]".repeat(60)),
            "topology: {nodes: {r1: {publish: [tls/22/a@b.com]}}}\n",
        )
    }),
];

/// As many sockets, people and bytes of them as a plan may have.
fn at_the_bounds() -> Vec<(&'static str, String)> {
    let ports = (1..=4).map(|port| format!("tcp/{port}")).collect::<Vec<_>>().join(", ");
    let nodes = |count: usize, list: &str| {
        let head = format!("name: l\ntopology:\n  kinds:\n    linux: {{publish: [{list}]}}\n  nodes:\n");
        (0..count).fold(head, |text, index| text + &format!("    n{index}: {{kind: linux}}\n"))
    };
    vec![
        ("4,000 sockets", nodes(1_000, &ports)),
        ("48,000 people on 4,000 nodes", nodes(4_000, &format!("'tls/22/{}'", people(12)))),
        ("50,000 people on 50 nodes", nodes(50, &format!("'tls/22/{}'", people(1_000)))),
        ("50 people on 1,000 nodes", nodes(1_000, &format!("'tls/22/{}'", people(50)))),
    ]
}

fn can_measure() -> bool {
    let can = Path::new("/proc/thread-self/schedstat").exists();
    if !can {
        skip("no /proc/thread-self/schedstat");
    }
    can
}

/// A folder on disk for the runs.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

/// Work and memory of these verbs grow with the topology. Several tests, so that they run side by side.
fn grow_with_the_topology(words: &[&str]) {
    if !can_measure() {
        return;
    }
    let (_folder, folder) = folder();
    let wanted = env::var("HOSTILE_WORK").unwrap_or_default();
    let mut wrong = Vec::new();
    for (shape, make) in SHAPES {
        let (small, large) = (make(small()), make(10 * small()));
        for verb in verbs().into_iter().filter(|verb| words.contains(&verb[0])) {
            let what = format!("{shape}: {}", verb.join(" "));
            if !what.contains(&wanted) {
                continue;
            }
            let mut least: Option<(Cost, Cost)> = None;
            for _ in 0..TRIES {
                let (one, ten) = (cost(&folder, &verb, &small), cost(&folder, &verb, &large));
                let (one, ten) = least.map_or((one, ten), |(old, older)| {
                    let less = |a: Cost, b: Cost| Cost { memory: a.memory.min(b.memory), time: a.time.min(b.time) };
                    (less(one, old), less(ten, older))
                });
                least = Some((one, ten));
                if ten.time <= MOST * one.time {
                    break;
                }
            }
            let (one, ten) = least.unwrap();
            if ten.time > MOST * one.time {
                wrong.push(format!("{what}: {:.0} times the work, {:.0} ms", ten.time / one.time, ten.time / 1e6));
            }
            if ten.memory > 8 * large.len() + FIXED {
                wrong.push(format!("{what}: {} bytes for {}", ten.memory, large.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn check_grows_with_the_topology() {
    grow_with_the_topology(&["check"]);
}

#[test]
fn compile_grows_with_the_topology() {
    grow_with_the_topology(&["compile"]);
}

#[test]
fn migrate_grows_with_the_topology() {
    grow_with_the_topology(&["migrate"]);
}

#[test]
fn plan_grows_with_the_topology() {
    grow_with_the_topology(&["plan"]);
}

#[test]
fn the_others_grow_with_the_topology() {
    let others: Vec<&str> = verbs()
        .iter()
        .map(|verb| verb[0])
        .filter(|word| !["check", "compile", "migrate", "plan"].contains(word))
        .collect();
    grow_with_the_topology(&others);
}

#[test]
fn what_is_just_allowed_needs_no_more_memory() {
    if !can_measure() {
        return;
    }
    let (_folder, folder) = folder();
    let mut wrong = Vec::new();
    let all_flags = providers();
    for (shape, topology) in at_the_bounds() {
        let compiled = all_flags.iter().map(|(provider, flags)| {
            let flags = flags.iter().map(String::as_str);
            let verb = ["compile", "FILE", "-o", "OUT", "--provider", provider];
            verb.into_iter().chain(flags).chain(LIMITS).collect::<Vec<_>>()
        });
        for verb in verbs().into_iter().chain(compiled) {
            let cost = cost(&folder, &verb, &topology);
            if cost.memory > 8 * topology.len() + FIXED {
                wrong.push(format!("{shape}: {}: {} bytes for {}", verb.join(" "), cost.memory, topology.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
