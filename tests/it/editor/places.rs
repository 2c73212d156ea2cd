//! From a node to its list, from a list to its nodes, and one word of all acls.

use serde_json::{Value, json};

use super::{Editor, LAB, position};

/// The line and the column of each location, and the end of its file's name.
fn places(locations: &Value) -> Vec<(String, u64, u64)> {
    let one = |location: &Value| {
        let start = &location["range"]["start"];
        let name = location["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        (name, start["line"].as_u64().unwrap(), start["character"].as_u64().unwrap())
    };
    locations.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_node_leads_to_its_list_and_a_list_to_its_nodes() {
    let mut editor = Editor::new();
    editor.open("l.clab.yml", LAB);
    let here = |line, column| ("l.clab.yml".to_owned(), line, column);
    let list = editor.at("textDocument/definition", "l.clab.yml", LAB, "leaf2");
    assert_eq!(places(&list), [here(4, 6)]);
    let own = editor.at("textDocument/definition", "l.clab.yml", LAB, "server");
    assert_eq!(places(&own), [here(10, 6)]);
    for at in ["publish", "tls/57400", "leaf1"] {
        let (line, column) = position(LAB, at);
        let uri = editor.uri("l.clab.yml");
        let parameters = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}, "context": {"includeDeclaration": false}});
        let nodes = editor.client.ask("textDocument/references", &parameters);
        assert_eq!(places(&nodes), [here(6, 4), here(7, 4)], "{at}");
    }
    assert_eq!(editor.at("textDocument/definition", "l.clab.yml", LAB, "kinds"), json!([]));
}

#[test]
fn with_an_entries_file_they_lead_from_file_to_file() {
    let topology = "name: l\ntopology: {nodes: {leaf1: {kind: linux}, leaf2: {kind: linux}}}\n";
    let entries = "kinds:\n  linux: [http/80/user@domain.com]\n";
    let mut editor = Editor::with(&[("l.clab.yml", topology)], &json!({}));
    editor.open("l.publish.yml", entries);
    let (line, column) = position(entries, "http");
    let uri = editor.uri("l.publish.yml");
    let parameters = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}, "context": {"includeDeclaration": false}});
    let nodes = editor.client.ask("textDocument/references", &parameters);
    let there = |column| ("l.clab.yml".to_owned(), 1, column);
    assert_eq!(places(&nodes), [there(19), there(41)]);
    editor.open("l.clab.yml", topology);
    let list = editor.at("textDocument/definition", "l.clab.yml", topology, "leaf2");
    assert_eq!(places(&list), [("l.publish.yml".to_owned(), 1, 2)]);
}

fn rename(editor: &mut Editor, text: &str, at: &str, name: &str) -> Value {
    let (line, column) = position(text, at);
    let uri = editor.uri("l.clab.yml");
    let id = editor.client.request(
        "textDocument/rename",
        &json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}, "newName": name}),
    );
    editor.client.answer(id)
}

#[test]
fn a_word_is_renamed_in_all_entries_of_the_directory() {
    let other =
        "name: o\ntopology: {nodes: {x: {kind: linux, labels: {publish: 'http/1/user@domain.com, tls/2/x.org'}}}}\n";
    let mut editor = Editor::with(&[("more/o.clab.yml", other), ("more/notes.txt", "user@domain.com")], &json!({}));
    editor.open("l.clab.yml", LAB);
    let uri = editor.uri("l.clab.yml");
    let (line, column) = position(LAB, "user@domain.com");
    let range = editor.client.at("textDocument/prepareRename", &uri, line, column);
    assert_eq!(range["start"], json!({"line": line, "character": column}));
    let changes = rename(&mut editor, LAB, "user@domain.com", "bob@domain.com")["result"]["changes"].clone();
    let changes = changes.as_object().unwrap();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(changes[&uri].as_array().unwrap().len(), 2);
    let there = &changes[&editor.uri("more/o.clab.yml")];
    assert_eq!(there[0]["range"]["start"], json!({"line": 1, "character": position(other, "user@domain.com").1}));
    // A person stays a person, and a domain a domain: nobody else gets in by a rename.
    for (at, name) in [
        ("user@domain.com", "domain.com"),
        ("user@domain.com", "a@b.c,d@e.f"),
        ("domain.com, tcp", "bob@domain.com"),
        ("domain.com, tcp", ""),
        ("user@domain.com", "o'brien@domain.com"),
        ("user@domain.com", "${X}@domain.com"),
    ] {
        let refused = rename(&mut editor, LAB, at, name);
        assert_eq!(refused["error"]["code"], -32803, "{name}: {refused}");
    }
    let nothing = rename(&mut editor, LAB, "kinds", "bob@domain.com");
    assert_eq!(nothing["error"]["message"], "there is no person, domain, or policy here");
}

/// What cannot be read is named: the old word is still there.
#[test]
fn a_rename_says_what_it_does_not_reach() {
    let broken = "name: b\ntopology: {nodes: {x: {kind: linux, publish: [http/1/user@domain.com]}}\n";
    let mut editor = Editor::with(
        // One is no YAML, and the settings of the other are none.
        &[
            ("more/b/b.clab.yml", broken),
            ("more/s/s.clab.yml", LAB),
            ("more/s/publish-plan.toml", "provider = \"sh\"\n"),
        ],
        &json!({}),
    );
    editor.open("l.clab.yml", LAB);
    let (line, column) = position(LAB, "user@domain.com");
    let uri = editor.uri("l.clab.yml");
    let parameters = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}, "newName": "bob@domain.com"});
    let id = editor.client.request("textDocument/rename", &parameters);
    for file in ["b", "s"] {
        let said = editor.client.wait(|message| message["method"] == "window/showMessage");
        let name = std::path::Path::new("more").join(file).join(format!("{file}.clab.yml"));
        let words = format!("{} cannot be read, so nothing is renamed there", name.display());
        assert_eq!(said["params"]["message"], words);
    }
    assert_eq!(editor.client.answer(id)["result"]["changes"].as_object().unwrap().len(), 1);
}

/// What is not written letter for letter cannot be replaced; then nothing is.
#[test]
fn a_word_of_a_variable_is_not_renamed_by_half() {
    let mut editor = Editor::new();
    let text = "name: l\ntopology:\n  nodes:\n    a: {kind: linux, publish: [http/1/user@domain.com]}\n    b: {kind: linux, publish: ['http/1/${WHO:=user@domain.com}']}\n";
    editor.open("l.clab.yml", text);
    let refused = rename(&mut editor, text, "user@domain.com", "bob@domain.com");
    let words = refused["error"]["message"].as_str().unwrap_or_else(|| panic!("{refused}"));
    let place = format!("{}:5", editor.path("l.clab.yml").display());
    assert_eq!(words, format!("`user@domain.com` is the value of a variable, or written with escapes, at {place}"));
}
