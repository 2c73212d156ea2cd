//! Passes arguments, environment variables, and streams to [`publish_plan::run`].

use std::io::{IsTerminal, stderr, stdin, stdout};
use std::process::ExitCode;

use publish_plan::{Streams, Terminal};

fn main() -> ExitCode {
    let terminal = Terminal {
        stdin: stdin().is_terminal(),
        stdout: stdout().is_terminal(),
        stderr: stderr().is_terminal(),
        columns: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
    };
    // None of them is locked: threads of a long run show progress, and those of a language server speak with the editor.
    let mut streams = Streams { stdin: &mut stdin(), stdout: &mut stdout(), stderr: &mut stderr(), terminal };
    publish_plan::run(std::env::args_os(), std::env::vars_os(), &mut streams).into()
}
