//! What is common to several providers of a lab, above their directories: a publish.sh for all of them, and the whole plan.

use super::job::Job;
use super::port_changes::PLAN;
use super::ready::PartFiles;
use crate::cli::failure::Failure;
use crate::cli::state::SCRIPT;
use crate::emit::folder::Output;
use crate::plan::Plan;
use crate::providers::Artifact;
use crate::providers::several::{self, ProviderScript};
use crate::render;

/// The files above those of the providers; `copy` is one for containerlab.
pub(super) fn output(
    job: &Job<'_>,
    plan: &Plan,
    parts: &[PartFiles],
    copy: Option<Artifact>,
) -> Result<Output, Failure> {
    let place = job.place(None)?;
    let sources = job.sources(&place)?;
    let scripts: Vec<ProviderScript<'_>> = parts.iter().map(script).collect();
    let artifacts = several::artifacts(plan, &job.topology.name, &scripts).map_err(Failure::Refused)?;
    let plan = Artifact::new(PLAN, render::json(plan).map_err(Failure::format("the plan"))?);
    let artifacts = artifacts.into_iter().chain([plan]).chain(copy).collect();
    let names: Vec<&'static str> = parts.iter().map(PartFiles::name).collect();
    let titles: Vec<&str> = parts.iter().map(|part| part.provider.title()).collect();
    let output = Output::new(place.destination, sources, &titles.join(", "), None, artifacts);
    Ok(output.map_err(Failure::format("the manifest"))?.with_others(names))
}

fn script(part: &PartFiles) -> ProviderScript<'_> {
    let text = part.output.text(SCRIPT).expect("the files of every provider have a script");
    ProviderScript { name: part.name(), text }
}
