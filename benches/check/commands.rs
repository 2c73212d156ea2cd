//! The commands that do more than `check`, compared with it.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use publish_plan::Exit;

use crate::{events, lab, ratio, ratio_of, row, run};

/// Enough for every socket. Settings, because not every command has flags for it.
const SETTINGS: &str = "[limits]\ntcp = 9999999\nhttp = 9999999\n";

const PROGRAM: &str = env!("CARGO_BIN_EXE_publish-plan");

/// A directory whose topologies may open whatever they publish.
fn unlimited() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("publish-plan.toml"), SETTINGS).unwrap();
    folder
}

/// What is done with one lab of 1,000 nodes that publish 3,000 sockets.
pub(crate) fn commands() {
    let folder = unlimited();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = lab::lab(1_000, true);
    let path = file("lab.clab.yml", &text);
    // The same lab before some of its people came.
    let before = file("before.clab.yml", &text.replace("n7:\n", "m7:\n").replace("user@", "guest@"));
    let shouted = text.replace("- tls/", "- TLS/");
    let unfixed = file("unfixed.clab.yml", &shouted);
    let compared = |work: &str, target: &str, arguments: &[&str], checked: &[&str], prepare: &dyn Fn()| {
        let check = || {
            black_box(run(&[&["check", "--quiet"], checked].concat()));
        };
        let command = || {
            prepare();
            assert!(matches!(run(arguments), Exit::Clean | Exit::Findings), "{arguments:?}");
        };
        // As many as the clock of the processor needs to be exact.
        let times = 4.0 * ratio(|| (0..3).for_each(|_| command()), || (0..12).for_each(|_| check()));
        let against = if checked.len() > 1 { "`check` of both files" } else { "`check` of the same file" };
        row(work, against, target, &format!("{times:.2}×"));
    };
    let one = [path.as_str()];
    let both = [path.as_str(), before.as_str()];
    for (work, target, arguments, checked) in [
        ("`plan`", "≤ 2×", &["plan", &path][..], &one[..]),
        ("`plan --format json`", "≤ 2×", &["plan", "--format", "json", &path], &one),
        ("`plan --against` another version", "≤ 2×", &["plan", "--against", &before, &path], &both),
        ("`providers --for`", "≤ 2×", &["providers", "--for", &path], &one),
        ("`strip`", "≤ 2×", &["strip", &path], &one),
        ("`migrate`", "≤ 4×", &["migrate", &path], &one),
        ("`migrate --to entries`", "≤ 4×", &["migrate", "--to", "entries", &path], &one),
    ] {
        compared(work, target, arguments, checked, &|| {});
    }
    let prepare = || fs::write(&unfixed, &shouted).unwrap();
    let arguments = ["check", "--fix", "--quiet", &unfixed];
    compared("`check --fix` of 2,100 entries", "≤ 4×", &arguments, &[&file("shouted.clab.yml", &shouted)], &prepare);
}

/// Runs a command once on a lab of 200 nodes, for a program that counts instructions. Anything else than `check`, `plan`, and `compile`
/// only makes the lab.
pub(crate) fn once(name: &str) {
    let folder = unlimited();
    let path = folder.path().join("lab.clab.yml");
    fs::write(&path, lab::lab(200, true)).unwrap();
    let settings = ["--provider", "tailscale", "--relay-ports", "2000-60000", "--tailnet-domain", "domain.com"];
    if ["check", "plan", "compile"].contains(&name) {
        black_box(run(&[&[name, path.to_str().unwrap()], &settings[..]].concat()));
    }
}

/// How time and memory grow with the file. A plan has at most 4,000 sockets, so a thousand nodes publish of those that are planned.
#[allow(clippy::cast_precision_loss)] // of mebibytes
pub(crate) fn large() {
    let folder = unlimited();
    let sized = |name: &str, nodes: usize, publishing: usize| {
        let path = folder.path().join(format!("{name}{nodes}.clab.yml"));
        fs::write(&path, lab::publishing(nodes, publishing)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let few = [sized("few", 10_000, 1_000), sized("few", 100_000, 1_000)];
    let all = [sized("all", 10_000, 10_000), sized("all", 100_000, 100_000)];
    let [small, large] = all.each_ref().map(|path| fs::read_to_string(path).unwrap());
    let growth = ratio_of(3, || events(&large), || events(&small));
    row("a bare event pass over 100,000 nodes", "10,000 nodes", "reported", &format!("{growth:.1}×"));
    for (work, arguments, files) in [
        ("check", &["check", "--quiet"][..], &all),
        ("plan", &["plan"], &few),
        ("providers", &["providers", "--for"], &few),
        ("strip", &["strip"], &all),
        ("migrate", &["migrate"], &all),
    ] {
        let [small, large] = files.each_ref().map(|file| [arguments, &[file.as_str()]].concat());
        // Whole processes: within one, a small lab gets the memory of the one before it, and a large lab gave it back.
        let took = |times: u32, arguments: &[&str]| {
            let start = Instant::now();
            for _ in 0..times {
                let output = Command::new(PROGRAM).args(arguments).output().unwrap();
                assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}");
            }
            (start.elapsed() / times).as_secs_f64()
        };
        let rounds = [(); 3].map(|()| (took(1, &large), took(10, &small)));
        let fastest = |of: fn(&(f64, f64)) -> f64| rounds.iter().map(of).fold(f64::INFINITY, f64::min);
        let growth = fastest(|round| round.0) / fastest(|round| round.1);
        row(&format!("`{work}` of 100,000 nodes"), "10,000 nodes", "≤ 11×", &format!("{growth:.1}×"));
        if let Some(peak) = peak(&large) {
            let size = fs::metadata(&files[1]).unwrap().len();
            let times = (peak as f64 * 1024.0 - f64::from(64 << 20)) / size as f64;
            row(&format!("peak memory of `{work}`, less 64 MiB"), "the file's size", "≤ 8×", &format!("{times:.1}×"));
        }
    }
}

/// The peak memory of a command, in KiB, by time(1).
fn peak(arguments: &[&str]) -> Option<u64> {
    let output = Command::new("/usr/bin/time").args(["-f", "%M", PROGRAM]).args(arguments).output().ok()?;
    String::from_utf8_lossy(&output.stderr).lines().last()?.trim().parse().ok()
}

/// `compile` for every provider.
pub(crate) fn compilers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/keys/relay");
    let tunnel = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
    let open = ["--relay", "t@relay", "--identity", key.to_str().unwrap(), "--relay-ports", "2000-60000"];
    for (provider, arguments, acl) in [
        ("border0", &[][..], true),
        ("bore", &["--relay", "relay", "--relay-ports", "2000-60000"], false),
        ("cloudflared", &["--tunnel", tunnel, "--team", "t", "--domain", "example.net"], true),
        (
            "frp",
            &["--relay", "relay", "--secret", "s", "--domain", "example.net", "--relay-ports", "2000-60000"],
            false,
        ),
        ("mysocketio", &[], true),
        ("ngrok", &["--tier", "paid", "--domain", "example.net"], false),
        ("ssh", &open, false),
        ("tailscale", &["--relay-ports", "2000-60000", "--tailnet-domain", "domain.com"], true),
    ] {
        let mut text = lab::lab(1_000, true);
        if !acl {
            text = text
                .lines()
                .map(|line| {
                    line.split("/user@")
                        .next()
                        .unwrap()
                        .split("/domain")
                        .next()
                        .unwrap()
                        .split("/colleague")
                        .next()
                        .unwrap()
                })
                .collect::<Vec<_>>()
                .join("\n");
        }
        if provider == "cloudflared" {
            text = text.replace("- tls/", "- tcp/");
        }
        fs::write(&path, text).unwrap();
        let common = ["--no-config", "--provider", provider, "--limit", "tcp=99999,http=99999", path.to_str().unwrap()];
        // As many as the clock of the processor needs to be exact.
        let compile = || {
            let exit = run(&[&["compile", "--force"], &common[..], arguments].concat());
            assert_eq!(exit, Exit::Clean, "{provider}");
        };
        let check = || {
            black_box(run(&[&["check", "--quiet"], &common[..]].concat()));
        };
        let times = 4.0 * ratio(|| (0..5).for_each(|_| compile()), || (0..20).for_each(|_| check()));
        row(&format!("`compile` of 1,000 nodes, {provider}"), "`check` of them", "≤ 3×", &format!("{times:.2}×"));
    }
}
