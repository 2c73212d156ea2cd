use std::borrow::Cow;
use std::sync::Arc;

use super::{Applicability, Fix, Rule, SourceFile, Span};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, surely not meant.
    Warning,
    /// Will not compile, or will not work as written.
    Error,
}

impl Severity {
    /// The word that people read: `error`, `warning`, `info`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Why a finding is counted and not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suppression {
    /// A comment in the file ignores it.
    Comment,
    /// The configuration or a flag ignores its rule.
    Level,
    /// It is in the baseline.
    Baseline,
}

/// A place in the finding's own file with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where, in bytes of the original text.
    pub span: Span,
    /// What to know about this place.
    pub text: Cow<'static, str>,
}

/// A place in another file.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// That file.
    pub file: Arc<SourceFile>,
    /// Where in it.
    pub label: Label,
}

/// One thing to tell the user about their file: what is wrong, where, what was expected, what to do.
///
/// Built like a sentence: `Finding::error(RULE, "…").at(span, "expected …").help("write …")`.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that it is a finding of.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no final period, the user's words in backticks.
    pub message: Cow<'static, str>,
    /// The first label is where it is; the others explain. Empty for a finding about a whole file.
    pub labels: Vec<Label>,
    /// Related places in other files.
    pub elsewhere: Vec<Elsewhere>,
    /// The names of the nodes or sockets that it is about, if their number can grow without a change at its place: those that
    /// inherit an entry, those that share an account.
    pub affects: Vec<String>,
    /// It is about the file, or the account that the file uses; its first place only shows one example.
    pub is_of_file: bool,
    /// The rule whose finding at the same place has the same cause: this one is shown only if that one is not.
    pub suppressed_by: Option<&'static Rule>,
    /// What to do about it.
    pub help: Option<Cow<'static, str>>,
    /// The edits that fix it, if a program can.
    pub fix: Option<Box<Fix>>,
    /// `compile` refuses to open anything until this is fixed, however the finding is shown.
    pub blocks_compile: bool,
}

impl Finding {
    /// A finding that stops `compile`.
    #[must_use]
    pub(crate) fn error(rule: &'static Rule, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(rule, Severity::Error, message).blocks_compile()
    }

    /// Something that works and was surely not meant.
    #[must_use]
    pub(crate) fn warning(rule: &'static Rule, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(rule, Severity::Warning, message)
    }

    /// Something worth knowing.
    #[must_use]
    pub(crate) fn info(rule: &'static Rule, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(rule, Severity::Info, message)
    }

    fn new(rule: &'static Rule, severity: Severity, message: impl Into<Cow<'static, str>>) -> Self {
        debug_assert!(rule.severities.contains(&severity), "`{}` does not declare {severity:?}", rule.name);
        Self {
            rule,
            severity,
            message: message.into(),
            labels: Vec::new(),
            elsewhere: Vec::new(),
            affects: Vec::new(),
            is_of_file: false,
            suppressed_by: None,
            help: None,
            fix: None,
            blocks_compile: false,
        }
    }

    /// Adds a place. The first one is the finding's own.
    #[must_use]
    pub(crate) fn at(mut self, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        // Most have one or two, and there may be many findings.
        self.labels.reserve_exact(1);
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a place in another file.
    #[must_use]
    pub(crate) fn elsewhere(mut self, file: Arc<SourceFile>, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        self.elsewhere.push(Elsewhere { file, label: Label { span, text: text.into() } });
        self
    }

    /// Names the nodes or sockets that it is about, so that one more of them is a new finding.
    #[must_use]
    pub(crate) fn affects(mut self, names: Vec<String>) -> Self {
        self.affects = names;
        self
    }

    /// Marks its place as only the first of many: it is about the whole file.
    #[must_use]
    pub(crate) fn of_the_file(mut self) -> Self {
        self.is_of_file = true;
        self
    }

    /// Hides this finding if another rule has a finding at the same place and that one is shown.
    #[must_use]
    pub(crate) fn suppressed_by(mut self, rule: Option<&'static Rule>) -> Self {
        self.suppressed_by = rule;
        self
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets what fixes it, if that is known.
    #[must_use]
    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Self {
        let is_applied = fix.as_ref().is_some_and(|fix| fix.applicability > Applicability::Display);
        debug_assert!(self.rule.is_fixable || !is_applied, "`{}` does not declare a fix", self.rule.name);
        self.fix = fix.map(Box::new);
        self
    }

    /// Whether a program can fix it without asking.
    #[must_use]
    pub fn is_fixable(&self) -> bool {
        self.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe)
    }

    /// Blocks `compile`, whatever the severity.
    #[must_use]
    pub(crate) fn blocks_compile(mut self) -> Self {
        debug_assert!(self.rule.blocks_compile, "`{}` does not declare that it blocks", self.rule.name);
        self.blocks_compile = true;
        self
    }

    /// The same finding about a part of the file that is so many bytes later, or with `Span::back` earlier.
    #[must_use]
    pub(crate) fn moved(mut self, to: impl Fn(Span) -> Span) -> Self {
        for label in &mut self.labels {
            label.span = to(label.span);
        }
        for edit in self.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = to(edit.span);
        }
        self
    }

    /// The byte at which it is reported; a finding about the whole file comes first.
    #[must_use]
    pub fn start(&self) -> u32 {
        self.labels.first().map_or(0, |label| label.span.start)
    }
}

/// The order in which a file's findings are reported: by place, the worse first, then by name.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings
        .sort_by(|a, b| (a.start(), b.severity, a.rule, &a.message).cmp(&(b.start(), a.severity, b.rule, &b.message)));
}
