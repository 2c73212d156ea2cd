//! Addresses that lead to another socket than in an earlier plan, and sockets that have another address.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::base::{plain, quoted, whole};
use crate::plan::{Address, Led, Plan, PlannedSocket, Rewired, Way};
use crate::provider::Pins;

/// The number of addresses that are named; the rest is counted.
const NAMED: usize = 20;

/// Why nothing is written: addresses would lead to another socket than before. Suggests pins that keep them, for the sockets that
/// have none yet.
pub(crate) fn refused(plan: &Plan, rewired: &[Rewired], pins: &Pins) -> String {
    let (mut told, names) = (String::new(), Names::new(plan));
    tell_rewired(&mut told, &names, "error", rewired);
    tell_fixes(&mut told, &names, rewired, pins);
    told + "nothing was written\n"
}

/// Notes about the same if the user allows it.
pub(crate) fn allowed(plan: &Plan, rewired: &[Rewired]) -> String {
    let mut told = String::new();
    tell_rewired(&mut told, &Names::new(plan), "note", rewired);
    told
}

/// Notes about sockets that have another address than before; their old addresses lead nowhere.
pub(crate) fn moved(plan: &Plan, before: &[Way], after: &[Way]) -> String {
    let (mut told, names) = (String::new(), Names::new(plan));
    let known: HashSet<&Address> = before.iter().map(|(address, _)| address).collect();
    let was: HashMap<_, &Address> =
        before.iter().map(|(address, led)| ((std::mem::discriminant(address), led), address)).collect();
    let moved: Vec<(&Led, &Address, &Address)> = after
        .iter()
        .filter(|(address, _)| !known.contains(address))
        .filter_map(|(is, led)| Some((led, *was.get(&(std::mem::discriminant(is), led))?, is)))
        .collect();
    for (led, was, is) in moved.iter().take(NAMED) {
        let socket = names.shown(led).map_or_else(|| "a socket".to_owned(), |[_, _, _, socket]| quoted(&socket));
        let _ = writeln!(told, "note: {socket} moves from {} to {}", names.address(was), names.address(is));
    }
    tell_rest(&mut told, "note", moved.len(), "moves", "move");
    told
}

/// Names of sockets that may be shown. Those of the new plan are shown as the topology spells them. Those of plan.json might
/// contain values of the environment at that time, so they are shown only if the new plan's names have no variables.
struct Names<'p> {
    plan: &'p Plan,
    by_name: HashMap<&'p str, &'p PlannedSocket>,
    by_host_name: HashMap<&'p str, &'p str>,
    is_plain: bool,
}

impl<'p> Names<'p> {
    fn new(plan: &'p Plan) -> Self {
        let by_host_name =
            plan.sockets.iter().filter_map(|socket| Some((socket.host_name.as_deref()?, socket.shown_host_name()?)));
        let is_plain =
            |socket: &PlannedSocket| socket.shown_name() == socket.name && socket.shown_node() == socket.node;
        Self {
            plan,
            by_name: plan.sockets.iter().map(|socket| (socket.name.as_str(), socket)).collect(),
            by_host_name: by_host_name.collect(),
            is_plain: plan.lab == plan.shown_lab && plan.sockets.iter().all(is_plain),
        }
    }

    /// The lab, the node, its port, and the socket, as they may be shown. None if they must not be.
    fn shown<'n>(&self, led: &'n Led) -> Option<[Cow<'n, str>; 4]>
    where
        'p: 'n,
    {
        let known = self
            .by_name
            .get(led.socket.as_str())
            .filter(|known| (&self.plan.lab, &known.node, known.port) == (&led.lab, &led.node, led.port));
        match known {
            Some(known) => {
                let (lab, port) = (self.plan.shown_lab.as_str().into(), known.shown_port());
                Some([lab, known.shown_node().into(), port, known.shown_name().into()])
            }
            None if self.is_plain => {
                Some([(&led.lab).into(), (&led.node).into(), led.port.to_string().into(), (&led.socket).into()])
            }
            None => None,
        }
    }

    fn address(&self, address: &Address) -> String {
        match address {
            Address::HostName(name) => match self.by_host_name.get(name.as_str()) {
                Some(shown) => whole(&format!("hostname {shown}")),
                None if self.is_plain => whole(&address.to_string()),
                None => "another hostname".to_owned(),
            },
            Address::RelayPort(_) | Address::LocalPort(_) => address.to_string(),
        }
    }
}

fn tell_rewired(told: &mut String, names: &Names<'_>, severity: &str, rewired: &[Rewired]) {
    let tense = if severity == "error" { "and would now lead to" } else { "and now leads to" };
    for Rewired { address, before, after } in rewired.iter().take(NAMED) {
        let socket = |led: &Led| {
            let Some([lab, node, port, socket]) = names.shown(led) else { return "another socket".to_owned() };
            let lab = if before.lab == after.lab { String::new() } else { format!(" of lab {}", quoted(&lab)) };
            format!("port {} of {}{lab} ({})", plain(&port), quoted(&node), quoted(&socket))
        };
        let address = names.address(address);
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

/// Suggests pins: a pin keeps a port for the socket that had it, even if that socket is gone, so the other one gets another
/// port.
fn tell_fixes(told: &mut String, names: &Names<'_>, rewired: &[Rewired], pins: &Pins) {
    let mut lines = String::new();
    let mut are_all_named = true;
    for Rewired { address, before, .. } in rewired.iter().take(NAMED) {
        let (Address::RelayPort(port) | Address::LocalPort(port)) = address else { continue };
        // The user pinned it, so the change was meant.
        if pins.contains_key(&before.socket) || pins.values().any(|pinned| pinned == port) {
            continue;
        }
        // A pin needs the name itself, which may not be shown here.
        if names.shown(before).is_none_or(|[_, _, _, socket]| socket != before.socket) {
            are_all_named = false;
        } else {
            let name = toml::Value::String(before.socket.clone()).to_string();
            let _ = writeln!(lines, "    {} = {port}", whole(&name));
        }
    }
    if !lines.is_empty() {
        let _ = write!(told, "help: keep each port for its socket in publish-plan.toml:\n    [relay.pins]\n{lines}");
    }
    if !are_all_named {
        let _ = writeln!(
            told,
            "help: keep each port for its socket under `[relay.pins]` in publish-plan.toml; plan.json has the names of the sockets"
        );
    }
    told.push_str(
        "help: use `--allow-port-changes` if everyone who has these addresses, or a grant for them, knows of the change\n",
    );
}
