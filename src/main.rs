//! Passes arguments, environment, and streams to [`publish_plan::run`].

use std::io::{IsTerminal, stderr, stdin, stdout};
use std::process::ExitCode;

use publish_plan::{Streams, Terminal};

fn main() -> ExitCode {
    let terminal = Terminal {
        stdout: stdout().is_terminal(),
        stderr: stderr().is_terminal(),
        columns: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
    };
    // Standard error stays unlocked: the threads of a long run show how far they are.
    let mut streams =
        Streams { stdin: &mut stdin().lock(), stdout: &mut stdout().lock(), stderr: &mut stderr(), terminal };
    publish_plan::run(std::env::args_os(), std::env::vars_os(), &mut streams).into()
}
