//! `publish-plan providers --for FILE`: which provider could carry what of one topology, and with what loss of comfort.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};

use super::failure::Failure;
use super::given::Given;
use super::options::ProvidersOptions;
use super::providers::{LEGEND, VERSION, carriage, kinds, needs, way};
use super::values::ProvidersFormat;
use super::{Exit, Streams, table, tell};
use crate::base::{self, AclKind, Severity, SocketType, counted, whole};
use crate::capability::{Audience, Capabilities, Carried, DOCUMENTATION, Entrance, Terms};
use crate::line::{self, Settings};
use crate::plan::{Plan, PlannedSocket};
use crate::providers;

/// What one provider makes of a topology.
struct Offer {
    provider: &'static Capabilities,
    /// For each socket, in their order.
    answers: Vec<Answer>,
    /// What else would stop `compile`.
    in_the_way: Vec<String>,
}

/// What a provider makes of a socket.
enum Answer {
    Carries(&'static Carried, Audience),
    /// Why not, in words.
    No(String),
}

/// Prints it, as a table or for programs.
pub(super) fn run(
    path: &Path,
    options: &ProvidersOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let Given { name, bytes, wanted, look, .. } =
        Given::read(path, &options.common, &options.stdin, options.account.clone(), variables, streams)?;
    let examine_with = |provider, terms: Terms| {
        let settings = Settings { provider: Some(provider), terms, ..Settings::clone(&wanted.settings) };
        line::examine(&name, bytes.clone(), &settings, true)
    };
    let terms = &wanted.settings.terms;
    let examine = |provider| examine_with(provider, terms.clone());
    // By the rules of the documentation everything can be shown; what it stops is wrong with every provider. Its limits are
    // nobody's here, and nothing is folded.
    let mut examined = examine_with(&DOCUMENTATION, Terms { jump_host: None, ..terms.clone() });
    examined.findings.retain(|finding| finding.rule != "too-many-sockets");
    let told = tell::wanted(&examined, &wanted.levels());
    let summary = tell::findings(&examined.file, &told, options.verbose, look, streams)?;
    // There may be many of them, and the topology is read again for each provider.
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
                answers: plan.sockets.iter().map(|socket| answer(provider, terms, socket, &planned)).collect(),
                in_the_way: own.map(|finding| finding.message.to_string()).collect(),
            }
        })
        .collect();
    let width = streams.terminal.stdout.then_some(look.width);
    let text = match options.format {
        ProvidersFormat::Table => tables(plan, &offers, summary.errors, width),
        ProvidersFormat::Markdown => markdown(plan, &offers, summary.errors),
        ProvidersFormat::Json => {
            let document = document(plan, &offers, summary.errors);
            serde_json::to_string_pretty(&document).map_err(|error| Failure::Format(error.to_string()))? + "\n"
        }
    };
    streams.stdout.write_all(text.as_bytes())?;
    Ok(if summary.errors > 0 { Exit::Findings } else { Exit::Clean })
}

/// What an answer says already.
fn is_about_the_matrix(rule: &str) -> bool {
    ["acl-not-enforced", "needs-paid-plan", "policy-without-provider", "type-not-carried"].contains(&rule)
}

/// What a socket is known by in the plans of all providers.
fn known_by(socket: &PlannedSocket) -> (&str, u16, SocketType) {
    (&socket.node, socket.port, socket.written_type)
}

fn answer(
    provider: &'static Capabilities,
    terms: &Terms,
    socket: &PlannedSocket,
    planned: &HashSet<(&str, u16, SocketType)>,
) -> Answer {
    let written = socket.written_type;
    let effective = provider.effective_type(written, !socket.acl.is_empty());
    let Some(carried) = provider.carried(effective) else {
        return Answer::No(format!("it does not carry {written}"));
    };
    if !provider.takes(written, &socket.acl) {
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
    if planned.contains(&known_by(socket)) || !provider.affords(effective, terms.subscription) {
        Answer::Carries(carried, provider.audience(&socket.acl))
    } else {
        Answer::No("blocked by another finding".to_owned())
    }
}

impl Answer {
    /// `native`, `raw, nobody`, `–`.
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

    /// What the owner of the lab must have.
    fn needed(&self) -> Vec<&'static str> {
        let has_names = self
            .answers
            .iter()
            .any(|answer| matches!(answer, Answer::Carries(carried, _) if carried.entrance == Entrance::HostName));
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

const LEGEND_OF_SOCKETS: &str = "members: tailnet members only; nobody: an entry without an acl lets nobody in\n";

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

fn tables(plan: &Plan, offers: &[Offer], errors: usize, width: Option<usize>) -> String {
    let sockets = table::text(&header(offers), rows(plan, offers), width);
    let summary = table::text(&SUMMARY, summary(offers), width);
    format!("{sockets}{LEGEND}{LEGEND_OF_SOCKETS}\n{summary}{}", whole_lab(plan, offers, errors))
}

fn markdown(plan: &Plan, offers: &[Offer], errors: usize) -> String {
    let escaped = |rows: Vec<String>| table::escaped(&rows);
    let sockets = table::markdown(&header(offers), rows(plan, offers).map(escaped));
    let summary = table::markdown(&SUMMARY, summary(offers).map(escaped));
    format!("{sockets}{summary}{}", base::markdown(&whole_lab(plan, offers, errors)))
}

/// `the whole lab could be carried by bore, frp and ssh`
fn whole_lab(plan: &Plan, offers: &[Offer], errors: usize) -> String {
    let could = |offer: &&Offer| offer.carries() == plan.sockets.len() && offer.in_the_way.is_empty();
    let names: Vec<&str> = offers.iter().filter(could).map(|offer| offer.provider.title()).collect();
    let lab = whole(&plan.lab);
    if errors > 0 {
        return format!("lab {lab}: entries with errors are not counted: {}\n", counted(errors, "error"));
    }
    match (plan.sockets.is_empty(), names.as_slice()) {
        (true, _) => format!("lab {lab} publishes nothing\n"),
        (false, []) => format!("lab {lab}: no provider could carry every entry\n"),
        (false, names) => format!("lab {lab}: every entry could be carried by {}\n", names.join(", ")),
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
