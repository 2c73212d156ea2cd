//! The book in docs/ and README.md: a test runs every block, every link leads somewhere, and every flag exists.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use crate::check::rules::{name, table};
use crate::support::pages::{self, all, blocks, blocks_of, hold, played, scratch, shell, target, text, written};
use crate::support::{check, files_below, root, run, skip};

/// Blocks of these languages may be on any page: `terminal_excerpts_are_real`, `yaml_blocks_are_checked`, and
/// `toml_blocks_are_settings` run them.
const ANYWHERE: [&str; 3] = ["console", "yaml", "toml"];

/// Other blocks, by page and language, and the test that runs them.
const BY_HAND: [(&str, &str, &str); 12] = [
    ("README.md", "sh", "packaging::install, and .ci/run"),
    ("docs/src/tunnels.md", "bash", "docs::book::a_lab_is_published_by_copying_a_chapter"),
    ("docs/src/recipes/gateway.md", "bash", "providers::gateway::chapter"),
    ("docs/src/recipes/two-audiences.md", "bash", "providers::gateway::chapter"),
    ("docs/src/recipes/with-the-lab.md", "bash", "providers::node"),
    ("docs/src/verify.md", "bash", "providers::gateway::verify"),
    ("docs/src/verify.md", "text", "providers::gateway::verify"),
    ("docs/src/image.md", "sh", "providers::compose::the_image_of_the_program_is_built_and_run"),
    ("docs/src/editors.md", "json", "packaging::editors::"),
    ("docs/src/editors.md", "lua", "packaging::editors:: and editor::clients::"),
    ("docs/src/editors.md", "elisp", "editor::clients::"),
    ("docs/src/editors.md", "sh", "packaging::extension::"),
];

#[test]
fn every_block_is_taken_by_a_test() {
    for page in all() {
        for block in blocks(&page) {
            let is_taken = ANYWHERE.contains(&&*block.language)
                || BY_HAND.iter().any(|(by_hand, language, _)| *by_hand == page && *language == block.language);
            assert!(is_taken, "{page}: who runs a block of {:?}?\n{}", block.language, block.text);
        }
    }
}

/// `console` blocks: a line `$ command`, then what it prints.
#[test]
fn terminal_excerpts_are_real() {
    let pages: Vec<String> = all().into_iter().filter(|page| !blocks_of(page, "console").is_empty()).collect();
    assert!(pages.len() > 8, "{pages:?}");
    for page in pages {
        hold(&page, &played(&page));
    }
}

/// A topology with the nodes and the kinds that an entries file names.
fn topology_for(entries: &str) -> String {
    let entries = yaml_rust2::YamlLoader::load_from_str(entries).unwrap().swap_remove(0);
    let mut topology = "name: l\ntopology:\n  nodes:\n".to_owned();
    let named = |section: &str| entries[section].as_hash().into_iter().flatten().collect::<Vec<_>>();
    for (name, _) in named("nodes") {
        let _ = writeln!(topology, "    {}: {{kind: linux}}", name.as_str().unwrap());
    }
    for (index, (kind, _)) in named("kinds").into_iter().enumerate() {
        let _ = writeln!(topology, "    of-kind-{index}: {{kind: {}}}", kind.as_str().unwrap());
    }
    topology
}

/// `yaml` blocks: `check` finds nothing in topologies and entries files; other tests read the workflows and hooks; the commands of a GitLab job
/// are run.
#[test]
fn yaml_blocks_are_checked() {
    for page in all() {
        for block in blocks_of(&page, "yaml") {
            if let Some(path) = block.lines().find_map(|line| line.strip_prefix("topology: ")) {
                let folder = tempfile::tempdir().unwrap();
                let topology = folder.path().join(path);
                std::fs::create_dir_all(topology.parent().unwrap()).unwrap();
                std::fs::write(&topology, topology_for(&block)).unwrap();
                let file = folder.path().join("l.publish.yml");
                std::fs::write(&file, &block).unwrap();
                let run = crate::support::run(&["check", file.to_str().unwrap(), "--no-env", "--no-config"]);
                assert_eq!(run.exit, publish_plan::Exit::Clean, "{page}: {}", run.stdout);
            } else if block.contains("\ntopology:") {
                let run = check(&block, &["--no-env"]);
                assert_eq!(run.exit, publish_plan::Exit::Clean, "{page}: {}", run.stdout);
            } else if let Some((_, script)) = block.split_once("  script:\n") {
                let commands = script.lines().map_while(|line| line.strip_prefix("    - "));
                let own: Vec<&str> = commands.filter(|command| command.starts_with("publish-plan ")).collect();
                assert!(!own.is_empty(), "{block}");
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(
                    folder.path().join("l.clab.yml"),
                    "name: l\ntopology: {nodes: {r1: {publish: [tcp/ab]}}}",
                )
                .unwrap();
                let (output, code) = shell(folder.path(), &own.join("\n"));
                assert_eq!(code, Some(1), "{output}");
                let report = block.lines().last().unwrap().trim().strip_prefix("codequality: ").unwrap();
                let report = std::fs::read_to_string(folder.path().join(report)).unwrap();
                assert!(report.contains("malformed-entry"), "{report}");
            } else {
                let is_elsewhere = block.starts_with("repos:") || block.contains("\njobs:");
                assert!(is_elsewhere, "{page}: {block}");
            }
        }
    }
}

/// `toml` blocks are settings that `plan` accepts.
#[test]
fn toml_blocks_are_settings() {
    let folder = scratch();
    let blocks: Vec<String> = all().iter().flat_map(|page| blocks_of(page, "toml")).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        std::fs::write(folder.path().join("examples/publish-plan.toml"), &block).unwrap();
        let (output, code) = shell(folder.path(), "publish-plan plan examples/open.clab.yml");
        assert_eq!(code, Some(0), "{output}");
        let provider = if block.contains("provider = [") {
            "provider bore: 1 tcp-based"
        } else {
            "provider ssh: 1 of 20 tcp-based"
        };
        assert!(output.contains(provider), "{output}");
    }
}

/// The commands of the tutorial, copied one by one, up to a tunnel and back.
#[test]
fn a_lab_is_published_by_copying_a_chapter() {
    let needs = "command -v ssh ssh-keyscan nc curl python3 && test -x /usr/sbin/sshd";
    if !Command::new("bash").args(["-c", needs]).output().is_ok_and(|output| output.status.success()) {
        return skip("openssh-server, openssh-client, nc, curl and python3 are not all installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks_of("docs/src/tunnels.md", "bash");
    let (last, first) = blocks.split_last().unwrap();
    // Between the two: what listens, and whether the key can be fetched.
    let script = r#"
        run() { timeout 120 bash -euxo pipefail -c "$1" >"$2.out" 2>"$2.err"; echo $? >"$2.code"; }
        run "$FIRST" first
        cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 >listeners
        url=$(grep -m 1 '^http://' first.out)
        curl --silent --output /dev/null --write-out '%{http_code}' "${url%/}/relay-key" >key.code
        run "$LAST" last"#;
    // In separate network and process namespaces, everything that listens comes from the page, and ends with the test.
    let own = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let is_own = Command::new(own[0]).args(&own[1..]).args(["ip", "link", "set", "lo", "up"]).output();
    let is_own = is_own.is_ok_and(|output| output.status.success());
    let mut command = Command::new(if is_own { own[0] } else { "sh" });
    if is_own {
        // With an empty /run: the page itself has to create what sshd needs there.
        command.args(&own[1..]).args(["sh", "-c", &format!("ip link set lo up\nmount -t tmpfs none /run{script}")]);
    } else {
        command.args(["-c", script]);
    }
    let output = command
        .current_dir(folder.path())
        .env("FIRST", first.concat())
        .env("LAST", last)
        .env("PATH", pages::path())
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let said = file("first.out");
    assert_eq!(file("first.code"), "0\n", "{said}{}{}", file("first.err"), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("\nweb  | up    | 127.0.0.1:"), "{said}");
    assert!(said.ends_with("# anyone on the Internet\nhello from the lab\n"), "{said}");
    assert_eq!(file("key.code"), "404", "the key is served");
    assert_eq!(file("last.code"), "0\n", "{}", file("last.err"));

    let listeners = listeners(&file("listeners"));
    let address = said.lines().find_map(|line| line.strip_prefix("http://127.0.0.1:")).unwrap();
    let published = address.trim_end_matches('/').parse().unwrap();
    for port in [22022, 18080, published] {
        assert!(listeners.iter().any(|(_, known)| *known == port), "nothing listens on {port}: {listeners:?}");
    }
    for (address, port) in &listeners {
        // Without a separate network, other programs listen too.
        let is_of_page = is_own || [22022, 18080, published].contains(port);
        assert!(!is_of_page || address.is_loopback(), "the page opens {address} port {port}");
    }
}

/// What listens, from /proc/net (`proc_net(5)`), which has addresses in words of four bytes, in the machine's byte order.
fn listeners(table: &str) -> Vec<(IpAddr, u16)> {
    let of_line = |line: &str| {
        let mut columns = line.split_whitespace().skip(1);
        let (local, state) = (columns.next()?, columns.nth(1)?);
        // TCP sockets that listen, and UDP sockets that are not connected.
        let (address, port) = local.split_once(':').filter(|_| matches!(state, "0A" | "07"))?;
        let words =
            address.as_bytes().chunks(8).map(|word| u32::from_str_radix(std::str::from_utf8(word).unwrap(), 16));
        let bytes: Vec<u8> = words.flat_map(|word| word.unwrap().to_ne_bytes()).collect();
        let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
            Ok(bytes) => IpAddr::from(bytes),
            Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes.as_slice()).unwrap()),
        };
        Some((address, u16::from_str_radix(port, 16).unwrap()))
    };
    table.lines().filter_map(of_line).collect()
}

/// No page tells its reader to serve a directory with anything else in it, or to listen where others can connect.
#[test]
fn no_page_serves_or_binds_more_than_it_shows() {
    let rules = files_below(&root().join("src/rules"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "md"));
    let rules = rules.map(|file| file.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
    let mut seen = 0;
    for page in all().into_iter().chain(rules) {
        for line in blocks(&page).iter().flat_map(written) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after = |word: &str| words.iter().position(|known| *known == word).and_then(|at| words.get(at + 1));
            let is_loopback = |address: Option<&&str>| {
                address.is_some_and(|address| address.starts_with("127.") || *address == "::1")
            };
            let says = |word: &str| words.iter().any(|known| known.contains(word));
            let is_narrow = match words.first() {
                Some(&"ListenAddress") => is_loopback(words.get(1)),
                Some(&"GatewayPorts") => words.get(1) == Some(&"no"),
                _ if says("http.server") => {
                    is_loopback(after("--bind")) && after("--directory").is_some_and(|folder| *folder != ".")
                }
                // No page has these yet. If one needs them, say here what keeps them narrow.
                _ if says("TCP-LISTEN") || says("UDP-LISTEN") || says("0.0.0.0") || says("[::]") => false,
                Some(&"nc" | &"ncat") if says("-l") => false,
                Some(&"docker")
                    if words.iter().any(|word| ["-p", "-P", "--publish", "--publish-all"].contains(word)) =>
                {
                    false
                }
                _ => continue,
            };
            assert!(is_narrow, "{page}: `{line}` lets others in");
            seen += 1;
        }
        for block in blocks(&page).iter().filter(|block| block.text.contains("/usr/sbin/sshd")) {
            // sshd's defaults are too wide here.
            for setting in ["\nListenAddress ", "\nGatewayPorts no\n"] {
                assert!(block.text.contains(setting), "{page}: {setting:?} is missing");
            }
        }
    }
    assert!(seen >= 3, "{seen}");
}

/// A command to copy ends even if what it waits for never happens.
#[test]
fn no_page_waits_forever() {
    let mut seen = 0;
    for page in all() {
        for line in blocks(&page).iter().flat_map(written) {
            let mut words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
            if words.any(|word| word == "until" || word == "while") {
                assert!(line.starts_with("timeout "), "{page}: `{line}` has no bound");
                seen += 1;
            }
        }
    }
    assert!(seen >= 1, "{seen}");
}

/// A page with its included files, as mdBook builds it.
fn whole(page: &str) -> String {
    let text = text(page);
    let mut whole = String::new();
    for line in text.lines() {
        match line.strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}")) {
            Some(file) => {
                let (file, _) = target(page, file).unwrap();
                whole
                    .push_str(&std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{page}: {}", file.display())));
            }
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    whole
}

/// The lines that are not code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchor of a heading, on GitHub and in mdBook.
fn slug(heading: &str) -> String {
    let letters = heading.trim().to_lowercase();
    letters
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    let others = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(str::to_owned);
    for page in all().into_iter().chain(others) {
        let text = text(&page);
        for line in prose(&text) {
            for after in line.split("](").skip(1) {
                let link = after.split(')').next().unwrap();
                let Some((file, part)) = target(&page, link) else { continue };
                assert!(file.exists(), "{page}: {link} leads nowhere");
                seen += 1;
                if part.is_empty() {
                    continue;
                }
                let file = file.canonicalize().unwrap();
                let name = file.strip_prefix(root().canonicalize().unwrap()).unwrap().to_string_lossy().into_owned();
                let there = whole(&name);
                let mut headings = prose(&there)
                    .filter_map(|line| line.strip_prefix('#'))
                    .map(|line| slug(line.trim_start_matches('#')));
                assert!(headings.any(|heading| heading == part), "{page}: {link}: no such heading");
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

/// What a page names of the repository, such as `tests/it/house.rs`, is there.
#[test]
fn files_that_pages_name_exist() {
    let mut seen = 0;
    for page in ["CONTRIBUTING.md", "README.md", "SECURITY.md"] {
        let text = text(page);
        for named in text.split('`').skip(1).step_by(2) {
            let is_place = ["src/", "tests/", "docs/", "benches/"].iter().any(|folder| named.starts_with(folder));
            // `the_name` and `<name>` stand for any.
            if is_place
                && !named.contains([' ', '<', ':', '*'])
                && !named.contains("the_name")
                && !named.contains("the-name")
            {
                assert!(root().join(named).exists(), "{page}: {named}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

/// The sources cite the specification by page and heading, `spec/names.md#names-of-sockets`, and nothing else for what the language
/// means: a reader of the repository finds the reason of every rule.
#[test]
fn citations_lead_to_headings() {
    let mut seen = 0;
    let files =
        ["src", "tests", "schemas", "grammar", "benches", "fuzz"].map(|folder| files_below(&root().join(folder)));
    for file in files.iter().flatten() {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let name = file.display();
        let is_this = file.ends_with("tests/it/docs/book.rs");
        assert!(is_this || !text.contains("semantics.md"), "{name} cites a page that is not in the repository");
        for citation in text.split("spec/").skip(1).filter(|_| !is_this) {
            let end = |letter: char| !(letter.is_ascii_alphanumeric() || "-.#".contains(letter));
            let citation = citation.split(end).next().unwrap_or_default().trim_end_matches('.');
            let Some((page, part)) = citation.split_once('#') else {
                assert!(!citation.contains(".md"), "{name}: spec/{citation} names no heading");
                continue;
            };
            let page = std::fs::read_to_string(root().join("docs/src/spec").join(page))
                .unwrap_or_else(|_| panic!("{name}: there is no docs/src/spec/{page}"));
            let mut headings = prose(&page).filter_map(|line| line.strip_prefix('#'));
            assert!(
                headings.any(|heading| slug(heading.trim_start_matches('#')) == part),
                "{name}: spec/{citation}: no such heading"
            );
            seen += 1;
        }
    }
    assert!(seen > 45, "{seen}");
}

/// Every page is in SUMMARY.md, and the page of every rule is in the book.
#[test]
fn the_book_has_everything() {
    let summary = text("docs/src/SUMMARY.md");
    for page in all() {
        let Some(name) = page.strip_prefix("docs/src/").filter(|name| *name != "SUMMARY.md") else { continue };
        assert!(summary.contains(&format!("]({name})")), "{page} is not in SUMMARY.md");
    }
    let rules = text("docs/src/rules.md");
    let (introduction, _) = rules.split_once("\n{{#include ").unwrap();
    let page = |rule| format!("\n{{{{#include ../../src/rules/{}.md}}}}\n", name(rule).replace('-', "_"));
    let pages: String = table().iter().map(page).collect();
    hold("docs/src/rules.md", &format!("{introduction}{pages}"));
}

/// Every list of formats is complete.
#[test]
fn every_format_is_named() {
    let help = run(&["check", "--help"]).stdout.replace('\n', " ");
    let table = text("docs/src/formats.md");
    let action = text("action.yml");
    for format in crate::support::formats() {
        assert!(
            table.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{format}`"))),
            "docs/src/formats.md: `{format}`"
        );
        assert!(help.contains(format.as_str()), "src/cli/options.rs, the help of --format: {format}");
        assert!(action.contains(format.as_str()), "action.yml, `format`: {format}");
    }
}

/// Every flag on a page is a flag of publish-plan, or part of another program's command.
#[test]
fn flags_are_the_programs_own() {
    let mut flags: BTreeSet<String> = BTreeSet::new();
    for verb in crate::cli::help::commands() {
        let verb = verb.as_str();
        let help = run(&[verb, "--help"]).stdout;
        let words = help.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
        flags.extend(words.filter(|word| word.starts_with("--") && word.len() > 2).map(str::to_owned));
    }
    // Flags of publish.sh.
    flags.extend(["--for", "--compose", "--json"].map(str::to_owned));
    // Of the gateway's install.sh.
    flags.extend(["--replace-lab", "--revoke", "--unrevoke", "--remove"].map(str::to_owned));
    // It ends the flags.
    flags.insert("--".to_owned());
    // Of containerlab's `deploy`.
    flags.insert("--reconfigure".to_owned());
    for page in all() {
        let text = text(&page);
        for line in prose(&text) {
            for code in line.split('`').skip(1).step_by(2) {
                let is_ours = code.starts_with("publish-plan ")
                    || code.starts_with("--")
                    || code.starts_with("check ")
                    || code.starts_with("compile ")
                    || code.starts_with("plan ");
                for word in code.split([' ', '=']).filter(|word| is_ours && word.starts_with("--")) {
                    assert!(flags.contains(word), "{page}: `{code}`: {word} is no flag");
                }
            }
        }
    }
}

/// `just` itself reads the justfile, and its recipes name files that exist.
#[test]
fn the_recipes_of_just_are_what_contributing_names() {
    let Some(just) = crate::support::program("just", "JUST", &["--version"]) else { return };
    let asked = |arguments: &[&str]| {
        let output = Command::new(&just).args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    assert_eq!(
        asked(&["--summary"]).split_whitespace().collect::<Vec<_>>(),
        ["bench", "check", "ci", "docs", "fix", "test"]
    );
    for recipe in ["bench", "check", "ci", "docs", "fix", "test"] {
        for line in asked(&["--dry-run", recipe]).lines() {
            let program = line.split(' ').next().unwrap();
            assert!(!program.contains('/') || root().join(program).exists(), "{recipe}: {line}");
        }
    }
}

/// mdBook builds the book without a warning.
#[test]
fn the_book_is_built() {
    let Some(mdbook) = crate::support::program("mdbook", "MDBOOK", &["--version"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(mdbook)
        .args(["build", "--dest-dir"])
        .arg(folder.path())
        .arg(root().join("docs"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let has =
        |file: &str, what: &str| std::fs::read_to_string(Path::new(folder.path()).join(file)).unwrap().contains(what);
    assert!(has("rules.html", "id=\"acl-covers-itself\""));
    assert!(has("recipes/leave.html", "publish-plan migrate"));
    assert!(has("security.html", "What publish-plan promises"));
}
