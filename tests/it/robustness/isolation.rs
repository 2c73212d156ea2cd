//! `check` and `plan` start nothing and reach no network: by what the sources can name, and by what the kernel sees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::pages::scratch;
use crate::support::program::providers;
use crate::support::{files_below, git, program, root, skip};

/// What the standard library needs to reach a network or a service of this machine.
const NETWORK: [&str; 7] =
    ["TcpListener", "TcpStream", "ToSocketAddrs", "UdpSocket", "UnixDatagram", "UnixListener", "UnixStream"];

/// What cap-std needs for the same: an address pool, or a socket in a directory that is open.
const NETWORK_OF_CAP_STD: [&str; 6] = [
    "Pool",
    "bind_unix_datagram",
    "bind_unix_listener",
    "connect_unix_datagram",
    "connect_unix_stream",
    "send_to_unix_datagram_addr",
];

/// Dependencies that can open sockets by [`NETWORK_OF_CAP_STD`] alone, and those under it that put the standard library's types into
/// words of their own.
const CAP_STD: [&str; 4] = ["cap-primitives", "cap-std", "io-extras", "io-lifetimes"];

/// Dependencies that can open sockets, each by these of their functions alone.
const ONLY_BY: [(&str, &[&str]); 2] =
    [("lsp-server", &["Connection::connect", "Connection::listen"]), ("url", &["socket_addrs"])];

/// The files of the program that start others: the pager of `explain`, git for `plan --against REVISION`, and the script of a lab for
/// `up` and the commands for what it opened.
const STARTERS: [&str; 3] = ["cli/commands/explain.rs", "cli/git.rs", "cli/script.rs"];

/// Dependencies that can open sockets, and the feature without which they cannot.
const ONLY_WITH: [(&str, &str); 4] =
    [("fluent-uri", "net"), ("jsonschema", "resolve-http"), ("mio", "net"), ("rustix", "net")];

/// The words of a source file, without lines that are comments.
fn words(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).unwrap();
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.flat_map(|line| line.split(move |letter| !is_word(letter))).map(str::to_owned).collect()
}

fn sources(folder: &Path) -> impl Iterator<Item = PathBuf> {
    files_below(folder).into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"))
}

#[test]
fn no_source_names_a_network() {
    for file in sources(&root().join("src")) {
        let words = words(&file);
        let named = words.iter().find(|word| NETWORK.iter().chain(&NETWORK_OF_CAP_STD).any(|named| named == word));
        assert_eq!(named, None, "{}", file.display());
        let source = fs::read_to_string(&file).unwrap();
        let called = ONLY_BY.iter().flat_map(|(_, functions)| *functions).find(|function| source.contains(**function));
        assert_eq!(called, None, "{}", file.display());
    }
}

#[test]
fn three_files_start_programs() {
    let sources_folder = root().join("src");
    let mut starters = Vec::new();
    for file in sources(&sources_folder) {
        let source = fs::read_to_string(&file).unwrap();
        let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        // Flags of the command line are no program.
        let code = code.replace("Command-line", "");
        // The other `Command`s are those of the library that reads arguments.
        let is_of_clap = code.contains("use clap::{Command,") || code.contains("clap::Command");
        if words(&file).iter().any(|word| word == "Command" || word == "CommandExt")
            && code.contains("Command")
            && !is_of_clap
            || code.contains("process::Command")
            || code.contains("process::{Command")
        {
            starters.push(file.strip_prefix(&sources_folder).unwrap().display().to_string());
        }
        // Under another name it would not be found.
        for hidden in ["process::*", "process::self", "process::{self", "process as", "use std::process;"] {
            assert!(!code.contains(hidden), "{}: {hidden}", file.display());
        }
    }
    assert_eq!(starters, STARTERS);
}

/// A library that can open sockets is not among those that the program is built with, or is built without that.
#[test]
fn no_dependency_reaches_a_network() {
    let cargo = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let about = cargo("rustc", &["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host];
    let metadata: serde_json::Value = serde_json::from_str(&cargo(env!("CARGO"), &metadata)).unwrap();
    let find = |list: &serde_json::Value, id: &serde_json::Value| {
        list.as_array().unwrap().iter().find(|item| item["id"] == *id).unwrap().clone()
    };
    let (nodes, packages) = (&metadata["resolve"]["nodes"], &metadata["packages"]);
    let mut seen = vec![metadata["resolve"]["root"].clone()];
    let mut next = 0;
    while let Some(id) = seen.get(next).cloned() {
        next += 1;
        let node = find(nodes, &id);
        for dependency in node["deps"].as_array().unwrap() {
            // `null` is what the program itself is built with: not its tests, and not what runs while it is built.
            let is_built_in = dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
            if is_built_in && !seen.contains(&dependency["pkg"]) {
                seen.push(dependency["pkg"].clone());
            }
        }
        let package = find(packages, &id);
        let name = package["name"].as_str().unwrap();
        let folder = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let folder = folder.parent().unwrap().join("src");
        let is_able = next > 1
            && folder.is_dir()
            && sources(&folder).any(|file| {
                let bytes = fs::read(&file).unwrap();
                let source = String::from_utf8_lossy(&bytes);
                NETWORK.iter().any(|word| source.contains(word))
                    && words(&file).iter().any(|word| NETWORK.contains(&word.as_str()))
            });
        let only_with = ONLY_WITH.iter().find(|(able, _)| *able == name);
        let only_by = ONLY_BY.iter().any(|(able, _)| *able == name);
        assert!(!is_able || only_with.is_some() || only_by || CAP_STD.contains(&name), "{name} can open sockets");
        if let Some((_, feature)) = only_with {
            assert!(
                !node["features"].as_array().unwrap().iter().any(|enabled| enabled == feature),
                "{name}: {feature}"
            );
        }
    }
    assert!(seen.len() > 50, "{}", seen.len());
}

/// The system calls of a command and of all that it starts which open a socket or start a program.
struct Tracer {
    strace: String,
    folder: tempfile::TempDir,
}

impl Tracer {
    /// None where no process can be traced, which is said.
    fn new() -> Option<Self> {
        let strace = program("strace", "STRACE", &["-V"])?;
        let tracer = Self { strace, folder: scratch() };
        let seen = tracer.calls(Path::new("true"), &[]);
        if seen.is_none() {
            skip("strace may trace no process here");
        }
        seen.map(|_| tracer)
    }

    fn calls(&self, program: &Path, arguments: &[&str]) -> Option<Vec<String>> {
        let log = self.folder.path().join("trace");
        let _ = fs::remove_file(&log);
        let output = Command::new(&self.strace)
            .args(["-f", "-qq", "-e", "signal=none", "-e", "trace=%network,execve,execveat,io_uring_setup", "-o"])
            .arg(&log)
            .arg(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let calls = fs::read_to_string(&log).unwrap_or_default();
        // A thread that ends while strace lets go of it is no call.
        let calls = calls.lines().filter(|call| !call.ends_with("???( <detached ...>"));
        let calls: Vec<String> = calls.map(str::to_owned).collect();
        // A panic, or a tracer that may not trace.
        let is_run = output.status.code().is_some_and(|code| code <= 2) && !calls.is_empty();
        is_run.then_some(calls)
    }
}

#[test]
fn the_kernel_sees_neither_a_program_nor_a_socket() {
    let Some(tracer) = Tracer::new() else { return };
    let folder = tracer.folder.path();
    let program = Path::new(env!("CARGO_BIN_EXE_publish-plan"));
    let is_start = |call: &&String| call.contains(" execve(") || call.contains(" execveat(");

    // What is looked for would be seen.
    let control = tracer.calls(Path::new("bash"), &["-c", "exec 3<>/dev/tcp/127.0.0.1/9"]).unwrap();
    assert!(control.iter().any(|call| call.contains(" socket(") || call.contains(" connect(")), "{control:?}");
    git(folder, &["init", "--quiet", "."]);
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", "one"]);
    fs::write(folder.join("publish-plan.toml"), "[relay]\naddress = \"t@relay.example.net\"\n").unwrap();
    let control = tracer.calls(program, &["plan", "examples/demo.clab.yml", "--against", "HEAD"]).unwrap();
    assert!(control.iter().filter(is_start).count() > 1, "{control:?}");

    let mut examples: Vec<String> =
        files_below(&folder.join("examples")).iter().map(|file| file.display().to_string()).collect();
    examples.retain(|file| file.ends_with(".clab.yml"));
    assert!(examples.len() > 2, "{examples:?}");
    let mut runs: Vec<Vec<&str>> =
        vec![vec!["check", "."], vec!["check", "--fix", "examples"], vec!["check", "--show-settings", "examples"]];
    for (provider, _) in providers() {
        runs.push(vec!["check", "examples", "--provider", provider]);
        for example in &examples {
            runs.push(vec!["plan", example, "--provider", provider]);
        }
    }
    for format in crate::support::formats() {
        runs.push(vec!["check", "tests", "--format", format]);
    }
    for format in ["json", "markdown"] {
        runs.push(vec!["plan", &examples[0], "--format", format]);
        runs.push(vec!["plan", &examples[0], "--format", format, "--against", &examples[1]]);
    }
    for arguments in &runs {
        let calls = tracer.calls(program, arguments).unwrap_or_else(|| panic!("{arguments:?} did not run"));
        assert_eq!(calls.len(), 1, "{arguments:?}: {calls:?}");
        assert!(calls.iter().all(|call| is_start(&call)), "{arguments:?}: {calls:?}");
    }
}
