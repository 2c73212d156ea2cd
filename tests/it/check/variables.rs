//! Variables: text that is there only if one is set (`text-added-by-variable`), and what a file says of those that nobody
//! knows. Nothing that one variable adds, or takes away, changes what is published without a word.

use std::collections::BTreeSet;

use publish_plan::{Environment, Examined, LabFiles, Settings, Severity, examine};

use crate::support::mutate::{Chance, mutated};

const RULE: &str = "text-added-by-variable";

fn examined(topology: &str, variables: &[(&str, &str)]) -> Examined {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let settings = Settings {
        environment: Environment::new(variables),
        tcp_limit: Some(1_000),
        http_limit: Some(1_000),
        ..Settings::default()
    };
    examine(LabFiles::topology("x", topology.as_bytes().to_vec()), &settings, true)
}

/// The texts that are warned of, as the file has them; none of them twice.
fn warned(examined: &Examined) -> Vec<&str> {
    let findings = examined.findings().filter(|finding| finding.rule.name == RULE);
    findings.map(|finding| examined.file().slice(finding.labels[0].span)).collect()
}

/// What is published and to whom; none where the file is refused.
fn published(examined: &Examined) -> Option<BTreeSet<String>> {
    if examined.findings().any(|finding| finding.severity == Severity::Error) {
        return None;
    }
    let sockets = examined.plan.iter().flat_map(|plan| &plan.sockets);
    Some(
        sockets
            .map(|socket| format!("{} {}/{} {:?}", socket.node, socket.socket_type, socket.port, socket.audience))
            .collect(),
    )
}

/// A topology with everything that decides what is published, and much that does not.
const TOPOLOGY: &str = r#"name: lab # a comment, publish: [tcp/1]
prefix: "x"
mgmt: {network: net, ipv4-subnet: 172.20.20.0/24}
x-list: &list [tcp/22, tls/830/user@domain.com]
x-word: &word tls/57400/user@domain.com
x-map: &map
  image: "srlinux:24.10"
  env: {A: 'b', C: d} # a comment
topology:
  defaults:
    publish: [tls/443/user@domain.com]
  kinds:
    linux:
      publish: [tcp/80]
    linux_closed: {publish: [none]}
  groups:
    spine: {labels: {publish: none, x: 'y'}}
  nodes:
    r1: {kind: linux, image: x, env: {A: "a\n", B: 'b''b'}, publish: *list}
    r2:
      kind: linux_closed
      exec:
        - echo tcp/22
        - |
          some # text
            labels: {publish: tcp/22}
      labels:
        publish: tls/22/user@domain.com tcp/9
        other: words of mine
    r3:
      <<: *map
      group: spine
      binds: [a:b, "c:d"]
    r4:
      publish:
        - *word
        - tls/22/user@domain.com,other@domain.com
    r5: {network-mode: none, kind: other, publish: []}
"#;

const TEXTS: &[&str] = &[
    "a",
    "n",
    "x y",
    "a:b",
    ":a",
    "/a",
    "-",
    "1",
    ",",
    ", a",
    "'",
    "\"",
    "#",
    " #",
    " ",
    "\\",
    ": ",
    ":",
    "[",
    "]",
    "{",
    "|",
    "&a ",
    "*map",
    "- ",
    "publish",
    "lish",
    "tcp/22",
    ", tcp/22",
    "labels",
    "kind: linux",
    "---",
    "\u{85}",
    "~",
    "none",
    "!!null ",
];

/// Topologies that are tried.
const ROUNDS: usize = 3_000;

/// The topology with a variable that adds a text: a part of it, or one that is not in it.
fn with_variable(topology: &str, chance: &mut Chance) -> String {
    let mut place =
        |end: usize| (0..=end - chance.below(end + 1)).rev().find(|place| topology.is_char_boundary(*place)).unwrap();
    let start = place(topology.len());
    let (mut end, mut text) = (start, String::new());
    if chance.below(2) == 0 {
        let line = topology[start..].find(['}', '\n', '\r']).unwrap_or(topology.len() - start);
        end = start + chance.below(line.min(40) + 1);
        while !topology.is_char_boundary(end) {
            end += 1;
        }
        topology[start..end].clone_into(&mut text);
    }
    if text.is_empty() {
        TEXTS[chance.below(TEXTS.len())].clone_into(&mut text);
    }
    format!("{}${{NAME:+{text}}}{}", &topology[..start], &topology[end..])
}

#[test]
fn no_text_that_a_variable_adds_publishes_anything_without_a_warning() {
    let mut chance = Chance::new(22);
    let (mut differ, mut silent) = (0, 0);
    for _ in 0..ROUNDS {
        let bytes = if chance.below(2) == 0 { TOPOLOGY.into() } else { mutated(TOPOLOGY, &mut chance) };
        let Ok(topology) = String::from_utf8(bytes) else { continue };
        let topology = with_variable(&topology, &mut chance);
        let (without, with) = (examined(&topology, &[]), examined(&topology, &[("NAME", "v")]));
        let (Some(less), Some(more)) = (published(&without), published(&with)) else { continue };
        if less != more {
            differ += 1;
            assert!(!warned(&without).is_empty(), "{topology}\n{less:#?}\n{more:#?}");
            assert!(!warned(&with).is_empty(), "{topology}\n{less:#?}\n{more:#?}");
        } else if warned(&without).is_empty() && topology.contains("${NAME:+") {
            silent += 1;
        }
    }
    // Enough of both to mean something.
    assert!(differ > ROUNDS / 50 && silent > ROUNDS / 50, "{differ}, {silent}");
}

/// A topology whose defaults publish a port for one person, with these lines below its node.
fn lab(node: &str) -> String {
    format!(
        "name: lab\nx: &x {{labels: {{publish: tcp/9}}}}\ntopology:\n  defaults:\n    publish: [tls/443/user@domain.com]\n  kinds:\n    \
         linux_open: {{publish: [tcp/80]}}\n  nodes:\n    r1:\n{node}\n"
    )
}

/// Ways to publish with a variable what a run without it does not show. Each is readable in both cases.
const ATTACKS: &[&str] = &[
    "      publish: [tls/22/user@domain.com${NAME:+, tcp/22}]",
    "      publish: [tls/22/user@domain.com${NAME+, tcp/22}]",
    "      publish: [tls/22/user@domain.com${OTHER:-$OTHER:+, tcp/22}]",
    "      publish: ['tls/22/user@domain.com${NAME:+,other@domain.com}']",
    "      publish:\n        - tls/2${NAME:+2}/user@domain.com",
    "      publish:\n        - tls/22/user@domain.com\n        ${NAME:+- tcp/22}",
    "      labels: {publish: 'tls/22/user@domain.com ${NAME:+tcp/22}'}",
    "      labels: {publish: \"${NAME:+tcp/22}\"}",
    "      labels: {pub${NAME:+lish}: 'tcp/22'}",
    "      labels: {publish: '${NAME:+none}'}",
    "      ${NAME:+publish: [tcp/22]}",
    "      ${NAME:+#} labels: {publish: none}",
    "      la${NAME:+bels}: {publish: tcp/22}",
    "      kind: linux${NAME:+_open}",
    "      kind: ${NAME:+linux_open}",
    "      network-mode: none${NAME:+x}",
    "      kind: linux\n    r2: ${NAME:+*x}",
    "      image: &p pub${NAME:+lish}\n      labels: {*p : tcp/22}",
    // What stands beside a text means something else with it.
    "      env: {A: '${NAME:+', B: 'c}'}\n      labels: {B: c${NAME:+, publish: tcp/22}}",
    "      {env: {A: \"\\${NAME:+n}\"}, labels: {publish: tcp/22}, z: {C: \"}} # \"}}",
    "      {image: x ${NAME:+y}#, labels: {publish: tcp/22}\n      }",
    "      {image: ${NAME:+y}# , labels: {publish: tcp/22}\n      }",
    "      {image: ${NAME:+y}\"x, labels: {publish: tcp/22}, user: \"} # \"}",
    "      {user: x, ${NAME:+y} labels: {publish: none}}",
    "      {user: , ${NAME:+y} labels: {publish: none}}",
    "      exec: |\n       a\n      ${NAME:+labels}  : {publish: tcp/22}",
];

#[test]
fn each_way_to_publish_with_a_variable_is_warned_of_with_it_and_without() {
    let mut wrong = Vec::new();
    for node in ATTACKS {
        let topology = lab(node);
        let (without, with) = (examined(&topology, &[]), examined(&topology, &[("NAME", ""), ("OTHER", "x")]));
        if warned(&without).is_empty() || warned(&with).is_empty() {
            wrong.push(format!("not warned of: {node}"));
        }
        if published(&without).is_none() || published(&without) == published(&with) {
            wrong.push(format!("no attack: {node}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_might_add_an_entry_anywhere_is_warned_of() {
    for line in [
        "exec: ['echo ${NAME:+tcp/22}']",
        "exec: ['echo ${NAME:+$B tcp/$PORT}']",
        "image: x${NAME+-publish}",
        "user: a${NAME:+, b}",
        "exec: [a${NAME:+b: c}]",
        "exec: [a${NAME:+b:} c]",
        "exec: [a${NAME:+ b}, c]",
        "type: ixr${NAME:+-d2}",
        "env: {A${NAME:+B}: c}",
        "labels: {other: a${NAME:+b}}",
        // A line ends here for yaml.v2, and for nobody else.
        "user: a # a comment ${NAME:+\u{2028}      publish: [tcp/22]}",
    ] {
        let topology = lab(&format!("      {line}"));
        assert_eq!(warned(&examined(&topology, &[])).len(), 1, "{line}");
    }
}

#[test]
fn a_file_that_is_no_topology_can_become_one() {
    let topology = "name: lab\ntopo${NAME:+logy}: {nodes: {r1: {publish: [tcp/22]}}}\n";
    let (without, with) = (examined(topology, &[]), examined(topology, &[("NAME", "")]));
    assert_eq!((published(&without).unwrap().len(), published(&with).unwrap().len()), (0, 1));
    assert_eq!((warned(&without), warned(&with)), (vec!["${NAME:+logy}"], vec!["${NAME:+logy}"]));
}

#[test]
fn a_part_of_another_word_is_nothing_to_warn_of() {
    for line in [
        "image: x${NAME:+:$NAME}",
        "image: ${NAME:+reg.domain.com/}x:1",
        "license: ${NAME:+/etc/ssh/key}",
        "license: ${NAME:+$OTHER} # a comment",
        "env: {A: \"a ${NAME:+b c}\", B: '${NAME+b}', C: d${NAME:+e}}",
        "binds: [\"a:b${NAME:+:ro}\"]",
        "exec:\n        - ${NAME:+ls}\n        - |\n          ls ${NAME:+-l} # all",
        "# publish: [${NAME:+tcp/22}]\n      user: a # ${NAME:+ publish: [tcp/22]}",
        // Not a text that is added.
        "publish: [tls/${NAME:-22}/user@domain.com, tls/${OTHER-23}/user@domain.com]",
        "exec: ['$NAME ${NAME} $${NAME:+tcp/22} $NAME+tcp/22 ${NAME:-a+tcp/22}']",
    ] {
        let topology = lab(&format!("      {line}"));
        for variables in [&[][..], &[("NAME", "7"), ("OTHER", "24")]] {
            let examined = examined(&topology, variables);
            assert!(published(&examined).is_some(), "{line}: {:?}", examined.files);
            assert_eq!(warned(&examined), [""; 0], "{line}");
        }
    }
}

#[test]
fn a_file_says_which_variables_nobody_set() {
    let topology =
        "name: ${A}-${B:-c}\n# $C $A\n\ntopology: {nodes: {r1: {publish: [tls/${P:+$Q}22/user@domain.com]}}}\n";
    let unknown = |variables: &[(&str, &str)]| -> Vec<(String, usize)> {
        let unknown = examined(topology, variables).unknown_variables.into_iter();
        unknown.map(|variable| (variable.name, variable.line)).collect()
    };
    let all = [("A", 1), ("B", 1), ("C", 2), ("P", 4), ("Q", 4)].map(|(name, line)| (name.to_owned(), line));
    assert_eq!(unknown(&[]), all);
    assert_eq!(unknown(&[("A", "x"), ("B", ""), ("Q", "1"), ("D", "x")]), [all[2].clone(), all[3].clone()]);
    assert_eq!(examined("name: $$a # $1 ${}\n", &[]).unknown_variables, []);
    // Also where there is no tree.
    assert_eq!(examined("a: [$A\n", &[]).unknown_variables.len(), 1);
}
