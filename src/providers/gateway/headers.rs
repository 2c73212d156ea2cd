//! Headers by which a program behind the gateway may take a visitor for somebody else.

/// Headers that say who a visitor is or where a visitor comes from, as Apache, Grafana, oauth2-proxy, and Authelia name them.
const NAMES: [&str; 23] = [
    "Forwarded",
    "Remote-Email",
    "Remote-Groups",
    "Remote-Name",
    "Remote-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-User",
    "X-Forwarded-Email",
    "X-Forwarded-For",
    "X-Forwarded-Groups",
    "X-Forwarded-Host",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Forwarded-User",
    "X-Real-IP",
    "X-Remote-User",
    "X-WEBAUTH-EMAIL",
    "X-WEBAUTH-GROUPS",
    "X-WEBAUTH-NAME",
    "X-WEBAUTH-ROLE",
    "X-WEBAUTH-USER",
];

/// Every spelling of these headers that some program reads as one of them: CGI and WSGI know no `-` in names (RFC 3875, 4.1.18), and PHP no `.`.
pub(super) fn spellings() -> Vec<String> {
    let spelled = |name: &&str| {
        let mut parts = name.split('-');
        let first = vec![parts.next().expect("a text has a first part").to_owned()];
        parts.fold(first, |starts, part| {
            starts.iter().flat_map(|start| ['-', '_', '.'].map(|between| format!("{start}{between}{part}"))).collect()
        })
    };
    NAMES.iter().flat_map(spelled).collect()
}
