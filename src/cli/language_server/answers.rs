//! The answers to requests.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range as Bytes;
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    CodeActionParams, CodeLensParams, CompletionItem, CompletionItemKind, CompletionItemTextEdit, CompletionParams,
    Contents, DefinitionParams, Hover, HoverParams, InlayHint, InlayHintKind, InlayHintParams, Label, Location,
    MarkupContent, MarkupKind, PrepareRenameParams, Range, ReferenceParams, RenameParams, TextDocumentPositionParams,
    TextEdit, Uri,
};
use lsp_server::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::{Actions, changes};
use super::labs::{OpenLab, Opened, ShownFile};
use super::positions::Encoding;
use super::{NoAnswer, Server, convert, path};
use crate::base::{self, AclKind, SourceFile, narrow, quoted, whole};
use crate::editor::completion::{self, Cursor, Suggestion, What};
use crate::editor::{At, OutlinedEntry, may_replace};
use crate::emit::usual_ports;
use crate::pipeline;

/// What the server can do, as `initialize` answers.
pub(super) fn capabilities(encoding: Encoding) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": encoding.name(),
            // Changes come as parts of the text.
            "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
            "completionProvider": {"triggerCharacters": ["/", ",", "["]},
            "hoverProvider": true,
            "definitionProvider": true,
            "referencesProvider": true,
            "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll"]},
            "codeLensProvider": {},
            "renameProvider": {"prepareProvider": true},
            "inlayHintProvider": true,
        },
        "serverInfo": {"name": convert::SOURCE, "version": env!("CARGO_PKG_VERSION")},
    })
}

/// Answers a request with these parameters.
pub(super) fn answer(server: &Server<'_>, method: &str, parameters: Value) -> Result<Value, NoAnswer> {
    match method {
        "textDocument/hover" => with(parameters, |parameters| Ok(hover(server, &parameters))),
        "textDocument/inlayHint" => with(parameters, |parameters| Ok(hints(server, &parameters))),
        "textDocument/codeLens" => with(parameters, |parameters| Ok(lenses(server, &parameters))),
        "textDocument/definition" => with(parameters, |parameters| Ok(definition(server, &parameters))),
        "textDocument/references" => with(parameters, |parameters| Ok(references(server, &parameters))),
        "textDocument/codeAction" => with(parameters, |parameters| Ok(actions(server, &parameters))),
        "textDocument/completion" => with(parameters, |parameters| Ok(complete(server, &parameters))),
        "textDocument/prepareRename" => with(parameters, |parameters| Ok(prepare_rename(server, &parameters))),
        "textDocument/rename" => with(parameters, |parameters| rename(server, &parameters)),
        _ => Err(NoAnswer { code: ErrorCode::MethodNotFound, words: format!("unknown method {method}") }),
    }
}

fn with<P: DeserializeOwned, R: Serialize>(
    parameters: Value,
    answer: impl FnOnce(P) -> Result<R, NoAnswer>,
) -> Result<Value, NoAnswer> {
    let read = serde_json::from_value(parameters);
    let parameters = read.map_err(|error| NoAnswer { code: ErrorCode::InvalidParams, words: error.to_string() })?;
    Ok(serde_json::to_value(answer(parameters)?).expect("an answer is JSON"))
}

/// The lab of an open file.
fn lab<'s>(server: &'s Server<'_>, uri: &Uri) -> Option<&'s OpenLab> {
    match server.opened.get(&path(uri)?)? {
        Opened::Lab(lab) => Some(lab),
        Opened::Settings(..) | Opened::Other | Opened::Failed(_) => None,
    }
}

/// The lab of an open file, and a byte of it.
fn place<'s>(server: &'s Server<'_>, at: &TextDocumentPositionParams) -> Option<(&'s OpenLab, u32)> {
    let lab = lab(server, &at.text_document.uri)?;
    Some((lab, server.client.encoding.offset(&lab.own().file, at.position)))
}

fn hover(server: &Server<'_>, parameters: &HoverParams) -> Option<Hover> {
    let (lab, offset) = place(server, &parameters.text_document_position_params)?;
    let view = lab.view()?;
    let words = view.hover(lab.own, offset).map(|words| words + &why_not(lab, view.outline.entry_at(lab.own, offset)));
    words.map(|value| Hover {
        contents: Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: None,
    })
}

/// What keeps an entry from being opened, each in a paragraph.
fn why_not(lab: &OpenLab, entry: Option<&OutlinedEntry>) -> String {
    let Some(entry) = entry.filter(|entry| entry.sockets.is_empty()) else { return String::new() };
    let stops = lab.own().shown.iter().filter(|finding| finding.blocks_compile);
    let here = stops.filter(|finding| convert::is_within(finding, entry.at.span));
    here.map(|finding| format!("\n\n{}", base::markdown(&finding.message).replace("&#64;", "@")))
        .collect::<Vec<_>>()
        .concat()
}

fn hints(server: &Server<'_>, parameters: &InlayHintParams) -> Vec<InlayHint> {
    let Some(lab) = lab(server, &parameters.text_document.uri) else { return Vec::new() };
    let Some(view) = lab.view() else { return Vec::new() };
    let (file, encoding) = (&lab.own().file, server.client.encoding);
    let Range { start, end } = parameters.range;
    let wanted = encoding.offset(file, start)..=encoding.offset(file, end);
    let hints = view.hints(lab.own).into_iter().filter(|hint| wanted.contains(&hint.offset));
    hints
        .map(|hint| InlayHint {
            // Behind the colon of a key, and the quote of a text.
            position: encoding.position(file, behind(file, hint.offset)),
            label: Label::String(hint.words),
            kind: Some(InlayHintKind::Type),
            text_edits: None,
            tooltip: None,
            padding_left: Some(true),
            padding_right: Some(true),
            data: None,
        })
        .collect()
}

/// The byte behind the quotes and the colon that follow a byte.
fn behind(file: &SourceFile, offset: u32) -> u32 {
    let rest = &file.text()[offset as usize..];
    let after = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let after = after.strip_prefix(':').unwrap_or(after);
    offset + narrow(rest.len() - after.len())
}

/// One, on the first line. It only says something, so it has no command to run.
fn lenses(server: &Server<'_>, parameters: &CodeLensParams) -> Vec<Value> {
    let view = lab(server, &parameters.text_document.uri).and_then(OpenLab::view);
    let lens = |title: String| json!({"range": Range::default(), "command": {"title": title, "command": ""}});
    view.map(|view| lens(view.summary())).into_iter().collect()
}

fn definition(server: &Server<'_>, parameters: &DefinitionParams) -> Vec<Location> {
    let Some((lab, offset)) = place(server, &parameters.text_document_position_params) else { return Vec::new() };
    let list = lab.view().and_then(|view| view.outline.list_for(lab.own, offset));
    list.into_iter().map(|at| location(server, lab, at)).collect()
}

fn references(server: &Server<'_>, parameters: &ReferenceParams) -> Vec<Location> {
    let Some((lab, offset)) = place(server, &parameters.text_document_position_params) else { return Vec::new() };
    let nodes = lab.view().map(|view| view.outline.users_at(lab.own, offset)).unwrap_or_default();
    nodes.into_iter().map(|at| location(server, lab, at)).collect()
}

fn location(server: &Server<'_>, lab: &OpenLab, at: At) -> Location {
    let file = &lab.files[at.file];
    Location { uri: uri(server, &file.path), range: server.client.encoding.range(&file.file, at.span) }
}

/// How the editor calls a file.
fn uri(server: &Server<'_>, path: &Path) -> Uri {
    server.documents.get(path).map_or_else(|| convert::uri(path), |document| document.uri.clone())
}

fn actions(server: &Server<'_>, parameters: &CodeActionParams) -> Vec<gen_lsp_types::CodeAction> {
    let uri = &parameters.text_document.uri;
    let Some(lab) = lab(server, uri) else { return Vec::new() };
    let actions = Actions { lab, uri, encoding: server.client.encoding };
    actions.of(parameters.range, parameters.context.only.as_deref(), &server.reader, &server.documents)
}

fn complete(server: &Server<'_>, parameters: &CompletionParams) -> Vec<CompletionItem> {
    let at = &parameters.text_document_position_params;
    let Some((lab, offset)) = place(server, at) else { return Vec::new() };
    let file = &lab.own().file;
    let line_range = file.line_range(file.line_of(offset));
    let line = &file.text()[line_range.start..offset as usize];
    let suggestions = match Cursor::of(line) {
        Some(Cursor::Rules { from, others }) => completion::rules(from, &others),
        Some(Cursor::Port { from, socket_type }) => {
            let outline = lab.view().map(|view| view.outline);
            let kind = completion::kind(&file.text()[..line_range.start], line, outline);
            completion::ports(from, socket_type, &usual_ports(kind.as_deref()))
        }
        Some(Cursor::Acl { from, others }) => {
            completion::people(from, &others, &known_people(server, lab.own(), line_range.clone()))
        }
        Some(Cursor::Key { from }) if lab.read.entries.is_some() && lab.own == 0 => {
            let section = completion::section(&file.text()[..line_range.start], line);
            // The entries file may not be YAML now; its topology is.
            let beneath = pipeline::examine_with_outline(lab.read.beneath(), &lab.wanted.settings);
            let outline = beneath.outline.as_ref();
            let written =
                |name: &str| file.text().lines().any(|line| line.trim_start().starts_with(&format!("{name}:")));
            let mut levels = section
                .zip(outline)
                .map_or_else(Vec::new, |(section, outline)| completion::levels(from, section, outline));
            levels.retain(|level| !written(&level.text));
            levels
        }
        None | Some(Cursor::Key { .. }) => Vec::new(),
    };
    let item = |suggestion: Suggestion| {
        let start = server.client.encoding.position(file, narrow(line_range.start + suggestion.from));
        CompletionItem {
            label: suggestion.text.clone(),
            kind: Some(match suggestion.what {
                What::Person => CompletionItemKind::Value,
                What::Port => CompletionItemKind::Constant,
                What::Rule => CompletionItemKind::EnumMember,
                What::Level => CompletionItemKind::Property,
            }),
            detail: Some(suggestion.detail),
            text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit {
                range: Range { start, end: at.position },
                new_text: suggestion.text,
            })),
            ..CompletionItem::default()
        }
    };
    suggestions.into_iter().map(item).collect()
}

/// The people and domains of every file that is open, and of the labs beside this one, without the line that is being written.
fn known_people(server: &Server<'_>, own: &ShownFile, written: Bytes<usize>) -> BTreeSet<String> {
    let text = own.file.text();
    let mut known = completion::words_in(&text[..written.start]);
    known.extend(completion::words_in(&text[written.end..]));
    for text in server.reader.texts_beside(&own.path, &server.documents) {
        known.extend(completion::words_in(&text));
    }
    known
}

fn prepare_rename(server: &Server<'_>, parameters: &PrepareRenameParams) -> Option<Range> {
    let (lab, offset) = place(server, &parameters.text_document_position_params)?;
    let at = lab.view()?.outline.word_at(lab.own, offset)?.at?;
    Some(server.client.encoding.range(&lab.own().file, at.span))
}

/// Renames a word of an acl in all labs of the directory and below.
fn rename(server: &Server<'_>, parameters: &RenameParams) -> Result<gen_lsp_types::WorkspaceEdit, NoAnswer> {
    let refused = |words: String| NoAnswer { code: ErrorCode::RequestFailed, words };
    let here = || refused("there is no person, domain, or policy here".to_owned());
    let (lab, offset) = place(server, &parameters.text_document_position_params).ok_or_else(here)?;
    let word = lab.view().and_then(|view| view.outline.word_at(lab.own, offset)).ok_or_else(here)?;
    let (kind, name): (AclKind, &str) = (word.kind, &word.name);
    may_replace(kind, &parameters.new_name).map_err(refused)?;
    let folder = lab.own().path.parent().unwrap_or(Path::new(""));
    let mut places: HashMap<PathBuf, Vec<TextEdit>> = HashMap::new();
    for (path, lab) in server.reader.labs_below(folder, &server.documents) {
        let Some((lab, view)) = lab.as_ref().and_then(|lab| Some((lab, lab.view()?))) else {
            let shown = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
            server.warn(&format!("{} cannot be read, so nothing is renamed there", whole(&shown)));
            continue;
        };
        let unwritten = |at: At| {
            let file = &lab.files[at.file];
            let line = file.file.position(at.span.start).line;
            let place = whole(&format!("{}:{line}", file.path.to_string_lossy()));
            refused(format!("{} is the value of a variable, or written with escapes, at {place}", quoted(name)))
        };
        for at in view.outline.places_of(kind, name).map_err(unwritten)? {
            let file = &lab.files[at.file];
            let range = server.client.encoding.range(&file.file, at.span);
            let edit = TextEdit { range, new_text: parameters.new_name.clone() };
            let edits = places.entry(file.path.clone()).or_default();
            // Two labs can have one topology.
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    Ok(changes(places.into_iter().map(|(path, edits)| (uri(server, &path), edits)).collect()))
}
