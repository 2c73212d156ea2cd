//! `publish-plan up`: checks and compiles a lab, says what that opens, and opens it with the lab's own script. Nothing is written before
//! somebody agreed.

use std::io::{BufRead, BufReader};

use std::path::Path;

use crate::cli::compilation::ready::{PartFiles, Ready, Written};
use crate::cli::compilation::{Done, compile};
use crate::cli::compile_options::Purpose;
use crate::cli::failure::Failure;
use crate::cli::open_options::UpOptions;
use crate::cli::state::{self, Open, SCRIPT};
use crate::cli::{Exit, Streams, input, script};
use crate::plan::{self, Comparison, End, Plan, compare};
use crate::provider::{Capabilities, Fact};
use crate::providers::{self, Provider, Refusal};
use crate::render;

/// A provider's part of a lab that is to be opened.
struct Opening<'r> {
    part: &'r PartFiles,
    /// What is open of it now.
    open: Option<Open>,
}

impl Opening<'_> {
    /// Whether it is open as it would be opened now.
    fn is_current(&self) -> bool {
        let text = |name: &str| self.part.output.text(name).map(str::to_owned);
        self.open.as_ref().is_some_and(|open| open.is_as(text))
    }
}

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
    let openings = openings(&ready, &options.only.providers, states.as_deref())?;
    if !openings.iter().all(Opening::is_current) && ready.is_alive() {
        let comparison = changes(&openings);
        let is_open = openings.iter().any(|opening| opening.open.is_some());
        let against = match (is_open, &comparison.before) {
            (true, Some(_)) => "what is open now",
            (true, None) => "nothing, because an older script did not record what it opened",
            (false, _) => "nothing, because nothing is open",
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
    arguments.extend(options.only.arguments().filter(|_| ready.above.is_some()));
    arguments.extend(options.compose.then_some("--compose"));
    arguments.extend(options.verify.then_some("--verify"));
    if let Some(time) = &options.time {
        arguments.extend(["--for", time]);
    }
    script::call(&folder.join(SCRIPT), &arguments, streams)
}

/// The parts of a lab that are to be opened: those of the providers that are named, otherwise all.
fn openings<'r>(ready: &'r Ready, only: &[String], states: Option<&Path>) -> Result<Vec<Opening<'r>>, Failure> {
    if let Some(failure) = ready.no_provider(only) {
        return Err(failure);
    }
    let chosen = ready.parts.iter().filter(|part| only.is_empty() || only.iter().any(|name| name == part.name()));
    let open = |part: &PartFiles| states.and_then(|states| state::open_here(states, part.output.folder()));
    Ok(chosen.map(|part| Opening { part, open: open(part) }).collect())
}

/// What is open now, compared with what would be. If an older script did not record what it opened, everything counts as new.
fn changes(openings: &[Opening<'_>]) -> Comparison {
    let is_one = openings.len() == 1;
    let is_open = |name: Option<&str>| {
        openings.iter().any(|opening| opening.part.provider.name == name && opening.open.is_some())
    };
    let facts = |providers: &[&'static Capabilities], relays: Vec<(Option<&str>, String)>| {
        // Of several providers, each socket says its own.
        let name = providers.first().and_then(|provider| provider.name).filter(|_| is_one);
        let provider = name.map(|name| Fact::of_tunnels("provider", name));
        let relays = relays.into_iter().filter(|(_, relay)| !relay.is_empty());
        let relays = relays.filter_map(|(name, relay)| match name {
            Some(_) if !is_one && !is_open(name) => None,
            Some(name) if !is_one => Some(Fact::of_tunnels(format!("providers.{name}.relay.address"), relay)),
            _ => Some(Fact::of_tunnels("relay.address", relay)),
        });
        provider.into_iter().chain(relays).collect()
    };
    let opened = openings.iter().filter_map(|opening| {
        let open = opening.open.as_ref()?;
        let old = open.provider().and_then(|name| providers::find(&name)).map(Provider::capabilities);
        // Of several plans, each has to say whose it is.
        let plan = if is_one || old.is_some() { open.plan(old.and_then(|old| old.name)) } else { None };
        Some((open, old, plan))
    });
    let opened: Vec<_> = opened.collect();
    let plans: Option<Vec<Plan>> = opened.iter().map(|(.., plan)| plan.clone()).collect();
    let before = plans.and_then(joined).map(|plan| {
        let old: Vec<&'static Capabilities> = opened.iter().filter_map(|(_, old, _)| *old).collect();
        let relays = opened.iter().filter_map(|(open, old, _)| Some((old.and_then(|old| old.name), open.relay()?)));
        let facts = facts(&old, relays.collect());
        let end = End::new(&plan, old, facts, 0);
        (plan, end)
    });
    let relay = |opening: &Opening<'_>| {
        // What an older script did not record is not compared.
        let is_known = opening.open.as_ref().is_none_or(|open| open.relay().is_some());
        let relay = opening.part.output.text(SCRIPT).map(state::relay_of);
        Some((opening.part.provider.name, relay.filter(|_| is_known)?))
    };
    let plan = joined(openings.iter().map(|opening| opening.part.plan.clone()).collect());
    let plan = Plan { other_doors: Vec::new(), ..plan.expect("something is to be opened") };
    let new: Vec<&'static Capabilities> = openings.iter().map(|opening| opening.part.provider).collect();
    match before {
        Some((before, end)) => {
            let facts = facts(&new, openings.iter().filter_map(relay).collect());
            compare(Some((&before, end)), &plan, End::new(&plan, new, facts, 0), Vec::new())
        }
        None => compare(None, &plan, End::new(&plan, new, Vec::new(), 0), Vec::new()),
    }
}

/// The plans of several providers as one. None if there is none.
fn joined(plans: Vec<Plan>) -> Option<Plan> {
    let nodes: Vec<String> =
        plans.iter().flat_map(|plan| plan.sockets.iter().map(|socket| socket.node.clone())).collect();
    plan::joined(plans, nodes.iter().map(String::as_str)).map(|(plan, _)| plan)
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
