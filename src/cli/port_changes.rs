//! What `compile` compares with the plan.json of an earlier run: an address that led to one socket must not lead to another
//! without somebody saying so. Visitors keep addresses, and policies of a tailnet name ports.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::failure::Failure;
use super::options::CompileOptions;
use super::{Exit, Streams};
use crate::base::{quoted, whole};
use crate::capability::Pins;
use crate::emit::WriteError;
use crate::emit::folder::Output;
use crate::plan::{Address, Led, Rewired, Way, WrittenPlan, rewired};

/// The file with the plan.
pub(super) const PLAN: &str = "plan.json";

/// So many addresses are named; the rest is counted.
const NAMED: usize = 20;

/// Says which addresses lead elsewhere than in the output folder's plan.json, and gives the exit code where nothing may be written
/// because of that.
///
/// # Errors
/// Where an earlier run left a plan.json that cannot be compared.
pub(super) fn refused(
    options: &CompileOptions,
    output: &Output,
    pins: &Pins,
    streams: &mut Streams<'_>,
) -> Result<Option<Exit>, Failure> {
    if options.check || options.diff || options.stdout.is_some() {
        return Ok(None);
    }
    let failure = |reason: String| {
        let name = output.folder().join(PLAN).to_string_lossy().into_owned();
        Failure::OldPlan { name, reason: whole(&reason) }
    };
    let before = match old_ways(output) {
        Ok(ways) => ways,
        Err(Incomparable::Plan(_)) if options.allow_port_changes => return Ok(None),
        Err(Incomparable::Plan(reason)) => return Err(failure(reason)),
        Err(Incomparable::Place(error)) => return Err(Failure::Emit(error)),
    };
    let after = output.text(PLAN).map_or_else(|| Ok(Vec::new()), WrittenPlan::ways).map_err(failure)?;
    let rewired = rewired(&before, &after);
    let mut told = String::new();
    if rewired.is_empty() {
        tell_moved(&mut told, &before, &after);
    } else if options.allow_port_changes {
        tell_rewired(&mut told, "note", &rewired);
    } else {
        tell_rewired(&mut told, "error", &rewired);
        tell_way_out(&mut told, &rewired, pins);
        told.push_str("nothing was written\n");
    }
    streams.stderr.write_all(told.as_bytes())?;
    Ok((!rewired.is_empty() && !options.allow_port_changes).then_some(Exit::Findings))
}

/// Why a plan.json cannot be compared.
enum Incomparable {
    /// It cannot be read, in words.
    Plan(String),
    /// Nothing can be written to where it is.
    Place(WriteError),
}

/// Where the addresses of the plan.json in the output directory lead; nowhere where there is none, or one of somebody else's making,
/// which is not overwritten either.
fn old_ways(output: &Output) -> Result<Vec<Way>, Incomparable> {
    let earlier = match output.earlier(PLAN) {
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(earlier)) => earlier,
        Err(WriteError::Disk(_, error)) => return Err(Incomparable::Plan(error.to_string())),
        Err(error) => return Err(Incomparable::Place(error)),
    };
    let text = earlier.bytes.ok_or_else(|| "the file is missing".to_owned());
    let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    match text.and_then(|text| WrittenPlan::ways(&text)) {
        Err(reason) if earlier.is_named => Err(Incomparable::Plan(reason)),
        ways => Ok(ways.unwrap_or_default()),
    }
}

fn tell_rewired(told: &mut String, severity: &str, rewired: &[Rewired]) {
    let tense = if severity == "error" { "and would now lead to" } else { "and now leads to" };
    for Rewired { address, before, after } in rewired.iter().take(NAMED) {
        let socket = |led: &Led| {
            let lab = if before.lab == after.lab { String::new() } else { format!(" of lab {}", quoted(&led.lab)) };
            format!("port {} of {}{lab} ({})", led.port, quoted(&led.node), quoted(&led.socket))
        };
        let address = whole(&address.to_string());
        let _ = writeln!(told, "{severity}: {address} led to {} {tense} {}", socket(before), socket(after));
    }
    tell_rest(told, severity, rewired.len(), "leads elsewhere", "lead elsewhere");
}

fn tell_rest(told: &mut String, severity: &str, all: usize, one: &str, many: &str) {
    match all.saturating_sub(NAMED) {
        0 => {}
        1 => _ = writeln!(told, "{severity}: 1 more address {one}"),
        rest => _ = writeln!(told, "{severity}: {rest} more addresses {many}"),
    }
}

/// A pin keeps a port for the socket that had it, also where that socket is gone: what would have taken its place gets another one.
fn tell_way_out(told: &mut String, rewired: &[Rewired], pins: &Pins) {
    let mut lines = String::new();
    for Rewired { address, before, .. } in rewired.iter().take(NAMED) {
        let (Address::RelayPort(port) | Address::LocalPort(port)) = address else { continue };
        // One that is pinned was meant to move.
        if !pins.contains_key(&before.socket) && pins.values().all(|pinned| pinned != port) {
            let name = toml::Value::String(before.socket.clone()).to_string();
            let _ = writeln!(lines, "    {} = {port}", whole(&name));
        }
    }
    if !lines.is_empty() {
        let _ = write!(told, "help: keep each port for its socket in publish-plan.toml:\n    [relay.pins]\n{lines}");
    }
    told.push_str(
        "help: use `--allow-port-changes` if everyone who has these addresses, or a grant for them, knows of the change\n",
    );
}

/// Sockets that are found elsewhere than before; their old addresses lead nowhere.
fn tell_moved(told: &mut String, before: &[Way], after: &[Way]) {
    let known: HashSet<&Address> = before.iter().map(|(address, _)| address).collect();
    let was: HashMap<_, &Address> =
        before.iter().map(|(address, led)| ((std::mem::discriminant(address), led), address)).collect();
    let moved: Vec<(&Led, &Address, &Address)> = after
        .iter()
        .filter(|(address, _)| !known.contains(address))
        .filter_map(|(is, led)| Some((led, *was.get(&(std::mem::discriminant(is), led))?, is)))
        .collect();
    for (led, was, is) in moved.iter().take(NAMED) {
        let (was, is) = (whole(&was.to_string()), whole(&is.to_string()));
        let _ = writeln!(told, "note: {} moves from {was} to {is}", quoted(&led.socket));
    }
    tell_rest(told, "note", moved.len(), "moves", "move");
}
