//! Whose files an output directory holds: links and planted files of somebody else's repository, two labs of one name, and
//! artifacts that are older than their topology.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::compile::files::project;
use crate::support::{files_below, root};

/// A repository with a lab that is open to anyone, settings that compile it for ssh, and a folder next to it.
struct Repository {
    folder: tempfile::TempDir,
}

const LAB: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [http/80, tcp/22]}\n";

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(repository.place("repo/labs")).unwrap();
        fs::create_dir(repository.place("home")).unwrap();
        fs::create_dir(repository.place("home/.ssh")).unwrap();
        fs::write(repository.place("repo/l.clab.yml"), LAB).unwrap();
        fs::copy(root().join("tests/cases/keys/relay.pub"), repository.place("repo/key.pub")).unwrap();
        repository.settings("repo");
        repository
    }

    fn settings(&self, folder: &str) {
        let text = "provider = 'ssh'\n[relay]\naddress = 't@relay'\nidentity = 'key'\n";
        fs::write(self.place(folder).join("publish-plan.toml"), text).unwrap();
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// `compile l.clab.yml` in the repository.
    fn compile(&self, arguments: &[&str]) -> Output {
        self.command().arg("l.clab.yml").args(arguments).output().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        command
            .arg("compile")
            .current_dir(self.place("repo"))
            .env("HOME", self.place("home"))
            .env_remove("XDG_STATE_HOME");
        command
    }

    fn script(&self, verb: &str) -> (Option<i32>, String) {
        let mut command = Command::new("sh");
        command.arg(self.place("repo/l.publish/publish.sh")).arg(verb).env("HOME", self.place("home"));
        let output = command.env_remove("XDG_STATE_HOME").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The names of all files below a folder.
    fn names(&self, folder: &str) -> Vec<String> {
        let folder = self.place(folder);
        files_below(&folder).iter().map(|file| file.strip_prefix(&folder).unwrap().display().to_string()).collect()
    }
}

fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

fn succeeds(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

/// A link that somebody committed would have had `authorized_keys` written where it lets its author in.
#[test]
fn no_link_leads_out_of_a_repository() {
    let repository = Repository::new();
    let ssh = repository.place("home/.ssh");
    let links = [
        ("l.publish", &[][..]),
        ("labs/out", &["-o", "labs/out"]),
        ("labs/deep", &["-o", "labs/deep/out"]),
        ("labs/deep", &["-o", "./labs/../labs/deep/further/out"]),
    ];
    for (link, arguments) in links {
        let link = repository.place("repo").join(link);
        for target in ["../../home/.ssh", "../home/.ssh", ssh.to_str().unwrap(), "nowhere"] {
            symlink(target, &link).unwrap();
            for flag in [&[][..], &["--force"], &["--check"], &["--diff"]] {
                let said = refused(&repository.compile(&[arguments, flag].concat()));
                assert!(said.contains("is a symbolic link"), "{said}");
            }
            // The same folder by its whole path: it leads through the repository all the same.
            if let Some(output) = arguments.get(1) {
                let whole = repository.place("repo").join(output);
                let said = refused(&repository.compile(&["-o", whole.to_str().unwrap(), "--force"]));
                assert!(said.contains("is a symbolic link"), "{said}");
            }
            fs::remove_file(&link).unwrap();
        }
    }
    // From elsewhere, the topology's own folder is where a relative one may not lead through links either.
    symlink(&ssh, repository.place("repo/labs/out")).unwrap();
    let arguments = ["repo/l.clab.yml", "-o", "repo/labs/out"];
    let elsewhere = repository.command().current_dir(repository.folder.path()).args(arguments).output();
    let said = refused(&elsewhere.unwrap());
    assert!(said.contains("`repo/labs/out` is a symbolic link"), "{said}");
    assert_eq!(repository.names("home"), [] as [&str; 0]);
    assert_eq!(repository.names("repo"), ["key.pub", "l.clab.yml", "publish-plan.toml"]);
}

#[test]
fn a_link_above_an_absolute_folder_is_the_users_own() {
    let repository = Repository::new();
    fs::create_dir(repository.place("disk")).unwrap();
    symlink(repository.place("disk"), repository.place("link")).unwrap();
    let through = repository.place("link/out");
    succeeds(&repository.compile(&["-o", through.to_str().unwrap()]));
    assert!(repository.names("disk").contains(&"out/publish.sh".to_owned()));
    // The paths in the files lead back from where the folder really is.
    let script = fs::read_to_string(through.join("publish.sh")).unwrap();
    let line = script.lines().find(|line| line.contains("same_source topology")).unwrap();
    assert!(line.contains(" ../../repo/l.clab.yml "), "{line}");
    succeeds(&repository.compile(&["--check", "-o", through.to_str().unwrap()]));

    let last = repository.place("link");
    let said = refused(&repository.compile(&["--force", "-o", last.to_str().unwrap()]));
    assert!(said.contains("/link` is a symbolic link"), "{said}");
    // A folder that is not there yet is made, also below one that is not.
    let new = repository.place("link/new/deep");
    succeeds(&repository.compile(&["-o", new.to_str().unwrap()]));
    assert!(repository.place("disk/new/deep/compose.yaml").is_file());
}

/// The copy for containerlab is written next to the topology, where a link of its name could lead anywhere.
#[test]
fn no_file_is_written_through_a_link_or_in_its_place() {
    let repository = Repository::new();
    let precious = repository.place("home/precious");
    for name in ["l.deploy.yml", "l.publish/authorized_keys", "l.publish/manifest.json"] {
        succeeds(&repository.compile(&["--force"]));
        fs::write(&precious, "mine").unwrap();
        let place = repository.place("repo").join(name);
        fs::remove_file(&place).unwrap();
        symlink("../".repeat(name.split('/').count()) + "home/precious", &place).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "mine", "the link leads there");
        for flag in ["--no-env", "--force", "--check", "--diff"] {
            let said = refused(&repository.compile(&[flag]));
            assert!(said.contains(&format!("{name}` is a symbolic link")), "{said}");
        }
        assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
        fs::remove_file(&place).unwrap();
    }
}

/// Docker and Compose load some files of a folder without being told to.
#[test]
fn planted_files_are_refused() {
    let repository = Repository::new();
    // A cloned repository's settings may name a stranger's relay.
    let said = succeeds(&repository.compile(&[]));
    assert!(
        said.contains("note: from the settings file, the tunnel client uses relay `t@relay`, key `../key`\n"),
        "{said}"
    );
    let said = succeeds(&repository.compile(&["--relay", "t@other", "--identity", "key"]));
    assert!(!said.contains("from the settings file"), "{said}");
    succeeds(&repository.compile(&[]));
    for name in [
        ".env",
        ".dockerignore",
        "Dockerfile.dockerignore",
        "compose.override.yaml",
        "compose.override.yml",
        "compose.yml",
        "docker-compose.override.yml",
        "docker-compose.yml",
        "Docker-Compose.YAML",
    ] {
        let planted = repository.place("repo/l.publish").join(name);
        fs::write(&planted, "x").unwrap();
        for flag in ["--no-env", "--check", "--diff"] {
            let said = refused(&repository.compile(&[flag]));
            assert!(said.contains("Docker would load") && said.contains(&format!("/{name}`")), "{said}");
        }
        let said = succeeds(&repository.compile(&["--force"]));
        assert!(said.contains("publish-plan did not write") && said.contains(name), "{said}");
        assert_eq!(fs::read_to_string(&planted).unwrap(), "x");
        fs::remove_file(&planted).unwrap();
    }
    // A manifest that somebody made does not make them the program's.
    let manifest = repository.place("repo/l.publish/manifest.json");
    let mut forged: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    let file = serde_json::json!({ "name": ".env", "sha256": "0".repeat(64), "folder": "output" });
    forged["files"].as_array_mut().unwrap().push(file);
    fs::write(&manifest, forged.to_string()).unwrap();
    fs::write(repository.place("repo/l.publish/.env"), "x").unwrap();
    assert!(refused(&repository.compile(&[])).contains("Docker would load"));
    fs::remove_file(repository.place("repo/l.publish/.env")).unwrap();
    // Of providers that build nothing, a Dockerfile is somebody else's too.
    fs::write(repository.place("repo/l.publish/Dockerfile"), "FROM evil").unwrap();
    let said = refused(&repository.compile(&["--no-config", "--provider", "mysocketio"]));
    assert!(said.contains("Docker would load `l.publish/Dockerfile`"), "{said}");
    fs::remove_file(repository.place("repo/l.publish/Dockerfile")).unwrap();
    // Anything else is named.
    fs::write(repository.place("repo/l.publish/notes"), "x").unwrap();
    let said = succeeds(&repository.compile(&[]));
    assert!(said.contains("note: publish-plan did not write `l.publish/notes`\n"), "{said}");
}

/// Compose would name a project after the folder, and give two labs one container and one volume.
#[test]
fn each_lab_at_each_place_has_a_compose_project_of_its_own() {
    let repository = Repository::new();
    fs::write(repository.place("repo/labs/l.clab.yml"), LAB).unwrap();
    succeeds(&repository.compile(&[]));
    let in_labs = ["labs/l.clab.yml", "--no-config", "--provider", "mysocketio"];
    succeeds(&repository.command().args(in_labs).output().unwrap());
    let projects = ["l.publish", "labs/l.publish"]
        .map(|folder| project(&repository.place("repo").join(folder).join("manifest.json")));
    assert_ne!(projects[0], projects[1], "one name, two places");
    fs::write(repository.place("repo/labs/l.clab.yml"), LAB.replace("name: l", "name: L")).unwrap();
    succeeds(&repository.command().args(in_labs).output().unwrap());
    let other = project(&repository.place("repo/labs/l.publish/manifest.json"));
    assert!(other != projects[1] && other.starts_with("publish-l-"), "one place, two names: {other}");
    for (folder, project) in [("l.publish", &projects[0]), ("labs/l.publish", &other)] {
        let folder = repository.place("repo").join(folder);
        let compose = fs::read_to_string(folder.join("compose.yaml")).unwrap();
        assert!(compose.contains(&format!("\nname: \"{project}\"\n")), "{compose}");
        let script = fs::read_to_string(folder.join("publish.sh")).unwrap();
        assert!(script.contains(&format!("\nproject={project}\n")));
    }

    // A copy elsewhere is not called different; it gets a project of its own when it is compiled there.
    let copy = repository.place("copy");
    fs::rename(repository.place("repo"), &copy).unwrap();
    let compile = |flag| repository.command().current_dir(&copy).args(["l.clab.yml", flag]).output().unwrap();
    assert_eq!(compile("--check").status.code(), Some(0));
    succeeds(&compile("--no-env"));
    assert_ne!(project(&copy.join("l.publish/manifest.json")), projects[0]);
    // Somebody else's manifest cannot give it the project of another lab.
    let manifest = copy.join("l.publish/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let own = project(&manifest);
    fs::write(&manifest, text.replace(&own, "publish-other-0123456789ab")).unwrap();
    assert_eq!(compile("--check").status.code(), Some(1));
    succeeds(&compile("--no-env"));
    assert_eq!(project(&manifest), own);
}

#[test]
fn a_script_that_is_older_than_its_topology_opens_nothing() {
    let repository = Repository::new();
    let (topology, settings) = (repository.place("repo/l.clab.yml"), repository.place("repo/publish-plan.toml"));
    let changed = |path: &Path, what: &str| {
        let text = fs::read(path).unwrap_or_default();
        fs::write(path, [&text[..], b"# other\n"].concat()).unwrap();
        for verb in ["up", "run"] {
            let (code, said) = repository.script(verb);
            assert_eq!(code, Some(1), "{said}");
            assert!(
                said.contains(&format!("the {what} at ../")) && said.contains(" changed after this was compiled"),
                "{said}"
            );
        }
        let (_, said) = repository.script("status");
        assert!(said.contains("changed after this was compiled"), "{said}");
        fs::write(path, text).unwrap();
        let (_, said) = repository.script("up");
        assert!(!said.contains("changed after"), "{said}");
    };
    succeeds(&repository.compile(&[]));
    changed(&topology, "topology");
    changed(&settings, "settings file");
    // Settings that would come before those that were used.
    Command::new("git").args(["init", "--quiet", "."]).current_dir(repository.place("repo")).status().unwrap();
    fs::write(repository.place("repo/labs/l.clab.yml"), LAB).unwrap();
    succeeds(&repository.command().arg("labs/l.clab.yml").output().unwrap());
    let script = fs::read_to_string(repository.place("repo/labs/l.publish/publish.sh")).unwrap();
    assert!(
        script
            .contains("  same_source 'settings file' ../publish-plan.toml -\n  same_source 'settings file' ../../publish-plan.toml "),
        "{script}"
    );
    // Settings that are gone, and settings that came.
    fs::remove_file(&settings).unwrap();
    assert!(repository.script("up").1.contains("settings file not found at ../publish-plan.toml"));
    succeeds(&repository.compile(&["--no-env", "--provider", "mysocketio"]));
    assert!(!repository.script("up").1.contains("settings"));
    repository.settings("repo");
    assert!(repository.script("up").1.contains("the settings file at ../publish-plan.toml changed"));
    succeeds(&repository.compile(&["--no-config", "--provider", "mysocketio"]));
    assert!(!repository.script("up").1.contains("settings"));

    // Where the topology is not beside it, it says so and goes on.
    fs::remove_file(&topology).unwrap();
    let (_, said) = repository.script("up");
    assert!(
        said.contains("topology not found at ../l.clab.yml, so this script cannot tell whether it changed"),
        "{said}"
    );
    assert!(said.lines().count() > 1, "it went on: {said}");
    // What opens nothing is never refused.
    fs::write(&topology, "other").unwrap();
    assert_eq!(repository.script("down").0, Some(0));
    assert_eq!(repository.script("list").0, Some(0));
}

#[test]
fn a_lab_that_publishes_nothing_anymore_keeps_no_script_that_opens_something() {
    let repository = Repository::new();
    let empty = LAB.replace("[http/80, tcp/22]", "[none]");
    let topology = repository.place("repo/l.clab.yml");
    fs::write(&topology, &empty).unwrap();
    assert!(refused(&repository.compile(&[])).contains("publishes nothing"));

    fs::write(&topology, LAB).unwrap();
    succeeds(&repository.compile(&[]));
    let project = project(&repository.place("repo/l.publish/manifest.json"));
    fs::write(repository.place("repo/l.publish/relay.md"), "edited").unwrap();
    fs::write(&topology, &empty).unwrap();
    let check = repository.compile(&["--check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&check.stdout).contains("l.publish/publish.sh is no longer generated\n"),
        "{check:?}"
    );

    // Open tunnels can be closed by the script alone: it stays, and says so.
    let state = repository.place("home/.local/state/publish-plan/l");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("how"), "host\n").unwrap();
    fs::write(state.join("here"), format!("{}\n", repository.place("repo/l.publish").display())).unwrap();
    let open = repository.compile(&[]);
    let said = String::from_utf8_lossy(&open.stderr).into_owned();
    assert_eq!(open.status.code(), Some(1), "{said}");
    assert!(said.contains("still open (host); run `sh l.publish/publish.sh down`"), "{said}");
    let (code, said) = repository.script("up");
    assert!(code == Some(1) && said.contains("the topology at ../l.clab.yml changed"), "{said}");
    // Those of a lab of the same name elsewhere are not this one's.
    fs::write(state.join("here"), format!("{}\n", repository.place("home").display())).unwrap();
    let said = succeeds(&repository.compile(&[]));
    assert!(
        said.contains(
            "removed 9 files of an earlier run from l.publish; none of the tunnels that you opened from there"
        ),
        "{said}"
    );
    assert!(!repository.place("repo/l.deploy.yml").exists(), "it is of what the topology was");
    assert!(said.contains(&format!("docker compose -p {project} down")), "{said}");
    assert!(said.contains("edited since, so not removed: `l.publish/relay.md`"), "{said}");
    assert_eq!(repository.names("repo/l.publish"), ["relay.md"]);
    assert!(refused(&repository.compile(&[])).contains("publishes nothing"));
    // And back again.
    fs::remove_file(repository.place("repo/l.publish/relay.md")).unwrap();
    fs::write(&topology, LAB).unwrap();
    succeeds(&repository.compile(&[]));
    // Another provider's files are no strangers, whatever they are called.
    let other = ["--no-config", "--provider", "mysocketio"];
    let check = repository.compile(&[&other[..], &["--check"]].concat());
    assert_eq!(check.status.code(), Some(1), "{check:?}");
    succeeds(&repository.compile(&other));
}

/// What nobody can close must not lose its script.
#[test]
fn open_tunnels_are_found_under_another_name_and_from_another_place() {
    let repository = Repository::new();
    let (topology, output) = (repository.place("repo/l.clab.yml"), repository.place("repo/l.publish"));
    succeeds(&repository.compile(&[]));
    let state = repository.place("home/.local/state/publish-plan/l");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("how"), "host\n").unwrap();
    fs::write(state.join("here"), format!("{}\n", output.display())).unwrap();
    let script = fs::read(output.join("publish.sh")).unwrap();
    // The lab has another name by now.
    for publish in ["[http/80]", "[none]"] {
        fs::write(&topology, LAB.replace("name: l", "name: m").replace("[http/80, tcp/22]", publish)).unwrap();
        let refused = repository.compile(&["--force"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains("open") && said.contains("(host); run `sh l.publish/publish.sh down`"), "{said}");
        assert_eq!(fs::read(output.join("publish.sh")).unwrap(), script);
    }
    // The folder was moved: its script may close them, and is not removed before.
    fs::write(state.join("here"), "/nowhere/l.publish\n").unwrap();
    fs::write(&topology, LAB.replace("[http/80, tcp/22]", "[none]")).unwrap();
    let refused = repository.compile(&[]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("still open (host) (from /nowhere/l.publish, which is gone)"), "{said}");
    assert_eq!(repository.script("down").0, Some(0));
    assert!(!state.exists());
    succeeds(&repository.compile(&[]));
}
