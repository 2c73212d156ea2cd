use std::collections::HashMap;

use serde::Serialize;

use super::Plan;
use crate::provider::{Capabilities, Fact, Weight};

/// What else is known about one of two plans that are compared.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct End {
    /// The lab's name; empty if it has none.
    pub(crate) lab: String,
    /// The provider; null if none is selected, or several are.
    pub(crate) provider: Option<&'static str>,
    /// The providers, if there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) providers: Vec<&'static str>,
    /// The relay, as the configuration names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) relay: Option<String>,
    /// Findings that stop `compile`: what they are about may not be in the plan.
    pub(crate) stopped: usize,
    /// Facts other than sockets.
    #[serde(skip)]
    pub(crate) facts: Vec<Fact>,
    #[serde(skip)]
    capabilities: Vec<&'static Capabilities>,
    /// Something is published, or would be without an error.
    #[serde(skip)]
    publishes: bool,
}

impl End {
    /// For a plan, with the capabilities of its providers, if any is selected.
    pub(crate) fn new(plan: &Plan, capabilities: Vec<&'static Capabilities>, facts: Vec<Fact>, stopped: usize) -> Self {
        let has_relay = plan.sockets.iter().any(|socket| socket.public_port.is_some());
        let own = plan.provider.map(|provider| format!("providers.{provider}.relay.address"));
        let of_provider = facts.iter().find(|fact| own.as_ref() == Some(&fact.what));
        let relay = of_provider.or_else(|| facts.iter().find(|fact| fact.what == "relay.address"));
        let relay = relay.filter(|_| has_relay);
        let relay = relay.map(|relay| relay.value.clone());
        let publishes = !plan.sockets.is_empty() || stopped > 0;
        let (lab, providers) = (plan.lab.clone(), plan.providers.iter().map(|provider| provider.name).collect());
        Self { lab, provider: plan.provider, providers, relay, stopped, facts, capabilities, publishes }
    }

    /// Whether a fact matters to one of the providers. If none is selected, one might be later, so the answer is yes.
    pub(crate) fn reads(&self, fact: &Fact) -> bool {
        self.capabilities.is_empty() && fact.is_read_by(None)
            || self.capabilities.iter().any(|provider| fact.is_read_by(Some(provider)))
    }

    /// Whether every fact other than the text of the topology is the same.
    pub(crate) fn is_decided_as(&self, other: &Self) -> bool {
        let [own, others] = [self, other].map(|end| end.facts.iter().filter(|fact| fact.decides()));
        let others: HashMap<_, _> = others.map(|fact| (fact.what.as_str(), fact)).collect();
        let own: Vec<&Fact> = own.collect();
        let is_same = |fact: &&Fact| others.get(fact.what.as_str()).is_some_and(|other| fact.is_same(other));
        own.len() == others.len() && own.iter().all(is_same)
    }
}

/// A fact that differs between the two ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Differing {
    /// The key as in publish-plan.toml or in the topology.
    pub(crate) what: String,
    /// Its value before, as the file has it; null if it had none.
    pub(crate) before: Option<String>,
    /// Its value after; the same text as before if only the value of a variable changed.
    pub(crate) after: Option<String>,
    /// What the change can do.
    pub(crate) weight: Weight,
}

/// The facts that differ and matter: those of gates in any case, others only if something is published and they concern the
/// provider of either end. First those of the newer end in their order, then those that are gone.
pub(super) fn differing(before: &End, after: &End) -> Vec<Differing> {
    let [old, new] =
        [before, after].map(|end| end.facts.iter().map(|fact| (fact.what.as_str(), fact)).collect::<HashMap<_, _>>());
    let gone = before.facts.iter().filter(|fact| !new.contains_key(fact.what.as_str()));
    let facts = after.facts.iter().chain(gone);
    let ends = [before, after];
    let publishes = ends.iter().any(|end| end.publishes);
    let matters = |fact: &&Fact| {
        let is_read = || ends.iter().any(|end| end.reads(fact));
        fact.weight == Weight::Gate || publishes && is_read()
    };
    let differing = facts.filter(matters).filter_map(|fact| {
        let (before, after) = (old.get(fact.what.as_str()), new.get(fact.what.as_str()));
        let is_same = before.zip(after).is_some_and(|(before, after)| before.is_same(after));
        let value = |fact: Option<&&Fact>| fact.map(|fact| fact.value.clone());
        (!is_same).then(|| Differing {
            what: fact.what.clone(),
            before: value(before),
            after: value(after),
            weight: fact.weight,
        })
    });
    differing.collect()
}
