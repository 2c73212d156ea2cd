//! `publish-plan init`: writes a publish-plan.toml with every key commented out, and with `--example` a lab to try it on; or an entries
//! file for a topology, with every list commented out.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::base::whole;
use crate::cli::client_settings::absolute;
use crate::cli::failure::Failure;
use crate::cli::flags::USUAL_MAX_SIZE;
use crate::cli::known::settings;
use crate::cli::reference_options::InitOptions;
use crate::cli::topology_file::TopologyFile;
use crate::cli::{Exit, Streams, input, lab, paths};
use crate::pipeline::{self, NamedFile};
use crate::settings::{self, FILE_NAME};

/// The lab of `--example`: a small one, with an entry that gets a warning.
const EXAMPLE: &str = include_str!("../../../examples/demo.clab.yml");
const EXAMPLE_NAME: &str = "demo.clab.yml";

/// Writes the files. If one of them exists, nothing is written.
pub(super) fn run(options: &InitOptions, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let files = if let Some(topology) = &options.entries {
        vec![entries(topology, &options.folder)?]
    } else {
        let example = options.example.then(|| (EXAMPLE_NAME.to_owned(), EXAMPLE.to_owned()));
        std::iter::once((FILE_NAME.to_owned(), settings::template(settings()))).chain(example).collect()
    };
    let files: Vec<_> = files.into_iter().map(|(name, text)| (options.folder.join(name), text)).collect();
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
    let next = if options.example {
        Some(("check", shown(&options.folder.join(EXAMPLE_NAME))))
    } else {
        options.entries.as_ref().map(|_| ("plan", shown(&files[0].0)))
    };
    if let Some((verb, path)) = next {
        writeln!(streams.stderr, "next, run `publish-plan {verb} {}`", whole(&path))?;
    }
    Ok(Exit::Clean)
}

/// The name and the text of an entries file in a directory for a topology.
fn entries(topology: &Path, folder: &Path) -> Result<(String, String), Failure> {
    let topology = input::named(topology);
    let name = TopologyFile::new(&topology)?.stem + lab::ENDS[0];
    let bytes = input::read_up_to(&topology, USUAL_MAX_SIZE)?;
    let seen = paths::seen_from(&absolute(folder)?, &absolute(&topology)?);
    let shown = topology.to_string_lossy().into_owned();
    let text = pipeline::starter(NamedFile { name: shown.clone(), bytes }, &seen.to_string_lossy());
    text.map(|text| (name, text)).ok_or(Failure::NotReadAsTopology { name: shown })
}

/// A path as people write it, without a leading `./`.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned()
}
