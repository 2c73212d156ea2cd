//! Quick fixes: those of the findings, safe and unsafe told apart; a comment that ignores a finding with a reason; and all that is safe.

use std::collections::HashMap;

use gen_lsp_types::{CodeAction, CodeActionKind, Diagnostic, Range, TextEdit, Uri, WorkspaceEdit};
use similar::{DiffTag, TextDiff};

use super::convert;
use super::documents::Documents;
use super::labs::{OpenLab, Reader};
use super::positions::Encoding;
use crate::base::{self, Applicability, Edit, Finding, Fix, Severity, SourceFile, Span, narrow, quoted};
use crate::cli::fixing;
use crate::cli::options::ControlOptions;
use crate::cli::triaged::Flags;

/// What the reason of a comment is until somebody writes it.
const REASON: &str = "TODO: why this is right";

/// The kind of the action that applies every safe fix.
const FIX_ALL: &str = "source.fixAll.publish-plan";

/// Makes the actions for a part of an open file.
pub(super) struct Actions<'a> {
    pub(super) lab: &'a OpenLab,
    pub(super) uri: &'a Uri,
    pub(super) encoding: Encoding,
}

impl Actions<'_> {
    /// The actions for the findings that a range touches; `only` are the kinds that were asked for, if any were.
    pub(super) fn of(
        &self,
        range: Range,
        only: Option<&[CodeActionKind]>,
        reader: &Reader<'_>,
        documents: &Documents,
    ) -> Vec<CodeAction> {
        let wants = |kind: &str| only.is_none_or(|only| only.iter().any(|wanted| is_kind(kind, &word(wanted))));
        let own = self.lab.own();
        let mut actions = Vec::new();
        if wants("quickfix") {
            let (start, end) =
                (self.encoding.offset(&own.file, range.start), self.encoding.offset(&own.file, range.end));
            let is_touched = |finding: &&Finding| {
                let place = convert::place(finding);
                place.start <= end && start <= place.end
            };
            for finding in own.shown.iter().filter(is_touched) {
                actions.extend(self.fix(finding, reader, documents));
                actions.extend(self.ignore(finding, reader, documents));
            }
        }
        // Asked for by name only: an editor that is asked for every action would list it at each place.
        if only.is_some() && wants(FIX_ALL) {
            actions.extend(self.all());
        }
        actions
    }

    fn fix(&self, finding: &Finding, reader: &Reader<'_>, documents: &Documents) -> Option<CodeAction> {
        let fix = finding.fix.as_ref().filter(|fix| fix.applicability > Applicability::Display)?;
        if !self.is_gone(finding, &fix.edits, false, (reader, documents)) {
            return None;
        }
        let is_safe = fix.applicability == Applicability::Safe;
        let title = title(&self.lab.own().file, fix);
        let title = if is_safe { title } else { format!("{title} (may change what is published)") };
        Some(self.action(title, CodeActionKind::QuickFix, &fix.edits, Some((finding, is_safe))))
    }

    /// A comment behind the line. It is offered only if it does what it says: not inside of a text of several lines, and not for what
    /// stops `compile`, which no comment hides.
    fn ignore(&self, finding: &Finding, reader: &Reader<'_>, documents: &Documents) -> Option<CodeAction> {
        let own = self.lab.own();
        if finding.severity == Severity::Error || finding.blocks_compile || finding.labels.is_empty() {
            return None;
        }
        let line = own.file.line_of(finding.start());
        if own.file.line_text(line).contains('#') {
            return None;
        }
        let rule = finding.rule.name;
        let end = narrow(own.file.line_range(line).end);
        let edit = Edit::insert(end, format!(" # publish-plan: ignore[{rule}] {REASON}"));
        let title = format!("Ignore {rule} here, with a reason");
        let edits = [edit];
        let is_ignored = self.is_gone(finding, &edits, true, (reader, documents));
        is_ignored.then(|| self.action(title, CodeActionKind::QuickFix, &edits, Some((finding, false))))
    }

    /// Whether a finding is gone after these edits, and nothing worse is there; if `alone`, nothing else at all has changed.
    fn is_gone(
        &self,
        finding: &Finding,
        edits: &[Edit],
        alone: bool,
        (reader, documents): (&Reader<'_>, &Documents),
    ) -> bool {
        let own = self.lab.own();
        let Ok(text) = base::apply(own.file.text(), edits) else { return false };
        let Ok(after) = reader.lab(&own.path, text.into_bytes(), documents) else { return false };
        let of_rule = |lab: &OpenLab| lab.own().shown.iter().filter(|other| other.rule == finding.rule).count();
        let errors = |lab: &OpenLab| lab.own().shown.iter().filter(|other| other.severity == Severity::Error).count();
        let others = |lab: &OpenLab| -> Vec<&str> {
            let others = lab.own().shown.iter().filter(|other| other.rule != finding.rule);
            others.map(|other| other.rule.name).collect()
        };
        let is_readable = after.view().is_some() || self.lab.view().is_none();
        is_readable
            && of_rule(&after) < of_rule(self.lab)
            && errors(&after) <= errors(self.lab)
            && (!alone || others(&after) == others(self.lab))
    }

    /// What `check --fix` would write.
    fn all(&self) -> Option<CodeAction> {
        let flags = Flags { rules: &ControlOptions::default(), baseline: None };
        let (examined, fixed) = fixing::fix_all(&self.lab.read, Applicability::Safe, &self.lab.wanted, &flags);
        if fixed.count == 0 || self.lab.own != 0 {
            return None;
        }
        let edits = line_edits(self.lab.own().file.text(), examined.file().text());
        let kind = CodeActionKind::Custom(FIX_ALL.into());
        Some(self.action("Fix all that is safe to fix".to_owned(), kind, &edits, None))
    }

    fn action(&self, title: String, kind: CodeActionKind, edits: &[Edit], of: Option<(&Finding, bool)>) -> CodeAction {
        let file = &self.lab.own().file;
        let edits: Vec<TextEdit> = edits.iter().map(|edit| convert::text_edit(edit, file, self.encoding)).collect();
        let diagnostic = |finding| -> Diagnostic { convert::diagnostic(finding, file, self.uri, self.encoding) };
        CodeAction {
            title,
            kind: Some(kind),
            diagnostics: of.map(|(finding, _)| vec![diagnostic(finding)]),
            is_preferred: of.filter(|(_, is_safe)| *is_safe).map(|_| true),
            disabled: None,
            edit: Some(changes([(self.uri.clone(), edits)].into())),
            command: None,
            data: None,
            tags: None,
        }
    }
}

/// The lines that differ between two texts, as edits of the first.
fn line_edits(old: &str, new: &str) -> Vec<Edit> {
    let starts = |text: &str| -> Vec<usize> {
        let lines = text.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        });
        std::iter::once(0).chain(lines).collect()
    };
    let (old_starts, new_starts) = (starts(old), starts(new));
    let diff = TextDiff::from_lines(old, new);
    let changed = diff.ops().iter().filter(|operation| operation.tag() != DiffTag::Equal);
    changed
        .map(|operation| {
            let (from, to) = (operation.old_range(), operation.new_range());
            let span = Span::new(narrow(old_starts[from.start]), narrow(old_starts[from.end]));
            Edit { span, content: new[new_starts[to.start]..new_starts[to.end]].to_owned() }
        })
        .collect()
}

/// Edits of files.
pub(super) fn changes(changes: HashMap<Uri, Vec<TextEdit>>) -> WorkspaceEdit {
    WorkspaceEdit { changes: Some(changes), document_changes: None, change_annotations: None }
}

/// Whether an action of a kind is one of the kind that was asked for: kinds are words with dots, the wider ones first.
fn is_kind(kind: &str, wanted: &str) -> bool {
    wanted.is_empty() || kind == wanted || kind.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}

fn word(kind: &CodeActionKind) -> String {
    let word = serde_json::to_value(kind).expect("a kind is a word");
    word.as_str().unwrap_or_default().to_owned()
}

/// What a fix does, by its edits: "Replace `tcp/022` with `tcp/22`".
fn title(file: &SourceFile, fix: &Fix) -> String {
    let [edit] = fix.edits.as_slice() else { return format!("Fix this in {} places", fix.edits.len()) };
    let old = file.slice(edit.span).trim();
    match (old, edit.content.trim()) {
        (old, "") => format!("Remove {}", quoted(old)),
        ("", new) => format!("Insert {}", quoted(new)),
        (old, new) => format!("Replace {} with {}", quoted(old), quoted(new)),
    }
}
