//! What a run reads: files, directories, and standard input; and how its output looks.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::failure::Failure;
use super::flags::{CommonOptions, StdinOptions};
use super::values::Color;
use super::{Streams, Terminal, lab, paths, walk};
use crate::render::Look;
use crate::text::MAX_SIZE;

/// Columns of a stream whose width is not known.
const USUAL_WIDTH: usize = 100;

/// A topology to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    Stdin,
    /// Named on the command line.
    File(PathBuf),
    /// Found in a directory that was named on the command line.
    Found(PathBuf),
}

impl Input {
    /// The input that a path names; `-` is standard input.
    pub(super) fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(named(path)) }
    }

    /// Its path; None for standard input.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File(path) | Self::Found(path) => Some(path),
        }
    }

    /// The directory whose publish-plan.toml applies: that of the file; for standard input, the current one.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Stdin => Path::new(""),
            Self::File(path) | Self::Found(path) => path.parent().unwrap_or(Path::new("")),
        }
    }
}

/// How findings look on a stream.
pub(super) fn look(
    options: &CommonOptions,
    variables: &[(String, String)],
    is_terminal: bool,
    terminal: Terminal,
) -> Look {
    let color = is_colored(options.color, variables, is_terminal);
    let columns = columns(variables, is_terminal, terminal);
    let width = columns.or(terminal.columns.map(usable)).unwrap_or(USUAL_WIDTH);
    let links = is_terminal && color && takes_links(variables);
    Look { color, links, ascii: is_ascii(variables), width, columns }
}

/// The columns that text on a stream has to fit: those that the environment variable COLUMNS says, otherwise those of the terminal
/// that the stream is. None in a pipe or a file: there, a row of a table is one line.
pub(super) fn columns(variables: &[(String, String)], is_terminal: bool, terminal: Terminal) -> Option<usize> {
    let said = variable(variables, "COLUMNS").and_then(|columns| columns.parse().ok());
    said.or_else(|| is_terminal.then(|| terminal.columns.unwrap_or(USUAL_WIDTH))).map(usable)
}

fn usable(columns: usize) -> usize {
    columns.clamp(40, 400)
}

/// Whether a stream gets colors.
pub(super) fn is_colored(color: Color, variables: &[(String, String)], is_terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        // no-color.org: set to anything but an empty string
        Color::Auto if variable(variables, "NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        // force-color.org; `0` means no colors
        Color::Auto => match variable(variables, "FORCE_COLOR") {
            None | Some("") => is_terminal && variable(variables, "TERM") != Some("dumb"),
            Some(value) => value != "0",
        },
    }
}

/// Whether the terminal is known to support links (OSC 8) and not to print them as text.
fn takes_links(variables: &[(String, String)]) -> bool {
    let is = |name: &str, values: &[&str]| variable(variables, name).is_some_and(|value| values.contains(&value));
    let programs = ["Hyper", "WarpTerminal", "WezTerm", "ghostty", "iTerm.app", "rio", "vscode"];
    let vte = variable(variables, "VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    is("TERM_PROGRAM", &programs)
        || is("TERM", &["alacritty", "foot", "xterm-ghostty", "xterm-kitty"])
        || ["DOMTERM", "KONSOLE_VERSION", "WT_SESSION"].iter().any(|name| variable(variables, name).is_some())
        || vte.is_some_and(|version| version >= 5000)
}

/// Whether the locale says that it is not UTF-8 (POSIX, "Internationalization Variables"). Without a locale, UTF-8 is assumed.
fn is_ascii(variables: &[(String, String)]) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names.iter().find_map(|name| variable(variables, name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

pub(super) fn variable<'v>(variables: &'v [(String, String)], wanted: &str) -> Option<&'v str> {
    variables.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
}

/// A path as git writes it, without `//`, `.`, or `..`, so that every report has the same. A `..` after a symbolic link is
/// kept, because only the file system can tell where it leads.
pub(super) fn named(path: &Path) -> PathBuf {
    let plain = Some(paths::plain(path)).filter(|plain| !plain.as_os_str().is_empty());
    let plain = plain.unwrap_or_else(|| PathBuf::from("."));
    let is_same = || fs::canonicalize(path).is_ok_and(|real| fs::canonicalize(&plain).is_ok_and(|it| it == real));
    if path.components().all(|component| component != Component::ParentDir) || is_same() {
        return plain;
    }
    path.components().filter(|component| *component != Component::CurDir).collect()
}

/// The inputs that the paths name, in their order and each only once. Directories are searched. Failures are collected and do
/// not stop the search.
pub(super) fn inputs(paths: &[PathBuf], failures: &mut Vec<Failure>) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut seen = HashSet::new();
    let mut knows = |path: &Path| !seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
    for path in paths {
        let path = match Input::of(path) {
            Input::File(path) => path,
            stdin => {
                if !inputs.contains(&stdin) {
                    inputs.push(stdin);
                }
                continue;
            }
        };
        if knows(&path) {
            continue;
        }
        if !path.is_dir() {
            inputs.push(Input::File(path));
            continue;
        }
        let mut found = walk::topologies_in(&path, failures);
        // A directory can contain the same file twice only through a link. Then the file itself is checked, because `--fix` can
        // change it.
        if paths.len() > 1 || found.iter().any(|(_, is_link)| *is_link) {
            found.sort_by_key(|(_, is_link)| *is_link);
            found.retain(|(path, _)| !knows(path));
            found.sort();
        }
        inputs.extend(found.into_iter().map(|(path, _)| Input::Found(path)));
    }
    inputs
}

/// Whether a search of a directory takes a file of this name for a topology. The name need not be UTF-8.
pub(super) fn is_topology(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.ends_with(b".clab.yml") || name.ends_with(b".clab.yaml")
}

/// The same for a file of a lab: a topology, or an entries file.
pub(super) fn is_of_lab(name: &OsStr) -> bool {
    is_topology(name) || lab::is_entries_file(name)
}

/// The failure if a path cannot be read.
pub(super) fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::Unreadable { name: path.to_string_lossy().into_owned(), error }
}

/// The name of an input in findings.
pub(super) fn name(input: &Input, stdin: &StdinOptions) -> String {
    match input {
        Input::Stdin => stdin.shown.clone(),
        Input::File(path) | Input::Found(path) => path.to_string_lossy().into_owned(),
    }
}

/// Reads all bytes of an input.
pub(super) fn read(
    input: &Input,
    options: &CommonOptions,
    stdin: &StdinOptions,
    streams: &mut Streams<'_>,
) -> Result<Vec<u8>, Failure> {
    match input {
        Input::Stdin => read_stdin(options, stdin, streams),
        Input::File(path) | Input::Found(path) => read_file(path, options),
    }
}

/// Reads all bytes of standard input.
pub(super) fn read_stdin(
    options: &CommonOptions,
    stdin: &StdinOptions,
    streams: &mut Streams<'_>,
) -> Result<Vec<u8>, Failure> {
    read_all(streams.stdin, 0, &stdin.shown, options.max_size)
}

/// Reads all bytes of a file.
pub(super) fn read_file(path: &Path, options: &CommonOptions) -> Result<Vec<u8>, Failure> {
    read_up_to(path, options.max_size)
}

/// The same, if it has no more than so many bytes.
pub(super) fn read_up_to(path: &Path, max_size: u64) -> Result<Vec<u8>, Failure> {
    let name = path.to_string_lossy();
    let mut file = File::open(path).map_err(|error| unreadable(path, error))?;
    // Only a hint for the buffer: a pipe has no size, and a file may grow.
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    read_all(&mut file, size, &name, max_size)
}

fn read_all(reader: &mut dyn Read, size: u64, name: &str, max_size: u64) -> Result<Vec<u8>, Failure> {
    let most = max_size.min(MAX_SIZE);
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(most) + 1).unwrap_or_default());
    reader
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Unreadable { name: name.to_owned(), error })?;
    if bytes.len() as u64 > most {
        return Err(Failure::TooLarge { name: name.to_owned(), most });
    }
    Ok(bytes)
}
