//! What providers support: a table of all, or everything about one of them.

use serde_json::{Value, json};

use super::table::Table;
use super::{provider, wrap};
use crate::base::{AclKind, SocketType};
use crate::provider::{Capabilities, Carriage, Carried, Ingress, Limit, Need, ProxyUse};

/// The version of the JSON form.
pub(super) const VERSION: u32 = 1;

fn header() -> Vec<String> {
    let types = SocketType::ALL.map(|socket_type| socket_type.word().to_uppercase());
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    [words(&["PROVIDER"]), types.to_vec(), words(&["ACL", "WITHOUT ACL", "HTTP PROXY", "LIMITS"])].concat()
}

fn row(provider: &Capabilities) -> Vec<String> {
    let mut cells = vec![provider.title().to_owned()];
    for socket_type in SocketType::ALL {
        cells.push(ways(provider, socket_type).unwrap_or_else(|| "–".to_owned()));
    }
    cells.push(acls(provider));
    cells.push(provider.access.without_acl.to_string());
    let proxy = match provider.reads.proxy {
        ProxyUse::No => "–",
        ProxyUse::Yes => "yes",
        ProxyUse::PaidPlan => "paid",
    };
    cells.push(proxy.to_owned());
    cells.push(limits(provider));
    cells
}

/// The words of a type in the table, each once: with an acl first. None if it is not carried.
fn ways(provider: &Capabilities, socket_type: SocketType) -> Option<String> {
    let mut words: Vec<&str> = provider.ways(socket_type).map(way).collect();
    words.dedup();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The word of a way: what the account needs for it, or if it needs nothing, how it is carried.
pub(super) fn way(carried: &Carried) -> &'static str {
    match carried.needs {
        Some(need) => needs(need),
        None => carriage(carried.carriage),
    }
}

pub(super) fn needs(need: Need) -> &'static str {
    match need {
        Need::Card => "card",
        Need::PaidPlan => "paid",
    }
}

pub(super) fn carriage(carriage: Carriage) -> &'static str {
    match carriage {
        Carriage::Native => "native",
        Carriage::Raw => "raw",
        Carriage::ClientRequired => "visitor",
    }
}

pub(crate) fn kinds(kinds: &[AclKind]) -> String {
    let words: Vec<&str> = kinds
        .iter()
        .map(|kind| match kind {
            AclKind::Email => "email",
            AclKind::Domain => "domain",
            AclKind::Policy => "policy",
        })
        .collect();
    if words.is_empty() { "–".to_owned() } else { words.join(", ") }
}

/// The kinds of acl that are enforced; if they depend on the type, with the types.
fn acls(provider: &Capabilities) -> String {
    let mut groups: Vec<(&[AclKind], Vec<&str>)> = Vec::new();
    for carried in provider.carries.iter().filter(|carried| carried.applies.covers(true)) {
        match groups.iter_mut().find(|(kinds, _)| *kinds == carried.enforces) {
            Some((_, types)) => types.push(carried.socket_type.word()),
            None => groups.push((carried.enforces, vec![carried.socket_type.word()])),
        }
    }
    match groups.as_slice() {
        [(one, _)] => kinds(one),
        many => many
            .iter()
            .filter(|(enforces, _)| !enforces.is_empty())
            .map(|(enforces, types)| format!("{} ({})", kinds(enforces), types.join(", ")))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

pub(super) fn limits(provider: &Capabilities) -> String {
    let free = |limit: &Limit| if limit.is_free_only { "free: " } else { "" };
    let mut words: Vec<String> =
        provider.account.limits.iter().map(|limit| format!("{}{}", free(limit), limit.words())).collect();
    if !provider.relay.only_ports.is_empty() {
        let ports: Vec<String> = provider.relay.only_ports.iter().map(ToString::to_string).collect();
        words.push(format!("ports {}", ports.join(", ")));
    } else if provider.has_ingress(Ingress::Port) {
        words.push("one port per socket".to_owned());
    }
    if provider.has_ingress(Ingress::HostName) {
        words.push("one hostname per socket".to_owned());
    }
    if words.is_empty() { "–".to_owned() } else { words.join(", ") }
}

/// One row for each provider, and what the words in it mean, in at most `columns`, if there is a limit.
pub(crate) fn table(providers: &[&Capabilities], columns: Option<usize>) -> String {
    let header = header();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = providers.iter().map(|provider| row(provider)).collect();
    let legend = legend(&rows.concat(), columns);
    let table = Table::new(&header, rows.iter().cloned()).wrapping(&["LIMITS"]);
    if table.fits(columns) {
        return table.text(columns) + &legend;
    }
    let narrow = rows.into_iter().zip(providers).map(|(mut row, provider)| {
        row.splice(1..=SocketType::ALL.len(), [types_by_way(provider)]);
        row
    });
    Table::new(&NARROW_HEADER, narrow)
        .wrapping(&["CARRIES", "ACL", "WITHOUT ACL", "LIMITS"])
        .leaving("HTTP PROXY")
        .leaving("LIMITS")
        .elsewhere("providers NAME has all")
        .text(columns)
        + &legend
}

/// The columns on a terminal that has no room for one per type.
const NARROW_HEADER: [&str; 6] = ["PROVIDER", "CARRIES", "ACL", "WITHOUT ACL", "HTTP PROXY", "LIMITS"];

/// `native: http, https; visitor: tls`.
fn types_by_way(provider: &Capabilities) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for socket_type in SocketType::ALL {
        let Some(way) = ways(provider, socket_type) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == way) {
            Some((_, types)) => types.push(socket_type.word()),
            None => groups.push((way, vec![socket_type.word()])),
        }
    }
    let words: Vec<String> = groups.iter().map(|(way, types)| format!("{way}: {}", types.join(", "))).collect();
    words.join("; ")
}

/// What the words of a table mean.
const WORDS: [(&str, &str); 7] = [
    ("native", "carried as this type"),
    ("raw", "a plain port, without a hostname or certificate"),
    ("visitor", "visitors need a client program"),
    ("card", "native, with a payment card on file"),
    ("paid", "native, on a paid tier"),
    ("members", "tailnet members only"),
    ("nobody", "an entry without an acl lets nobody in"),
];

/// One line for each word that is in one of the cells, wrapped if there is a limit.
pub(super) fn legend(cells: &[String], columns: Option<usize>) -> String {
    let is_there = |word: &str| cells.iter().any(|cell| cell.split(", ").any(|part| part == word));
    let there = WORDS.iter().filter(|(word, _)| is_there(word));
    there.map(|(word, meaning)| wrap::sentence(&format!("{word}: {meaning}"), columns)).collect()
}

/// The same in Markdown.
pub(crate) fn markdown(providers: &[&Capabilities]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header().iter().map(|word| word.to_lowercase()).collect();
    let mut text = line(&header);
    text.push_str(&line(&vec!["---".to_owned(); header.len()]));
    for provider in providers {
        text.push_str(&line(&row(provider)));
    }
    text
}

/// Everything about them, for programs.
pub(crate) fn document(providers: &[&Capabilities]) -> Value {
    let providers: Vec<Value> = providers.iter().map(|provider| provider::json(provider)).collect();
    json!({ "version": VERSION, "providers": providers })
}
