//! `publish-plan up`: checks and compiles a lab, says what that opens, and opens it with the lab's own script. Nothing is written before
//! somebody agreed.

use std::io::{BufRead, BufReader};

use super::compile::{Done, compile};
use crate::cli::compile_options::Purpose;
use crate::cli::failure::Failure;
use crate::cli::open_options::UpOptions;
use crate::cli::ready::{Ready, Written};
use crate::cli::state::{self, Open, SCRIPT};
use crate::cli::{Exit, Streams, input, script};
use crate::plan::{Comparison, End, Plan, compare};
use crate::provider::Fact;
use crate::providers::{self, Provider, Refusal};
use crate::render;

/// Opens the tunnels of a lab.
pub(super) fn run(
    options: &UpOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let states = state::folder(&variables);
    let width = input::columns(&variables, streams.terminal.stderr, streams.terminal);
    let ready = match compile(&options.lab, Purpose::Write, variables, streams)? {
        Done::Ready(ready) => *ready,
        Done::Ended(exit) => return Ok(exit),
    };
    if ready.is_node() && (options.compose || options.time.is_some()) {
        let words = "the tunnels of this lab are a node, which has no time limit and is not opened by Compose; leave out `--for` and `--compose`";
        return Err(Failure::Refused(Refusal(words.to_owned())));
    }
    let open = states.as_deref().and_then(|states| state::open_here(states, ready.folder()));
    let is_current = open.as_ref().is_some_and(|open| open.is_as(|name| ready.text(name).map(str::to_owned)));
    if !is_current && ready.is_alive() {
        let comparison = changes(open.as_ref(), &ready);
        let against = match (&open, &comparison.before) {
            (Some(_), Some(_)) => "what is open now",
            (Some(_), None) => "nothing, because an older script did not record what it opened",
            (None, _) => "nothing, because nothing is open",
        };
        let table = render::comparison::changes(&comparison, against, width);
        streams.stderr.write_all(table.as_bytes())?;
        if comparison.is_wider() && !options.yes && !confirmed(streams)? {
            return Ok(Exit::Findings);
        }
    }
    let Written { folder, before_deploy, .. } = &ready.write(streams)?;
    if !ready.is_alive() {
        return Ok(Exit::Findings);
    }
    if options.deploy {
        streams.stderr.write_all(before_deploy.as_bytes())?;
        let deployed = script::deploy(&ready.topology, streams)?;
        if deployed != Exit::Clean {
            return Ok(deployed);
        }
    }
    let mut arguments = vec!["up"];
    arguments.extend(options.compose.then_some("--compose"));
    arguments.extend(options.verify.then_some("--verify"));
    if let Some(time) = &options.time {
        arguments.extend(["--for", time]);
    }
    script::call(&folder.join(SCRIPT), &arguments, streams)
}

/// What is open now, compared with what would be. If an older script did not record what it opened, everything counts as new.
fn changes(open: Option<&Open>, ready: &Ready) -> Comparison {
    let (plan, provider) = (&ready.plan, ready.provider);
    let facts = |name: Option<&str>, relay: Option<String>| {
        let provider = name.map(|name| Fact::of_tunnels("provider", name));
        let relay = relay.filter(|relay| !relay.is_empty()).map(|relay| Fact::of_tunnels("relay.address", relay));
        provider.into_iter().chain(relay).collect()
    };
    let before = open.and_then(|open| {
        let old = open.provider().and_then(|name| providers::find(&name)).map(Provider::capabilities);
        let plan = open.plan(old.and_then(|old| old.name))?;
        let end = End::new(&plan, old.into_iter().collect(), facts(old.and_then(|old| old.name), open.relay()), 0);
        Some((plan, end))
    });
    let relay = ready.text(SCRIPT).map(state::relay_of);
    // What an older script did not record is not compared.
    let relay = relay.filter(|_| open.is_none_or(|open| open.relay().is_some()));
    let doors = Plan { other_doors: Vec::new(), ..plan.clone() };
    let after = End::new(plan, vec![provider], facts(provider.name, relay), 0);
    match before {
        Some((plan, end)) => compare(Some((&plan, end)), &doors, after, Vec::new()),
        None => compare(None, &doors, End::new(plan, vec![provider], Vec::new(), 0), Vec::new()),
    }
}

/// Whether somebody at the terminal agrees.
fn confirmed(streams: &mut Streams<'_>) -> Result<bool, Failure> {
    if !streams.terminal.stdin {
        streams.stderr.write_all(b"this opens more than now, or leads somewhere else, and there is no terminal to ask at: nothing was written or opened; to open it, run this with `--yes`\n")?;
        return Ok(false);
    }
    streams.stderr.write_all(b"Open this? [y/N] ")?;
    streams.stderr.flush()?;
    let mut line = String::new();
    BufReader::with_capacity(1, &mut *streams.stdin).read_line(&mut line)?;
    if line.is_empty() {
        // Nobody ended the line.
        streams.stderr.write_all(b"\n")?;
    }
    let is_yes = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if !is_yes {
        streams.stderr.write_all(b"nothing was written or opened\n")?;
    }
    Ok(is_yes)
}
