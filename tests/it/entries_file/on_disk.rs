//! Entries files on disk: how they are found, what is written, and where nothing leads.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use publish_plan::Exit;

use super::{ENTRIES, Place, TOPOLOGY, text};
use crate::support::{git, root, rules, run, run_with};

impl Place {
    /// The program in the folder `mine`.
    fn here(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_publish-plan"))
            .args(arguments)
            .current_dir(self.path("mine"))
            .env("HOME", self.folder.path())
            .env_remove("XDG_STATE_HOME")
            .output()
            .unwrap();
        told(&output)
    }
}

fn told(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// The sockets in the table of a plan: node, port, and audience.
fn rows(plan: &str) -> Vec<String> {
    let rows = plan.lines().skip_while(|line| !line.starts_with(" NODE ")).skip(1);
    let rows = rows.take_while(|line| line.starts_with(' '));
    rows.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// However the lab is named, it is the same.
#[test]
fn a_lab_is_found_by_either_file() {
    let place = Place::new(ENTRIES);
    let (topology, entries) = (place.topology(), place.entries());
    let expected = ["r1 22", "r2 22", "web 80"];
    for arguments in [
        vec!["plan", "--no-env"],
        vec!["plan", "--no-env", text(&entries)],
        vec!["plan", "--no-env", text(&topology), "--entries", text(&entries)],
    ] {
        let (code, said) = place.here(&arguments);
        assert_eq!((code, rows(&said)), (Some(0), expected.map(str::to_owned).to_vec()), "{said}");
    }
    // Alone, the topology publishes nothing; beside it, an entries file of its name counts.
    assert_eq!(rows(&place.here(&["plan", text(&topology)]).1), Vec::<String>::new());
    let beside = place.path("theirs/l.publish.yml");
    fs::write(&beside, "nodes: {web: [http/8080/a@b.com]}\n").unwrap();
    let (_, said) = place.here(&["plan", text(&topology)]);
    assert_eq!(rows(&said), ["web 8080"]);
    assert!(said.contains("entries: ") && said.contains("theirs/l.publish.yml\n"), "{said}");
    assert_eq!(rows(&place.here(&["plan", text(&beside)]).1), ["web 8080"]);
    // Another name, which the file's own word makes an entries file.
    let other = place.path("mine/who-gets-in.yml");
    fs::write(&other, ENTRIES).unwrap();
    assert_eq!(rows(&place.here(&["plan", text(&other)]).1), expected);
    // An entries file for another topology does not count.
    fs::write(&beside, "topology: other.clab.yml\nnodes: {web: [http/8080/a@b.com]}\n").unwrap();
    assert_eq!(rows(&place.here(&["plan", text(&topology)]).1), Vec::<String>::new());
    // Nor do two of them.
    fs::write(&beside, "nodes: {web: [http/8080/a@b.com]}\n").unwrap();
    fs::write(place.path("theirs/l.publish.yaml"), "nodes: {web: [http/80]}\n").unwrap();
    let (code, said) = place.here(&["plan", text(&topology)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a topology has one entries file, not "), "{said}");
    let (code, _) = place.here(&["plan", text(&topology), "--entries", text(&beside)]);
    assert_eq!(code, Some(0));
}

/// A search takes each lab once.
#[test]
fn a_search_takes_each_lab_once() {
    let place = Place::new(ENTRIES);
    fs::write(place.path("theirs/l.publish.yml"), "nodes: {web: [http/8080/a@b.com]}\n").unwrap();
    let summary = |arguments: &[&str]| {
        let (_, said) = place.here(&[&["check", "--no-env"], arguments].concat());
        said.lines().last().unwrap().to_owned()
    };
    // The topology with the file beside it, and with the one that is elsewhere.
    assert!(summary(&[".."]).ends_with("in 4 files, 4 sockets"), "{}", summary(&[".."]));
    assert!(summary(&["."]).ends_with("in 2 files, 3 sockets"), "{}", summary(&["."]));
    // As a hook passes both files of a commit.
    let both = ["../theirs/l.publish.yml", "../theirs/l.clab.yml"];
    assert!(summary(&both).ends_with("in 2 files, 1 socket"), "{}", summary(&both));
    // As git tracks them.
    git(place.folder.path(), &["init", "--quiet", "."]);
    git(place.folder.path(), &["add", "."]);
    assert!(summary(&["--tracked", ".."]).ends_with("in 4 files, 4 sockets"), "{}", summary(&["--tracked", ".."]));
}

/// What `compile` writes is beside the entries, and a script that is older than one of the files opens nothing.
#[test]
fn nothing_is_written_beside_the_topology() {
    let place = Place::new(ENTRIES);
    let compile = |arguments: &[&str]| {
        place.here(&[&["compile", "--no-env", "--provider", "mysocketio", "--limit", "http=99"], arguments].concat())
    };
    let (code, said) = compile(&["l.publish.yml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("containerlab 0.62+"), "{said}");
    assert_eq!(fs::read_dir(place.path("theirs")).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(place.topology()).unwrap(), TOPOLOGY);
    assert_eq!(compile(&["l.publish.yml", "--check"]).0, Some(0));
    let plan = fs::read_to_string(place.path("mine/l.publish/plan.json")).unwrap();
    assert!(plan.contains("\"carrier\": \"entries\"") && plan.contains("\"file\": \"l.publish.yml\""), "{plan}");
    let up = || {
        let mut script = Command::new("sh");
        script.arg(place.path("mine/l.publish/publish.sh")).arg("up").env("HOME", place.folder.path());
        told(&script.output().unwrap()).1
    };
    for (file, what) in [
        (place.entries(), "entries file at ../l.publish.yml"),
        (place.topology(), "topology at ../../theirs/l.clab.yml"),
    ] {
        let old = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{old}# more\n")).unwrap();
        let said = up();
        assert!(said.contains(&format!("the {what} changed after this was compiled")), "{said}");
        fs::write(&file, old).unwrap();
        assert!(!up().contains("changed after"));
    }
    fs::remove_file(place.entries()).unwrap();
    assert!(up().contains("entries file not found at ../l.publish.yml"), "{}", up());
    // A script of the topology alone does not know what an entries file says that came later.
    let alone = place.path("theirs/l.clab.yml");
    fs::write(&alone, TOPOLOGY.replace("web: {", "web: {labels: {publish: tls/443/a@b.com}, ")).unwrap();
    let (code, said) = compile(&[text(&alone), "-o", "l.publish"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!up().contains("changed after"), "{}", up());
    fs::write(place.path("theirs/l.publish.yml"), "nodes: {web: [none]}\n").unwrap();
    assert!(
        up().contains("the entries file at ../../theirs/l.publish.yml changed after this was compiled"),
        "{}",
        up()
    );
}

/// A topology with lists of its own is told, and what to deploy in its place.
#[test]
fn lists_of_the_topology_itself_are_told() {
    let place = Place::new(ENTRIES);
    fs::write(place.topology(), TOPOLOGY.replace("web: {", "web: {publish: [http/80], ")).unwrap();
    let (code, said) = place.here(&["compile", "l.publish.yml", "--no-env", "--provider", "border0"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note: containerlab 0.62+ rejects the `publish:` in ../theirs/l.clab.yml; deploy what `publish-plan strip` prints of it, from its own directory\n"), "{said}");
    assert_eq!(fs::read_dir(place.path("theirs")).unwrap().count(), 1);
}

/// Fixes are made in the entries file, and ignore comments of each file are its own.
#[test]
fn only_the_entries_file_is_fixed() {
    let entries = "topology: ../theirs/l.clab.yml\nnodes:\n  web: [http/+080/a@b.com, http/81/a@b.com]  # publish-plan: ignore[host-port-for-everyone] mine\n";
    let place = Place::new(entries);
    let topology = TOPOLOGY.replace("web: {", "web: {ports: ['80:80', '81:81', '82:82'], ");
    fs::write(place.topology(), &topology).unwrap();
    let (code, said) = place.here(&["check", "--no-env", "-v"]);
    // The door behind the acl is ignored; the one of the topology alone is in the topology.
    assert_eq!((code, said.matches("info[host-port-for-everyone]").count()), (Some(0), 1), "{said}");
    assert!(said.contains("; 2 ignored\n"), "{said}");
    for fix in ["--diff", "--fix"] {
        let (_, said) = place.here(&["check", "--no-env", "--unsafe-fixes", fix]);
        assert!(!said.contains("theirs/l.clab.yml\n+++"), "{said}");
    }
    assert_eq!(fs::read_to_string(place.entries()).unwrap(), entries.replace("+080", "80"));
    assert_eq!(fs::read_to_string(place.topology()).unwrap(), topology);
    // The same by the name of the topology.
    fs::copy(place.entries(), place.path("theirs/l.publish.yml")).unwrap();
    fs::write(place.path("theirs/l.publish.yml"), "nodes: {web: [http/+80/a@b.com]}\n").unwrap();
    place.here(&["check", "--no-env", "--fix", text(&place.topology())]);
    assert_eq!(fs::read_to_string(place.path("theirs/l.publish.yml")).unwrap(), "nodes: {web: [http/80/a@b.com]}\n");
    assert_eq!(fs::read_to_string(place.topology()).unwrap(), topology);
}

/// Known findings of both files are in a baseline, each under its file.
#[test]
fn a_baseline_knows_both_files() {
    let place = Place::new(&ENTRIES.replace("http/80/example.org", "http/80"));
    fs::write(place.topology(), TOPOLOGY.replace("web: {", "web: {ports: ['8000:80'], ")).unwrap();
    let (code, said) = place.here(&["check", "--no-env", "-v", "--write-baseline", "known.json"]);
    assert_eq!(code, Some(0), "{said}");
    let baseline = fs::read_to_string(place.path("mine/known.json")).unwrap();
    assert!(baseline.contains("\"l.publish.yml\"") && baseline.contains("\"../theirs/l.clab.yml\""), "{baseline}");
    let (_, said) = place.here(&["check", "--no-env", "-v", "--baseline", "known.json"]);
    assert_eq!(said.matches('[').count(), 0, "{said}");
}

/// What changed is told whichever file it is in, and an entries file that comes or goes is a change.
#[test]
fn a_change_of_either_file_is_compared() {
    let place = Place::new(ENTRIES);
    let folder = place.folder.path();
    let commit = |message: &str| {
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "--allow-empty", "-m", message]);
    };
    git(folder, &["init", "--quiet", "."]);
    commit("one");
    let changes = |file: &str| place.here(&["plan", file, "--no-env", "--against", "HEAD", "--fail-on", "widened"]);
    let review = || {
        place.here(&[
            "plan",
            "..",
            "--no-env",
            "--against",
            "HEAD",
            "--format",
            "github-comment",
            "--fail-on",
            "widened",
        ])
    };
    assert_eq!(changes("l.publish.yml").0, Some(0));
    assert_eq!(review().0, Some(0));
    // More people, by the entries file.
    fs::write(place.entries(), ENTRIES.replace("/netops@example.org", "/netops@example.org,b@c.com")).unwrap();
    for (code, said) in [changes("l.publish.yml"), review()] {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("b@c.com"), "{said}");
    }
    assert!(!review().1.contains("also has"), "an entries file and its topology are one lab: {}", review().1);
    // Another topology, although it has the same text.
    fs::create_dir(place.path("else")).unwrap();
    fs::write(place.path("else/l.clab.yml"), TOPOLOGY).unwrap();
    fs::write(place.entries(), ENTRIES.replace("../theirs", "../else")).unwrap();
    for (code, said) in [changes("l.publish.yml"), review()] {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("../else/l.clab.yml"), "{said}");
    }
    fs::remove_dir_all(place.path("else")).unwrap();
    fs::write(place.entries(), ENTRIES).unwrap();
    // One more node of a kind, by the topology.
    fs::write(place.topology(), format!("{TOPOLOGY}    r3: {{kind: nokia_srlinux}}\n")).unwrap();
    for (code, said) in [changes("l.publish.yml"), review()] {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("r3"), "{said}");
    }
    fs::write(place.topology(), TOPOLOGY).unwrap();
    // An entries file comes beside the topology.
    let beside = place.path("theirs/l.publish.yml");
    fs::write(&beside, "nodes: {web: [http/8080]}\n").unwrap();
    git(folder, &["add", "."]);
    for (code, said) in [changes("../theirs/l.clab.yml"), review()] {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("8080"), "{said}");
    }
    // Once: the lab is called by its topology.
    assert_eq!(review().1.matches("```mermaid\n").count(), 1, "{}", review().1);
    commit("two");
    assert_eq!(review().0, Some(0));
    // It goes, and so does what it opened.
    fs::remove_file(&beside).unwrap();
    git(folder, &["add", "--all", "."]);
    let (code, said) = review();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("8080"), "{said}");
}

/// A stranger's entries file shows nothing of what it leads to, and waits for nothing.
#[test]
fn it_leads_nowhere() {
    let place = Place::new(ENTRIES);
    let secret = place.path("secret.yml");
    fs::write(&secret, "token: s3cret\nhosts: [a, b\n").unwrap();
    symlink(&secret, place.path("mine/link.clab.yml")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("mine/pipe.clab.yml")).status().unwrap().success());
    for path in [
        "../secret.yml",
        "link.clab.yml",
        "pipe.clab.yml",
        "/dev/zero",
        "/proc/self/environ",
        ".",
        "../nothing.yml",
        "l.publish.yml",
    ] {
        fs::write(place.entries(), ENTRIES.replace("../theirs/l.clab.yml", path)).unwrap();
        for verb in ["check", "plan", "compile"] {
            let (code, said) = place.here(&[verb, "l.publish.yml", "--no-env"]);
            assert_eq!(code, Some(1), "{path}: {said}");
            assert!(said.contains("error[malformed-entries-file]"), "{path}: {said}");
            assert!(!said.contains("s3cret") && !said.contains("hosts"), "{path}: {said}");
        }
    }
    // An entries file beside a topology that is a link out of the directory.
    fs::write(place.entries(), ENTRIES).unwrap();
    symlink(place.entries(), place.path("theirs/l.publish.yml")).unwrap();
    let (code, said) = place.here(&["plan", text(&place.topology())]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("it is a symbolic link to "), "{said}");
}

/// In a directory that many may write to, an entries file of somebody else beside a topology is not used unless it is named.
#[test]
fn nobody_else_opens_a_topology() {
    let place = Place::new(ENTRIES);
    let beside = place.path("theirs/l.publish.yml");
    fs::write(&beside, "nodes: {web: [http/8080]}\n").unwrap();
    if std::os::unix::fs::chown(&beside, Some(4_242), None).is_err() {
        return crate::support::skip("only root can give a file to somebody else");
    }
    let (code, said) = place.here(&["plan", text(&place.topology())]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("belongs to user 4242, not to you"), "{said}");
    assert_eq!(place.here(&["plan", text(&place.topology()), "--entries", text(&beside)]).0, Some(0));
    // Unless both are theirs.
    std::os::unix::fs::chown(place.topology(), Some(4_242), None).unwrap();
    assert_eq!(place.here(&["plan", text(&place.topology())]).0, Some(0));
}

/// Settings are those next to the entries file, not those of the topology's repository.
#[test]
fn settings_are_those_beside_the_entries() {
    let place = Place::new(ENTRIES);
    fs::write(place.path("theirs/publish-plan.toml"), "provider = \"ngrok\"\n").unwrap();
    fs::write(place.path("mine/publish-plan.toml"), "provider = \"border0\"\n").unwrap();
    let topology = place.topology();
    for arguments in [vec!["plan", "l.publish.yml"], vec!["plan", text(&topology), "--entries", "l.publish.yml"]] {
        let (code, said) = place.here(&arguments);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("settings: publish-plan.toml\n") && said.contains("border0"), "{said}");
    }
}

/// Settings can list entries files, whatever they are called: a search takes them too, their topologies are read with them, and they
/// count for the account that the labs share.
#[test]
fn settings_list_entries_files() {
    let place = Place::new("");
    git(place.folder.path(), &["init", "--quiet", "."]);
    fs::remove_file(place.entries()).unwrap();
    let (first, second) = (place.path("mine/who.yml"), place.path("mine/others.yml"));
    fs::write(&first, ENTRIES).unwrap();
    fs::write(place.path("theirs/m.clab.yml"), TOPOLOGY.replace("name: l", "name: m")).unwrap();
    fs::write(&second, "topology: ../theirs/m.clab.yml\nnodes: {web: [http/80/a@b.com]}\n").unwrap();
    let settings = place.path("publish-plan.toml");
    fs::write(&settings, "entries = ['mine/who.yml', 'mine/others.yml']\n").unwrap();
    assert_eq!(rows(&place.here(&["plan", "../theirs/l.clab.yml"]).1), ["r1 22", "r2 22", "web 80"]);
    assert_eq!(rows(&place.here(&["plan", "../theirs/m.clab.yml"]).1), ["web 80"]);
    let (code, said) = place.here(&["check", ".."]);
    assert!(code == Some(0) && said.ends_with("in 4 files, 4 sockets\n"), "{said}");
    let (code, said) = place.here(&["check", "..", "--one-account", "--limit", "http=1"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("2 http-based sockets: 1 more than `--limit` allows"), "{said}");
    assert!(said.contains("who.yml:5:9") && said.contains("others.yml:2:15"), "{said}");
    // Two for one topology, and one that is not there.
    fs::write(&second, ENTRIES).unwrap();
    let (code, said) = place.here(&["plan", "../theirs/l.clab.yml"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a topology has one entries file, not "), "{said}");
    fs::remove_file(&second).unwrap();
    let (code, said) = place.here(&["plan", "../theirs/l.clab.yml"]);
    assert!(code == Some(2) && said.contains("cannot read `others.yml`"), "{said}");
}

/// Labs that share an account are counted together by the commands that read one of them, too.
#[test]
fn one_lab_counts_those_that_share_its_account() {
    let place = Place::new("");
    git(place.folder.path(), &["init", "--quiet", "."]);
    fs::remove_file(place.entries()).unwrap();
    fs::write(place.path("mine/who.yml"), ENTRIES).unwrap();
    fs::write(place.path("theirs/m.clab.yml"), TOPOLOGY.replace("name: l", "name: m")).unwrap();
    fs::write(place.path("mine/others.yml"), "topology: ../theirs/m.clab.yml\nnodes: {web: [http/80]}\n").unwrap();
    let settings = |text: &str| {
        let text = format!("entries = ['mine/who.yml', 'mine/others.yml']\none-account = true\n{text}");
        fs::write(place.path("publish-plan.toml"), text).unwrap();
    };
    settings("[limits]\nhttp = 1\n");
    for command in ["plan", "compile", "invite"] {
        for lab in ["who.yml", "others.yml"] {
            let mut arguments = vec![command, lab];
            arguments.extend(if command == "invite" { &["--for", "a@b.com"][..] } else { &[] });
            let (code, said) = place.here(&arguments);
            assert_eq!(code, Some(1), "{command} {lab}: {said}");
            assert!(said.contains("2 http-based sockets: 1 more than `--limit` allows"), "{said}");
            assert!(said.contains("who.yml:5:9") && said.contains("others.yml:2:"), "{said}");
        }
    }
    settings("provider = 'bore'\nacl = 'identities'\n[relay]\naddress = 'relay.example'\nports = '4000-4000'\n");
    fs::write(place.path("mine/who.yml"), "topology: ../theirs/l.clab.yml\nnodes: {web: [tcp/80]}\n").unwrap();
    let (code, said) = place.here(&["compile", "others.yml"]);
    assert!(code == Some(1) && said.contains("relay-port-collision"), "{said}");
    // A lab alone has its own limits.
    settings("[limits]\nhttp = 0\n");
    fs::write(place.path("mine/who.yml"), "topology: ../theirs/l.clab.yml\n").unwrap();
    let (code, said) = place.here(&["compile", "others.yml"]);
    assert!(code == Some(1) && said.contains("1 http-based socket: 1 more than"), "{said}");
    // What cannot be read cannot be counted.
    fs::remove_file(place.path("mine/who.yml")).unwrap();
    let (code, said) = place.here(&["compile", "others.yml"]);
    assert!(code == Some(2) && said.contains("cannot read `who.yml`"), "{said}");
}

/// Settings that came with a repository list nothing outside of it, nothing that is hidden, and nothing but entries files: it would be
/// quoted in messages, and changed by `--fix`.
#[test]
fn settings_of_a_stranger_lead_nowhere() {
    let place = Place::new("");
    fs::remove_file(place.entries()).unwrap();
    git(&place.path("mine"), &["init", "--quiet", "."]);
    fs::write(place.path("mine/a.clab.yml"), TOPOLOGY).unwrap();
    fs::create_dir(place.path("mine/.own")).unwrap();
    let fixable = "topology: l.clab.yml\nnodes: {web: ['TCP/22/a@b.com']}\n";
    for (name, text) in [
        ("theirs/secret.txt", "hunter2\n"),
        ("theirs/l.publish.yml", fixable),
        ("mine/.own/l.publish.yml", "hunter2: x\n"),
        ("mine/notes.yml", "hunter2: x\n"),
    ] {
        fs::write(place.path(name), text).unwrap();
    }
    symlink(place.path("theirs/l.publish.yml"), place.path("mine/link.yml")).unwrap();
    for (listed, reason) in [
        ("../theirs/secret.txt", "hidden or outside of "),
        ("../theirs/l.publish.yml", "hidden or outside of "),
        ("/etc/passwd", "hidden or outside of "),
        (".own/l.publish.yml", "hidden or outside of "),
        ("link.yml", "hidden or outside of "),
        ("notes.yml", "it is not an entries file"),
    ] {
        fs::write(place.path("mine/publish-plan.toml"), format!("entries = ['{listed}']\n")).unwrap();
        for arguments in [&["check"][..], &["check", "--fix"], &["check", "a.clab.yml"], &["plan", "a.clab.yml"]] {
            let (code, said) = place.here(&[arguments, &["--no-env"]].concat());
            assert_eq!(code, Some(2), "{listed}: {said}");
            assert!(said.contains(reason), "{listed}: {said}");
            assert!(!said.contains("hunter2") && !said.contains("root:"), "{listed}: {said}");
        }
        let (_, said) = place.here(&["check"]);
        assert_eq!(said.matches("is not used").count(), 1, "{said}");
    }
    assert_eq!(fs::read_to_string(place.path("theirs/l.publish.yml")).unwrap(), fixable);
}

/// A search fixes nothing in a topology that an entries file is for, and does not offer to; `--fix` with the topology's name does.
#[test]
fn a_search_leaves_the_topology_of_others() {
    let place = Place::new(ENTRIES);
    let own =
        TOPOLOGY.replace("web: {kind: linux}", "web: {kind: linux, ports: ['8080:80'], publish: ['TCP/22/a@b.com']}");
    fs::write(place.topology(), &own).unwrap();
    for arguments in [&["check", ".."][..], &["check", "..", "--fix"], &["check", "..", "--fix", "--unsafe-fixes"]] {
        let (_, said) = place.here(arguments);
        assert!(said.contains("host-port-for-everyone") && !said.contains("fixable"), "{said}");
        assert_eq!(fs::read_to_string(place.topology()).unwrap(), own);
    }
    let (_, said) = place.here(&["check", "../theirs/l.clab.yml", "--fix"]);
    assert_ne!(fs::read_to_string(place.topology()).unwrap(), own, "{said}");
}

/// A variable is no part of a path: messages and notes show paths.
#[test]
fn the_path_of_the_topology_has_no_variables() {
    let place = Place::new("topology: ${TOK}/l.clab.yml\nnodes: {web: [http/80/a@b.com]}\n");
    let file = place.entries();
    for arguments in [&["check"][..], &["check", "--format", "json"], &["plan"], &["compile"], &["providers", "--for"]]
    {
        let told = run_with(&[arguments, &[text(&file)]].concat(), "", &[("TOK", "s3cret")]);
        let told = told.stdout + &told.stderr;
        assert!(told.contains("${TOK}") && !told.contains("s3cret"), "{told}");
    }
}

/// Standard input can be either file: an editor passes what is not saved yet.
#[test]
fn an_editor_passes_what_is_not_saved() {
    let place = Place::new("");
    let shown = text(&place.entries()).to_owned();
    let run = run_with(
        &["check", "-", "--no-env", "--no-config", "--stdin-filename", &shown],
        &ENTRIES.replace("web", "wbe"),
        &[],
    );
    assert_eq!((run.exit, rules(&run.stdout)), (Exit::Findings, vec!["not-in-topology".to_owned()]), "{}", run.stdout);
    let run = run_with(&["plan", "-", "--no-env", "--no-config", "--entries", &shown], TOPOLOGY, &[]);
    assert_eq!((run.exit, rows(&run.stdout)), (Exit::Clean, Vec::new()));
    fs::write(place.entries(), ENTRIES).unwrap();
    let run =
        run_with(&["plan", "-", "--no-env", "--no-config", "--entries", &shown], &TOPOLOGY.replace("r2", "r9"), &[]);
    assert_eq!(rows(&run.stdout), ["r1 22", "r9 22", "web 80"]);
}

/// A command that is about a topology alone says so.
#[test]
fn a_topology_is_asked_for_where_one_is_needed() {
    let place = Place::new(ENTRIES);
    let (code, said) = place.here(&["strip", "l.publish.yml"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(2), "publish-plan: `l.publish.yml` is an entries file; pass its topology\n")
    );
    let run = run(&["check", text(&root().join("tests/cases")), "--entries", text(&place.entries())]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.stdout);
}
