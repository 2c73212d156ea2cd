//! Reads what a gateway gets, as Apache and sshd read it, and shares no code with what writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Whom a socket lets in: addresses as they are, and domains as `@domain`, in lower case. None is anyone.
pub(crate) type People = Option<BTreeSet<String>>;

/// Targets, `host:port`, and whom the gateway lets in there.
pub(crate) fn reached(folder: &Path) -> BTreeMap<String, People> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (pages, principals) = (pages(&read("gateway/lab.conf")), principals(&read("gateway/principals")));
    let listened = listened(&read("gateway/authorized_keys"));
    let forwards = read("relay.ssh_config");
    let forwards = forwards.lines().filter_map(|line| line.strip_prefix("  RemoteForward "));
    let mut reached = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for forward in forwards {
        let (bind, target) = forward.trim_matches('"').split_once("\" \"").unwrap();
        let (interface, port) = bind.rsplit_once(':').unwrap();
        let port: u16 = port.parse().unwrap();
        assert!(listened.contains(bind), "the key cannot listen at {bind}: {listened:?}");
        assert!(seen.insert(port), "{port} belongs to one socket");
        let people = match (interface, pages.get(&port)) {
            ("127.0.0.1", Some(people)) => people.clone(),
            ("127.0.0.1", None) => Some(of_port(&principals, port)),
            ("0.0.0.0", None) => None,
            _ => panic!("{bind} is behind nothing"),
        };
        reached.insert(target.to_owned(), people);
    }
    assert_eq!(listened.len(), seen.len(), "the key can listen at more ports: {listened:?}");
    reached
}

/// The people of each page, by its port on the gateway.
fn pages(config: &str) -> BTreeMap<u16, People> {
    let mut pages = BTreeMap::new();
    let (mut port, mut claims, mut is_open, mut needs) = (None, None::<BTreeSet<String>>, false, BTreeSet::new());
    for line in config.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let (directive, rest) = line.split_once(' ').unwrap_or((line, ""));
        match directive {
            "ProxyPass" => {
                let place = rest.strip_prefix("\"/\" \"http").unwrap().trim_start_matches('s');
                let place = place.strip_prefix("://127.0.0.1:").unwrap();
                port = Some(place.split_once('/').unwrap().0.parse().unwrap());
            }
            "Require" if rest == "all granted" => is_open = true,
            "Require" if rest == "claim email_verified:true" || rest.starts_with("claim \"iss:https://") => {
                needs.insert(rest.split(':').next().unwrap().to_owned());
            }
            "Require" if rest.starts_with("claim \"email~") => {
                let words = rest.strip_prefix("claim \"").unwrap().strip_suffix('"').unwrap().split("\" \"");
                assert!(claims.replace(words.map(person).collect()).is_none(), "one list of people for a page");
            }
            "Require" => assert!(rest.starts_with("expr ") || rest == "not claim", "{line}"),
            "</VirtualHost>" => {
                let people = match (is_open, claims.take()) {
                    (true, None) => None,
                    (false, Some(people)) => {
                        assert_eq!(needs.len(), 2, "who has said so, and whether it is verified: {needs:?}");
                        Some(people)
                    }
                    other => panic!("{other:?}"),
                };
                assert!(pages.insert(port.take().unwrap(), people).is_none());
                (is_open, needs) = (false, BTreeSet::new());
            }
            _ => {}
        }
    }
    pages
}

/// Whom a claim lets in, if it lets in an address or a whole domain and nobody else.
fn person(claim: &str) -> String {
    let pattern = claim.strip_prefix("email~(?is)^").unwrap().strip_suffix("(?!.)").unwrap();
    let (start, pattern) = match pattern.strip_prefix("(?!-)[a-z0-9._+'-]+@") {
        Some(domain) => ("@", domain),
        None => ("", pattern),
    };
    let text = pattern.replace("[.]", ".").replace("[+]", "+");
    // A point or a plus outside brackets would be more than itself.
    let bare = pattern.replace("[.]", "").replace("[+]", "");
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "@_-'".contains(letter);
    assert!(bare.chars().all(is_plain), "{claim}");
    format!("{start}{text}")
}

/// The ports of each name in a certificate.
fn principals(text: &str) -> Vec<(String, BTreeSet<u16>)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| {
        let (options, name) = line.rsplit_once(' ').unwrap();
        let ports = options.strip_prefix("restrict,port-forwarding,").unwrap().split(',').map(|option| {
            option.strip_prefix("permitopen=\"127.0.0.1:").unwrap().strip_suffix('"').unwrap().parse().unwrap()
        });
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "@._+-'".contains(letter);
        assert!(name.chars().all(is_plain) && name.to_lowercase() == name, "{line}");
        (name.to_owned(), ports.collect())
    };
    lines.map(read).collect()
}

/// Who gets to a port, if sshd takes the first line that has a name of the certificate: the address, or `@` with its domain.
fn of_port(principals: &[(String, BTreeSet<u16>)], port: u16) -> BTreeSet<String> {
    let opens = |address: &str, domain: &str| {
        let first = principals.iter().find(|(name, _)| name == address || name == domain);
        first.is_some_and(|(_, ports)| ports.contains(&port))
    };
    let is_in = |name: &&String| {
        let (start, domain) = name.rsplit_once('@').unwrap();
        let domain = format!("@{domain}");
        if start.is_empty() { opens(&format!("no-one-else{domain}"), &domain) } else { opens(name, &domain) }
    };
    principals.iter().map(|(name, _)| name).filter(is_in).cloned().collect()
}

fn listened(keys: &str) -> BTreeSet<String> {
    let line = keys.lines().find(|line| line.starts_with("restrict,")).unwrap();
    let options = line.split(' ').next().unwrap().split(',');
    options
        .filter_map(|option| option.strip_prefix("permitlisten=\""))
        .map(|place| place.strip_suffix('"').unwrap().to_owned())
        .collect()
}

/// The same people, without those whose whole domain is let in.
pub(crate) fn without_covered(people: &BTreeSet<String>) -> BTreeSet<String> {
    let is_covered = |name: &String| {
        name.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && people.contains(&format!("@{domain}")))
    };
    people.iter().filter(|name| !is_covered(name)).cloned().collect()
}
