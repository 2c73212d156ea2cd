//! File names that look like flags. Who names the files may be a program: a hook of pre-commit gets every file of a commit, and a
//! stranger can commit one called `--baseline=all.clab.yml`.

use std::ffi::OsString;
use std::fs;

use super::failure::Failure;

/// Refuses an argument that could be a flag as well as a file of the working directory. After `--` nothing is a flag, and `-` is
/// standard input.
pub(super) fn check(arguments: &[OsString]) -> Result<(), Failure> {
    let before = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    let is_like_a_flag = |argument: &&OsString| argument.len() > 1 && argument.as_encoded_bytes().starts_with(b"-");
    let both = before.filter(is_like_a_flag).find(|argument| fs::symlink_metadata(argument).is_ok());
    both.map_or(Ok(()), |argument| Err(Failure::FlagAndFile { name: argument.to_string_lossy().into_owned() }))
}
