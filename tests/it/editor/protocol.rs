//! How the server speaks: positions, order, cancellation, its end.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Editor, LAB, line};
use crate::support::language_client::LanguageClient;

#[test]
fn positions_count_as_the_client_counts() {
    // Two units of UTF-16, four bytes; one unit, two bytes.
    let text = "name: l # 😀é\ntopology: {nodes: {r1: {kind: linux, labels: {o: '😀é', publish: tcp/ab}}}}\n";
    for (encodings, name, column) in
        [(json!(["utf-8", "utf-16"]), "utf-8", 73), (json!(["utf-16"]), "utf-16", 70), (Value::Null, "utf-16", 70)]
    {
        let capabilities =
            if encodings.is_null() { json!({}) } else { json!({"general": {"positionEncodings": encodings}}) };
        let mut editor = Editor::with(&[], &capabilities);
        assert_eq!(editor.client.server["capabilities"]["positionEncoding"], name);
        let found = editor.open("l.clab.yml", text);
        assert_eq!(found, [format!("2:{column} error[malformed-entry] malformed publish entry `tcp/ab`")]);
        // The same place, by a change there.
        let at = |character| json!({"line": 1, "character": character});
        let change = json!({"range": {"start": at(column - 1), "end": at(column + 1)}, "text": "22"});
        let document = json!({"uri": editor.uri("l.clab.yml"), "version": 2});
        editor.client.notify("textDocument/didChange", &json!({"textDocument": document, "contentChanges": [change]}));
        let found = editor.diagnostics("l.clab.yml");
        assert!(found.iter().all(|line| !line.contains("malformed")), "{name}: {found:?}");
    }
}

/// As when somebody types: one answer for the last, and soon.
#[test]
fn many_changes_get_one_answer() {
    let mut editor = Editor::new();
    editor.open("l.clab.yml", LAB);
    let uri = editor.uri("l.clab.yml");
    for version in 2..=101 {
        let at = json!({"line": 0, "character": 7});
        let change = json!({"range": {"start": at, "end": at}, "text": "x"});
        editor.client.notify(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}),
        );
    }
    let start = Instant::now();
    let mut answers = 0;
    loop {
        let told = editor.client.wait(|message| message["method"] == "textDocument/publishDiagnostics");
        answers += 1;
        if told["params"]["version"] == 101 {
            break;
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(answers < 50, "{answers}");
    assert_eq!(editor.client.wait_for(Duration::from_millis(200), |_| true), None);
}

#[test]
fn what_is_canceled_is_not_answered_and_the_rest_is() {
    let mut editor = Editor::new();
    // Enough to do that the cancellation arrives before its request is reached.
    let node = |node| format!("    n{node}: {{kind: linux, publish: [tls/1/user@domain.com]}}\n");
    let nodes = (0..3_000).map(node).collect::<Vec<_>>().concat();
    let uri = editor.uri("l.clab.yml");
    let text = format!("name: l\ntopology:\n  nodes:\n{nodes}");
    editor.client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}}),
    );
    let lens = json!({"textDocument": {"uri": uri}});
    let first = editor.client.request("textDocument/codeLens", &lens);
    let second = editor.client.request("textDocument/codeLens", &lens);
    let third = editor.client.request("textDocument/codeLens", &lens);
    editor.client.notify("$/cancelRequest", &json!({"id": second}));
    let mut answers: Vec<Value> = Vec::new();
    // What nobody asked for is told all the same.
    let mut is_told = false;
    while answers.len() < 3 || !is_told {
        let message = editor.client.wait(|_| true);
        is_told |= message["method"] == "textDocument/publishDiagnostics";
        if message.get("id").is_some() && message.get("method").is_none() {
            answers.push(message);
        }
    }
    let of = |id: u64| answers.iter().find(|answer| answer["id"] == id).unwrap();
    assert_eq!(of(second)["error"]["code"], -32800, "{:?}", of(second));
    for id in [first, third] {
        assert_eq!(of(id)["result"][0]["command"]["title"], "3000 sockets");
    }
}

#[test]
fn what_cannot_be_answered_is_an_error_of_that_request() {
    let mut editor = Editor::new();
    let mut code = |method: &str, parameters: &Value| {
        let id = editor.client.request(method, parameters);
        editor.client.answer(id)["error"]["code"].clone()
    };
    assert_eq!(code("textDocument/hover", &json!({"x": 1})), -32602);
    assert_eq!(code("textDocument/formatting", &json!({})), -32601);
    // It goes on.
    assert!(!editor.open("l.clab.yml", LAB).is_empty());
    // A change of nothing, and of a file that is not open.
    let unknown =
        json!({"textDocument": {"uri": editor.uri("x.clab.yml"), "version": 2}, "contentChanges": [{"text": ""}]});
    editor.client.notify("textDocument/didChange", &unknown);
    editor.client.notify("textDocument/didChange", &json!({"textDocument": 5}));
    let log = editor.client.wait(|message| message["method"] == "window/logMessage");
    assert!(log["params"]["message"].as_str().unwrap().starts_with("invalid type: integer `5`"), "{log}");
    assert!(!editor.replace("l.clab.yml", LAB).is_empty());
}

#[test]
fn it_ends_as_the_protocol_says_and_when_the_editor_is_gone() {
    assert!(Editor::new().client.end().success());
    assert_eq!(Editor::new().client.leave().code(), Some(2));
    // After `shutdown`, only `exit` is taken.
    let mut editor = Editor::new();
    editor.client.ask("shutdown", &Value::Null);
    let id = editor.client.request("textDocument/codeLens", &json!({"textDocument": {"uri": "file:///x"}}));
    assert_eq!(editor.client.answer(id)["error"]["code"], -32600);
}

#[test]
fn files_are_watched_and_what_is_shown_is_asked_for_again() {
    let capabilities = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}, "inlayHint": {"refreshSupport": true}, "codeLens": {"refreshSupport": true}}});
    let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
    command.arg("lsp");
    let mut client = LanguageClient::start(&mut command, Value::Null, &capabilities).unwrap();
    let asked = client.wait(|message| message["method"] == "client/registerCapability");
    let watched = asked["params"]["registrations"][0]["registerOptions"]["watchers"].to_string();
    assert!(watched.contains("**/publish-plan.toml") && watched.contains("clab"), "{watched}");
    client.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": null}));
    client.notify("workspace/didChangeWatchedFiles", &json!({"changes": []}));
    for method in ["workspace/inlayHint/refresh", "workspace/codeLens/refresh"] {
        let asked = client.wait(|message| message["method"] == method);
        client.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": null}));
    }
    assert!(client.end().success());
}

/// What an editor shows does not depend on the case of its findings: `line` reads every severity.
#[test]
fn every_severity_is_told() {
    let mut editor = Editor::new();
    let uri = editor.uri("l.clab.yml");
    editor.open("l.clab.yml", LAB);
    let text = LAB.replace("http/8080", "http/ab");
    editor.client.notify(
        "textDocument/didChange",
        &json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": text}]}),
    );
    let found: Vec<String> = editor.client.diagnostics(&uri).iter().map(line).collect();
    for severity in [" error[", " warning[", " info["] {
        assert!(found.iter().any(|line| line.contains(severity)), "{severity}: {found:?}");
    }
}
