//! `publish-plan init`: writes a publish-plan.toml with every key commented out, and with `--example` a lab to try it on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::base::whole;
use crate::cli::failure::Failure;
use crate::cli::known::settings;
use crate::cli::reference_options::InitOptions;
use crate::cli::{Exit, Streams};
use crate::settings::{self, FILE_NAME};

/// The lab of `--example`: a small one, with an entry that gets a warning.
const EXAMPLE: &str = include_str!("../../../examples/demo.clab.yml");
const EXAMPLE_NAME: &str = "demo.clab.yml";

/// Writes the files. If one of them exists, nothing is written.
pub(super) fn run(options: &InitOptions, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let example = options.example.then_some((EXAMPLE_NAME, EXAMPLE));
    let template = settings::template(settings());
    let files = std::iter::once((FILE_NAME, template.as_str())).chain(example);
    let files: Vec<_> = files.map(|(name, text)| (options.folder.join(name), text)).collect();
    let unwritable = |path: &Path, error| Failure::Unwritable { name: shown(path), error };
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(unwritable(path, io::ErrorKind::AlreadyExists.into()));
    }
    for (path, text) in &files {
        let written = fs::create_dir_all(&options.folder)
            .and_then(|()| OpenOptions::new().write(true).create_new(true).open(path))
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| unwritable(path, error))?;
        writeln!(streams.stderr, "wrote {}", whole(&shown(path)))?;
    }
    if options.example {
        writeln!(
            streams.stderr,
            "next, run `publish-plan check {}`",
            whole(&shown(&options.folder.join(EXAMPLE_NAME)))
        )?;
    }
    Ok(Exit::Clean)
}

/// A path as people write it, without a leading `./`.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned()
}
