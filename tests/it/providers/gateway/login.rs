//! Those whom an entry names get in, and nobody else.

use std::collections::BTreeSet;

use super::stage::{Gateway, Identity, own};

/// A page for a person and a company, an https page for one person, a page for everybody, and two ports.
fn lab(gateway: &mut Gateway) {
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.node("secure", "https/8443/alice@nokia.com");
    gateway.node("open", "http/8080");
    gateway.node("r1", "tcp/2022/alice@nokia.com");
    gateway.node("r2", "tcp/57400/nokia.com");
    gateway.publish();
}

const WEB: &str = "https://web-3000.lab.test/";
const SECURE: &str = "https://secure-8443.lab.test/";

#[test]
fn people_log_in_with_curl_and_ssh() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    lab(&mut gateway);
    let page = gateway.login("alice", WEB);
    assert!(page.is_of("web"), "{page:?}");
    assert_eq!(page.sent().unwrap()["headers"]["x-forwarded-email"], "alice@nokia.com");
    assert!(gateway.login("alice", SECURE).is_of("secure"));
    assert!(gateway.login("bob", WEB).is_of("web"));
    assert!(gateway.login("bob", SECURE).is_refusal());
    assert!(gateway.login("mallory", WEB).is_refusal());
    assert!(gateway.get(None, "https://open-8080.lab.test/", &[]).is_of("open"));
    // The cookies of a node are its own name's, and it gets none of the login's.
    let page = gateway.get(Some("alice"), &format!("{WEB}setcookie"), &[]);
    assert_eq!(page.header("set-cookie"), ["wide=1; Path=/", "own=2"]);
    let sent = gateway.get(Some("alice"), WEB, &[]).sent().unwrap();
    let cookies: Vec<&str> = sent["headers"]["cookie"].as_str().unwrap().split("; ").collect();
    assert!(cookies.iter().all(|cookie| ["", "wide=1", "own=2"].contains(cookie)), "{cookies:?}");
    // Without a login there is no page, and the tunnel's end is no way around.
    let page = gateway.get(None, WEB, &[]);
    assert_eq!(page.status, 302);
    assert!(page.url.starts_with("https://login.id.test:9443/"), "{page:?}");

    let (r1, r2) = (gateway.port("r1"), gateway.port("r2"));
    let alice = gateway.key("alice");
    assert_eq!(gateway.reach(&alice, r1).as_deref(), Ok("r1"));
    assert_eq!(gateway.reach(&alice, r2).as_deref(), Ok("r2"));
    for port in [22, 443, gateway.port("web")] {
        let why = gateway.reach(&alice, port).unwrap_err();
        assert!(why.contains("administratively prohibited"), "{port}: {why}");
    }
    let dan = gateway.key("dan");
    assert_eq!(gateway.reach(&dan, r2).as_deref(), Ok("r2"));
    assert!(gateway.reach(&dan, r1).unwrap_err().contains("administratively prohibited"));
    assert!(gateway.sign("bob", "ssh-ed25519 AAAA").is_refusal());
}

/// Of all that an identity provider can say about somebody, only a verified address as a whole counts.
#[test]
fn of_many_people_only_those_named_get_in() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.publish();
    let people = std::fs::read_to_string(own("people.json")).unwrap();
    let people: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&people).unwrap();
    let people: Vec<&String> = people.keys().collect();
    let gets_in = |person: &&&String| {
        let page = gateway.login(person, WEB);
        let is_in = page.is_of("web");
        // Somebody without an address does not even get a session.
        let has_none = page.url.starts_with("https://auth.lab.test/");
        assert!(is_in || page.is_refusal() || has_none, "{person}: {page:?}");
        assert!(is_in || !gateway.get(Some(person), WEB, &[]).is_of("web"), "{person} has a session that is let in");
        is_in
    };
    let inside: Vec<&str> = std::thread::scope(|scope| {
        let parts = people.chunks(people.len().div_ceil(4));
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().filter(gets_in).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).map(|person| person.as_str()).collect()
    });
    let named = ["alice", "bob", "ALICE", "dan", "bobcase", "stringy"];
    // Of a domain, its identity provider vouches for what comes before the `@`; some services say verified as a text or in a list.
    let of_the_domain = ["nobreak", "quote", "listed"];
    let expected: BTreeSet<&str> = named.into_iter().chain(of_the_domain).collect();
    // The module of Debian 12 reads ` t r u e` as true, that of Debian 13 does not.
    let inside: BTreeSet<&str> = inside.into_iter().filter(|person| *person != "spaced").collect();
    assert_eq!(inside, expected);
}

#[test]
fn people_log_in_with_a_browser_at_a_certified_identity_provider() {
    let Some(mut gateway) = Gateway::start(Identity::Certified) else { return };
    lab(&mut gateway);
    let pages = gateway.browse("alice", &[WEB, SECURE, "https://open-8080.lab.test/"]);
    for (page, node) in pages.iter().zip(["web", "secure", "open"]) {
        assert!(page.is_of(node), "{page:?}");
    }
    let pages = gateway.browse("mallory", &[WEB, SECURE, "https://open-8080.lab.test/"]);
    assert!(pages[0].is_refusal() && pages[1].is_refusal() && pages[2].is_of("open"), "{pages:?}");
    // A web socket of the page itself, and one to a page that the same person may see, from elsewhere.
    let socket = |to: &str| {
        format!(
            "new Promise((done) => {{ const socket = new WebSocket('{to}'); \
             socket.onmessage = (message) => done(message.data); socket.onerror = () => done('refused'); }})"
        )
    };
    let own = gateway.in_page("alice", WEB, &socket("wss://web-3000.lab.test/ws"));
    assert_eq!(own, "web greets https://web-3000.lab.test");
    assert_eq!(gateway.in_page("alice", WEB, &socket("wss://secure-8443.lab.test/ws")), "refused");
}
