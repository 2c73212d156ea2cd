//! What providers support: a table of all, or everything about one of them.

use serde_json::{Value, json};

use super::table::{self, Table};
use super::wrap;
use crate::base::{AccountClass, AclKind, SocketType};
use crate::provider::{Audience, Capabilities, Carriage, Carried, Ingress, Limit, Need, ProxyUse, Subscription};

/// The version of the JSON form.
pub(super) const VERSION: u32 = 1;

/// Where the words of a fact begin in the description of a provider, in columns.
const INDENT: usize = 13;

fn header() -> Vec<String> {
    let types = SocketType::ALL.map(|socket_type| socket_type.word().to_uppercase());
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    [words(&["PROVIDER"]), types.to_vec(), words(&["ACL", "WITHOUT ACL", "HTTP PROXY", "LIMITS"])].concat()
}

fn row(provider: &Capabilities) -> Vec<String> {
    let mut cells = vec![provider.title().to_owned()];
    for socket_type in SocketType::ALL {
        cells.push(provider.way(socket_type).map_or("–", way).to_owned());
    }
    cells.push(acls(provider));
    cells.push(provider.without_acl.to_string());
    let proxy = match provider.proxy {
        ProxyUse::No => "–",
        ProxyUse::Yes => "yes",
        ProxyUse::PaidPlan => "paid",
    };
    cells.push(proxy.to_owned());
    cells.push(limits(provider));
    cells
}

/// The word of a type in the table: what the account needs for it, or if it needs nothing, how it is carried.
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
    for carried in provider.carries {
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

fn limits(provider: &Capabilities) -> String {
    let free = |limit: &Limit| if limit.is_free_only { "free: " } else { "" };
    let mut words: Vec<String> =
        provider.limits.iter().map(|limit| format!("{}{}", free(limit), limit.words())).collect();
    if !provider.only_ports.is_empty() {
        let ports: Vec<String> = provider.only_ports.iter().map(ToString::to_string).collect();
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
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for socket_type in SocketType::ALL {
        let Some(way) = provider.way(socket_type).map(way) else { continue };
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

/// Everything about one provider, one fact per line. A fact that is wider than `columns`, if there is a limit, is broken at spaces.
pub(crate) fn description(provider: &Capabilities, columns: Option<usize>) -> String {
    let mut text = String::new();
    let mut say = |what: &str, words: &str| text += &table::field(what, words, INDENT, columns);
    say("provider", provider.title());
    for carried in provider.carries {
        let needs = match carried.needs {
            None => "",
            Some(Need::Card) => ", with a payment card on file",
            Some(Need::PaidPlan) => ", on a paid tier",
        };
        let words = format!("{}{needs}; acl: {}", carriage(carried.carriage), kinds(carried.enforces));
        say(&format!("  {}", carried.socket_type), &words);
    }
    if provider.identity_tcp_becomes_tls {
        say("", "tcp with an acl becomes tls");
    }
    say("without acl", &provider.without_acl.to_string());
    say("limits", &limits(provider));
    let proxy = match provider.proxy {
        ProxyUse::No => "not supported",
        ProxyUse::Yes => "with `compile --proxy`",
        ProxyUse::PaidPlan => "with `compile --proxy`, on a paid tier",
    };
    say("http proxy", proxy);
    for secret in provider.secrets {
        say("secret", &format!("{}: {}", secret.what, secret.found.replace('`', "")));
    }
    for image in provider.images {
        let setting = image.setting.as_ref();
        let setting = setting.map_or_else(String::new, |key| format!("; {} replaces it", key.setting.key));
        say("image", &format!("{} ({}{setting})", image.reference, image.purpose));
    }
    if let Some(needed) = provider.pages_need {
        say("web pages", &format!("need {needed}"));
    }
    if let Some(shut_down) = provider.shut_down {
        say("note", &format!("the service {shut_down}"));
    }
    if let Some(note) = provider.note {
        say("note", note);
    }
    say("tested", provider.tried);
    text
}

/// Everything about them, for programs.
pub(crate) fn document(providers: &[&Capabilities]) -> Value {
    let providers: Vec<Value> = providers.iter().map(|provider| json(provider)).collect();
    json!({ "version": VERSION, "providers": providers })
}

fn json(provider: &Capabilities) -> Value {
    let kind = |kind: &AclKind| match kind {
        AclKind::Email => "email",
        AclKind::Domain => "domain",
        AclKind::Policy => "policy",
    };
    let carries: Vec<Value> = provider
        .carries
        .iter()
        .map(|carried| {
            let enforces: Vec<&str> = carried.enforces.iter().map(kind).collect();
            json!({
                "type": carried.socket_type.word(),
                "carriage": carriage(carried.carriage),
                "enforces": enforces,
                "needs": carried.needs.map(needs),
            })
        })
        .collect();
    let limit = |class| provider.limit(class, Subscription::Free).map(|limit| limit.most);
    let without_acl = match provider.without_acl {
        Audience::Anyone => "anyone",
        Audience::Members => "members",
        Audience::Nobody | Audience::Named(_) => "nobody",
    };
    let secrets: Vec<Value> = provider
        .secrets
        .iter()
        .map(|secret| json!({ "what": secret.what, "found": secret.found.replace('`', "") }))
        .collect();
    json!({
        "name": provider.name,
        "carries": carries,
        "tcp_with_acl_becomes_tls": provider.identity_tcp_becomes_tls,
        "without_acl": without_acl,
        "limits": { "tcp": limit(Some(AccountClass::Tcp)), "http": limit(Some(AccountClass::Http)), "all": limit(None) },
        "relay": provider.relay,
        "proxy": provider.proxy != ProxyUse::No,
        "secrets": secrets,
        "images": provider.images.iter().map(|image| image.reference).collect::<Vec<_>>(),
        "shut_down": provider.shut_down,
        "note": provider.note,
        "tried": provider.tried,
    })
}
