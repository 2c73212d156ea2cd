//! An editor, as a language server sees it: it talks over the standard streams (the Language Server Protocol, 3.17).

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long a server may take for an answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of one server.
pub(crate) struct LanguageClient {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    settings: Value,
    next: u64,
    /// What the server said that it can do.
    pub(crate) server: Value,
}

impl LanguageClient {
    /// Starts a server as an editor with these settings and capabilities does. None if it cannot be started.
    pub(crate) fn start(command: &mut Command, settings: Value, capabilities: &Value) -> Option<Self> {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = started.ok()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            // Nothing but the protocol may be there.
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut client = Self { child, stdin, messages, settings, next: 0, server: Value::Null };
        let mut all = json!({"workspace": {"configuration": true}, "textDocument": {"publishDiagnostics": {}, "hover": {"contentFormat": ["markdown"]}}});
        merge(&mut all, capabilities);
        client.server =
            client.ask("initialize", &json!({"processId": std::process::id(), "rootUri": null, "capabilities": all}));
        client.notify("initialized", &json!({}));
        Some(client)
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let stdin = self.stdin.as_mut().unwrap();
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The next message that is wanted; what the server asks meanwhile is answered.
    pub(crate) fn wait(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait_for(PATIENCE, is_wanted).expect("the server answers")
    }

    /// The same, if it comes in time.
    pub(crate) fn wait_for(&mut self, time: Duration, is_wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        loop {
            let message = match self.messages.recv_timeout(time) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => panic!("the server has ended"),
            };
            if is_wanted(&message) {
                return Some(message);
            }
            if message.get("method").is_some() && message.get("id").is_some() {
                let items = message["params"]["items"].as_array().cloned().unwrap_or_default();
                let values: Vec<Value> =
                    items.iter().map(|item| self.settings[item["section"].as_str().unwrap_or("")].clone()).collect();
                let id = message["id"].clone();
                self.send(&json!({"jsonrpc": "2.0", "id": id, "result": values}));
            }
        }
    }

    /// Sends a request, and gives its number.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> u64 {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// The whole answer to a request.
    pub(crate) fn answer(&mut self, id: u64) -> Value {
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The result of a request.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = self.request(method, params);
        self.answer(id)["result"].clone()
    }

    /// Opens a file, and gives what is underlined in it: the line and the column, from 0, and the words.
    pub(crate) fn open(&mut self, uri: &str, text: &str) -> Vec<(u64, u64, String)> {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
        let place = |one: &Value, of: &str| one["range"]["start"][of].as_u64().unwrap();
        self.diagnostics(uri)
            .iter()
            .map(|one| (place(one, "line"), place(one, "character"), one["message"].as_str().unwrap().to_owned()))
            .collect()
    }

    /// The next diagnostics of a file.
    pub(crate) fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let method = "textDocument/publishDiagnostics";
        let told = self.wait(|message| message["method"] == method && message["params"]["uri"] == uri);
        told["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Asks about a place of a file.
    pub(crate) fn at(&mut self, method: &str, uri: &str, line: u64, column: u64) -> Value {
        self.ask(method, &json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}))
    }

    /// Ends the server as the protocol says.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.ask("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        self.child.wait().unwrap()
    }

    /// Goes away without a word.
    pub(crate) fn leave(mut self) -> ExitStatus {
        drop(self.stdin.take());
        self.child.wait().unwrap()
    }
}

/// A message of the protocol; none at the end.
fn read(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        match line.strip_prefix("Content-Length: ") {
            Some(value) => length = value.trim().parse().unwrap(),
            None if line == "\r\n" => break,
            None => assert!(line.starts_with("Content-Type: "), "not of the protocol: {line:?}"),
        }
    }
    let mut body = vec![0; length];
    stdout.read_exact(&mut body).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

impl Drop for LanguageClient {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
