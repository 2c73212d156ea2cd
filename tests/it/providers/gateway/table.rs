//! The whole table: everybody whom the identity provider knows, at every kind of socket, held against the entries as they are written.

use std::fs;
use std::thread;

use serde_json::{Map, Value};

use super::stage::{Gateway, Identity, own};
use super::wires::heard_at;

/// Every type, open, for an address, and for a domain. A node has the name of its type and of whom it is for.
const ENTRIES: [(&str, &str); 12] = [
    ("http-anyone", "http/8001"),
    ("http-person", "http/8002/alice@nokia.com"),
    ("http-domain", "http/8003/nokia.com,somedomain.org"),
    ("https-anyone", "https/8004"),
    ("https-person", "https/8005/Bob@SomeDomain.com,somebody@nokia.com"),
    ("https-domain", "https/8006/somedomain.com"),
    ("tcp-anyone", "tcp/9001"),
    ("tcp-person", "tcp/9002/alice@nokia.com,o'neil@nokia.com"),
    ("tcp-domain", "tcp/9003/Nokia.com,somedomain.org"),
    ("tls-anyone", "tls/9004"),
    ("tls-person", "tls/9005/bob@somedomain.com,somebody@nokia.com"),
    ("tls-domain", "tls/9006/somedomain.com"),
];

type People = Map<String, Value>;

/// Everybody but one: the module of Debian 12 reads ` t r u e` as true, that of Debian 13 does not.
fn people() -> People {
    let mut people: People = serde_json::from_str(&fs::read_to_string(own("people.json")).unwrap()).unwrap();
    people.remove("spaced").unwrap();
    people
}

/// The address of somebody, if the identity provider says that it is verified, in one of the ways in which services say so.
fn verified(claims: &Value) -> Option<&str> {
    let is_said = |value: &Value| value.as_bool() == Some(true) || value.as_str() == Some("true");
    let value = &claims["email_verified"];
    let is_verified = is_said(value) || value.as_array().is_some_and(|values| values.iter().any(is_said));
    claims["email"].as_str().filter(|_| is_verified)
}

/// Whether an address consists of what a gateway can name and revoke, in an acl and in a certificate.
fn is_plain(address: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "@._+-'".contains(letter);
    address.chars().all(is_plain) && !address.starts_with(['-', '@'])
}

/// Whether an entry names somebody: an address or a domain is the person's, without case.
fn names(entry: &str, claims: &Value) -> bool {
    let Some(acl) = entry.splitn(3, '/').nth(2) else { return true };
    let Some((address, (_, domain))) = verified(claims).and_then(|address| Some((address, address.split_once('@')?)))
    else {
        return false;
    };
    acl.split(',').any(|item| {
        let own = if item.contains('@') { address } else { domain };
        is_plain(address) && item.eq_ignore_ascii_case(own)
    })
}

fn url(name: &str, entry: &str) -> String {
    format!("https://{name}-{}.lab.test/", entry.split('/').nth(1).unwrap())
}

fn is_page(name: &str) -> bool {
    name.starts_with("http")
}

fn lab(gateway: &mut Gateway) {
    for (name, entry) in ENTRIES {
        gateway.node(name, entry);
    }
    gateway.publish();
}

/// Does something with all people, some of them at a time.
fn for_all(people: &People, does: impl Fn(usize, &str, &Value) + Sync) {
    let all: Vec<(usize, (&String, &Value))> = people.iter().enumerate().collect();
    thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(4)) {
            scope.spawn(|| part.iter().for_each(|(index, (person, claims))| does(*index, person, claims)));
        }
    });
}

#[test]
fn everybody_gets_to_what_the_entries_say_and_nowhere_else() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    lab(&mut gateway);
    let pages = ENTRIES.iter().filter(|(name, _)| is_page(name));
    for_all(&people(), |_, person, claims| {
        for (number, (name, entry)) in pages.clone().enumerate() {
            let url = url(name, entry);
            // Whoever gets a session gets one for all pages.
            let page = if number < 2 { gateway.login(person, &url) } else { gateway.get(Some(person), &url, &[]) };
            assert_eq!(page.is_of(name), names(entry, claims), "{person} at {entry}: {page:?}");
            // Somebody without an address does not even get a session.
            let has_none = page.url.starts_with("https://auth.lab.test/") || page.status == 302;
            assert!(page.is_of(name) || page.is_refusal() || has_none, "{person} at {entry}: {page:?}");
        }
    });
    for (name, entry) in pages {
        let page = gateway.get(None, &url(name, entry), &[]);
        assert_eq!(page.is_of(name), entry.split('/').count() == 2, "{page:?}");
    }
    ports(&gateway);
}

fn ports(gateway: &Gateway) {
    let ports: Vec<(&str, &str, u16)> = ENTRIES
        .iter()
        .filter(|(name, _)| !is_page(name))
        .map(|(name, entry)| (*name, *entry, gateway.port(name)))
        .collect();
    for (name, _, port) in &ports {
        // Only what is open to anyone is at other addresses of the gateway.
        let is_open = name.ends_with("anyone");
        assert_eq!(std::net::TcpStream::connect(("127.9.9.9", *port)).is_ok(), is_open, "{name}");
        assert!(!is_open || heard_at("127.0.0.1", *port, name.starts_with("tls")) == *name, "{name}");
    }
    let closed: Vec<_> = ports.into_iter().filter(|(name, _, _)| !name.ends_with("anyone")).collect();
    for_all(&people(), |index, person, claims| {
        let certified = gateway.asks_for_certificate(person);
        let is_named = closed.iter().any(|(_, entry, _)| names(entry, claims));
        assert_eq!(certified.is_ok(), is_named, "{person}: {certified:?}");
        let Ok(key) = certified else { return };
        let first = 30_000 + u16::try_from(index).unwrap() * 8;
        let local: Vec<u16> = (first..).take(closed.len()).collect();
        let way = |(local, (_, _, port)): (&u16, &(&str, &str, u16))| format!("-L{local}:127.0.0.1:{port}");
        let ways: Vec<String> = local.iter().zip(&closed).map(way).collect();
        let _forwards = gateway.forwards(&key, first, &ways).unwrap();
        for (local, (name, entry, _)) in local.iter().zip(&closed) {
            let heard = heard_at("127.0.0.1", *local, name.starts_with("tls"));
            assert_eq!(heard, if names(entry, claims) { name } else { "" }, "{person} at {entry}");
        }
    });
}

/// Those in whom an address and a near one differ.
const TELLING: [&str; 10] = ["alice", "ALICE", "bob", "bobcase", "mallory", "carol", "dave", "judy", "kim", "bobspace"];

#[test]
fn telling_people_see_the_pages_that_name_them_in_a_browser() {
    let Some(mut gateway) = Gateway::start(Identity::Certified) else { return };
    lab(&mut gateway);
    let (people, pages) = (people(), ENTRIES.iter().filter(|(name, _)| is_page(name)));
    let urls: Vec<String> = pages.clone().map(|(name, entry)| url(name, entry)).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    for person in TELLING {
        for ((name, entry), page) in pages.clone().zip(gateway.browse(person, &urls)) {
            assert_eq!(page.is_of(name), names(entry, &people[person]), "{person} at {entry}: {page:?}");
            assert!(page.is_of(name) || page.is_refusal(), "{person} at {entry}: {page:?}");
        }
    }
    // A web socket of the page itself, and one to a page that the same person may see, from elsewhere.
    let [own, other] = ["http-person-8002", "http-domain-8003"].map(|name| format!("{name}.lab.test"));
    let socket = |to: &str| {
        let script = format!(
            "new Promise((done) => {{ const socket = new WebSocket('wss://{to}/ws'); \
             socket.onmessage = (message) => done(message.data); socket.onerror = () => done('refused'); }})"
        );
        gateway.in_page("alice", &format!("https://{own}/"), &script)
    };
    assert_eq!(socket(&own), format!("http-person greets https://{own}"));
    assert_eq!(socket(&other), "refused");
}
