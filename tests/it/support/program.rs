//! The program, run in this process.

use std::ffi::OsString;
use std::path::Path;

use publish_plan::{Exit, Streams, Terminal};

use crate::support::gate;

/// A run of the program.
pub(crate) struct Run {
    pub(crate) exit: Exit,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in this process, without a terminal.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_with(arguments, "", &[])
}

/// The same with standard input and environment variables.
pub(crate) fn run_with(arguments: &[&str], stdin: &str, variables: &[(&str, &str)]) -> Run {
    run_bytes(arguments, stdin.as_bytes(), variables)
}

/// The same where standard input may be no text.
pub(crate) fn run_bytes(arguments: &[&str], input: &[u8], variables: &[(&str, &str)]) -> Run {
    run_at(arguments, input, variables, Terminal::default())
}

/// Runs the program on a terminal of so many columns.
pub(crate) fn run_on_terminal(arguments: &[&str], columns: usize) -> Run {
    run_at(arguments, b"", &[], Terminal { stdin: false, stdout: true, stderr: true, columns: Some(columns) })
}

fn run_at(arguments: &[&str], mut input: &[u8], variables: &[(&str, &str)], terminal: Terminal) -> Run {
    gate::enter();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut streams = Streams { stdin: &mut input, stdout: &mut stdout, stderr: &mut stderr, terminal };
    let arguments = std::iter::once("publish-plan").chain(arguments.iter().copied()).map(OsString::from);
    let mut variables: Vec<(OsString, OsString)> =
        variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    // A home directory that is part of the sources gets no state. The fuzz targets, which read this file too, have none.
    let is_of_sources =
        |(name, home): &(OsString, OsString)| name == "HOME" && Path::new(home).ends_with("tests/cases/keys");
    if let Some(temporary) = option_env!("CARGO_TARGET_TMPDIR")
        && variables.iter().any(is_of_sources)
        && variables.iter().all(|(name, _)| name != "XDG_STATE_HOME")
    {
        variables.push(("XDG_STATE_HOME".into(), Path::new(temporary).join("state").into()));
    }
    let exit = publish_plan::run(arguments, variables, &mut streams);
    Run { exit, stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap() }
}

/// `check -` of a text, with everything shown.
pub(crate) fn check(topology: &str, arguments: &[&str]) -> Run {
    let arguments: Vec<&str> = ["check", "-", "--verbose"].iter().chain(arguments).copied().collect();
    run_with(&arguments, topology, &[])
}

/// The rules of the findings in a human report, in its order.
pub(crate) fn rules(report: &str) -> Vec<String> {
    let headlines =
        report.lines().filter(|line| ["error[", "warning[", "info["].iter().any(|word| line.starts_with(word)));
    headlines.map(|line| line.split(['[', ']']).nth(1).unwrap().to_owned()).collect()
}

/// The providers and the flags that each of them needs.
pub(crate) fn providers() -> Vec<(&'static str, Vec<String>)> {
    let ssh = ["--relay", "tunnel@relay.example.net", "--identity", "~/relay", "--known-hosts", "~/relay.host"];
    let cloudflared: &[&str] =
        &["--tunnel", "6ff42ae2-765d-4adf-8112-31c55c1551ef", "--team", "example", "--domain", "example.net"];
    let gateway = [
        "--relay",
        "gateway.example.net",
        "--identity",
        "~/relay",
        "--known-hosts",
        "~/relay.host",
        "--domain",
        "lab.example.net",
        "--issuer",
        "https://login.example.net",
        "--client-id",
        "publish-plan",
        "--acme-email",
        "admin@example.net",
    ];
    let flags: [(&str, &[&str]); 10] = [
        ("border0", &[]),
        ("bore", &["--relay", "relay.example.net", "--secret", "~/relay.secret"]),
        ("cloudflared", cloudflared),
        ("frp", &["--relay", "relay.example.net", "--secret", "~/relay.secret", "--domain", "lab.example.net"]),
        ("gateway", &gateway),
        ("mysocketio", &[]),
        ("ngrok", &["--secret", "~/ngrok.token", "--domain", "lab.example.net", "--tier", "paid"]),
        ("ssh", &ssh),
        ("tailscale", &["--secret", "~/tailscale.key", "--tailnet-domain", "domain.com"]),
        ("tailscale-funnel", &[]),
    ];
    flags.map(|(name, flags)| (name, flags.iter().map(|flag| (*flag).to_owned()).collect())).to_vec()
}

/// The words that `check --format` takes, as the program itself names them.
pub(crate) fn formats() -> &'static [String] {
    static FORMATS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    FORMATS.get_or_init(|| {
        let refused = run(&["check", "--format", "no-such-format"]).stderr;
        let (_, words) = refused.split_once("expected one of ").unwrap();
        words.lines().next().unwrap().split(", ").map(str::to_owned).collect()
    })
}
