//! Hostnames that a free account does not have: more than one label below a registered domain, where free certificates cover no
//! more, or below the only domain of the account (spec/providers.md#cloudflared, spec/providers.md#ngrok).

use super::RuleContext;
use super::entries::entry_span;
use crate::base::{Finding, Findings, Rule, Severity, plain};
use crate::provider::{FreeNames, Subscription};

pub(crate) const RULE: &Rule = &Rule::new("host-name-too-deep", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(provider), Subscription::Free) = (context.capabilities.name, context.exposures.options.subscription)
    else {
        return;
    };
    let free = context.capabilities.account.free_names;
    // The name below which a socket's hostname may be, and how many labels deep.
    let base = |name: &str| match free {
        FreeNames::Any => None,
        FreeNames::Flat => registered_domain(name).map(|domain| (domain.to_owned(), 1)),
        FreeNames::DomainOnly => {
            context.exposures.options.host_names.domain.as_ref().map(|domain| (domain.to_string(), 0))
        }
    };
    let deep: Vec<_> = context
        .exposures
        .published()
        .filter(|exposure| {
            let name = context.exposures.host_name(exposure);
            let base = name.as_deref().and_then(base);
            name.zip(base).is_some_and(|(name, (base, most))| labels(&name) > labels(&base) + most)
        })
        .collect();
    let Some(one) = deep.first() else { return };
    let shown = context.exposures.shown_host_name(one).expect("a hostname that is too deep is a hostname");
    // The registered part of the name may contain a variable.
    let base = base(&shown).map_or_else(|| shown.clone(), |(base, _)| base);
    let (shown, base) = (plain(&shown), plain(&base));
    let others = match deep.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let (message, expected, help) = if free == FreeNames::DomainOnly {
        (
            format!("a free {provider} account has one domain and no names below it, such as `{shown}`{others}"),
            format!("expected `{base}` itself"),
            "set `template = \"{domain}\"` under `[names]` in publish-plan.toml with the account's own domain, or omit `--domain`; if the account is paid, set `tier = \"paid\"`".to_owned(),
        )
    } else {
        (
            format!("the free {provider} certificate does not cover `{shown}`{others}"),
            format!("expected one label before `{base}`"),
            format!(
                "use `--domain {base}` and a `template` with one label before `.{{domain}}`; if you pay for certificates that cover deeper names, set `tier = \"paid\"`"
            ),
        )
    };
    findings.push(
        Finding::error(RULE, message)
            .at(entry_span(context, one.socket.item), expected)
            .of_the_file()
            .affects(deep.iter().map(|exposure| context.lab.shown(exposure.socket.node.name).to_owned()).collect())
            .help(help),
    );
}

fn labels(name: &str) -> usize {
    name.split('.').count()
}

/// The part of a hostname that someone registered, by the Public Suffix List.
fn registered_domain(name: &str) -> Option<&str> {
    psl::domain_str(name)
}
