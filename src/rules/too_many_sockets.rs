//! More sockets than the account may have (spec/limits.md#two-classes-of-sockets). Labs that use the same account share its limits.

use std::collections::HashMap;
use std::hash::Hash;

use super::{host_name_not_usable, socket_name_collision};
use crate::base::{AccountClass, Finding, Rule, Severity, any_of, counted, plain};
use crate::expose::{AccountLimits, AccountUse, UsedSocket};
use crate::provider::{DOCUMENTATION, Limit};

pub(crate) const RULE: &Rule = &Rule::new("too-many-sockets", &[Severity::Error]);
pub(crate) const RELAY_PORT_COLLISION: &Rule = &Rule::new("relay-port-collision", &[Severity::Error]);

/// One finding per class that is over its limit, in the first file that has sockets of the class; every entry that counts has a
/// label.
pub(crate) fn check(uses: &[&AccountUse], limits: &AccountLimits) -> Option<(usize, Vec<Finding>)> {
    let mut findings = Vec::new();
    let mut home = None;
    for class in [Some(AccountClass::Tcp), Some(AccountClass::Http), None] {
        let Some(limit) = limits.of(class) else { continue };
        let count: usize = uses.iter().map(|used| of(used, class).count()).sum();
        if count <= limit.most {
            continue;
        }
        let first = uses.iter().position(|used| of(used, class).next().is_some());
        let first = first.expect("a class over its limit has a socket in some file");
        let home = *home.get_or_insert(first);
        findings.push(finding(uses, home, class, limit, count));
    }
    Some((home?, findings))
}

fn finding(uses: &[&AccountUse], home: usize, class: Option<AccountClass>, limit: Limit, count: usize) -> Finding {
    let socket = class.map_or_else(|| "socket".to_owned(), |class| format!("{}-based socket", class.word()));
    let sockets = counted(count, &socket);
    let mut finding =
        Finding::error(RULE, format!("{sockets}: {} more than {} allows", count - limit.most, limit.source));
    for (socket, nodes) in uses.iter().flat_map(|used| by_entry(used, class)) {
        finding = uses[home].at(finding, socket, label(&nodes));
    }
    let concerned = uses.iter().flat_map(|used| of(used, class)).map(|socket| socket.shown_name().to_owned());
    finding.of_the_file().affects(concerned.collect()).help(help(uses, class, limit))
}

/// Where the limit comes from, and the ways to keep it or to be without it.
fn help(uses: &[&AccountUse], class: Option<AccountClass>, limit: Limit) -> String {
    // The documentation's limits apply only if no provider is selected; `--limit` has another source.
    let is_documented = DOCUMENTATION.account.limits.contains(&limit);
    let origin = if is_documented {
        let all: Vec<String> = DOCUMENTATION.account.limits.iter().map(Limit::words).collect();
        format!(
            "no provider is selected, so the limits of a regular account in containerlab's documentation apply ({} sockets)",
            all.join(" and ")
        )
    } else {
        match class {
            Some(class) => format!("the limit is {}", counted(limit.most, &format!("{}-based socket", class.word()))),
            None => format!("the limit is {} in total", counted(limit.most, "socket")),
        }
    };
    let select = class
        .filter(|_| is_documented)
        .and_then(|class| any_of(&unlimited_for_all(uses, class)))
        .map_or_else(String::new, |names| format!("select a provider without such a limit ({names}), "));
    let raise = match (limit.is_free_only, class) {
        (true, _) => "set `tier = \"paid\"` if the account is paid".to_owned(),
        (false, Some(class)) => format!("raise the limit with `--limit {}=N` if the account allows more", class.word()),
        (false, None) => "use an account that allows more".to_owned(),
    };
    format!(
        "{origin}; {select}publish only the SSH port of a jump host and reach the other nodes through it (`--jump-host NODE`), or {raise}"
    )
}

/// The providers without a limit that could carry the sockets of a class in every file that has some.
fn unlimited_for_all(uses: &[&AccountUse], class: AccountClass) -> Vec<&'static str> {
    let mut concerned = uses.iter().filter(|used| of(used, Some(class)).next().is_some());
    let first = concerned.next().map_or(&[][..], |used| &used.unlimited);
    let mut names: Vec<_> = first.iter().copied().filter(|(of, _)| *of == class).collect();
    for used in concerned {
        names.retain(|name| used.unlimited.contains(name));
    }
    names.into_iter().map(|(_, name)| name).collect()
}

fn label(nodes: &[&str]) -> String {
    match nodes {
        [node] => format!("on {}", plain(node)),
        [first, second] => format!("on {} and {}", plain(first), plain(second)),
        [first, .., last] => format!("on {} nodes, {} to {}", nodes.len(), plain(first), plain(last)),
        [] => String::new(),
    }
}

/// The sockets of a class, or all of them for None.
fn of(used: &AccountUse, class: Option<AccountClass>) -> impl Iterator<Item = &UsedSocket> {
    used.sockets.iter().filter(move |socket| class.is_none_or(|class| socket.class == class))
}

/// Each entry once, as the first socket that it opens, with the nodes that have it.
fn by_entry(used: &AccountUse, class: Option<AccountClass>) -> Vec<(&UsedSocket, Vec<&str>)> {
    let mut entries: Vec<(&UsedSocket, Vec<&str>)> = Vec::new();
    let mut index = HashMap::new();
    for socket in of(used, class) {
        let at = *index.entry(socket.entry()).or_insert_with(|| {
            entries.push((socket, Vec::new()));
            entries.len() - 1
        });
        entries[at].1.push(&socket.shown_node);
    }
    entries
}

/// What sockets of several labs of one account, or of several providers of one lab, would share, each with the index of the use that
/// comes later: a name, of which each lab would take the other's for its own; a port of one relay, or a host name, which the second
/// would not get.
pub(crate) fn collisions(uses: &[&AccountUse]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    let is_of_one_lab = |(later, earlier): (usize, usize)| uses[later].is_of_the_lab_of(uses[earlier]);
    let by_name = shared(uses, |socket| Some(&socket.name));
    // Each provider has names of its own.
    for (place, [one, other]) in by_name.into_iter().filter(|(place, _)| !is_of_one_lab(*place)) {
        let message = format!("two labs would have a socket named `{}`", plain(one.shown_name()));
        let way_out = "rename one of the nodes, or use one account per lab; each lab would treat the socket as its own";
        findings.push((place.0, collision(socket_name_collision::RULE, message, way_out, uses, place, [one, other])));
    }
    // Sockets of one name are said by their name.
    let is_new = |place, [one, other]: [&UsedSocket; 2]| one.name != other.name || is_of_one_lab(place);
    let by_port = shared(uses, |socket| socket.public_port);
    for (place, sockets) in by_port.into_iter().filter(|(place, sockets)| is_new(*place, *sockets)) {
        let port = sockets[0].public_port.expect("sockets that share a port have one");
        let (who, way_out) = if is_of_one_lab(place) && sockets[0].name == sockets[1].name {
            ("providers", "send the socket to one of them: it has one name, and so one port, at both")
        } else if is_of_one_lab(place) {
            ("providers", "pin one of the sockets to another port under `[relay.pins]` in publish-plan.toml")
        } else {
            (
                "labs",
                "give each lab its own ports with `--relay-ports`, or pin one of the sockets to another port under `[relay.pins]` in publish-plan.toml",
            )
        };
        let message = format!("two {who} would request relay port {port}");
        findings.push((place.0, collision(RELAY_PORT_COLLISION, message, way_out, uses, place, sockets)));
    }
    let by_host = shared(uses, |socket| socket.host_name.as_ref());
    for (place, sockets) in by_host.into_iter().filter(|(place, sockets)| is_new(*place, *sockets)) {
        let host_name = sockets[0].shown_host_name().expect("sockets that share a hostname have one");
        let (who, way_out) = if is_of_one_lab(place) {
            (
                "providers",
                "send the sockets to one of them, or give one of them another `domain`, under `[providers.NAME.names]` in publish-plan.toml",
            )
        } else {
            (
                "labs",
                "give each lab its own domain, or a `template` that contains `{lab}`, in a publish-plan.toml next to it",
            )
        };
        let message = format!("two {who} would share the hostname `{}`", plain(host_name));
        findings.push((place.0, collision(host_name_not_usable::RULE, message, way_out, uses, place, sockets)));
    }
    findings.extend(in_the_domain_of_another(uses));
    findings
}

/// Sockets with hostnames below a domain that the relay of another provider of the lab uses itself: a page there could act for a visitor
/// of the relay's own pages.
fn in_the_domain_of_another(uses: &[&AccountUse]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (index, used) in uses.iter().enumerate() {
        let others = uses.iter().filter(|other| other.provider != used.provider && other.is_of_the_lab_of(used));
        let owners: Vec<_> =
            others.filter_map(|other| Some((other.provider?, other.own_domain.as_ref()?.to_lowercase()))).collect();
        for socket in &used.sockets {
            let Some(host_name) = &socket.host_name else { continue };
            let host_name = host_name.to_lowercase();
            let is_below = |domain: &String| {
                host_name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            let Some((owner, _)) = owners.iter().find(|(_, domain)| is_below(domain)) else { continue };
            let host_name = socket.shown_host_name().expect("a socket with a hostname shows one");
            let message = format!("the hostname `{}` is below the domain of {owner}", plain(host_name));
            let finding = Finding::error(host_name_not_usable::RULE, message);
            let here = format!("on {}, at {}", plain(&socket.shown_node), used.provider.unwrap_or("no provider"));
            let way_out = format!(
                "send the socket to {owner}, with `[routes]` in publish-plan.toml, or use another domain: no other provider may have names there"
            );
            findings.push((index, used.at(finding, socket, here).help(way_out)));
        }
    }
    findings
}

/// Sockets that have something in common with one of an earlier file, with the indices of both files.
fn shared<'u, K: Hash + Eq>(
    uses: &[&'u AccountUse],
    key: impl Fn(&'u UsedSocket) -> Option<K>,
) -> Vec<((usize, usize), [&'u UsedSocket; 2])> {
    let mut first: HashMap<K, (usize, &UsedSocket)> = HashMap::new();
    let mut shared = Vec::new();
    for (index, used) in uses.iter().enumerate() {
        for socket in &used.sockets {
            let Some(key) = key(socket) else { continue };
            let (earlier, other) = *first.entry(key).or_insert((index, socket));
            if earlier != index {
                shared.push(((index, earlier), [socket, other]));
            }
        }
    }
    shared
}

fn collision(
    rule: &'static Rule,
    message: String,
    way_out: &'static str,
    uses: &[&AccountUse],
    (later, earlier): (usize, usize),
    [socket, other]: [&UsedSocket; 2],
) -> Finding {
    let finding = Finding::error(rule, message);
    let at = |used: &AccountUse| format!(", at {}", used.provider.unwrap_or("no provider"));
    let [here, there] = if uses[later].is_of_the_lab_of(uses[earlier]) {
        [at(uses[later]), at(uses[earlier])]
    } else {
        [" in this lab".to_owned(), " in this one".to_owned()]
    };
    let finding = uses[later].at(finding, socket, format!("on {}{here}", plain(&socket.shown_node)));
    uses[later].at(finding, other, format!("on {}{there}", plain(&other.shown_node))).help(way_out)
}
