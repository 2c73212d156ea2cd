//! What is open from this account, by the state that publish.sh keeps: a directory for each lab.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::failure::Failure;
use crate::base::hexadecimal;
use crate::plan::Plan;
use crate::providers::state_name;

/// The name of the script among the generated files.
pub(super) const SCRIPT: &str = "publish.sh";

/// The directory where scripts keep their state: `$XDG_STATE_HOME/publish-plan`, otherwise in the home directory; None without
/// either. As in publish.sh, a relative `XDG_STATE_HOME` does not count.
pub(super) fn folder(variables: &[(String, String)]) -> Option<PathBuf> {
    let value = |wanted: &str| variables.iter().find(|(name, _)| name == wanted).map(|(_, value)| PathBuf::from(value));
    let state = value("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state = state.or_else(|| value("HOME").filter(|home| home.is_absolute()).map(|home| home.join(".local/state")));
    state.map(|state| state.join("publish-plan"))
}

/// A lab with open tunnels, according to the state that its script wrote.
#[derive(Debug)]
pub(super) struct Open {
    /// The name of its directory in the state directory ([`crate::providers::state_name`]).
    pub(super) state: String,
    /// `host`, `compose`, or `run`.
    pub(super) how: String,
    /// The directory of the script.
    pub(super) here: PathBuf,
    /// Whether the script's directory still exists.
    pub(super) is_there: bool,
    /// The directory of the state.
    path: PathBuf,
}

impl Open {
    /// When the tunnels were opened.
    pub(super) fn since(&self) -> Option<SystemTime> {
        fs::metadata(self.path.join("how")).and_then(|metadata| metadata.modified()).ok()
    }

    /// When they close, in seconds since 1970; none if they stay open.
    pub(super) fn closes(&self) -> Option<u64> {
        fs::read_to_string(self.path.join("closes")).ok()?.trim().parse().ok()
    }

    /// Whether it is a lab of this name, or one provider's part of it.
    pub(super) fn is_of(&self, lab: &str) -> bool {
        self.state.split('@').next() == Some(state_name(lab, None).as_str())
    }

    /// The plan that the tunnels were opened with, with the sockets that were opened; none if an older script opened them. `provider`
    /// is the name of the plan's provider, if it must be a certain one.
    pub(super) fn plan(&self, provider: Option<&'static str>) -> Option<Plan> {
        let mut plan = Plan::read(&self.plan_text()?, provider)?;
        if let Ok(rows) = fs::read_to_string(self.path.join("sockets-open")) {
            let names: BTreeSet<&str> = rows.lines().filter_map(|row| row.split('\t').next()).collect();
            plan.sockets.retain(|socket| socket.through.is_some() || names.contains(socket.name.as_str()));
        }
        Some(plan)
    }

    /// The name of the provider of that plan.
    pub(super) fn provider(&self) -> Option<String> {
        let plan: serde_json::Value = serde_json::from_str(&self.plan_text()?).ok()?;
        plan["provider"].as_str().map(str::to_owned)
    }

    /// The relay that the tunnels were opened through, as `host:port`; empty if their provider has none, and none if an older script
    /// opened them.
    pub(super) fn relay(&self) -> Option<String> {
        fs::read_to_string(self.path.join("relay-open")).ok().map(|text| text.trim_end_matches('\n').to_owned())
    }

    fn plan_text(&self) -> Option<String> {
        fs::read_to_string(self.path.join("plan-open")).ok()
    }

    /// Whether the plan and the client's files that the tunnels were opened with have these texts, by their names.
    pub(super) fn is_as(&self, text: impl Fn(&str) -> Option<String>) -> bool {
        let taken = self.path.join("taken");
        let Ok(files) = fs::read_dir(&taken) else { return false };
        let is_same = |name: &str| {
            let (open, new) = (fs::read_to_string(taken.join(name)).ok(), text(name));
            open.is_some() && open == new
        };
        let plan = text("plan.json");
        plan.is_some()
            && plan == self.plan_text()
            && files.flatten().all(|file| file.file_name().to_str().is_some_and(is_same))
    }

    /// The script, if it is one that opened these tunnels, or that this program wrote since. A script that came with a repository, or
    /// that somebody changed, is not run unasked.
    pub(super) fn script(&self) -> Option<PathBuf> {
        let script = self.here.join(SCRIPT);
        let known = fs::read_to_string(self.path.join("scripts")).ok()?;
        let digest = digest(&script)?;
        known.lines().any(|line| line == digest).then_some(script)
    }
}

/// The relay of a script in the same form.
pub(super) fn relay_of(script: &str) -> String {
    let value = |name: &str| script.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let relay = value("relay_host").zip(value("relay_port"));
    relay.map_or_else(String::new, |(host, port)| format!("{}:{port}", host.trim_matches('\'')))
}

/// Every lab that is open, by the name of its state.
pub(super) fn all(states: &Path) -> Vec<Open> {
    let mut all = Vec::new();
    for state in fs::read_dir(states).into_iter().flatten().flatten() {
        let read = |name: &str| {
            fs::read_to_string(state.path().join(name)).ok().map(|text| text.trim_end_matches('\n').to_owned())
        };
        let (Some(how), Some(here)) = (read("how"), read("here")) else { continue };
        let name = state.file_name().to_string_lossy().into_owned();
        let is_there = fs::canonicalize(&here).is_ok();
        all.push(Open { state: name, how, here: PathBuf::from(here), is_there, path: state.path() });
    }
    // The result must not depend on the order of the directory's entries.
    all.sort_by(|a, b| a.state.cmp(&b.state));
    all
}

/// The tunnels that this user opened from `output`, whatever the lab's name was; or those of the lab with the state `own` if
/// the script that opened them no longer exists, because the output directory might have been moved.
pub(super) fn open_from(states: &Path, own: &str, output: &Path) -> Option<Open> {
    let output = fs::canonicalize(output).ok()?;
    all(states).into_iter().find(|open| match fs::canonicalize(&open.here) {
        Ok(here) => here == output,
        Err(_) => open.state == own,
    })
}

/// The tunnels that this user opened from `output`.
pub(super) fn open_here(states: &Path, output: &Path) -> Option<Open> {
    open_from(states, "", output)
}

/// Notes that this program has just written the script in `output`, if tunnels are open from there.
pub(super) fn trust(states: Option<&Path>, output: &Path) -> Result<(), Failure> {
    let Some(open) = states.and_then(|states| open_here(states, output)) else { return Ok(()) };
    let (path, script) = (open.path.join("scripts"), open.here.join(SCRIPT));
    let (Ok(known), Some(digest)) = (fs::read_to_string(&path), digest(&script)) else { return Ok(()) };
    if known.lines().any(|line| line == digest) {
        return Ok(());
    }
    let name = path.to_string_lossy().into_owned();
    fs::write(&path, format!("{known}{digest}\n")).map_err(|error| Failure::Unwritable { name, error })
}

/// The SHA-256 of a file, in hexadecimal digits.
pub(super) fn digest(path: &Path) -> Option<String> {
    fs::read(path).ok().map(|bytes| hexadecimal(&Sha256::digest(bytes)))
}
