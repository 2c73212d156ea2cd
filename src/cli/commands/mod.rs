//! Takes the options of a command, environment variables, and streams. Gives the exit code; what was asked for is written to the
//! streams. There is one file per command, and everything that several of them need is in `cli`.

mod check;
mod compile;
mod completions;
mod down;
mod explain;
mod init;
mod invite;
mod logs;
mod lsp;
mod man;
mod migrate;
mod plan;
mod providers;
mod ps;
mod rules;
mod status;
mod strip;
mod up;
mod verify;
mod visit;

use super::failure::Failure;
use super::options::Verb;
use super::{Exit, Streams};

/// Runs a command.
pub(super) fn run(verb: &Verb, variables: Vec<(String, String)>, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    match verb {
        Verb::Check(options) => check::run(options, variables, streams),
        Verb::Compile(options) => compile::run(options, variables, streams),
        Verb::Completions(options) => completions::run(options, streams),
        Verb::Down(options) => down::run(options, variables, streams),
        Verb::Explain(options) => explain::run(options, &variables, streams),
        Verb::Invite(options) => invite::run(options, variables, streams),
        Verb::Init(options) => init::run(options, streams),
        Verb::Logs(options) => logs::run(options, variables, streams),
        Verb::Lsp(options) => lsp::run(options, variables),
        Verb::Man(options) => man::run(options, streams),
        Verb::Migrate(options) => migrate::run(options, variables, streams),
        Verb::Plan(options) => plan::run(options, variables, streams),
        Verb::Providers(options) => providers::run(options, variables, streams),
        Verb::Ps(options) => ps::run(options, &variables, streams),
        Verb::Rules(options) => rules::run(options, &variables, streams),
        Verb::Status(options) => status::run(options, variables, streams),
        Verb::Strip(options) => strip::run(options, variables, streams),
        Verb::Up(options) => up::run(options, variables, streams),
        Verb::Verify(options) => verify::run(options, variables, streams),
        Verb::Visit(options) => visit::run(options, variables, streams),
    }
}
