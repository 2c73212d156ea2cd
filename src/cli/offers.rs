//! `publish-plan providers --for FILE`: which provider could carry which entries of one topology, and with what limitations.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use super::failure::Failure;
use super::given::Given;
use super::options::ProvidersOptions;
use super::values::ProvidersFormat;
use super::{Exit, Streams, input, tell, triaged};
use crate::base::{AclKind, Severity, SocketType};
use crate::pipeline::{self, Settings};
use crate::plan::PlannedSocket;
use crate::provider::{Capabilities, DOCUMENTATION, ExposeOptions};
use crate::providers;
use crate::render::offers::{self, Answer, Offer};
use crate::render::{self, providers::kinds};

/// Prints what the providers could carry, as a table or for programs.
pub(super) fn run(
    path: &Path,
    options: &ProvidersOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let columns = input::columns(&variables, streams.terminal.stdout, streams.terminal);
    let Given { name, bytes, wanted, look, .. } =
        Given::read(path, &options.common, &options.stdin, options.account.clone(), variables, streams)?;
    let examine_with = |provider, expose_options: ExposeOptions| {
        let settings = Settings { provider: Some(provider), expose_options, ..Settings::clone(&wanted.settings) };
        pipeline::examine(&name, bytes.clone(), &settings, true)
    };
    let expose_options = &wanted.settings.expose_options;
    let examine = |provider| examine_with(provider, expose_options.clone());
    // The provider of the documentation carries everything, so what is an error with it is an error with every provider. Its
    // limits apply to no account, and nothing is folded.
    let mut examined = examine_with(&DOCUMENTATION, ExposeOptions { jump_host: None, ..expose_options.clone() });
    examined.findings.retain(|finding| finding.rule != "too-many-sockets");
    let told = triaged::for_one_plan(&wanted, &examined);
    let summary = tell::findings(&examined.file, &told, options.verbose, look, streams)?;
    // There may be many findings, and the topology is read again for each provider.
    drop(told);
    let findings = std::mem::take(&mut examined.findings);
    let Some(plan) = &examined.plan else {
        let is_said = findings.iter().any(|finding| finding.severity > Severity::Info);
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
    let stops: HashSet<Cow<'static, str>> = findings.into_iter().map(|finding| finding.message).collect();
    let only = options.name.as_ref().or(options.account.provider.as_ref());
    let is_wanted = |provider: &&&'static Capabilities| {
        only.map_or(provider.shut_down.is_none(), |name| provider.name == Some(name))
    };
    let offers: Vec<Offer> = providers::capabilities()
        .iter()
        .filter(is_wanted)
        .map(|provider| {
            let examined = examine(provider);
            let own = examined.findings.iter().filter(|finding| {
                finding.blocks_compile && !is_about_the_matrix(finding.rule) && !stops.contains(&finding.message)
            });
            let planned = examined.plan.as_ref().map_or(&[][..], |plan| &plan.sockets);
            let planned = planned.iter().map(known_by).collect();
            Offer {
                provider,
                answers: plan.sockets.iter().map(|socket| answer(provider, expose_options, socket, &planned)).collect(),
                in_the_way: own.map(|finding| finding.message.to_string()).collect(),
            }
        })
        .collect();
    let text = match options.format {
        ProvidersFormat::Table => offers::tables(plan, &offers, summary.errors, columns),
        ProvidersFormat::Markdown => offers::markdown(plan, &offers, summary.errors),
        ProvidersFormat::Json => {
            render::json(&offers::document(plan, &offers, summary.errors)).map_err(Failure::Format)?
        }
    };
    streams.stdout.write_all(text.as_bytes())?;
    Ok(if summary.errors > 0 { Exit::Findings } else { Exit::Clean })
}

/// Whether the answers already say what a finding of this rule says.
fn is_about_the_matrix(rule: &str) -> bool {
    ["acl-not-enforced", "needs-paid-plan", "policy-without-provider", "type-not-carried"].contains(&rule)
}

/// What identifies a socket in the plans of all providers.
fn known_by(socket: &PlannedSocket) -> (&str, u16, SocketType) {
    (&socket.node, socket.port, socket.written_type)
}

fn answer(
    provider: &'static Capabilities,
    expose_options: &ExposeOptions,
    socket: &PlannedSocket,
    planned: &HashSet<(&str, u16, SocketType)>,
) -> Answer {
    let written = socket.written_type;
    let effective = provider.effective_type(written, !socket.acl.is_empty());
    let Some(carried) = provider.carried(effective) else {
        return Answer::No(format!("it does not carry {written}"));
    };
    if !provider.supports(written, &socket.acl) {
        let unenforced = [
            (AclKind::Email, socket.acl.emails.is_empty()),
            (AclKind::Domain, socket.acl.domains.is_empty()),
            (AclKind::Policy, socket.acl.policies.is_empty()),
        ];
        let missing: Vec<AclKind> = unenforced
            .into_iter()
            .filter(|(kind, is_empty)| !is_empty && !carried.enforces.contains(kind))
            .map(|(kind, _)| kind)
            .collect();
        return Answer::No(format!("it cannot enforce this acl on {written}: {}", kinds(&missing)));
    }
    if planned.contains(&known_by(socket)) || !provider.affords(effective, expose_options.subscription) {
        Answer::Carries(carried, provider.audience(&socket.acl))
    } else {
        Answer::No("blocked by another finding".to_owned())
    }
}
