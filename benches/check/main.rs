//! How fast it is, as ratios within one run: `cargo bench` prints the tables of docs/src/speed.md. benches/peers.sh has the rows
//! about whole processes. CPU time is what counts where it can be had; the machine may do other things.
//!
//! With `--only events` or `--only check` it goes once over the corpus of lab.rs and prints nothing, for a program that counts
//! instructions (benches/instructions.sh); with `--silent` no lab of that corpus publishes anything. `--once check`, `plan`, or `compile`
//! runs that command once.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a bench says what it expects by unwrapping, and prints

mod commands;
mod editor;
mod lab;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use granit_parser::Parser;
use publish_plan::testing::{Entry, parse_entry};
use publish_plan::{Exit, LabFiles, Settings, Streams, Terminal, examine};

/// How often each side of a ratio is measured, in turns; the fastest rounds are compared: what else the machine does only adds.
const ROUNDS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--once") {
        return commands::once(&arguments[at + 1]);
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "--only") {
        let corpus = lab::corpus(!arguments.iter().any(|argument| argument == "--silent"));
        match arguments.get(at + 1).map(String::as_str) {
            Some("events") => corpus.iter().for_each(|text| events(text)),
            Some("check") => corpus.iter().for_each(|text| check(text)),
            _ => {}
        }
        return;
    }
    println!("| work | against | target | measured |\n|---|---|---|---|");
    let tables: [(&str, fn()); 8] = [
        ("corpora", corpora),
        ("findings", findings),
        ("threads", threads),
        ("entries", entries),
        ("editor", editor::editor),
        ("commands", commands::commands),
        ("large", commands::large),
        ("compilers", commands::compilers),
    ];
    let wanted = |name: &str| arguments[1..].iter().any(|argument| argument == name);
    let wants_all = !tables.iter().any(|(name, _)| wanted(name));
    for (name, table) in tables {
        if wants_all || wanted(name) {
            table();
        }
    }
}

/// A line of the table. What is measured begins with a number, and so does a target behind its sign; a miss is said.
fn row(work: &str, against: &str, target: &str, measured: &str) {
    let number = |text: &str| {
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        text[..end].parse::<f64>().ok()
    };
    let is_missed = match (target.split_once(' '), number(measured)) {
        (Some(("≤", most)), Some(measured)) => number(most).is_some_and(|most| measured > most),
        (Some(("≥", least)), Some(measured)) => number(least).is_some_and(|least| measured < least),
        _ => false,
    };
    let missed = if is_missed { ", missed" } else { "" };
    println!("| {work} | {against} | {target} | {measured}{missed} |");
}

/// What every check must do at least: the events of the first document.
fn events(text: &str) {
    for event in Parser::new_from_str(text) {
        if black_box(event).is_err() {
            break;
        }
    }
}

fn check(text: &str) {
    black_box(examine(LabFiles::topology("lab.clab.yml", text.as_bytes().to_vec()), &Settings::default(), false));
}

/// Nanoseconds on processors of all threads, from Linux; of the clock elsewhere.
fn now(start: Instant) -> u128 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u128>().ok()
    };
    let on_cpu: u128 = threads.filter_map(of).sum();
    if on_cpu > 0 { on_cpu } else { start.elapsed().as_nanos() }
}

/// The fastest of some rounds of both, in seconds, measured in turns.
fn fastest(rounds: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> (f64, f64) {
    let start = Instant::now();
    let measure = |work: &mut dyn FnMut()| {
        let before = now(start);
        work();
        now(start) - before
    };
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ones.push(measure(&mut one));
        others.push(measure(&mut other));
    }
    let fastest = |times: Vec<u128>| {
        let nanoseconds = times.into_iter().min().unwrap();
        std::time::Duration::from_nanos(u64::try_from(nanoseconds).unwrap()).as_secs_f64()
    };
    (fastest(ones), fastest(others))
}

fn ratio(one: impl FnMut(), other: impl FnMut()) -> f64 {
    ratio_of(ROUNDS, one, other)
}

/// The same with so many rounds.
fn ratio_of(rounds: usize, one: impl FnMut(), other: impl FnMut()) -> f64 {
    let (one, other) = fastest(rounds, one, other);
    one / other
}

/// The topologies of the reference corpus beside the repository, or those of benches/lab.rs where it is absent.
fn real() -> Vec<String> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), &mut found);
    found.sort();
    let texts: Vec<String> = found.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    // A Go template is recognised and left: that would flatter.
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.contains("{{")).collect();
    if texts.is_empty() {
        println!("\nThe corpus is absent: made labs stand for it.\n");
        return lab::corpus(true);
    }
    texts
}

/// Real topologies, many of them.
fn corpora() {
    let texts = real();
    let of = |wanted: &dyn Fn(&&String) -> bool| -> Vec<&String> {
        let chosen: Vec<&String> = texts.iter().filter(wanted).collect();
        chosen.into_iter().cycle().take(5_000).collect()
    };
    let measured = |chosen: &[&String]| {
        ratio(|| chosen.iter().for_each(|text| check(text)), || chosen.iter().for_each(|text| events(text)))
    };
    let (all, none) = (of(&|_| true), of(&|text| !text.contains("publish")));
    let against = "a bare event pass of granit-parser";
    row("`check` of 5,000 files", against, "≤ 1.3×", &format!("{:.2}×", measured(&all)));
    row("the same, no file contains the word publish", against, "≤ 1.3×", &format!("{:.2}×", measured(&none)));
}

/// What the program does, with nobody reading what it prints.
fn run(arguments: &[&str]) -> Exit {
    let all = std::iter::once("publish-plan").chain(arguments.iter().copied()).map(OsString::from);
    let mut streams = Streams {
        stdin: &mut std::io::empty(),
        stdout: &mut std::io::sink(),
        stderr: &mut std::io::sink(),
        terminal: Terminal::default(),
    };
    publish_plan::run(all, [], &mut streams)
}

/// Files with many findings.
fn findings() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = |count: usize| {
        let entries = "        - tls/ab\n".repeat(count);
        let path = folder.path().join(format!("{count}.clab.yml"));
        fs::write(
            &path,
            format!("name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n{entries}"),
        )
        .unwrap();
        path
    };
    let (few, many) = (wrong(10_000), wrong(100_000));
    for format in ["human", "json"] {
        let report = |path: &Path| {
            let arguments =
                ["check", "--no-config", "--max-findings", "1000000", "--format", format, path.to_str().unwrap()];
            assert_eq!(run(&arguments), Exit::Findings);
        };
        let growth = ratio(|| report(&many), || report(&few));
        row(&format!("a file that raises 100,000 findings, {format}"), "10,000", "≤ 12×", &format!("{growth:.1}×"));
    }
}

fn threads() {
    let folder = tempfile::tempdir().unwrap();
    let texts = real();
    for (index, text) in texts.iter().cycle().take(5_000).enumerate() {
        fs::write(folder.path().join(format!("{index}.clab.yml")), text).unwrap();
    }
    let check = |threads: &str| {
        let start = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        command.args(["check", "--no-config", "--quiet", "--format", "concise"]).arg(folder.path());
        command.env("RAYON_NUM_THREADS", threads).output().unwrap();
        start.elapsed().as_secs_f64()
    };
    let (mut ones, mut twos): (Vec<f64>, Vec<f64>) = (0..ROUNDS).map(|_| (check("1"), check("2"))).unzip();
    ones.sort_by(f64::total_cmp);
    twos.sort_by(f64::total_cmp);
    let faster = ones[ROUNDS / 2] / twos[ROUNDS / 2];
    row("`check` of 5,000 files, two threads", "one thread", "≥ 1.8× faster", &format!("{faster:.2}×"));
}

/// The grammar with a memo of equal strings, as the model has it, against the least that one could write by hand.
fn entries() {
    let variety: Vec<String> = (0..1_000_000)
        .map(|index| match index % 5 {
            0 => "tls/22/user@domain.com".to_owned(),
            1 => format!("tls/57400/user{}@domain.com", index % 40),
            2 => format!("http/{}/domain.com,colleague@other.org", 8_000 + index % 30),
            3 => "tcp/22".to_owned(),
            _ => "tls/830/domain.com".to_owned(),
        })
        .collect();
    let by_grammar = || {
        let mut memo: HashMap<&str, Entry> = HashMap::new();
        for text in &variety {
            black_box(memo.entry(text).or_insert_with(|| parse_entry(text)));
        }
    };
    let by_hand = || {
        for text in &variety {
            let mut parts = text.splitn(3, '/');
            let port = (parts.next(), parts.next().and_then(|port| port.parse::<u16>().ok()));
            let acl: Vec<&str> = parts.next().map(|acl| acl.split(',').collect()).unwrap_or_default();
            black_box((port, acl));
        }
    };
    let times = ratio(by_grammar, by_hand);
    row(
        "1,000,000 entries through the grammar, with its memo: its time",
        "that of a splitter by hand",
        "reported",
        &format!("{times:.2}×"),
    );
}
