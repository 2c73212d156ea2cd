//! `publish-plan lsp`: what an editor says goes in, what it shows comes out, by the Language Server Protocol, 3.17. One thread: while
//! something is worked out, what arrives is read by another, so that a request can be canceled and many changes get one answer.

mod actions;
mod answers;
mod convert;
mod documents;
mod labs;
mod positions;
mod shown;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Exit;
use super::options::LspOptions;
use documents::{Document, Documents};
use labs::{Opened, Reader};
use positions::Encoding;

/// Serves an editor until it says `exit`. The exit code is a failure if it did not say `shutdown` before.
pub(super) fn run(options: &LspOptions, variables: Vec<(String, String)>) -> Exit {
    let (connection, threads) = Connection::stdio();
    let is_ended = serve(&connection, Reader { options, variables });
    drop(connection);
    // The editor is gone if they cannot be joined.
    let is_written = threads.join().is_ok();
    if is_ended && is_written { Exit::Clean } else { Exit::Failed }
}

/// Whether the editor ended the server as the protocol asks.
fn serve(connection: &Connection, reader: Reader<'_>) -> bool {
    let Ok((id, parameters)) = connection.initialize_start() else { return false };
    let client = Client::new(&parameters);
    if connection.initialize_finish(id, answers::capabilities(client.encoding)).is_err() {
        return false;
    }
    let (arrived, arriving) = channel();
    let from_editor = connection.receiver.clone();
    // The editor's messages are handed over one by one; what has arrived must be seen as a whole.
    thread::spawn(move || from_editor.iter().all(|message| arrived.send(message).is_ok()));
    let mut server = Server {
        connection,
        arriving,
        reader,
        client,
        documents: Documents::default(),
        opened: BTreeMap::new(),
        stale: BTreeSet::new(),
        is_shown: true,
        shown: BTreeSet::new(),
        requests: 0,
    };
    server.watch();
    server.serve()
}

/// What the client can do.
#[derive(Clone, Copy, Debug)]
struct Client {
    encoding: Encoding,
    /// It watches files that the server names.
    watches: bool,
    /// It asks again for hints and lenses when it is told to.
    refreshes: [bool; 2],
}

impl Client {
    /// By its parameters of `initialize`. What it can do is nested deeply and all optional, so it is looked up by paths.
    fn new(parameters: &Value) -> Self {
        let at = |path: &str| parameters.pointer(&format!("/capabilities/{path}"));
        let can = |path: &str| at(path) == Some(&Value::Bool(true));
        let encodings = at("general/positionEncodings").and_then(Value::as_array).map(Vec::as_slice);
        Self {
            encoding: Encoding::among(encodings.unwrap_or_default()),
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            refreshes: [can("workspace/inlayHint/refreshSupport"), can("workspace/codeLens/refreshSupport")],
        }
    }
}

struct Server<'c> {
    connection: &'c Connection,
    /// What the editor says.
    arriving: Receiver<Message>,
    reader: Reader<'c>,
    client: Client,
    documents: Documents,
    /// What each open file is, as of its last change.
    opened: BTreeMap<PathBuf, Opened>,
    /// The open files that must be read again.
    stale: BTreeSet<PathBuf>,
    /// Whether the editor knows the diagnostics of what was read.
    is_shown: bool,
    /// The files that the editor shows diagnostics for.
    shown: BTreeSet<PathBuf>,
    /// How many requests the server has made.
    requests: i32,
}

impl Server<'_> {
    /// Answers what arrives, in order. Diagnostics come when nothing else is to be answered.
    fn serve(&mut self) -> bool {
        let mut queue: VecDeque<Message> = VecDeque::new();
        let mut is_shut_down = false;
        loop {
            queue.extend(self.arriving.try_iter());
            self.cancel(&mut queue);
            let Some(message) = queue.pop_front() else {
                if !self.stale.is_empty() || !self.is_shown {
                    self.refresh();
                    continue;
                }
                match self.arriving.recv() {
                    Ok(message) => queue.push_back(message),
                    Err(_) => return false,
                }
                continue;
            };
            match message {
                Message::Request(request) if is_shut_down => {
                    let words = "the server is shut down".to_owned();
                    self.send(Response::new_err(request.id, ErrorCode::InvalidRequest as i32, words));
                }
                Message::Request(request) if request.method == "shutdown" => {
                    is_shut_down = true;
                    self.send(Response::new_ok(request.id, ()));
                }
                Message::Request(request) => self.answer(request),
                Message::Notification(notification) if notification.method == "exit" => return is_shut_down,
                Message::Notification(notification) => self.take(notification),
                // To the server's own requests, which ask for nothing.
                Message::Response(_) => {}
            }
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // If the editor is gone, the next message that is waited for says so.
        let _ = self.connection.sender.send(message.into());
    }

    fn notify(&self, method: &str, parameters: Value) {
        self.send(Notification { method: method.to_owned(), params: parameters });
    }

    fn ask(&mut self, method: &str, parameters: Value) {
        self.requests += 1;
        self.send(Request { id: RequestId::from(self.requests), method: method.to_owned(), params: parameters });
    }

    /// Takes requests that were canceled out of the queue.
    fn cancel(&self, queue: &mut VecDeque<Message>) {
        let canceled: HashSet<RequestId> = queue.iter().filter_map(canceled).collect();
        if canceled.is_empty() {
            return;
        }
        queue.retain(|message| match message {
            Message::Request(request) if canceled.contains(&request.id) => {
                let words = "canceled".to_owned();
                self.send(Response::new_err(request.id.clone(), ErrorCode::RequestCanceled as i32, words));
                false
            }
            Message::Notification(notification) => notification.method != "$/cancelRequest",
            _ => true,
        });
    }

    /// Answers one request, whatever happens on the way.
    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let answer = guarded(|| {
            self.read_stale();
            answers::answer(self, &method, params)
        });
        let response = match answer {
            Ok(Ok(value)) => Response::new_ok(id, value),
            Ok(Err(NoAnswer { code, words })) => Response::new_err(id, code as i32, words),
            Err(words) => Response::new_err(id, ErrorCode::InternalError as i32, words),
        };
        self.send(response);
    }

    /// Takes what the editor tells.
    fn take(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let is_taken = guarded(|| match method.as_str() {
            "textDocument/didOpen" => self.with(params, Self::open),
            "textDocument/didChange" => self.with(params, Self::change),
            "textDocument/didClose" => self.with(params, |server, closed| server.close(&closed)),
            // Settings, environment files, and the other file of a lab may be what was saved.
            "textDocument/didSave" => self.with(params, |server, _: DidSaveTextDocumentParams| server.all_are_stale()),
            "workspace/didChangeWatchedFiles" => self.with(params, |server, _: DidChangeWatchedFilesParams| {
                server.all_are_stale();
                server.ask_to_refresh();
            }),
            _ => {}
        });
        if let Err(words) = is_taken {
            self.log(&words);
        }
    }

    fn with<P: DeserializeOwned>(&mut self, parameters: Value, take: impl FnOnce(&mut Self, P)) {
        match serde_json::from_value(parameters) {
            Ok(parameters) => take(self, parameters),
            Err(error) => self.log(&error.to_string()),
        }
    }

    fn log(&self, words: &str) {
        self.notify("window/logMessage", json!({"type": 1, "message": words}));
    }

    /// Shows a warning to the user.
    fn warn(&self, words: &str) {
        self.notify("window/showMessage", json!({"type": 2, "message": words}));
    }

    fn open(&mut self, parameters: DidOpenTextDocumentParams) {
        let item = parameters.text_document;
        let Some(path) = path(&item.uri) else { return };
        self.documents.open(path.clone(), Document { uri: item.uri, version: item.version, text: item.text });
        self.is_changed(&path);
        self.stale.insert(path);
    }

    fn change(&mut self, parameters: DidChangeTextDocumentParams) {
        let document = parameters.text_document;
        let Some(path) = path(&document.text_document_identifier.uri) else { return };
        let encoding = self.client.encoding;
        let Some(open) = self.documents.get_mut(&path) else { return };
        open.version = document.version;
        open.change(parameters.content_changes, encoding);
        self.is_changed(&path);
        self.stale.insert(path);
    }

    fn close(&mut self, parameters: &DidCloseTextDocumentParams) {
        let Some(path) = path(&parameters.text_document.uri) else { return };
        self.documents.close(&path);
        self.opened.remove(&path);
        self.stale.remove(&path);
        self.is_changed(&path);
        self.is_shown = false;
    }

    /// Every open file whose lab has this file is stale.
    fn is_changed(&mut self, changed: &Path) {
        for (path, opened) in &self.opened {
            let is_of_lab = matches!(opened, Opened::Lab(lab) if lab.files.iter().any(|file| file.path == changed));
            // An entries file that is new has an effect on the topology beside it.
            if is_of_lab || path.parent() == changed.parent() && path != changed {
                self.stale.insert(path.clone());
            }
        }
    }

    fn all_are_stale(&mut self) {
        self.stale.extend(self.documents.iter().map(|(path, _)| path.clone()));
    }
}

/// Why a request has no answer.
struct NoAnswer {
    code: ErrorCode,
    words: String,
}

/// The request that a notification cancels.
fn canceled(message: &Message) -> Option<RequestId> {
    let Message::Notification(notification) = message else { return None };
    let id = (notification.method == "$/cancelRequest").then(|| notification.params.get("id"))??;
    serde_json::from_value(id.clone()).ok()
}

/// Where a document is; none if it is no file.
fn path(uri: &Uri) -> Option<PathBuf> {
    (uri.scheme() == "file").then(|| uri.to_file_path().ok()).flatten()
}

/// Calls a function; a panic in it is an error of this one call.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        format!("a bug in publish-plan: {text}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_one_call_and_not_the_server() {
        assert_eq!(guarded(|| 1), Ok(1));
        let error = guarded(|| assert_eq!(1 + 1, 3, "sum")).unwrap_err();
        assert!(error.starts_with("a bug in publish-plan: ") && error.contains("sum"), "{error}");
    }

    #[test]
    fn only_files_have_paths() {
        let path = |text| path(&Uri::parse(text).unwrap());
        assert_eq!(path("file:///a%20b/%C3%A9.clab.yml"), Some(PathBuf::from("/a b/é.clab.yml")));
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("https://example.net/x.clab.yml"), None);
    }
}
