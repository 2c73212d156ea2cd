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
use crate::base::{self, AclKind, Rule, Severity, counted, whole};
use crate::expose::EntryRefusal;
use crate::pipeline::{self, Examined, Offered, Settings};
use crate::plan::{Plan, PlannedSocket};
use crate::provider::{Audience, Capabilities, Carried, DOCUMENTATION, Ingress};
use crate::providers;
use crate::render::wrap;
use crate::rules::{acl_not_enforced, needs_paid_plan, policy_without_provider, too_many_sockets, type_not_carried};

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
    let only = options.name.as_ref().or(options.account.provider.as_ref());
    let is_wanted = |provider: &&&'static Capabilities| {
        only.map_or(provider.shut_down.is_none(), |name| provider.name == Some(name))
    };
    let with =
        |provider: &'static Capabilities| Settings { provider: Some(provider), ..Settings::clone(&wanted.settings) };
    // The provider of the documentation carries everything, so what is an error with it is an error with every provider. Its
    // limits apply to no account, and nothing is folded.
    let mut documented = with(&DOCUMENTATION);
    documented.expose_options.jump_host = None;
    let each = providers::capabilities().iter().filter(is_wanted).map(|provider| with(provider));
    let settings: Vec<Settings> = std::iter::once(documented).chain(each).collect();
    let mut documented: Option<Examined> = None;
    let mut stops: HashSet<Cow<'static, str>> = HashSet::new();
    let offers = pipeline::examine_with_each(&name, bytes, &settings, |settings, mut examined| {
        let provider = settings.provider.expect("each of these settings has a provider");
        let Some(documented) = &documented else {
            examined.findings.retain(|finding| finding.rule != too_many_sockets::RULE);
            stops = examined.findings.iter().map(|finding| finding.message.clone()).collect();
            documented = Some(examined);
            return None;
        };
        Some(Offer::new(provider, documented, &examined, &stops))
    });
    let offers: Vec<Offer> = offers.into_iter().flatten().collect();
    let examined = documented.expect("the first of these settings is the documentation's");
    let told = tell::wanted(&examined, &wanted.levels());
    let summary = tell::findings(&examined.file, &told, options.verbose, look, streams)?;
    let Some(plan) = &examined.plan else {
        let is_said = examined.findings.iter().any(|finding| finding.severity > Severity::Info);
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
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
fn is_about_the_matrix(rule: &Rule) -> bool {
    [acl_not_enforced::RULE, needs_paid_plan::RULE, policy_without_provider::RULE, type_not_carried::RULE]
        .contains(&rule)
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

impl Answer {
    /// Whether a provider could carry a socket of the plan, which it would open like this.
    fn new(provider: &Capabilities, socket: &PlannedSocket, offered: &Offered) -> Self {
        let Some(carried) = offered.way else {
            return Self::No(format!("it does not carry {}", socket.written_type));
        };
        let is_of_the_acl = |refusal: &EntryRefusal| {
            matches!(refusal, EntryRefusal::AclNotEnforced(_) | EntryRefusal::PoliciesNotSupported(_))
        };
        if offered.refusals.iter().any(is_of_the_acl) {
            let unenforced = [
                (AclKind::Email, socket.acl.emails.is_empty()),
                (AclKind::Domain, socket.acl.domains.is_empty()),
                (AclKind::Policy, socket.acl.policies.is_empty()),
            ];
            let missing =
                unenforced.into_iter().filter(|(kind, is_empty)| !is_empty && !carried.enforces.contains(kind));
            let missing: Vec<AclKind> = missing.map(|(kind, _)| kind).collect();
            return Self::No(format!("it cannot enforce this acl on {}: {}", socket.written_type, kinds(&missing)));
        }
        let needs_paid_tier = |refusal: &EntryRefusal| matches!(refusal, EntryRefusal::NeedsPaidTier);
        if offered.is_open || offered.refusals.iter().any(needs_paid_tier) {
            Self::Carries(carried, provider.audience(&socket.acl))
        } else {
            Self::No("blocked by another finding".to_owned())
        }
    }
}

impl Offer {
    /// What a provider could do with a topology that was examined with it; `documented` is the same without a provider, and `stops`
    /// what is wrong with every provider.
    fn new(
        provider: &'static Capabilities,
        documented: &Examined,
        examined: &Examined,
        stops: &HashSet<Cow<'static, str>>,
    ) -> Self {
        // The same entries in the same order; the plan has those that are open.
        let offered = documented.offered.iter().zip(&examined.offered).filter(|(documented, _)| documented.is_open);
        let sockets = documented.plan.iter().flat_map(|plan| &plan.sockets);
        let answers = sockets.zip(offered).map(|(socket, (_, offered))| Answer::new(provider, socket, offered));
        let own = examined.findings.iter().filter(|finding| {
            finding.blocks_compile && !is_about_the_matrix(finding.rule) && !stops.contains(&finding.message)
        });
        Self {
            provider,
            answers: answers.collect(),
            in_the_way: own.map(|finding| finding.message.to_string()).collect(),
        }
    }

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
