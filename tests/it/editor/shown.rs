//! What is shown beside the text: hovers, hints, the lens, and completions.

use serde_json::{Value, json};

use super::{Editor, LAB, position};

fn words(hover: &Value) -> String {
    assert_eq!(hover["contents"]["kind"], "markdown", "{hover}");
    hover["contents"]["value"].as_str().unwrap().to_owned()
}

#[test]
fn a_hover_says_who_gets_in_and_where() {
    let mut editor = Editor::with(&[("publish-plan.toml", "provider = \"gateway\"\n")], &json!({}));
    editor.open("l.clab.yml", LAB);
    let mut hover = |at: &str| words(&editor.at("textDocument/hover", "l.clab.yml", LAB, at));
    let inherited = hover("tls/57400");
    assert!(inherited.starts_with("**anyone @domain.com by ssh certificate** can get in, by the list of kind nokia\\_srlinux\n\n- port 57400 of leaf1 (tls), at port "), "{inherited}");
    assert!(inherited.contains(" through ssh\n- port 57400 of leaf2 (tls), at port "), "{inherited}");
    assert!(hover("tcp/22").starts_with("**anyone on the Internet** can get in, "));
    let node = hover("leaf1");
    assert!(
        node.starts_with("the list of kind nokia\\_srlinux applies to leaf1\n\n- port 57400 of leaf1 (tls), at port "),
        "{node}"
    );
    assert!(node.contains(": **anyone @domain.com by ssh certificate**\n- port 22 of leaf1 (tcp), at port "), "{node}");
    assert_eq!(hover("publish"), "the list of kind nokia\\_srlinux applies to 2 nodes\n\n- leaf1\n- leaf2");
    assert_eq!(editor.at("textDocument/hover", "l.clab.yml", LAB, "kinds"), Value::Null);
}

fn hints(editor: &mut Editor, name: &str, lines: (u64, u64)) -> Vec<(u64, u64, String)> {
    let range = json!({"start": {"line": lines.0, "character": 0}, "end": {"line": lines.1, "character": 0}});
    let uri = editor.uri(name);
    let hints = editor.client.ask("textDocument/inlayHint", &json!({"textDocument": {"uri": uri}, "range": range}));
    let mut hints: Vec<(u64, u64, String)> = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| {
            let at = |key: &str| hint["position"][key].as_u64().unwrap();
            (at("line"), at("character"), hint["label"].as_str().unwrap().to_owned())
        })
        .collect();
    hints.sort();
    hints
}

#[test]
fn hints_say_what_a_node_inherits_and_who_an_entry_lets_in() {
    let mut editor = Editor::new();
    editor.open("l.clab.yml", LAB);
    let hint = |line, column, words: &str| (line, column, words.to_owned());
    let both = "from kind: anyone on the Internet; anyone @domain.com";
    assert_eq!(
        hints(&mut editor, "l.clab.yml", (0, 99)),
        [
            hint(4, 36, "anyone @domain.com"),
            hint(4, 44, "anyone on the Internet"),
            hint(6, 10, both),
            hint(7, 10, both),
            hint(11, 35, "user@domain.com"),
            hint(12, 47, "user@domain.com and anyone @domain.com"),
        ]
    );
    assert_eq!(hints(&mut editor, "l.clab.yml", (6, 7)), [hint(6, 10, both)]);
    let none = LAB.replace("[tls/57400/domain.com, tcp/22]", "[none, tcp/22/user@domain.com]");
    editor.replace("l.clab.yml", &none);
    let shown = hints(&mut editor, "l.clab.yml", (0, 8));
    assert_eq!(shown[0].2, "not opened: the list has `none`");
    assert_eq!(shown[1].2, "from kind: nothing");
    let unused = LAB.replace("kind: nokia_srlinux}", "kind: linux}");
    editor.replace("l.clab.yml", &unused);
    assert_eq!(hints(&mut editor, "l.clab.yml", (0, 8))[0].2, "not opened: no node uses this list");
}

#[test]
fn a_hover_says_why_an_entry_is_not_opened() {
    let mut editor = Editor::with(&[("publish-plan.toml", "provider = \"ssh\"\n")], &json!({}));
    editor.open("l.clab.yml", LAB);
    let hover = words(&editor.at("textDocument/hover", "l.clab.yml", LAB, "http/8080"));
    assert!(hover.starts_with("not opened\n\n") && hover.contains("acl"), "{hover}");
}

/// Sockets that go to several providers are shown with theirs.
#[test]
fn a_hover_names_the_provider_of_each_socket() {
    let settings = "provider = [\"bore\", \"gateway\"]\n[routes]\n\"node:leaf2\" = \"ssh\"\n";
    let mut editor = Editor::with(&[("publish-plan.toml", settings)], &json!({}));
    let text = "name: l\ntopology:\n  kinds:\n    linux: {publish: [tcp/22, tls/57400/a@b.com]}\n  nodes:\n    leaf1: {kind: linux}\n    leaf2: {kind: linux}\n";
    editor.open("l.clab.yml", text);
    let mut hover = |at: &str| words(&editor.at("textDocument/hover", "l.clab.yml", text, at));
    let open = hover("tcp/22");
    assert!(open.contains("port 22 of leaf1 (tcp, bore), at port "), "{open}");
    assert!(open.contains("port 22 of leaf2 (tcp, ssh), at port "), "{open}");
    let node = hover("leaf1");
    assert!(node.contains("port 57400 of leaf1 (tls, gateway), at port "), "{node}");
}

#[test]
fn the_lens_counts_sockets_and_those_that_are_open() {
    let mut editor = Editor::new();
    editor.open("l.clab.yml", LAB);
    let uri = editor.uri("l.clab.yml");
    let mut title = || {
        editor.client.ask("textDocument/codeLens", &json!({"textDocument": {"uri": uri}}))[0]["command"]["title"]
            .clone()
    };
    assert_eq!(title(), "6 sockets, 2 open to anyone");
    editor.replace("l.clab.yml", &LAB.replace(", tcp/22", ""));
    let mut title = || {
        editor.client.ask("textDocument/codeLens", &json!({"textDocument": {"uri": uri}}))[0]["command"]["title"]
            .clone()
    };
    assert_eq!(title(), "4 sockets");
}

/// What is offered where the text ends with `|`: the labels, with what they replace.
fn completed(editor: &mut Editor, name: &str, text: &str) -> Vec<(String, String)> {
    let (line, column) = position(text, "|");
    let text = text.replacen('|', "", 1);
    editor.replace(name, &text);
    let uri = editor.uri(name);
    let items = editor.client.at("textDocument/completion", &uri, line, column);
    let replaced = |item: &Value| {
        let range = &item["textEdit"]["range"];
        let at = |end: &str| usize::try_from(range[end]["character"].as_u64().unwrap()).unwrap();
        text.lines().nth(usize::try_from(line).unwrap()).unwrap()[at("start")..at("end")].to_owned()
    };
    let label = |item: &Value| item["label"].as_str().unwrap().to_owned();
    items.as_array().unwrap().iter().map(|item| (label(item), replaced(item))).collect()
}

#[test]
fn what_no_schema_can_know_is_completed() {
    let other = "name: o\ntopology: {nodes: {x: {kind: linux, publish: [http/1/carol@other.org]}}}\n";
    let mut editor = Editor::with(&[("o.clab.yml", other)], &json!({}));
    editor.open("l.clab.yml", LAB);
    let mut at = |from: &str, to: &str| completed(&mut editor, "l.clab.yml", &LAB.replacen(from, to, 1));
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    // People that other entries name, of this file and of the others; not those that this entry has, and not what is being written.
    assert_eq!(
        at("http/8080/user@domain.com", "http/8080/ca|"),
        pairs(&[("carol@other.org", "ca"), ("domain.com", "ca"), ("user@domain.com", "ca")])
    );
    assert_eq!(
        at("http/8080/user@domain.com", "http/8080/domain.com,user@domain.com,|"),
        pairs(&[("carol@other.org", "")])
    );
    // The usual ports of the kind.
    assert_eq!(at("[tls/57400/domain.com, tcp/22]", "\n        - tls/|"), pairs(&[("57400", "")]));
    assert_eq!(
        at(
            "kind: linux\n      publish:\n        - http/8080/user@domain.com",
            "kind: nokia_srlinux\n      publish:\n        - tcp/8|"
        ),
        pairs(&[("22", "8"), ("830", "8")])
    );
    // Rules in comments.
    let rules = at("kind: linux", "kind: linux # publish-plan: ignore[open-|]");
    assert!(rules.contains(&("open-to-anyone".to_owned(), "open-".to_owned())), "{rules:?}");
    // Where a schema knows what to write, nothing.
    assert_eq!(at("kind: linux", "k|"), []);
    assert_eq!(at("- http/8080/user@domain.com", "- ht|"), []);
}

#[test]
fn nodes_of_the_topology_are_completed_in_an_entries_file() {
    let topology = "name: l\ntopology: {nodes: {leaf1: {kind: linux}, leaf2: {kind: nokia_srlinux}}}\n";
    let mut editor = Editor::with(&[("l.clab.yml", topology)], &json!({}));
    editor.open("l.publish.yml", "nodes: {}\n");
    let mut labels = |text: &str| -> Vec<String> {
        completed(&mut editor, "l.publish.yml", text).into_iter().map(|(label, _)| label).collect()
    };
    // Not what is there already; and a key without its colon is no YAML.
    assert_eq!(labels("nodes:\n  leaf1: [none]\n  le|: [none]\n"), ["leaf2"]);
    assert_eq!(labels("nodes:\n  leaf1: [none]\n  l|\n"), ["leaf2"]);
    assert_eq!(labels("kinds:\n  n|: [none]\n"), ["linux", "nokia_srlinux"]);
    assert_eq!(labels("no|\n"), [""; 0]);
}
