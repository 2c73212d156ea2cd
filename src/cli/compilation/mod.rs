//! Takes the flags of `compile`, and a lab. Gives the files that run its tunnels, ready to be written: with one provider, those of
//! [`part`] in the output directory; with several, each of them has a directory in it, below what is common to all ([`above`]).

mod above;
pub(super) mod hand_over;
mod job;
mod kubernetes;
mod node;
pub(super) mod output_folder;
mod part;
pub(super) mod port_changes;
pub(super) mod ready;
mod retire;
mod tunnel_client;

use job::Job;

use super::compile_options::{LabOptions, Purpose};
use super::failure::Failure;
use super::offers::could_carry;
use super::{Exit, Streams, tell, triaged};
use crate::pipeline::{self, Deploy};
use ready::Ready;

/// What became of a compilation.
pub(super) enum Done {
    Ready(Box<Ready>),
    /// Nothing is to be written, which was told or asked for.
    Ended(Exit),
}

/// Compiles a lab, for a purpose.
pub(super) fn compile(
    options: &LabOptions,
    purpose: Purpose<'_>,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Done, Failure> {
    let job = Job::read((options, purpose), variables, streams)?;
    let Job { topology, files, others, wanted, look, .. } = &job;
    let mut examined = pipeline::examine_to_compile(files.clone(), &wanted.settings);
    others.count_with(&mut examined);
    let findings = triaged::for_one_plan(wanted, &examined);
    let mut summary = tell::findings(&findings, options.verbose, *look, streams)?;
    if examined.findings().any(|finding| finding.blocks_compile) {
        summary.sockets = examined.plan.as_ref().map_or(0, |plan| plan.sockets.len());
        writeln!(streams.stderr, "{}nothing was written", summary.line(false, look.columns))?;
        return Ok(Done::Ended(Exit::Findings));
    }
    let (Some(mut plan), Some(lab_context)) = (examined.plan, examined.lab_context) else {
        return Err(Failure::NotATopology { name: topology.shown.clone() });
    };
    if plan.sockets.is_empty() {
        return job.retire(plan, streams).map(Done::Ended);
    }
    let mut parts = examined.parts;
    if parts.is_empty() {
        parts.push((plan.clone(), lab_context));
    }
    let parts = part::of_providers(parts, || could_carry(files.clone(), wanted))?;
    let deploy = match examined.deploy.expect("a topology with sockets is cut for containerlab") {
        Deploy::Not(file, findings) => {
            tell::findings(&[(file, findings)], options.verbose, *look, streams)?;
            streams.stderr.write_all(b"nothing was written\n")?;
            return Ok(Done::Ended(Exit::Findings));
        }
        deploy => deploy,
    };
    job.complete(&mut plan, &parts)?;
    let ready = job.ready(plan, parts, &deploy, streams)?;
    if job.entries.is_none() {
        tell::rejected(&findings, options.verbose, streams)?;
    }
    Ok(match job.ended(&ready, streams)? {
        Some(exit) => Done::Ended(exit),
        None => Done::Ready(Box::new(ready)),
    })
}
