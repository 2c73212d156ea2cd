//! The GitHub action: its shell steps run with what GitHub sets, and real readers of workflows look at it.

mod comment;
mod install;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use yaml_rust2::{Yaml, YamlLoader};

use crate::support::pages::{all, blocks_of, text};
use crate::support::{git, program, root, skip};

fn action() -> Yaml {
    YamlLoader::load_from_str(&text("action.yml")).unwrap().remove(0)
}

/// What an input is unless it is given.
fn unless_given(name: &str) -> String {
    action()["inputs"][name]["default"].as_str().unwrap_or_else(|| panic!("{name}")).to_owned()
}

#[test]
fn the_action_installs_its_own_version_unless_told() {
    assert_eq!(unless_given("version"), env!("CARGO_PKG_VERSION"));
    // What the page says of the inputs is what they are.
    let page = text("docs/src/ci.md");
    for (name, input) in action()["inputs"].as_hash().unwrap() {
        let name = name.as_str().unwrap();
        let row =
            page.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_else(|| panic!("{name}"));
        let usual = input["default"].as_str().unwrap();
        let is_said = usual.is_empty()
            || ["version", "token", "author"].contains(&name)
            || row.contains(&format!("| `{usual}` |"));
        assert!(is_said, "{row}");
    }
}

/// A job: its folders, and what its steps have said.
struct Job {
    folder: tempfile::TempDir,
    inputs: Vec<(&'static str, String)>,
    variables: Vec<(String, String)>,
    event: &'static str,
}

struct Step {
    code: Option<i32>,
    said: String,
}

impl Job {
    fn new(inputs: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["temp", "checkout"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        fs::write(folder.path().join("summary"), "").unwrap();
        let inputs = inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { folder, inputs, variables: Vec::new(), event: "pull_request" }
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    fn read(&self, part: &str) -> String {
        fs::read_to_string(self.path(part)).unwrap()
    }

    /// What `${{ … }}` is.
    fn value(&self, expression: &str) -> String {
        match expression {
            "inputs.token" => "token-of-the-job".to_owned(),
            "steps.use.outputs.key" => "47".to_owned(),
            "github.event.pull_request.number" => "7".to_owned(),
            "github.event_name" => self.event.to_owned(),
            "github.event.pull_request.base.sha" => self.known("the base"),
            "github.event.pull_request.head.sha" => self.known("the head"),
            _ if expression.starts_with("steps.") => {
                let (step, name) = expression.strip_prefix("steps.").unwrap().split_once(".outputs.").unwrap();
                self.output(step, name)
            }
            _ => {
                let name = expression.strip_prefix("inputs.").unwrap_or_else(|| panic!("what is {expression}?"));
                let given = self.inputs.iter().find(|(given, _)| *given == name);
                given.map_or_else(|| unless_given(name), |(_, value)| value.clone())
            }
        }
    }

    /// A fact of the pull request.
    fn known(&self, wanted: &str) -> String {
        self.variables.iter().find(|(name, _)| name == wanted).unwrap().1.clone()
    }

    /// What a step has put out under a name; nothing where it did not.
    fn output(&self, step: &str, name: &str) -> String {
        let output = fs::read_to_string(self.path(&format!("output-{step}"))).unwrap_or_default();
        let value = output.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}=")));
        value.unwrap_or_default().to_owned()
    }

    /// Runs a step as GitHub runs `shell: bash`.
    fn step(&self, name: &str) -> Step {
        let action = action();
        let steps = action["runs"]["steps"].as_vec().unwrap();
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(step["shell"].as_str(), Some("bash"));
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an expression in a script is code that somebody else writes");
        let file = self.path("step.sh");
        fs::write(&file, script).unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(file).current_dir(self.path("checkout"));
        let output = format!("output-{}", step["id"].as_str().unwrap_or("none"));
        for (variable, part) in
            [("RUNNER_TEMP", "temp"), ("GITHUB_OUTPUT", &output), ("GITHUB_STEP_SUMMARY", "summary")]
        {
            command.env(variable, self.path(part));
        }
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_REPOSITORY", "some/labs");
        if let Some(variables) = step["env"].as_hash() {
            for (name, value) in variables {
                let value = value.as_str().unwrap();
                let expression = value.strip_prefix("${{ ").and_then(|value| value.strip_suffix(" }}"));
                command.env(name.as_str().unwrap(), expression.map_or_else(|| value.to_owned(), |it| self.value(it)));
            }
        }
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Step { code: output.status.code(), said }
    }

    /// Puts what is in the checkout into git's index.
    fn has_git_have_all(&self) {
        git(&self.path("checkout"), &["init", "--quiet"]);
        git(&self.path("checkout"), &["add", "--all", "--force"]);
    }

    /// The program that is tested, in the place of an installed one.
    fn has_the_program(&self) {
        fs::write(self.path("output-install"), concat!("program=", env!("CARGO_BIN_EXE_publish-plan"), "\n")).unwrap();
    }
}

const LAB: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/830/user@domain.com]}\n";

#[test]
fn it_installs_from_an_index_and_checks() {
    let Some(wheels) = crate::packaging::wheel::wheel() else { return };
    let mut job = Job::new(&[("sarif", "true"), ("paths", "one.clab.yml\n  folder")]);
    job.variables =
        vec![("PIP_NO_INDEX".to_owned(), "1".to_owned()), ("PIP_FIND_LINKS".to_owned(), wheels.display().to_string())];
    job.inputs.push(("hashes", install::digests(wheels)));
    let installed = job.step("Install publish-plan");
    assert!(
        installed.code == Some(0) && installed.said.contains(concat!("publish-plan ", env!("CARGO_PKG_VERSION"))),
        "{}",
        installed.said
    );
    fs::create_dir(job.path("checkout/folder")).unwrap();
    fs::write(job.path("checkout/one.clab.yml"), LAB).unwrap();
    fs::write(job.path("checkout/folder/two.clab.yml"), LAB.replace("830", "ab")).unwrap();
    job.has_git_have_all();
    let checked = job.step("Check");
    assert_eq!(checked.code, Some(0), "{}", checked.said);
    assert!(checked.said.contains("::error file=folder/two.clab.yml,line=4,"), "{}", checked.said);
    assert!(job.read("temp/publish-plan.sarif").contains("malformed-entry"));
    assert_eq!(job.step("Result").code, Some(1));
}

#[test]
fn what_is_given_is_data() {
    let job = Job::new(&[
        ("paths", "$(touch pwned) `touch pwned` ;touch pwned --fix"),
        ("provider", "ssh\" ; touch pwned"),
        ("format", "--fix"),
    ]);
    job.has_the_program();
    let checked = job.step("Check");
    assert_eq!((checked.code, job.step("Result").code), (Some(0), Some(2)), "{}", checked.said);
    assert!(!job.path("checkout/pwned").exists());
    let job = Job::new(&[("fail-on", "warning")]);
    job.has_the_program();
    fs::write(job.path("checkout/l.clab.yml"), LAB.replace("linux", "nokia_srlinux").replace("/user@domain.com", ""))
        .unwrap();
    job.has_git_have_all();
    assert_eq!((job.step("Check").code, job.step("Result").code), (Some(0), Some(1)));
}

/// GitHub's interface as far as comments of a pull request go, on a Unix socket: what the real `gh` asks is kept in a file,
/// and the comments in another.
const GITHUB: &str = r#"
import json, os, socketserver, sys
from http.server import BaseHTTPRequestHandler
folder = sys.argv[1]
may_write = sys.argv[2] == "writes"
comments = []
class Handler(BaseHTTPRequestHandler):
    def address_string(self): return "socket"
    def log_message(self, *arguments): pass
    def answer(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def handle_one(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        with open(folder + "/asked", "a") as asked:
            asked.write(f"{method} {self.path.split('?')[0]} {self.headers.get('Authorization')} {self.headers.get('Host')}\n")
        if method == "GET": return self.answer(200, comments)
        if not may_write: return self.answer(403, {"message": "Resource not accessible by integration"})
        if method == "POST": comments.append({"id": 40 + len(comments), "user": {"login": "github-actions[bot]"}, "body": body["body"]})
        if method == "PATCH":
            for comment in comments:
                if self.path.endswith(f"/{comment['id']}"): comment["body"] = body["body"]
        with open(folder + "/comments", "w") as file: json.dump(comments, file)
        self.answer(201, comments[-1])
    def do_GET(self): self.handle_one("GET")
    def do_POST(self): self.handle_one("POST")
    def do_PATCH(self): self.handle_one("PATCH")
class Server(socketserver.ThreadingUnixStreamServer):
    def get_request(self):
        request, _ = self.socket.accept()
        return request, ("socket", 0)
comments.append({"id": 2, "user": {"login": "github-actions[bot]"}, "body": None})
comments.append({"id": 3, "user": {"login": "somebody"}, "body": "<!-- publish-plan 47 -->\nThis opens nothing."})
Server(folder + "/github.sock", Handler).serve_forever()
"#;

struct Github(Child);

impl Github {
    fn new(job: &mut Job, writes: &str) -> Option<Self> {
        program("gh", "GH", &["--version"])?;
        let child = Command::new("python3").args(["-c", GITHUB]).arg(job.folder.path()).arg(writes).spawn().unwrap();
        let github = Self(child);
        let socket = job.path("github.sock");
        assert!(crate::support::stage::within(Duration::from_secs(10), || socket.exists()));
        fs::create_dir(job.path("gh")).unwrap();
        fs::write(job.path("gh/config.yml"), format!("version: 1\nhttp_unix_socket: {}\n", socket.display())).unwrap();
        job.variables.push(("GH_CONFIG_DIR".to_owned(), job.path("gh").display().to_string()));
        Some(github)
    }
}

impl Drop for Github {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pull request: a repository, and of it what `actions/checkout` fetches, the one commit that joins the change with its base.
fn pull_request(job: &mut Job, change: impl Fn(&Path)) {
    let origin = job.path("origin");
    fs::create_dir(&origin).unwrap();
    git(&origin, &["init", "--quiet"]);
    fs::write(origin.join("one.clab.yml"), LAB).unwrap();
    fs::write(origin.join("same.clab.yml"), LAB).unwrap();
    git(&origin, &["add", "."]);
    git(&origin, &["commit", "--quiet", "--message", "labs"]);
    let base = git(&origin, &["rev-parse", "HEAD"]);
    git(&origin, &["switch", "--quiet", "--create", "change"]);
    change(&origin);
    git(&origin, &["add", "."]);
    git(&origin, &["commit", "--quiet", "--message", "change"]);
    git(&origin, &["switch", "--quiet", "--detach", "main"]);
    git(&origin, &["merge", "--quiet", "--no-ff", "--message", "merge", "change"]);
    git(&origin, &["update-ref", "refs/pull/7/merge", "HEAD"]);
    // It is older than what the change is joined with.
    job.variables.push(("the base".to_owned(), base));
    job.variables.push(("the head".to_owned(), git(&origin, &["rev-parse", "change"])));
    let checkout = job.path("checkout");
    git(&checkout, &["init", "--quiet"]);
    git(&checkout, &["remote", "add", "origin", &format!("file://{}", origin.display())]);
    git(&checkout, &["fetch", "--quiet", "--depth", "1", "origin", "refs/pull/7/merge"]);
    git(&checkout, &["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    job.variables.push(("GITHUB_SHA".to_owned(), git(&checkout, &["rev-parse", "HEAD"])));
}

#[test]
fn a_pull_request_has_one_comment_that_is_renewed() {
    let mut job = Job::new(&[("comment", "true")]);
    job.has_the_program();
    let Some(_github) = Github::new(&mut job, "writes") else { return };
    pull_request(&mut job, |origin| {
        fs::write(origin.join("one.clab.yml"), LAB.replace("user@domain.com", "domain.com")).unwrap();
        fs::write(origin.join("new.clab.yml"), LAB.replace("name: l", "name: n")).unwrap();
    });
    for _ in 0..2 {
        let said = job.step("Say what the pull request opens");
        assert_eq!(said.code, Some(0), "{}", said.said);
        let comments: serde_json::Value = serde_json::from_str(&job.read("comments")).unwrap();
        assert_eq!(comments.as_array().unwrap().len(), 3, "{comments}");
        let comment = comments[2]["body"].as_str().unwrap();
        assert!(comment.starts_with("<!-- publish-plan 47 -->\n"), "{comment}");
        assert!(comment.contains("one.clab.yml") && comment.contains("**widened**"), "{comment}");
        assert!(comment.contains("new.clab.yml") && comment.contains("**newly reachable**"), "{comment}");
        assert!(!comment.contains("same.clab.yml"), "{comment}");
        assert!(!said.said.contains("token-of-the-job"), "{}", said.said);
    }
    let asked = job.read("asked");
    assert_eq!(asked.matches("POST /repos/some/labs/issues/7/comments token token-of-the-job").count(), 1, "{asked}");
    assert_eq!(asked.matches("PATCH /repos/some/labs/issues/comments/42 ").count(), 1, "{asked}");
    assert!(job.read("summary").contains("**widened**"));
}

/// Where the head of the change is checked out, and its author writes what looks like a parent, the base is the event's.
#[test]
fn the_base_is_not_what_the_change_says() {
    let mut job = Job::new(&[("comment", "true"), ("paths", ". topology.yml")]);
    job.has_the_program();
    let Some(_github) = Github::new(&mut job, "writes") else { return };
    pull_request(&mut job, |origin| {
        fs::write(origin.join("one.clab.yml"), LAB.replace("/user@domain.com", "")).unwrap();
        fs::write(origin.join("topology.yml"), LAB.replace("name: l", "name: t")).unwrap();
        fs::remove_file(origin.join("same.clab.yml")).unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", origin.join("link.clab.yml")).unwrap();
    });
    let checkout = job.path("checkout");
    git(&checkout, &["fetch", "--quiet", "--depth", "1", "origin", "change"]);
    git(&checkout, &["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    git(&checkout, &["commit", "--quiet", "--allow-empty", "--message", "one\n\nparent of this\nparent of that"]);
    let said = job.step("Say what the pull request opens");
    assert_eq!(said.code, Some(0), "{}", said.said);
    let comment = job.read("comments");
    assert!(comment.contains("one.clab.yml") && comment.contains("**widened**"), "{comment}");
    assert!(
        comment.contains("- `topology.yml` (was `same.clab.yml`): 1 leads elsewhere"),
        "a file that is named: {comment}"
    );
    assert!(comment.contains("**`link.clab.yml` (new) could not be compared**"), "{comment}");
}

/// What a topology could print of the environment, and a module of the repository that Python would take for its own.
#[test]
fn nothing_of_the_environment_is_printed_and_nothing_of_the_repository_is_run() {
    let mut job = Job::new(&[("comment", "true"), ("format", "human"), ("hashes", &"0".repeat(64))]);
    job.has_the_program();
    job.variables.push(("SOME_SECRET".to_owned(), "s3cret".to_owned()));
    // Installing fails here; what it runs on the way is looked at.
    job.variables.push(("PIP_NO_INDEX".to_owned(), "1".to_owned()));
    let Some(_github) = Github::new(&mut job, "writes") else { return };
    pull_request(&mut job, |origin| {
        let prints =
            LAB.replace("r1:", "\"r${SOME_SECRET}${GH_TOKEN}\":").replace("user@domain.com", "${SOME_SECRET}.com");
        fs::write(origin.join("one.clab.yml"), prints).unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", origin.join("link.clab.yml")).unwrap();
    });
    fs::write(job.path("checkout/venv.py"), "open('ran', 'w')\n").unwrap();
    let mut said = job.step("Install publish-plan").said;
    said += &job.step("Check").said;
    assert!(said.contains("::stop-commands::publish-plan-"), "{said}");
    said += &job.step("Say what the pull request opens").said;
    said += &fs::read_to_string(job.path("comments")).unwrap_or_default();
    said += &job.read("summary");
    assert!(!said.contains("s3cret") && !said.contains("token-of-the-job"), "{said}");
    assert!(!job.path("checkout/ran").exists());
}

#[test]
fn a_change_that_opens_nothing_or_comes_from_a_fork_is_told_in_the_summary() {
    for (writes, topology, told) in [
        (
            "writes",
            LAB.replace("name: l", "name: l  # a lab"),
            "This change opens nothing and closes nothing: 2 topologies compared.",
        ),
        ("reads", LAB.replace("/user@domain.com", ""), "**widened**"),
        ("writes", LAB.replace("830", "ab"), "`one.clab.yml`"),
        ("writes", "topology: [".to_owned(), "- **`one.clab.yml` could not be compared**"),
    ] {
        let mut job = Job::new(&[("comment", "true")]);
        job.has_the_program();
        let Some(_github) = Github::new(&mut job, writes) else { return };
        pull_request(&mut job, |origin| fs::write(origin.join("one.clab.yml"), &topology).unwrap());
        let said = job.step("Say what the pull request opens");
        assert_eq!(said.code, Some(0), "{}", said.said);
        assert!(job.read("summary").contains(told), "{}", job.read("summary"));
        assert_eq!(said.said.contains("::warning title=publish-plan::"), writes == "reads", "{}", said.said);
    }
}

/// The action, the workflows, and those of the book.
#[test]
fn zizmor_finds_nothing() {
    let Some(zizmor) = program("zizmor", "ZIZMOR", &["--version"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let workflows = folder.path().join(".github/workflows");
    fs::create_dir_all(&workflows).unwrap();
    fs::copy(root().join("action.yml"), folder.path().join("action.yml")).unwrap();
    for file in crate::support::files_below(&root().join(".github/workflows")) {
        fs::copy(&file, workflows.join(file.file_name().unwrap())).unwrap();
    }
    let mut books = 0;
    for page in all() {
        for block in blocks_of(&page, "yaml").iter().filter(|block| block.contains("\njobs:")) {
            books += 1;
            fs::write(workflows.join(format!("book-{books}.yml")), block).unwrap();
        }
    }
    assert!(books >= 2);
    // They name the action by its tag, as its readers do, before there is one to pin.
    fs::write(folder.path().join("zizmor.yml"), "rules:\n  unpinned-uses:\n    config:\n      policies:\n        publish-plan/publish-plan: ref-pin\n        '*': hash-pin\n").unwrap();
    let output = Command::new(zizmor)
        .args(["--offline", "--no-progress", "--persona", "pedantic", "--config", "zizmor.yml", "."])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    if let Some(actionlint) = program("actionlint", "ACTIONLINT", &["-version"]) {
        let output = Command::new(actionlint)
            .current_dir(folder.path())
            .args(fs::read_dir(&workflows).unwrap().map(|file| file.unwrap().path()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    if program("shellcheck", "SHELLCHECK", &["--version"]).is_none() {
        return skip("the steps' scripts are not read by shellcheck");
    }
    // Both are about variables that a script does not set: a step's come from its `env`.
    for step in action()["runs"]["steps"].as_vec().unwrap() {
        let Some(script) = step["run"].as_str() else { continue };
        let file = folder.path().join("step.sh");
        fs::write(&file, script).unwrap();
        let output = Command::new("shellcheck")
            .args(["--shell", "bash", "--exclude", "SC2153,SC2154"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
