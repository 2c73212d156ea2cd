//! The step that installs: by hash or not at all. The hashes are those that the workflow of a release writes down, and it puts
//! them into the commit that the tag names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use sha2::{Digest, Sha256};
use yaml_rust2::{Yaml, YamlLoader};

use super::{Job, Step};
use crate::support::pages::{all, text};
use crate::support::{files_below, program, root};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes what pip takes for a package of this project, in a folder: as a wheel, whose metadata may want another one, or as a
/// source distribution. Prints its sha256 digest.
const PACKAGE: &str = r#"
import hashlib, io, sys, tarfile, zipfile
folder, version, kind = sys.argv[1:]
metadata = f"Metadata-Version: 2.1\nName: publish-plan\nVersion: {version}\n"
if kind == "needy": metadata += "Requires-Dist: left-pad\n"
module = f"def main(): print('publish-plan {version}')\n"
if kind == "source":
    path = f"{folder}/publish_plan-{version}.tar.gz"
    files = {"PKG-INFO": metadata, "setup.py": f"open({folder + '/ran'!r}, 'w')\n", "publish_plan.py": module}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(f"publish_plan-{version}/{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content.encode()))
else:
    path = f"{folder}/publish_plan-{version}-py3-none-any.whl"
    about = f"publish_plan-{version}.dist-info"
    files = {
        "publish_plan.py": module,
        f"{about}/METADATA": metadata,
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": "[console_scripts]\npublish-plan = publish_plan:main\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items(): archive.writestr(name, content)
        archive.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"]))
print(hashlib.sha256(open(path, "rb").read()).hexdigest())
"#;

/// A package in a folder; its digest.
fn package(folder: &Path, version: &str, kind: &str) -> String {
    fs::create_dir_all(folder).unwrap();
    let output = Command::new("python3").args(["-c", PACKAGE]).arg(folder).args([version, kind]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A job whose only index is its folder `wheels`, and whose action lies in its folder `action`; none without Python.
fn job(inputs: &[(&'static str, &str)]) -> Option<Job> {
    program("python3", "PYTHON", &["-c", "import venv, ensurepip"])?;
    let mut job = Job::new(inputs);
    for part in ["wheels", "action"] {
        fs::create_dir(job.path(part)).unwrap();
    }
    let variables = [("PIP_FIND_LINKS", job.path("wheels")), ("GITHUB_ACTION_PATH", job.path("action"))];
    job.variables = variables.map(|(name, path)| (name.to_owned(), path.display().to_string())).to_vec();
    job.variables.push(("PIP_NO_INDEX".to_owned(), "1".to_owned()));
    Some(job)
}

/// The digests of the wheels in a folder, separated by line breaks.
pub(super) fn digests(wheels: &Path) -> String {
    let digest = |wheel: &PathBuf| {
        let digest = Sha256::digest(fs::read(wheel).unwrap());
        digest.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
    };
    files_below(wheels).iter().map(digest).collect::<Vec<_>>().join("\n")
}

fn install(job: &Job) -> Step {
    job.step("Install publish-plan")
}

/// The script of a step of a job of the workflow that makes a release.
fn script_of_release(job: &str, step: &str) -> String {
    let workflow: Yaml = YamlLoader::load_from_str(&text(".github/workflows/release.yml")).unwrap().remove(0);
    let steps = workflow["jobs"][job]["steps"].as_vec().unwrap();
    let step = steps.iter().find(|found| found["name"].as_str() == Some(step)).unwrap_or_else(|| panic!("{step}"));
    step["run"].as_str().unwrap().to_owned()
}

fn bash(script: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
    command.env("VERSION", VERSION);
    command
}

/// What the workflow writes down of the wheels in a folder `wheels`, beside it.
fn hashes_of_release(folder: &Path) -> String {
    let output = bash(&script_of_release("hashes", "Write them down"), folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(folder.join("action-requirements.txt")).unwrap()
}

#[test]
fn a_release_installs_by_the_hashes_that_it_brings() {
    let Some(job) = job(&[]) else { return };
    let digest = package(&job.path("wheels"), VERSION, "wheel");
    // Of another platform; pip takes any of them.
    fs::write(job.path(&format!("wheels/publish_plan-{VERSION}-py3-none-win_amd64.whl")), "x").unwrap();
    let requirements = hashes_of_release(job.folder.path());
    assert!(
        requirements.contains(&format!("    --hash=sha256:{digest} \\\n    --hash=sha256:2d711642b726b044")),
        "{requirements}"
    );
    fs::write(job.path("action/action-requirements.txt"), requirements).unwrap();
    let installed = install(&job);
    assert_eq!((installed.code, installed.said), (Some(0), format!("publish-plan {VERSION}\n")));
    assert!(Path::new(&job.output("install", "program")).is_file());
}

#[test]
fn without_a_hash_nothing_is_installed() {
    let refused = |inputs: &[(&'static str, &str)], has_hashes: bool, wanted: &str| {
        let Some(job) = job(inputs) else { return };
        for version in [VERSION, "9.9.9"] {
            package(&job.path("wheels"), version, "wheel");
        }
        if has_hashes {
            fs::write(job.path("action/action-requirements.txt"), hashes_of_release(job.folder.path())).unwrap();
        }
        let installed = install(&job);
        assert_eq!((installed.code, installed.said), (Some(1), format!("::error title=publish-plan::{wanted}\n")));
        assert!(!job.path("temp/publish-plan").exists());
    };
    let digest = "0".repeat(64);
    let no_release = "This commit of the action is not a release, so it has no hashes to install by: use the tag of a release, or set the input hashes.";
    refused(&[], false, no_release);
    refused(&[("version", "9.9.9")], false, no_release);
    refused(&[("hashes", " \n\t ")], false, no_release);
    let another =
        "This release of the action has no hashes of version 9.9.9: remove the input version, or set the input hashes.";
    refused(&[("version", "9.9.9")], true, another);
    // Part of the number that it has.
    refused(&[("version", &VERSION[..3])], true, &another.replace("9.9.9", &VERSION[..3]));
    let no_version = "The input version is not a version number such as 0.1.0.";
    for version in ["latest", "", "0.1.0 --pre", "0.1.0\nleft-pad", "$(touch pwned)", "0.1.0%0A::warning::x", "*", "-r"]
    {
        refused(&[("version", version)], true, no_version);
        refused(&[("version", version), ("hashes", &digest)], true, no_version);
    }
    let no_digest = "The input hashes is not a list of sha256 digests, each of 64 lowercase hexadecimal digits.";
    for hashes in [
        &digest[1..],
        "sha256:00",
        "--no-require-hashes",
        "$(touch pwned)",
        &digest.replace('0', "G"),
        &format!("{digest}0"),
    ] {
        refused(&[("hashes", &format!("{digest} {hashes}"))], true, no_digest);
    }
}

#[test]
fn another_version_is_installed_by_the_hashes_that_are_given() {
    let Some(mut job) = job(&[("version", "9.9.9")]) else { return };
    let digest = package(&job.path("wheels"), "9.9.9", "wheel");
    // What has that name in the repository is not imported.
    for module in ["pip.py", "venv.py", "publish_plan.py"] {
        fs::write(job.path("checkout").join(module), "open('ran', 'w')\n").unwrap();
    }
    job.inputs.push(("hashes", format!("{}\n  {digest}\n", "0".repeat(64))));
    let installed = install(&job);
    assert_eq!((installed.code, installed.said), (Some(0), "publish-plan 9.9.9\n".to_owned()));
    assert!(!job.path("checkout/ran").exists());
}

#[test]
fn what_is_not_the_wheel_that_was_released_is_refused() {
    let refused = |kind: &str, change: fn(String) -> String, wanted: &str| {
        let Some(mut job) = job(&[]) else { return };
        let digest = change(package(&job.path("wheels"), VERSION, kind));
        job.inputs.push(("hashes", digest));
        // A package that is wanted beside it could be had.
        let other = job.path("wheels/left_pad-1-py3-none-any.whl");
        fs::write(other, "no wheel").unwrap();
        let installed = install(&job);
        assert!(installed.code.is_some_and(|code| code != 0), "{kind}: {}", installed.said);
        assert!(installed.said.contains(wanted), "{kind}: {}", installed.said);
        assert!(job.output("install", "program").is_empty() && !job.path("wheels/ran").exists(), "{kind}");
    };
    refused("wheel", |digest| digest.chars().rev().collect(), "DO NOT MATCH THE HASHES");
    refused("source", |digest| digest, "No matching distribution found");
    refused(
        "needy",
        |digest| digest,
        "::error title=publish-plan::The wheel needs another package, so it is not one that was released.\n",
    );
}

/// Until the workflow adds it, there is no file, and nothing says that there were a release.
#[test]
fn the_hashes_are_those_of_this_version_or_missing() {
    let Ok(requirements) = fs::read_to_string(root().join("action-requirements.txt")) else { return };
    let lines: Vec<&str> = requirements.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines[0], format!("publish-plan=={VERSION} \\"));
    assert!(lines.len() > 1 && lines[1..].iter().all(|line| line.starts_with("    --hash=sha256:")), "{requirements}");
}

/// Wherever a page names a tag of the action, it is that of this version.
#[test]
fn pages_name_this_version() {
    let mut named = 0;
    for page in all() {
        let text = text(&page);
        for before in ["publish-plan@v", "rev: v", "publish-plan/publish-plan:"] {
            for rest in text.split(before).skip(1) {
                let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
                assert_eq!(&rest[..end], VERSION, "{page}: {before}");
                named += 1;
            }
        }
    }
    assert!(named >= 1, "{named}");
}

/// GitHub's interface as far as the objects of a repository go, on a Unix socket. What is asked is kept in a file.
const GITHUB: &str = r#"
import json, socketserver, sys
from http.server import BaseHTTPRequestHandler
folder, has_tag, its_tree = sys.argv[1:]
class Handler(BaseHTTPRequestHandler):
    def address_string(self): return "socket"
    def log_message(self, *arguments): pass
    def answer(self, value, code=200):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def handle_one(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        path = self.path.split("?")[0]
        with open(folder + "/asked", "a") as asked: asked.write(json.dumps([self.command, path, body]) + "\n")
        if path.endswith("/git/commits/of-main"): return self.answer({"tree": {"sha": "tree-of-main"}})
        if path.endswith("/git/trees"): return self.answer({"sha": "tree-with-hashes"}, 201)
        if path.endswith("/git/commits"): return self.answer({"sha": "commit-with-hashes"}, 201)
        if path.endswith("/git/refs") and has_tag == "yes": return self.answer({"message": "Reference already exists"}, 422)
        if path.endswith("/git/refs"): return self.answer({"ref": body["ref"]}, 201)
        if "/commits/v" in path: return self.answer({"commit": {"tree": {"sha": its_tree}}, "parents": [{"sha": "of-main"}]})
        self.answer({"message": "Not Found"}, 404)
    do_GET = do_POST = handle_one
class Server(socketserver.ThreadingUnixStreamServer):
    def get_request(self): return self.socket.accept()[0], ("socket", 0)
Server(folder + "/github.sock", Handler).serve_forever()
"#;

struct Github(Child);

impl Drop for Github {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the step that makes the tag: whether it was made, and what was asked.
fn tag(has_tag: &str, its_tree: &str) -> (bool, Vec<serde_json::Value>) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let server = Command::new("python3").args(["-c", GITHUB]).arg(folder.path()).args([has_tag, its_tree]).spawn();
    let _server = Github(server.unwrap());
    assert!(crate::support::stage::within(Duration::from_secs(10), || path("github.sock").exists()));
    let config = format!("version: 1\nhttp_unix_socket: {}\n", path("github.sock").display());
    fs::write(path("config.yml"), config).unwrap();
    fs::write(path("action-requirements.txt"), "publish-plan==1 \\\n    --hash=sha256:00\n").unwrap();
    let mut command = bash(&script_of_release("release", "The tag, on a commit with the hashes"), folder.path());
    command.env("GH_CONFIG_DIR", folder.path()).env("GH_TOKEN", "token-of-the-job");
    let output = command.env("GITHUB_REPOSITORY", "some/plan").env("GITHUB_SHA", "of-main").output().unwrap();
    let asked = fs::read_to_string(path("asked")).unwrap();
    (output.status.success(), asked.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The tag names a commit that adds the hashes to what was built, and nothing else.
#[test]
fn the_tag_has_the_hashes() {
    if program("gh", "GH", &["--version"]).is_none() || program("jq", "JQ", &["--version"]).is_none() {
        return;
    }
    let (is_made, asked) = tag("no", "");
    assert!(is_made, "{asked:?}");
    let file = serde_json::json!({
        "path": "action-requirements.txt", "mode": "100644", "type": "blob", "content": "publish-plan==1 \\\n    --hash=sha256:00\n"
    });
    let message = format!("Version {VERSION}, with the hashes of its wheels");
    let wanted = [
        serde_json::json!(["GET", "/repos/some/plan/git/commits/of-main", null]),
        serde_json::json!(["POST", "/repos/some/plan/git/trees", { "base_tree": "tree-of-main", "tree": [file] }]),
        serde_json::json!(["POST", "/repos/some/plan/git/commits", { "message": message, "tree": "tree-with-hashes", "parents": ["of-main"] }]),
        serde_json::json!(["POST", "/repos/some/plan/git/refs", { "ref": format!("refs/tags/v{VERSION}"), "sha": "commit-with-hashes" }]),
    ];
    assert_eq!(asked, wanted);
    // Once more, after a run that was cut off; and where somebody else made one.
    assert!(tag("yes", "tree-with-hashes").0);
    assert!(!tag("yes", "another-tree").0);
}
