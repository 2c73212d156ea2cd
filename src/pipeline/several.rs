//! A lab whose sockets go to several providers: each of them is looked at as if it were alone, with what it gets
//! (spec/providers.md#several-providers-in-one-lab).

use std::collections::HashSet;

use super::Settings;
use super::examine::{Looked, Wants, deploy_own, look as look_at_one, of_tunnel_node};
use super::read::Resolved;
use crate::base::{Finding, Findings, Span};
use crate::editor::Outline;
use crate::expose::{AccountLimits, Routed, RoutedPart, exposures, routed};
use crate::plan;
use crate::provider::{Capabilities, DOCUMENTATION, Routing};
use crate::providers;
use crate::rules::{self, RuleContext, jump_host_not_usable, too_many_sockets};

/// What is known about a topology with these settings. Adds to the findings that there are.
pub(super) fn look(
    topology: &Resolved<'_>,
    mut findings: Findings,
    (settings, routing): (&Settings, &Routing),
    wants: Wants,
) -> Looked {
    let lab = topology.lab;
    let mut routing = routing.clone();
    if routing.order.is_empty() {
        routing.order.extend(of_tunnel_node(lab));
    }
    let options = |provider: &Capabilities| settings.options_of(provider);
    let mut routed = routed(lab, &routing, &options);
    if routed.parts.is_empty() {
        // What is wrong with the topology itself is found with any provider.
        let provider = routing.order.first().copied().unwrap_or(&DOCUMENTATION);
        routed.parts.push(RoutedPart::new(provider));
    }
    findings.append(of_routes(topology, &routed, settings));
    let is_split = routed.parts.len() > 1;
    if is_split {
        findings.extend(jump_host_not_usable::of_several(lab, &settings.expose_options));
    }
    let mut taken_ports = Vec::new();
    let mut all = Looked::default();
    let mut said = HashSet::new();
    let (mut plans, mut outlines, mut context) = (Vec::new(), Vec::new(), None);
    let wants_deploy = wants == Wants::Deploy;
    for part in &routed.parts {
        let part_lab = routed.part(lab, part);
        // Its account is looked at beside those of the others.
        let mut own = Settings { one_account: true, ..settings.alone(part.provider) };
        own.expose_options.taken_ports.clone_from(&taken_ports);
        if is_split {
            (own.expose_options.jump_host, own.expose_options.folds_always) = (None, false);
        }
        let resolved = Resolved { tree: topology.tree, lab: &part_lab, findings: Findings::default() };
        let wants = if wants_deploy { Wants::Plan } else { wants };
        let looked = look_at_one(&resolved, Findings::default(), &own, wants);
        let new = |finding: &Finding| said.insert(identity(finding));
        findings.extend(looked.findings.into_vec().into_iter().filter(new).collect::<Vec<_>>());
        all.sockets += looked.sockets;
        all.open += looked.open;
        let ports = looked.accounts.iter().flat_map(|account| &account.used.sockets);
        taken_ports.extend(ports.filter_map(|socket| socket.public_port));
        all.accounts.extend(looked.accounts);
        all.claims.add(looked.claims);
        if let Some((plan, lab_context, facts)) = looked.plan {
            if is_split {
                all.parts.push((plan.clone(), lab_context.clone()));
            }
            plans.push(plan);
            context.get_or_insert((lab_context, facts));
        }
        outlines.extend(looked.outline);
    }
    findings.extend(of_accounts(&mut all, settings));
    let nodes = lab.nodes.iter().map(|node| node.name.value);
    if let (Some((plan, places)), Some((lab_context, facts))) = (plan::joined(plans, nodes), context) {
        all.plan = Some((plan, lab_context, facts));
        all.outline =
            outlines.into_iter().zip(places).map(|(outline, places)| outline.placed(&places)).reduce(Outline::with);
    }
    let providers: Vec<&str> = all.parts.iter().filter_map(|(plan, _)| plan.provider).collect();
    all.deploy = (wants_deploy && all.sockets > 0).then(|| deploy_own(topology, settings, &providers));
    all.findings = findings;
    all
}

/// What is the same of a finding that several providers have: the rule, whether it stops `compile`, and what it says where, or if it is
/// about several places, these.
fn identity(finding: &Finding) -> (&'static str, bool, String, Vec<Span>) {
    let mut places: Vec<Span> = finding.labels.iter().map(|label| label.span).collect();
    places.sort_by_key(|span| (span.start, span.end));
    let message = if places.len() > 1 { String::new() } else { finding.message.to_string() };
    (finding.rule.name, finding.blocks_compile, message, places)
}

/// Why sockets go to no provider.
fn of_routes(topology: &Resolved<'_>, routed: &Routed<'_>, settings: &Settings) -> Findings {
    let mut findings = Findings::default();
    if routed.nowhere.is_empty() && routed.ambiguous.is_empty() {
        return findings;
    }
    let exposures = exposures(topology.lab, &DOCUMENTATION, &settings.expose_options, &AccountLimits::default());
    let context = RuleContext::new(&exposures, providers::capabilities());
    rules::check_routes(&context, routed, &mut findings);
    findings
}

/// What is wrong with the accounts: each has limits of its own, but all share the ports of one relay, and the names of one domain.
/// With other labs, that is found out with theirs.
fn of_accounts(all: &mut Looked, settings: &Settings) -> Vec<Finding> {
    if settings.one_account {
        return Vec::new();
    }
    let accounts = std::mem::take(&mut all.accounts);
    let over = accounts.iter().filter_map(|account| too_many_sockets::check(&[&account.used], &account.limits));
    let mut found: Vec<Finding> = over.flat_map(|(_, findings)| findings).collect();
    let uses: Vec<_> = accounts.iter().map(|account| &account.used).collect();
    found.extend(too_many_sockets::collisions(&uses).into_iter().map(|(_, finding)| finding));
    found
}
