//! `check --fix`: byte edits that mend what can be mended, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{cases, real_topologies_with, rules, run, run_with};

/// A node with this list.
fn lab(list: &str) -> String {
    format!("name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish: {list}\n")
}

/// The text after `check --fix -`.
fn fixed(topology: &str, arguments: &[&str]) -> String {
    run_with(&[&["check", "-", "--fix", "--no-env"], arguments].concat(), topology, &[]).stdout
}

fn check_file(path: &Path, arguments: &[&str]) -> crate::support::Run {
    run(&[&["check", path.to_str().unwrap(), "--no-env"], arguments].concat())
}

/// What someone types, and what they see.
#[test]
fn a_file_is_mended_and_what_is_left_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let diagnostic = lab("\n        - tcp/+22 # jump host\n        - tls/830/a@b.com,,a@b.com\n        - tls/ab");
    fs::write(&path, &diagnostic).unwrap();

    let diff = check_file(&path, &["--diff"]);
    assert_eq!(diff.exit, Exit::Findings);
    assert!(diff.stdout.contains("-        - tcp/+22 # jump host\n"), "{}", diff.stdout);
    assert!(diff.stdout.contains("+        - tcp/22 # jump host\n+        - tls/830/a@b.com\n"), "{}", diff.stdout);
    assert_eq!(diff.stderr, "would fix 3 findings in 1 file\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), diagnostic);

    let fix = check_file(&path, &["--fix"]);
    assert_eq!((fix.exit, rules(&fix.stdout)), (Exit::Findings, vec!["malformed-entry".to_owned()]));
    assert!(
        fix.stdout.contains("in 1 file, 2 sockets; 1 of 2 sockets is open to anyone on the Internet; 3 fixed\n"),
        "{}",
        fix.stdout
    );
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        lab("\n        - tcp/22 # jump host\n        - tls/830/a@b.com\n        - tls/ab")
    );
    assert_eq!(check_file(&path, &["--diff"]).exit, Exit::Clean);

    // Only what would be shown is mended.
    fs::write(&path, &diagnostic).unwrap();
    check_file(&path, &["--fix", "--select", "duplicate-acl-item"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), diagnostic.replace(",a@b.com", ""));
    fs::write(&path, diagnostic.replace("jump host", "publish-plan: ignore[non-canonical-entry] so it was")).unwrap();
    check_file(&path, &["--fix"]);
    assert!(fs::read_to_string(&path).unwrap().contains("tcp/+22"));
    let baseline = folder.path().join("b.json");
    fs::write(&path, &diagnostic).unwrap();
    check_file(&path, &["--write-baseline", baseline.to_str().unwrap()]);
    check_file(&path, &["--fix", "--baseline", baseline.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&path).unwrap(), diagnostic);
}

/// What may publish something else wants a word.
#[test]
fn guesses_want_a_flag() {
    let guessed = |topology: &str| {
        assert_eq!(fixed(topology, &[]), topology);
        let run = run_with(&["check", "-", "--no-env"], topology, &[]);
        assert!(run.stdout.lines().last().unwrap().ends_with("; 1 fixable with --unsafe-fixes"), "{}", run.stdout);
        fixed(topology, &["--unsafe-fixes"])
    };
    assert_eq!(guessed(&lab("[tpc/22]")), lab("[tcp/22]"));
    assert_eq!(guessed(&lab("[tcp/22]").replace("publish", "publsh")), lab("[tcp/22]"));
    assert_eq!(
        guessed(&lab("[tcp/22]").replace("publish", "'publsh'")),
        lab("[tcp/22]").replace("publish", "'publish'")
    );
    // Inherited, or written once for several: it is not one node's alone.
    let kind = lab("[tcp/+22]").replace("nodes", "kinds");
    assert_eq!(guessed(&kind), kind.replace('+', ""));
    let alias = format!("{}    r2: {{kind: linux, publish: *l}}\n", lab("&l [tcp/+22]"));
    assert_eq!(guessed(&alias), alias.replace('+', ""));
    let shared = format!("{}    r2: {{kind: linux, publish: [*e]}}\n", lab("[&e tcp/+22]"));
    assert_eq!(guessed(&shared), shared.replace('+', ""));
    let merged = format!("{}    r2: {{<<: *n}}\n", lab("[tcp/+22]").replace("r1:", "r1: &n"));
    assert_eq!(guessed(&merged), merged.replace('+', ""));
    // At odds with another entry of its port, which would no longer be published.
    let odds = lab("[tls/1/a@b.com, TLS/1]");
    assert_eq!(guessed(&odds), odds.replace("TLS", "tls"));
    let none = lab("[None, tls/1/a@b.com]");
    assert_eq!(guessed(&none), none.replace("None", "none"));
    let empty = "name: l\ntopology:\n  kinds: {linux: {publish: [tls/1/a@b.com]}}\n  nodes:\n    r1: {kind: linux, publish: EMPTY}\n";
    for (written, mended) in [(" []", " [none]"), ("", " [none]"), (" ~", " [none]"), (" ", " [none] ")] {
        assert_eq!(guessed(&empty.replace(" EMPTY", written)), empty.replace(" EMPTY", mended), "{written}");
    }
    assert_eq!(guessed(&empty.replace(": EMPTY", " :")), empty.replace(": EMPTY", " : [none]"));
    // The name of a group, where both can stand without quotes.
    let group = |defined: &str, named: &str| {
        format!("name: l\ntopology:\n  groups: {{{defined}: {{}}}}\n  nodes: {{r1: {{kind: linux, group: {named}}}}}\n")
    };
    assert_eq!(guessed(&group("core-x_1", "core-y_1")), group("core-x_1", "core-x_1"));
    // Shown, and never made.
    for never in [
        lab("[8080:80]"),
        lab("[tcp/22]\n      publsh: [tcp/23]"),
        lab("[tcp/22]").replace("publish: [tcp/22]", "labels: {publish: tcp/22}\n      Publish: [tcp/23]"),
        group("core router", "core-router"),
        group("core-router", "core router"),
        group("core-router", "'core_router'"),
        // A comment that would go is somebody's words, an anchor somebody's reference.
        lab("\n        - tcp/22\n        - tcp/22 # mine"),
        format!("{}    r2: {{kind: linux, publish: [*x]}}\n", lab("[tls/1/a@b.com, &x tls/1/a@b.com]")),
        lab("[tls/1/a@b.com, &x tls/1/a@b.com]"),
        lab("[tls/1/a@b.com,&x tls/1/a@b.com]"),
        // What is more than empty is not replaced.
        "name: l\ntopology:\n  kinds: {linux: {publish: [tls/1/a@b.com]}}\n  nodes:\n    r1: {kind: linux, publish: &q }\n    r2: {kind: linux, publish: *q}\n    r3:\n      kind: linux\n      labels:\n        publish: >-\n      image: x\n".to_owned(),
    ] {
        assert_eq!(fixed(&never, &["--unsafe-fixes"]), never);
    }
}

#[test]
fn everything_else_stays_to_the_byte() {
    for (diagnostic, mended) in [
        ("tcp/+22", "tcp/22"),
        ("'TLS/22/a@b.com'", "'tls/22/a@b.com'"),
        // It was refused, and would be open to anyone.
        ("'TCP/22'", "'TCP/22'"),
        ("None", "none"),
        ("&x \"tcp/022\"", "&x \"tcp/22\""),
        ("tcp/22, tcp/22", "tcp/22"),
        ("tcp/22,  'tcp/22' , tls/1/a@b.com", "tcp/22 , tls/1/a@b.com"),
        // What a variable holds is not touched, nor what stands beside it.
        ("TCP/${PORT:-22}", "TCP/${PORT:-22}"),
        ("tcp/+${PORT:-22}", "tcp/+${PORT:-22}"),
    ] {
        let text = |list: &str| {
            format!("\u{feff}# é\r\n{}  # ${{HOME}}\r\n\r\n", lab(&format!("[{list}]")).replace('\n', "\r\n"))
        };
        assert_eq!(fixed(&text(diagnostic), &[]), text(mended), "{diagnostic}");
    }
    let label = |text: &str| lab("x").replace("publish: x", &format!("labels: {{publish: {text}}}"));
    for (diagnostic, mended) in [
        ("tcp/1 tcp/2 tcp/1", "tcp/1 tcp/2"),
        ("\"tcp/1 tcp/1 \"", "\"tcp/1 \""),
        ("\"tcp/1\\ttcp/1\"", "\"tcp/1\\ttcp/1\""),
        ("'TCP/1/x.de tls/2/a@b.com,,c.com'", "'tcp/1/x.de tls/2/a@b.com,c.com'"),
        ("|-\n        tcp/1\n        tcp/1\n        tcp/3\n      ", "|-\n        tcp/1\n        tcp/3\n      "),
    ] {
        let text = |text: &str| {
            if text.contains('\n') {
                lab("x").replace("publish: x", &format!("labels:\n       publish: {text}"))
            } else {
                label(text)
            }
        };
        assert_eq!(fixed(&text(diagnostic), &[]), text(mended), "{diagnostic}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let utf16 = |text: &str| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    fs::write(&path, utf16(&lab("[tcp/+22]"))).unwrap();
    check_file(&path, &["--fix"]);
    assert_eq!(fs::read(&path).unwrap(), utf16(&lab("[tcp/22]")));
}

/// What cannot be read is not written.
#[test]
fn a_file_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let latin: Vec<u8> = [lab("[tcp/+22]").as_bytes(), b"# \xe9\n"].concat();
    fs::write(&path, &latin).unwrap();
    let run = check_file(&path, &["--fix"]);
    assert_eq!((run.exit, rules(&run.stdout)), (Exit::Findings, vec!["invalid-utf8".to_owned()]));
    assert_eq!(fs::read(&path).unwrap(), latin);
}

#[test]
fn ignores_that_silence_nothing_are_taken_out() {
    let diagnostic = lab("[tcp/22]  # publish-plan: ignore[empty-acl, malformed-entry] once");
    // Another provider, or another value of a variable, may need them.
    assert_eq!(fixed(&diagnostic, &[]), diagnostic);
    assert_eq!(fixed(&diagnostic, &["--unsafe-fixes"]), lab("[tcp/22]"));
    let misspelt = lab("[tls/ab]  # publish-plan: ignore[malformed-entri]");
    assert_eq!(fixed(&misspelt, &["--unsafe-fixes"]), misspelt.replace("entri", "entry"));
}

/// Where people look at it; what is piped into `patch` keeps its bytes.
#[test]
fn a_diff_does_not_steer_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, lab("[tcp/+22]  # \u{202e}a\tb")).unwrap();
    let diff = |color: &str| check_file(&path, &["--diff", "--color", color]).stdout;
    assert!(diff("always").contains("# \\u{202e}a\tb"), "{}", diff("always"));
    assert!(diff("never").contains("# \u{202e}a\tb"), "{}", diff("never"));
}

#[cfg(unix)]
#[test]
fn files_keep_what_they_are() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let link = folder.path().join("link.clab.yml");
    let write = || fs::write(&path, lab("[tcp/+22]")).unwrap();
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    write();
    mode(0o640);
    symlink("l.clab.yml", &link).unwrap();
    let folder_name = folder.path().to_str().unwrap();
    assert_eq!(run(&["check", folder_name, "--no-env", "--fix"]).exit, Exit::Clean);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap(), lab("[tcp/22]"));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);

    write();
    mode(0o444);
    let refused = check_file(&path, &["--fix"]);
    assert_eq!(refused.exit, Exit::Failed);
    assert!(refused.stderr.ends_with("was not changed: it is read-only\n"), "{}", refused.stderr);
    mode(0o644);
    fs::hard_link(&path, folder.path().join("other")).unwrap();
    let refused = check_file(&path, &["--fix"]);
    assert!(refused.stderr.contains("it has other hard links"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), lab("[tcp/+22]"));
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// A link in a cloned repository would have changed a file of the user's elsewhere.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("fixme.yml");
    let link = folder.path().join("a.clab.yml");
    let inside = folder.path().join("b.clab.yml");
    let diagnostic = lab("[tcp/+22]");
    fs::write(&target, &diagnostic).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    fs::write(&inside, &diagnostic).unwrap();
    std::os::unix::fs::symlink("b.clab.yml", folder.path().join("link.clab.yml")).unwrap();
    let said = "was not changed: it is a symbolic link; fix the file that it leads to\n";
    for link in ["a.clab.yml", "link.clab.yml"] {
        let link = folder.path().join(link);
        for arguments in
            [&["check", link.to_str().unwrap(), "--fix"][..], &["migrate", link.to_str().unwrap(), "--in-place"]]
        {
            let refused = run(arguments);
            assert!(
                refused.exit == Exit::Failed && refused.stderr.ends_with(said),
                "{arguments:?}: {}",
                refused.stderr
            );
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
    }
    assert_eq!(run(&["check", folder.path().to_str().unwrap(), "--fix"]).exit, Exit::Failed);
    assert_eq!(fs::read_to_string(&target).unwrap(), diagnostic);
    // What is found by walking is the file itself, and not the link to it.
    assert_eq!(fs::read_to_string(&inside).unwrap(), lab("[tcp/22]"));
}

#[test]
fn standard_input_is_mended_alone() {
    let run = run_with(&["check", "-", "tests", "--fix"], "", &[]);
    assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""));
    let run = run_with(&["check", "-", "--fix"], &lab("[tcp/+22, tls/ab]"), &[]);
    assert_eq!((run.exit, run.stdout), (Exit::Findings, lab("[tcp/22, tls/ab]")));
    assert!(run.stderr.contains("error[malformed-entry]") && run.stderr.ends_with("; 1 fixed\n"), "{}", run.stderr);
    let clean = run_with(&["check", "-", "--fix"], &lab("[tls/1]"), &[]);
    assert_eq!((clean.exit, clean.stdout), (Exit::Clean, lab("[tls/1]")));
}

/// The sockets of a plan with their audiences.
fn audiences(topology: &str) -> BTreeMap<String, String> {
    let plan =
        run_with(&["plan", "-", "--no-env", "--format", "json", "--limit", "tcp=999,http=999"], topology, &[]).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap_or_default();
    let sockets = plan["sockets"].as_array().cloned().unwrap_or_default();
    let socket = |socket: &Value| {
        (format!("{} {}", socket["container"], socket["origin"]["entry"]), socket["audience"].to_string())
    };
    sockets.iter().map(socket).collect()
}

/// Type, port and the people named, whatever the spelling; the old clients' reading, done over.
fn meaning(entry: &str) -> Option<(String, u16, BTreeSet<String>)> {
    let mut segments = entry.trim_matches(',').split('/');
    let socket_type = segments.next()?.to_lowercase();
    let port = segments.next()?.trim_start_matches('+').parse().ok()?;
    let acl = segments.next().unwrap_or_default().split(',').map(str::to_lowercase);
    Some((socket_type, port, acl.filter(|item| !item.is_empty()).collect()))
}

/// A topology without the values of its keys and labels `publish`.
fn without_entries(yaml: &Yaml) -> Yaml {
    match yaml {
        Yaml::Hash(map) => {
            let kept = map.iter().filter(|(key, _)| key.as_str() != Some("publish"));
            Yaml::Hash(kept.map(|(key, value)| (key.clone(), without_entries(value))).collect())
        }
        Yaml::Array(items) => Yaml::Array(items.iter().map(without_entries).collect()),
        other => other.clone(),
    }
}

/// What must be true of any topology and its mended text.
fn holds(topology: &str) -> Result<bool, String> {
    // Its fix is not in the lists.
    let flags = ["--ignore", "host-port-for-everyone"];
    let fixed = |text: &str, _: &[&str]| fixed(text, &flags);
    let once = fixed(topology, &[]);
    if once == topology {
        return Ok(false);
    }
    let report =
        |text: &str| run_with(&[&["check", "-", "--no-env", "--verbose"], &flags[..]].concat(), text, &[]).stdout;
    let claim = |is_true: bool, what: &str| {
        if is_true { Ok(()) } else { Err(format!("{what}\n{topology}\n=>\n{once}\n{}", report(&once))) }
    };
    claim(fixed(&once, &[]) == once, "fixing twice is not fixing once")?;
    claim(YamlLoader::load_from_str(&once).is_ok(), "the result is no YAML")?;
    claim(!report(&once).contains("fixable with --fix"), "something that can be mended is left")?;
    let strip = |text: &str| run_with(&["strip", "-", "--no-env"], text, &[]);
    let (before, after) = (strip(topology), strip(&once));
    let is_alike = before.stdout == after.stdout || topology.contains("labels:");
    claim(before.exit == after.exit && is_alike, "something outside the lists changed")?;
    let parsed = |text: &str| YamlLoader::load_from_str(text).map(|documents| without_entries(&documents[0])).ok();
    claim(parsed(topology) == parsed(&once), "something else than entries changed")?;
    // A socket that was planned stays with its audience; one that comes means what an entry of the file meant.
    let (before, after) = (audiences(topology), audiences(&once));
    let said = report(topology);
    let written = topology.split(|letter: char| letter.is_whitespace() || "'\"[]".contains(letter));
    let meant: BTreeSet<_> = written.filter_map(meaning).collect();
    for (socket, audience) in &after {
        let is_as_before = before.get(socket).is_none_or(|before| before == audience);
        let entry = socket.split(' ').nth(1).unwrap_or_default().trim_matches('"');
        claim(
            is_as_before && meaning(entry).is_some_and(|entry| meant.contains(&entry)),
            &format!("{socket} is wider"),
        )?;
    }
    let is_lost = !report(&once).contains("error[") && before.len() > after.len() + said.matches("duplicate-").count();
    claim(!is_lost, "a socket is lost")?;
    Ok(true)
}

/// Entries, many of them sick.
fn entries() -> impl Strategy<Value = String> {
    let entry = prop::sample::select(vec![
        "tcp/22",
        "tcp/+22",
        "tcp/022",
        "TCP/22",
        "tcp/22",
        "tls/1/a@b.com",
        "tls/1/a@b.com",
        "tls/2/a@b.com,,c.com",
        "tls/3/c.com,c.com",
        "tls/4/A@B.com,a@b.com",
        "Http/80",
        "tls/ab",
        "tpc/9",
        "none",
        "8080:80",
        "tls/5/a@b.com,",
    ]);
    (prop::collection::vec(entry, 1..5), 0..5_usize).prop_map(|(entries, layout)| match layout {
        0 => format!("publish: [{}]", entries.iter().map(|entry| format!("'{entry}'")).collect::<Vec<_>>().join(", ")),
        1 => format!(
            "publish: [ {} ] # c",
            entries.iter().filter(|entry| !entry.contains([',', ':'])).copied().collect::<Vec<_>>().join(" , ")
        ),
        2 => format!(
            "labels:\n        publish: {}",
            entries.iter().filter(|entry| !entry.contains(':')).copied().collect::<Vec<_>>().join(" ")
        ),
        3 => format!("labels:\n        publish: |\n          {}", entries.join("\n          ")),
        _ => format!("publish:\n        - {}", entries.join(" # c\n        - ")),
    })
}

#[test]
fn generated_topologies_are_mended_once_and_no_wider() {
    let node = (entries(), prop::sample::select(vec!["", "\n      image: x", "\n      # a comment"]));
    let nodes = (prop::collection::vec(node, 1..4), prop::option::of(entries()), any::<bool>());
    let topologies = nodes.prop_map(|(nodes, kind, is_windows)| {
        let kind = kind.map_or_else(String::new, |list| format!("  kinds:\n    linux:\n      {list}\n"));
        let nodes: Vec<String> = nodes
            .iter()
            .enumerate()
            .map(|(index, (list, other))| format!("    r{index}:\n      kind: linux\n      {list}{other}\n"))
            .collect();
        let text = format!("name: l\ntopology:\n{kind}  nodes:\n{}", nodes.concat());
        if is_windows { text.replace('\n', "\r\n") } else { text }
    });
    let mut runner = TestRunner::new(Config { cases: cases(600), failure_persistence: None, ..Config::default() });
    let mended = std::cell::Cell::new(0);
    runner
        .run(&topologies, |topology| {
            let changed = holds(&topology).map_err(TestCaseError::fail)?;
            mended.set(mended.get() + u32::from(changed));
            Ok(())
        })
        .unwrap();
    assert!(mended.get() > cases(200), "only {} topologies were mended", mended.get());
}

/// Host ports are bound on the loopback address, and nothing else changes.
#[test]
fn a_host_port_is_bound_on_one_address() {
    let topology = |bound: &[&str]| {
        let items: Vec<String> = bound.iter().map(|item| format!("        - {item}\n")).collect();
        format!("name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      ports:\n{}", items.concat())
    };
    let before =
        topology(&["8080:80 # web", "\"0.0.0.0:161:161/udp\"", "'[::]:81:81'", "82", "127.0.0.1:1:1", "192.0.2.1:2:2"]);
    let after = topology(&[
        "127.0.0.1:8080:80 # web",
        "\"127.0.0.1:161:161/udp\"",
        "'127.0.0.1:81:81'",
        "127.0.0.1::82",
        "127.0.0.1:1:1",
        "192.0.2.1:2:2",
    ]);
    assert_eq!(fixed(&before, &[]), after);
    assert_eq!(fixed(&after, &[]), after);
    // What comes from elsewhere is left to people.
    for kept in ["${PORT:-8080}:80", "&port 8080:80\n        - *port"] {
        assert_eq!(fixed(&topology(&[kept]), &[]), topology(&[kept]));
    }
}

#[test]
fn real_topologies_are_mended_once_and_no_wider() {
    let lists = [
        "publish:\nINDENT  - tcp/+22 # who\nINDENT  - TLS/57400/a@b.com\nINDENT  - tcp/22\nINDENT",
        "publish: [tcp/22, 'http/80/x.com,,y.com', tcp/22]\nINDENT",
        "publish:\nINDENT- tls/022/a@b.com,a@b.com\nINDENT",
    ];
    let Some(topologies) = real_topologies_with(&lists) else { return };
    let mended =
        topologies.iter().filter(|(name, text)| holds(text).unwrap_or_else(|error| panic!("{name}: {error}"))).count();
    assert!(mended > 150, "only {mended} topologies were mended");
}
