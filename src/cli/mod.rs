//! The program: arguments, environment variables, and streams go in; an exit code comes out, and what was asked for is written
//! to the streams.

mod against;
mod baseline;
mod checked;
mod client_settings;
mod commands;
mod compilation;
mod compile_options;
mod deprecated;
mod examples;
mod failure;
mod fingerprint;
mod fitted;
mod fixing;
mod flag_or_file;
mod flags;
mod git;
mod given;
mod input;
mod known;
mod lab;
mod language_server;
mod next;
mod offers;
mod open_options;
mod options;
mod other_labs;
mod paths;
mod progress;
mod provider_settings;
mod reference_options;
mod report;
mod review;
mod rule_facts;
mod script;
mod script_record;
mod searched;
mod setting_flags;
mod settings;
mod settings_file;
mod show_settings;
mod state;
mod tell;
mod together;
mod topology_file;
mod topology_here;
mod tracked;
mod triaged;
mod values;
mod walk;
mod watch;

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::process::ExitCode;

use clap::Parser;

use fitted::Fitted;
pub use known::settings_schema;
use options::Arguments;

/// The streams that the program reads and writes.
pub struct Streams<'s> {
    /// Standard input.
    pub stdin: &'s mut dyn Read,
    /// Gets only the document that was asked for.
    pub stdout: &'s mut dyn Write,
    /// Gets everything else.
    pub stderr: &'s mut dyn Write,
    /// What is known about the terminal.
    pub terminal: Terminal,
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Streams").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

/// A stream whose reader might stop reading (`| head`). The rest of the output is dropped, and the exit code stays the same.
struct UntilGone<'s> {
    stream: &'s mut dyn Write,
    is_gone: bool,
}

impl<'s> UntilGone<'s> {
    fn new(stream: &'s mut dyn Write) -> Self {
        Self { stream, is_gone: false }
    }

    fn unless_gone<T>(&mut self, done: std::io::Result<T>, dropped: T) -> std::io::Result<T> {
        self.is_gone |= done.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
        if self.is_gone { Ok(dropped) } else { done }
    }
}

impl Write for UntilGone<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let done = if self.is_gone { Ok(0) } else { self.stream.write(bytes) };
        self.unless_gone(done, bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let done = if self.is_gone { Ok(()) } else { self.stream.flush() };
        self.unless_gone(done, ())
    }
}

/// What is known about the terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Whether standard input is a terminal.
    pub stdin: bool,
    /// Whether standard output is a terminal.
    pub stdout: bool,
    /// Whether standard error is a terminal.
    pub stderr: bool,
    /// Its width in columns, if known.
    pub columns: Option<usize>,
}

/// How a run ended (docs/src/formats.md, "Exit codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// There are no findings at or above `--fail-on`.
    Clean,
    /// There are such findings.
    Findings,
    /// The run failed, for example because of an unknown flag or an unreadable file. It overrides [`Exit::Findings`].
    Failed,
    /// A verification could not tell everything.
    CannotTell,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
            Exit::CannotTell => 3,
        })
    }
}

/// Runs the program with its arguments, the first of which is its own name, and environment variables.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    streams: &mut Streams<'_>,
) -> Exit {
    // Variables that are not Unicode cannot be used in a topology.
    let variables: Vec<(String, String)> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let columns = input::columns(&variables, streams.terminal.stderr, streams.terminal);
    let mut stderr = UntilGone::new(streams.stderr);
    let streams = &mut Streams {
        stdin: &mut *streams.stdin,
        stdout: &mut UntilGone::new(streams.stdout),
        stderr: &mut Fitted::new(&mut stderr, columns),
        terminal: streams.terminal,
    };
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Err(failure) = flag_or_file::check(&arguments).and_then(|()| deprecated::check(&arguments)) {
        failure.tell(streams.stderr);
        return Exit::Failed;
    }
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(mut error) => {
            deprecated::correct(&mut error);
            return usage(&error, streams);
        }
    };
    deprecated::tell(&arguments, streams.stderr);
    let result = match &parsed.verb {
        None => next::run(streams),
        Some(verb) => commands::run(verb, variables, streams),
    };
    match result {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(streams.stderr);
            Exit::Failed
        }
    }
}

/// Prints what clap says. Help and version were asked for; anything else is a usage error.
fn usage(error: &clap::Error, streams: &mut Streams<'_>) -> Exit {
    let is_wanted = !error.use_stderr();
    let (stream, is_terminal): (&mut dyn Write, bool) = if is_wanted {
        (&mut *streams.stdout, streams.terminal.stdout)
    } else {
        (&mut *streams.stderr, streams.terminal.stderr)
    };
    let text = error.render();
    let text = if is_terminal { text.ansi().to_string() } else { text.to_string() };
    let is_written = stream.write_all(text.as_bytes()).is_ok();
    if is_wanted && is_written { Exit::Clean } else { Exit::Failed }
}
