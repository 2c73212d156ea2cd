//! Which provider could carry which entries of a topology, and with what limitations.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::providers::{VERSION, carriage, kinds, legend, needs, way};
use super::table::{self, Table};
use super::wrap;
use crate::base::{self, AclKind, SocketType, counted, whole};
use crate::plan::Plan;
use crate::provider::{Audience, Capabilities, Carried, Ingress};

/// What one provider could do with a topology.
pub(crate) struct Offer {
    pub(crate) provider: &'static Capabilities,
    /// One for each socket, in the order of the plan.
    pub(crate) answers: Vec<Answer>,
    /// The messages of other findings that would stop `compile`.
    pub(crate) in_the_way: Vec<String>,
}

/// Whether a provider could carry a socket.
pub(crate) enum Answer {
    /// How, and who could connect; None are the people that the acl names.
    Carries(&'static Carried, Option<&'static Audience>),
    No(Obstacle),
}

/// Why a provider could not carry a socket, which has this type.
pub(crate) enum Obstacle {
    Type(SocketType),
    /// It cannot enforce these kinds of items.
    Acl(SocketType, Vec<AclKind>),
    OtherFinding,
}

impl Answer {
    /// How, and who if that needs a word: `native`, `raw, nobody`, `–`.
    fn words(&self) -> Cow<'static, str> {
        let Self::Carries(carried, audience) = self else { return "–".into() };
        match audience {
            Some(Audience::Members) => format!("{}, members", way(carried)).into(),
            Some(Audience::Nobody) => format!("{}, nobody", way(carried)).into(),
            Some(Audience::Anyone | Audience::Named(_)) | None => way(carried).into(),
        }
    }
}

impl Obstacle {
    fn words(&self) -> String {
        match self {
            Self::Type(socket_type) => format!("it does not carry {socket_type}"),
            Self::Acl(socket_type, missing) => {
                format!("it cannot enforce this acl on {socket_type}: {}", kinds(missing))
            }
            Self::OtherFinding => "blocked by another finding".to_owned(),
        }
    }
}

impl Offer {
    /// Whether it could carry every entry.
    pub(crate) fn carries_all(&self) -> bool {
        self.carries() == self.answers.len() && self.in_the_way.is_empty()
    }

    /// Whether it could carry the socket with this index in the plan.
    pub(crate) fn carries_one(&self, index: usize) -> bool {
        matches!(self.answers[index], Answer::Carries(..))
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
            (self.provider.account.is_needed, "an account"),
            (self.provider.relay.is_needed, "your own relay"),
            (has_names && !self.provider.account.gives_domain, "a domain"),
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

fn rows<'r>(plan: &'r Plan, offers: &'r [Offer]) -> impl Iterator<Item = Vec<Cow<'static, str>>> + 'r {
    plan.sockets.iter().enumerate().map(move |(index, socket)| {
        let answers = offers.iter().map(|offer| offer.answers[index].words());
        [whole(&socket.node).into(), whole(&socket.origin.entry).into()].into_iter().chain(answers).collect()
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

/// Tables of the entries and of the providers in at most `columns`, if there is a limit. `together` are the fewest providers that could
/// carry every entry, if one cannot; `errors` is the number of errors in the topology, whose entries are not in the plan.
pub(crate) fn tables(
    plan: &Plan,
    offers: &[Offer],
    (together, errors): (&[&str], usize),
    columns: Option<usize>,
) -> String {
    let mut sockets = Table::new(&header(offers), rows(plan, offers));
    if !sockets.fits(columns) {
        sockets = Table::new(&["NODE", "ENTRY", "CARRIED BY"], by_entry(plan, offers)).wrapping(&["CARRIED BY"]);
    }
    let sockets = sockets.text(columns);
    let words: BTreeSet<Cow<'_, str>> = offers.iter().flat_map(|offer| &offer.answers).map(Answer::words).collect();
    let words: Vec<String> = words.into_iter().map(Cow::into_owned).collect();
    let legend = legend(&words, columns);
    let gap = if sockets.is_empty() { "" } else { "\n" };
    let summary = Table::new(&SUMMARY, summary(offers)).wrapping(&["BLOCKED BY"]).text(columns);
    format!("{sockets}{legend}{gap}{summary}{}", wrap::sentence(&whole_lab(plan, offers, together, errors), columns))
}

/// The same in Markdown.
pub(crate) fn markdown(plan: &Plan, offers: &[Offer], (together, errors): (&[&str], usize)) -> String {
    let sockets = table::markdown(&header(offers), rows(plan, offers).map(|row| table::escaped(&row)));
    let summary = table::markdown(&SUMMARY, summary(offers).map(|row| table::escaped(&row)));
    format!("{sockets}{summary}{}\n", base::markdown(&whole_lab(plan, offers, together, errors)))
}

/// Which providers could carry all of the lab: `lab demo: every entry could be carried by border0, tailscale`.
fn whole_lab(plan: &Plan, offers: &[Offer], together: &[&str], errors: usize) -> String {
    let names: Vec<&str> =
        offers.iter().filter(|offer| offer.carries_all()).map(|offer| offer.provider.title()).collect();
    let lab = whole(&plan.lab);
    if errors > 0 {
        return format!("lab {lab}: entries with errors are not counted: {}", counted(errors, "error"));
    }
    match (plan.sockets.is_empty(), names.as_slice()) {
        (true, _) => format!("lab {lab} publishes nothing"),
        (false, []) if together.is_empty() => format!("lab {lab}: no provider could carry every entry"),
        (false, []) => format!(
            "lab {lab}: no provider could carry every entry; together, these could: `--provider {}`",
            together.join(",")
        ),
        (false, names) => format!("lab {lab}: every entry could be carried by {}", names.join(", ")),
    }
}

/// The same for programs.
pub(crate) fn document(plan: &Plan, offers: &[Offer], (together, errors): (&[&str], usize)) -> Value {
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
                        "audience": audience.map_or_else(|| Audience::Named(socket.acl.clone()).to_string(), Audience::to_string),
                    }),
                    Answer::No(obstacle) => {
                        json!({ "name": offer.provider.name, "carries": false, "reason": obstacle.words() })
                    }
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
                "account": offer.provider.account.is_needed,
                "relay": offer.provider.relay.is_needed,
                "in_the_way": offer.in_the_way,
            })
        })
        .collect();
    json!({
        "version": VERSION,
        "lab": plan.lab,
        "errors": errors,
        "sockets": sockets,
        "providers": providers,
        "together": together,
    })
}
