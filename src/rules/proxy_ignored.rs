//! A proxy that the client would silently not use (semantics.md, section 6).

use super::Subject;
use crate::base::{Finding, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let (Some(kind), true) = (subject.capabilities.tunnel_kind, subject.capabilities.reads_proxy) else { return };
    let lab = subject.lab;
    for node in lab.tunnel_nodes().filter(|node| node.is_of_kind(&[kind])) {
        let Some(proxy) = node.proxy.filter(|proxy| !proxy.value.is_empty() && !is_used(proxy.value)) else { continue };
        findings.push(
            Finding::warning(
                "proxy-ignored",
                format!("the proxy {} would not be used", quoted(lab.original(proxy.place))),
            )
            .at(lab.span(proxy.place), "expected `http://` or `https://`, a host and a port")
            .help("write, for example, `mysocket-proxy: http://proxy.domain.com:8000`"),
        );
    }
}

fn is_used(proxy: &str) -> bool {
    let rest = proxy.strip_prefix("http://").or_else(|| proxy.strip_prefix("https://"));
    let authority = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    authority
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::is_used;

    #[test]
    fn a_proxy_has_a_scheme_a_host_and_a_port() {
        for (proxy, used) in [
            ("http://proxy:8000", true),
            ("https://user:secret@proxy:8000/", true),
            ("http://proxy", false),
            ("proxy:8000", false),
            ("socks5://proxy:1080", false),
            ("http://:80", false),
        ] {
            assert_eq!(is_used(proxy), used, "{proxy}");
        }
    }
}
