//! `publish-plan man`

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::base::{closest, whole};
use crate::cli::failure::Failure;
use crate::cli::options::Arguments;
use crate::cli::reference_options::ManOptions;
use crate::cli::{Exit, Streams};

/// Prints a page, or writes all of them.
pub(super) fn run(options: &ManOptions, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    if let Some(folder) = &options.output {
        let pages: Vec<&Command> = std::iter::once(&program).chain(program.get_subcommands()).collect();
        for page in &pages {
            write(folder, page)?;
        }
        writeln!(streams.stderr, "wrote {} pages to {}", pages.len(), whole(&folder.to_string_lossy()))?;
        return Ok(Exit::Clean);
    }
    let page = match &options.verb {
        None => &program,
        Some(verb) => program.find_subcommand(verb).ok_or_else(|| {
            let guess = closest(verb, program.get_subcommands().map(Command::get_name)).map(str::to_owned);
            Failure::NoVerb { verb: verb.clone(), guess }
        })?,
    };
    streams.stdout.write_all(&text(page)?)?;
    Ok(Exit::Clean)
}

/// The page of a command. Its footer names the program, not the command, and its examples are under a heading that says so.
fn text(page: &Command) -> Result<Vec<u8>, Failure> {
    let man = Man::new(page.clone()).source(concat!("publish-plan ", env!("CARGO_PKG_VERSION"))).manual("publish-plan");
    let mut text = Vec::new();
    man.render(&mut text)?;
    let text = String::from_utf8_lossy(&text).replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n");
    Ok(text.into_bytes())
}

/// Writes a page to a file such as `publish-plan.1` or `publish-plan-check.1`.
fn write(folder: &Path, page: &Command) -> Result<(), Failure> {
    let name = page.get_display_name().unwrap_or_else(|| page.get_name());
    let path = folder.join(format!("{name}.1"));
    let text = text(page)?;
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
    written.map_err(|error| Failure::Unwritable { name: path.to_string_lossy().into_owned(), error })
}
