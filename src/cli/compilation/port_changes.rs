//! Compares addresses with the plan.json of an earlier run: an address that led to one socket must not lead to another one
//! unnoticed. Visitors keep addresses, and the policies of a tailnet name ports.

use crate::base::whole;
use crate::cli::compile_options::{LabOptions, Purpose};
use crate::cli::failure::Failure;
use crate::cli::{Exit, Streams};
use crate::emit::WriteError;
use crate::emit::folder::Output;
use crate::plan::{Plan, Way, WrittenPlan, rewired};
use crate::provider::Pins;
use crate::render::port_changes as render;

/// The name of the file with the plan.
pub(in crate::cli) const PLAN: &str = "plan.json";

/// Reports addresses that lead to another socket than in the output directory's plan.json. Returns an exit code if nothing may
/// be written because of that.
///
/// # Errors
/// If an earlier run left a plan.json that cannot be compared.
pub(in crate::cli) fn refused(
    (options, purpose): (&LabOptions, Purpose<'_>),
    output: &Output,
    plan: &Plan,
    pins: &Pins,
    streams: &mut Streams<'_>,
) -> Result<Option<Exit>, Failure> {
    if !matches!(purpose, Purpose::Write) {
        return Ok(None);
    }
    let failure = |reason: String| {
        let name = output.folder().join(PLAN).to_string_lossy().into_owned();
        Failure::OldPlan { name, reason: whole(&reason) }
    };
    let before = match old_ways(output) {
        // Addresses that are the same lead where they led.
        Ok(None) => return Ok(None),
        Ok(Some(ways)) => ways,
        Err(Incomparable::Plan(_)) if options.allow_port_changes => return Ok(None),
        Err(Incomparable::Plan(reason)) => return Err(failure(reason)),
        Err(Incomparable::Place(error)) => return Err(Failure::Emit(error)),
    };
    let after = plan.ways();
    let rewired = rewired(&before, &after);
    let told = match (rewired.is_empty(), options.allow_port_changes) {
        (true, _) => render::moved(plan, &before, &after),
        (false, true) => render::allowed(plan, &rewired),
        (false, false) => render::refused(plan, &rewired, pins),
    };
    streams.stderr.write_all(told.as_bytes())?;
    Ok((!rewired.is_empty() && !options.allow_port_changes).then_some(Exit::Findings))
}

/// Why a plan.json cannot be compared.
enum Incomparable {
    /// It cannot be read; the reason.
    Plan(String),
    /// Its place cannot be written to.
    Place(WriteError),
}

/// Where the addresses of the output directory's plan.json lead. None if there is no such file, if it stays as it is, or if
/// publish-plan did not write it; then it is not overwritten either.
fn old_ways(output: &Output) -> Result<Option<Vec<Way>>, Incomparable> {
    if output.stays(PLAN).is_ok_and(|stays| stays) {
        return Ok(None);
    }
    let earlier = match output.earlier(PLAN) {
        Ok(None) => return Ok(None),
        Ok(Some(earlier)) => earlier,
        Err(WriteError::Disk(_, error)) => return Err(Incomparable::Plan(error.to_string())),
        Err(error) => return Err(Incomparable::Place(error)),
    };
    let text = earlier.bytes.ok_or_else(|| "the file is missing".to_owned());
    let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    match text.and_then(|text| WrittenPlan::ways(&text)) {
        Err(reason) if earlier.is_named => Err(Incomparable::Plan(reason)),
        ways => Ok(ways.ok().filter(|ways| !ways.is_empty())),
    }
}
