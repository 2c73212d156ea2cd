//! The files above those of several providers of one lab (spec/providers.md#several-providers-in-one-lab): a publish.sh that calls the one
//! of each provider, in a directory of its own, and runtime.sh, which has the commands and is the same for every such lab.

use serde::Serialize;

use super::artifact::digest;
use super::script;
use super::template::{NamedValues, Value, Values};
use super::values::plain_json;
use super::{Artifact, Refusal};
use crate::plan::{Plan, PlannedSocket};

/// A provider's part of a lab.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProviderScript<'r> {
    /// Its name, which is that of its directory.
    pub(crate) name: &'static str,
    /// The text of its publish.sh.
    pub(crate) text: &'r str,
}

/// What the template can use of a lab.
#[derive(Serialize)]
struct LabValues<'r> {
    source: &'r str,
    provider: String,
    lab_json: String,
    providers: Vec<ProviderValues>,
}

#[derive(Serialize)]
struct ProviderValues {
    name: &'static str,
    sha256: String,
}

/// What it can use of a socket.
struct SocketValues<'r>(&'r PlannedSocket);

impl NamedValues for SocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        let Self(socket) = self;
        Some(match name {
            "name" => socket.name.as_str().into(),
            "port" => socket.port.into(),
            "node" => socket.node.as_str().into(),
            "provider" => socket.provider.expect("with several providers, each socket has one").into(),
            _ => return None,
        })
    }
}

/// publish.sh and runtime.sh. `source` is the file name of the topology, without its directory.
///
/// # Errors
/// A value cannot be written as a word of the shell; the text names it.
pub(crate) fn artifacts(plan: &Plan, source: &str, scripts: &[ProviderScript<'_>]) -> Result<Vec<Artifact>, Refusal> {
    let names: Vec<&str> = scripts.iter().map(|script| script.name).collect();
    let provider = |script: &ProviderScript<'_>| ProviderValues { name: script.name, sha256: digest(script.text, 64) };
    let lab = LabValues {
        source,
        provider: names.join(", "),
        lab_json: plain_json(&plan.lab),
        providers: scripts.iter().map(provider).collect(),
    };
    let sockets: Vec<_> = plan.sockets.iter().map(SocketValues).collect();
    let runtime = (include_str!("start.sh"), COMMANDS);
    Ok(script::of_several(include_str!("publish.sh.hbs"), runtime, &Values::new(&lab, &sockets)?)?.into())
}

/// The commands of runtime.sh.
const COMMANDS: &[&str] = &[
    include_str!("../script/processes.sh"),
    include_str!("../script/lock.sh"),
    include_str!("providers.sh"),
    include_str!("views.sh"),
    include_str!("verbs.sh"),
    include_str!("verify.sh"),
    include_str!("main.sh"),
];
