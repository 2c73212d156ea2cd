//! The values of flags: what is typed, and what it stands for.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::base::closest;
use crate::capability::Subscription;
use crate::report::Format;
use crate::rules::{RULES, Rule};

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Info,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FailOnChange {
    Widened,
    New,
    Any,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PlanFormat {
    Table,
    Json,
    Yaml,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProvidersFormat {
    Table,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RulesFormat {
    Table,
    Json,
    Markdown,
}

/// What is paid for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AccountPlan {
    Free,
    Paid,
}

impl From<AccountPlan> for Subscription {
    fn from(plan: AccountPlan) -> Self {
        match plan {
            AccountPlan::Free => Self::Free,
            AccountPlan::Paid => Self::Paid,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AclWords {
    /// E-mail addresses and domains, and policy names for what is neither
    Identities,
    /// Policy names, whatever they look like
    Policies,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Also where there is no terminal.
    pub(super) fn is_always(self) -> bool {
        matches!(self, Self::Always)
    }
}

/// A format of the report, and the file that it goes to; standard output where there is none.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitClass {
    Tcp,
    Http,
}

/// The rule of a name.
pub(super) fn rule(name: &str) -> Result<&'static Rule, String> {
    let name = name.trim();
    RULES.iter().find(|rule| rule.name == name).ok_or_else(|| {
        let guess = closest(name, RULES.iter().map(|rule| rule.name));
        let guess = guess.map_or_else(String::new, |guess| format!("did you mean `{guess}`? "));
        format!("there is no such rule; {guess}`publish-plan rules` lists them")
    })
}

/// `sarif`, `sarif=out.sarif`.
pub(super) fn destination(text: &str) -> Result<Destination, String> {
    const FORMATS: [(&str, Format); 7] = [
        ("concise", Format::Concise),
        ("github", Format::Github),
        ("gitlab", Format::Gitlab),
        ("human", Format::Human),
        ("json", Format::Json),
        ("junit", Format::Junit),
        ("sarif", Format::Sarif),
    ];
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    let Some((_, format)) = FORMATS.iter().find(|(word, _)| *word == name) else {
        let guess = closest(name, FORMATS.iter().map(|(word, _)| *word));
        let guess = guess.map_or_else(String::new, |guess| format!("; did you mean `{guess}`?"));
        let names: Vec<&str> = FORMATS.iter().map(|(word, _)| *word).collect();
        return Err(format!("expected one of {}{guess}", names.join(", ")));
    };
    match file {
        Some("") => Err("expected the name of a file behind the `=`".to_owned()),
        None | Some("-") => Ok(Destination { format: *format, file: None }),
        Some(file) => Ok(Destination { format: *format, file: Some(PathBuf::from(file)) }),
    }
}

pub(super) fn limit(text: &str) -> Result<(LimitClass, usize), String> {
    let expected = || "expected `tcp=N` or `http=N`".to_owned();
    let (class, most) = text.split_once('=').ok_or_else(expected)?;
    let class = match class.trim() {
        "tcp" => LimitClass::Tcp,
        "http" => LimitClass::Http,
        _ => return Err(expected()),
    };
    Ok((class, most.trim().parse().map_err(|_| expected())?))
}
