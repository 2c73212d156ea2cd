//! `publish-plan init`: a publish-plan.toml with every key in a comment.

use std::fs::OpenOptions;
use std::io::Write as _;

use super::failure::Failure;
use super::options::InitOptions;
use super::{Exit, Streams};
use crate::base::whole;
use crate::config;

/// Writes the file. One that is there stays as it is.
pub(super) fn run(options: &InitOptions, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let path = options.folder.join(config::FILE_NAME);
    let path = path.strip_prefix(".").unwrap_or(&path);
    let name = path.to_string_lossy().into_owned();
    let written = OpenOptions::new().write(true).create_new(true).open(path);
    let written = written.and_then(|mut file| file.write_all(config::TEMPLATE.as_bytes()));
    written.map_err(|error| Failure::Unwritable { name: name.clone(), error })?;
    writeln!(streams.stderr, "wrote {}", whole(&name))?;
    Ok(Exit::Clean)
}
