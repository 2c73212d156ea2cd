//! What people and pages try at the pages of others.

use std::collections::HashSet;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::stage::{Gateway, Identity};
use super::visitors::Page;
use super::wires::raw;

const WEB: &str = "https://web-3000.lab.test/";
const SECURE: &str = "https://secure-8443.lab.test/";
const OPEN: &str = "https://open-8080.lab.test/";
const LOGIN: &str = "https://auth.lab.test/.publish-plan/oidc";

fn lab(gateway: &mut Gateway) {
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.node("secure", "https/8443/alice@nokia.com");
    gateway.node("open", "http/8080");
    gateway.node("r1", "tcp/2022/alice@nokia.com");
    gateway.publish();
}

/// What a node was asked for so far, as its people see it.
fn asked(gateway: &Gateway, person: &str, url: &str) -> String {
    let page = gateway.get(Some(person), &format!("{url}asked"), &[]);
    assert_eq!(page.status, 200, "{page:?}");
    page.body
}

fn with_curl() -> Option<Gateway> {
    let mut gateway = Gateway::start(Identity::Mock)?;
    lab(&mut gateway);
    assert!(gateway.login("alice", SECURE).is_of("secure"));
    assert!(gateway.login("bob", WEB).is_of("web"));
    assert!(gateway.login("mallory", WEB).is_refusal());
    Some(gateway)
}

#[test]
fn who_somebody_is_comes_from_the_login_alone_and_there_is_no_way_around() {
    let Some(gateway) = with_curl() else { return };
    no_name_path_or_shape_of_a_request_is_a_way_around(&gateway);
    sessions(&gateway);
    headers(&gateway);
    cookies(&gateway);
    cookies_of_nodes(&gateway);
    hops(&gateway);
    redirect_address(&gateway);
    logins(&gateway);
    unfinished_logins(&gateway);
    logout(&gateway);
    idle_connections(&gateway);
    bodies(&gateway);
}

/// The signing page answers at once, whatever is sent to it, by HTTP/1.1 and HTTP/2.
fn bodies(gateway: &Gateway) {
    let url = "https://ssh.lab.test/";
    assert_eq!(gateway.login("alice", url).status, 200);
    let large = gateway.folder().join("large");
    fs::write(&large, "key=".repeat(4_000)).unwrap();
    let large = format!("@{}", large.display());
    for version in ["--http1.1", "--http2"] {
        for _ in 0..5 {
            let put = gateway.get(Some("alice"), url, &[version, "--max-time", "10", "-X", "PUT", "-d", "x"]);
            assert_eq!(put.status, 405, "{version} {put:?}");
        }
    }
    // Debian 12's curl takes an answer to a part of what it sends for an error, over HTTP/2.
    let arguments = ["--max-time", "10", "-H", "Content-Type: text/plain", "--data-binary", &large];
    let post = gateway.get(Some("alice"), url, &arguments);
    assert_eq!(post.status, 413, "{post:?}");
}

/// A connection to a node that was idle for more than a second is not used again: the node may be about to close it.
fn idle_connections(gateway: &Gateway) {
    let ports = || -> HashSet<u64> {
        (0..6).map(|_| gateway.get(None, OPEN, &[]).sent().unwrap()["port"].as_u64().unwrap()).collect()
    };
    let first = ports();
    thread::sleep(Duration::from_millis(2_500));
    assert!(first.is_disjoint(&ports()), "{first:?}");
}

/// Whom a page does not name can log out there, and log in as somebody else.
fn logout(gateway: &Gateway) {
    let page = gateway.login("mallory", SECURE);
    assert!(page.is_refusal(), "{page:?}");
    let link = page.body.split_once("<a href='").unwrap().1.split_once('\'').unwrap().0;
    let page = gateway.get(Some("mallory"), link, &[]);
    assert!(page.status == 302 && page.url.starts_with("https://login.id.test:9443/oauth2/end_session"), "{page:?}");
    let page = gateway.get(Some("mallory"), SECURE, &[]);
    assert!(page.status == 302 && page.url.starts_with("https://login.id.test:9443/"), "{page:?}");
}

/// The session of somebody else opens what it opened before, and one that nobody has opens nothing.
fn sessions(gateway: &Gateway) {
    let [alice, bob] = ["alice", "bob"].map(|person| gateway.session(person));
    let with = |cookie: &str, url: &str| gateway.get(None, url, &["-b", cookie]);
    assert!(with(&alice, SECURE).is_of("secure"));
    assert!(with(&bob, SECURE).is_refusal());
    // Which of two counts: never both.
    let page = with(&format!("{bob}; {alice}"), SECURE);
    assert!(
        page.is_refusal() || page.sent().is_some_and(|sent| sent["headers"]["x-forwarded-email"] == "alice@nokia.com")
    );
    let (name, value) = alice.split_once('=').unwrap();
    let other = if value.starts_with('0') { '1' } else { '0' };
    for forged in [
        format!("{name}={other}{}", &value[1..]),
        format!("{name}="),
        format!("{name}=../../etc/passwd"),
        format!("{name}_chunks=2; {name}_0={value}"),
        format!("{name}=alice@nokia.com"),
        format!("{}={value}", name.to_uppercase()),
    ] {
        let page = with(&forged, SECURE);
        assert!(page.sent().is_none() && page.status >= 300, "{forged}: {page:?}");
    }
}

fn values(sent: &Value, name: &str) -> Vec<String> {
    let raw: Vec<&str> = sent["rawHeaders"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    raw.chunks(2).filter(|pair| pair[0].eq_ignore_ascii_case(name)).map(|pair| pair[1].to_owned()).collect()
}

/// Headers that say who the visitor is or where the visitor comes from.
fn headers(gateway: &Gateway) {
    let forged = [
        "X-Forwarded-Email: evil",
        "x-forwarded-email: evil",
        "X-Forwarded-User: evil",
        "X-WEBAUTH-USER: evil",
        "X-Forwarded-For: 9.9.9.9",
        "X-Forwarded-Host: evil",
        "X-Forwarded-Server: evil",
        "X-Forwarded-Proto: evil",
        "Forwarded: for=evil",
        "X-Real-IP: 9.9.9.9",
        "Remote-User: evil",
        "X-Remote-User: evil",
        "X-Auth-Request-User: evil",
        "X-Auth-Request-Email: evil",
    ];
    let arguments: Vec<&str> = forged.into_iter().flat_map(|header| ["-H", header]).collect();
    for (person, url) in [(Some("alice"), SECURE), (Some("alice"), WEB), (None, OPEN)] {
        let sent = gateway.get(person, url, &arguments).sent().unwrap();
        let all = sent["rawHeaders"].to_string();
        assert!(!all.contains("evil") && !all.contains("9.9.9.9"), "{url}: {all}");
        let email: &[&str] = if person.is_some() { &["alice@nokia.com"] } else { &[] };
        assert_eq!(values(&sent, "x-forwarded-email"), email, "{url}");
        assert_eq!(values(&sent, "x-forwarded-proto"), ["https"], "{url}");
    }
    for underscored in ["X_Forwarded_Email: evil", "x-forwarded_email: evil", "OIDC_CLAIM_email: evil", "_: evil"] {
        for (person, url) in [(Some("alice"), SECURE), (None, OPEN)] {
            let page = gateway.get(person, url, &["-H", underscored]);
            let sent = page.sent().map(|sent| sent["rawHeaders"].to_string()).unwrap_or_default();
            assert!(!sent.contains("evil"), "{underscored}: {page:?}");
        }
    }
    // Apache looks at the last header with an unusual name alone.
    for name in [
        "X_Forwarded_Email",
        "X-Forwarded_Email",
        "x.forwarded.email",
        "X_WEBAUTH-USER",
        "REMOTE_USER",
        "X_Auth.Request-Email",
    ] {
        for url in [SECURE, OPEN] {
            let page = gateway.get(Some("alice"), url, &["-H", &format!("{name}: evil"), "-H", "A_b;"]);
            let sent = page.sent().unwrap_or_else(|| panic!("{name}: {page:?}"))["rawHeaders"].to_string();
            assert!(sent.contains("A_b") && !sent.contains("evil"), "{name}: {sent}");
        }
    }
}

/// A node gets none of what a login needs, whatever else is in the way.
fn cookies(gateway: &Gateway) {
    // One login that has not ended leaves its own cookie.
    gateway.get(Some("alice"), "https://ssh.lab.test/", &["-b", ""]);
    let alice = gateway.session("alice");
    let (_, value) = alice.split_once('=').unwrap();
    let state = "mod_auth_openidc_state_abc=secret";
    for (cookie, kept) in [
        (format!("own=1; {alice}; {state}; more=2"), vec!["own=1", "more=2"]),
        (format!("{alice}; {state}"), vec![]),
        (format!("{alice};{state};own=1"), vec!["own=1"]),
        (format!("{alice};  {state};  own=1;"), vec!["own=1"]),
        (
            format!("{alice}; mod_auth_openidc_session_chunks=2; mod_auth_openidc_session_0={value}; own=1"),
            vec!["own=1"],
        ),
    ] {
        for url in [SECURE, WEB, OPEN] {
            let page = gateway.get(None, url, &["-b", &cookie]);
            let sent = page.sent().unwrap_or_else(|| panic!("{url} with {cookie}: {page:?}"));
            let all = sent["rawHeaders"].to_string();
            assert!(
                !all.contains(value) && !all.contains("mod_auth_openidc") && !all.contains("secret"),
                "{url}: {all}"
            );
            let got = sent["headers"]["cookie"].as_str().unwrap_or_default();
            let got: Vec<&str> = got.split(';').map(str::trim).filter(|word| !word.is_empty()).collect();
            assert_eq!(got, kept, "{url} with {cookie}");
            for word in ["authorization", "access", "token", "oidc", "claim"] {
                assert!(!all.to_lowercase().contains(word), "{url}: {all}");
            }
        }
    }
}

/// A node's cookies are its own name's, however it writes them.
fn cookies_of_nodes(gateway: &Gateway) {
    for (person, url) in [(Some("alice"), SECURE), (None, OPEN)] {
        let page = gateway.get(person, &format!("{url}setcookies"), &[]);
        assert_eq!(page.header("set-cookie").len(), 4, "{page:?}");
        let set = page.header("set-cookie").join("\n");
        assert!(!set.to_lowercase().contains("domain") && !set.contains("lab.test"), "{set}");
    }
}

/// A visitor cannot have Apache leave out what it says: `Connection` names headers that end at the next program.
fn hops(gateway: &Gateway) {
    for name in ["X-Forwarded-Email", "X-Forwarded-Proto", "x-forwarded-for", "Cookie"] {
        let connection = format!("Connection: close, {name}");
        let page = gateway.get(Some("alice"), SECURE, &["-H", &connection]);
        if let Some(sent) = page.sent() {
            assert_eq!(values(&sent, "x-forwarded-email"), ["alice@nokia.com"], "{name}");
            assert_eq!(values(&sent, "x-forwarded-proto"), ["https"], "{name}");
            assert_eq!(values(&sent, "x-forwarded-for"), ["127.0.0.1"], "{name}");
        }
        let page = gateway.get(None, OPEN, &["-H", &connection]);
        assert!(page.sent().is_none_or(|sent| values(&sent, "x-forwarded-proto") == ["https"]), "{name}");
    }
}

fn no_name_path_or_shape_of_a_request_is_a_way_around(gateway: &Gateway) {
    own_paths(gateway);
    names(gateway);
    one_connection(gateway);
    paths(gateway);
    methods(gateway);
    shapes(gateway);
    siblings(gateway);
}

/// What Debian's Apache shows of itself.
fn own_paths(gateway: &Gateway) {
    assert!(std::path::Path::new("/etc/apache2/mods-enabled/status.load").exists(), "mod_status is enabled");
    let all = ["", "server-status", "server-status?auto", "server-info", "icons/", "cgi-bin/x", "manual/", ".htaccess"];
    let hosts = ["web-3000", "secure-8443", "open-8080", "auth", "ssh", "unplanned"];
    for host in hosts {
        for path in all {
            for person in [None, Some("alice")] {
                let page = gateway.get(person, &format!("https://{host}.lab.test/{path}"), &[]);
                assert!(
                    !page.body.contains("Apache Server Status") && !page.body.contains("Total Accesses"),
                    "{page:?}"
                );
                let is_form = host == "ssh" && page.body.contains("<textarea") && person == Some("alice");
                assert!(page.status != 200 || page.sent().is_some() || is_form, "{page:?}");
            }
        }
    }
}

/// Names that nobody has planned, and a name in the request that is not the one in the connection.
fn names(gateway: &Gateway) {
    let bob = gateway.session("bob");
    let alice = gateway.session("alice");
    for host in
        ["nothing-1.lab.test", "lab.test", "x.web-3000.lab.test", "web-3000.lab.test.evil.org", "127.0.0.1", "server"]
    {
        let page = gateway.get(None, &format!("https://{host}/"), &["-k", "-b", &alice]);
        assert!(page.status == 403 && page.sent().is_none(), "{host}: {page:?}");
    }
    let with_host = |url: &str, cookie: &str, host: &str| {
        let page = gateway.get(None, url, &["-b", cookie, "-H", &format!("Host: {host}")]);
        page.sent().map_or_else(|| page.status.to_string(), |sent| sent["node"].as_str().unwrap().to_owned())
    };
    assert_eq!(with_host(SECURE, &bob, "web-3000.lab.test"), "web");
    assert_eq!(with_host(WEB, &bob, "secure-8443.lab.test"), "403");
    assert_eq!(with_host(OPEN, &bob, "secure-8443.lab.test"), "403");
    assert_eq!(with_host(OPEN, "", "secure-8443.lab.test"), "302");
    assert_eq!(with_host(WEB, &bob, "nothing.lab.test"), "403");
    for host in ["SECURE-8443.lab.test", "secure-8443.lab.test.", "secure-8443.lab.test:443", "secure-8443.lab.test:80"]
    {
        assert_ne!(with_host(WEB, &bob, host), "secure", "{host}");
        assert_ne!(with_host(OPEN, "", host), "secure", "{host}");
    }
    // The same names, for the person who is named.
    assert_eq!(with_host(SECURE, &alice, "SECURE-8443.LAB.TEST"), "secure");
    let answer =
        raw("", &format!("GET / HTTP/1.1\r\nHost: secure-8443.lab.test\r\nCookie: {bob}\r\nConnection: close\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let answer = raw("open-8080.lab.test", "GET / HTTP/1.0\r\n\r\n");
    assert!(!answer.contains("\"node\":\"web\"") && !answer.contains("\"node\":\"secure\""), "{answer}");
}

/// What HTTP/2 answers to requests for several names in one connection.
fn one_connection(gateway: &Gateway) {
    let curl = |cookie: &str, hosts: &[&str]| {
        let mut curl = Command::new("curl");
        for (number, host) in hosts.iter().enumerate() {
            let file = gateway.folder().join(format!("part.{number}"));
            let next: &[&str] = if number == 0 { &[] } else { &["--next"] };
            curl.args(next).args(["-sS", "--http2", "--resolve", "*:443:127.0.0.1", "-b", cookie]);
            curl.arg("-H").arg(format!("Host: {host}")).arg("-o").arg(file);
            curl.args(["-w", "%{http_version} %{http_code} %{num_connects}\n", OPEN]);
        }
        let said = String::from_utf8(curl.output().unwrap().stdout).unwrap();
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all =
        ["open-8080.lab.test", "web-3000.lab.test", "secure-8443.lab.test", "nothing.lab.test", "open-8080.lab.test"];
    let bob = gateway.session("bob");
    assert_eq!(curl(&bob, &all), ["2 200 1", "2 200 0", "2 403 0", "2 403 0", "2 200 0"]);
    assert_eq!(curl("none=1", &all), ["2 200 1", "2 302 0", "2 302 0", "2 403 0", "2 200 0"]);
    let alice = gateway.session("alice");
    assert_eq!(curl(&alice, &all), ["2 200 1", "2 200 0", "2 200 0", "2 403 0", "2 200 0"]);
}

/// Every path of a page is the page's, and none is another's.
fn paths(gateway: &Gateway) {
    for path in [
        "//",
        "/./",
        "/../",
        "/%2e%2e/",
        "/..%2f",
        "/%2F",
        "/%252e%252e/",
        "/x;y",
        "/x//../..//",
        "/%00",
        "/\\",
        "/?/../",
        "/.publish-plan/oidc",
        "/.publish-plan/oidc?state=x&code=x",
        "/.publish-plan/oidc/",
        "/asked",
        "/ws",
        "/events",
        "/.well-known/acme-challenge/x",
        "/*",
    ] {
        for (person, url) in [(None, SECURE), (Some("mallory"), WEB), (Some("bob"), SECURE)] {
            let page = gateway.get(person, &format!("{}{path}", url.trim_end_matches('/')), &["--path-as-is"]);
            assert!(page.sent().is_none() && !page.body.contains("asked"), "{person:?} {url} {path}: {page:?}");
            // The module's page for answers that a browser alone can read.
            let is_its_own = path == "/.publish-plan/oidc" && page.body.contains("Submitting");
            assert!(page.status >= 300 || is_its_own, "{person:?} {url} {path}: {page:?}");
        }
        let ssh = gateway.get(Some("alice"), &format!("https://ssh.lab.test{path}"), &["--path-as-is"]);
        assert!(!ssh.body.contains("Server Status") && !ssh.body.contains("#!/bin/sh"), "{path}: {ssh:?}");
        let auth = gateway.get(Some("alice"), &format!("https://auth.lab.test{path}"), &["--path-as-is"]);
        assert!(auth.sent().is_none() && !auth.body.contains("alice"), "{path}: {auth:?}");
    }
    for path in
        ["/sign.cgi", "/../sign", "/x", "//server-status", "/./server-status", "/%2e/server-status", "/server%2dstatus"]
    {
        let page = gateway.get(Some("alice"), &format!("https://ssh.lab.test{path}"), &["--path-as-is"]);
        let is_form = page.body.contains("<textarea");
        assert!((page.status >= 400 || is_form) && !page.body.contains("Server Status"), "{path}: {page:?}");
    }
}

/// Methods other than those of a page, and methods that hide behind one.
fn methods(gateway: &Gateway) {
    let session = gateway.session("alice");
    let (_, value) = session.split_once('=').unwrap();
    for method in ["TRACE", "OPTIONS", "PROPFIND", "PURGE", "get", "POST", "PUT", "DELETE", "HEAD2"] {
        for (person, url) in [(None, SECURE), (Some("mallory"), WEB), (Some("bob"), SECURE)] {
            let page = gateway.get(person, url, &["-X", method]);
            assert!(page.sent().is_none() && page.status >= 300, "{method} {url}: {page:?}");
        }
        for host in ["web-3000", "secure-8443", "open-8080", "auth", "ssh"] {
            let page = gateway.get(Some("alice"), &format!("https://{host}.lab.test/"), &["-X", method]);
            assert!(!page.body.contains(value), "{method} {host}: {page:?}");
        }
    }
    for header in ["X-HTTP-Method-Override: GET", "X-Method-Override: GET", "X-HTTP-Method: GET", "X-Original-URL: /"] {
        let arguments =
            ["-d", "a=b", "-H", header, "-H", "Sec-Fetch-Site: same-site", "-H", "Sec-Fetch-Mode: navigate"];
        assert!(gateway.get(Some("alice"), WEB, &arguments).is_refusal(), "{header}");
        assert!(gateway.get(Some("bob"), SECURE, &["-H", header]).is_refusal(), "{header}");
        assert_eq!(gateway.get(None, SECURE, &["-H", header]).status, 302, "{header}");
    }
}

/// Requests whose end or whose address programs could read differently: none of them is a request that a node gets as somebody else's.
fn shapes(gateway: &Gateway) {
    let bob = gateway.session("bob");
    let inner = "GET /smuggled HTTP/1.1\r\nHost: secure-8443.lab.test\r\nX-Forwarded-Email: alice@nokia.com\r\n\r\n";
    let host = "Host: web-3000.lab.test";
    let length = format!("Content-Length: {}", inner.len());
    let chunked = "Transfer-Encoding: chunked";
    let lines = [
        format!("{length}\r\n{chunked}"),
        format!("{chunked}\r\n{length}"),
        "Content-Length: 0\r\nTransfer-Encoding: chunked".to_owned(),
        format!("{length}\r\nTransfer-Encoding : chunked"),
        format!("{length}\r\nTransfer-Encoding: xchunked"),
        format!("{length}\r\nTransfer-Encoding: chunked, identity"),
        format!("{length}\r\nTransfer-Encoding:\x0bchunked"),
        format!("{length}\r\nTransfer-Encoding:\r\n chunked"),
        format!("{length}\r\nTransfer_Encoding: chunked"),
        format!("{length}\r\nContent-Length: 0"),
        "Content-Length: +5".to_owned(),
        "Content-Length: 0x5".to_owned(),
        "Content-Length: 5, 5".to_owned(),
        "Content-Length: -1".to_owned(),
        format!(
            "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings\r\n{length}"
        ),
    ];
    let mut requests: Vec<String> = Vec::new();
    for session in [format!("\r\nCookie: {bob}"), String::new()] {
        for line in &lines {
            for body in [inner.to_owned(), format!("0\r\n\r\n{inner}")] {
                requests.push(format!("POST /outer HTTP/1.1\r\n{host}{session}\r\n{line}\r\n\r\n{body}"));
            }
        }
    }
    let answers = at_once(&requests);
    assert!(answers.iter().any(|answer| answer.contains("\"node\":\"web\"")), "some of them are requests of Bob's");
    for answer in answers {
        assert!(!answer.contains("\"node\":\"secure\""), "{answer}");
        assert!(!answer.contains("alice@nokia.com\""), "{answer}");
    }
    for (person, url) in [("bob", WEB), ("alice", SECURE)] {
        let asked = asked(gateway, person, url);
        assert!(!asked.contains("/smuggled"), "{asked}");
    }
    targets(gateway);
}

/// What Apache answers to requests in a connection to a page, some at a time.
fn at_once(requests: &[String]) -> Vec<String> {
    std::thread::scope(|scope| {
        let parts = requests.chunks(1);
        let answers =
            |part: &[String]| part.iter().map(|request| raw("web-3000.lab.test", request)).collect::<Vec<_>>();
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || answers(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// Whole addresses, and lines that are no requests.
fn targets(gateway: &Gateway) {
    let bob = gateway.session("bob");
    let tunnel = gateway.port("secure");
    let requests: Vec<String> = [
        "GET https://secure-8443.lab.test/ HTTP/1.1\r\nHost: web-3000.lab.test".to_owned(),
        "GET http://secure-8443.lab.test/ HTTP/1.1\r\nHost: web-3000.lab.test".to_owned(),
        format!("GET https://127.0.0.1:{tunnel}/ HTTP/1.1\r\nHost: web-3000.lab.test"),
        "GET https://login.id.test:9443/ HTTP/1.1\r\nHost: web-3000.lab.test".to_owned(),
        "GET / HTTP/1.1\r\nHost: web-3000.lab.test\r\nHost: secure-8443.lab.test".to_owned(),
        "GET / HTTP/1.1\r\nHost: web-3000.lab.test, secure-8443.lab.test".to_owned(),
        "GET / HTTP/1.1\r\nHost: web-3000.lab.test@secure-8443.lab.test".to_owned(),
        "GET @secure-8443.lab.test/ HTTP/1.1\r\nHost: web-3000.lab.test".to_owned(),
        format!("GET :{tunnel}/ HTTP/1.1\r\nHost: web-3000.lab.test"),
        format!("CONNECT 127.0.0.1:{tunnel} HTTP/1.1\r\nHost: web-3000.lab.test"),
        "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22".to_owned(),
        "CONNECT secure-8443.lab.test:443 HTTP/1.1\r\nHost: secure-8443.lab.test:443".to_owned(),
        "GET /\x01 HTTP/1.1\r\nHost: secure-8443.lab.test".to_owned(),
        "GET / HTTP/1.1\r\nHost: secure-8443.lab.test\r\nUpgrade: websocket\r\nConnection: Upgrade".to_owned(),
        "GET / HTTP/1.1\r\nHost: secure-8443.lab.test\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade".to_owned(),
    ]
    .into_iter()
    .map(|request| {
        format!(
            "{request}\r\nCookie: {bob}\r\n{}\r\n",
            if request.contains("Connection") { "" } else { "Connection: close\r\n" }
        )
    })
    .collect();
    for (request, answer) in requests.iter().zip(at_once(&requests)) {
        for other in ["\"node\":\"secure\"", "SSH-2", "HTTP/1.1 101", "HTTP/1.0 200", "openid"] {
            assert!(!answer.contains(other), "{request}: {answer}");
        }
        assert!(answer.starts_with("HTTP/1.1 4") || answer.contains("\"node\":\"web\""), "{request}: {answer}");
    }
}

/// What a browser lets a page of a sibling name do in a visitor's name, as the browser says it.
fn siblings(gateway: &Gateway) {
    for (site, mode, arguments, is_let_in) in [
        ("same-site", "cors", &[][..], false),
        ("same-site", "no-cors", &[], false),
        ("cross-site", "no-cors", &[], false),
        ("same-site", "navigate", &["-d", "a=b"], false),
        ("cross-site", "navigate", &["-d", "a=b"], false),
        ("same-site", "navigate", &["-I"], false),
        ("SAME-SITE", "cors", &[], false),
        ("same-site, same-origin", "cors", &[], false),
        ("same-site", "websocket", &["-H", "Upgrade: websocket", "-H", "Origin: https://open-8080.lab.test"], false),
        ("", "websocket", &["-H", "Upgrade: websocket", "-H", "Origin: https://open-8080.lab.test"], false),
        ("", "websocket", &["-H", "Upgrade: websocket", "-H", "Origin: null"], false),
        ("same-site", "navigate", &[], true),
        ("cross-site", "navigate", &[], true),
        ("same-origin", "cors", &["-d", "a=b"], true),
        ("none", "navigate", &[], true),
    ] {
        let headers = [format!("Sec-Fetch-Site: {site}"), format!("Sec-Fetch-Mode: {mode}")];
        let mut all = vec!["-H", &headers[0], "-H", &headers[1]];
        if site.is_empty() {
            all.clear();
        }
        all.extend(arguments);
        let page: Page = gateway.get(Some("alice"), WEB, &all);
        assert_eq!(page.is_of("web"), is_let_in, "{all:?}: {page:?}");
        assert!(is_let_in || page.status == 403, "{all:?}: {page:?}");
    }
}

/// Ten unfinished logins, as of a browser that opens its tabs again, and then a good one.
fn unfinished_logins(gateway: &Gateway) {
    for number in 0..10 {
        let page = gateway.get(Some("dan"), &format!("{WEB}tab{number}"), &[]);
        assert!(page.status == 302 && page.url.starts_with("https://login.id.test:9443/"), "{page:?}");
    }
    let page = gateway.login("dan", WEB);
    assert!(page.is_of("web"), "{page:?}");
}

/// Whether an address is this gateway's or the identity provider's.
fn is_known(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap();
    host == "login.id.test:9443" || host.ends_with(".lab.test")
}

fn redirect_address(gateway: &Gateway) {
    const ISSUER: &str = "https%3A%2F%2Flogin.id.test%3A9443";
    let started = [
        "https://evil.example/",
        "https://web-3000.lab.test.evil.example/",
        "https://evillab.test/",
        "//evil.example/",
        "/%5Cevil.example",
    ];
    let started = started
        .map(|target| format!("iss={ISSUER}&target_link_uri={}", target.replace(':', "%3A").replace('/', "%2F")));
    let queries = [
        "",
        "state=zzz&code=x",
        "state=&code=",
        "code=x",
        "error=access_denied&state=q",
        "error=%3Cscript%3Ealert(1)%3C/script%3E&state=q",
        "error=x&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=q",
        "logout=https%3A%2F%2Fevil.example%2F",
        "logout=https%3A%2F%2Fweb-3000.lab.test.evil.example%2F",
        "logout=%2F%2Fevil.example",
        "logout=%2F%5Cevil.example",
        "logout=%2F%0d%0aSet-Cookie:%20a=b",
        "info=json",
        "info=html",
        "info=jwt",
        "info=json&extend_session=false",
        "iss=https%3A%2F%2Fevil.example&target_link_uri=https%3A%2F%2Fweb-3000.lab.test%2F",
        "jwks=rsa",
        "jwks=ec",
        "refresh=https%3A%2F%2Fevil.example&access_token=x",
        "refresh=https%3A%2F%2Fevil.example",
        "revoke_session=x",
        "remove_at_cache=x",
        "dpop=x",
        "session=check",
        "session=logout",
        "session=iframe_rp",
        "session=iframe_op",
        "request_uri=x",
        "response=x&state=y",
        "id_token=x&state=y",
    ];
    let queries: Vec<String> = queries.into_iter().map(str::to_owned).chain(started).collect();
    for host in ["auth.lab.test", "web-3000.lab.test"] {
        for query in &queries {
            {
                let (person, url) = ("mallory", format!("https://{host}/.publish-plan/oidc?{query}"));
                let mut page = gateway.get(Some(person), &url, &[]);
                for _ in 0..8 {
                    for secret in ["access_token\"", "id_token\"", "refresh_token\"", "\"d\":", "<script>alert"] {
                        assert!(!page.body.contains(secret), "{url}: {page:?}");
                    }
                    assert!(
                        page.sent().is_none() && !page.headers.iter().any(|(_, value)| value == "a=b"),
                        "{url}: {page:?}"
                    );
                    if !(300..400).contains(&page.status) {
                        break;
                    }
                    assert!(is_known(&page.url), "{url}: {page:?}");
                    let next = page.url.clone();
                    let is_form = next.starts_with("https://login.id.test:9443/oauth2/authorize");
                    let form: &[&str] = if is_form { &["--data-urlencode", "sub=mallory"] } else { &[] };
                    page = gateway.get(Some(person), &next, form);
                }
            }
        }
    }
    assert!(gateway.get(Some("alice"), SECURE, &[]).is_of("secure"), "nobody else was logged out");
}

/// Where the identity provider sends a person whose login began at an address.
fn back(gateway: &Gateway, jar: &str, person: &str, url: &str) -> String {
    let page = gateway.get(Some(jar), url, &[]);
    assert!(page.url.starts_with("https://login.id.test:9443/oauth2/authorize"), "{page:?}");
    let page = gateway.get(Some(jar), &page.url, &["--data-urlencode", &format!("sub={person}")]);
    assert!(page.url.starts_with(LOGIN), "{page:?}");
    page.url
}

fn logins(gateway: &Gateway) {
    // Somebody else's login cannot be put into a browser.
    let callback = back(gateway, "mallory-2", "mallory", WEB);
    let page = gateway.get(Some("victim"), &callback, &[]);
    assert!(page.sent().is_none() && !page.url.starts_with(WEB), "{page:?}");
    assert_eq!(gateway.get(Some("victim"), WEB, &[]).status, 302, "the victim has no session");
    // With the answer of another login, with its own answer twice, and in a browser with a session of somebody else.
    let (first, second) = (back(gateway, "erin-1", "bob", WEB), back(gateway, "erin-2", "mallory", SECURE));
    let part = |url: &str, name: &str| {
        let start = url.find(&format!("{name}=")).unwrap();
        url[start..].split('&').next().unwrap().to_owned()
    };
    let mixed = format!("{LOGIN}?{}&{}", part(&first, "code"), part(&second, "state"));
    let page = gateway.get(Some("erin-2"), &mixed, &[]);
    assert!(page.sent().is_none() && !gateway.get(Some("erin-2"), WEB, &[]).is_of("web"), "{page:?}");
    let good = back(gateway, "good", "bob", WEB);
    assert_eq!(gateway.get(Some("good"), &good, &[]).url, WEB);
    assert!(gateway.get(Some("good"), WEB, &[]).is_of("web"));
    for used in [&first, &good] {
        let page = gateway.get(Some("replay"), used, &[]);
        assert!(page.sent().is_none() && gateway.get(Some("replay"), WEB, &[]).status == 302, "{page:?}");
    }
    // At another name than the one that it began at: it is the same login, and no more.
    for (person, is_named) in [("mallory", false), ("bob", true)] {
        let jar = format!("elsewhere-{person}");
        let callback = back(gateway, &jar, person, WEB).replace("//auth.lab.test/", "//secure-8443.lab.test/");
        let page = gateway.get(Some(&jar), &callback, &[]);
        assert!(page.sent().is_none(), "{page:?}");
        assert!(!gateway.login(&jar, SECURE).is_of("secure"), "{person}");
        let page = gateway.get(Some(&jar), WEB, &[]);
        assert!(is_named || !page.is_of("web"), "{page:?}");
    }
}

/// A page of a sibling name in a real browser, where the visitor has a session.
#[test]
fn a_hostile_page_acts_at_no_other_in_a_browser() {
    let Some(mut gateway) = Gateway::start(Identity::Certified) else { return };
    lab(&mut gateway);
    let pages = gateway.browse("alice", &[WEB, SECURE, OPEN]);
    for (page, node) in pages.iter().zip(["web", "secure", "open"]) {
        assert!(page.is_of(node), "{page:?}");
        let sent = page.sent().unwrap()["rawHeaders"].to_string();
        assert!(!sent.contains("mod_auth_openidc"), "{sent}");
    }
    let script = format!(
        "(async () => {{
            const results = [];
            const attempt = async (name, does) => {{
              try {{ results.push(`${{name}}: ${{await does()}}`); }} catch (error) {{ results.push(`${{name}}: failed`); }}
            }};
            const to = '{WEB}';
            await attempt('cors', async () => (await fetch(to + 'evil-cors', {{ credentials: 'include' }})).status);
            await attempt('no-cors', async () => (await fetch(to + 'evil-no-cors', {{ credentials: 'include', mode: 'no-cors' }})).type);
            await attempt('post', async () => (await fetch(to + 'evil-post', {{ credentials: 'include', mode: 'no-cors', method: 'POST', body: 'a=b' }})).type);
            await attempt('image', () => new Promise((done) => {{
              const image = new Image(); image.onload = () => done('loaded'); image.onerror = () => done('refused'); image.src = to + 'evil-image'; }}));
            await attempt('form', () => new Promise((done) => {{
              const frame = document.createElement('iframe'); frame.name = 'frame'; document.body.append(frame);
              const form = document.createElement('form'); form.method = 'post'; form.target = 'frame'; form.action = to + 'evil-form';
              document.body.append(form); frame.onload = () => done('answered'); form.submit(); }}));
            await attempt('frame', () => new Promise((done) => {{
              const frame = document.createElement('iframe'); frame.onload = () => done('answered'); document.body.append(frame); frame.src = to + 'frame'; }}));
            await attempt('socket', () => new Promise((done) => {{
              const socket = new WebSocket('wss://web-3000.lab.test/ws'); socket.onmessage = () => done('greeted'); socket.onerror = () => done('refused'); }}));
            return results;
        }})()"
    );
    let results = gateway.in_page("alice", OPEN, &script);
    let told = results.to_string();
    for fact in ["cors: failed", "image: refused", "socket: refused", "form: answered"] {
        assert!(told.contains(fact), "{told}");
    }
    assert!(
        !gateway.in_page("alice", OPEN, "document.cookie").to_string().contains("mod_auth_openidc"),
        "a script reads it"
    );
    // The node cannot make cookies for its siblings.
    let pages = gateway
        .browse("alice", &[&format!("{OPEN}setcookies"), &format!("{OPEN}setcookie"), SECURE, &format!("{WEB}asked")]);
    let sent = pages[2].sent().unwrap()["headers"]["cookie"].to_string();
    assert!(["form", "wide", "own"].iter().all(|name| !sent.contains(name)), "{sent}");
    assert!(pages[3].body.contains("asked") && !pages[3].body.contains("evil"), "{:?}", pages[3]);
}
