//! `publish-plan ps`: every lab that is open from this account.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::base::whole;
use crate::cli::compilation::port_changes::PLAN;
use crate::cli::failure::Failure;
use crate::cli::open_options::PsOptions;
use crate::cli::script_record::{self, ScriptRecord};
use crate::cli::state::{self, Open};
use crate::cli::{Exit, Streams, input, script};
use crate::plan::Plan;
use crate::provider::Audience;
use crate::render;

/// The version of the JSON form.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    labs: Vec<OpenLab>,
}

/// A lab that is open.
#[derive(Serialize)]
struct OpenLab {
    /// The lab's name; that of its state if an older script opened it.
    lab: String,
    /// Null if an older script opened it.
    provider: Option<String>,
    /// `host`, `compose`, `run`, or `node`.
    how: String,
    /// Seconds since it was opened; null if it is not known, as for a node.
    open_for: Option<u64>,
    /// Seconds until it closes; null if it stays open.
    closes_in: Option<u64>,
    /// How many sockets were opened; null if an older script opened them.
    sockets: Option<usize>,
    /// How many of them are up; null if the script in its directory is not the one that opened them.
    up: Option<usize>,
    /// How many are open to anyone on the Internet.
    open_to_anyone: Option<usize>,
    /// The directory of its files.
    directory: String,
}

/// Lists the labs.
pub(super) fn run(
    options: &PsOptions,
    variables: &[(String, String)],
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let states = state::folder(variables);
    let opened = states.iter().flat_map(|states| state::all(states)).map(|open| lab(&open));
    let (mut labs, mut is_known): (Vec<OpenLab>, bool) = (opened.collect(), true);
    for record in states.iter().flat_map(|states| script_record::all_nodes(states)) {
        match record.status() {
            Ok(status) => labs.extend(status.and_then(|status| node(&record, &status))),
            // Of another script, nothing is expected.
            Err(()) if record.script().is_none() => {}
            Err(()) => {
                is_known = false;
                let here = whole(&record.here.to_string_lossy());
                writeln!(
                    streams.stderr,
                    "note: whether the tunnels of {here} are open is not known; run `sh {here}/publish.sh status`"
                )?;
            }
        }
    }
    let text = if options.json {
        render::json(&Document { version: VERSION, labs }).map_err(Failure::format("the list of labs"))?
    } else if labs.is_empty() {
        if is_known { "nothing is open\n" } else { "nothing else is open\n" }.to_owned()
    } else {
        let width = input::columns(variables, streams.terminal.stdout, streams.terminal);
        let rows = labs.iter().map(row);
        render::open_labs::table(rows, width)
    };
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

fn lab(open: &Open) -> OpenLab {
    let plan = open.plan(None);
    let now = SystemTime::now();
    let sockets = plan.as_ref().map(|plan| plan.published().sockets.len());
    OpenLab {
        lab: plan.as_ref().map_or_else(|| open.state.clone(), |plan| plan.lab.clone()),
        provider: open.provider(),
        how: open.how.clone(),
        open_for: open.since().and_then(|since| now.duration_since(since).ok()).map(|time| time.as_secs()),
        closes_in: open
            .closes()
            .map(|at| at.saturating_sub(now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs())),
        sockets,
        up: open.script().and_then(|path| script::count_up(&path)),
        open_to_anyone: plan.as_ref().map(to_anyone),
        directory: open.here.to_string_lossy().into_owned(),
    }
}

/// A lab whose tunnels are a node that runs.
fn node(record: &ScriptRecord, status: &serde_json::Value) -> Option<OpenLab> {
    let rows = status["sockets"].as_array()?;
    // The script is the one that this program wrote, so this is its plan.
    let text = std::fs::read_to_string(record.here.join(PLAN)).ok();
    let plan = text.as_deref().and_then(|text| Plan::read(text, None));
    let provider = text.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    Some(OpenLab {
        lab: status["lab"].as_str()?.to_owned(),
        provider: provider.and_then(|plan| plan["provider"].as_str().map(str::to_owned)),
        how: "node".to_owned(),
        open_for: None,
        closes_in: None,
        sockets: Some(rows.len()),
        up: Some(rows.iter().filter(|row| row["standing"] == "up").count()),
        open_to_anyone: plan.as_ref().map(to_anyone),
        directory: record.here.to_string_lossy().into_owned(),
    })
}

/// How many sockets are open to anyone on the Internet.
fn to_anyone(plan: &Plan) -> usize {
    plan.published().sockets.iter().filter(|socket| socket.audience == Audience::Anyone).count()
}

fn row(lab: &OpenLab) -> Vec<String> {
    let or_unknown = |count: Option<usize>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let time = |seconds: Option<u64>| seconds.map(words);
    vec![
        whole(&lab.lab),
        lab.provider.as_deref().map_or_else(|| "?".to_owned(), whole),
        time(lab.open_for).unwrap_or_else(|| "?".to_owned()),
        time(lab.closes_in).map_or_else(|| "–".to_owned(), |time| format!("in {time}")),
        format!("{} of {}", or_unknown(lab.up), or_unknown(lab.sockets)),
        or_unknown(lab.open_to_anyone),
        whole(&lab.directory),
    ]
}

/// A time in words, as `status` of publish.sh has it: `1h30m`, `12s`.
fn words(seconds: u64) -> String {
    let mut words = String::new();
    for (unit, of, letter) in [(86_400, u64::MAX, 'd'), (3_600, 24, 'h'), (60, 60, 'm')] {
        if seconds >= unit {
            let _ = write!(words, "{}{letter}", seconds / unit % of);
        }
    }
    if words.is_empty() { format!("{seconds}s") } else { words }
}
