//! `publish-plan lsp`, as an editor waits for it: from a keystroke to the diagnostics for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{lab, row};

/// How many keystrokes are measured.
const KEYSTROKES: usize = 200;

/// An editor with one file.
struct Editor {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    version: u64,
}

impl Editor {
    fn open(text: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        let mut child = command
            .args(["lsp", "--no-env", "--no-config"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut editor = Self { child, stdin, stdout, version: 1 };
        editor.send(&json!({"id": 0, "method": "initialize", "params": {"capabilities": {}}}));
        editor.read();
        editor.send(&json!({"method": "initialized", "params": {}}));
        let document = json!({"uri": "file:///nowhere/l.clab.yml", "languageId": "yaml", "version": 1, "text": text});
        editor.send(&json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}));
        editor.wait();
        editor
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let body = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.stdin.flush().unwrap();
    }

    /// The bytes of the next message: reading them is the client's work.
    fn read(&mut self) -> Vec<u8> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "the server goes on");
            match line.strip_prefix("Content-Length: ") {
                Some(value) => length = value.trim().parse().unwrap(),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stdout.read_exact(&mut body).unwrap();
        body
    }

    /// Types a letter into the lab's name.
    fn press(&mut self) {
        self.version += 1;
        let at = json!({"line": 0, "character": 7});
        let change = json!({"range": {"start": at, "end": at}, "text": "x"});
        let document = json!({"uri": "file:///nowhere/l.clab.yml", "version": self.version});
        let parameters = json!({"textDocument": document, "contentChanges": [change]});
        self.send(&json!({"method": "textDocument/didChange", "params": parameters}));
    }

    /// Waits for the diagnostics of the last change.
    fn wait(&mut self) {
        let wanted = format!("\"version\":{}", self.version);
        while memchr::memmem::find(&self.read(), wanted.as_bytes()).is_none() {}
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// The keystroke of which one in twenty takes longer.
fn keystroke(text: &str) -> Duration {
    let mut editor = Editor::open(text);
    let mut times: Vec<Duration> = (0..KEYSTROKES)
        .map(|_| {
            let start = Instant::now();
            editor.press();
            editor.wait();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[KEYSTROKES * 95 / 100]
}

pub(crate) fn editor() {
    let row_of = |work: &str, target: &str, time| {
        row(&format!("a keystroke in {work}, to its diagnostics, p95"), "", target, &milliseconds(time));
    };
    row_of("20 nodes", "≤ 5 ms", keystroke(&lab::lab(20, true)));
    let node = |index| format!("    n{index}: {{kind: linux, publish: [tls/57400/user@domain.com]}}\n");
    let short = format!("# x\nname: l\ntopology:\n  nodes:\n{}", (0..10_000).map(node).collect::<Vec<_>>().concat());
    row_of("10,000 nodes of a line each", "≤ 60 ms", keystroke(&short));
    // Five times as long: reading its YAML alone takes longer than that.
    let long = lab::lab(10_000, true);
    let time = keystroke(&long);
    row_of("10,000 nodes of eight lines each", "reported", time);
    let start = Instant::now();
    crate::events(&long);
    let ratio = time.as_secs_f64() / start.elapsed().as_secs_f64();
    row("the same", "a bare event pass of granit-parser", "reported", &format!("{ratio:.1}×"));
    let mut editor = Editor::open(&lab::lab(1_000, true));
    (0..100).for_each(|_| editor.press());
    let start = Instant::now();
    editor.wait();
    let work = "100 changes at once in 1,000 nodes, from the last to its diagnostics";
    row(work, "", "≤ 100 ms", &milliseconds(start.elapsed()));
}
