//! Broken and hostile input: a clear answer, soon, and never a panic.

use std::fmt::Write as _;
use std::time::Duration;

use publish_plan::Exit;

use crate::support::{check, gate, rules, run, run_with};

/// Generous, because tests run without optimisation on busy machines; what it guards against takes minutes.
const SOON: Duration = Duration::from_secs(60);

fn soon(topology: &str) -> Vec<String> {
    let start = gate::start();
    let run = check(topology, &["--no-env", "--max-findings", "50"]);
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    rules(&run.stdout)
}

#[test]
fn nothing_is_no_topology() {
    assert_eq!(soon(""), ["not-a-topology"]);
    assert_eq!(soon("\n# only a comment\n"), ["not-a-topology"]);
    assert_eq!(soon("just text"), ["malformed-topology"]);
}

#[test]
fn brackets_do_not_nest_for_ever() {
    assert_eq!(soon(&format!("a: {}", "[".repeat(10_000))), ["too-deeply-nested"]);
    let mut block = String::new();
    for depth in 0..5_000 {
        let _ = writeln!(block, "{}a:", " ".repeat(depth));
    }
    assert_eq!(soon(&block), ["too-deeply-nested"]);
}

#[test]
fn tabs_stay_linear() {
    let many = 300_000;
    let tabs = "\t".repeat(many);
    let lines = "  \t x\n".repeat(many);
    let items = "a\t, ".repeat(many);
    let pairs = "a: b, ".repeat(many);
    let anchor = "a".repeat(many);
    for taken in [
        format!("name: l #{tabs}\n"),
        format!("name: \"{tabs}\"\n"),
        format!("name: '\n{lines}'\n"),
        format!("name: l\nx: &{anchor} y\nz: [\n  {tabs}{items}]\n"),
        format!("name: l\nx: [{pairs}\t]\n"),
        format!("name: l\nx: |\n  x\n{}", lines.replace("  \t", "    \t")),
    ] {
        let shown = &taken[..40];
        assert_eq!(soon(&format!("{taken}topology: {{nodes: {{r1: {{kind: linux}}}}}}\n")), [""; 0], "{shown:?}");
    }
    assert_eq!(soon(&format!("name: l\n{tabs}\n")), ["not-a-topology", "invalid-yaml"]);
    assert_eq!(soon(&format!("name: l\n#\n{}", "\t# x\n".repeat(many))).len(), 50);
}

#[test]
fn laughs_are_not_multiplied() {
    let mut lists = "a0: &a0 [tcp/1, tcp/2]\n".to_owned();
    let mut maps = "m0: &m0 {publish: [tcp/1]}\n".to_owned();
    for depth in 1..60 {
        let from = depth - 1;
        let _ = writeln!(lists, "a{depth}: &a{depth} [{}]", vec![format!("*a{from}"); 9].join(", "));
        let _ = writeln!(maps, "m{depth}: &m{depth}\n  <<: [{}]", vec![format!("*m{from}"); 9].join(", "));
    }
    let topology = "name: l\ntopology:\n  nodes:\n";
    assert!(soon(&format!("{lists}{topology}    r1: {{publish: *a59}}\n")).contains(&"malformed-entry".to_owned()));
    assert_eq!(soon(&format!("{maps}{topology}    r1: *m59\n")), ["key-refused-by-containerlab", "open-socket"]);
}

#[test]
fn many_findings_and_long_acls_stay_linear() {
    let mut text = "name: l\ntopology:\n  nodes:\n".to_owned();
    for index in 0..30_000 {
        let _ = writeln!(text, "    r{index}: {{kind: linux, publish: [tcp/x{index}], binds: {index}}}");
    }
    assert_eq!(soon(&text).len(), 50);
    let acl: Vec<String> = (0..60_000).map(|index| format!("a{}@b.com", index % 40_000)).collect();
    let text =
        format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: ['tls/22/{}']}}\n", acl.join(","));
    assert_eq!(soon(&text).len(), 50);
}

#[test]
fn merges_have_a_bound() {
    let mut text = "x: &x0 {k: 1}\n".to_owned();
    for depth in 1..2_000 {
        let _ = writeln!(text, "x{depth}: &x{depth}\n  <<: *x{}\n  k{depth}: 1", depth - 1);
    }
    assert_eq!(soon(&text).iter().filter(|rule| *rule == "too-much-merged").count(), 1);
    // The same map again and again, with maps in it that are joined.
    let many =
        |map: &str| format!("x: &x {map}\ntopology: {{nodes: {{r1: {{<<: [{}]}}}}}}\n", vec!["*x"; 100_000].join(","));
    for (map, is_told) in [
        ("{labels: {a: 1}, extras: {b: 1}}", true),
        ("{labels: {}}", true),
        ("{labels: ~, <<: {labels: {a: 1}}}", false),
    ] {
        let told = soon(&many(map)).iter().filter(|rule| *rule == "too-much-merged").count();
        assert_eq!(told, usize::from(is_told), "{map}");
    }
    let keys = each(20_000, |text, index| _ = write!(text, "k{index}: 1, "));
    soon(&format!("x: &x {{{keys}}}\ntopology: {{nodes: {{r1: {{{keys}<<: *x}}}}}}\n"));
}

#[test]
fn one_list_on_many_nodes_is_checked_once() {
    let mut text = "name: l\ntopology:\n  kinds:\n    linux:\n      publish: [tcp/ab, tcp/1]\n  nodes:\n".to_owned();
    for index in 0..20_000 {
        let _ = writeln!(text, "    r{index}: {{kind: linux}}");
    }
    let found = soon(&text);
    assert_eq!(found.iter().filter(|rule| *rule == "malformed-entry").count(), 1);
}

/// What `text` makes of each number below `count`, one after another.
fn each(count: usize, text: impl Fn(&mut String, usize)) -> String {
    let mut all = String::new();
    (0..count).for_each(|index| text(&mut all, index));
    all
}

/// A topology of one node with these entries.
fn entries(list: &str) -> String {
    format!("name: l\ntopology:\n  nodes:\n    r1: {{publish: [{list}]}}\n")
}

#[test]
fn sockets_have_a_bound() {
    let inherited = |entries: &[String], nodes: usize| {
        let list = entries.join(", ");
        let mut text = format!("name: l\ntopology:\n  kinds:\n    linux: {{publish: [{list}]}}\n  nodes:\n");
        for index in 0..nodes {
            let _ = writeln!(text, "    r{index}: {{kind: linux}}");
        }
        text
    };
    let ports = |count: usize| (1..=count).map(|port| format!("tcp/{port}")).collect::<Vec<_>>();
    let people: Vec<String> = (0..1_000).map(|index| format!("a{index}@b.com")).collect();
    let people = [format!("'tls/22/{}'", people.join(","))];
    for (topology, said) in [
        (inherited(&ports(1_000), 1_000), "the nodes together publish more than 100000 entries"),
        (inherited(&ports(6), 1_000), "more than 4000 sockets would be opened"),
        // Just as many entries as may be.
        (inherited(&ports(1_000), 100), "more than 4000 sockets would be opened"),
        (inherited(&people, 51), "all sockets together would name more than 50000 people"),
        (
            inherited(&[format!("'tls/22/{}a@b.com'", " ".repeat(50_000))], 81),
            "the entries of all sockets together are longer than 4000000 bytes",
        ),
        (entries(&"tcp/1,".repeat(350_001)), "the file has more than 350000 entries"),
        (
            entries(&each(75_001, |text, index| {
                let _ = write!(text, "x{index},");
            })),
            "the file has more than 75000 distinct entries and people named in them",
        ),
    ] {
        let start = gate::start();
        let run = check(&topology, &["--no-env", "--limit", "tcp=999999", "--select", "too-many-entries"]);
        assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
        assert!(run.exit == Exit::Findings && run.stdout.contains(said), "{}", run.stdout);
        assert!(run.stdout.contains(" 0 sockets"), "{}", run.stdout);
        let plan = run_with(&["plan", "-", "--no-env", "--limit", "tcp=999999", "--format", "json"], &topology, &[]);
        assert!(!plan.stdout.contains("\"node\""), "nothing is planned");
    }
    for at_the_bound in [inherited(&ports(4), 1_000), inherited(&people, 50)] {
        let run = check(&at_the_bound, &["--limit", "tcp=999999"]);
        assert!(run.exit == Exit::Clean, "{}", run.stdout);
    }
}

#[test]
fn long_names_are_cut_before_they_are_multiplied() {
    let text = entries("tcp/22");
    for (from, to) in
        [("name: l", format!("name: {}", "l".repeat(256))), ("r1:", format!("? {}\n    :", "é".repeat(128)))]
    {
        let long = text.replace(from, &to);
        let run = check(&long, &["--no-env", "--select", "name-not-resolvable"]);
        assert!(run.stdout.contains("is too long for a container"), "{}", run.stdout);
        assert_eq!(run.exit, Exit::Findings);
        // Where nothing is published, it is containerlab's business.
        let run = check(&long.replace("publish: [tcp/22]", ""), &["--no-env", "--select", "name-not-resolvable"]);
        assert!(run.exit == Exit::Clean, "{}", run.stdout);
    }
}

#[test]
fn nodes_values_and_findings_have_a_bound() {
    let nodes = each(125_001, |text, index| {
        let _ = writeln!(text, "    n{index}:");
    });
    assert_eq!(soon(&format!("name: l\ntopology:\n  nodes:\n{nodes}")), ["too-many-nodes"]);
    assert_eq!(soon(&format!("name: l\nx: [{}]\n", "a,".repeat(2_500_001))), ["too-many-values"]);
    let run = check(&entries(&"tcp/x,".repeat(120_000)), &["--no-env", "--max-findings", "5"]);
    let said = "error[too-many-findings]: 90002 more findings than the 30000 kept per file";
    assert!(run.stdout.contains(said), "{}", run.stdout);
}

/// What took time with the square of its length once.
#[test]
fn long_lists_and_lines_are_read_in_one_go() {
    let text = format!("# {}\nname: l\n", "${A:-".repeat(200_000));
    assert_eq!(soon(&text), ["not-a-topology", "unclosed-substitution"]);
    assert_eq!(soon(&entries(&"tls/22,".repeat(50_000))).len(), 50);
    let people =
        |from: usize| (from..from + 50_000).map(|index| format!("a{index}@b.com")).collect::<Vec<_>>().join(",");
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = [("old", 0), ("new", 5)].map(|(name, from)| {
        let path = folder.path().join(format!("{name}.clab.yml"));
        std::fs::write(&path, entries(&format!("'tls/22/{}'", people(from)))).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let start = gate::start();
    let run = run(&["plan", &new, "--against", &old]);
    assert!(start.elapsed() < SOON && run.stdout.contains("a50004@b.com"), "took {:?}", start.elapsed());
}

#[test]
fn one_open_entry_is_told_once() {
    let list = each(300, |text, index| {
        let _ = write!(text, "'tls/22/a{index}@b.com', ");
    });
    let run = check(&entries(&format!("{list}https/22")), &["--select", "wider-than-sibling"]);
    let said = "`https/22` opens to anyone a port that `tls/22/a0@b.com` restricts (and 299 other entries)";
    assert!(run.stdout.contains(said) && rules(&run.stdout).len() == 1, "{}", run.stdout);
}

#[test]
fn findings_shown_are_bounded_and_counted() {
    let entries: Vec<String> = (0..500).map(|index| format!("tcp/x{index}")).collect();
    let topology = format!("name: l\ntopology:\n  nodes:\n    r1: {{publish: [{}]}}\n", entries.join(", "));
    let run = check(&topology, &["--max-findings", "10"]);
    assert_eq!(rules(&run.stdout).len(), 10);
    assert!(
        run.stdout.ends_with("500 errors, 1 info in 1 file, 0 sockets; 491 findings not shown (--max-findings)\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_large_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.clab.yml");
    std::fs::write(&path, "name: l\n".repeat(100)).unwrap();
    let run = run(&["check", "--max-size", "100", path.to_str().unwrap()]);
    assert_eq!(run.exit, Exit::Failed);
    assert!(run.stderr.contains("is larger than 100 bytes; raise the limit with `--max-size`"), "{}", run.stderr);
}

#[test]
fn a_terminal_is_not_steered() {
    let run = check("name: l\ntopology:\n  nodes:\n    r1: {publish: [\"tcp/\\e[2J\\u202e\", tcp/\u{202e}x]}\n", &[]);
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'), "{:?}", run.stdout);
    let run = check("name: l # \u{1b}[2J\n", &[]);
    assert!(!run.stdout.contains('\u{1b}'), "{:?}", run.stdout);
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let long = "y".repeat(900);
    let topology = format!("{{name: l, topology: {{nodes: {{{long}: {{kind: linux}}, r1: {{publish: [tcp/ab]}}}}}}}}");
    let run = check(&topology, &[]);
    let longest = run.stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest < 700, "{longest}");
    assert!(run.stdout.contains("tcp/ab"));
}

#[test]
fn texts_cut_anywhere_never_panic() {
    for file in crate::support::files_below(&crate::support::root().join("examples")) {
        let text = std::fs::read_to_string(file).unwrap();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let run = check(&text[..end], &["--no-env"]);
            assert_ne!(run.exit, Exit::Failed);
        }
    }
}
