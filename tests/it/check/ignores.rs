//! Comments that silence rules.

use publish_plan::Exit;

use crate::support::{check, rules, run_with};

/// A router that anyone may log in to, with comments put in.
fn lab(top: &str, above_node: &str, above_key: &str, above_entry: &str, behind_entry: &str) -> String {
    format!(
        "{top}name: l\ntopology:\n  nodes:\n{above_node}    r1:\n      kind: nokia_srlinux\n{above_key}      publish:\n{above_entry}        - tcp/22{behind_entry}\n        - tcp/830\n    r2:\n      kind: nokia_srlinux\n      publish:\n      - tcp/22\n"
    )
}

/// What is shown at warning level, and the last line.
fn shown(topology: &str, arguments: &[&str]) -> (Vec<String>, String) {
    let run = run_with(&[&["check", "-", "--no-env"], arguments].concat(), topology, &[]);
    (rules(&run.stdout), run.stdout.lines().last().unwrap().to_owned())
}

fn open(count: usize) -> Vec<String> {
    vec!["open-to-anyone".to_owned(); count]
}

#[test]
fn a_comment_speaks_for_its_line_or_for_what_is_below() {
    let comment = "# publish-plan: ignore[open-to-anyone] a fair\n";
    let indented = |columns: usize| format!("{}{comment}", " ".repeat(columns));
    for (topology, left) in [
        (lab("", "", "", "", ""), 3),
        (lab("", "", "", "", &format!(" {}", comment.trim_end())), 2),
        (lab("", "", "", &indented(8), ""), 2),
        (lab("", "", &indented(6), "", ""), 1),
        (lab("", &indented(4), "", "", ""), 1),
        (lab("", &format!("{}\n# more\n", indented(4).trim_end()), "", "", ""), 1),
        (lab("# publish-plan: ignore-file[open-to-anyone] a fair\n", "", "", "", ""), 0),
        (
            lab(
                "\u{feff}# A lab\n\n# publish-plan: ignore-file[ open-to-anyone ,empty-list-does-not-opt-out]\n",
                "",
                "",
                "",
                "",
            ),
            0,
        ),
    ] {
        let (mut found, last) = shown(&topology, &[]);
        found.retain(|rule| rule != "unused-ignore");
        assert_eq!(found, open(left), "{topology}");
        assert_eq!(last.contains(&format!("{} ignored", 3 - left)), left < 3, "{last}");
        assert_eq!(shown(&topology, &["--no-ignores"]).0, open(3));
        // Carriage returns and the list's own indentation change nothing.
        let windows = topology.replace('\n', "\r\n");
        assert_eq!(shown(&windows, &[]).0.iter().filter(|rule| *rule == "open-to-anyone").count(), left);
    }
    let flush = lab("", "", "", "", "")
        .replace("      publish:\n      - tcp/22", &format!("{}      publish:\n      - tcp/22", indented(6)));
    assert_eq!(shown(&flush, &[]).0, open(2));
}

#[test]
fn comments_that_silence_nothing_are_told() {
    let told = |comment: &str| {
        let run = check(&lab("", "", "", "", comment), &["--no-env", "--ignore", "open-to-anyone"]);
        let found: Vec<String> = rules(&run.stdout).into_iter().filter(|rule| rule.contains("ignore")).collect();
        (found, run.stdout)
    };
    assert_eq!(told(" # publish-plan: ignore[empty-acl] x").0, ["unused-ignore"]);
    assert_eq!(told(" # publish-plan: ignore[open-to-anyone, empty-acl]").0, ["unused-ignore"]);
    let (found, report) = told(" # publish-plan: ignore[open-to-anyon]");
    assert_eq!(found, ["unknown-rule-in-ignore"]);
    assert!(report.contains("help: did you mean `open-to-anyone`?"), "{report}");
    assert!(report.contains("unknown rule `open-to-anyon`"), "{report}");
    for malformed in ["ignore", "ignore[]", "ignore[*]", "ignore[a b]", "ignore-file[empty-acl]", "allow[empty-acl]"] {
        assert_eq!(told(&format!(" # publish-plan: {malformed}")).0, ["malformed-ignore"], "{malformed}");
    }
    // Not a comment, or not for us.
    for text in [" # see publish-plan: ignore[x]", "/a@b.com # publishplan: ignore"] {
        assert!(told(text).0.is_empty(), "{text}");
    }
    // What stands elsewhere is said to stand there.
    let on_the_key =
        lab("", "", "", "", "").replacen("publish:", "publish: # publish-plan: ignore[open-to-anyone] x", 1);
    let (found, report) = (shown(&on_the_key, &[]).0, check(&on_the_key, &["--no-env"]).stdout);
    assert_eq!(found, ["unused-ignore", "open-to-anyone", "open-to-anyone", "open-to-anyone"]);
    assert!(report.contains("the finding is on line 7: move the comment to the end of that line"), "{report}");
    // A second one behind the first is no reason.
    for between in [" ", " # "] {
        let comment = format!(" # publish-plan: ignore[open-to-anyone]{between}publish-plan: ignore[empty-acl]");
        let (found, report) = told(&comment);
        assert_eq!(found, ["malformed-ignore"], "{comment}");
        assert!(report.contains("in one pair of brackets"), "{report}");
    }
    let block = "name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      exec:\n        - |\n          # publish-plan: ignore[empty-acl]\n";
    assert!(rules(&check(block, &["--no-env"]).stdout).is_empty());
}

/// A comment on a line of its own is for one node, list or entry: above `nodes:` it would silence whoever comes later.
#[test]
fn a_comment_above_many_nodes_is_told() {
    let comment = "# publish-plan: ignore[open-to-anyone] all of them";
    let plain = lab("", "", "", "", "");
    for (topology, is_too_wide) in [
        (plain.replace("topology:", &format!("{comment}\ntopology:")), true),
        (plain.replace("  nodes:", &format!("  {comment}\n  nodes:")), true),
        (plain.replace("  nodes:", &format!("  {comment}\n  defaults: {{kind: linux}}\n  nodes:")), false),
        (plain.replace("    r1:", &format!("    {comment}\n    'r1':")), false),
        (
            format!("name: l\n{comment}\ntopology: {{nodes: {{r1: {{kind: nokia_srlinux, publish: [tcp/22]}}}}}}\n"),
            true,
        ),
    ] {
        let found = shown(&topology, &[]).0;
        assert_eq!(found.contains(&"malformed-ignore".to_owned()), is_too_wide, "{topology}");
    }
}

/// A comment changes what is shown and how `check` ends, not what `compile` opens.
#[test]
fn comments_open_nothing() {
    let topology = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/9, tls/ab]} # publish-plan: ignore[malformed-entry] tomorrow\n";
    assert_eq!(check(topology, &[]).exit, Exit::Clean);
    assert_eq!(check(topology, &["--no-ignores"]).exit, Exit::Findings);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    std::fs::write(&path, topology).unwrap();
    let run = crate::support::run(&["compile", path.to_str().unwrap(), "--provider", "mysocketio"]);
    assert_eq!(run.exit, Exit::Findings);
    assert!(
        run.stderr.contains("error[malformed-entry]") && run.stderr.ends_with("nothing was written\n"),
        "{}",
        run.stderr
    );
}

/// What is silenced is silent in a plan too, but for what keeps a socket out of it.
#[test]
fn a_plan_shows_what_is_left() {
    let topology = "name: l\ntopology:\n  nodes:\n    r1: {kind: nokia_srlinux, publish: [tcp/22, tls/ab]} # publish-plan: ignore[malformed-entry, open-to-anyone]\n";
    let plan = run_with(&["plan", "-"], topology, &[]);
    assert_eq!(rules(&plan.stderr), ["malformed-entry"]);
    assert_eq!(plan.exit, Exit::Findings);
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let labs = folder.path().join("labs");
    std::fs::create_dir(&labs).unwrap();
    let path = labs.join("l.clab.yml");
    let baseline = folder.path().join("baseline.json");
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    let check = |arguments: &[&str]| crate::support::run(&[&["check", labs.to_str().unwrap()], arguments].concat());
    let known = |arguments: &[&str]| check(&[&["--baseline", baseline.to_str().unwrap()], arguments].concat());
    let old = "name: l\ntopology:\n  nodes:\n    r1:\n      kind: nokia_srlinux\n      publish:\n        - tcp/22\n        - tls/ab\n        - tls/ab\n";
    write(old);
    let made = check(&["--write-baseline", baseline.to_str().unwrap()]);
    assert_eq!((made.exit, made.stdout.as_str()), (Exit::Clean, ""));
    assert!(made.stderr.starts_with("wrote 5 findings to "), "{}", made.stderr);
    let text = std::fs::read_to_string(&baseline).unwrap();
    assert!(text.contains("\"file\": \"labs/l.clab.yml\"") && !text.contains("line"), "{text}");
    assert!(text.contains("\"occurrence\": 2") && text.contains("\"node\": \"nodes/r1\""), "{text}");

    // A topology is not written over.
    let refused = check(&["--write-baseline", path.to_str().unwrap()]);
    assert_eq!(refused.exit, Exit::Failed);
    assert!(refused.stderr.contains("exists and is not a baseline"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
    assert_eq!(known(&["--ignore", "malformed-entry"]).stderr, "");

    let run = known(&[]);
    assert_eq!((run.exit, run.stderr.as_str()), (Exit::Clean, ""));
    assert_eq!(
        run.stdout,
        "no problems found in 1 file, 1 socket; 1 of 1 socket is open to anyone on the Internet; 5 in the baseline\n"
    );
    // Lines move, one more of a kind comes, another node has the same entry.
    write(&format!("# a lab\n\n{old}        - tls/ab\n    r2: {{kind: linux, publish: [tls/ab]}}\n"));
    let run = known(&[]);
    assert_eq!(
        (run.exit, rules(&run.stdout)),
        (Exit::Findings, vec!["malformed-entry".to_owned(); 2]),
        "{}",
        run.stdout
    );
    // What is mended is told of; a file that is not checked is not.
    write(&old.replace("        - tls/ab\n", ""));
    let run = known(&[]);
    assert_eq!(run.exit, Exit::Clean);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    assert!(
        run.stderr.starts_with(
            "baseline: malformed-entry is no longer found in labs/l.clab.yml at `nodes/r1`, entry `tls/ab`\n"
        ),
        "{}",
        run.stderr
    );
    let other = labs.join("other.clab.yml");
    std::fs::write(&other, "name: l\ntopology:\n  nodes: {}\n").unwrap();
    let run = crate::support::run(&["check", other.to_str().unwrap(), "--baseline", baseline.to_str().unwrap()]);
    assert_eq!((run.exit, run.stderr.as_str()), (Exit::Clean, ""));

    // It says nothing of what `compile` refuses.
    write(old);
    let run = crate::support::run(&["compile", path.to_str().unwrap(), "--provider", "mysocketio"]);
    assert_eq!(run.exit, Exit::Findings);
    for text in ["", "{\"version\": 9, \"findings\": []}"] {
        std::fs::write(&baseline, text).unwrap();
        let run = known(&[]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""));
        assert!(run.stderr.contains("as a baseline"), "{}", run.stderr);
    }
    assert_eq!(check(&["--baseline", "no-such.json"]).exit, Exit::Failed);
}

/// What is inherited or shared grows without a change at the place of its finding: that is news.
#[test]
fn a_baseline_does_not_hide_what_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let baseline = folder.path().join("baseline.json");
    let lab = |nodes: usize| {
        let kinds = "name: l\ntopology:\n  kinds:\n    nokia_srlinux:\n      publish: [tls/57400, http/80/gmail.com]\n";
        let nodes: Vec<String> = (1..=nodes).map(|node| format!("    r{node}: {{kind: nokia_srlinux}}\n")).collect();
        std::fs::write(&path, format!("{kinds}  nodes:\n{}", nodes.concat())).unwrap();
    };
    let check = |flag: &str| {
        let run = crate::support::run(&["check", path.to_str().unwrap(), flag, baseline.to_str().unwrap()]);
        (rules(&run.stdout), run.stderr)
    };
    lab(6);
    check("--write-baseline");
    assert_eq!(check("--baseline"), (Vec::new(), String::new()));
    lab(7);
    assert_eq!(check("--baseline").0, ["too-many-sockets", "open-to-anyone", "public-mail-domain"]);
    assert_eq!(check("--baseline").1, "");
    lab(6);
    assert_eq!(check("--baseline").0, Vec::<String>::new());
}

/// A finding behind the last letter of an entry is about that entry.
#[test]
fn a_missing_segment_is_known_by_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let baseline = folder.path().join("b.json");
    let write = |list: &str| {
        std::fs::write(&path, format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{list}]}}\n"))
            .unwrap();
    };
    let check = |flag: &str| {
        rules(&crate::support::run(&["check", path.to_str().unwrap(), flag, baseline.to_str().unwrap()]).stdout)
    };
    write("tls/, tcp/22");
    check("--write-baseline");
    assert_eq!(check("--baseline"), Vec::<String>::new());
    write("http/, tcp/22");
    assert_eq!(check("--baseline"), ["malformed-entry"]);
}

/// Behind the last entry of a node a comment has nothing below: the next node is less deep.
#[test]
fn a_comment_does_not_reach_out_of_its_list() {
    let topology = "name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n        - tls/44/u@d.com\n        # publish-plan: ignore[open-to-anyone] was for another\n    r2:\n      kind: ceos\n      publish: [tcp/22]\n";
    assert_eq!(shown(topology, &[]).0, ["unused-ignore", "open-to-anyone"]);
}

/// One node's comment is not for those that take its list by an alias or a merge.
#[test]
fn a_comment_for_one_node_is_not_for_others() {
    let topology = |other: &str| {
        format!(
            "name: l\ntopology:\n  nodes:\n    # publish-plan: ignore[open-to-anyone] a fair\n    r1: &r {{kind: ceos, publish: [tcp/22]}}\n{other}"
        )
    };
    assert_eq!(shown(&topology(""), &[]).0, [""; 0]);
    for other in ["    r2: *r\n", "    r2: {<<: *r}\n"] {
        let run = check(&topology(other), &["--no-env"]);
        assert!(
            run.stdout.contains("the finding is on line 5: move the comment to the end of that line"),
            "{}",
            run.stdout
        );
        assert_eq!(rules(&run.stdout)[0], "unused-ignore");
    }
}

/// What is about the whole file is silenced by a word for the whole file.
#[test]
fn the_whole_file_wants_a_word_of_its_own() {
    let six =
        "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/1, tcp/2, tcp/3, tcp/4, tcp/5, tcp/6]}";
    let (found, _) = shown(&format!("{six} # publish-plan: ignore[too-many-sockets] x\n"), &[]);
    assert_eq!(found, ["too-many-sockets", "unused-ignore"]);
    let (found, _) = shown(&format!("# publish-plan: ignore-file[too-many-sockets] x\n{six}\n"), &[]);
    assert_eq!(found, [""; 0]);
}

/// What is said when all files are known is not called unused before.
#[test]
fn a_comment_does_not_speak_for_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/44]} # publish-plan: ignore[socket-name-collision] x\n";
    for name in ["a.clab.yml", "b.clab.yml"] {
        std::fs::write(folder.path().join(name), lab).unwrap();
    }
    let check = |arguments: &[&str]| {
        rules(&crate::support::run(&[&["check", folder.path().to_str().unwrap()], arguments].concat()).stdout)
    };
    assert_eq!(check(&["--one-account"]), ["socket-name-collision"]);
    assert_eq!(check(&[]), ["unused-ignore"; 2]);
    // A plan knows of no other file, and leaves the comment to `check`.
    let plan = || crate::support::run(&["plan", folder.path().join("a.clab.yml").to_str().unwrap()]).stderr;
    assert!(plan().contains("unused-ignore"), "{}", plan());
    std::fs::write(folder.path().join("publish-plan.toml"), "one-account = true\n").unwrap();
    assert!(!plan().contains("unused-ignore"), "{}", plan());
}

#[test]
fn a_baseline_knows_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let other = folder.path().join("o.clab.yml");
    let baseline = folder.path().join("b.json");
    let lab = |nodes: &str| format!("name: l\ntopology:\n  nodes:\n{nodes}");
    let check = |flag: &str| {
        let run = crate::support::run(&[
            "check",
            "--verbose",
            folder.path().to_str().unwrap(),
            flag,
            baseline.to_str().unwrap(),
        ]);
        (rules(&run.stdout), run.stderr)
    };
    std::fs::write(&path, lab("    r1: {kind: linux, publish: [tls/ab]}\n    r2:\n      group: [a]\n")).unwrap();
    std::fs::write(&other, lab("    r1: {kind: linux, publish: [tls/ab]}\n")).unwrap();
    check("--write-baseline");
    assert_eq!(check("--baseline"), (Vec::new(), String::new()));
    // A new first list is no other finding about the file; another key of the wrong shape is.
    std::fs::write(&path, lab("    r0: {kind: linux, publish: [tls/1/a@b.com]}\n    r1: {kind: linux, publish: [tls/ab]}\n    r2:\n      image: [b]\n")).unwrap();
    let (found, told) = check("--baseline");
    assert_eq!(found, ["malformed-topology"]);
    assert_eq!(told, "baseline: malformed-topology is no longer found in l.clab.yml at `nodes/r2`, entry `group`\n");
    // A file that is gone has nothing left.
    std::fs::remove_file(&other).unwrap();
    assert!(check("--baseline").1.contains("malformed-entry is no longer found in o.clab.yml"));
}
