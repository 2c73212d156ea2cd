//! `publish-plan providers --for FILE`: which provider could carry which entries of one topology, and with what limitations.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};

use super::failure::Failure;
use super::given::Given;
use super::options::ProvidersOptions;
use super::providers::{VERSION, carriage, kinds, legend, needs, way};
use super::table::{self, Table};
use super::values::ProvidersFormat;
use super::{Exit, Streams, input, tell};
use crate::base::{self, AclKind, Severity, SocketType, counted, whole};
use crate::pipeline::{self, Settings};
use crate::plan::{Plan, PlannedSocket};
use crate::provider::{Audience, Capabilities, Carried, DOCUMENTATION, ExposeOptions, Ingress};
use crate::providers;
use crate::render::wrap;
use crate::settings::PROVIDER;

/// What one provider could do with a topology.
struct Offer {
    provider: &'static Capabilities,
    /// One for each socket, in the order of the plan.
    answers: Vec<Answer>,
    /// The messages of other findings that would stop `compile`.
    in_the_way: Vec<String>,
}

/// Whether a provider could carry a socket.
enum Answer {
    /// How, and who could connect.
    Carries(&'static Carried, Audience),
    /// The reason why not, in words.
    No(String),
}

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
    let told = tell::wanted(&examined, &wanted.levels());
    let summary = tell::findings(&examined.file, &told, options.verbose, look, streams)?;
    // There may be many findings, and the topology is read again for each provider.
    drop(told);
    let findings = std::mem::take(&mut examined.findings);
    let Some(plan) = &examined.plan else {
        let is_said = findings.iter().any(|finding| finding.severity > Severity::Info);
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
    let stops: HashSet<Cow<'static, str>> = findings.into_iter().map(|finding| finding.message).collect();
    let only = options.name.clone().or_else(|| options.account.settings.0.get(&PROVIDER));
    let is_wanted = |provider: &&&'static Capabilities| {
        only.as_deref().map_or(provider.shut_down.is_none(), |name| provider.name == Some(name))
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
        ProvidersFormat::Table => tables(plan, &offers, summary.errors, columns),
        ProvidersFormat::Markdown => markdown(plan, &offers, summary.errors),
        ProvidersFormat::Json => {
            let document = document(plan, &offers, summary.errors);
            serde_json::to_string_pretty(&document).map_err(|error| Failure::Format(error.to_string()))? + "\n"
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

impl Answer {
    /// How, and who if that needs a word: `native`, `raw, nobody`, `–`.
    fn words(&self) -> String {
        match self {
            Self::Carries(carried, audience) => {
                let who = match audience {
                    Audience::Members => ", members",
                    Audience::Nobody => ", nobody",
                    Audience::Anyone | Audience::Named(_) => "",
                };
                format!("{}{who}", way(carried))
            }
            Self::No(_) => "–".to_owned(),
        }
    }
}

impl Offer {
    fn carries(&self) -> usize {
        self.answers.iter().filter(|answer| matches!(answer, Answer::Carries(..))).count()
    }

    /// What the owner of the lab must have, in words.
    fn needed(&self) -> Vec<&'static str> {
        let has_names = self
            .answers
            .iter()
            .any(|answer| matches!(answer, Answer::Carries(carried, _) if carried.ingress == Ingress::HostName));
        [
            (self.provider.needs_account, "an account"),
            (self.provider.relay, "your own relay"),
            (has_names && !self.provider.has_own_domain, "a domain"),
        ]
        .into_iter()
        .filter_map(|(is_needed, what)| is_needed.then_some(what))
        .collect()
    }
}

const SUMMARY: [&str; 4] = ["PROVIDER", "CARRIES", "REQUIRES", "BLOCKED BY"];

fn header(offers: &[Offer]) -> Vec<&'static str> {
    ["NODE", "ENTRY"].into_iter().chain(offers.iter().map(|offer| offer.provider.title())).collect()
}

fn rows<'r>(plan: &'r Plan, offers: &'r [Offer]) -> impl Iterator<Item = Vec<String>> + 'r {
    plan.sockets.iter().enumerate().map(move |(index, socket)| {
        let answers = offers.iter().map(|offer| offer.answers[index].words());
        [whole(&socket.node), whole(&socket.origin.entry)].into_iter().chain(answers).collect()
    })
}

/// Each entry with the providers that carry it, for a terminal that has no room for one column per provider.
fn by_entry(plan: &Plan, offers: &[Offer]) -> impl Iterator<Item = Vec<String>> {
    plan.sockets.iter().enumerate().map(|(index, socket)| {
        let carriers: Vec<String> = offers
            .iter()
            .map(|offer| (offer.provider.title(), &offer.answers[index]))
            .filter(|(_, answer)| matches!(answer, Answer::Carries(..)))
            .map(|(name, answer)| format!("{name} ({})", answer.words()))
            .collect();
        let carriers = if carriers.is_empty() { "no provider".to_owned() } else { carriers.join(", ") };
        vec![whole(&socket.node), whole(&socket.origin.entry), carriers]
    })
}

fn summary(offers: &[Offer]) -> impl Iterator<Item = Vec<String>> {
    offers.iter().map(|offer| {
        let or_none = |words: String| if words.is_empty() { "–".to_owned() } else { words };
        vec![
            offer.provider.title().to_owned(),
            format!("{} of {}", offer.carries(), offer.answers.len()),
            or_none(offer.needed().join(", ")),
            or_none(offer.in_the_way.join("; ")),
        ]
    })
}

fn tables(plan: &Plan, offers: &[Offer], errors: usize, columns: Option<usize>) -> String {
    let mut sockets = Table::new(&header(offers), rows(plan, offers));
    if !sockets.fits(columns) {
        sockets = Table::new(&["NODE", "ENTRY", "CARRIED BY"], by_entry(plan, offers)).wrapping(&["CARRIED BY"]);
    }
    let sockets = sockets.text(columns);
    let words: Vec<String> = offers.iter().flat_map(|offer| &offer.answers).map(Answer::words).collect();
    let legend = legend(&words, columns);
    let gap = if sockets.is_empty() { "" } else { "\n" };
    let summary = Table::new(&SUMMARY, summary(offers)).wrapping(&["BLOCKED BY"]).text(columns);
    format!("{sockets}{legend}{gap}{summary}{}", wrap::sentence(&whole_lab(plan, offers, errors), columns))
}

fn markdown(plan: &Plan, offers: &[Offer], errors: usize) -> String {
    let escaped = |rows: Vec<String>| table::escaped(&rows);
    let sockets = table::markdown(&header(offers), rows(plan, offers).map(escaped));
    let summary = table::markdown(&SUMMARY, summary(offers).map(escaped));
    format!("{sockets}{summary}{}\n", base::markdown(&whole_lab(plan, offers, errors)))
}

/// Which providers could carry all of the lab: `lab demo: every entry could be carried by border0, tailscale`.
fn whole_lab(plan: &Plan, offers: &[Offer], errors: usize) -> String {
    let could = |offer: &&Offer| offer.carries() == plan.sockets.len() && offer.in_the_way.is_empty();
    let names: Vec<&str> = offers.iter().filter(could).map(|offer| offer.provider.title()).collect();
    let lab = whole(&plan.lab);
    if errors > 0 {
        return format!("lab {lab}: entries with errors are not counted: {}", counted(errors, "error"));
    }
    match (plan.sockets.is_empty(), names.as_slice()) {
        (true, _) => format!("lab {lab} publishes nothing"),
        (false, []) => format!("lab {lab}: no provider could carry every entry"),
        (false, names) => format!("lab {lab}: every entry could be carried by {}", names.join(", ")),
    }
}

fn document(plan: &Plan, offers: &[Offer], errors: usize) -> Value {
    let sockets: Vec<Value> = plan
        .sockets
        .iter()
        .enumerate()
        .map(|(index, socket)| {
            let answers: Vec<Value> = offers
                .iter()
                .map(|offer| match &offer.answers[index] {
                    Answer::Carries(carried, audience) => json!({
                        "name": offer.provider.name,
                        "carries": true,
                        "type": carried.socket_type.word(),
                        "carriage": carriage(carried.carriage),
                        "needs": carried.needs.map(needs),
                        "audience": audience.to_string(),
                    }),
                    Answer::No(reason) => json!({ "name": offer.provider.name, "carries": false, "reason": reason }),
                })
                .collect();
            json!({
                "node": socket.node,
                "port": socket.port,
                "type": socket.written_type.word(),
                "acl": socket.acl,
                "providers": answers,
            })
        })
        .collect();
    let providers: Vec<Value> = offers
        .iter()
        .map(|offer| {
            json!({
                "name": offer.provider.name,
                "carries": offer.carries(),
                "account": offer.provider.needs_account,
                "relay": offer.provider.relay,
                "in_the_way": offer.in_the_way,
            })
        })
        .collect();
    json!({ "version": VERSION, "lab": plan.lab, "errors": errors, "sockets": sockets, "providers": providers })
}
