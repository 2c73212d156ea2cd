//! publish.sh, which has what is particular to a lab, and runtime.sh, which has the commands and is the same for every lab of a provider.

use super::artifact::digest;
use super::template::{Values, render};
use super::{Artifact, Refusal};

/// A part of runtime.sh for clients that are several processes; the provider's part comes after it.
pub(super) const CLIENTS: &str = include_str!("clients.sh");

const PUBLISH: &str = "publish.sh";
const RUNTIME: &str = "runtime.sh";

/// What a provider adds to the two files.
#[derive(Clone, Copy)]
pub(super) struct Client {
    /// The parts of runtime.sh for its client, in POSIX sh. `defaults.sh` says what they set and define.
    pub(super) runtime: &'static [&'static str],
    /// The part of publish.sh, a template: assignments of what the client needs to know about the lab.
    pub(super) lab: &'static str,
}

/// publish.sh and runtime.sh.
///
/// # Errors
/// A value cannot be written as a word of the shell; the text names it.
pub(super) fn scripts(client: Client, values: &Values<'_>) -> Result<[Artifact; 2], Refusal> {
    let runtime = [
        &[include_str!("start.sh")],
        SHARED,
        &[
            include_str!("common.sh"),
            include_str!("state.sh"),
            include_str!("node.sh"),
            include_str!("processes.sh"),
            include_str!("lock.sh"),
            include_str!("defaults.sh"),
        ],
        client.runtime,
        &[
            include_str!("clock.sh"),
            include_str!("views.sh"),
            include_str!("checks.sh"),
            include_str!("verbs.sh"),
            include_str!("verify/verb.sh"),
            include_str!("verify/pages.sh"),
            include_str!("verify/ports.sh"),
            include_str!("verify/marks.sh"),
            include_str!("verify/report.sh"),
            include_str!("main.sh"),
        ],
    ];
    both(include_str!("publish.sh.hbs"), client.lab, &runtime, values)
}

/// The same for a lab with several providers; `publish` is the template.
///
/// # Errors
/// A value cannot be written as a word of the shell; the text names it.
pub(super) fn of_several(
    publish: &str,
    (start, commands): (&str, &[&str]),
    values: &Values<'_>,
) -> Result<[Artifact; 2], Refusal> {
    both(publish, "", &[&[start], SHARED, commands], values)
}

/// The parts of every runtime.sh.
const SHARED: &[&str] =
    &[include_str!("guard.sh"), include_str!("words.sh"), include_str!("table.sh"), include_str!("named.sh")];

/// publish.sh and, in `runtime`, its parts one after the other, as they are. A later function of the same name replaces an earlier one.
fn both(publish: &str, lab: &str, runtime: &[&[&str]], values: &Values<'_>) -> Result<[Artifact; 2], Refusal> {
    let runtime = runtime.concat().join("\n");
    let parts = [
        ("here", include_str!("here.sh.hbs")),
        ("lab", lab),
        ("runtime", &format!("runtime={}\n", digest(&runtime, 64))),
        ("read", include_str!("read.sh.hbs")),
    ];
    let publish = render(PUBLISH, publish, &parts, values)?;
    Ok([Artifact::program(PUBLISH, publish), Artifact::new(RUNTIME, runtime)])
}
