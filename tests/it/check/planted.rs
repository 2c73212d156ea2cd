//! The cases of all rules with values of the environment in them: every word of a topology may come from a variable.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::program::providers;
use crate::support::{Run, files_below, formats, root, rules, run_with};

/// Part of every value that is planted, unless the rule would not be raised then.
const MARK: &str = "t0ken";

/// Variables that the cases themselves name.
const OWN_VARIABLES: [(&str, &str); 4] =
    [("SECRET", "t0ken/9"), ("MAIL", "t0ken@b.com"), ("PAIR", "tls/8/t0ken@b.com tls/9"), ("EMPTY", "")];

/// Keys that containerlab knows: none of them could be another word.
const KEYS: [&str; 27] = [
    "aliases",
    "binds",
    "components",
    "defaults",
    "endpoints",
    "env",
    "exec",
    "extras",
    "group",
    "groups",
    "image",
    "kind",
    "kinds",
    "labels",
    "links",
    "mgmt",
    "mysocket-proxy",
    "name",
    "network",
    "network-mode",
    "nodes",
    "ports",
    "prefix",
    "publish",
    "slot",
    "topology",
    "type",
];

/// Topologies that raise a rule.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) rule: String,
    name: String,
    /// Names and texts. A settings file gets values, where a topology gets variables.
    files: Vec<(String, String)>,
    arguments: Vec<String>,
    /// Rules of findings that only these verbs raise.
    verb: Option<&'static str>,
}

/// A word that becomes a variable.
#[derive(Clone)]
struct Plant {
    word: String,
    value: String,
    /// What must not be seen anywhere.
    needle: Option<String>,
}

impl Plant {
    /// The values that a word can have, those that are known again first.
    fn of(word: &str, index: usize, files: &[(String, String)], own_words: &str) -> Vec<Self> {
        let plant = |value: String, needle: Option<String>| Self { word: word.to_owned(), value, needle };
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        // What is said of the file anyway, or of publish-plan's own, is not known again.
        let is_known = own_words.contains(&word.to_lowercase())
            || files.iter().any(|(_, text)| text.replace(word, "").contains(&word.to_lowercase()));
        if is_number {
            let number = (41_001 + index).to_string();
            let own = (word.len() > 3).then(|| format!("/{word}"));
            return vec![plant(number.clone(), Some(number)), plant(word.to_owned(), own)];
        }
        vec![
            plant(format!("{word}{MARK}"), Some(MARK.to_owned())),
            plant(word.to_owned(), (word.len() > 3 && !is_known).then(|| word.to_owned())),
        ]
    }
}

/// The cases of the folder of findings, and those that are no single file or that `check` does not raise.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for file in files_below(&root().join("tests/cases/findings")) {
        let Ok(text) = String::from_utf8(fs::read(&file).unwrap()) else { continue };
        let name = file.file_name().unwrap().to_str().unwrap().trim_end_matches(".clab.yml").to_owned();
        let flags = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
        cases.push(Case {
            rule: name.split("--").next().unwrap().to_owned(),
            arguments: flags.split_whitespace().map(str::to_owned).collect(),
            files: vec![("lab.clab.yml".to_owned(), text)],
            name,
            verb: None,
        });
    }
    cases.extend(other_cases());
    cases
}

fn other_cases() -> Vec<Case> {
    let lab = |name: &str, nodes: &str| format!("name: {name}\ntopology:\n  nodes:\n{nodes}");
    let r1 = |entries: &str| format!("    r1: {{kind: linux, publish: [{entries}]}}\n");
    let case = |rule: &str, files: &[(&str, String)], arguments: &[&str], verb| Case {
        rule: rule.to_owned(),
        name: format!("{rule} {arguments:?}"),
        files: files.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect(),
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        verb,
    };
    let two = |one: &str, other: &str, entries: &str| {
        [("lab.clab.yml", lab(one, &r1(entries))), ("other.clab.yml", lab(other, &r1(entries)))]
    };
    let toml = |text: &str| ("publish-plan.toml", text.to_owned());
    let on_one_port = ["--one-account", "--provider", "ssh", "--relay-ports", "3000-3000"];
    let tunnel = "    tunnel: {kind: border0}\n    rider: {kind: linux, network-mode: \"container:tunnel\"}\n";
    vec![
        case("relay-port-collision", &two("one", "two", "tls/2222"), &on_one_port, None),
        case("socket-name-collision", &two("one", "one", "tls/2222"), &["--one-account"], None),
        case(
            "host-name-not-usable",
            &two("one", "two", "http/8000"),
            &["--one-account", "--provider", "frp", "--domain", "lab.example.net"],
            None,
        ),
        case("too-many-sockets", &two("one", "two", "tls/2222"), &["--one-account", "--limit", "tcp=1"], None),
        case(
            "host-name-too-deep",
            &[
                ("lab.clab.yml", lab("deep", &r1("http/8000"))),
                toml("[names]\ntemplate = \"{port}.{lab}.{node}.{domain}\"\n"),
            ],
            &["--provider", "cloudflared", "--domain", "co.uk"],
            None,
        ),
        case(
            "relay-pin-not-usable",
            &[("lab.clab.yml", lab("held", &r1("tcp/2222"))), toml("[relay.pins]\nclab-held-r1-tcp-2222 = 1024\n")],
            &["--provider", "ssh"],
            None,
        ),
        case(
            "ignore-without-reason",
            &[
                ("lab.clab.yml", lab("why", &r1("tls/2222")) + "    # publish-plan: ignore[empty-acl]\n    r2: {}\n"),
                toml("require-ignore-reason = true\n"),
            ],
            &[],
            None,
        ),
        case(
            "malformed-ignore",
            &[("lab.clab.yml", lab("ill", &r1("tls/2222")) + "    # publish-plan: ignore all of this\n    r2: {}\n")],
            &[],
            None,
        ),
        case(
            "cannot-strip",
            &[("lab.clab.yml", lab("cut", &format!("{tunnel}{}", r1("tls/2222"))))],
            &[],
            Some("strip"),
        ),
        case(
            "cannot-migrate",
            &[("lab.clab.yml", lab("cut", &format!("{tunnel}{}", r1("tls/2222/My Policy"))))],
            &[],
            Some("migrate"),
        ),
    ]
}

/// Where the words of a text are that could come from a variable.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut start = if text.starts_with("# arguments: ") { text.find('\n').unwrap() } else { 0 };
    while let Some(offset) = text[start..].find(|letter: char| is_letter(letter) || letter == '$' || letter == '\\') {
        let first = start + offset;
        let rest = &text[first..];
        if let Some(inside) = rest.strip_prefix("${") {
            start = first + 2 + inside.find(['}', '\n']).unwrap_or(0);
            continue;
        }
        let behind = |length: usize| {
            rest[length..].find(|letter: char| !is_letter(letter)).map_or(text.len(), |end| first + length + end)
        };
        if let Some(behind) = rest.strip_prefix("publish-plan: ignore") {
            start = text.len() - behind.len();
            continue;
        }
        if rest.starts_with(['$', '\\']) {
            start = behind(1);
            continue;
        }
        let key = rest.find(|letter: char| !is_letter(letter) && letter != '-').map_or(rest, |end| &rest[..end]);
        if KEYS.contains(&key) && rest[key.len()..].trim_start_matches('"').starts_with(':') {
            start = first + key.len();
            continue;
        }
        start = behind(0);
        found.push(first..start);
    }
    found
}

/// A text with what stands for some of its words.
fn with(text: &str, plants: &[Plant], stands_for: impl Fn(usize, &Plant) -> String) -> String {
    let mut out = String::new();
    let mut end = 0;
    for range in words(text) {
        if let Some(index) = plants.iter().position(|plant| plant.word == text[range.clone()]) {
            out += &text[end..range.start];
            out += &stands_for(index, &plants[index]);
            end = range.end;
        }
    }
    out + &text[end..]
}

/// A case in a folder of its own.
pub(crate) struct Planted<'c> {
    case: &'c Case,
    folder: tempfile::TempDir,
    own_words: &'c str,
    leaks: RefCell<Vec<String>>,
    /// A finding of the rule was about a word that would be known again.
    is_told: Cell<bool>,
}

impl<'c> Planted<'c> {
    pub(crate) fn new(case: &'c Case, own_words: &'c str) -> Self {
        Self {
            case,
            folder: tempfile::tempdir().unwrap(),
            own_words,
            leaks: RefCell::default(),
            is_told: Cell::default(),
        }
    }

    /// Plants each word alone, those of a class together, and then as many as the rule bears. Gives whether the rule was raised
    /// about a value that would be known again, and where a value is shown.
    pub(crate) fn look(self) -> (bool, Vec<String>) {
        let files = &self.case.files;
        let of = |text: &str| words(text).into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>();
        let found = files.iter().filter(|(name, _)| !is_settings(name)).flat_map(|(_, text)| of(text));
        let found: BTreeSet<String> = found.collect();
        let candidates: Vec<Vec<Plant>> =
            found.iter().enumerate().map(|(index, word)| Plant::of(word, index, files, self.own_words)).collect();
        let mut together: Vec<Plant> = Vec::new();
        for plants in &candidates {
            for plant in plants {
                let is_alone = plant.needle.is_none() || self.raises(std::slice::from_ref(plant));
                together.push(plant.clone());
                if is_alone && self.raises(&together) {
                    break;
                }
                together.pop();
            }
        }
        for is_of_class in [is_name, |text: &str, word: &str| !is_name(text, word)] {
            let first = candidates.iter().map(|plants| plants[0].clone());
            let class: Vec<Plant> = first.filter(|plant| is_of_class(&files[0].1, &plant.word)).collect();
            self.look_everywhere(&class, 1);
        }
        self.look_everywhere(&together, usize::MAX);
        (self.is_told.get(), self.leaks.into_inner())
    }

    /// Writes the files, and gives the variables.
    fn write(&self, plants: &[Plant]) -> Vec<(String, String)> {
        for (name, text) in &self.case.files {
            let text =
                with(
                    text,
                    plants,
                    |index, plant| {
                        if is_settings(name) { plant.value.clone() } else { format!("${{V{index}}}") }
                    },
                );
            fs::write(self.folder.path().join(name), text).unwrap();
        }
        let home = self.folder.path().to_str().unwrap();
        fs::copy(root().join("tests/cases/keys/relay.pub"), self.folder.path().join("relay.pub")).unwrap();
        let own = OWN_VARIABLES.into_iter().chain([("HOME", home)]);
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        own.chain(plants.iter().enumerate().map(|(index, plant)| (format!("V{index}"), plant.value.clone()))).collect()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The flags of the case. A jump host is named by its value.
    fn arguments(&self, plants: &[Plant]) -> Vec<String> {
        let mut arguments = self.case.arguments.clone();
        if let Some(flag) = arguments.iter().position(|flag| flag == "--jump-host") {
            arguments[flag + 1] = with(&arguments[flag + 1], plants, |_, plant| plant.value.clone());
        }
        arguments
    }

    /// Those of them that a verb knows which looks at one file.
    fn flags(&self, plants: &[Plant]) -> Vec<String> {
        self.arguments(plants).into_iter().filter(|flag| flag != "--one-account").collect()
    }

    /// Runs `check` over all files.
    fn check(&self, more: &[&str], plants: &[Plant], variables: &[(String, String)]) -> Run {
        let topologies = self.case.files.iter().map(|(name, _)| name).filter(|name| !is_settings(name));
        let topologies: Vec<String> = topologies.map(|name| self.path(name)).collect();
        let flags = self.arguments(plants);
        let given = topologies.iter().chain(&flags).map(String::as_str);
        let arguments: Vec<&str> =
            ["check", "--verbose"].into_iter().chain(given).chain(more.iter().copied()).collect();
        let run = run(&arguments, variables);
        assert!(run.exit != Exit::Failed, "{} {more:?}: {}", self.case.name, run.stderr);
        self.is_kept(plants, &format!("check {more:?}"), &[&run.stdout, &run.stderr]);
        run
    }

    /// Whether the rule is raised with these values, none of which is seen.
    fn raises(&self, plants: &[Plant]) -> bool {
        let variables = self.write(plants);
        if let Some(verb) = self.case.verb {
            let report = self.verb(&[verb], plants, &variables).stderr;
            let is_raised = rules(&report).contains(&self.case.rule);
            self.is_told.set(self.is_told.get() || is_raised && report.contains("${V"));
            return is_raised;
        }
        let report: Value = serde_json::from_str(&self.check(&["--format=json"], plants, &variables).stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let findings: Vec<&Value> = findings.filter(|finding| finding["rule"] == self.case.rule.as_str()).collect();
        let is_about =
            plants.iter().any(|plant| plant.needle.is_some()) && findings.iter().any(|one| is_about_a_variable(one));
        self.is_told.set(self.is_told.get() || is_about);
        !findings.is_empty()
    }

    /// Looks at every format of `check`, at what it would mend and what it writes, and at every other verb, with this many
    /// providers at most.
    fn look_everywhere(&self, plants: &[Plant], most: usize) {
        let variables = self.write(plants);
        let reports: Vec<(String, String)> =
            formats().iter().map(|format| (format.clone(), self.path(&format!("report.{format}")))).collect();
        let destinations: Vec<String> =
            reports.iter().map(|(format, path)| format!("--format={format}={path}")).collect();
        self.check(&destinations.iter().map(String::as_str).collect::<Vec<_>>(), plants, &variables);
        for (format, path) in &reports {
            let text = fs::read_to_string(path).unwrap();
            // The pages of all rules, with examples, are before the results of SARIF.
            let own = text.split_once("\"results\"").map_or(text.as_str(), |(_, results)| results);
            self.is_kept(plants, format, &[own]);
        }
        self.check(&["--diff", "--unsafe-fixes"], plants, &variables);
        let baseline = self.path("baseline.json");
        self.check(&["--write-baseline", &baseline], plants, &variables);
        self.is_kept(plants, "baseline", &[&fs::read_to_string(baseline).unwrap()]);
        self.other_verbs(plants, most);
    }

    /// Runs a verb over the first file. Standard output is looked at only where it is no document that was asked for.
    fn verb(&self, verb: &[&str], plants: &[Plant], variables: &[(String, String)]) -> Run {
        let (path, mut flags) = (self.path(&self.case.files[0].0), self.flags(plants));
        if ["migrate", "strip"].contains(&verb[0]) {
            // They have no flags about the account.
            flags.clear();
        }
        let arguments = verb.iter().copied().chain([path.as_str()]).chain(flags.iter().map(String::as_str));
        let run = run(&arguments.collect::<Vec<_>>(), variables);
        self.is_kept(plants, &format!("{verb:?}"), &[run.stderr.as_str()]);
        run
    }

    /// The same of every other verb.
    fn other_verbs(&self, plants: &[Plant], most: usize) {
        let variables = self.write(plants);
        for verb in [
            &["plan", "--verbose"][..],
            &["strip"],
            &["migrate"],
            &["migrate", "--diff"],
            &["providers", "--format", "json", "--for"],
        ] {
            let run = self.verb(verb, plants, &variables);
            match verb[0] {
                "plan" => {}
                "providers" => {
                    let Ok(offers) = serde_json::from_str::<Value>(&run.stdout) else { continue };
                    for offer in offers["providers"].as_array().unwrap() {
                        self.is_kept(plants, "in the way", &[&offer["in_the_way"].to_string()]);
                    }
                }
                _ => self.is_kept(plants, verb[0], &[run.stdout.as_str()]),
            }
        }
        let flags = self.flags(plants);
        let provider = flags.iter().position(|flag| flag == "--provider").map(|index| flags[index + 1].as_str());
        let mut providers = providers();
        providers.retain(|(name, _)| provider.is_none_or(|provider| provider == *name));
        for (name, client_settings) in providers.iter().take(most) {
            let output = self.path("output");
            let mut compile = vec!["compile", "-o", &output, "--force"];
            if provider.is_none() {
                compile.extend(["--provider", name]);
            }
            let client_settings = client_settings.chunks(2).filter(|pair| !flags.contains(&pair[0]));
            compile.extend(client_settings.flatten().map(String::as_str));
            let run = self.verb(&compile, plants, &variables);
            self.is_kept(plants, "compile", &[&run.stdout]);
        }
        for flags in [&["check", "--fix", "--unsafe-fixes"][..], &["migrate", "--in-place"]] {
            let variables = self.write(plants);
            let run = self.verb(flags, plants, &variables);
            let file = fs::read_to_string(self.path(&self.case.files[0].0)).unwrap();
            self.is_kept(plants, &format!("{flags:?}"), &[&run.stdout, &file]);
        }
    }

    /// None of the texts shows a value.
    fn is_kept(&self, plants: &[Plant], what: &str, texts: &[&str]) {
        let own = [MARK];
        for needle in plants.iter().filter_map(|plant| plant.needle.as_deref()).chain(own) {
            for text in texts {
                if shows(text, needle) {
                    let line = text.lines().find(|line| shows(line, needle)).unwrap_or_default();
                    let leak = format!("{}, {what} shows {needle}: {line}", self.case.name);
                    self.leaks.borrow_mut().push(leak);
                }
            }
        }
    }
}

/// Whether a finding says a word that came from a variable, or points at it.
fn is_about_a_variable(finding: &Value) -> bool {
    let labels = finding["labels"].as_array().unwrap();
    let points_at = labels.iter().any(|label| {
        let text = fs::read_to_string(label["file"].as_str().unwrap()).unwrap();
        let offset = |end: &str| usize::try_from(label[end]["offset"].as_u64().unwrap()).unwrap();
        text.get(offset("start")..offset("end")).is_some_and(|part| part.contains("${V"))
    });
    points_at || finding["message"].as_str().unwrap().contains("${V") || finding["help"].to_string().contains("${V")
}

/// Whether a word of a text is a name, and no part of an entry.
fn is_name(text: &str, word: &str) -> bool {
    let ranges = words(text).into_iter().filter(|range| &text[range.clone()] == word);
    let is_of_entry = |mark: Option<char>| mark.is_some_and(|mark| "/@.,+".contains(mark));
    let mut around =
        ranges.flat_map(|range| [text[..range.start].chars().next_back(), text[range.end..].chars().next()]);
    !around.any(is_of_entry)
}

fn run(arguments: &[&str], variables: &[(String, String)]) -> Run {
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    run_with(arguments, "", &variables)
}

fn is_settings(name: &str) -> bool {
    name == "publish-plan.toml"
}

/// Whether a text holds a needle; a number only where it is not a part of another one or of a digest.
fn shows(text: &str, needle: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let (first, last) = (needle.starts_with(is_digit), needle.ends_with(is_digit));
    text.match_indices(needle).any(|(start, _)| {
        let (before, behind) = (text[..start].chars().next_back(), text[start + needle.len()..].chars().next());
        !(first && is_part(before) || last && is_part(behind))
    })
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}
