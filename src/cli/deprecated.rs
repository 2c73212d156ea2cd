//! Flags under names that they had before: they still work, with a warning that gives the new name.

use std::ffi::OsString;
use std::io::Write;

use clap::error::{ContextKind, ContextValue};

use super::failure::Failure;

/// The old name of a flag, and its name now. clap accepts the old one as an alias, which it does not show.
const RENAMED: (&str, &str) = ("--plan", "--tier");

/// Refuses both names of a flag at once.
pub(super) fn check(arguments: &[OsString]) -> Result<(), Failure> {
    let (old, new) = RENAMED;
    if has(arguments, old) && has(arguments, new) { Err(Failure::BothNames { old, new }) } else { Ok(()) }
}

/// Tells the new name if the old one was used. The arguments are those that clap accepted.
pub(super) fn tell(arguments: &[OsString], stderr: &mut dyn Write) {
    let (old, new) = RENAMED;
    if has(arguments, old) {
        let _ = writeln!(stderr, "warning: {old} is deprecated; use {new}");
    }
}

/// Replaces the old name in the suggestion for a misspelled flag.
pub(super) fn correct(error: &mut clap::Error) {
    let (old, new) = RENAMED;
    if matches!(error.get(ContextKind::SuggestedArg), Some(ContextValue::String(flag)) if flag == old) {
        error.insert(ContextKind::SuggestedArg, ContextValue::String(new.to_owned()));
    }
}

/// Whether a flag was given, as `--flag value` or `--flag=value`. After `--` nothing is a flag.
fn has(arguments: &[OsString], flag: &str) -> bool {
    let flags = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    flags.map(|argument| argument.as_encoded_bytes()).any(|argument| {
        argument.strip_prefix(flag.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
    })
}
