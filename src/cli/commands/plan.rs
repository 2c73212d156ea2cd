//! `publish-plan plan`

use std::path::Path;

use serde::Serialize;

use crate::base::Severity;
use crate::cli::against::{Before, Looked};
use crate::cli::failure::Failure;
use crate::cli::given::{GivenLab, LabFlags};
use crate::cli::options::PlanOptions;
use crate::cli::values::{FailOnChange, PlanFormat};
use crate::cli::{Exit, Streams, against, input, review, tell, topology_here, triaged};
use crate::pipeline;
use crate::plan::{ChangeKind, Comparison};
use crate::providers;
use crate::render::{self, map::Map};

/// Prints the plan of one topology, or what a change to a repository opens.
pub(super) fn run(
    options: &PlanOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    if options.format == PlanFormat::GithubComment {
        return review::run(options, variables, streams);
    }
    if options.summary.is_some() {
        return Err(Failure::SummaryWithoutComment);
    }
    match options.paths().as_slice() {
        [] => of_one(options, &topology_here::only(streams)?, variables, streams),
        [path] => of_one(options, path, variables, streams),
        _ => Err(Failure::OneTopology),
    }
}

/// Prints the plan of one topology. Findings go to standard error.
fn of_one(
    options: &PlanOptions,
    path: &Path,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let color = input::is_colored(options.common.color, &variables, streams.terminal.stdout);
    let width = input::columns(&variables, streams.terminal.stdout, streams.terminal);
    let PlanOptions { common, stdin, entries, account, .. } = options;
    let flags = LabFlags { common, stdin, entries, account };
    let given = GivenLab::read(path, flags, variables, streams)?;
    let GivenLab { input, lab, others, wanted, mut loader, look } = given;
    tell::settings(&wanted, None, streams)?;
    let mut examined = pipeline::examine(lab.files, &wanted.settings, true);
    others.count_with(&mut examined);

    let name = examined.file().name().to_owned();
    let told = triaged::for_one_plan(&wanted, &examined);
    let mut summary = tell::findings(&told, options.verbose, look, streams)?;
    tell::rejected(&told, options.verbose, streams)?;
    // Frees the memory, because another topology might still be read.
    drop(told);
    let Some(plan) = &examined.plan else {
        // A file that cannot be read as YAML has findings; one without findings and without a plan is not a topology.
        let is_said = examined.findings().any(|finding| finding.severity > Severity::Info);
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
    summary.sockets = plan.sockets.len();
    let stopped = examined.findings().filter(|finding| finding.blocks_compile).count();
    let mut exit = Exit::Clean;
    let text = match &options.against {
        None => {
            let providers = providers::of_plan(plan);
            let map = || Map::of(plan, None, stopped);
            let table = || render::plan::table(plan, &providers, width, color);
            document(options.format, "the plan", plan, table, || render::plan::markdown(plan, &providers), map)?
        }
        Some(against) => {
            let Before { looked, change } = against::before(options, path, against, &name, &mut loader, streams)?;
            let contents = |folder: &Path, path: &str| {
                change.as_ref().map_or_else(String::new, |change| change.contents_after(folder, path))
            };
            let end = loader.end(&wanted, input.folder(), &examined, &contents)?;
            let new = Looked { examined, end };
            let comparison = against::comparison(looked.as_ref(), &new, options.common.no_env);
            let comparison = comparison.expect("the new topology has a plan");
            if is_failure(options, &comparison) {
                exit = Exit::Findings;
            }
            let table = || render::comparison::table(&comparison, against, width);
            let markdown = || render::comparison::markdown(&comparison, &name, against);
            let plan = new.examined.plan.as_ref().expect("a comparison has a plan");
            let map = || Map::of(plan, Some((&comparison, against)), stopped);
            document(options.format, "the comparison", &comparison, table, markdown, map)?
        }
    };
    streams.stdout.write_all(text.as_bytes())?;
    if summary.errors > 0 {
        streams.stderr.write_all(summary.line(false, look.columns).as_bytes())?;
        return Ok(Exit::Findings);
    }
    Ok(exit)
}

/// A plan or a comparison in the format that was asked for; `what` says in a failure which of them it is.
fn document(
    format: PlanFormat,
    what: &'static str,
    value: &impl Serialize,
    table: impl FnOnce() -> String,
    markdown: impl FnOnce() -> String,
    map: impl FnOnce() -> Map,
) -> Result<String, Failure> {
    match format {
        PlanFormat::Table => Ok(table()),
        PlanFormat::Markdown => Ok(markdown()),
        PlanFormat::Json => render::json(value).map_err(Failure::format(what)),
        PlanFormat::Yaml => render::yaml(value).map_err(Failure::format(what)),
        PlanFormat::Svg => Ok(map().svg()),
        PlanFormat::Html => Ok(map().html()),
        PlanFormat::Mermaid => Ok(map().mermaid()),
        PlanFormat::Dot => Ok(map().dot()),
        PlanFormat::GithubComment => unreachable!("that format covers all topologies of a change"),
    }
}

/// Whether the comparison has what `--fail-on` names.
fn is_failure(options: &PlanOptions, comparison: &Comparison) -> bool {
    match options.fail_on {
        None => false,
        Some(FailOnChange::Widened) => comparison.is_wider(),
        Some(FailOnChange::New) => comparison.count(ChangeKind::NewlyReachable) > 0,
        Some(FailOnChange::Any) => comparison.is_any(),
    }
}
