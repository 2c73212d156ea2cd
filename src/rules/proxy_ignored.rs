//! A proxy that the client would silently ignore (spec/old-providers.md#mysocketio).

use super::RuleContext;
use crate::base::{Finding, Findings, Rule, Severity, WrittenProxy, quoted};
use crate::model::Text;

pub(crate) const RULE: &Rule = &Rule::new("proxy-ignored", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(kind), true) = (context.capabilities.node.kind, context.capabilities.node.reads_proxy) else { return };
    let lab = context.lab;
    for node in lab.tunnel_nodes().filter(|node| node.is_of_kind(&[kind])) {
        let is_ignored = |proxy: &Text<'_>| !proxy.value.is_empty() && WrittenProxy::read(proxy.value).is_none();
        let Some(proxy) = node.proxy.filter(is_ignored) else { continue };
        // There may be a password before an `@`.
        let shown = Some(lab.original(proxy.place)).filter(|written| !written.contains('@'));
        let which = shown.map_or_else(|| "the proxy".to_owned(), |written| format!("the proxy {}", quoted(written)));
        findings.push(
            Finding::warning(RULE, format!("{which} would be ignored"))
                .at(lab.span(proxy.place), "expected `http://` or `https://`, a host, and a port")
                .help("write, for example, `mysocket-proxy: http://proxy.domain.com:8000`"),
        );
    }
}
