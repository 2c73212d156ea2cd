//! File names that look like flags. File names may come from a program: a pre-commit hook gets every file of a commit, and a
//! stranger can commit a file called `--baseline=all.clab.yml`.

use std::ffi::OsString;
use std::fs;

use super::failure::Failure;

/// Rejects an argument that is both a flag and a file in the current directory. After `--` there are no flags, and `-` is
/// standard input.
pub(super) fn check(arguments: &[OsString]) -> Result<(), Failure> {
    let before = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    let is_like_a_flag = |argument: &&OsString| argument.len() > 1 && argument.as_encoded_bytes().starts_with(b"-");
    let both = before.filter(is_like_a_flag).find(|argument| fs::symlink_metadata(argument).is_ok());
    both.map_or(Ok(()), |argument| Err(Failure::FlagAndFile { name: argument.to_string_lossy().into_owned() }))
}
