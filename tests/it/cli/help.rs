//! `--help`: its headings, its examples, its width; and flags that mean nothing to a command.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use publish_plan::Exit;

use crate::support::pages::path;
use crate::support::{run, run_with};

/// The commands that clap itself lists.
pub(crate) fn commands() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.filter(|name| name != "help").collect()
}

fn help(command: &str) -> String {
    run(&[command, "--help"]).stdout
}

#[test]
fn help_fits_a_terminal_of_eighty_columns() {
    assert_eq!(commands().len(), 20, "{:?}", commands());
    let helps = commands().into_iter().map(|command| (help(&command), command));
    for (help, command) in helps.chain([(run(&["--help"]).stdout, String::new())]) {
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}

/// Where there are many flags, each is under a heading that says what it is about.
#[test]
fn flags_are_grouped() {
    let headings = |command: &str| {
        let help = help(command);
        let headings = help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' '));
        headings.map(str::to_owned).collect::<Vec<_>>()
    };
    let fixed = ["Arguments:", "Options:"];
    let check = ["Input:", "Output:", "Rules:", "Fixes:", "Provider and account:", "Settings and environment:"];
    let plan = ["Input:", "Output:", "Comparison:", "Provider and account:", "Settings and environment:"];
    let compile = ["Input:", "Output:", "Provider and account:", "Tunnel client:", "Settings and environment:"];
    let read = ["Input:", "Output:", "Settings and environment:"];
    let providers = ["Input:", "Output:", "Provider and account:", "Settings and environment:"];
    for (command, own) in [
        ("check", &check[..]),
        ("plan", &plan),
        ("compile", &compile),
        ("migrate", &read),
        ("strip", &read),
        ("providers", &providers),
    ] {
        assert_eq!(headings(command), [&fixed[..], own, &["Examples:"]].concat(), "{command}");
        let help = help(command);
        let options = help.split("\nOptions:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let flags: Vec<&str> = options.split_whitespace().filter(|word| word.starts_with("--")).collect();
        assert!(flags.iter().all(|flag| ["--help", "--version", "--help')"].contains(flag)), "{command}: {flags:?}");
    }
}

/// An invitation is for the visitors of a gateway.
const GATEWAY: &str = "provider = 'gateway'\nrelay.address = 'gateway.example.net'\nnames.domain = 'lab.example.net'\n\
    [gateway]\nissuer = 'https://login.example.net'\nclient-id = 'c'\nacme-email = 'a@example.net'\n";

/// Two examples each, with what they are for; all of them run, one after another, in a directory with a topology.
#[test]
fn every_example_runs() {
    let mut seen = 0;
    for command in commands().into_iter().map(Some).chain([None]) {
        let help = command.as_ref().map_or_else(|| run(&["--help"]).stdout, |command| help(command));
        let examples = help.split("\nExamples:\n").nth(1).unwrap_or_else(|| panic!("{command:?} has no examples"));
        let lines: Vec<&str> = examples.lines().map(|line| line.strip_prefix("  ").unwrap()).collect();
        assert_eq!(lines.len(), 4, "{examples}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("lab.clab.yml"),
            "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, image: alpine, publish: [tls/022/user@domain.com]}\n",
        )
        .unwrap();
        fs::create_dir_all(folder.path().join(".config/fish/completions")).unwrap();
        // A containerlab that cannot deploy it.
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("containerlab"), "#!/bin/sh\nexit 1\n").unwrap();
        fs::set_permissions(bin.join("containerlab"), fs::Permissions::from_mode(0o755)).unwrap();
        if command.as_deref() == Some("invite") {
            fs::write(folder.path().join("publish-plan.toml"), GATEWAY).unwrap();
        }
        for arguments in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", "one"]] {
            crate::support::git(folder.path(), arguments);
        }
        for pair in lines.chunks(2) {
            let [what, line] = pair else { unreachable!() };
            assert!(what.starts_with("# "), "{what}");
            assert!(command.as_ref().is_none_or(|command| line.contains(&format!("publish-plan {command}"))), "{line}");
            let output = Command::new("bash")
                .args(["-c", line])
                .current_dir(folder.path())
                .env("PATH", format!("{}:{}", bin.display(), path()))
                .env("HOME", folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            // Those are about findings and changes, and about what is not open here: nobody is asked, and there is no tailnet.
            let finds = line.contains("--fail-on") || line.contains("--diff");
            let is_about_open =
                ["up", "status", "visit", "logs"].iter().any(|verb| line.contains(&format!("publish-plan {verb}")));
            let finds = finds || is_about_open;
            // No exit code of a verification means anything else.
            // Nor has a server of which the editor goes away at once.
            let fails = ["verify", "lsp"].iter().any(|verb| line.contains(&format!("publish-plan {verb}")));
            let code = if fails { 2 } else { i32::from(finds) };
            assert_eq!(output.status.code(), Some(code), "{line}: {said}");
            seen += 1;
        }
    }
    assert_eq!(seen, 42);
    // Manual pages have them under a name that says what they are.
    let page = run(&["man", "check"]).stdout;
    assert!(page.contains(".SH EXAMPLES\n") && !page.contains(".SH EXTRA"), "{page}");
}

/// A flag that a command does not read is an error, not a wish that nobody fulfills.
#[test]
fn flags_that_mean_nothing_are_refused() {
    let of_account = [
        ("--provider", "ssh"),
        ("--tier", "paid"),
        ("--limit", "tcp=1"),
        ("--relay-ports", "2000-3000"),
        ("--jump-host", "r1"),
        ("--domain", "example.net"),
        ("--tailnet-domain", "example.com"),
        ("--address", "r1=127.0.0.1"),
    ];
    let refused = |arguments: &[&str], flag: &str| {
        let run = run_with(arguments, "name: l\ntopology: {nodes: {r1: {kind: linux}}}\n", &[]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{arguments:?}");
        assert!(run.stderr.contains(flag), "{arguments:?}: {}", run.stderr);
    };
    for (flag, value) in of_account {
        for command in ["migrate", "strip"] {
            refused(&[command, "-", flag, value], &format!("unexpected argument '{flag}'"));
        }
        refused(&["providers", flag, value], "--for <FILE>");
    }
    for flag in ["--fold", "--verbose"] {
        for command in ["migrate", "strip"] {
            refused(&[command, "-", flag], &format!("unexpected argument '{flag}'"));
        }
        refused(&["providers", flag], "--for <FILE>");
    }
    refused(&["strip", "-", "--acl", "policies"], "unexpected argument '--acl'");
    refused(&["compile", "l.clab.yml", "--stdin-filename", "l"], "unexpected argument '--stdin-filename'");
    for flags in [&["--config", "c.toml"][..], &["--no-config"], &["--color", "always"], &["--max-size", "1"]] {
        refused(&[&["providers"], flags].concat(), "--for <FILE>");
    }
    assert_eq!(run(&["providers", "frp", "--format", "json"]).exit, Exit::Clean);
}
