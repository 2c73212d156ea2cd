//! `publish-plan completions`

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::failure::Failure;
use crate::cli::options::Arguments;
use crate::cli::reference_options::CompletionsOptions;
use crate::cli::{Exit, Streams};

/// Prints the completion script for a shell.
pub(super) fn run(options: &CompletionsOptions, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    // `generate` panics if its writer fails, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, "publish-plan", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match options.shell {
        // clap spells a name with a dash in two ways in this script, so nothing after a command would be completed (clap issue
        // 6421).
        Shell::Bash => script = script.replace("publish__subcmd__plan", "publish__plan"),
        Shell::Fish => script += &values_for_fish(&command),
        _ => {}
    }
    streams.stdout.write_all(script.as_bytes())?;
    Ok(Exit::Clean)
}

/// Completions of positional values, which `clap_complete::aot::Fish` leaves out.
fn values_for_fish(program: &Command) -> String {
    let mut script = String::new();
    for verb in program.get_subcommands() {
        let values = verb.get_positionals().filter_map(|place| place.get_value_parser().possible_values()).flatten();
        let words: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        if !words.is_empty() {
            let (verb, words) = (verb.get_name(), words.join(" "));
            let when = format!("__fish_publish_plan_using_subcommand {verb}");
            let _ = writeln!(script, "complete -c publish-plan -n \"{when}\" -f -a \"{words}\"");
        }
    }
    script
}
